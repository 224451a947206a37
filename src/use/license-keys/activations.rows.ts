import type { Statement } from '../../base/db/database.rows.ts';
import { command } from '../../base/db/sql.rows.ts';
import { firstIdAt, newId } from '../../base/ids.rules.ts';

/* When licence keys were activated, and activations given up: Polar shows only those that there are (ADR 101). */

type Change = {
  appId: string;
  customerId: string;
  licenseKeyId: string;
  activationId: string;
  displayKey: string;
  what: 'activated' | 'deactivated';
  /** Milliseconds since 1970. */
  now: number;
};

const INSERT = command<Change & { id: string }>(`
  insert into license_activations (id, app_id, customer_id, license_key_id, activation_id, display_key, what, created_at)
  values (:id, :appId, :customerId, :licenseKeyId, :activationId, :displayKey, :what, :now)`);

/** Notes what was done with an activation of `key`. */
export function noteActivation(
  key: { id: string; customerId: string; displayKey: string },
  { appId, activationId, what, now }: Pick<Change, 'appId' | 'activationId' | 'what' | 'now'>,
): Statement {
  const { id: licenseKeyId, customerId, displayKey } = key;
  return INSERT({ id: newId('lka'), appId, customerId, licenseKeyId, activationId, displayKey, what, now });
}

const DELETE_OLD = command<{ before: string; limit: number }>(`
  delete from license_activations where id in (
    select id from license_activations where id < :before order by id limit :limit)`);

/** Deletes what was noted before a time, `limit` at most. */
export function deleteOldActivations(before: number, limit: number): Statement<number> {
  return DELETE_OLD({ before: firstIdAt('lka', before), limit });
}

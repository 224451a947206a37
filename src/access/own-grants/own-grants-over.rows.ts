import type { Statement } from '../../base/db/database.rows.ts';
import { command, query } from '../../base/db/sql.rows.ts';
import type { OwnGrantRow } from './own-grant.rules.ts';

/* Own grants that have ended: that their apps are told, and that they go. */

/** The columns of a row `g`, by the names of `OwnGrantRow`. */
export const OWN_GRANT_COLUMNS = `g.id, g.mode, g.app_id as appId, g.customer_id as customerId, g.external_id as externalId, g.resources, g.reason,
  g.created_at as createdAt, g.expires_at as expiresAt, g.revoked_at as revokedAt, g.revoked_because as revokedBecause,
  g.tell_end_at as tellEndAt`;

const PRUNE = command<{ before: number; limit: number }>(`
  delete from own_grants where id in (
    select id from own_grants where case when revoked_at is null then expires_at else revoked_at end <= :before
      and case when revoked_at is null then expires_at else revoked_at end is not null and +tell_end_at is null limit :limit)`);

/** Deletes grants that ended by `before`, and whose end was told. */
export function pruneOwnGrants(before: number, limit: number): Statement {
  return PRUNE({ before, limit });
}

/** Of an end that is to be told. */
export type UntoldEnd = OwnGrantRow & { appSlug: string };

const SELECT_UNTOLD = query<{ now: number; limit: number }, UntoldEnd>(`
  select ${OWN_GRANT_COLUMNS}, a.slug as appSlug from own_grants as g join apps as a on a.id = g.app_id
  where g.tell_end_at <= :now and g.tell_end_at is not null order by g.tell_end_at limit :limit`);

/** Grants whose end came and was not told yet, the oldest first. */
export function untoldEnds(now: number, limit: number): Statement<UntoldEnd[]> {
  return SELECT_UNTOLD({ now, limit });
}

const NOTE_TOLD = command<{ ids: string }>(`
  update own_grants set tell_end_at = null where id in (select value from json_each(:ids))`);

/** Notes that ends are told; in the batch of their events. */
export function noteEndsTold(ends: readonly UntoldEnd[]): Statement {
  return NOTE_TOLD({ ids: JSON.stringify(ends.map(({ id }) => id)) });
}

import type { Statement } from '../../base/db/database.rows.ts';
import { command } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';

/* How own grants end with their customer. Every isolate loads this with what it hears, so there is nothing else in it. */

const END_OF_DELETED = command<{ mode: Mode; customerId: string; deletedAt: number; now: number }>(`
  update own_grants set revoked_at = max(created_at, :deletedAt), revoked_because = 'customer_deleted', tell_end_at = :now
  where app_id in (select id from apps where mode = :mode) and customer_id = :customerId and revoked_at is null
    and (expires_at is null or expires_at > :deletedAt)`);

/**
 * Ends what was given to a customer who is deleted at Polar, in the batch that stores this; the sweep tells it. What was given to
 * an external id is not the customer's, and goes on.
 */
export function endGrantsOfDeleted(
  mode: Mode,
  deleted: { customerId: string; deletedAt: number; now: number },
): Statement {
  return END_OF_DELETED({ mode, ...deleted });
}

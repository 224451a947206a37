import { endGrantsOfDeleted } from '../access/own-grants/own-grant-ends.rows.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { command } from '../base/db/sql.rows.ts';
import type { Mode } from '../base/mode.rules.ts';
import { eraseAgain, hideErased } from '../people/erase/hidden.rows.ts';
import { endUnheldSessions, followCustomerAddress } from '../people/held-addresses.rows.ts';
import type { Change, Plan } from './changes.rules.ts';

/* What follows when a person changes rather than a purchase: it is seldom, so not every isolate loads it (ADR 72). */

/** What belongs to a change of somebody's address, or to the end of a customer, behind what `writeChange` writes. */
export function writePeople({ mode, now }: { mode: Mode; now: number }, change: Change): Statement[] {
  if (change.do === 'follow_address')
    return [followCustomerAddress(mode, change.customerId), endUnheldSessions(mode, change.customerId, now)];
  if (change.do !== 'project' || change.snapshot.kind !== 'customer') return [];
  const { id: customerId, deletedAt } = change.snapshot.row;
  return deletedAt === null ? [] : [endGrantsOfDeleted(mode, { customerId, deletedAt, now })];
}

const EMPTY_HEARD = command<{ id: string }>(
  "update polar_events set sealed_body = null where id = :id and status = 'applied'",
);

/**
 * What a look at a customer writes whom an app has erased. What was heard of a checkout that nobody has confirmed goes at once: no
 * customer leads to it.
 */
export function hideAgain(
  mode: Mode,
  { customerId, seen }: NonNullable<Plan['erased']>,
  polarEventId: string | undefined,
): Statement[] {
  if (customerId === null) return polarEventId === undefined ? [] : [EMPTY_HEARD({ id: polarEventId })];
  return [eraseAgain(customerId), ...hideErased(mode, customerId, seen)];
}

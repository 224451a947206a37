import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { command } from '../base/db/sql.rows.ts';

/* Whether an address that somebody has proven is still theirs: customers change it at Polar. */

/**
 * Whether the customer of `m`, a member's row with the role owner, is a team. Only then the member's address counts:
 * for an individual only the customer's own address does, since Polar sends no event of the member when it changes. A
 * customer is a team when its state says so, when it has another member, or when it has no address of its own; it never
 * becomes an individual again.
 */
export const IS_OF_TEAM = `(exists (select 1 from snapshots as t where t.mode = m.mode and t.customer_id = m.customer_id
      and t.kind in ('customer_state', 'member')
      and case t.kind when 'member' then t.id <> m.id else t.data ->> '$.type' = 'team' end)
    or exists (select 1 from customers as t where t.mode = m.mode and t.id = m.customer_id and t.email is null))`;

/** The address of `m`, a member's row. */
export const ADDRESS = `lower(m.data ->> '$.email')`;

/**
 * Whether the address in a row of `sessions` still belongs to its customer or member. Customers change their address at
 * Polar, and then it may be another's. A member known from a seat alone has no row to compare with; the address then
 * counts as theirs, and Polar decides.
 */
export const HOLDS_ADDRESS = `(case when sessions.member_id is null then
      exists (select 1 from customers as c where c.mode = :mode and c.id = sessions.customer_id and lower(c.email) = sessions.email)
      or exists (select 1 from snapshots as m where m.mode = :mode and m.customer_id = sessions.customer_id and m.kind = 'member'
        and m.status is not 'deleted' and m.data ->> '$.role' = 'owner' and ${ADDRESS} = sessions.email and ${IS_OF_TEAM})
    else not exists (select 1 from snapshots as m where m.mode = :mode and m.kind = 'member' and m.id = sessions.member_id
        and (m.status is 'deleted' or ${ADDRESS} is not sessions.email)) end
    and not exists (select 1 from customers as c where c.mode = :mode and c.id = sessions.customer_id and c.deleted_at is not null))`;

const END_UNHELD = command<{ mode: Mode; customerId: string; now: number }>(`
  update sessions set revoked_at = :now
  where app_id in (select id from apps where mode = :mode) and customer_id = :customerId
    and proof = 'email' and revoked_at is null and not ${HOLDS_ADDRESS}`);

/**
 * Ends the sessions of a customer whose proven address does not belong to it any more: a member was removed or is not
 * the owner any more, or an address was changed (ADR 32). It is part of the batch that applies such a change, and of
 * the batch that makes sessions, in case the change came after the address was looked up. Isolates may remember such
 * sessions for 30 s.
 */
export function endUnheldSessions(mode: Mode, customerId: string, now: number): Statement {
  return END_UNHELD({ mode, customerId, now });
}

const FOLLOW_ADDRESS = command<{ mode: Mode; customerId: string }>(`
  update snapshots set data = json_set(data, '$.email', c.email) from customers as c
  where snapshots.mode = :mode and snapshots.customer_id = :customerId and kind = 'member'
    and status is not 'deleted' and data ->> '$.role' = 'owner'
    and c.mode = :mode and c.id = :customerId and c.email is not null and c.version > snapshots.version
    and data ->> '$.email' is not c.email
    and exists (select 1 from snapshots as t where t.mode = :mode and t.kind = 'customer_state'
      and t.id = :customerId and t.data ->> '$.type' = 'individual')`);

/**
 * Gives an individual's only member the customer's address, as Polar does without sending an event of the member. When
 * the customer becomes a team later, the member's row says who owns it.
 */
export function followCustomerAddress(mode: Mode, customerId: string): Statement {
  return FOLLOW_ADDRESS({ mode, customerId });
}

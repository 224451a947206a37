import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { command } from '../base/db/sql.rows.ts';
import type { Snapshot } from '../polar/snapshots.rules.ts';
import { isAnonymized } from './anonymized.rules.ts';

const NOTE = command<{
  mode: Mode;
  customerId: string;
  isNew: boolean;
  isAnonymized: boolean;
  email: string | null;
}>(`
  insert into forgotten_customers (mode, id, address, revision, is_due, after)
  select :mode, :customerId, iif(:isNew, coalesce((
    select lower(c.email) from customers as c
    where c.mode = :mode and c.id = :customerId and lower(c.email) is not lower(:email)),
    iif(:isAnonymized, null, lower(:email))), lower(:email)), 1, 1, ''
  where :isNew or exists (select 1 from forgotten_customers as f where f.mode = :mode and f.id = :customerId)
  on conflict (mode, id) do update set revision = revision + 1, is_due = 1, after = '',
    address = coalesce(excluded.address, forgotten_customers.address)`);

/**
 * Notes that a customer is to be forgotten once Polar shows it deleted, and that its rows are to be gone through
 * again after each later look at it. Must come before the statements that store `seen`, since the customer's row then
 * still has the address.
 */
export function noteForgotten(
  mode: Mode,
  customerId: string,
  seen: Snapshot<'customer'>['row'] | undefined,
): Statement {
  const isNew = seen !== undefined && seen.deletedAt !== null;
  const email = seen?.email ?? null;
  return NOTE({ mode, customerId, isNew, isAnonymized: isAnonymized(email), email });
}

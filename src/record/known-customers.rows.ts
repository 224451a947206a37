import type { Statement } from '../base/db/database.rows.ts';
import { command } from '../base/db/sql.rows.ts';

const IS_NEWER = 'excluded.seen_at >= known_customers.seen_at';
const newest = (column: string) =>
  `${column} = iif(${IS_NEWER}, coalesce(excluded.${column}, known_customers.${column}), coalesce(known_customers.${column}, excluded.${column}))`;

/** The text of a statement that notes what payments `p` say of their buyers. It is written only where it says something new. */
export const know = (payments: string) => `
  insert into known_customers (app_id, customer_id, mode, email, seen_at, created_at)
  select p.app_id, p.customer_id, p.mode, p.customer_email, p.created_at, p.created_at from ${payments}
    and p.customer_id is not null and (p.succeeded_at is not null or p.subscription_id is not null)
  on conflict (app_id, customer_id) do update set
    ${newest('email')},
    seen_at = max(excluded.seen_at, known_customers.seen_at), created_at = min(excluded.created_at, known_customers.created_at)
  where excluded.seen_at > known_customers.seen_at or excluded.created_at < known_customers.created_at
    or (excluded.email is not null and excluded.email is not known_customers.email and (${IS_NEWER} or known_customers.email is null))`;

const KNOW_BUYER = command<{ paymentId: string }>(know('payments as p where p.id = :paymentId'));

/**
 * Notes who bought by a payment as a customer of its app (ADR 104). Must come behind what derives the payment, in its batch. A
 * checkout that nobody has paid makes no customer: anybody can begin one with a stranger's address.
 */
export function knowBuyer(paymentId: string): Statement {
  return KNOW_BUYER({ paymentId });
}

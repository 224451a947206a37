import type { Statement } from '../base/db/database.rows.ts';
import { command } from '../base/db/sql.rows.ts';

const IS_NEWER = 'excluded.seen_at >= known_customers.seen_at';
/** It was paid, or began a subscription, and the customer is known. */
const IS_BUYER =
  'p.customer_id is not null and (p.succeeded_at is not null or p.subscription_id is not null)';
const newest = (column: string) =>
  `${column} = iif(${IS_NEWER}, coalesce(excluded.${column}, known_customers.${column}), coalesce(known_customers.${column}, excluded.${column}))`;

/** What the app has said of the user whom the checkout of payment `p` named. */
const SAID = `(select q.name from prepared_customers as q where q.app_id = p.app_id and q.external_id = p.external_customer_id)`;

/** The text of a statement that notes what payments `p` say of their buyers. It is written only where it says something new. */
export const know = (payments: string) => `
  insert into known_customers (app_id, customer_id, mode, email, name, seen_at, created_at)
  select p.app_id, p.customer_id, p.mode, p.customer_email, ${SAID}, p.created_at, p.created_at from ${payments}
    and ${IS_BUYER}
  on conflict (app_id, customer_id) do update set
    ${newest('email')}, name = coalesce(known_customers.name, excluded.name),
    seen_at = max(excluded.seen_at, known_customers.seen_at), created_at = min(excluded.created_at, known_customers.created_at)
  where excluded.seen_at > known_customers.seen_at or excluded.created_at < known_customers.created_at
    or (excluded.email is not null and excluded.email is not known_customers.email and (${IS_NEWER} or known_customers.email is null))
    or (excluded.name is not null and known_customers.name is null)`;

/** The text of a statement that notes the app's own ids that the checkouts of payments `p` named. */
export const knowNames = (payments: string) => `
  insert into customer_external_ids (app_id, external_id, customer_id)
  select p.app_id, p.external_customer_id, p.customer_id from ${payments}
    and p.external_customer_id is not null and ${IS_BUYER}
  on conflict do nothing`;

const BUYER = 'payments as p where p.id = :paymentId';
const KNOW_BUYER = [know(BUYER), knowNames(BUYER)].map((text) => command<{ paymentId: string }>(text));

/**
 * Notes who bought by a payment as a customer of its app (ADR 104). Must come behind what derives the payment, in its batch. A
 * checkout that nobody has paid makes no customer: anybody can begin one with a stranger's address.
 */
export function knowBuyer(paymentId: string): Statement[] {
  return KNOW_BUYER.map((note) => note({ paymentId }));
}

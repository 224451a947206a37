import { query } from '../base/db/sql.rows.ts';
import type { Mode } from '../base/mode.rules.ts';
import { HAS_RETURNED } from '../people/erase/hidden.rows.ts';
import { BILLABLE_LIST } from '../polar/billable.rules.ts';

/** A customer that an app has proven an external id to be. */
export interface ProvenCustomer {
  customerId: string;
  /** As the app's own purchases showed it. '': they showed none; null: it has none of the customer. */
  ownAddress: string | null;
  /** The customer's subscriptions that are trialing, active or past due, of all apps: JSON of `HeldSubscription`s. */
  held: string;
}

/** A subscription that keeps its customer from another one. */
export interface HeldSubscription {
  id: string;
  /** Null: no app owns its product. */
  appId: string | null;
}

const ofCustomer = `s.customer_id = c.customer_id and +s.mode = :mode and s.status in ${BILLABLE_LIST}`;

/** One search by an index for each app of the mode, and one for what nobody owns. */
const HELD = `(select json_group_array(json_object('id', h.id, 'appId', h.app_id)) from (
  select s.id, s.app_id from apps as a cross join subscriptions as s on s.app_id = a.id where a.mode = :mode and ${ofCustomer}
  union all select s.id, s.app_id from subscriptions as s where s.app_id is null and ${ofCustomer}) as h)`;

/** The app has erased who that is (ADR 105), and a checkout of the customer's would say it. */
const IS_ERASED = `exists (select 1 from erased_customers as x where x.id = c.customer_id and x.app_id = c.app_id and not ${HAS_RETURNED})`;

const CUSTOMERS = query<{ mode: Mode; appId: string; externalId: string }, ProvenCustomer>(`
  select c.customer_id as customerId, ${HELD} as held,
    (select coalesce(k.email, '') from known_customers as k where k.app_id = c.app_id and k.customer_id = c.customer_id) as ownAddress
  from app_customers as c where c.app_id = :appId and c.external_id = :externalId and not ${IS_ERASED} limit 2`);

/**
 * The customers that the app has proven an external id to be; at most two, which is enough to see that there is not
 * exactly one.
 */
export function provenCustomersStatement(app: { mode: Mode; id: string }, externalId: string) {
  return CUSTOMERS({ mode: app.mode, appId: app.id, externalId });
}

const PROVEN = query<{ mode: Mode; appId: string; customerId: string }, ProvenCustomer>(`
  select c.customer_id as customerId, ${HELD} as held, coalesce(c.email, '') as ownAddress
  from known_customers as c where c.app_id = :appId and c.customer_id = :customerId and not ${IS_ERASED}
    and not exists (select 1 from customers as d where d.mode = :mode and d.id = c.customer_id and d.deleted_at is not null)
    and (exists (select 1 from app_customers as a where a.customer_id = c.customer_id and +a.app_id = c.app_id)
      or exists (select 1 from sessions as s where s.app_id = c.app_id and s.customer_id = c.customer_id and s.proof in ('app', 'email'))
      or exists (select 1 from payments as p where p.app_id = c.app_id and p.customer_id = c.customer_id and p.customer_proven = 1))`);

/**
 * A customer of the app's whom the app or a code has proven: somebody whom it has said to be its user, or who has signed in. No
 * row for anybody else: a checkout for a customer shows the customer's address to whoever opens it.
 */
export function provenCustomerStatement(app: { mode: Mode; id: string }, customerId: string) {
  return PROVEN({ mode: app.mode, appId: app.id, customerId });
}

const BEGUN = query<{ appId: string; externalId: string }, HeldSubscription>(`
  select distinct s.id, s.app_id as appId from payments as p
  cross join subscriptions as s on s.mode = p.mode and s.id = p.subscription_id
  where p.app_id = :appId and p.external_customer_id = :externalId and +s.app_id = :appId
    and s.status in ${BILLABLE_LIST}`);

/**
 * The app's own subscriptions that it sold to the user whom it calls so. Nobody has proven to be that user; but the app is
 * told only what it can see in its own lists, and nothing is opened by it.
 */
export function begunSubscriptionsStatement(app: { id: string }, externalId: string) {
  return BEGUN({ appId: app.id, externalId });
}

/** Those of a proven customer, the app's own first. */
export function readHeld(customer: ProvenCustomer | undefined, appId: string): HeldSubscription[] {
  if (!customer) return [];
  const held = JSON.parse(customer.held) as HeldSubscription[];
  return held.toSorted((a, b) => Number(b.appId === appId) - Number(a.appId === appId));
}

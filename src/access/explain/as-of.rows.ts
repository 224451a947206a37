import type { Subject } from '../../base/subject.rules.ts';
import { type HistoryKind, keptOf } from '../../base/db/row-history.rows.ts';

/*
 * The tables that decisions read, as they were at `:at` (milliseconds), for one subject of one app. A common table expression
 * with the name of a table is read in its place, so the statement of a live question (`entitlements.rows.ts`) is asked of
 * them as it is (ADR 102). The parameters are those of that statement, and `:at`.
 *
 * First the ids of the rows that may matter, as they are reached now or were before; then for each the row as it was. D1
 * allows five terms in a union, and `main.` names a table that is hidden.
 */

type Kind = Subject['kind'];

/** Versions of rows that belonged to somebody and do not any more. SQLite would not choose the index by itself. */
const OF_FORMER = 'main.row_history as h indexed by row_history_former_owner';
const ofExternal = `${OF_FORMER}
  where h.mode = :mode and h.former_owner = 'external:' || :app || ':' || :external`;

/** A version of that an external id stands for a customer, which was so at `:at` (base/db/mapping-history.rows.ts). */
const WAS_MAPPED = "h.kind = 'app_customer' and h.row ->> '$.created_at' <= :at and h.until > :at";

const CUSTOMERS: Record<Kind, string> = {
  customer: 'select :customer',
  member: 'select :customer',
  external: `
    select m.customer_id from main.app_customers as m where m.app_id = :app and m.external_id = :external
    union select m.customer_id from main.payments as m
      where m.app_id = :app and m.external_customer_id = :external and m.customer_id is not null
    union select h.row ->> '$.customer_id' from ${ofExternal} and h.row ->> '$.customer_id' is not null`,
  purchase:
    'select m.customer_id from main.payments as m where m.id = :payment and m.app_id = :app and m.customer_id is not null',
};

/* A join in the order in which it is written: first whose rows they are, then the rows, each by an index. */
const from = (keys: string, table: string, on: string) =>
  `from ${keys} as k cross join main.${table} as m on ${on}`;
const ofPeople = (table: string, column = 'id') =>
  `select m.${column} ${from('people', table, 'm.app_id = :app and m.customer_id = k.id')}`;
const grantsOfPeople = (column: string) =>
  `select m.${column} ${from('people', 'grants', 'm.mode = :mode and m.customer_id = k.id')} where m.${column} is not null`;
const snapshotsOfPeople = (kind: HistoryKind) =>
  `select m.id ${from('people', 'snapshots', `m.mode = :mode and m.customer_id = k.id and m.kind = '${kind}'`)}`;
const byPayment = (table: string) => `select m.id ${from('payment_keys', table, 'm.payment_id = k.id')}`;
const formerly = (kind: HistoryKind) => `
  select h.id from people as k cross join ${OF_FORMER}
    on h.mode = :mode and h.former_owner = 'customer:' || :app || ':' || k.id where h.kind = '${kind}'`;

const PAYMENTS_OF_PEOPLE = `${ofPeople('payments')}
  union select m.id from people as k cross join main.snapshots as s
    on s.mode = :mode and s.customer_id = k.id and s.kind = 'checkout'
    cross join main.payments as m on m.mode = :mode and m.checkout_id = s.id where m.app_id = :app
  union ${formerly('payment')}`;

const PAYMENTS: Record<Kind, string> = {
  customer: PAYMENTS_OF_PEOPLE,
  member: PAYMENTS_OF_PEOPLE,
  external: `${PAYMENTS_OF_PEOPLE}
    union select m.id from main.payments as m where m.app_id = :app and m.external_customer_id = :external
    union select h.id from ${ofExternal} and h.kind = 'payment'`,
  purchase: 'select m.id from main.payments as m where m.id = :payment and m.app_id = :app',
};

/** The payments of gifts that the subject has claimed, whenever that was (ADR 103). */
const RECEIVED_BY_PEOPLE = `select m.payment_id as id ${from('people', 'gifts', 'm.app_id = :app and m.claimed_customer_id = k.id')}`;
const RECEIVED: Record<Kind, string> = {
  customer: RECEIVED_BY_PEOPLE,
  member: "select '' where false",
  external: `${RECEIVED_BY_PEOPLE}
    union select m.payment_id from main.gifts as m where m.app_id = :app and m.claimed_external_id = :external`,
  purchase: "select '' where false",
};

/** Which rows may matter, by what they are called. */
function keysFor(kind: Kind): Record<string, string> {
  return {
    people: CUSTOMERS[kind],
    received_keys: RECEIVED[kind],
    payment_keys: `select id from (${PAYMENTS[kind]}) union select id from received_keys`,
    subscription_keys: `${ofPeople('subscriptions')}
      union ${byPayment('subscriptions')}
      union select m.subscription_id ${from('payment_keys', 'payments', 'm.id = k.id')} where m.subscription_id is not null
      union ${grantsOfPeople('subscription_id')}
      union ${formerly('subscription')}`,
    order_keys: `${ofPeople('orders')}
      union ${byPayment('orders')}
      union select m.id ${from('subscription_keys', 'orders', 'm.mode = :mode and m.subscription_id = k.id')}
      union ${grantsOfPeople('order_id')}
      union ${formerly('order')}`,
    grant_keys: `${grantsOfPeople('id')}
      union select m.id ${from('order_keys', 'grants', 'm.mode = :mode and m.order_id = k.id')}
      union select m.id ${from('subscription_keys', 'grants', 'm.mode = :mode and m.subscription_id = k.id')}`,
    refund_keys: `select m.id ${from('order_keys', 'refunds', 'm.mode = :mode and m.order_id = k.id')}`,
    checkout_keys: `${snapshotsOfPeople('checkout')}
      union select m.checkout_id ${from('payment_keys', 'payments', 'm.id = k.id')} where m.checkout_id is not null
      union select h.row ->> '$.checkout_id' from payment_keys as k cross join main.row_history as h
        on h.mode = :mode and h.kind = 'payment' and h.id = k.id where h.row ->> '$.checkout_id' is not null`,
    gift_keys: `select m.id ${from('payment_keys', 'gifts', 'm.payment_id = k.id')}
      union select m.id from order_keys as k cross join main.orders as o on o.mode = :mode and o.id = k.id
        cross join main.gifts as m on m.payment_id = o.payment_id`,
    member_keys: snapshotsOfPeople('member'),
    seat_keys: snapshotsOfPeople('seat'),
    // Without the +, SQLite would not use the index on the expression.
    dispute_keys: `select m.id ${from('order_keys', 'snapshots', "m.mode = :mode and m.kind = 'dispute' and m.data ->> '$.order_id' = +k.id")}`,
  };
}

/** The rows of a kind as they were, as columns named like those of the table. */
function rowsOf(kind: HistoryKind, keys: string): string {
  const { table, columns } = keptOf(kind, 't');
  const live = columns.map(([name, sql]) => `${sql} as ${name}`).join(', ');
  // JSON inside the row is JSON text again, as it is in the table.
  const before = columns
    .map(([name]) => (name === 'data' ? `nullif(h.row -> '$.data', 'null')` : `h.row ->> '$.${name}'`))
    .join(', ');
  const isKind = table === 'snapshots' ? ` and t.kind = '${kind}'` : '';
  const changes = `main.row_history as n where n.mode = :mode and n.kind = '${kind}'`;
  return `
    select ${live} from ${keys} as k cross join main.${table} as t on t.mode = :mode${isKind} and t.id = k.id
    where not exists (select 1 from ${changes} and n.id = k.id and n.until > :at)
    union all
    select ${before} from ${keys} as k cross join main.row_history as h on h.mode = :mode and h.kind = '${kind}' and h.id = k.id
      and h.nth = (select min(n.nth) from ${changes} and n.id = k.id and n.until > :at)
    where h.row is not null`;
}

const SNAPSHOT_COLUMNS = 'mode, kind, id, customer_id, status, data';

/** The tables, in the order in which they build on each other. */
const TABLES: Record<string, string> = {
  payments: `select * from (${rowsOf('payment', 'payment_keys')}) where created_at <= :at`,
  subscriptions: rowsOf('subscription', 'subscription_keys'),
  orders: rowsOf('order', 'order_keys'),
  grants: rowsOf('grant', 'grant_keys'),
  refunds: rowsOf('refund', 'refund_keys'),
  snapshots: `
    select ${SNAPSHOT_COLUMNS}, null as version from (
      select * from (${rowsOf('checkout', 'checkout_keys')}) union all select * from (${rowsOf('member', 'member_keys')})
      union all select * from (${rowsOf('seat', 'seat_keys')}))
    union all select * from (${rowsOf('dispute', 'dispute_keys')})`,
  customer_keys: `
    select id from people union select customer_id from orders union select customer_id from subscriptions
    union select customer_id from grants`,
  customers: rowsOf('customer', 'customer_keys'),
  app_customers: `
    select m.app_id, m.external_id, m.customer_id ${from('people', 'app_customers', 'm.customer_id = k.id and m.app_id = :app')}
    where m.created_at <= :at
    union select m.app_id, m.external_id, m.customer_id from main.app_customers as m
    where m.app_id = :app and m.external_id = :external and m.created_at <= :at
    union select h.row ->> '$.app_id', h.row ->> '$.external_id', h.row ->> '$.customer_id' from ${ofExternal} and ${WAS_MAPPED}
    union select h.row ->> '$.app_id', h.row ->> '$.external_id', h.row ->> '$.customer_id'
      from people as k cross join ${OF_FORMER} on h.mode = :mode and h.former_owner = 'customer:' || :app || ':' || k.id
      where ${WAS_MAPPED}`,
  // Each of their times is set once. The customer of an address may be found later than it claims.
  gifts: `
    select m.id, m.app_id, m.payment_id, iif(m.claimed_at <= :at, m.claimed_by, null) as claimed_by,
      iif(m.claimed_at <= :at, m.claimed_external_id, null) as claimed_external_id,
      iif(coalesce(m.attached_at, m.claimed_at) <= :at, m.claimed_customer_id, null) as claimed_customer_id,
      iif(m.canceled_at <= :at, m.canceled_at, null) as canceled_at, m.created_at,
      iif(m.claimed_at <= :at, m.claimed_at, null) as claimed_at
    from gift_keys as k cross join main.gifts as m on m.id = k.id where m.created_at <= :at`,
  // They stay as they were written, but for their end. A customer's own end says the same of what it was given.
  own_grants: `
    select m.id, m.app_id, m.customer_id, m.external_id, m.resources, m.expires_at, m.created_at,
      iif(m.revoked_because is null and m.revoked_at <= :at, m.revoked_at, null) as revoked_at
    from (
      select m.id ${from('people', 'own_grants', 'm.app_id = :app and m.customer_id = k.id')}
      union select m.id from main.own_grants as m where m.app_id = :app and m.external_id = :external
      union select m.id ${from('app_customers', 'own_grants', 'm.app_id = :app and m.external_id = k.external_id')}
    ) as k cross join main.own_grants as m on m.id = k.id where m.created_at <= :at`,
  product_keys: `
    select m.id from main.products as m where m.app_id = :app
    union select product_id from orders where product_id is not null union select product_id from subscriptions
    union select product_id from payments where product_id is not null
    union select h.id from ${OF_FORMER} where h.mode = :mode and h.former_owner = 'app:' || :app and h.kind = 'product'`,
  products: rowsOf('product', 'product_keys'),
  benefit_keys: `
    select benefit_id as id from grants
    union select b.value ->> '$.id' from products, json_each(products.data, '$.benefits') as b where b.value ->> '$.id' is not null`,
  benefits: rowsOf('benefit', 'benefit_keys'),
  app_keys: 'select :app as id',
  /** For how long the app let a subscription go on that is past due, milliseconds; and whether it did not count what was disputed. */
  past_due_grace: `select past_due_grace_days * 86400000 as ms, dispute_access is 'suspend' as suspends from (${rowsOf('app', 'app_keys')})`,
};

/** What stands after `with`: all of them, for a kind of subject. */
export function tablesAsOf(kind: Kind): string {
  const keys = Object.entries(keysFor(kind)).map(([name, sql]) => `${name}(id) as materialized (${sql})`);
  const tables = Object.entries(TABLES).map(([name, sql]) => `${name} as materialized (${sql})`);
  return [...keys, ...tables].join(',\n');
}

/** The keys of the kinds whose changes a decision about the subject may follow from. */
export const CHANGING: Partial<Record<HistoryKind, string>> = {
  payment: 'payment_keys',
  subscription: 'subscription_keys',
  order: 'order_keys',
  grant: 'grant_keys',
  refund: 'refund_keys',
  member: 'member_keys',
  seat: 'seat_keys',
  dispute: 'dispute_keys',
  customer: 'customer_keys',
  product: 'product_keys',
  benefit: 'benefit_keys',
  app: 'app_keys',
};

import type { Doer } from '../../base/audit-actions.rules.ts';
import { auditRead } from '../../base/audit.rows.ts';
import type { Cursor } from '../../base/db/cursor.ts';
import { type Database, runBatch } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { isInPart } from '../../base/db/pages.rows.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';
import { orders, subscriptions } from '../../base/db/schema.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { type SQL, sql } from 'drizzle-orm';

export type PurchaseKind = 'order' | 'subscription';

/** A purchase that belongs to no app, with what is known of it. Times are milliseconds since 1970. */
export interface UnroutedRow {
  kind: PurchaseKind;
  id: string;
  mode: Mode;
  status: string;
  productId: string | null;
  productName: string | null;
  /** Whether a row of the product is there, and the app that owns it by now. */
  isProductKnown: 0 | 1;
  productOwner: string | null;
  customerId: string;
  email: string | null;
  /** Minor units; null: not known. */
  amount: number | null;
  currency: string | null;
  orders: number;
  refunds: number;
  grants: number;
  isDismissed: 0 | 1;
  createdAt: number;
}

/** Relatives are counted no further. */
const MAX_COUNTED = 100;
const counted = (from: SQL) => sql`(select count(*) from (select 1 from ${from} limit ${MAX_COUNTED}))`;

const PRODUCT = sql`p.id is not null as "isProductKnown",
  (select a.slug from apps as a where a.id = p.app_id) as "productOwner", c.email, t.is_dismissed as "isDismissed", t.created_at as "createdAt"`;
const JOINS = sql`left join products as p on p.mode = t.mode and p.id = t.product_id
  left join customers as c on c.mode = t.mode and c.id = t.customer_id`;

const ORDERS = sql`select 'order' as kind, t.id, t.mode, t.status, t.product_id as "productId",
  coalesce(p.name, t.product_name) as "productName", t.customer_id as "customerId", t.total_amount as amount, t.currency,
  1 as orders, ${counted(sql`refunds as r where r.mode = t.mode and r.order_id = t.id`)} as refunds,
  ${counted(sql`grants as g where g.mode = t.mode and g.order_id = t.id`)} as grants, ${PRODUCT}
  from ${orders} as t ${JOINS}`;

const SUBSCRIPTIONS = sql`select 'subscription' as kind, t.id, t.mode, t.status, t.product_id as "productId",
  p.name as "productName", t.customer_id as "customerId", t.amount, t.currency,
  ${counted(sql`orders as o where o.mode = t.mode and o.subscription_id = t.id`)} as orders,
  ${counted(sql`orders as o cross join refunds as r on r.mode = o.mode and r.order_id = o.id where o.mode = t.mode and o.subscription_id = t.id`)} as refunds,
  ${counted(sql`grants as g where g.mode = t.mode and g.subscription_id = t.id`)} as grants, ${PRODUCT}
  from ${subscriptions} as t ${JOINS}`;

const SOURCES: Readonly<
  Record<PurchaseKind, { rows: SQL; table: typeof orders | typeof subscriptions; which: SQL }>
> = {
  order: { rows: ORDERS, table: orders, which: sql`app_id is null and subscription_id is null` },
  subscription: { rows: SUBSCRIPTIONS, table: subscriptions, which: sql`app_id is null` },
};

interface UnroutedFilter {
  mode: Mode;
  isDismissed: boolean;
  /** Milliseconds, inclusive. */
  since?: number | undefined;
  /** Milliseconds, exclusive. */
  until?: number | undefined;
}

/** Purchases of no app, newest first: of each kind as many as the page is long are read. */
export async function selectUnrouted(
  database: Database,
  { mode, isDismissed, since, until }: UnroutedFilter,
  { after, limit }: { after: Cursor | undefined; limit: number },
): Promise<UnroutedRow[]> {
  const part = isInPart(sql`created_at`, sql`id`, { since, until, after });
  const found = (['order', 'subscription'] as const).map((kind) => {
    const { rows, table, which } = SOURCES[kind];
    return orm(database).all<UnroutedRow>(sql`${rows} where t.mode = ${mode} and t.id in (
      select id from ${table} where mode = ${mode} and is_dismissed = ${Number(isDismissed)} and ${which} and ${part}
      order by created_at desc, id desc limit ${limit})`);
  });
  const rows = (await runBatch(database, found)).flat();
  return rows
    .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0))
    .slice(0, limit);
}

/** What adopting needs to know of a purchase, whoever it belongs to. */
export interface StoredPurchase {
  id: string;
  mode: Mode;
  appId: string | null;
  paymentId: string | null;
  customerId: string;
  /** Of an order that is not a purchase of its own. */
  subscriptionId: string | null;
}

const FIND: Readonly<Record<PurchaseKind, ReturnType<typeof findIn>>> = {
  order: findIn('orders', 'subscription_id'),
  subscription: findIn('subscriptions', 'null'),
};
function findIn(table: string, subscriptionId: string) {
  return query<{ mode: Mode; id: string }, StoredPurchase>(`
    select id, mode, app_id as appId, payment_id as paymentId, customer_id as customerId, ${subscriptionId} as subscriptionId
    from ${table} where mode = :mode and id = :id`);
}

/** A purchase by its Polar id. */
export async function findPurchase(
  database: Database,
  mode: Mode,
  { kind, id }: { kind: PurchaseKind; id: string },
): Promise<StoredPurchase | undefined> {
  const [row] = await runOne(database, FIND[kind]({ mode, id }));
  return row;
}

const UNOWNED_ORDERS = query<{ mode: Mode; subscriptionId: string; limit: number }, { id: string }>(`
  select id from orders where mode = :mode and subscription_id = :subscriptionId and app_id is null
  order by billing_reason = 'subscription_create' desc, created_at desc limit :limit`);

/** The orders of a subscription that belong to no app: the one that began it first, then the newest. */
export async function selectUnownedOrders(
  database: Database,
  asked: { mode: Mode; subscriptionId: string; limit: number },
): Promise<string[]> {
  return (await runOne(database, UNOWNED_ORDERS(asked))).map(({ id }) => id);
}

const WAKE_UNROUTED = query<{ mode: Mode; customerId: string; limit: number }, { id: string }>(`
  update polar_events set status = 'pending' where id in (
    select id from polar_events where mode = :mode and customer_id = :customerId and +status = 'unrouted'
      and sealed_body is not null and customer_id is not '' limit :limit)
  returning id`);

/** Makes Polar events of a customer pending that fitted no app, and returns their ids. */
export async function wakeUnroutedOf(
  database: Database,
  asked: { mode: Mode; customerId: string; limit: number },
): Promise<string[]> {
  return (await runOne(database, WAKE_UNROUTED(asked))).map(({ id }) => id);
}

/** Hides a purchase of no app from the operator, in whichever mode it is. Whether there is one. */
export async function dismissUnrouted(
  database: Database,
  { kind, id }: { kind: PurchaseKind; id: string },
  by: Doer,
  now: number,
): Promise<boolean> {
  const { table } = SOURCES[kind];
  const isIt = sql`mode in ('live', 'sandbox') and id = ${id} and app_id is null`;
  const line = { action: 'purchase.dismissed', appId: null, target: id } as const;
  const { found } = await runBatch(database, {
    found: orm(database).all<{ id: string }>(sql`select id from ${table} where ${isIt}`),
    audit: auditRead(
      database,
      by,
      now,
      { ...line, detail: sql`json_object('kind', ${kind}, 'mode', mode)` },
      sql`from ${table} where ${isIt} and is_dismissed = 0`,
    ),
    dismiss: orm(database).run(sql`update ${table} set is_dismissed = 1 where ${isIt} and is_dismissed = 0`),
  });
  return found.length > 0;
}

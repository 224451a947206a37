import { and, asc, desc, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Cursor } from '../../base/db/cursor.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import {
  type AppRow,
  appCustomers,
  orders,
  payments,
  products,
  subscriptions,
} from '../../base/db/schema.rows.ts';
import { findPage, isByRenewal, type SubscriptionFilter } from './subscription-list.rows.ts';

type App = Pick<AppRow, 'id' | 'mode'>;

/** The newest paid order, which the index has first, or one that is not paid: of those a subscription has few. */
const LATEST_PAYMENT = sql<string | null>`(select latest.payment_id from (
  select * from (select payment_id, created_at from ${orders} as o where o.mode = subscriptions.mode
    and o.subscription_id = subscriptions.id and o.paid_at is not null order by o.paid_at desc limit 1)
  union all
  select * from (select payment_id, created_at from ${orders} as o where o.mode = subscriptions.mode
    and o.subscription_id = subscriptions.id and o.paid_at is null order by o.created_at desc limit 1)
  ) as latest order by latest.created_at desc limit 1)`;

/** As the app called its user when the subscription was bought, or whom it has vouched for since. */
const EXTERNAL_ID = sql<string | null>`coalesce(${payments.externalCustomerId}, (
  select external_id from ${appCustomers} as c where c.customer_id = subscriptions.customer_id
    and c.app_id = subscriptions.app_id order by c.created_at limit 1))`;

const NEXT_PRODUCT_OWNER = sql<string | null>`(select n.app_id from ${products} as n
  where n.mode = subscriptions.mode and n.id = subscriptions.details ->> '$.pendingUpdate.productId')`;

const shown = {
  ...getTableColumns(subscriptions),
  // By a name of its own: in a batch D1 gives of two columns with one name only the last.
  productOwner: sql<string | null>`${products.appId}`.as('product_owner'),
  nextProductOwner: NEXT_PRODUCT_OWNER,
  productName: products.name,
  productMetadata: products.metadata,
  // What the app knows by its own purchase. Polar's customer has the address that was given last, at any app (ADR 45).
  email: payments.customerEmail,
  externalId: EXTERNAL_ID,
  latestPaymentId: LATEST_PAYMENT,
};

function selectShown(database: Database) {
  return orm(database)
    .select(shown)
    .from(subscriptions)
    .leftJoin(products, and(eq(products.mode, subscriptions.mode), eq(products.id, subscriptions.productId)))
    .leftJoin(payments, eq(payments.id, subscriptions.paymentId));
}

export type ShownSubscription = Awaited<ReturnType<typeof selectShown>>[number];

/** One subscription of an app; undefined for another app's too (invariant 5). */
export async function findSubscription(
  database: Database,
  app: App,
  id: string,
): Promise<ShownSubscription | undefined> {
  const [row] = await selectShown(database)
    .where(
      and(eq(subscriptions.mode, app.mode), eq(subscriptions.id, id), sql`+subscriptions.app_id = ${app.id}`),
    )
    .limit(1);
  return row;
}

/**
 * Subscriptions of an app: newest first, or by their renewal, soonest first. A page may be short; `lookedUntil` then says
 * where to go on.
 */
export async function selectSubscriptions(
  database: Database,
  app: App,
  filter: SubscriptionFilter,
  page: { limit: number; after: Cursor | undefined; lookAt?: number | undefined },
): Promise<{ rows: ShownSubscription[]; lookedUntil: Cursor | undefined }> {
  const { ids, end } = findPage(app, filter, page);
  const order = isByRenewal(filter)
    ? [asc(subscriptions.currentPeriodEnd), asc(subscriptions.id)]
    : [desc(subscriptions.createdAt), desc(subscriptions.id)];
  const found = selectShown(database)
    .where(sql`${subscriptions.mode} = ${app.mode} and ${subscriptions.id} in (${ids})`)
    .orderBy(...order);
  if (!end) return { rows: await found, lookedUntil: undefined };
  const [rows, [lookedUntil]] = await orm(database).batch([found, orm(database).all<Cursor>(end)]);
  return { rows, lookedUntil };
}

const discountedSince = query<
  { mode: Mode; id: string; discountId: string },
  { since: number | null }
>(`select min(created_at) as since from orders where mode = :mode and subscription_id = :id
  and subscription_id is not null and discount_id = :discountId and billing_reason in ('subscription_create', 'subscription_cycle')`);

/** When the first period began that a discount lowered, in milliseconds since 1970; null: it has not yet. */
export async function findDiscountedSince(
  database: Database,
  mode: Mode,
  id: string,
  discountId: string,
): Promise<number | null> {
  const [row] = await runOne(database, discountedSince({ mode, id, discountId }));
  return row?.since ?? null;
}

import { and, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import { keysOf } from '../tell/events/events.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import { type Database, runBatch } from '../base/db/database.rows.ts';
import { checkoutOfSubscription, customerOf, readHint } from './observed.rules.ts';
import {
  apps,
  polarEvents,
  events,
  grants,
  orders,
  payments,
  products,
  subscriptions,
} from '../base/db/schema.rows.ts';

/** The rows that an observation depends on, read in one round trip. */
export type RoutingRows = Awaited<ReturnType<typeof selectRoutingRows>>;

/** Rows that decide which app an observation belongs to, and what it changes. One D1 round trip. */
export async function selectRoutingRows(
  database: Database,
  mode: Mode,
  observation: Observation,
  /** The `webhook-id` of the Polar event at hand, if it may have come before. */
  webhookId?: string,
) {
  const { main, links, embedded } = observation;
  const id = main.row.id;
  const hint = readHint(observation);
  const customerId = customerOf(observation);
  const productIds = [
    links.productId,
    ...embedded.map((part) => (part.kind === 'product' ? part.row.id : null)),
    pendingProduct(observation),
  ].filter((value) => value !== null);
  const subscriptionIds = [links.subscriptionId, main.kind === 'subscription' ? id : null].filter(
    (value) => value !== null,
  );
  const checkoutIds = [links.checkoutId ?? '', checkoutOfSubscription(observation) ?? ''];
  const orderIds = [links.orderId, main.kind === 'order' ? id : null].filter((value) => value !== null);
  const grantOnly = main.kind === 'grant' ? orderIds : [];
  const ofOrders = database
    .select({ id: orders.productId })
    .from(orders)
    .where(and(eq(orders.mode, mode), inArray(orders.id, grantOnly)));
  const ofSubscriptions = (column: typeof subscriptions.paymentId | typeof subscriptions.productId) =>
    database
      .select({ id: column })
      .from(subscriptions)
      .where(and(eq(subscriptions.mode, mode), inArray(subscriptions.id, subscriptionIds)));
  const { relations, earlier, ...found } = await runBatch(database, {
    apps: database.select().from(apps).where(eq(apps.mode, mode)),
    payments: database
      .select()
      .from(payments)
      .where(
        or(
          and(eq(payments.mode, mode), inArray(payments.checkoutId, checkoutIds)),
          and(eq(payments.mode, mode), eq(payments.id, hint ?? '')),
          and(eq(payments.mode, mode), inArray(payments.orderId, orderIds)),
          // The payment that a subscription's grants and seats belong to.
          inArray(payments.id, ofSubscriptions(subscriptions.paymentId)),
        ),
      ),
    orders: database
      .select()
      .from(orders)
      .where(and(eq(orders.mode, mode), inArray(orders.id, orderIds))),
    subscriptions: database
      .select()
      .from(subscriptions)
      .where(and(eq(subscriptions.mode, mode), inArray(subscriptions.id, subscriptionIds))),
    products: database
      .select()
      .from(products)
      .where(
        or(
          and(eq(products.mode, mode), inArray(products.id, productIds)),
          // The products of a grant's purchase.
          and(eq(products.mode, mode), inArray(products.id, ofSubscriptions(subscriptions.productId))),
          and(eq(products.mode, mode), inArray(products.id, ofOrders)),
        ),
      ),
    grants: database
      .select()
      .from(grants)
      .where(and(eq(grants.mode, mode), inArray(grants.id, main.kind === 'grant' ? [id] : []))),
    // The apps that have sold to this customer, and since when; these are told of the customer's changes.
    relations: database
      .select({
        appId: orders.appId,
        since: sql<number>`min(${orders.createdAt})`,
        paymentIds: sql<string>`${main.kind === 'customer' ? PAYMENT_IDS : sql`'[]'`}`,
        email: sql<string | null>`(select p.customer_email from ${payments} as p
          where p.app_id = ${orders.appId} and p.customer_id = ${customerId ?? ''} and p.customer_email is not null
          order by p.created_at desc limit 1)`,
        toldLast: sql<string | null>`${main.kind === 'customer' ? toldLast(id) : sql`null`}`,
      })
      .from(orders)
      .innerJoin(apps, eq(apps.id, orders.appId))
      .where(and(eq(orders.customerId, customerId ?? ''), eq(apps.mode, mode)))
      .groupBy(orders.appId),
    earlier: database
      .select({ status: polarEvents.status })
      .from(polarEvents)
      .where(and(eq(polarEvents.mode, mode), eq(polarEvents.webhookId, webhookId ?? ''))),
  });
  return {
    ...found,
    relations: relations.map((row) => ({
      ...row,
      paymentIds: readIds(row.paymentIds),
      toldLast: readToldLast(row.toldLast),
    })),
    earlier: earlier[0],
  };
}

/** What an app was told last of a customer, as JSON: with which address, and whether the customer is deleted. */
function toldLast(id: string): SQL {
  const { from, to } = keysOf(`customer.updated:${id}:`);
  const named = (which: SQL) =>
    sql`select f.type, f.sequence, f.body from ${events} as f where f.app_id = ${orders.appId} and ${which} and f.body <> '{}'`;
  // One subquery for each key, so that SQLite finds each by the index instead of going through all events of the app.
  return sql`(select json_object('email', t.body ->> '$.data.polar.data.email', 'isGone', t.type = 'customer.deleted')
    from (${named(sql`f.key = ${`customer.created:${id}`}`)}
      union all ${named(sql`f.key = ${`customer.deleted:${id}`}`)}
      union all ${named(sql`f.key >= ${from} and f.key < ${to}`)}) as t
    order by t.sequence desc limit 1)`;
}

const PAYMENT_IDS = sql`json_group_array(${orders.paymentId}) filter (where ${orders.subscriptionId} is null)`;

function readToldLast(json: string | null): { email: string | null; isGone: boolean } | null {
  if (json === null) return null;
  const { email, isGone } = JSON.parse(json) as { email: string | null; isGone: 0 | 1 };
  return { email, isGone: isGone === 1 };
}

function readIds(json: string): string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
}

/** The product that a subscription will change to. */
function pendingProduct({ main, data }: Observation): string | null {
  const update = main.kind === 'subscription' ? data['pending_update'] : null;
  const id =
    typeof update === 'object' && update !== null && 'product_id' in update ? update.product_id : null;
  return typeof id === 'string' ? id : null;
}

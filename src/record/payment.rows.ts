import { type SQL, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import type { PaymentOfOrder } from './changes.rules.ts';
import {
  customers,
  grants,
  orders,
  payments,
  refunds,
  snapshots,
  subscriptions,
} from '../base/db/schema.rows.ts';

/** A payment for an order that no checkout of ours began: a renewal, or a product bought at Polar directly. */
export function insertPaymentOfOrder(
  database: Database,
  { mode, now }: { mode: Mode; now: number },
  { order, ...payment }: PaymentOfOrder,
): Statement {
  return database
    .insert(payments)
    .values({
      ...payment,
      mode,
      method: 'polar',
      status: 'pending',
      productId: order.productId,
      amount: order.totalAmount,
      refundedAmount: 0,
      currency: order.currency,
      customerId: order.customerId,
      customerProven: false,
      checkoutId: order.checkoutId,
      orderId: order.id,
      subscriptionId: order.subscriptionId,
      createdAt: order.createdAt,
      updatedAt: now,
    })
    .onConflictDoNothing();
}

/**
 * Stores when an order was paid (ADR 51). Only the Polar event `order.paid` says it (`at`). Other observations may come
 * long after, so by them the order counts as paid when it was made. `order.paid` wins, in whatever order they come.
 */
export function noteOrderPaid(
  database: Database,
  mode: Mode,
  { orderId, createdAt, at }: { orderId: string; createdAt: number; at: number | null },
): Statement {
  const paidAt =
    at === null
      ? sql`coalesce(paid_at, ${createdAt})`
      : sql`iif(paid_at is null or paid_at = ${createdAt}, ${at}, min(paid_at, ${at}))`;
  return database.run(sql`update ${orders} set paid_at = ${paidAt} where mode = ${mode} and id = ${orderId}`);
}

/**
 * Derives a payment from its order, or from its checkout while there is none. It uses the stored snapshots, which are
 * the newest, and never the Polar event at hand, so an older one that comes late changes nothing. The buyer's address
 * stays the one that the purchase came with, since a later one may have been given at another app (ADR 45).
 */
export function derivePayment(database: Database, paymentId: string, now: number): Statement {
  return database.run(sql`
    update ${payments} set
      status = case
        when d.order_status in ('paid', 'partially_refunded', 'refunded') then 'succeeded'
        when d.order_status = 'void' then 'failed'
        when d.order_status is not null then 'pending'
        when d.checkout_status in ('expired', 'failed') then d.checkout_status
        else 'pending' end,
      amount = coalesce(d.total_amount, payments.amount),
      checkout_url = iif(d.order_status is null and coalesce(d.checkout_status, 'open') not in ('expired', 'failed'), payments.checkout_url, null),
      refunded_amount = coalesce(${refundedAmount()}, 0),
      currency = coalesce(d.currency, payments.currency),
      product_id = coalesce(d.product_id, payments.product_id),
      customer_id = coalesce(d.customer_id, payments.customer_id),
      customer_email = case
        when payments.checkout_id is null then payments.customer_email
        when coalesce(payments.order_id, payments.subscription_id) is null then coalesce(d.email, payments.customer_email)
        else coalesce(payments.customer_email, d.email) end,
      order_id = coalesce(d.order_id, payments.order_id),
      subscription_id = coalesce(d.subscription_id, payments.subscription_id),
      succeeded_at = d.paid_at,
      updated_at = ${now}
    from (
      select p.id as payment_id, o.id as order_id, o.status as order_status, o.total_amount, o.refunded_amount, o.seen_version as order_seen, o.currency,
        o.product_id, o.subscription_id, o.paid_at, coalesce(o.customer_id, s.customer_id) as customer_id, c.email,
        s.status as checkout_status
      from ${payments} as p
      left join ${orders} as o on o.payment_id = p.id
      left join ${snapshots} as s on s.mode = p.mode and s.kind = 'checkout' and s.id = p.checkout_id
      left join ${customers} as c on c.mode = p.mode and c.id = coalesce(o.customer_id, s.customer_id)
      where p.id = ${paymentId}
      order by o.created_at limit 1
    ) as d
    where payments.id = d.payment_id`);
}

/**
 * The amount refunded of the order `d`, or null without an order (ADR 46). Polar tells of a refund before the order
 * that it changes, so the known refunds that succeeded count when they were seen later than the order. When the order
 * has more than they add up to, some were missed, and the order's own amount counts.
 */
function refundedAmount(): SQL {
  const sum = (only: SQL) =>
    sql`(select coalesce(sum(r.amount), 0) from ${refunds} as r where r.mode = payments.mode and r.order_id = d.order_id and ${only})`;
  const isNewer = sql`r.seen_version >= d.order_seen`;
  const succeeded = sum(sql`r.status = 'succeeded'`);
  return sql`case
    when not exists (select 1 from ${refunds} as r where r.mode = payments.mode and r.order_id = d.order_id and ${isNewer}) then d.refunded_amount
    when d.refunded_amount <= ${succeeded} + ${sum(sql`r.status in ('failed', 'canceled') and ${isNewer}`)} then ${succeeded}
    else d.refunded_amount end`;
}

/**
 * Gives a subscription and its grants to the app and payment that began it (ADR 20). The order that began it decides,
 * also when something else decided before it came. Later orders and their refunds follow, except orders with a checkout
 * of their own.
 */
export function ownSubscription(
  database: Database,
  mode: Mode,
  { subscriptionId: id, appId, paymentId }: { subscriptionId: string; appId: string; paymentId: string },
): Statement[] {
  const laterOrders = sql`select o.id from ${orders} as o
    where o.mode = ${mode} and o.subscription_id = ${id} and o.checkout_id is null and o.billing_reason <> 'subscription_create'`;
  const isElsewhere = sql`app_id is not null and app_id <> ${appId}`;
  return [
    database.run(
      sql`update ${subscriptions} set app_id = ${appId}, payment_id = ${paymentId} where mode = ${mode} and id = ${id}
        and (app_id is not ${appId} or payment_id is not ${paymentId})`,
    ),
    database.run(
      sql`update ${grants} set app_id = ${appId}, payment_id = ${paymentId} where mode = ${mode} and subscription_id = ${id}
        and (app_id is not ${appId} or payment_id is not ${paymentId})`,
    ),
    database.run(
      sql`update ${payments} set app_id = ${appId} where mode = ${mode} and order_id in (${laterOrders}) and ${isElsewhere}`,
    ),
    database.run(
      sql`update ${refunds} set app_id = ${appId} where mode = ${mode} and order_id in (${laterOrders}) and ${isElsewhere}`,
    ),
    database.run(
      sql`update ${orders} set app_id = ${appId} where mode = ${mode} and id in (${laterOrders}) and ${isElsewhere}`,
    ),
  ];
}

/** Notes with a payment the subscription that it began, and its buyer. */
export function notePurchaser(
  database: Database,
  purchase: { paymentId: string; subscriptionId: string; customerId: string; email: string | null },
): Statement {
  return database.run(sql`
    update ${payments} set subscription_id = ${purchase.subscriptionId}, customer_id = ${purchase.customerId},
      customer_email = coalesce(${purchase.email}, customer_email)
    where id = ${purchase.paymentId} and order_id is null and subscription_id is null`);
}

/** Stores the app at whose checkout a subscription began; the first observation that says it counts (ADR 45). */
export function noteSeller(
  database: Database,
  mode: Mode,
  { subscriptionId, appId }: { subscriptionId: string; appId: string },
): Statement {
  return database.run(sql`
    update ${subscriptions} set sold_by = ${appId} where mode = ${mode} and id = ${subscriptionId} and sold_by is null`);
}

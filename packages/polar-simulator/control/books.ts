/** What was paid, refunded, bought and granted, oldest first: other records can be compared with it. */

import { groupBy } from '../group-by.ts';
import type { GrantRow, OrderRow, PaymentRow, RefundRow, SubscriptionRow } from '../state.ts';
import { dueAmount, isPaid, netAmount, totalAmount } from '../wire/order.ts';
import type { World } from '../world.ts';

/** The books of every organization, or of one; of none when there is no such organization. */
export function books(world: World, organizationId?: string) {
  const organizations = [...world.tables.organizations.all()].filter(
    ({ id }) => organizationId === undefined || id === organizationId,
  );
  return { organizations: organizations.map(({ id, slug }) => booksOf(world, id, slug)) };
}

function booksOf(world: World, id: string, slug: string) {
  const { orders, payments, refunds, subscriptions, grants } = world.tables;
  const ordered = orders.by('organization', id).toSorted(byAge);
  const oneTime = ordered.filter(
    (order) => !order.subscription_id && isPaid(order) && order.status !== 'refunded',
  );
  const running = subscriptions.by('organization', id).filter(isRunning).toSorted(byAge);
  const granted = grants
    .by('organization', id)
    .filter((grant) => grant.is_granted)
    .toSorted(byAge);
  return {
    id,
    slug,
    payments: ordered.map((order) => paymentOf(order, payments.by('order', order.id))),
    refunds: refunds.by('organization', id).toSorted(byAge).map(refundOf),
    live_purchases: [...oneTime.map(purchaseOf('order')), ...running.map(purchaseOf('subscription'))],
    live_grants: Object.fromEntries(
      [...groupBy(granted, (grant) => grant.customer_id)].map(([customerId, list]) => [
        customerId,
        list.map(grantOf),
      ]),
    ),
  };
}

/** One order as a payment, with every charge that was tried for it. */
function paymentOf(order: OrderRow, charges: PaymentRow[]) {
  const { id, status, currency, customer_id, product_id, subscription_id, checkout_id, metadata } = order;
  return {
    id,
    status,
    is_paid: isPaid(order),
    amount: totalAmount(order),
    net_amount: netAmount(order),
    tax_amount: order.tax_amount,
    due_amount: dueAmount(order),
    refunded_amount: order.refunded_amount,
    refunded_tax_amount: order.refunded_tax_amount,
    currency,
    billing_reason: order.billing_reason,
    created_at: order.created_at,
    customer_id,
    product_id,
    subscription_id,
    checkout_id,
    gateway_payment_id: metadata['gateway_payment_id'] ?? null,
    charges: charges.map((charge) => ({ id: charge.id, status: charge.status, amount: charge.amount })),
  };
}

function refundOf(refund: RefundRow) {
  const { id, order_id, customer_id, amount, tax_amount, currency, status, reason, revoke_benefits } = refund;
  return { id, order_id, customer_id, amount, tax_amount, currency, status, reason, revoke_benefits };
}

const purchaseOf =
  <Kind extends 'order' | 'subscription'>(kind: Kind) =>
  ({ id, status, customer_id, product_id }: OrderRow | SubscriptionRow) => ({
    kind,
    id,
    status,
    customer_id,
    product_id,
  });

function grantOf(grant: GrantRow) {
  const { id, benefit_id, order_id, subscription_id, member_id } = grant;
  return { id, benefit_id, order_id, subscription_id, member_id };
}

const isRunning = ({ status }: SubscriptionRow): boolean =>
  status === 'active' || status === 'trialing' || status === 'past_due';

/** Rows made at the same moment are ordered by id, so that two readings of the same state are equal. */
function byAge(a: { created_at: string; id: string }, b: { created_at: string; id: string }): number {
  if (a.created_at !== b.created_at) return a.created_at < b.created_at ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

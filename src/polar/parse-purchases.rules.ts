import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
import type { SubscriptionDetails } from '../base/subscription-details.rules.ts';
import { asText, furtherContent, versionOf } from './content.rules.ts';
import * as objects from './objects.rules.ts';
import { OWNER_KEYS, readOwnerName, readPlanName } from './product-names.rules.ts';
import { isRenewal, type Snapshot, type UsedUpDiscount } from './snapshots.rules.ts';
import { toMilliseconds } from './versions.rules.ts';

/* Polar's orders, subscriptions and refunds, column by column, as in parse-objects.rules.ts. */

/** The metadata of a refund at Polar that names the request of ours behind it. */
export const REQUEST_METADATA_KEY = 'gateway_refund_id';

export function parseOrder(data: unknown, seen: number, ownerKeys = OWNER_KEYS): Snapshot<'order'> {
  const order = objects.orderObject().parse(data);
  const columns = {
    id: order.id,
    customerId: order.customer_id,
    productId: order.product_id ?? null,
    checkoutId: order.checkout_id ?? null,
    subscriptionId: order.subscription_id ?? null,
    status: order.status,
    billingReason: order.billing_reason,
    netAmount: order.net_amount,
    totalAmount: order.total_amount,
    refundedAmount: order.refunded_amount,
    currency: order.currency,
    createdAt: toMilliseconds(order.created_at),
  };
  const row = {
    ...columns,
    ...furtherOfOrder(order, ownerKeys),
    // Only these columns are in the digest, since what was stored by a release before must not seem to differ.
    ...versionOf(order, seen, { ...columns, further: furtherContent('order', order), ...nextAttempt(order) }),
    hasLaterNews:
      order.is_invoice_generated ||
      (order.platform_fee_currency ?? null) !== null ||
      order.refunded_amount > 0,
    renews:
      isRenewal(columns) &&
      columns.billingReason !== 'subscription_meter_cycle' &&
      !(order.subscription?.ended_at ?? null),
    metadata: order.metadata,
    ...usedUpOf(order, ownerKeys),
  };
  return { kind: 'order', row };
}

type OrderObject = ReturnType<ReturnType<typeof objects.orderObject>['parse']>;

/** Polar says nothing of its own when a discount is used up: an order shows how it stood then. */
function usedUpOf({ discount }: OrderObject, ownerKeys: OwnerKeys): { usedUp?: UsedUpDiscount } {
  const most = discount?.max_redemptions ?? Infinity;
  if (!discount || (discount.redemptions_count ?? 0) < most) return {};
  return { usedUp: { id: discount.id, owner: readOwnerName(discount.metadata, ownerKeys), most } };
}

/** Only where there is one; Polar sends no event of it, so that comparing has to find it. */
function nextAttempt({ next_payment_attempt_at: at }: OrderObject): object {
  return (at ?? null) === null ? {} : { next_payment_attempt_at: at };
}

function furtherOfOrder(order: OrderObject, ownerKeys: OwnerKeys) {
  const { product } = order;
  return {
    refundedTaxAmount: order.refunded_tax_amount ?? 0,
    discountAmount: order.discount_amount ?? 0,
    balanceAmount: order.applied_balance_amount ?? 0,
    discountId: order.discount?.id ?? order.discount_id ?? null,
    discountCode: order.discount?.code ?? null,
    discountName: order.discount?.name ?? null,
    invoiceNumber: order.invoice_number ?? null,
    billingCountry: order.billing_address?.country ?? null,
    nextPaymentAttemptAt: toMilliseconds(order.next_payment_attempt_at),
    productName: product?.name ?? null,
    productPlan: product
      ? readPlanName({ name: product.name ?? '', metadata: product.metadata }, ownerKeys)
      : null,
  };
}

export function parseSubscription(data: unknown, seen: number): Snapshot<'subscription'> {
  const subscription = objects.subscriptionObject().parse(data);
  const row = {
    id: subscription.id,
    customerId: subscription.customer_id,
    productId: subscription.product_id,
    checkoutId: subscription.checkout_id ?? null,
    status: subscription.status,
    currentPeriodStart: toMilliseconds(subscription.current_period_start),
    currentPeriodEnd: toMilliseconds(subscription.current_period_end),
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    canceledAt: toMilliseconds(subscription.canceled_at),
    startedAt: toMilliseconds(subscription.started_at),
    endsAt: toMilliseconds(subscription.ends_at),
    endedAt: toMilliseconds(subscription.ended_at),
    pastDueAt: toMilliseconds(subscription.past_due_at),
    pausedAt: toMilliseconds(subscription.paused_at),
    createdAt: toMilliseconds(subscription.created_at),
  };
  return {
    kind: 'subscription',
    row: {
      ...row,
      ...furtherOfSubscription(subscription),
      ...versionOf(subscription, seen, { ...row, further: furtherContent('subscription', subscription) }),
      metadata: subscription.metadata,
    },
  };
}

type SubscriptionObject = ReturnType<ReturnType<typeof objects.subscriptionObject>['parse']>;

function furtherOfSubscription(subscription: SubscriptionObject) {
  return {
    amount: subscription.amount ?? null,
    currency: subscription.currency ?? null,
    recurringInterval: subscription.recurring_interval ?? null,
    recurringIntervalCount: subscription.recurring_interval_count ?? null,
    trialStart: toMilliseconds(subscription.trial_start),
    trialEnd: toMilliseconds(subscription.trial_end),
    pauseAtPeriodEnd: subscription.pause_at_period_end ?? null,
    resumesAt: toMilliseconds(subscription.resumes_at),
    seats: subscription.seats ?? null,
    discountId: subscription.discount_id ?? null,
    cancellationReason: subscription.customer_cancellation_reason ?? null,
    cancellationComment: subscription.customer_cancellation_comment ?? null,
    // One inside an order has no such key; in a whole one it may be null.
    details: 'pending_update' in subscription ? readDetails(subscription) : null,
  };
}

function readDetails({ discount, pending_update: pending, units }: SubscriptionObject): SubscriptionDetails {
  return {
    discount: discount ? { id: discount.id, code: discount.code ?? null, name: discount.name ?? null } : null,
    pendingUpdate: pending
      ? {
          productId: pending.product_id ?? null,
          seats: pending.seats ?? null,
          units: pending.units ?? null,
          appliesAt: toMilliseconds(pending.applies_at),
        }
      : null,
    units: units ?? null,
  };
}

export function parseRefund(data: unknown, seen: number): Snapshot<'refund'> {
  const refund = objects.refundObject().parse(data);
  const row = {
    id: refund.id,
    orderId: refund.order_id,
    customerId: refund.customer_id,
    status: refund.status,
    reason: refund.reason,
    revokesBenefits: refund.revoke_benefits ?? null,
    amount: refund.amount,
    currency: refund.currency,
    createdAt: toMilliseconds(refund.created_at),
  };
  const requestId = refund.metadata[REQUEST_METADATA_KEY];
  const further = { taxAmount: refund.tax_amount ?? null, requestId: asText(requestId) };
  return { kind: 'refund', row: { ...row, ...further, ...versionOf(refund, seen, row) } };
}

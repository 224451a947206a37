import { isRenewal, type Snapshot } from './snapshots.rules.ts';
import { digestContent, toMicroseconds, toMilliseconds, type Version } from './versions.rules.ts';
import * as objects from './objects.rules.ts';

/*
 * Polar's objects, column by column. `seen`: when the object was looked at, microseconds. Each throws a `ZodError` or
 * `RangeError` when the object is not what Polar documents.
 */

function versionOf(
  object: { created_at?: string | null | undefined; modified_at?: string | null | undefined },
  seen: number,
  content: unknown,
): Version {
  const changed = object.modified_at ?? object.created_at;
  // An object without times of its own has the time at which it was seen.
  return {
    version: changed ? toMicroseconds(changed) : seen,
    seenVersion: seen,
    digest: digestContent(content),
  };
}

/**
 * Fields without a column whose changes apps are told of (ADR 30). They are listed, since a subscription inside an
 * order lacks its product, discount, prices, meters and `pending_update`, some of which also change by themselves.
 */
const FURTHER_CONTENT = {
  order: [
    'is_invoice_generated',
    'platform_fee_amount',
    'platform_fee_currency',
    'refunded_tax_amount',
    'billing_name',
    'billing_address',
    'metadata',
  ],
  subscription: [
    'amount',
    'currency',
    'recurring_interval',
    'recurring_interval_count',
    'trial_start',
    'trial_end',
    'pause_at_period_end',
    'resumes_at',
    'discount_id',
    'seats',
    'customer_cancellation_reason',
    'customer_cancellation_comment',
    'metadata',
  ],
  // The other fields of a seat are its member, an object of its own.
  seat: [
    'status',
    'subscription_id',
    'order_id',
    'customer_id',
    'member_id',
    'email',
    'customer_email',
    'claimed_at',
    'revoked_at',
  ],
  member: ['customer_id', 'email', 'name', 'external_id', 'role'],
} as const;

/** A field that is left out counts as null, since Polar's objects differ in that from place to place. */
function furtherContent(kind: keyof typeof FURTHER_CONTENT, object: Record<string, unknown>): object {
  return Object.fromEntries(FURTHER_CONTENT[kind].map((name) => [name, object[name] ?? null]));
}

export function parseOrder(data: unknown, seen: number): Snapshot<'order'> {
  const order = objects.orderObject.parse(data);
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
    ...versionOf(order, seen, { ...columns, further: furtherContent('order', order) }),
    hasLaterNews:
      order.is_invoice_generated ||
      (order.platform_fee_currency ?? null) !== null ||
      order.refunded_amount > 0,
    renews:
      isRenewal(columns) &&
      columns.billingReason !== 'subscription_meter_cycle' &&
      !(order.subscription?.ended_at ?? null),
    metadata: order.metadata,
  };
  return { kind: 'order', row };
}

export function parseSubscription(data: unknown, seen: number): Snapshot<'subscription'> {
  const subscription = objects.subscriptionObject.parse(data);
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
      ...versionOf(subscription, seen, { ...row, further: furtherContent('subscription', subscription) }),
      metadata: subscription.metadata,
    },
  };
}

export function parseRefund(data: unknown, seen: number): Snapshot<'refund'> {
  const refund = objects.refundObject.parse(data);
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
  return { kind: 'refund', row: { ...row, ...versionOf(refund, seen, row) } };
}

export function parseGrant(data: unknown, seen: number): Snapshot<'grant'> {
  const grant = objects.grantObject.parse(data);
  const row = {
    id: grant.id,
    benefitId: grant.benefit_id,
    customerId: grant.customer_id,
    memberId: grant.member_id ?? grant.member?.id ?? null,
    memberRole: grant.member?.role ?? null,
    orderId: grant.order_id ?? null,
    subscriptionId: grant.subscription_id ?? null,
    isGranted: grant.is_granted,
    isRevoked: grant.is_revoked,
    grantedAt: toMilliseconds(grant.granted_at),
    revokedAt: toMilliseconds(grant.revoked_at),
    properties: grant.properties,
    createdAt: toMilliseconds(grant.created_at),
  };
  return { kind: 'grant', row: { ...row, ...versionOf(grant, seen, row) } };
}

export function parseProduct(data: unknown, seen: number): Snapshot<'product'> {
  return toProduct(objects.productObject.parse(data), seen);
}

/** A product that was parsed already: whole, or as another object holds it, mostly without prices and benefits. */
export function toProduct(product: objects.ProductObject, seen: number): Snapshot<'product'> {
  const row = {
    id: product.id,
    name: product.name,
    isArchived: product.is_archived,
    isRecurring: product.is_recurring,
    metadata: product.metadata,
  };
  const isWhole = product.prices !== undefined && product.benefits !== undefined;
  // The first sale changes this field without a Polar event and without a new `modified_at`, and it does not change
  // what is sold.
  const { is_deletable: _isDeletable, ...content } = product;
  const data = isWhole ? { ...product } : null;
  return { kind: 'product', row: { ...row, data, ...versionOf(product, seen, isWhole ? content : row) } };
}

export function parseBenefit(data: unknown, seen: number): Snapshot<'benefit'> {
  const benefit = objects.benefitObject.parse(data);
  const row = {
    id: benefit.id,
    type: benefit.type,
    description: benefit.description,
    isDeleted: benefit.is_deleted,
    metadata: benefit.metadata,
  };
  return { kind: 'benefit', row: { ...row, ...versionOf(benefit, seen, row) } };
}

export function parseCustomer(data: unknown, seen: number): Snapshot<'customer'> {
  const customer = objects.customerObject.parse(data);
  const row = {
    id: customer.id,
    email: customer.email ?? null,
    name: customer.name ?? null,
    deletedAt: toMilliseconds(customer.deleted_at),
  };
  const createdAt = toMilliseconds(customer.created_at);
  return { kind: 'customer', row: { ...row, createdAt, ...versionOf(customer, seen, row) } };
}

/**
 * A dispute. Of its customer only the id is kept, since all apps of the organization share that object (trust rule 7).
 * `past_due` changes by itself as time passes, so it is no change.
 */
export function parseDispute(data: unknown, seen: number): Snapshot<'other'> {
  const dispute = objects.disputeObject.parse(data);
  const { customer, ...own } = dispute;
  const content = {
    status: dispute.status,
    amount: dispute.amount,
    taxAmount: dispute.tax_amount ?? null,
    currency: dispute.currency,
    reason: dispute.reason ?? null,
    evidenceDueBy: dispute.evidence_due_by ?? null,
    orderId: dispute.order_id,
  };
  const row = {
    kind: 'dispute',
    id: dispute.id,
    status: dispute.status,
    customerId: customer?.id ?? null,
    data: { ...own, customer_id: customer?.id ?? null },
    ...versionOf(dispute, seen, content),
  };
  return { kind: 'other', row };
}

export function parseCheckout(data: unknown, seen: number): Snapshot<'other'> {
  const checkout = objects.checkoutObject.parse(data);
  const { status } = checkout;
  return toOther('checkout', checkout, seen, { status, customerId: checkout.customer_id ?? null });
}

/** Any object with an id, of any kind, of which nothing else is read. */
export function parsePlain(kind: string, data: unknown, seen: number): Snapshot<'other'> {
  const plain = objects.plainObject.parse(data);
  return toOther(kind, plain, seen, {
    status: asText(plain['status']),
    customerId: asText(plain['customer_id']) ?? (kind === 'customer_state' ? plain.id : null),
  });
}

function toOther(
  kind: string,
  object: objects.PlainObject,
  seen: number,
  known: { status: string | null; customerId: string | null },
): Snapshot<'other'> {
  // A customer's state has no version of its own; the time at which it was seen counts.
  const times = kind === 'customer_state' ? {} : object;
  const content = kind === 'seat' || kind === 'member' ? furtherContent(kind, object) : object;
  const row = { kind, id: object.id, ...known, data: object, ...versionOf(times, seen, content) };
  return { kind: 'other', row };
}

/** A text, or null for anything else. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

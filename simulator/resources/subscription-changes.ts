/** The shapes of `PATCH /v1/subscriptions/{id}` and what each does (facts §1.6–1.8). */

import * as z from 'zod';
import { type PolarProblem, invalid, problem } from '../http/errors.ts';
import { metadataField, timeField, uuidField } from '../http/input.ts';
import { isUsable } from '../life/pricing.ts';
import { type OrderItem, orderForSubscription, renew, resume, switchProduct } from '../life/renewals.ts';
import { announcePaid, emitOrder, recordPayment } from '../life/orders.ts';
import {
  emitSubscription,
  grossAmount,
  isBillable,
  recomputeAmount,
  revokeSubscription,
  scheduleCycle,
} from '../life/subscriptions.ts';
import type { OrderRow, ProductRow, SubscriptionRow } from '../state.ts';
import { isoFromMs, msFromIso } from '../time.ts';
import { dueAmount } from '../wire/order.ts';
import { pricesOf } from '../wire/product.ts';
import type { World } from '../world.ts';

const proration = z.enum(['invoice', 'prorate', 'next_period', 'reset']).nullish();
const reason = z
  .enum([
    'customer_service',
    'low_quality',
    'missing_features',
    'switched_service',
    'too_complex',
    'too_expensive',
    'unused',
    'other',
  ])
  .nullish();

const why = { customer_cancellation_reason: reason, customer_cancellation_comment: z.string().nullish() };

const shapes = {
  cancel_at_period_end: z.strictObject({ cancel_at_period_end: z.boolean(), ...why }),
  revoke: z.strictObject({ revoke: z.literal(true), ...why }),
  pause_at_period_end: z.strictObject({ pause_at_period_end: z.boolean(), resumes_at: timeField.nullish() }),
  resume: z.strictObject({ resume: z.literal(true) }),
  pending_update: z.strictObject({ pending_update: z.null() }),
  seats: z.strictObject({ seats: z.number().int().min(1), proration_behavior: proration }),
  current_billing_period_end: z.strictObject({ current_billing_period_end: timeField }),
  base: z.strictObject({
    metadata: metadataField.optional(),
    product_id: uuidField.nullish(),
    proration_behavior: proration,
    discount_id: uuidField.nullish(),
    trial_end: z.union([z.literal('now'), timeField]).nullish(),
  }),
};

/** Picks the shape by its telling key, so that a mistake is explained in the terms of that shape. */
export function shapeOf(input: unknown): z.ZodType<SubscriptionChange> {
  for (const [key, shape] of Object.entries(shapes)) {
    if (typeof input === 'object' && input !== null && key in input) return shape;
  }
  return shapes.base;
}

export type SubscriptionChange = {
  [Key in keyof typeof shapes]: z.output<(typeof shapes)[Key]>;
}[keyof typeof shapes];

export const alreadyCanceled = (): PolarProblem =>
  problem(
    403,
    'AlreadyCanceledSubscription',
    'This subscription is already canceled or will be at the end of the period.',
  );

export function changeSubscription(world: World, row: SubscriptionRow, change: SubscriptionChange): void {
  if ('resume' in change) return resumeNow(world, row);
  if ('cancel_at_period_end' in change)
    return change.cancel_at_period_end ? cancel(world, row, change) : uncancel(world, row);
  if (row.status === 'canceled') throw alreadyCanceled();
  if ('revoke' in change) {
    row.customer_cancellation_reason =
      change.customer_cancellation_reason ?? row.customer_cancellation_reason;
    row.customer_cancellation_comment =
      change.customer_cancellation_comment ?? row.customer_cancellation_comment;
    return revokeSubscription(world, row);
  }
  if ('pause_at_period_end' in change) return schedulePause(world, row, change);
  if ('pending_update' in change) {
    row.pending_update = null;
    return say(world, row);
  }
  if ('seats' in change) return changeSeats(world, row, change);
  if ('current_billing_period_end' in change)
    return movePeriodEnd(world, row, change.current_billing_period_end);
  return changeBase(world, row, change);
}

function say(world: World, row: SubscriptionRow): void {
  world.touch(row);
  emitSubscription(world, row, 'subscription.updated');
}

type Cancel = z.output<(typeof shapes)['cancel_at_period_end']>;

function cancel(world: World, row: SubscriptionRow, change: Cancel): void {
  if (row.status === 'canceled' || row.cancel_at_period_end) throw alreadyCanceled();
  if (!isBillable(row)) throw inactive();
  row.cancel_at_period_end = true;
  row.canceled_at = world.stamp();
  row.ends_at = row.current_period_end;
  row.customer_cancellation_reason = change.customer_cancellation_reason ?? null;
  row.customer_cancellation_comment = change.customer_cancellation_comment ?? null;
  world.touch(row);
  emitSubscription(world, row, 'subscription.updated', 'subscription.canceled');
}

const inactive = (): PolarProblem => problem(403, 'InactiveSubscription', 'This subscription is not active.');

function uncancel(world: World, row: SubscriptionRow): void {
  if (row.ended_at) throw problem(410, 'ResourceUnavailable', 'This subscription has ended.');
  if (!row.cancel_at_period_end)
    throw problem(400, 'BadRequest', 'This subscription is not scheduled to cancel.');
  row.cancel_at_period_end = false;
  row.canceled_at = null;
  row.ends_at = null;
  row.customer_cancellation_reason = null;
  row.customer_cancellation_comment = null;
  world.touch(row);
  emitSubscription(world, row, 'subscription.updated', 'subscription.uncanceled');
}

function schedulePause(
  world: World,
  row: SubscriptionRow,
  change: z.output<(typeof shapes)['pause_at_period_end']>,
): void {
  if (!change.pause_at_period_end) {
    if (!row.pause_at_period_end) throw problem(409, 'NoScheduledPause', 'No pause is scheduled.');
    row.pause_at_period_end = false;
    row.resumes_at = null;
    return say(world, row);
  }
  if (row.status !== 'active' || row.cancel_at_period_end || row.pause_at_period_end) {
    throw problem(409, 'CannotPauseSubscription', 'This subscription cannot be paused.');
  }
  if (change.resumes_at && Date.parse(change.resumes_at) <= Date.parse(row.current_period_end)) {
    throw invalid(['body', 'resumes_at'], 'Must be after the current period end.', change.resumes_at);
  }
  row.pause_at_period_end = true;
  row.resumes_at = change.resumes_at ? isoFromMs(Date.parse(change.resumes_at)) : null;
  return say(world, row);
}

function resumeNow(world: World, row: SubscriptionRow): void {
  if (row.status !== 'paused')
    throw problem(409, 'NotPausedSubscription', 'This subscription is not paused.');
  resume(world, row);
}

function movePeriodEnd(world: World, row: SubscriptionRow, end: string): void {
  if (row.status !== 'active' && row.status !== 'trialing') throw inactive();
  if (Date.parse(end) <= Date.parse(row.current_period_end)) {
    throw invalid(['body', 'current_billing_period_end'], 'Must be after the current period end.', end);
  }
  row.current_period_end = isoFromMs(Date.parse(end));
  row.anchor_day = new Date(end).getUTCDate();
  scheduleCycle(world, row);
  say(world, row);
}

function changeSeats(world: World, row: SubscriptionRow, change: z.output<(typeof shapes)['seats']>): void {
  if (row.seats == null) throw problem(400, 'NotASeatBasedSubscription', 'This subscription has no seats.');
  if (row.status !== 'active' && row.status !== 'trialing') throw inactive();
  if (change.seats === row.seats) return;
  const before = grossAmount(world, row);
  applyNowOrLater(world, row, change.proration_behavior, {
    pending: { seats: change.seats, product_id: null },
    apply: () => {
      row.seats = change.seats;
      recomputeAmount(world, row);
    },
    before,
    label: 'seats',
  });
}

type Base = z.output<(typeof shapes)['base']>;

function changeBase(world: World, row: SubscriptionRow, change: Base): void {
  if (change.discount_id !== undefined) setDiscount(world, row, change.discount_id);
  if (change.metadata) row.metadata = change.metadata;
  if (change.trial_end !== undefined && change.trial_end !== null)
    return setTrialEnd(world, row, change.trial_end);
  if (change.product_id) return changeProduct(world, row, change.product_id, change.proration_behavior);
  say(world, row);
}

function setDiscount(world: World, row: SubscriptionRow, discountId: string | null): void {
  const discount = world.tables.discounts.get(discountId);
  const use = { productId: row.product_id, currency: row.currency };
  if (
    discountId !== null &&
    (discount?.organization_id !== row.organization_id || !isUsable(world, discount, use))
  ) {
    throw invalid(['body', 'discount_id'], 'Discount does not exist.', discountId);
  }
  row.discount_id = discountId;
  row.discount_applied_at = discountId === null ? null : world.stamp();
  recomputeAmount(world, row);
}

/** A time makes an active subscription trialing; `now` ends a trial, and a period begins. */
function setTrialEnd(world: World, row: SubscriptionRow, end: string): void {
  if (row.status !== 'active' && row.status !== 'trialing') throw inactive();
  if (end === 'now') {
    if (row.status !== 'trialing')
      throw invalid(['body', 'trial_end'], 'This subscription is not in a trial.', end);
    row.trial_end = isoFromMs(world.now());
    row.current_period_end = row.trial_end;
    renew(world, row);
    return;
  }
  if (Date.parse(end) <= world.now())
    throw invalid(['body', 'trial_end'], 'Trial end must be in the future.', end);
  row.status = 'trialing';
  row.trial_start ??= isoFromMs(world.now());
  row.trial_end = isoFromMs(Date.parse(end));
  row.current_period_end = row.trial_end;
  scheduleCycle(world, row);
  say(world, row);
}

function changeProduct(
  world: World,
  row: SubscriptionRow,
  productId: string,
  behavior: z.output<typeof proration>,
): void {
  if (!isBillable(row)) throw inactive();
  const product = checkProduct(world, row, productId);
  if (row.status === 'trialing') {
    switchProduct(world, row, product.id);
    say(world, row);
    // Without a trial of its own the new product is billed from now on.
    if (product.trial_interval === null) setTrialEnd(world, row, 'now');
    return;
  }
  const previous = world.tables.products.get(row.product_id);
  const sameInterval =
    previous?.recurring_interval === product.recurring_interval &&
    previous?.recurring_interval_count === product.recurring_interval_count;
  applyNowOrLater(world, row, behavior === 'prorate' && !sameInterval ? 'invoice' : behavior, {
    pending: { seats: null, product_id: product.id },
    apply: () => switchProduct(world, row, product.id),
    before: grossAmount(world, row),
    label: previous?.name ?? 'subscription',
  });
}

function checkProduct(world: World, row: SubscriptionRow, productId: string): ProductRow {
  const refuse = (msg: string): PolarProblem => invalid(['body', 'product_id'], msg, productId);
  const product = world.tables.products.get(productId);
  if (product?.organization_id !== row.organization_id) throw refuse('Product does not exist.');
  if (product.is_archived) throw refuse('Product is archived.');
  if (!product.is_recurring) throw refuse('Product is not recurring.');
  const prices = pricesOf(world, product).filter((price) => price.price_currency === row.currency);
  if (prices.length === 0) throw refuse('Product is not available in the currency of the subscription.');
  if (prices.some((price) => price.amount_type === 'custom')) throw refuse('Product has a custom price.');
  if (row.seats != null && !prices.some((price) => price.amount_type === 'seat_based')) {
    throw refuse('A seat-based subscription needs a seat-based product.');
  }
  return product;
}

/** Now with an invoice, now with a difference on the next one, or at the next period. */
function applyNowOrLater(
  world: World,
  row: SubscriptionRow,
  asked: z.output<typeof proration>,
  plan: {
    pending: { seats: number | null; product_id: string | null };
    apply: () => void;
    before: number;
    label: string;
  },
): void {
  const organization = world.tables.organizations.get(row.organization_id);
  const behavior = asked ?? organization?.subscription_settings.proration_behavior ?? 'prorate';
  if (behavior === 'reset') {
    throw invalid(
      ['body', 'proration_behavior'],
      'The reset behavior is not enabled for this organization.',
      'reset',
    );
  }
  if (behavior === 'next_period') {
    row.pending_update = {
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      applies_at: row.current_period_end,
      units: null,
      ...plan.pending,
    };
    return say(world, row);
  }
  const share = remainingShare(world, row);
  const customer = world.tables.customers.get(row.customer_id);
  if (behavior === 'invoice' && (row.fail_next_payment || customer?.card?.outcome === 'declines')) {
    row.fail_next_payment = false;
    throw problem(402, 'PaymentFailed', 'The payment failed.');
  }
  plan.apply();
  const product = world.tables.products.get(row.product_id);
  const items: OrderItem[] = [
    {
      label: `Remaining time on ${plan.label}`,
      amount: -Math.round(plan.before * share),
      priceId: null,
      proration: true,
    },
    {
      label: `Remaining time on ${product?.name}`,
      amount: Math.round(grossAmount(world, row) * share),
      priceId: row.price_ids[0] ?? null,
      proration: true,
    },
  ];
  if (behavior === 'invoice') {
    invoiceNow(world, row, items);
  } else {
    row.carried_items.push(
      ...items.map((item) => ({
        id: world.id(),
        created_at: world.stamp(),
        modified_at: null,
        label: item.label,
        amount: item.amount,
        tax_amount: 0,
        proration: true,
        product_price_id: item.priceId,
        start_timestamp: null,
        end_timestamp: null,
      })),
    );
    say(world, row);
  }
}

/** Proration is by the second. */
function remainingShare(world: World, row: SubscriptionRow): number {
  const start = msFromIso(row.current_period_start);
  const end = msFromIso(row.current_period_end);
  const left = Math.floor(Math.max(0, end - world.now()) / 1000);
  return Math.min(1, left / Math.max(1, Math.round((end - start) / 1000)));
}

function invoiceNow(world: World, row: SubscriptionRow, items: OrderItem[]): OrderRow {
  const order = orderForSubscription(world, row, 'subscription_update', items);
  emitOrder(world, order, 'order.created');
  say(world, row);
  order.status = 'paid';
  announcePaid(world, order);
  if (dueAmount(order) > 0) {
    const customer = world.tables.customers.get(row.customer_id);
    recordPayment(world, {
      status: 'succeeded',
      amount: dueAmount(order),
      currency: order.currency,
      trigger: 'subscription_cycle',
      organization_id: row.organization_id,
      customer_id: row.customer_id,
      orderId: order.id,
      card: customer?.card ?? null,
    });
  }
  return order;
}

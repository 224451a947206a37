/** A subscription starts, changes state and ends; every change says `subscription.updated` first (facts §1.0). */

import type { models } from '@polar-sh/sdk/2026-10';
import type {
  CustomFieldData,
  CustomerRow,
  Metadata,
  PriceRow,
  ProductRow,
  SubscriptionRow,
} from '../state.ts';
import { addInterval, isoFromMs, msFromIso } from '../time.ts';
import { subscriptionToWire } from '../wire/subscription.ts';
import type { World } from '../world.ts';
import { scheduleRevocations } from './grants.ts';
import { keepMeterRows } from './meters.ts';
import { voidPendingOrders } from './orders.ts';
import { discountFor, discountOn, staticAmount } from './pricing.ts';

export interface NewSubscription {
  customer: CustomerRow;
  product: ProductRow;
  prices: PriceRow[];
  currency: string;
  seats: number | null;
  units?: number | null;
  customAmount: number | null;
  discountId: string | null;
  checkoutId: string | null;
  trial: { interval: models.TrialInterval; count: number } | null;
  metadata: Metadata;
  customFieldData: CustomFieldData;
}

export function createSubscription(world: World, input: NewSubscription): SubscriptionRow {
  const { product } = input;
  if (!product.recurring_interval) throw new Error(`The product ${product.id} is not recurring.`);
  const started_at = world.stamp();
  const start = msFromIso(started_at);
  const interval = product.recurring_interval;
  const count = product.recurring_interval_count ?? 1;
  const trialEnd = input.trial ? addInterval(start, input.trial.interval, input.trial.count) : null;
  const subscription: SubscriptionRow = {
    id: world.id(),
    created_at: started_at,
    modified_at: null,
    organization_id: product.organization_id,
    amount: 0,
    currency: input.currency,
    recurring_interval: interval,
    recurring_interval_count: count,
    status: trialEnd === null ? 'active' : 'trialing',
    current_period_start: started_at,
    current_period_end: isoFromMs(trialEnd ?? addInterval(start, interval, count)),
    current_meter_period_start: null,
    current_meter_period_end: null,
    trial_start: trialEnd === null ? null : started_at,
    trial_end: trialEnd === null ? null : isoFromMs(trialEnd),
    cancel_at_period_end: false,
    canceled_at: null,
    started_at,
    ends_at: null,
    ended_at: null,
    past_due_at: null,
    pause_at_period_end: false,
    paused_at: null,
    resumes_at: null,
    customer_id: input.customer.id,
    product_id: product.id,
    discount_id: input.discountId,
    checkout_id: input.checkoutId,
    seats: input.seats,
    units: input.units ?? null,
    customer_cancellation_reason: null,
    customer_cancellation_comment: null,
    metadata: { ...input.metadata },
    custom_field_data: { ...input.customFieldData },
    pending_update: null,
    price_ids: input.prices.map((price) => price.id),
    anchor_day: new Date(start).getUTCDate(),
    custom_amount: input.customAmount,
    discount_applied_at: input.discountId && trialEnd === null ? started_at : null,
    carried_items: [],
    dunning_attempts: 0,
    dunning_order_id: null,
    fail_next_payment: false,
    meter_rows: [],
    cycle_serial: 0,
  };
  world.tables.subscriptions.insert(subscription);
  recomputeAmount(world, subscription);
  scheduleCycle(world, subscription);
  beginMeterPeriods(world, subscription);
  return subscription;
}

export function pricesOfSubscription(world: World, subscription: SubscriptionRow): PriceRow[] {
  return subscription.price_ids.flatMap((id) => world.tables.prices.get(id) ?? []);
}

/** What one period costs before the discount. */
export function grossAmount(world: World, subscription: SubscriptionRow): number {
  return staticAmount(pricesOfSubscription(world, subscription), {
    customAmount: subscription.custom_amount,
    seats: subscription.seats ?? null,
    units: subscription.units ?? null,
  });
}

/** `amount`: what one period costs after the discount, before tax. */
export function recomputeAmount(world: World, subscription: SubscriptionRow): void {
  keepMeterRows(world, subscription);
  const gross = grossAmount(world, subscription);
  const discount = discountFor(world, subscription, subscription.product_id);
  subscription.amount = gross - discountOn(gross, subscription.currency, discount);
}

/** With a meter interval the meters have periods of their own, which begin with each billing period. */
export function beginMeterPeriods(world: World, subscription: SubscriptionRow): void {
  const product = world.tables.products.get(subscription.product_id);
  if (!product?.meter_interval || subscription.meter_rows.length === 0) {
    subscription.current_meter_period_start = null;
    subscription.current_meter_period_end = null;
    return;
  }
  const { current_period_start: start } = subscription;
  const count = product.meter_interval_count ?? 1;
  const end = addInterval(msFromIso(start), product.meter_interval, count, subscription.anchor_day);
  startMeterPeriod(world, subscription, start, isoFromMs(end));
}

export function startMeterPeriod(
  world: World,
  subscription: SubscriptionRow,
  start: string,
  end: string,
): void {
  subscription.current_meter_period_start = start;
  subscription.current_meter_period_end = end;
  const data = { subscription_id: subscription.id, period_end: end };
  world.schedule('subscription.meter_cycle', data, { at: msFromIso(end) });
}

/** Schedules the job for the end of the period; a job that was scheduled earlier does nothing when it runs. */
export function scheduleCycle(world: World, subscription: SubscriptionRow): void {
  subscription.cycle_serial += 1;
  world.schedule(
    'subscription.cycle',
    { subscription_id: subscription.id, serial: subscription.cycle_serial },
    { at: Math.max(world.now(), msFromIso(subscription.current_period_end)) },
  );
}

export function emitSubscription(
  world: World,
  subscription: SubscriptionRow,
  ...types: models.WebhookEventType[]
): void {
  for (const type of types) {
    world.emit(subscription.organization_id, type, subscriptionToWire(world, subscription));
  }
  world.stateChanges(subscription.customer_id);
}

/** Ends now: updated, canceled (also when it was scheduled before), revoked; then benefits go and open orders are void. */
export function endSubscription(world: World, subscription: SubscriptionRow): void {
  const now = world.stamp();
  subscription.status = 'canceled';
  subscription.canceled_at ??= now;
  subscription.ended_at = now;
  subscription.ends_at ??= now;
  subscription.cycle_serial += 1;
  subscription.dunning_order_id = null;
  world.touch(subscription);
  emitSubscription(
    world,
    subscription,
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
  );
  voidPendingOrders(world, subscription.id);
  scheduleRevocations(world, subscription.id);
}

/** Revoked by the seller, by a dispute, after the last failed payment or because the customer is gone: it ends at this moment. */
export function revokeSubscription(world: World, subscription: SubscriptionRow): void {
  const now = world.stamp();
  subscription.canceled_at = now;
  subscription.ends_at = now;
  subscription.pause_at_period_end = false;
  subscription.resumes_at = null;
  endSubscription(world, subscription);
}

export const isBillable = (subscription: SubscriptionRow): boolean =>
  subscription.status === 'trialing' ||
  subscription.status === 'active' ||
  subscription.status === 'past_due';

/** Sends the update for counted usage: only the amounts of the meters changed. */
export function runMetered(world: World, data: { subscription_id: string }): void {
  const subscription = world.tables.subscriptions.get(data.subscription_id);
  if (!subscription) return;
  world.touch(subscription);
  emitSubscription(world, subscription, 'subscription.updated');
}

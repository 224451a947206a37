/** Period ends: renewal, payment, dunning, pause and resume (facts §1.4–1.7). */

import type { models } from '@polar-sh/sdk/2026-10';
import type { OrderRow, SubscriptionRow } from '../state.ts';
import { DAY_MS, addInterval, isoFromMs, msFromIso } from '../time.ts';
import { dueAmount, totalAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { purchaseOfSubscription, scheduleCycles, scheduleGrants, scheduleRevocations } from './grants.ts';
import { createOrder, emitOrder, payOrder, recordPayment } from './orders.ts';
import { discountOn, taxOn } from './pricing.ts';
import {
  emitSubscription,
  endSubscription,
  grossAmount,
  pricesOfSubscription,
  recomputeAmount,
  scheduleCycle,
} from './subscriptions.ts';

/** Days after the previous attempt; when the last one fails too, the subscription ends. */
const RETRY_DAYS = [2, 5, 7, 7];
/** A total below this cannot be charged; it is carried on the customer's balance. */
const CHARGE_MINIMUM = 50;

export function runPeriodEnd(world: World, data: { subscription_id: string; serial: number }): void {
  const subscription = world.tables.subscriptions.get(data.subscription_id);
  if (!subscription || subscription.cycle_serial !== data.serial) return;
  if (subscription.status !== 'active' && subscription.status !== 'trialing') return;
  if (subscription.cancel_at_period_end) {
    endSubscription(world, subscription);
  } else if (subscription.pause_at_period_end) {
    pause(world, subscription);
  } else {
    renew(world, subscription);
  }
}

/** A new period has begun: cycled, updated, a pending order, and its charge. */
export function renew(world: World, subscription: SubscriptionRow): void {
  const start = msFromIso(subscription.current_period_end);
  if (subscription.status === 'trialing') {
    subscription.status = 'active';
    subscription.anchor_day = new Date(start).getUTCDate();
  }
  applyPendingUpdate(world, subscription);
  dropFinishedDiscount(world, subscription, start);
  const { recurring_interval, recurring_interval_count, anchor_day } = subscription;
  subscription.current_period_start = subscription.current_period_end;
  subscription.current_period_end = isoFromMs(
    addInterval(start, recurring_interval, recurring_interval_count, anchor_day),
  );
  recomputeAmount(world, subscription);
  world.touch(subscription);
  emitSubscription(world, subscription, 'subscription.cycled', 'subscription.updated');
  scheduleCycle(world, subscription);
  billPeriod(world, subscription);
  scheduleCycles(world, subscription);
}

/** Makes the period's order, pending, and has it charged. */
function billPeriod(world: World, subscription: SubscriptionRow): OrderRow {
  const order = orderForSubscription(world, subscription, 'subscription_cycle', [
    ...periodItems(world, subscription),
    ...subscription.carried_items.map((item) => ({
      label: item.label,
      amount: item.amount,
      priceId: item.product_price_id,
      proration: true,
    })),
  ]);
  subscription.carried_items = [];
  emitOrder(world, order, 'order.created');
  if (dueAmount(order) <= 0) {
    payOrder(world, order);
  } else if (dueAmount(order) < CHARGE_MINIMUM) {
    const customer = world.tables.customers.get(order.customer_id);
    if (customer) {
      customer.balances[order.currency] = (customer.balances[order.currency] ?? 0) - dueAmount(order);
      order.applied_balance_amount = -totalAmount(order);
    }
    payOrder(world, order);
  } else {
    const data = { subscription_id: subscription.id, order_id: order.id };
    world.schedule('subscription.charge', data, { delayMs: world.delays.charge });
  }
  return order;
}

export interface OrderItem {
  label: string;
  amount: number;
  priceId: string | null;
  proration?: boolean;
}

function periodItems(world: World, subscription: SubscriptionRow): OrderItem[] {
  const product = world.tables.products.get(subscription.product_id);
  const price = pricesOfSubscription(world, subscription)[0];
  const label = product?.name ?? 'Subscription';
  return [{ label, amount: grossAmount(world, subscription), priceId: price?.id ?? null }];
}

export function orderForSubscription(
  world: World,
  subscription: SubscriptionRow,
  billingReason: models.OrderBillingReason,
  items: OrderItem[],
): OrderRow {
  const customer = world.tables.customers.get(subscription.customer_id);
  const product = world.tables.products.get(subscription.product_id);
  const organization = world.tables.organizations.get(subscription.organization_id);
  if (!customer || !product || !organization) throw new Error(`${subscription.id} has lost its customer.`);
  const discount = world.tables.discounts.get(subscription.discount_id);
  const discountable = items.filter((item) => !item.proration).reduce((sum, item) => sum + item.amount, 0);
  const discountAmount = discountOn(discountable, subscription.currency, discount);
  const taxable = items.reduce((sum, item) => sum + item.amount, 0) - discountAmount;
  const behavior =
    pricesOfSubscription(world, subscription)[0]?.tax_behavior ?? organization.default_tax_behavior;
  const tax =
    customer.billing_address && taxable > 0
      ? taxOn(taxable, customer.billing_address, behavior)
      : { amount: 0, inclusive: false };
  return createOrder(world, {
    customer,
    product,
    status: 'pending',
    billingReason,
    currency: subscription.currency,
    items,
    discountId: subscription.discount_id,
    discountAmount,
    taxAmount: tax.amount,
    taxInclusive: tax.inclusive,
    subscriptionId: subscription.id,
    seats: subscription.seats ?? null,
    metadata: subscription.metadata,
    customFieldData: subscription.custom_field_data ?? {},
  });
}

/** A change that was to wait for the next period happens now, its benefits too. */
function applyPendingUpdate(world: World, subscription: SubscriptionRow): void {
  const pending = subscription.pending_update;
  if (!pending) return;
  subscription.pending_update = null;
  if (pending.seats !== null) subscription.seats = pending.seats;
  if (pending.product_id !== null) switchProduct(world, subscription, pending.product_id);
}

/** Swaps product, prices and benefits; the caller emits `subscription.updated`. Shared benefits are left alone. */
export function switchProduct(world: World, subscription: SubscriptionRow, productId: string): void {
  const before = world.tables.products.get(subscription.product_id);
  const after = world.tables.products.get(productId);
  if (!after?.recurring_interval) return;
  subscription.product_id = after.id;
  subscription.recurring_interval = after.recurring_interval;
  subscription.recurring_interval_count = after.recurring_interval_count ?? 1;
  subscription.price_ids = after.price_ids.filter((id) => {
    const price = world.tables.prices.get(id);
    return price && !price.is_archived && price.price_currency === subscription.currency;
  });
  subscription.custom_amount = null;
  world.tables.subscriptions.reindex(subscription);
  recomputeAmount(world, subscription);
  const removed = before?.benefit_ids.filter((id) => !after.benefit_ids.includes(id)) ?? [];
  const added = after.benefit_ids.filter((id) => !before?.benefit_ids.includes(id));
  scheduleRevocations(world, subscription.id, removed);
  scheduleGrants(world, after, purchaseOfSubscription(world, subscription), added);
}

function dropFinishedDiscount(world: World, subscription: SubscriptionRow, periodStart: number): void {
  const discount = world.tables.discounts.get(subscription.discount_id);
  if (!discount || !subscription.discount_applied_at) return;
  const since = msFromIso(subscription.discount_applied_at);
  const months = discount.duration_in_months ?? 1;
  const isOver =
    discount.duration === 'once' ||
    (discount.duration === 'repeating' && periodStart >= addInterval(since, 'month', months));
  if (isOver) {
    subscription.discount_id = null;
    subscription.discount_applied_at = null;
  }
}

/** The charge of an open renewal order, first or retried. */
export function runSubscriptionCharge(
  world: World,
  data: { subscription_id: string; order_id: string },
  trigger: 'subscription_cycle' | 'retry_dunning' = 'subscription_cycle',
): void {
  const subscription = world.tables.subscriptions.get(data.subscription_id);
  const order = world.tables.orders.get(data.order_id);
  const customer = world.tables.customers.get(subscription?.customer_id);
  if (!subscription || !customer || order?.status !== 'pending' || subscription.status === 'canceled') return;
  const paid = customer.card?.outcome === 'pays' && !subscription.fail_next_payment;
  subscription.fail_next_payment = false;
  recordPayment(world, {
    status: paid ? 'succeeded' : 'failed',
    amount: dueAmount(order),
    currency: order.currency,
    trigger,
    organization_id: order.organization_id,
    customer_id: customer.id,
    orderId: order.id,
    card: customer.card,
  });
  if (paid) {
    if (subscription.status === 'past_due') recover(world, subscription);
    payOrder(world, order);
    world.stateChanges(customer.id);
    return;
  }
  fail(world, subscription, order, customer.card !== null);
}

function fail(world: World, subscription: SubscriptionRow, order: OrderRow, hasCard: boolean): void {
  if (subscription.status !== 'past_due') becomePastDue(world, subscription, order);
  const days = RETRY_DAYS[subscription.dunning_attempts];
  if (days === undefined) {
    endSubscription(world, subscription);
    return;
  }
  subscription.dunning_attempts += 1;
  const at = world.now() + days * DAY_MS;
  order.next_payment_attempt_at = isoFromMs(at);
  world.touch(order);
  // Polar says so in an event only when there is nothing at all to charge.
  if (!hasCard) emitOrder(world, order, 'order.updated');
  world.schedule('subscription.retry', { subscription_id: subscription.id, order_id: order.id }, { at });
}

function becomePastDue(world: World, subscription: SubscriptionRow, order: OrderRow): void {
  subscription.status = 'past_due';
  const past_due_at = world.stamp();
  subscription.past_due_at = past_due_at;
  subscription.dunning_attempts = 0;
  subscription.dunning_order_id = order.id;
  world.touch(subscription);
  emitSubscription(world, subscription, 'subscription.updated', 'subscription.past_due');
  const organization = world.tables.organizations.get(subscription.organization_id);
  const graceDays = organization?.subscription_settings.benefit_revocation_grace_period ?? 0;
  if (graceDays === 0) {
    scheduleRevocations(world, subscription.id);
  } else {
    const data = { subscription_id: subscription.id, past_due_at };
    world.schedule('subscription.grace_over', data, { delayMs: graceDays * DAY_MS });
  }
}

export function runGraceOver(world: World, data: { subscription_id: string; past_due_at: string }): void {
  const subscription = world.tables.subscriptions.get(data.subscription_id);
  if (subscription?.status !== 'past_due' || subscription.past_due_at !== data.past_due_at) return;
  scheduleRevocations(world, subscription.id);
}

function recover(world: World, subscription: SubscriptionRow): void {
  subscription.status = 'active';
  subscription.past_due_at = null;
  subscription.dunning_attempts = 0;
  subscription.dunning_order_id = null;
  world.touch(subscription);
  emitSubscription(world, subscription, 'subscription.updated', 'subscription.active');
  const product = world.tables.products.get(subscription.product_id);
  if (product) scheduleGrants(world, product, purchaseOfSubscription(world, subscription));
  scheduleCycle(world, subscription);
}

function pause(world: World, subscription: SubscriptionRow): void {
  subscription.status = 'paused';
  subscription.pause_at_period_end = false;
  subscription.paused_at = world.stamp();
  subscription.cycle_serial += 1;
  world.touch(subscription);
  emitSubscription(world, subscription, 'subscription.updated', 'subscription.paused');
  scheduleRevocations(world, subscription.id);
  if (subscription.resumes_at) {
    const data = { subscription_id: subscription.id, serial: subscription.cycle_serial };
    world.schedule('subscription.resume', data, { at: msFromIso(subscription.resumes_at) });
  }
}

export function runResume(world: World, data: { subscription_id: string; serial: number }): void {
  const subscription = world.tables.subscriptions.get(data.subscription_id);
  if (subscription?.status !== 'paused' || subscription.cycle_serial !== data.serial) return;
  resume(world, subscription);
}

/** Back from a pause: a new period from now, billed as a renewal; neither `active` nor `cycled` is said. */
export function resume(world: World, subscription: SubscriptionRow): void {
  const now = world.now();
  subscription.status = 'active';
  subscription.paused_at = null;
  subscription.resumes_at = null;
  subscription.anchor_day = new Date(now).getUTCDate();
  subscription.current_period_start = isoFromMs(now);
  subscription.current_period_end = isoFromMs(
    addInterval(now, subscription.recurring_interval, subscription.recurring_interval_count),
  );
  world.touch(subscription);
  emitSubscription(world, subscription, 'subscription.updated', 'subscription.resumed');
  scheduleCycle(world, subscription);
  billPeriod(world, subscription);
  const product = world.tables.products.get(subscription.product_id);
  if (product) scheduleGrants(world, product, purchaseOfSubscription(world, subscription));
}

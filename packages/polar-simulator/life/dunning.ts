/** Charging a renewal; and when that fails: past due, retries, recovery or the end (facts §1.5). */

import type { OrderRow, SubscriptionRow } from '../state.ts';
import { DAY_MS, isoFromMs } from '../time.ts';
import { dueAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { purchaseOfSubscription, scheduleGrants, scheduleRevocations } from './grants.ts';
import { emitOrder, payOrder, recordPayment } from './orders.ts';
import { emitSubscription, revokeSubscription, scheduleCycle } from './subscriptions.ts';

/** Days after the previous attempt; when the last one fails too, the subscription ends. */
const RETRY_DAYS = [2, 5, 7, 7];

/** The charge of an open renewal order, first or retried. */
export function runSubscriptionCharge(
  world: World,
  data: { subscription_id: string; order_id: string },
  trigger: 'subscription_cycle' | 'retry_dunning' = 'subscription_cycle',
): void {
  const subscription = world.tables.subscriptions.get(data.subscription_id);
  const order = world.tables.orders.get(data.order_id);
  const customer = world.tables.customers.get(subscription?.customer_id);
  if (!subscription || !customer || order?.status !== 'pending') return;
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
  // The last usage of an ended subscription stays owed: there is no subscription left to end.
  if (subscription.status === 'canceled') return;
  if (subscription.status !== 'past_due') becomePastDue(world, subscription, order);
  const days = RETRY_DAYS[subscription.dunning_attempts];
  if (days === undefined) {
    revokeSubscription(world, subscription);
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

/** Pause at the period's end, and back again (facts §1.7). */

import type { SubscriptionRow } from '../state.ts';
import { addInterval, isoFromMs, msFromIso } from '../time.ts';
import type { World } from '../world.ts';
import { billPeriod } from './billing.ts';
import { dropFinishedDiscount } from './discounts.ts';
import { purchaseOfSubscription, scheduleGrants, scheduleRevocations } from './grants.ts';
import { resetMeters } from './meters.ts';
import { beginMeterPeriods, emitSubscription, recomputeAmount, scheduleCycle } from './subscriptions.ts';

export function pause(world: World, subscription: SubscriptionRow): void {
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
  resetMeters(world, subscription);
  dropFinishedDiscount(world, subscription, now);
  recomputeAmount(world, subscription);
  beginMeterPeriods(world, subscription);
  world.touch(subscription);
  emitSubscription(world, subscription, 'subscription.updated', 'subscription.resumed');
  scheduleCycle(world, subscription);
  billPeriod(world, subscription);
  const product = world.tables.products.get(subscription.product_id);
  if (product) scheduleGrants(world, product, purchaseOfSubscription(world, subscription));
}

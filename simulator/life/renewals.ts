/** Period ends: the subscription renews, pauses or ends (facts §1.4, §1.6). */

import type { SubscriptionRow } from '../state.ts';
import { addInterval, isoFromMs, msFromIso } from '../time.ts';
import type { World } from '../world.ts';
import { billPeriod, billUsage } from './billing.ts';
import { scheduleCycles } from './grants.ts';
import { resetMeters, usageItems } from './meters.ts';
import { pause } from './pauses.ts';
import { applyPendingUpdate } from './product-switch.ts';
import {
  beginMeterPeriods,
  emitSubscription,
  endSubscription,
  recomputeAmount,
  scheduleCycle,
} from './subscriptions.ts';

export function runPeriodEnd(world: World, data: { subscription_id: string; serial: number }): void {
  const subscription = world.tables.subscriptions.get(data.subscription_id);
  if (!subscription || subscription.cycle_serial !== data.serial) return;
  if (subscription.status !== 'active' && subscription.status !== 'trialing') return;
  if (subscription.cancel_at_period_end) {
    const usage = subscription.status === 'trialing' ? [] : usageItems(world, subscription);
    endSubscription(world, subscription);
    if (usage.length > 0) billUsage(world, subscription, usage);
  } else if (subscription.pause_at_period_end) {
    pause(world, subscription);
  } else {
    renew(world, subscription);
  }
}

/** A new period has begun: cycled, updated, a pending order, and its charge. */
export function renew(world: World, subscription: SubscriptionRow): void {
  const start = msFromIso(subscription.current_period_end);
  // What is used during a trial is not billed.
  const isTrialEnd = subscription.status === 'trialing';
  const usage = isTrialEnd ? [] : usageItems(world, subscription);
  resetMeters(world, subscription);
  if (isTrialEnd) {
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
  beginMeterPeriods(world, subscription);
  world.touch(subscription);
  emitSubscription(world, subscription, 'subscription.cycled', 'subscription.updated');
  scheduleCycle(world, subscription);
  billPeriod(world, subscription, usage);
  scheduleCycles(world, subscription);
}

function dropFinishedDiscount(world: World, subscription: SubscriptionRow, periodStart: number): void {
  const discount = world.tables.discounts.get(subscription.discount_id);
  if (!discount) return;
  // Its months begin with the first order that it lowers.
  if (!subscription.discount_applied_at) {
    subscription.discount_applied_at = isoFromMs(periodStart);
    return;
  }
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

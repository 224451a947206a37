/** Period ends: the subscription renews, pauses or ends (facts §1.4, §1.6). */

import type { SubscriptionRow } from '../state.ts';
import { addInterval, isoFromMs, msFromIso } from '../time.ts';
import type { World } from '../world.ts';
import { billPeriod, billUsage } from './billing.ts';
import { scheduleCycles } from './grants.ts';
import { resetMeters, usageItems } from './meters.ts';
import { dropFinishedDiscount } from './discounts.ts';
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
  if (canPeriodEnd(subscription)) endPeriod(world, subscription);
}

/** A subscription that is past due does not renew or pause, but it still ends when it was cancelled. */
export const canPeriodEnd = ({ status, cancel_at_period_end }: SubscriptionRow): boolean =>
  status === 'active' || status === 'trialing' || (status === 'past_due' && cancel_at_period_end);

/** A scheduled cancel beats a scheduled pause, and either beats a renewal. */
export function endPeriod(world: World, subscription: SubscriptionRow): void {
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

/** Begins a new period: `subscription.cycled`, `subscription.updated`, a pending order and its charge. */
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

/** Usage billed more often than the subscription itself: every month of a yearly plan, say (facts §1.4). */

import { addInterval, isoFromMs, msFromIso } from '../time.ts';
import type { World } from '../world.ts';
import { billUsage } from './billing.ts';
import { resetMeters, usageItems } from './meters.ts';
import { emitSubscription, startMeterPeriod } from './subscriptions.ts';

/** The end of a meter period that is not also the end of a billing period: that one is a renewal's. */
export function runMeterCycle(world: World, data: { subscription_id: string; period_end: string }): void {
  const subscription = world.tables.subscriptions.get(data.subscription_id);
  const product = world.tables.products.get(subscription?.product_id);
  if (!subscription || !product?.meter_interval) return;
  const isLive = subscription.status === 'active' || subscription.status === 'trialing';
  if (!isLive || subscription.current_meter_period_end !== data.period_end) return;
  const end = msFromIso(data.period_end);
  if (end >= msFromIso(subscription.current_period_end)) return;
  // What is used during a trial is not billed.
  const usage = subscription.status === 'trialing' ? [] : usageItems(world, subscription);
  resetMeters(world, subscription);
  const next = addInterval(
    end,
    product.meter_interval,
    product.meter_interval_count ?? 1,
    subscription.anchor_day,
  );
  startMeterPeriod(world, subscription, data.period_end, isoFromMs(next));
  world.touch(subscription);
  emitSubscription(world, subscription, 'subscription.updated');
  if (usage.length > 0) billUsage(world, subscription, usage, 'subscription_meter_cycle');
}

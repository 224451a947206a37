/** A discount that was for a while is over when a period begins that it does not cover (facts §4.2). */

import type { SubscriptionRow } from '../state.ts';
import { addInterval, isoFromMs, msFromIso } from '../time.ts';
import type { World } from '../world.ts';

export function dropFinishedDiscount(world: World, subscription: SubscriptionRow, periodStart: number): void {
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

/** A subscription moves to another product: prices and benefits follow (facts §1.8). */

import type { SubscriptionRow } from '../state.ts';
import type { World } from '../world.ts';
import { purchaseOfSubscription, scheduleGrants, scheduleRevocations } from './grants.ts';
import { recomputeAmount } from './subscriptions.ts';

/** A change that was to wait for the next period happens now, its benefits too. */
export function applyPendingUpdate(world: World, subscription: SubscriptionRow): void {
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

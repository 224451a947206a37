/** A subscription moves to another product: prices and benefits follow (facts §1.8). */

import type { PriceRow, ProductRow, SubscriptionRow } from '../state.ts';
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

/** What a product costs in a currency now. */
export function pricesIn(world: World, product: ProductRow, currency: string): PriceRow[] {
  return product.price_ids.flatMap((id) => {
    const price = world.tables.prices.get(id);
    return price && !price.is_archived && price.price_currency === currency ? [price] : [];
  });
}

/** The first product with seats begins with as many as its prices ask for. */
export function seatsUnder(subscription: SubscriptionRow, prices: readonly PriceRow[]): number | null {
  const seated = prices.find((price) => price.amount_type === 'seat_based');
  return subscription.seats ?? seated?.seat_tiers.minimum_seats ?? null;
}

/** Swaps product, prices and benefits; the caller emits `subscription.updated`. Shared benefits are left alone. */
export function switchProduct(world: World, subscription: SubscriptionRow, productId: string): void {
  const before = world.tables.products.get(subscription.product_id);
  const after = world.tables.products.get(productId);
  if (!after?.recurring_interval) return;
  subscription.product_id = after.id;
  subscription.recurring_interval = after.recurring_interval;
  subscription.recurring_interval_count = after.recurring_interval_count ?? 1;
  const prices = pricesIn(world, after, subscription.currency);
  subscription.price_ids = prices.map(({ id }) => id);
  subscription.custom_amount = null;
  subscription.seats = seatsUnder(subscription, prices);
  world.tables.subscriptions.reindex(subscription);
  recomputeAmount(world, subscription);
  const removed = before?.benefit_ids.filter((id) => !after.benefit_ids.includes(id)) ?? [];
  const added = after.benefit_ids.filter((id) => !before?.benefit_ids.includes(id));
  scheduleRevocations(world, subscription.id, removed);
  scheduleGrants(world, after, purchaseOfSubscription(world, subscription), added);
}

/** Subscriptions as Polar writes them. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { SubscriptionRow } from '../state.ts';
import type { World } from '../world.ts';
import { customerToWire, userToWire } from './customer.ts';
import { subscriptionMetersToWire } from './meter.ts';
import { discountBaseToWire, priceToWire, productToWire } from './product.ts';

/** The subscription without its product, as orders embed it. */
export function subscriptionBaseToWire(row: SubscriptionRow): models.OrderSubscription {
  const {
    organization_id: _1,
    price_ids: _2,
    anchor_day: _3,
    custom_amount: _4,
    discount_applied_at: _5,
    carried_items: _6,
    dunning_attempts: _7,
    dunning_order_id: _8,
    fail_next_payment: _9,
    cycle_serial: _10,
    custom_field_data: _11,
    pending_update: _12,
    meter_rows: _13,
    ...subscription
  } = row;
  return subscription;
}

export function subscriptionToWire(world: World, row: SubscriptionRow): models.Subscription {
  const customer = world.tables.customers.get(row.customer_id);
  const product = world.tables.products.get(row.product_id);
  if (!customer || !product) throw new Error(`The subscription ${row.id} has no customer or product.`);
  const discount = world.tables.discounts.get(row.discount_id);
  const prices = row.price_ids.flatMap((id) => {
    const price = world.tables.prices.get(id);
    return price ? [priceToWire(world, price)] : [];
  });
  const wire = {
    ...subscriptionBaseToWire(row),
    custom_field_data: row.custom_field_data ?? {},
    customer: customerToWire(customer),
    product: productToWire(world, product),
    discount: discount ? discountBaseToWire(world, discount) : null,
    prices,
    meters: subscriptionMetersToWire(world, row),
    pending_update: row.pending_update,
    // Written by Polar although its schema does not say so (facts §0).
    price_id: prices[0]?.id ?? null,
    price: prices[0] ?? null,
    user_id: customer.id,
    user: userToWire(customer),
  };
  return wire;
}

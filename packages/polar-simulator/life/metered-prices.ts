/** What usage costs (facts §9). */

import type { CustomerMeterRow, PriceRow, SubscriptionRow } from '../state.ts';
import type { World } from '../world.ts';

type MeteredPrice = Extract<PriceRow, { amount_type: 'metered_unit' }>;

export function findCustomerMeter(
  world: World,
  customerId: string,
  meterId: string,
): CustomerMeterRow | undefined {
  return world.tables.customerMeters.by('customer', customerId).find((row) => row.meter_id === meterId);
}

export const meteredPricesOf = (world: World, subscription: SubscriptionRow): MeteredPrice[] =>
  subscription.price_ids.flatMap((id) => {
    const price = world.tables.prices.get(id);
    return price?.amount_type === 'metered_unit' ? [price] : [];
  });

/** What lies above the credits, at the price per unit, up to the cap; minor units. */
export function meteredAmount(price: MeteredPrice, row: CustomerMeterRow | undefined): number {
  const over = Math.max(0, (row?.consumed_units ?? 0) - (row?.credited_units ?? 0));
  const amount = Math.round(over * Number(price.unit_amount));
  return price.cap_amount == null ? amount : Math.min(amount, price.cap_amount);
}

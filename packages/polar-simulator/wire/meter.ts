/** Meters of a customer and of a subscription as Polar writes them. */

import type { models } from '@polar-sh/sdk/2026-10';
import { findCustomerMeter, meteredAmount, meteredPricesOf } from '../life/metered-prices.ts';
import type { CustomerMeterRow, SubscriptionRow, UsageEventRow } from '../state.ts';
import type { World } from '../world.ts';

/** Polar's balance may be negative: use is never blocked. */
export function customerMeterBase(row: CustomerMeterRow) {
  const { id, created_at, modified_at, meter_id, consumed_units, credited_units } = row;
  const balance = credited_units - consumed_units;
  return { id, created_at, modified_at, meter_id, consumed_units, credited_units, balance };
}

export function subscriptionMetersToWire(
  world: World,
  subscription: SubscriptionRow,
): models.SubscriptionMeter[] {
  const prices = meteredPricesOf(world, subscription);
  return subscription.meter_rows.flatMap((row) => {
    const meter = world.tables.meters.get(row.meter_id);
    const price = prices.find((each) => each.meter_id === row.meter_id);
    const used = findCustomerMeter(world, subscription.customer_id, row.meter_id);
    if (!meter || !price) return [];
    return [
      {
        ...row,
        consumed_units: used?.consumed_units ?? 0,
        credited_units: used?.credited_units ?? 0,
        amount: meteredAmount(price, used),
        meter,
      },
    ];
  });
}

export function usageEventToWire(world: World, row: UsageEventRow, customer: models.Customer | null) {
  const { received_at: _1, external_id, ...event } = row;
  return {
    ...event,
    external_id,
    customer_id: customer?.id ?? null,
    customer,
    external_customer_id: row.external_customer_id ?? customer?.external_id ?? null,
    label: world.tables.eventTypes.by('name', `${row.organization_id} ${row.name}`)[0]?.label ?? row.name,
    source: 'user',
    child_count: world.tables.usageEvents.by('parent', row.id).length,
  };
}

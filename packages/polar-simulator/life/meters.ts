/** How much a customer has used and was credited, and what that costs at the period's end (facts §9). */

import { PRIORITY } from '../jobs.ts';
import type { CustomerMeterRow, CustomerRow, SubscriptionRow, UsageEventRow } from '../state.ts';
import type { World } from '../world.ts';
import { findByExternalId } from './customers.ts';
import { findCustomerMeter, meteredAmount, meteredPricesOf } from './metered-prices.ts';
import { aggregate, matchesFilter } from './metering.ts';

/** The events of a customer, with those reported under the external id before the customer existed. */
function eventsOfCustomer(world: World, customer: CustomerRow): UsageEventRow[] {
  const { usageEvents } = world.tables;
  const own = usageEvents.by('customer', customer.id);
  if (!customer.external_id) return own;
  const byExternalId = usageEvents
    .by('person', `${customer.organization_id} ${customer.external_id}`)
    .filter((event) => event.customer_id === null);
  return [...own, ...byExternalId];
}

export function customerOfEvent(world: World, event: UsageEventRow): CustomerRow | undefined {
  if (event.customer_id) return world.tables.customers.get(event.customer_id);
  return findByExternalId(world, event.organization_id, event.external_customer_id ?? '');
}

function customerMeterFor(world: World, customer: CustomerRow, meterId: string): CustomerMeterRow {
  return (
    findCustomerMeter(world, customer.id, meterId) ??
    world.tables.customerMeters.insert({
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      organization_id: customer.organization_id,
      customer_id: customer.id,
      meter_id: meterId,
      consumed_units: 0,
      credited_units: 0,
      counted_since: '',
      left_over_units: 0,
    })
  );
}

/** Schedules a job that counts once no more events come for a while. */
export function scheduleCount(world: World, customerId: string): void {
  const when = { delayMs: world.delays.meter, priority: PRIORITY.late };
  world.schedule('meter.count', { customer_id: customerId }, when);
}

export function runCount(world: World, data: { customer_id: string }): void {
  const customer = world.tables.customers.get(data.customer_id);
  if (!customer || customer.deleted_at) return;
  const events = eventsOfCustomer(world, customer);
  for (const meter of world.tables.meters.by('organization', customer.organization_id)) {
    const known = findCustomerMeter(world, customer.id, meter.id);
    const counted = events.filter(
      (event) => event.received_at > (known?.counted_since ?? '') && matchesFilter(meter.filter, event),
    );
    if (!known && counted.length === 0) continue;
    const consumed = aggregate(meter.aggregation, counted);
    const row = known ?? customerMeterFor(world, customer, meter.id);
    if (row.consumed_units === consumed) continue;
    row.consumed_units = consumed;
    world.touch(row);
    sayUsed(world, customer, meter.id);
  }
}

/** Subscriptions that bill by this meter say so, and the state of the customer has changed. */
function sayUsed(world: World, customer: CustomerRow, meterId: string): void {
  for (const subscription of world.tables.subscriptions.by('customer', customer.id)) {
    const isLive = subscription.status === 'active' || subscription.status === 'trialing';
    if (!isLive || !subscription.meter_rows.some((row) => row.meter_id === meterId)) continue;
    world.schedule('subscription.metered', { subscription_id: subscription.id }, { priority: PRIORITY.late });
  }
  world.stateChanges(customer.id);
}

/** Credits are never below 0. */
export function creditMeter(world: World, customerId: string, meterId: string, units: number): void {
  const customer = world.tables.customers.get(customerId);
  if (!customer) return;
  const row = customerMeterFor(world, customer, meterId);
  row.credited_units = Math.max(0, row.credited_units + units);
  world.touch(row);
}

/** A new period begins at zero; what was left over is remembered for credits that roll over. */
function resetMeter(world: World, customerId: string, meterId: string): void {
  const row = findCustomerMeter(world, customerId, meterId);
  if (!row) return;
  row.left_over_units = Math.max(0, row.credited_units - row.consumed_units);
  row.consumed_units = 0;
  row.credited_units = 0;
  row.counted_since = world.stamp();
  world.touch(row);
}

/** One line per metered price with something to pay. Counts first: a job may still be waiting. */
export function usageItems(
  world: World,
  subscription: SubscriptionRow,
): { label: string; amount: number; priceId: string }[] {
  const prices = meteredPricesOf(world, subscription);
  if (prices.length === 0) return [];
  runCount(world, { customer_id: subscription.customer_id });
  return prices.flatMap((price) => {
    const row = findCustomerMeter(world, subscription.customer_id, price.meter_id);
    const amount = meteredAmount(price, row);
    if (amount === 0) return [];
    const meter = world.tables.meters.get(price.meter_id);
    return [{ label: `${meter?.name}: ${row?.consumed_units} units`, amount, priceId: price.id }];
  });
}

/** At the end of a period: the meters that the subscription bills by, and those it credits. */
export function resetMeters(world: World, subscription: SubscriptionRow): void {
  const meters = new Set(subscription.meter_rows.map((row) => row.meter_id));
  for (const grant of world.tables.grants.by('purchase', subscription.id)) {
    const benefit = world.tables.benefits.get(grant.benefit_id);
    if (grant.is_granted && benefit?.type === 'meter_credit') meters.add(benefit.properties.meter_id);
  }
  for (const meterId of meters) resetMeter(world, subscription.customer_id, meterId);
}

/** One row per metered price, kept while the subscription bills by that meter. */
export function keepMeterRows(world: World, subscription: SubscriptionRow): void {
  const wanted = new Set(meteredPricesOf(world, subscription).map((price) => price.meter_id));
  subscription.meter_rows = subscription.meter_rows.filter((row) => wanted.has(row.meter_id));
  for (const meter_id of wanted) {
    if (subscription.meter_rows.some((row) => row.meter_id === meter_id)) continue;
    const created_at = world.stamp();
    subscription.meter_rows.push({ id: world.id(), created_at, modified_at: null, meter_id });
  }
}

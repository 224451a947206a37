import { expect, test } from 'vitest';
import { BUYER, type Setting, setUp } from './world.ts';

const DAY = 24 * 3600_000;

async function metered(
  options: { rollover?: boolean; trialDays?: number; credit?: number; yearly?: boolean } = {},
) {
  const setting = await setUp();
  const meter = await setting.polar.meters.create({
    name: 'Requests',
    filter: {
      conjunction: 'and',
      clauses: [
        { property: 'name', operator: 'eq', value: 'request' },
        { conjunction: 'or', clauses: [{ property: 'region', operator: 'ne', value: 'test' }] },
      ],
    },
    aggregation: { func: 'sum', property: 'units' },
  });
  const product = await setting.polar.products.create({
    name: 'quay:metered',
    recurring_interval: options.yearly ? ('year' as const) : ('month' as const),
    ...(options.yearly ? { meter_interval: 'month' as const, meter_interval_count: 1 } : {}),
    ...(options.trialDays ? { trial_interval: 'day' as const, trial_interval_count: options.trialDays } : {}),
    prices: [
      { amount_type: 'fixed', price_currency: 'usd', price_amount: 1000 },
      {
        amount_type: 'metered_unit',
        price_currency: 'usd',
        meter_id: meter.id,
        unit_amount: '2.5',
        cap_amount: 900,
      },
    ],
  });
  if (options.credit) {
    const benefit = await setting.polar.benefits.create({
      type: 'meter_credit',
      description: 'Some for free',
      properties: { units: options.credit, rollover: options.rollover ?? false, meter_id: meter.id },
    });
    await setting.polar.products.updateBenefits(product.id, { benefits: [benefit.id] });
  }
  const checkout = await setting.polar.checkouts.create({ products: [product.id] });
  await setting.polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: BUYER,
    confirmation_token_id: 'tok',
    customer_billing_address: { country: 'CH' },
  });
  await setting.simulator.settle();
  const customerId = String(setting.eventsOf('subscription.created')[0]?.customer_id);
  setting.heard();
  return { setting, meter, customerId };
}

const use = async (setting: Setting, customer_id: string, units: number) => {
  const answer = await setting.polar.events.ingest({
    events: [{ name: 'request', customer_id, metadata: { units } }],
  });
  await setting.simulator.settle();
  return answer;
};

const balance = async (setting: Setting, customerId: string) => {
  const list = await setting.polar.customerMeters.list({ customer_id: customerId });
  const [row] = list.items;
  return row && [row.consumed_units, row.credited_units, row.balance];
};

test('what is used is counted, said by the subscription and the state, and billed at the renewal', async () => {
  const { setting, customerId } = await metered();
  await use(setting, customerId, 40);
  await use(setting, customerId, 60);
  expect(setting.heard()).toEqual([
    'customer.state_changed',
    'subscription.updated',
    'customer.state_changed',
    'customer.state_changed',
    'subscription.updated',
    'customer.state_changed',
  ]);
  expect(setting.eventsOf('subscription.updated').at(-1)).toMatchObject({
    meters: [{ consumed_units: 100, credited_units: 0, amount: 250 }],
  });
  expect(setting.eventsOf('customer.state_changed').at(-1)).toMatchObject({
    active_meters: [{ consumed_units: 100, balance: -100 }],
  });
  await setting.simulator.advance(31 * DAY);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({ subtotal_amount: 1250 });
  expect(await balance(setting, customerId)).toEqual([0, 0, 0]);
  await setting.simulator.advance(28 * DAY);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({ subtotal_amount: 1000 });
});

test('with a meter interval usage is billed by the month while the plan is billed by the year', async () => {
  const { setting, customerId } = await metered({ yearly: true });
  const [created] = setting.eventsOf('subscription.created');
  expect(created).toMatchObject({ current_meter_period_end: '2026-02-15T12:00:00.000000Z' });
  await use(setting, customerId, 100);
  setting.heard();
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'order.created',
    'order.updated',
    'order.paid',
    'customer.state_changed',
    'order.updated',
  ]);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({
    billing_reason: 'subscription_meter_cycle',
    subtotal_amount: 250,
  });
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard()).toEqual(['subscription.updated', 'customer.state_changed']);
  await setting.simulator.advance(303 * DAY);
  const types = setting.heard();
  expect(types.filter((type) => type === 'subscription.cycled')).toHaveLength(1);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({ billing_reason: 'subscription_cycle' });
  const weekly = {
    name: 'quay:odd',
    recurring_interval: 'month',
    meter_interval: 'week',
    prices: [{ amount_type: 'fixed', price_currency: 'usd', price_amount: 500 }],
  };
  expect(await setting.api('POST', '/v1/products/', weekly)).toMatchObject({
    status: 422,
    json: { detail: [{ loc: ['body', 'meter_interval'] }] },
  });
});

test('a cap limits what usage costs', async () => {
  const { setting, customerId } = await metered();
  await use(setting, customerId, 100_000);
  await setting.simulator.advance(31 * DAY);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({ subtotal_amount: 1900 });
});

test('usage during a trial is not billed', async () => {
  const { setting, customerId } = await metered({ trialDays: 7 });
  await use(setting, customerId, 100);
  await setting.simulator.advance(7 * DAY);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({ subtotal_amount: 1000 });
});

test('usage of a last period is billed after the end', async () => {
  const { setting, customerId } = await metered();
  const id = String(setting.eventsOf('subscription.created')[0]?.id);
  await setting.polar.subscriptions.update(id, { cancel_at_period_end: true });
  await use(setting, customerId, 100);
  setting.heard();
  await setting.simulator.advance(31 * DAY);
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
    'order.created',
    'order.updated',
    'order.paid',
    'customer.state_changed',
    'order.updated',
  ]);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({
    subtotal_amount: 250,
    billing_reason: 'subscription_cycle',
  });
});

test.each([
  [false, [0, 50, 50]],
  [true, [0, 80, 80]],
])('credits come again each period, and roll over only when asked to: %s', async (rollover, after) => {
  const { setting, customerId } = await metered({ credit: 50, rollover });
  expect(await balance(setting, customerId)).toEqual([0, 50, 50]);
  await use(setting, customerId, 20);
  expect(await balance(setting, customerId)).toEqual([20, 50, 30]);
  await setting.simulator.advance(31 * DAY);
  expect(setting.eventsOf('order.paid').at(-1)).toMatchObject({ subtotal_amount: 1000 });
  expect(await balance(setting, customerId)).toEqual(after);
});

test('a revoked grant takes its credits back', async () => {
  const { setting, customerId } = await metered({ credit: 50 });
  await setting.polar.subscriptions.revoke(String(setting.eventsOf('subscription.created')[0]?.id));
  await setting.simulator.settle();
  expect(await balance(setting, customerId)).toEqual([0, 0, 0]);
});

test('an event is taken once by its external id, in a batch too; one bad event refuses all', async () => {
  const { setting, customerId, meter } = await metered();
  const event = { name: 'request', customer_id: customerId, external_id: 'e1', metadata: { units: 3 } };
  expect(await setting.polar.events.ingest({ events: [event, event] })).toEqual({
    inserted: 1,
    duplicates: 1,
  });
  expect(await setting.polar.events.ingest({ events: [event] })).toEqual({ inserted: 0, duplicates: 1 });
  const stranger = { name: 'request', customer_id: '11111111-1111-4111-8111-111111111111' };
  expect(
    await setting.api('POST', '/v1/events/ingest', { events: [{ ...event, external_id: 'e2' }, stranger] }),
  ).toMatchObject({
    status: 422,
    json: { detail: [{ loc: ['body', 'events', 1, 'customer_id'] }] },
  });
  const future = { ...event, external_id: 'e3', timestamp: '2030-01-01T00:00:00Z' };
  expect((await setting.api('POST', '/v1/events/ingest', { events: [future] })).status).toBe(422);
  const events = await setting.polar.events.list({ meter_id: meter.id });
  expect(events.items).toMatchObject([{ name: 'request', source: 'user', customer_id: customerId }]);
  const first = events.items[0];
  expect(await setting.polar.events.get(first?.id ?? '')).toMatchObject({ id: first?.id });
  const [type] = (await setting.polar.eventTypes.list()).items;
  expect(type).toMatchObject({ name: 'request', label: 'request', occurrences: 1 });
  await setting.polar.eventTypes.update(type?.id ?? '', { label: 'Requests' });
  expect(await setting.polar.events.get(first?.id ?? '')).toMatchObject({ label: 'Requests' });
  expect((await setting.polar.events.listNames()).items).toMatchObject([{ name: 'request', occurrences: 1 }]);
});

test('an unknown external customer is bound when there is one', async () => {
  const { setting, meter } = await metered();
  await setting.polar.events.ingest({
    events: [{ name: 'request', external_customer_id: 'later', metadata: { units: 7 } }],
  });
  const customer = await setting.polar.customers.create({
    email: 'later@floe-mail.dev',
    external_id: 'later',
  });
  await setting.simulator.settle();
  expect((await setting.polar.events.list({ external_customer_id: 'later' })).items).toMatchObject([
    { customer_id: customer.id },
  ]);
  await use(setting, customer.id, 5);
  const list = await setting.polar.customerMeters.list({ external_customer_id: 'later' });
  expect(list.items).toMatchObject([{ consumed_units: 12, meter: { id: meter.id } }]);
  expect(await setting.polar.customerMeters.get(list.items[0]?.id ?? '')).toMatchObject({ balance: -12 });
});

test('quantities over time add up to the total; test events are filtered out', async () => {
  const { setting, meter, customerId } = await metered();
  const at = (day: number, metadata: Record<string, string | number>) => ({
    name: 'request',
    customer_id: customerId,
    timestamp: `2026-01-${day}T10:00:00+00:00`,
    metadata,
  });
  await setting.polar.events.ingest({
    events: [
      at(10, { units: 1 }),
      at(12, { units: 2 }),
      at(12, { units: 4 }),
      at(12, { units: 9, region: 'test' }),
    ],
  });
  const { quantities, total } = await setting.polar.meters.quantities(meter.id, {
    start_timestamp: '2026-01-10T00:00:00Z',
    end_timestamp: '2026-01-13T00:00:00Z',
    interval: 'day',
  });
  expect(quantities.map((each) => each.quantity)).toEqual([1, 0, 6, 0]);
  expect(total).toBe(7);
  const archive = setting.polar.meters.update(meter.id, { is_archived: true });
  await expect(archive).rejects.toThrow('still attached to active products');
  for (const { id } of (await setting.polar.products.list({})).items)
    await setting.polar.products.update(id, { is_archived: true });
  const archived = await setting.polar.meters.update(meter.id, { is_archived: true, name: 'Old requests' });
  expect(archived).toMatchObject({ name: 'Old requests' });
  expect((await setting.polar.meters.list({ is_archived: false })).items).toEqual([]);
  expect(await setting.polar.meters.get(meter.id)).toMatchObject({ name: 'Old requests' });
});

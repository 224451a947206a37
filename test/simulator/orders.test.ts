import { expect, test } from 'vitest';
import { BUYER, buy, sellable, setUp } from './world.ts';

async function bought() {
  const setting = await setUp();
  const { product } = await sellable(setting);
  await buy(setting, product.id);
  const order = setting.eventsOf('order.paid')[0];
  setting.heard();
  return { setting, product, id: String(order?.id), customerId: String(order?.customer_id) };
}

test('a change of the billing name says order.updated; the country stays', async () => {
  const { setting, id } = await bought();
  const address = { country: 'CH', city: 'Bern' } as const;
  await setting.polar.orders.update(id, { billing_name: 'Ada Ltd', billing_address: address });
  expect(setting.heard()).toEqual(['order.updated']);
  const moved = await setting.api('PATCH', `/v1/orders/${id}`, { billing_address: { country: 'FR' } });
  expect(moved.status).toBe(422);
});

test('an invoice is there a moment after it was asked for, and says order.updated', async () => {
  const { setting, id } = await bought();
  expect((await setting.api('GET', `/v1/orders/${id}/invoice`)).status).toBe(404);
  expect((await setting.api('POST', `/v1/orders/${id}/invoice`)).status).toBe(422);
  await setting.polar.orders.update(id, { billing_name: 'Ada' });
  setting.heard();
  await setting.polar.orders.generateInvoice(id);
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['order.updated']);
  expect(setting.eventsOf('order.updated').at(-1)).toMatchObject({ is_invoice_generated: true });
  expect((await setting.polar.orders.invoice(id)).url).toContain(id);
});

test('a receipt is rendered when it is asked for first', async () => {
  const { setting, id } = await bought();
  const ask = async () => (await setting.api('GET', `/v1/orders/${id}/receipt`)).status;
  expect([await ask(), await ask()]).toEqual([202, 202]);
  await setting.simulator.settle();
  expect(await ask()).toBe(200);
  expect((await setting.polar.orders.receipt(id)).url).toContain(id);
});

test('a draft is created without a number and finalized with the card on file', async () => {
  const { setting, product, customerId } = await bought();
  const draft = await setting.polar.orders.create({
    customer_id: customerId,
    product_id: product.id,
    amount: 1500,
    description: 'Two hours',
  });
  expect(draft).toMatchObject({ status: 'draft', paid: false, invoice_number: null, total_amount: 1500 });
  expect(setting.heard()).toEqual(['order.created']);
  const paid = await setting.polar.orders.finalize(draft.id, {});
  await setting.simulator.settle();
  expect(paid).toMatchObject({ status: 'paid' });
  expect(paid.invoice_number).toMatch(/-0002$/);
  expect(setting.heard()).toEqual([
    'order.updated',
    'order.paid',
    'benefit_grant.created',
    'customer.state_changed',
    'order.updated',
  ]);
  expect(await setting.api('POST', `/v1/orders/${draft.id}/finalize`, {})).toMatchObject({
    status: 412,
    json: { error: 'OrderNotDraft' },
  });
});

test('a draft that cannot be paid stays a draft', async () => {
  const { setting, product, customerId } = await bought();
  await setting.api('POST', `/_sim/customers/${customerId}/card`, { outcome: 'declines' });
  const draft = await setting.polar.orders.create({ customer_id: customerId, product_id: product.id });
  setting.heard();
  expect(await setting.api('POST', `/v1/orders/${draft.id}/finalize`, {})).toMatchObject({ status: 402 });
  expect(setting.heard()).toEqual([]);
  expect(await setting.polar.orders.get(draft.id)).toMatchObject({ status: 'draft' });
});

test('orders, subscriptions and customers are exported as CSV', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month', name: 'Quay, "the" plan' });
  await buy(setting, product.id);
  const lines = async (path: string) => (await setting.api('GET', path)).text.split('\r\n');
  const orders = await lines('/v1/orders/export?columns=email&columns=product&columns=total_amount');
  expect(orders).toEqual(['email,product,total_amount', `${BUYER},"Quay, ""the"" plan",1000`, '']);
  const subscriptions = await lines('/v1/subscriptions/export');
  expect(subscriptions[0]).toMatch(/^email,started_at,product,amount/);
  expect(subscriptions[1]).toContain('active');
  expect((await lines('/v1/customers/export'))[1]).toContain(BUYER);
  expect((await setting.api('GET', '/v1/orders/export?columns=nothing')).status).toBe(422);
});

test('the metrics add up', async () => {
  const setting = await setUp();
  const one = await sellable(setting);
  const plan = await sellable(setting, { interval: 'year', name: 'quay:plan', amount: 12_000 });
  await buy(setting, one.product.id);
  await buy(setting, plan.product.id);
  const [order] = (await setting.polar.orders.list({ product_id: one.product.id })).items;
  await setting.polar.refunds.create({ order_id: order?.id ?? '', amount: 400, reason: 'other' });
  await setting.simulator.settle();
  const { periods, totals, metrics } = await setting.polar.metrics.get({
    start_date: '2026-01-10',
    end_date: '2026-01-20',
    interval: 'day',
  });
  expect(periods).toHaveLength(11);
  expect(totals).toMatchObject({
    orders: 2,
    revenue: 13_000,
    one_time_products_revenue: 1000,
    new_subscriptions: 1,
    active_subscriptions: 1,
    monthly_recurring_revenue: 1000,
    checkouts_conversion: 1,
  });
  expect(totals.net_revenue).toBe(13_000 - 400 - (40 + 40) - (480 + 40));
  expect(periods.map((each) => each.revenue).filter(Boolean)).toEqual([13_000]);
  expect(periods.at(-1)).toMatchObject({ cumulative_revenue: 13_000 });
  expect(metrics.revenue).toMatchObject({ slug: 'revenue', type: 'currency' });
  expect(await setting.polar.metrics.limits()).toMatchObject({ intervals: { hour: { max_days: 7 } } });
  const csv = await setting.api(
    'GET',
    '/v1/metrics/export?start_date=2026-01-15&end_date=2026-01-15&interval=day&metrics=orders',
  );
  expect(csv.text.split('\r\n')).toEqual(['timestamp,orders', '2026-01-15T00:00:00.000000Z,2', '']);
  const long = '/v1/metrics/?start_date=2026-01-01&end_date=2026-03-01&interval=hour';
  expect((await setting.api('GET', long)).status).toBe(422);
});

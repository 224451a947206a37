import { expect, test } from 'vitest';
import type { books } from '../../packages/polar-simulator/control/books.ts';
import { BUYER, type Setting, buy, sellable, setUp } from './world.ts';

type Books = ReturnType<typeof books>;

async function read(setting: Setting, query = ''): Promise<Books['organizations']> {
  const { text } = await setting.api('GET', `/_sim/books${query}`);
  return (JSON.parse(text) as Books).organizations;
}

async function booksOf(setting: Setting): Promise<Books['organizations'][number]> {
  const [own] = await read(setting, `?organization_id=${setting.organization.id}`);
  if (!own) throw new Error('no books');
  return own;
}

test('payments, refunds, purchases and grants agree with the API', async () => {
  const setting = await setUp();
  const { polar } = setting;
  const article = await sellable(setting, { name: 'quay:article' });
  const monthly = await sellable(setting, { name: 'quay:monthly', interval: 'month' });
  for (const buyer of ['a', 'b', 'c']) {
    await buy(setting, article.product.id, {
      email: `${buyer}@floe-mail.dev`,
      country: 'FR',
      metadata: { gateway_payment_id: `pay_${buyer}` },
    });
  }
  await buy(setting, monthly.product.id, { email: BUYER });
  const { items: orders } = await polar.orders.list({ sorting: ['created_at'] });
  const [first, second] = orders;
  if (!first || !second) throw new Error('no orders');
  await polar.refunds.create({
    order_id: first.id,
    amount: first.refundable_amount,
    reason: 'customer_request',
    revoke_benefits: true,
  });
  await polar.refunds.create({ order_id: second.id, amount: 100, reason: 'other' });
  await setting.simulator.advance(32 * 24 * 3600_000);

  const own = await booksOf(setting);
  const { items: wire } = await polar.orders.list({ sorting: ['created_at'] });
  expect(own.payments).toHaveLength(5);
  expect(
    own.payments.map(({ charges: _charges, is_paid, amount, ...payment }) => ({
      ...payment,
      paid: is_paid,
      total_amount: amount,
    })),
  ).toEqual(
    wire.map((order) => ({
      id: order.id,
      status: order.status,
      paid: order.paid,
      total_amount: order.total_amount,
      net_amount: order.net_amount,
      tax_amount: order.tax_amount,
      due_amount: order.due_amount,
      refunded_amount: order.refunded_amount,
      refunded_tax_amount: order.refunded_tax_amount,
      currency: order.currency,
      billing_reason: order.billing_reason,
      created_at: order.created_at,
      customer_id: order.customer_id,
      product_id: order.product_id,
      subscription_id: order.subscription_id,
      checkout_id: order.checkout_id,
      gateway_payment_id: order.metadata['gateway_payment_id'] ?? null,
    })),
  );
  expect(own.payments.map((payment) => payment.gateway_payment_id)).toEqual([
    'pay_a',
    'pay_b',
    'pay_c',
    null,
    null,
  ]);

  const { items: refunds } = await polar.refunds.list({ sorting: ['created_at'] });
  expect(own.refunds).toMatchObject(
    refunds.map(({ id, order_id, amount, status }) => ({ id, order_id, amount, status })),
  );

  const { items: subscriptions } = await polar.subscriptions.list();
  expect(own.live_purchases.map(({ kind, id }) => `${kind} ${id}`)).toEqual([
    ...wire
      .filter((order) => !order.subscription_id && order.status !== 'refunded')
      .map(({ id }) => `order ${id}`),
    ...subscriptions.map(({ id }) => `subscription ${id}`),
  ]);

  const { items: grants } = await polar.benefitGrants.list({ is_granted: true });
  expect(
    Object.values(own.live_grants)
      .flat()
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(grants.map(({ id }) => id).toSorted());
  expect(Object.keys(own.live_grants)).not.toContain(first.customer_id);
});

test('a failed charge is in the books beside the one that paid', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month' });
  await buy(setting, product.id, { token: 'tok_renewal_fails' });
  await setting.simulator.advance(31 * 24 * 3600_000);
  const { payments, live_purchases, live_grants } = await booksOf(setting);
  expect(
    payments.map(({ status, is_paid, charges }) => [status, is_paid, charges.map((each) => each.status)]),
  ).toEqual([
    ['paid', true, ['succeeded']],
    ['pending', false, ['failed']],
  ]);
  expect(live_purchases).toMatchObject([{ kind: 'subscription', status: 'past_due' }]);
  expect(live_grants).toEqual({});
});

test('reading twice gives the same, and one organization can be asked for alone', async () => {
  const setting = await setUp();
  setting.simulator.createOrganization({ slug: 'atlas' });
  const { product } = await sellable(setting);
  await buy(setting, product.id);
  expect((await read(setting)).map(({ slug }) => slug)).toEqual(['quay', 'atlas']);
  expect(await read(setting)).toEqual(await read(setting));
  expect(
    (await read(setting, `?organization_id=${setting.organization.id}`)).map(({ slug }) => slug),
  ).toEqual(['quay']);
  expect(await read(setting, '?organization_id=nobody')).toEqual([]);
});

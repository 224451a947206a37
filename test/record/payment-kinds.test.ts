import { beforeEach, expect, it } from 'vitest';
import { reconcile } from '../compare/reconcile-calls.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';

/* What a payment says of how it came about, of what was bought, and of a dispute. */

const DAY = 86_400_000;
let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
});

type Payment = Record<string, unknown> & { id: string; kind: string };

async function paymentsOf(app: TestApp): Promise<Payment[]> {
  const { body } = await call<{ data: Payment[] }>('GET', '/v1/payments?sort=created_at', {
    key: app.secretKey,
  });
  return body.data;
}

/** The payment in the newest event of a type. */
async function toldOf(app: TestApp, type: string): Promise<unknown> {
  const { body } = await call<{ data: { body: { data: { payment: unknown } } }[] }>(
    'GET',
    `/v1/events?type=${type}&limit=1`,
    { key: app.secretKey },
  );
  return body.data[0]?.body.data.payment;
}

async function subscribe(productId: string): Promise<string> {
  const payment = await startPayment(quay, productId);
  await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
  const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/subscriptions/');
  return items[0]?.id ?? '';
}

async function changeTo(subscription: string, productId: string): Promise<void> {
  await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${subscription}`, {
    product_id: productId,
    proration_behavior: 'invoice',
  });
  await world.settle();
}

it('an upgrade’s invoice is a change and no sale, and what renews is a renewal', async () => {
  const monthly = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
  const pro = await world.createProduct({ name: 'quay:pro', recurring: 'month', price: 2_900 });
  const subscription = await subscribe(monthly.id);
  await changeTo(subscription, pro.id);
  await world.advance(32 * DAY);
  await world.settle();
  const payments = await paymentsOf(quay);
  expect(payments).toMatchObject([
    {
      kind: 'checkout',
      billing_reason: 'subscription_create',
      product: { id: monthly.id, name: 'quay:monthly', plan: 'monthly' },
    },
    {
      kind: 'change',
      billing_reason: 'subscription_update',
      product: { id: pro.id, name: 'quay:pro', plan: 'pro' },
    },
    {
      kind: 'renewal',
      billing_reason: 'subscription_cycle',
      product: { id: pro.id, name: 'quay:pro', plan: 'pro' },
    },
  ]);
  for (const payment of payments) {
    expect(payment['amount']).toBe(Number(payment['net_amount']) + Number(payment['tax_amount']));
    expect(payment).toMatchObject({
      status: 'succeeded',
      refundable_amount: payment['net_amount'],
      discount: null,
    });
    expect(payment['invoice_number']).toEqual(expect.any(String));
  }
});

it('what is bought at Polar itself is direct, with the name that it was bought by', async () => {
  const { id } = await world.createProduct({ name: 'quay:lifetime' });
  const { url } = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', { products: [id] });
  await world.pay('sandbox', url, { email: 'ben@readers.dev' });
  await world.settle();
  await world.polar('sandbox', 'PATCH', `/v1/products/${id}`, { name: 'quay:forever' });
  const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/orders/');
  await world.polar('sandbox', 'POST', '/v1/refunds/', {
    order_id: items[0]?.id,
    amount: 100,
    reason: 'other',
  });
  await world.settle();
  expect(await paymentsOf(quay)).toMatchObject([
    {
      kind: 'direct',
      status: 'partially_refunded',
      product: { id, name: 'quay:lifetime', plan: 'lifetime' },
    },
  ]);
});

it('a subscription that was changed to another app’s product tells neither its name nor its plan', async () => {
  const monthly = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
  const theirs = await world.createProduct({ name: 'atlas:secret', recurring: 'month' });
  await changeTo(await subscribe(monthly.id), theirs.id);
  const [, change] = await paymentsOf(quay);
  expect(change).toMatchObject({ kind: 'change', product: { id: theirs.id, name: null, plan: null } });
  expect(await paymentsOf(atlas)).toEqual([]);
});

it.each([
  ['lost', true],
  ['won', false],
] as const)(
  'a dispute shows on its payment while it is open, and once it was %s: %s',
  async (end, isDisputed) => {
    const { id } = await world.createProduct({ name: 'quay:lifetime' });
    const payment = await startPayment(quay, id);
    await world.pay('sandbox', payment.checkoutUrl, { email: 'cy@readers.dev' });
    await world.settle();
    const [before] = await paymentsOf(quay);
    expect(before).toMatchObject({ disputed: false });
    const dispute = world.simulator.openDispute(String(before?.['order_id']));
    await reconcile(world);
    expect(await paymentsOf(quay)).toEqual([{ ...before, disputed: true }]);
    expect(await toldOf(quay, 'dispute.created')).toEqual({ ...before, disputed: true });
    world.simulator.resolveDispute(dispute, end);
    await world.settle();
    await reconcile(world);
    const [after] = await paymentsOf(quay);
    expect(after).toEqual({ ...before, disputed: isDisputed });
    expect(await toldOf(quay, `dispute.${end}`)).toEqual(after);
  },
);

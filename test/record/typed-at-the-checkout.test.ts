import { beforeEach, expect, it } from 'vitest';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, record, startPayment } from '../harness/story.ts';

/* What was typed at an app's own checkout is told to it, for as long as the purchase goes on (ADR 45). */

const DAY = 86_400_000;
let world: World;
let quay: TestApp;
let basic: string;
let pro: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  const recurring = 'month' as const;
  basic = (await world.createProduct({ name: 'quay:basic', recurring })).id;
  pro = (await world.createProduct({ name: 'quay:pro', recurring, price: 1900 })).id;
  await world.settle();
});

interface Body {
  type: string;
  data: {
    payment: { kind: string; customer: { email: string | null } } | null;
    polar: { data: Record<string, unknown> };
  };
}

const sent = (...types: string[]) =>
  world.received
    .map(({ body }) => JSON.parse(body) as Body)
    .filter(({ type }) => types.length === 0 || types.includes(type));

/** Buys at Polar's own checkout, of which the gateway learns from the purchase alone. */
async function buyAtPolar(email: string): Promise<void> {
  const { client_secret: secret } = await world.polar<{ client_secret: string }>(
    'sandbox',
    'POST',
    '/v1/checkouts/',
    { products: [basic], metadata: { user: 'u-7' } },
  );
  await world.polar('sandbox', 'POST', `/v1/checkouts/client/${secret}/confirm`, {
    customer_email: email,
    customer_billing_address: { country: 'DE' },
    confirmation_token_id: 'ctoken_ok',
  });
  await world.settle();
}

async function first(path: string): Promise<string> {
  const page = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', `${path}?limit=1`);
  return String(page.items[0]?.id);
}

const changeAddress = async (email: string) =>
  world.polar('sandbox', 'PATCH', `/v1/customers/${await first('/v1/customers/')}`, { email });

it('a purchase that Floe did not begin has its metadata told, also after a change of the app’s own products', async () => {
  await buyAtPolar('ada@readers.dev');
  await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${await first('/v1/subscriptions/')}`, {
    product_id: pro,
    proration_behavior: 'invoice',
  });
  await world.settle();
  await world.advance(32 * DAY);
  await world.settle();
  const told = sent(
    'payment.succeeded',
    'subscription.created',
    'subscription.updated',
    'subscription.renewed',
  );
  expect(told.filter(({ data }) => data.payment?.kind === 'renewal')).not.toEqual([]);
  for (const { data } of told) expect(data.polar.data['metadata']).toEqual({ user: 'u-7' });
});

it('a renewal and a change of what Floe did not begin tell the address of the purchase, not the next one', async () => {
  await buyAtPolar('ada@readers.dev');
  await changeAddress('canary-next@readers.dev');
  await world.settle();
  await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${await first('/v1/subscriptions/')}`, {
    product_id: pro,
    proration_behavior: 'invoice',
  });
  await world.settle();
  await world.advance(32 * DAY);
  await world.settle();
  const paid = sent('payment.succeeded');
  expect(paid.map(({ data }) => data.payment?.customer.email)).toEqual([
    'ada@readers.dev',
    'ada@readers.dev',
    'ada@readers.dev',
  ]);
  expect(JSON.stringify(sent())).not.toContain('canary');
});

it('a subscription whose order is not heard of yet keeps the address that it was bought with', async () => {
  const { checkoutUrl } = await startPayment(quay, basic, { customer: { email: 'typed@readers.dev' } });
  const bought = await record(world, async () => {
    await world.pay('sandbox', checkoutUrl, { email: 'ada@readers.dev' });
    await world.simulator.settle();
    await changeAddress('canary-next@readers.dev');
    await world.simulator.settle();
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${await first('/v1/subscriptions/')}`, {
      cancel_at_period_end: true,
    });
    await world.simulator.settle();
  });
  for (const told of bought.filter(({ type }) => type.startsWith('subscription.')))
    await deliver(world, told);
  await world.settle();
  for (const told of bought.filter(({ type }) => type.startsWith('order.'))) await deliver(world, told);
  await world.settle();
  const told = sent('subscription.active', 'subscription.canceled', 'payment.succeeded');
  expect(told.map(({ type }) => type).toSorted()).toEqual([
    'payment.succeeded',
    'subscription.active',
    'subscription.canceled',
  ]);
  for (const { data } of told) {
    expect(data.payment?.customer.email).toBe('ada@readers.dev');
    expect(data.polar.data['customer']).toMatchObject({ email: 'ada@readers.dev' });
  }
  expect(JSON.stringify(told)).not.toContain('canary');
});

import { env } from 'cloudflare:workers';
import { beforeEach, expect, it } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';

/*
 * Trust rule 7: Polar's customer is one for all apps of the organization. What is typed at one app's checkout is not in
 * anything that another app is told or can read.
 */

const ADDRESS = 'ada@readers.dev';
let world: World;
let quay: TestApp;
let atlas: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
});

async function buy(app: TestApp, productId: string, typed: object = {}): Promise<void> {
  const { checkoutUrl } = await startPayment(app, productId);
  const secret = new URL(checkoutUrl).pathname.split('/').pop() ?? '';
  await world.polar('sandbox', 'POST', `/v1/checkouts/client/${secret}/confirm`, {
    customer_email: ADDRESS,
    customer_billing_address: { country: 'DE' },
    confirmation_token_id: 'ctoken_ok',
    ...typed,
  });
  await world.settle();
}

const TYPED = {
  customer_name: 'canary-name',
  is_business_customer: true,
  customer_billing_name: 'canary-billing-name',
  customer_billing_address: {
    country: 'DE',
    line1: 'canary-line1',
    line2: 'canary-line2',
    city: 'canary-city',
    postal_code: 'canary-code',
  },
};

/** All that `app` was sent, and all that it can read. */
async function allThat(app: TestApp): Promise<string> {
  const sent = world.received.filter(({ url }) => url.endsWith(`/${app.slug.split('-')[0]}`));
  const read = await Promise.all(
    ['/v1/events?limit=100', '/v1/payments?limit=100', '/v1/products', '/v1/deliveries?limit=100'].map(
      async (path) => (await call('GET', path, { key: app.secretKey })).text,
    ),
  );
  expect(sent.length).toBeGreaterThan(0);
  return [...sent.map(({ body }) => body), ...read].join('\n');
}

async function typeAtQuay(productId: string): Promise<void> {
  await buy(quay, productId, TYPED);
  const [customer] = (
    await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/customers/?limit=1')
  ).items;
  await world.polar('sandbox', 'PATCH', `/v1/customers/${customer?.id}`, {
    metadata: { note: 'canary-metadata' },
    external_id: 'canary-external-id',
  });
  await world.settle();
}

it('a free product sold for somebody’s address tells nothing but the address', async () => {
  const mine = await world.createProduct({ name: 'quay:lifetime' });
  const free = await world.createProduct({ name: 'atlas:free', price: 0 });
  await typeAtQuay(mine.id);
  await buy(atlas, free.id);
  const told = await allThat(atlas);
  expect(told).toContain(ADDRESS);
  expect(told).not.toMatch(/canary-/);
});

it('what is typed at another app later on is in no renewal, refund, grant or change of the customer', async () => {
  const mine = await world.createProduct({ name: 'quay:lifetime' });
  const theirs = await world.createProduct({
    name: 'atlas:monthly',
    recurring: 'month',
    benefits: [{ type: 'custom', description: 'Reader' }],
  });
  await buy(atlas, theirs.id);
  await typeAtQuay(mine.id);
  await world.advance(32 * 86_400_000);
  await world.settle();
  const { items } = await world.polar<{ items: { id: string; product_id: string }[] }>(
    'sandbox',
    'GET',
    '/v1/orders/',
  );
  const order = items.find(({ product_id: id }) => id === theirs.id);
  await world.polar('sandbox', 'POST', '/v1/refunds/', { order_id: order?.id, amount: 100, reason: 'other' });
  await world.settle();
  const told = await allThat(atlas);
  for (const type of ['subscription.renewed', 'refund.succeeded', 'grant.created'])
    expect(told).toContain(`"type":"${type}"`);
  expect(told).not.toMatch(/canary-/);
});

it('a subscription moved to another app’s product tells the first app no more of it than its id', async () => {
  const mine = await world.createProduct({ name: 'quay:basic', recurring: 'month' });
  const theirs = await world.createProduct({
    name: 'atlas:pro',
    recurring: 'month',
    metadata: { plans: 'canary-plans' },
    benefits: [{ type: 'custom', description: 'canary-benefit', metadata: { content_id: 'canary-content' } }],
  });
  await buy(quay, mine.id);
  const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/subscriptions/');
  await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${items[0]?.id}`, {
    product_id: theirs.id,
    proration_behavior: 'invoice',
  });
  await world.settle();
  await world.advance(32 * 86_400_000);
  await world.settle();
  const told = await allThat(quay);
  expect(told).toContain(theirs.id);
  expect(told).not.toMatch(/canary-|atlas:pro/);
});

it('an address that a buyer takes later on is told to nobody who sold to the former one', async () => {
  const theirs = await world.createProduct({ name: 'atlas:monthly', recurring: 'month' });
  const left = await world.createProduct({ name: 'atlas:free', price: 0 });
  await buy(atlas, theirs.id);
  await buy(atlas, left.id);
  const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/customers/');
  await world.polar('sandbox', 'PATCH', `/v1/customers/${items[0]?.id}`, {
    email: 'canary-next@readers.dev',
  });
  await world.settle();
  await world.advance(32 * 86_400_000);
  await world.settle();
  const orders = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/orders/?limit=1');
  await world.polar('sandbox', 'POST', '/v1/refunds/', {
    order_id: orders.items[0]?.id,
    amount: 100,
    reason: 'other',
  });
  await world.settle();
  const told = await allThat(atlas);
  for (const type of ['subscription.renewed', 'refund.succeeded']) expect(told).toContain(`"type":"${type}"`);
  expect(told).not.toMatch(/canary-/);
});

it('what a customer does elsewhere makes no event, and an address that a further purchase comes with makes one', async () => {
  const mine = await world.createProduct({ name: 'quay:lifetime' });
  const theirs = await world.createProduct({ name: 'atlas:lifetime' });
  await buy(atlas, theirs.id);
  const changes = () => world.received.filter(({ body }) => body.includes('"type":"customer.updated"'));
  const told = () => world.received.filter(({ url }) => url.endsWith('/atlas')).length;
  const before = told();
  await typeAtQuay(mine.id);
  const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/customers/');
  const next = 'grace@readers.dev';
  await world.polar('sandbox', 'PATCH', `/v1/customers/${items[0]?.id}`, { email: next });
  await world.settle();
  expect(told()).toBe(before);
  expect(changes()).toEqual([]);

  await buy(atlas, theirs.id, { customer_email: next });
  await world.polar('sandbox', 'PATCH', `/v1/customers/${items[0]?.id}`, { name: 'Grace' });
  await world.settle();
  expect(changes().map(({ url, body }) => [url.split('/').at(-1), body.includes(next)])).toEqual([
    ['atlas', true],
  ]);
  await world.polar('sandbox', 'PATCH', `/v1/customers/${items[0]?.id}`, { name: 'Ada' });
  await world.settle();
  expect(changes()).toHaveLength(1);
});

const MAKE_OLD = `update events set passed_on = 0, body = json_set(body, '$.data.polar.data.customer.name', 'canary-name',
  '$.data.payment.checkout_url', 'canary-address', '$.data.polar.data.user', json('{"public_name":"canary-user"}'))
  where type = 'payment.succeeded'`;

it('an event that was stored before there was a list is cut when it is read', async () => {
  const mine = await world.createProduct({ name: 'quay:lifetime' });
  await buy(quay, mine.id);
  await env.DB.prepare(MAKE_OLD).run();
  const page = await call('GET', '/v1/events?limit=100', { key: quay.secretKey });
  expect(page.text).toContain('payment.succeeded');
  expect(page.text).not.toMatch(/canary-/);
});

it('an event that was stored before there was a list is cut when it is sent, and when it is sent again', async () => {
  const mine = await world.createProduct({ name: 'quay:lifetime' });
  const { body } = await call<{ data: { id: string }[] }>('GET', '/v1/webhook-endpoints', {
    key: quay.secretKey,
  });
  const id = String(body.data[0]?.id);
  const set = (enabled: boolean) =>
    call('PATCH', `/v1/webhook-endpoints/${id}`, { key: quay.secretKey, body: { enabled } });
  await set(false);
  await buy(quay, mine.id);
  await env.DB.prepare(MAKE_OLD).run();
  await set(true);
  await world.settle();
  const sent = () => world.received.filter(({ body: text }) => text.includes('"payment.succeeded"'));
  expect(sent()).toHaveLength(1);
  const again = { endpoint_id: id, status: 'succeeded', types: ['payment.succeeded'] };
  await call('POST', '/v1/replays', { key: quay.secretKey, body: again });
  await world.settle();
  expect(sent()).toHaveLength(2);
  for (const { body: text } of sent()) {
    expect(text).toContain(ADDRESS);
    expect(text).not.toMatch(/canary-/);
  }
});

import { beforeEach, expect, it } from 'vitest';
import { call, CALLBACK, createWorld, type TestApp, type World } from './harness.ts';
import { losing, reconcile, rowsOf } from './reconcile-calls.ts';
import { startPayment } from './story.ts';

/* The gateway is set up beside an organization that has sold for a year. It never heard a webhook of that. */

const MONTH = 31 * 86_400_000;

let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
});

const polar = <T = Record<string, unknown>>(method: string, path: string, body?: unknown) =>
  world.polar<T>('sandbox', method, path, body);
const gives = (content: string, type = 'custom') => [
  { type, description: `Gives ${content}`, metadata: { content_id: content } },
];

async function sellAtPolar(productId: string, email: string): Promise<string> {
  const checkout = await polar<{ id: string; url: string }>('POST', '/v1/checkouts/', {
    products: [productId],
  });
  await world.pay('sandbox', checkout.url, { email });
  const page = await polar<{ items: { id: string }[] }>('GET', `/v1/customers/?email=${email}`);
  return page.items[0]?.id ?? '';
}

const subscriptionOf = async (customerId: string) =>
  (await polar<{ items: { id: string }[] }>('GET', `/v1/subscriptions/?customer_id=${customerId}`)).items[0]
    ?.id;

async function access(customer: string, resource: string) {
  const path = `/v1/access?max_age=0&customer=${customer}&resource=${resource}`;
  const { body } = await call<{ allow: boolean; reason: string }>('GET', path, { key: quay.secretKey });
  return `${body.allow} ${body.reason}`;
}

/** Pays, and comes back before any webhook has come: what the buyer's session is told about `resource`. */
async function buyAndReturn(productId: string, email: string, resource: string): Promise<string> {
  const payment = await startPayment(quay, productId);
  const [row] = await rowsOf<{ checkout_id: string }>(
    `select checkout_id from payments where id = '${payment.id}'`,
  );
  const checkout = await polar<{ success_url: string }>('GET', `/v1/checkouts/${row?.checkout_id}`);
  const secret = new URL(payment.checkoutUrl).pathname.split('/').pop() ?? '';
  // Polar grants in the background: its jobs have not run when the buyer is back.
  world.holdWebhooks = true;
  await world.simulator.fetch(
    new Request(`https://sandbox-api.polar.sh/v1/checkouts/client/${secret}/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        customer_email: email,
        customer_name: 'New Reader',
        customer_billing_address: { country: 'DE' },
        confirmation_token_id: 'ctoken_ok',
      }),
    }),
  );
  await world.simulator.settle();
  const back = await call(
    'GET',
    new URL(checkout.success_url).pathname + new URL(checkout.success_url).search,
  );
  const url = new URL(back.headers.get('location') ?? CALLBACK);
  const exchanged = await call<{ session?: string; token?: string }>('POST', '/v1/sessions/exchange', {
    key: quay.secretKey,
    body: { code: url.searchParams.get('code'), callback_url: CALLBACK },
  });
  expect([exchanged.status, exchanged.text]).toEqual([200, exchanged.text]);
  const [order] = await rowsOf<{ customer_id: string }>(
    `select customer_id from payments where id = '${payment.id}'`,
  );
  // As if no grant had been heard yet: what is left is the purchase and the product's benefits.
  await call('GET', '/health');
  return `${order?.customer_id} ${await access(order?.customer_id ?? '', resource)}`;
}

it('existing customers have what they have, and the first buyer of each benefit is let in right after paying', async () => {
  const [products, people] = await losing(world, async () => {
    const book = await world.createProduct({ name: 'quay:book', benefits: gives('book') });
    const files = await world.createProduct({ name: 'quay:course', benefits: gives('course') });
    const monthly = await world.createProduct({
      name: 'quay:monthly',
      recurring: 'month',
      benefits: gives('magazine'),
    });
    const bought = {
      book: await sellAtPolar(book.id, 'ada@readers.dev'),
      renewing: await sellAtPolar(monthly.id, 'cleo@readers.dev'),
      canceled: await sellAtPolar(monthly.id, 'dan@readers.dev'),
      refunded: await sellAtPolar(book.id, 'bob@readers.dev'),
    };
    await world.advance(MONTH);
    await polar('PATCH', `/v1/subscriptions/${await subscriptionOf(bought.canceled)}`, {
      cancel_at_period_end: true,
    });
    const orders = await polar<{ items: { id: string; net_amount: number }[] }>(
      'GET',
      `/v1/orders/?customer_id=${bought.refunded}`,
    );
    await polar('POST', '/v1/refunds/', {
      order_id: orders.items[0]?.id,
      amount: orders.items[0]?.net_amount,
      reason: 'other',
      revoke_benefits: true,
    });
    for (let month = 0; month < 10; month++) await world.advance(MONTH);
    return [{ book, files, monthly }, bought] as const;
  });

  quay = await world.createApp({ product: 'quay', webhook: false });
  // What the gateway does by itself in its first quarter of an hour.
  const run = await losing(world, () => reconcile(world, { scope: 'full' }));
  expect(run.report.total.failed).toBe(0);

  expect(await access(people.book, 'content:book')).toBe('true granted');
  expect(await access(people.renewing, 'content:magazine')).toBe('true granted');
  expect(await access(people.canceled, 'content:magazine')).toMatch(/^false (expired|revoked)$/);
  expect(await access(people.refunded, 'content:book')).toBe('false revoked');

  for (const [content, product] of [
    ['course', products.files],
    ['magazine', products.monthly],
  ] as const)
    expect(await buyAndReturn(product.id, `new-${content}@readers.dev`, `content:${content}`)).toMatch(
      /true granted$/,
    );
});

it('even before any comparison: a sale, or the list of products, makes a product’s benefits known', async () => {
  const product = await losing(world, () =>
    world.createProduct({ name: 'quay:course', benefits: gives('course') }),
  );
  quay = await world.createApp({ product: 'quay', webhook: false });
  await startPayment(quay, product.id);
  expect(await rowsOf('select id from benefits')).toEqual([{ id: product.benefitIds[0] }]);
  const listed = await losing(world, () =>
    world.createProduct({ name: 'quay:other', benefits: gives('other') }),
  );
  await call('GET', '/v1/products', { key: quay.secretKey });
  expect(await rowsOf(`select id from benefits where id = '${listed.benefitIds[0]}'`)).toHaveLength(1);
});

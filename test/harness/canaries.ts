import { env, exports } from 'cloudflare:workers';
import { expect } from 'vitest';

import { EVENT_TYPES } from '../../src/base/event-types.rules.ts';
import { call, type TestApp, type World } from './harness.ts';
import { followLink, isChatOf, MORE_LISTS, MORE_READS, openSales, type Sales } from './canary-sales.ts';
import { record, startPayment } from './story.ts';

/* Shops whose every text is marked `canary-<product>-…`, and all that an app can learn from the gateway. */

const ADDRESS = 'ada@readers.dev';

export interface Shop {
  /** The word in all its canaries. */
  name: string;
  app: TestApp;
  products: readonly string[];
  desks: string;
  discount: string;
  sales: Sales;
}

const canary = (name: string, what: string) => `canary-${name}-${what}`;

/** An app with something to buy once, two subscriptions, and desks for a team. */
export async function openShop(world: World, app: TestApp, name: string): Promise<Shop> {
  const make = (path: string, body: object) =>
    world.polar<{ id: string }>(app.mode, 'POST', path, body).then(({ id }) => id);
  const field = await make('/v1/custom-fields/', { type: 'text', slug: `${name}_note`, name: 'Note' });
  const benefit = await make('/v1/benefits/', {
    type: 'custom',
    description: canary(name, 'benefit'),
    properties: { note: canary(name, 'note') },
    metadata: { content_id: canary(name, 'content') },
  });
  const sell = async (what: string, more: object) => {
    const id = await make('/v1/products/', {
      name: `${name}:${canary(name, what)}`,
      description: canary(name, 'description'),
      metadata: { plans: canary(name, 'plan') },
      attached_custom_fields: [{ custom_field_id: field, required: false }],
      prices: [{ amount_type: 'fixed', price_amount: 900, price_currency: 'usd' }],
      ...more,
    });
    await world.polar(app.mode, 'POST', `/v1/products/${id}/benefits`, { benefits: [benefit] });
    return id;
  };
  const seats = { seat_tiers: { tiers: [{ min_seats: 1, price_per_seat: 500 }] } };
  const once = await sell('once', {});
  await world.settle();
  return {
    name,
    app,
    products: [
      once,
      await sell('basic', { recurring_interval: 'month' }),
      await sell('pro', {
        recurring_interval: 'month',
        prices: [{ amount_type: 'fixed', price_amount: 1900, price_currency: 'usd' }],
      }),
    ],
    sales: await openSales(app, name, once),
    desks: await sell('desks', {
      recurring_interval: 'month',
      prices: [{ amount_type: 'seat_based', price_currency: 'usd', ...seats }],
    }),
    discount: await make('/v1/discounts/', {
      name: canary(name, 'discount'),
      code: canary(name, 'CODE').replaceAll('-', ''),
      type: 'percentage',
      basis_points: 1000,
      duration: 'forever',
      metadata: {
        note: canary(name, 'discount-metadata'),
        gateway_product: app.slug.replace(`-${app.mode}`, ''),
      },
    }),
  };
}

/** Everything that a seller and a buyer can put into a checkout, before it is paid. */
export async function fillCheckout(
  world: World,
  { app, name, discount }: Shop,
  productId: string,
  seats?: number,
): Promise<{ secret: string; typed: object }> {
  const { checkoutUrl } = await startPayment(app, productId, {
    metadata: { note: canary(name, 'metadata') },
    customer: { external_id: canary(name, 'external-id'), name: canary(name, 'asked-name') },
    discount_id: discount,
    ...(seats === undefined ? {} : { seats }),
  });
  return type(world, { app, name }, checkoutUrl);
}

/** Types everything that a buyer can type. */
async function type(world: World, { app, name }: Pick<Shop, 'app' | 'name'>, checkoutUrl: string) {
  const secret = new URL(checkoutUrl).pathname.split('/').pop() ?? '';
  const typed = {
    customer_email: ADDRESS,
    customer_name: canary(name, 'name'),
    is_business_customer: true,
    customer_billing_name: canary(name, 'billing-name'),
    customer_tax_id: canary(name, 'tax-id'),
    // Of this country the simulated Polar keeps a tax id as it is typed.
    customer_billing_address: {
      country: 'CH',
      ...Object.fromEntries(
        ['line1', 'line2', 'city', 'state', 'postal_code'].map((line) => [line, canary(name, line)]),
      ),
    },
    custom_field_data: { [`${name}_note`]: canary(name, 'custom-field') },
  };
  const { id } = await world.polar<{ id: string }>(app.mode, 'GET', `/v1/checkouts/client/${secret}`);
  await world.polar(app.mode, 'PATCH', `/v1/checkouts/${id}`, {
    ...typed,
    customer_metadata: { note: canary(name, 'customer-metadata') },
  });
  return { secret, typed };
}

/** Pays for it. */
export async function buyAt(world: World, shop: Shop, productId: string, seats?: number): Promise<void> {
  const { secret, typed } = await fillCheckout(world, shop, productId, seats);
  await world.polar(shop.app.mode, 'POST', `/v1/checkouts/client/${secret}/confirm`, {
    ...typed,
    confirmation_token_id: 'ctoken_ok',
  });
}

/** Buys what a link of the shop's sells. */
export async function buyByLink(world: World, shop: Shop): Promise<void> {
  const url = await followLink(shop.app, shop.sales.link);
  if (url === undefined) throw new Error('a link that leads nowhere');
  const { secret, typed } = await type(world, shop, url);
  await world.polar(shop.app.mode, 'POST', `/v1/checkouts/client/${secret}/confirm`, {
    ...typed,
    confirmation_token_id: 'ctoken_ok',
  });
}

/**
 * Buys at Polar's own checkout of a shop, and moves what was bought to a product of another one, both before the gateway hears
 * of it: the purchase is then the other app's, and what was typed at it is not.
 */
export async function moveUnheard(world: World, shop: Shop, target: string): Promise<string> {
  const { app, name, products, discount } = shop;
  let id = '';
  await record(world, async () => {
    const checkout = await world.polar<{ client_secret: string }>(app.mode, 'POST', '/v1/checkouts/', {
      products: [products[1]],
      discount_id: discount,
      metadata: { note: canary(name, 'direct-metadata') },
      custom_field_data: { [`${name}_note`]: canary(name, 'direct-custom-field') },
      customer_email: `${canary(name, 'direct')}@readers.dev`,
    });
    const { customer_id: customer } = await world.polar<{ customer_id: string }>(
      app.mode,
      'POST',
      `/v1/checkouts/client/${checkout.client_secret}/confirm`,
      {
        customer_email: `${canary(name, 'direct')}@readers.dev`,
        customer_name: canary(name, 'direct-name'),
        customer_billing_address: { country: 'DE', city: canary(name, 'direct-city') },
        confirmation_token_id: 'ctoken_ok',
      },
    );
    await world.simulator.settle();
    const page = await world.polar<{ items: { id: string }[] }>(
      app.mode,
      'GET',
      `/v1/subscriptions/?customer_id=${customer}&limit=1`,
    );
    id = String(page.items[0]?.id);
    await world.advance(60_000);
    await world.polar(app.mode, 'PATCH', `/v1/subscriptions/${id}`, {
      product_id: target,
      proration_behavior: 'prorate',
    });
    await world.simulator.settle();
  });
  await world.polar(app.mode, 'PATCH', `/v1/subscriptions/${id}`, {
    cancel_at_period_end: true,
    customer_cancellation_comment: canary(name, 'direct-comment'),
  });
  await world.settle();
  await world.polar(app.mode, 'PATCH', `/v1/subscriptions/${id}`, { cancel_at_period_end: false });
  await world.settle();
  return id;
}

type Page = { data: { id: string }[]; next_cursor: string | null };

/** What the lists and each of their entries say. */
async function readLists(key: string): Promise<string[]> {
  const texts: string[] = [];
  const read = async <T>(path: string) => {
    const answer = await call<T>('GET', path, { key });
    if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text}`);
    texts.push(answer.text);
    return answer.body;
  };
  await read('/v1/products');
  await read('/v1/webhook-endpoints');
  for (const path of MORE_READS) await read(path);
  const lists = [
    ...'/v1/events /v1/payments /v1/refunds /v1/subscriptions /v1/deliveries /v1/grants /v1/customers'.split(
      ' ',
    ),
    ...MORE_LISTS,
  ];
  for (const list of lists) {
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: Page = await read<Page>(
        `${list}?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      for (const { id } of page.data.slice(0, 5)) await read(`${list}/${id}`);
      if (list === '/v1/customers')
        for (const { id } of page.data) {
          await read(`${list}/${id}/export`);
          await read(`${list}/${id}/timeline`);
          await read(`/v1/sessions?customer=${id}`);
        }
      for (const { id } of page.data) {
        if (list === '/v1/discounts') await read(`${list}/${id}/redemptions`);
        if (list === '/v1/discounts' || list === '/v1/campaigns') await read(`${list}/${id}/remaining`);
        if (list === '/v1/payments') await read(`${list}/${id}/refunds`);
      }
      cursor = page.next_cursor;
    }
  }
  return texts;
}

/** What is answered about customers, over HTTP and RPC. `resources` may be another app's. */
async function askAccess(app: TestApp, customers: readonly string[], resources: readonly string[]) {
  const floe = exports.FloeAccess({ props: { app: app.slug } });
  const texts: string[] = [];
  for (const customer of customers) {
    const asked = { customer, resources: [...resources], max_age: 0 };
    texts.push((await call('POST', '/v1/access/batch', { key: app.secretKey, body: asked })).text);
    texts.push((await call('POST', '/v1/sessions', { key: app.secretKey, body: { customer } })).text);
    texts.push(JSON.stringify(await floe.entitlements({ customer })));
    texts.push(JSON.stringify(await floe.check({ customer, resource: resources[0] ?? '' })));
  }
  return texts.map((text) => resources.reduce((rest, name) => rest.replaceAll(name, ''), text));
}

/** An endpoint may be tested so many times a minute. */
const SAMPLES = 8;
let samples = 0;

/** Sends samples, in turn of every type, and again all that was sent. */
async function sendAgain(world: World, app: TestApp): Promise<void> {
  const { body } = await call<Page>('GET', '/v1/webhook-endpoints', { key: app.secretKey });
  const [endpoint] = body.data;
  for (let sent = 0; sent < SAMPLES; sent += 1) {
    const type = Object.keys(EVENT_TYPES)[samples++ % Object.keys(EVENT_TYPES).length];
    const path = `/v1/webhook-endpoints/${endpoint?.id}/test`;
    const answer = await call('POST', path, { key: app.secretKey, body: { type } });
    expect([type, answer.status]).toEqual([type, 200]);
  }
  const replayed = await call('POST', '/v1/replays', {
    key: app.secretKey,
    body: { endpoint_id: endpoint?.id, status: 'succeeded' },
  });
  expect(replayed.status).toBe(202);
  await world.settle();
}

const sentTo = (world: World, app: TestApp, name: string) =>
  world.received
    .filter(({ url, body }) => body.includes(`"app":"${app.slug}"`) || isChatOf(url, app, name))
    .map(({ body }) => body);

/** All that was sent to an app, is sent to it when it asks, and that it can read. */
export async function allThatIsSaidTo(world: World, { app, name }: Shop, resources: readonly string[]) {
  await sendAgain(world, app);
  const { results } = await env.DB.prepare('select id from customers').all<{ id: string }>();
  return [
    ...sentTo(world, app, name),
    ...(await readLists(app.secretKey)),
    ...(await askAccess(
      app,
      results.map(({ id }) => id),
      resources,
    )),
  ].join('\n');
}

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import { PUBLIC_REQUESTS_PER_MINUTE } from '../../src/polar/public-budget.rules.ts';
import worker from '../../src/index.ts';
import { call, createWorld, GATEWAY_URL, ORIGIN, type TestApp, type World } from '../harness/harness.ts';
import { fetchGateway } from '../harness/front-door.ts';

/*
 * What anybody may have the gateway ask of Polar. Each request comes from an address of its own and to a location of its
 * own, whose limits have counted nothing yet: only what is counted for all locations together is left.
 */

const SANDBOX = PUBLIC_REQUESTS_PER_MINUTE.sandbox;
/** What Polar allows an organization in a minute, and what others keep of it. */
const POLAR_SANDBOX_LIMIT = 100;
const RESERVE = 28;
let world: World;
let quay: TestApp;
let atlas: TestApp;
let lifetime: string;
let atlasPro: string;
let visitors = 0;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
  lifetime = (await world.createProduct({ name: 'quay:lifetime', price: 900 })).id;
  atlasPro = (await world.createProduct({ name: 'atlas:pro' })).id;
  await world.settle();
  world.polarRequests.length = 0;
});

afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

const nothingCounted: RateLimit = { limit: () => Promise.resolve({ success: true }) };
const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

async function ask(
  method: string,
  path: string,
  { key, body, headers = {} }: { key?: string; body?: unknown; headers?: Record<string, string> } = {},
) {
  const bindings: Bindings = { ...env, LIMIT_IP: nothingCounted, LIMIT_APP: nothingCounted };
  const request = new Request(GATEWAY_URL + path, {
    method,
    redirect: 'manual',
    headers: {
      'cf-connecting-ip': `2001:db8:${(++visitors).toString(16)}::1`,
      ...(key === undefined ? {} : { authorization: `Bearer ${key}`, 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await fetchGateway(request, bindings);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const follow = (app: TestApp, product: string, more = '', headers: Record<string, string> = BROWSER) =>
  ask('GET', `/checkout/${app.slug}?product=${product}${more}`, { headers });
const start = (app: TestApp, product: string) =>
  ask('POST', '/v1/checkout', {
    key: app.publishableKey,
    body: { product_id: product },
    headers: { origin: ORIGIN },
  });

async function times(count: number, send: () => Promise<{ status: number }>): Promise<number[]> {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await send()).status);
  return statuses;
}

const countOf = (statuses: readonly number[], status: number) =>
  statuses.filter((each) => each === status).length;
const countPayments = () => env.DB.prepare('select count(*) as n from payments').first<number>('n');

describe('a checkout that anybody may open', () => {
  test('one app under attack, from everywhere, leaves the others their share', async () => {
    const attacked = await times(100, () => follow(quay, lifetime));
    expect(countOf(attacked, 303)).toBeGreaterThan(5);
    expect(countOf(attacked, 429)).toBe(100 - countOf(attacked, 303));
    // At the other app buyers come, by link and by button.
    expect((await follow(atlas, atlasPro)).status).toBe(303);
    expect((await start(atlas, atlasPro)).status).toBe(201);
    expect(world.polarRequests.length).toBeLessThanOrEqual(SANDBOX.checkout);
  });

  test('requests at once are counted one by one', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => follow(quay, lifetime)));
    const opened = countOf(
      answers.map(({ status }) => status),
      303,
    );
    expect(opened).toBe(world.polarRequests.length);
    expect(opened).toBeLessThanOrEqual(SANDBOX.checkout / 2);
  });

  test('the budget of a minute is not passed, and comes back', async () => {
    const before = await times(60, () => follow(quay, lifetime));
    await world.advance(60_000);
    const after = await times(60, () => follow(quay, lifetime));
    expect(countOf(after, 303)).toBeGreaterThanOrEqual(countOf(before, 303));
    expect(countOf(before, 303) + countOf(after, 303)).toBeLessThanOrEqual(2 * SANDBOX.checkout);
  });

  test('a discount code is a second request, and counts as one', async () => {
    await times(60, () => follow(quay, lifetime, '&discount_code=NOPE'));
    expect(world.polarRequests.length).toBeGreaterThan(2);
    expect(world.polarRequests.length).toBeLessThanOrEqual(SANDBOX.checkout / 2);
  });

  test('when there is no room, a page says so, tries again by itself, and a program gets a problem', async () => {
    await times(60, () => follow(quay, lifetime));
    const page = await follow(quay, lifetime);
    expect([page.status, page.headers.get('content-type')]).toEqual([429, 'text/html; charset=utf-8']);
    expect(page.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(page.headers.get('refresh')).toBe(page.headers.get('retry-after'));
    expect(page.text).toMatch(/try again/i);
    const problem = await follow(quay, lifetime, '', { accept: '*/*' });
    expect(problem.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.parse(problem.text)).toMatchObject({ code: 'rate_limited' });
  });

  test('servers and buyers who come back are not held up', async () => {
    const { body } = await call<{ id: string; checkout_url: string }>('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { product_id: lifetime },
    });
    await times(60, () => follow(quay, lifetime));
    const server = await ask('POST', '/v1/payments', { key: quay.secretKey, body: { product_id: lifetime } });
    expect(server.status).toBe(201);
    world.holdWebhooks = true;
    await world.pay('sandbox', body.checkout_url, { email: 'ada@readers.dev' });
    const back = await ask('GET', await returnLinkOf(body.id));
    expect(back.headers.get('location')).toContain('code=');
  });
});

/** The path that Polar sends the buyer of a payment back to. */
async function returnLinkOf(paymentId: string): Promise<string> {
  const checkoutId = await env.DB.prepare('select checkout_id from payments where id = ?')
    .bind(paymentId)
    .first<string>('checkout_id');
  const checkout = await world.polar<{ success_url: string }>(
    'sandbox',
    'GET',
    `/v1/checkouts/${checkoutId}`,
  );
  const url = new URL(checkout.success_url);
  return url.pathname + url.search;
}

describe('a product that nobody has heard of', () => {
  test('is asked about a few times a minute, whoever asks and of whichever app', async () => {
    const statuses = [
      ...(await times(50, () => follow(quay, crypto.randomUUID()))),
      ...(await times(50, () => start(quay, crypto.randomUUID()))),
    ];
    expect(new Set(statuses)).toEqual(new Set([422, 429]));
    expect(world.polarRequests.length).toBeLessThan(SANDBOX.learn);
    // It takes nothing from those who buy.
    expect((await follow(quay, lifetime)).status).toBe(303);
  });

  test('can still be learned by another app', async () => {
    await times(50, () => follow(quay, crypto.randomUUID()));
    world.holdWebhooks = true;
    const made = await world.createProduct({ name: 'atlas:new' });
    expect((await follow(atlas, made.id)).status).toBe(303);
    expect((await follow(atlas, made.id)).status).toBe(303);
  });

  test('that is another app’s is refused without Polar, and so is one that is archived', async () => {
    await world.polar('sandbox', 'PATCH', `/v1/products/${atlasPro}`, { is_archived: true });
    await world.settle();
    world.polarRequests.length = 0;
    const statuses = [
      ...(await times(30, () => follow(quay, atlasPro))),
      ...(await times(30, () => follow(atlas, atlasPro))),
    ];
    expect(new Set(statuses)).toEqual(new Set([422]));
    expect(world.polarRequests).toEqual([]);
    expect((await follow(quay, lifetime)).status).toBe(303);
  });
});

describe('the product list', () => {
  test('that was never read is asked for a few times a minute by browsers, and always by servers', async () => {
    world.polarDown = true;
    const read = (key: string) => ask('GET', '/v1/products', { key, headers: { origin: ORIGIN } });
    const statuses = await times(40, () => read(quay.publishableKey));
    expect(new Set(statuses)).toEqual(new Set([503]));
    // Polar is asked twice when it is away.
    expect(world.polarRequests.length).toBeLessThanOrEqual(SANDBOX.learn);
    world.polarDown = false;
    expect((await read(quay.secretKey)).status).toBe(200);
    expect((await read(quay.publishableKey)).status).toBe(200);
  });
});

describe('a link to buy', () => {
  test.each([
    ['an image', 'GET', { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors', accept: 'image/*' }, 403],
    ['a frame', 'GET', { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' }, 403],
    ['a script’s request', 'GET', { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'no-cors' }, 403],
    ['a style sheet', 'GET', { 'sec-fetch-dest': 'style', 'sec-fetch-site': 'cross-site' }, 403],
    ['prefetching', 'GET', { 'sec-purpose': 'prefetch', 'sec-fetch-dest': 'document' }, 405],
    ['a HEAD', 'HEAD', {}, 204],
  ])('makes no payment for %s, and asks Polar nothing', async (_name, method, headers, status) => {
    const answer = await ask(method, `/checkout/${quay.slug}?product=${lifetime}`, {
      headers: { ...BROWSER, ...headers },
    });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('cache-control')).toMatch(/no-store/);
    expect(world.polarRequests).toEqual([]);
    expect(await countPayments()).toBe(0);
  });

  test('is followed by a person, from anywhere', async () => {
    const navigation = {
      ...BROWSER,
      'sec-fetch-dest': 'document',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-site': 'cross-site',
    };
    expect((await follow(quay, lifetime, '', navigation)).status).toBe(303);
    expect(await countPayments()).toBe(1);
  });
});

describe('a buyer who is back, again and again', () => {
  test('has Polar asked a bounded number of times, and leaves another app’s buyers theirs', async () => {
    const open = async (app: TestApp, product: string) =>
      (
        await call<{ id: string; checkout_url: string }>('POST', '/v1/payments', {
          key: app.secretKey,
          body: { product_id: product },
        })
      ).body;
    const mine = await returnLinkOf((await open(quay, lifetime)).id);
    const other = await open(atlas, atlasPro);
    world.polarRequests.length = 0;
    const statuses = await times(60, () => ask('GET', mine));
    expect(new Set(statuses)).toEqual(new Set([303, 503]));
    expect(world.polarRequests.length).toBeLessThanOrEqual(SANDBOX.return);
    world.holdWebhooks = true;
    await world.pay('sandbox', other.checkout_url, { email: 'ada@readers.dev' });
    const back = await ask('GET', await returnLinkOf(other.id));
    expect(back.headers.get('location')).toContain('code=');
    // What is known to be paid needs no Polar, and so no room.
    world.holdWebhooks = false;
    const paid = await open(quay, lifetime);
    await world.pay('sandbox', paid.checkout_url, { email: 'eve@readers.dev' });
    await world.settle();
    const known = await ask('GET', await returnLinkOf(paid.id));
    expect(known.headers.get('location')).toContain('code=');
  });
});

describe('everything that anybody may ask together', () => {
  test('leaves room: paid returns, checkouts with discount codes and unknown products, second tries too', async () => {
    const links: string[] = [];
    world.holdWebhooks = true;
    for (let i = 0; i < 24; i++) {
      const app = i % 2 === 0 ? quay : atlas;
      const { body } = await call<{ id: string; checkout_url: string }>('POST', '/v1/payments', {
        key: app.secretKey,
        body: { product_id: app === quay ? lifetime : atlasPro },
      });
      await world.pay('sandbox', body.checkout_url, { email: `buyer${i}@readers.dev` });
      links.push(await returnLinkOf(body.id));
    }
    world.polarRequests.length = 0;
    const back = await times(links.length, () => ask('GET', links.shift() ?? ''));
    expect(countOf(back, 303)).toBeGreaterThanOrEqual(2);
    expect(countOf(back, 503)).toBeGreaterThan(0);
    const ofReturns = world.polarRequests.length;
    // A burst is half of a minute's budget, and this test takes a part of one.
    expect(ofReturns).toBeLessThanOrEqual(SANDBOX.return);
    world.polarDown = true;
    await times(30, () => follow(quay, crypto.randomUUID()));
    await times(30, () => follow(atlas, crypto.randomUUID()));
    expect(world.polarRequests.length - ofReturns).toBeLessThanOrEqual(SANDBOX.learn);
    world.polarDown = false;
    await times(40, () => follow(quay, lifetime, '&discount_code=NOPE'));
    await times(40, () => follow(atlas, atlasPro));
    expect(world.polarRequests.length).toBeLessThanOrEqual(POLAR_SANDBOX_LIMIT - RESERVE);
  });

  test('does not grow with the number of apps', async () => {
    const shops = [{ app: quay, product: lifetime }];
    for (let i = 0; i < 18; i++) {
      const app = await world.createApp({ product: `shop${i}`, webhook: false });
      shops.push({ app, product: (await world.createProduct({ name: `shop${i}:book` })).id });
    }
    await world.settle();
    world.polarRequests.length = 0;
    for (const { app, product } of shops) await times(4, () => follow(app, product));
    expect(world.polarRequests.length).toBeLessThanOrEqual(SANDBOX.checkout);
    expect(world.polarRequests.length).toBeGreaterThanOrEqual(SANDBOX.checkout / 2);
  });
});

describe('two deployments in one account', () => {
  test('do not share what a location counts, whatever their namespace ids are', async () => {
    const keys = new Set<string>();
    const LIMIT_IP: RateLimit = {
      limit: ({ key }) => (keys.add(key), Promise.resolve({ success: true })),
    };
    for (const url of ['https://one.test-gateway.dev', 'https://two.test-gateway.dev']) {
      const context = createExecutionContext();
      const request = new Request(`${url}/portal?app=x`, { headers: { 'cf-connecting-ip': '192.0.2.1' } });
      const bindings: Bindings = { ...env, FLOE_URL: url, LIMIT_IP };
      await worker.fetch(request as Parameters<typeof worker.fetch>[0], bindings, context);
      await waitOnExecutionContext(context);
    }
    expect(keys.size).toBe(2);
  });
});

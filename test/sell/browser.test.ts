import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { call, CALLBACK, createWorld, ORIGIN, type TestApp, type World } from '../harness/harness.ts';

let world: World;
let quay: TestApp;
let lifetime: string;
let atlasPro: string;
let visitors = 0;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  await world.createApp({ product: 'atlas', webhook: false });
  lifetime = (await world.createProduct({ name: 'quay:lifetime', price: 900 })).id;
  atlasPro = (await world.createProduct({ name: 'atlas:pro' })).id;
  await world.settle();
});

afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

interface Started {
  url: string;
  payment_id: string;
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
}

/** Another visitor each time, so that tests do not use up each other's limits. */
const visitor = () => ({ 'cf-connecting-ip': `198.51.100.${++visitors % 250}` });
const start = (body: unknown, options: { key?: string; headers?: Record<string, string> } = {}) =>
  call<Started>('POST', '/v1/checkout', {
    key: options.key ?? quay.publishableKey,
    body,
    headers: { origin: ORIGIN, ...visitor(), ...options.headers },
  });
const follow = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  call<Started>(method, path, {
    headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', ...visitor(), ...headers },
  });

const checkoutsCreated = () => world.polarRequests.filter((line) => line === 'POST /v1/checkouts/').length;
const countPayments = async () =>
  (await env.DB.prepare('select count(*) as n from payments').first<{ n: number }>())?.n;

describe('POST /v1/checkout', () => {
  test('opens a checkout for a browser of a registered origin', async () => {
    const answer = await start({
      product_id: lifetime,
      email: 'ada@readers.dev',
      success_url: `${CALLBACK}/x`,
      code_challenge: 'c'.repeat(43),
    });
    expect(answer.status).toBe(201);
    expect(Object.keys(answer.body).sort()).toEqual(['payment_id', 'url']);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    const payment = await call('GET', `/v1/payments/${answer.body.payment_id}`, {
      key: quay.secretKey,
    });
    expect(payment.body).toMatchObject({
      status: 'pending',
      checkout_url: answer.body.url,
      customer: { id: null, external_id: null, email: 'ada@readers.dev' },
    });
    const row = await env.DB.prepare(
      'select code_challenge, customer_proven, success_url from payments',
    ).first();
    expect(row).toEqual({ code_challenge: 'c'.repeat(43), customer_proven: 0, success_url: `${CALLBACK}/x` });
  });

  test('answers a preflight from anywhere, without a key', async () => {
    const answer = await call('OPTIONS', '/v1/checkout', {
      headers: {
        origin: ORIGIN,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('access-control-allow-headers')).toMatch(/authorization/i);
  });

  test('tells a page that its session or key is no good: readably, for anyone, without credentials', async () => {
    const ended = `floe_st_sandbox_${'e'.repeat(43)}`;
    for (const [method, path, key] of [
      ['GET', '/v1/access?resource=content:a', ended],
      ['DELETE', '/v1/session', ended],
      ['GET', '/v1/access?resource=content:a', quay.publishableKey],
    ] as const) {
      const answer = await call(method, path, { key, headers: { origin: ORIGIN } });
      expect([401, 403]).toContain(answer.status);
      expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      expect(answer.headers.get('vary')).toMatch(/origin/i);
    }
  });

  test('refuses a browser of another origin: it may read why, and how the page is registered, and nothing was done', async () => {
    for (const origin of [
      'https://evil.dev',
      `${ORIGIN}.evil.dev`,
      ORIGIN.replace('https', 'http'),
      'null',
    ]) {
      const answer = await start({ product_id: lifetime }, { headers: { origin } });
      expect([answer.status, answer.body.code]).toEqual([403, 'forbidden_origin']);
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
      expect(answer.headers.get('vary')).toMatch(/origin/i);
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
      expect(Object.keys(answer.body).sort()).toEqual([
        'code',
        'detail',
        'request_id',
        'status',
        'title',
        'type',
      ]);
      expect(answer.body.detail).toContain(
        origin === 'null' ? 'no origin' : 'PATCH /admin/apps/quay-sandbox',
      );
    }
    expect(checkoutsCreated()).toBe(0);
    expect(await countPayments()).toBe(0);
  });

  test('attack: a page of another origin reads nothing else, also with a secret key that it should not have', async () => {
    const headers = { origin: 'https://evil.dev', ...visitor() };
    for (const [key, path, status] of [
      [quay.secretKey, '/v1/payments', 200],
      [quay.secretKey, '/v1/payments/pay_none', 404],
      [quay.secretKey, '/v1/payments?limit=none', 422],
    ] as const) {
      const answer = await call('GET', path, { key, headers });
      expect(answer.status).toBe(status);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test.each([
    ['customer', { external_id: 'user-7' }],
    ['external_id', 'user-7'],
    ['customer_id', '6f4b0f6e-1111-4111-8111-111111111111'],
    ['external_customer_id', 'user-7'],
    ['discount_id', '6f4b0f6e-1111-4111-8111-111111111111'],
    ['amount', 1],
    ['metadata', { a: 1 }],
    ['allow_trial', true],
    ['trial_interval', 'month'],
    ['trial_interval_count', 12],
  ])('refuses %s and says that it needs a secret key', async (field, value) => {
    const answer = await start({ product_id: lifetime, [field]: value });
    expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
    expect(answer.body.errors).toEqual([
      { path: `body.${field}`, message: expect.stringContaining('secret key') },
    ]);
    expect(checkoutsCreated()).toBe(0);
    expect(await countPayments()).toBe(0);
  });

  test('refuses other apps’ products, secret keys and no key', async () => {
    expect((await start({ product_id: atlasPro })).body.code).toBe('unknown_product');
    expect((await start({ product_id: crypto.randomUUID() })).body.code).toBe('unknown_product');
    expect((await start({ product_id: lifetime }, { key: quay.secretKey })).body.code).toBe('forbidden_key');
    expect((await start({ product_id: lifetime }, { key: 'nonsense' })).status).toBe(401);
    expect((await start({ product_id: lifetime, colour: 'red' })).body.errors?.[0]?.path).toBe('body.colour');
    expect((await start({ product_id: lifetime, success_url: 'https://evil.dev' })).body.code).toBe(
      'disallowed_url',
    );
    expect((await start({ product_id: lifetime, embed_origin: 'https://evil.dev' })).body.code).toBe(
      'disallowed_url',
    );
    expect(await countPayments()).toBe(0);
  });

  test('names its own field when Polar refuses the e-mail', async () => {
    const answer = await start({ product_id: lifetime, email: 'ada@example.com' });
    expect(answer.body.errors?.[0]?.path).toBe('body.email');
  });

  test('never gives one visitor another’s checkout for a guessed Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'cart-1' };
    const ada = { ...headers, 'cf-connecting-ip': '192.0.2.1' };
    const first = await start({ product_id: lifetime }, { headers: ada });
    const again = await start({ product_id: lifetime }, { headers: ada });
    expect([first.status, again.body]).toEqual([201, first.body]);
    const eve = await start(
      { product_id: lifetime },
      { headers: { ...headers, 'cf-connecting-ip': '192.0.2.2' } },
    );
    expect([eve.status, eve.body.code]).toEqual([422, 'idempotency_mismatch']);
    expect(eve.text).not.toContain(first.body.payment_id);
  });
});

describe('GET /checkout/:app', () => {
  test('opens a checkout and redirects to it', async () => {
    const answer = await follow(
      `/checkout/quay-sandbox?product=${lifetime}&success_url=${encodeURIComponent(`${CALLBACK}/x`)}&utm_source=mail`,
    );
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toMatch(/\/checkout\/polar_c_/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(await countPayments()).toBe(1);
  });

  test.each([
    ['HEAD', {}, 204],
    ['GET', { 'sec-purpose': 'prefetch' }, 405],
    ['GET', { 'sec-purpose': 'prefetch;prerender' }, 405],
    ['GET', { purpose: 'prefetch' }, 405],
    ['GET', { 'x-moz': 'prefetch' }, 405],
  ])('%s %j opens none', async (method, headers, status) => {
    const answer = await follow(`/checkout/quay-sandbox?product=${lifetime}`, headers, method);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('cache-control')).toMatch(/no-store/);
    expect(checkoutsCreated()).toBe(0);
    expect(await countPayments()).toBe(0);
  });

  test.each([
    ['an unknown app', () => `/checkout/nobody-sandbox?product=${lifetime}`, 404],
    ['another app’s product', () => `/checkout/quay-sandbox?product=${atlasPro}`, 422],
    ['a product that is no UUID', () => '/checkout/quay-sandbox?product=<script>alert(1)</script>', 422],
    ['no product', () => '/checkout/quay-sandbox', 422],
    [
      'an open redirect',
      () => `/checkout/quay-sandbox?product=${lifetime}&success_url=https://evil.dev/`,
      422,
    ],
    ['a field for servers', () => `/checkout/quay-sandbox?product=${lifetime}&amount=1`, 422],
  ])('shows a page for %s', async (_name, path, status) => {
    const page = await follow(path());
    expect(page.status).toBe(status);
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text).toMatch(/<h1>/);
    expect(page.text).not.toContain('<script');
    const json = await follow(path(), { accept: 'application/json' });
    expect([json.status, json.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect(checkoutsCreated()).toBe(0);
    expect(await countPayments()).toBe(0);
  });

  test('shows a buyer whose code is used up the way on without it', async () => {
    const discount = await world.polar('sandbox', 'POST', '/v1/discounts/', {
      name: 'Once',
      code: 'ONCE',
      type: 'percentage',
      basis_points: 5000,
      duration: 'once',
      products: [lifetime],
      ends_at: new Date(Date.now() + 1000).toISOString(),
    });
    expect(discount).toMatchObject({ code: 'ONCE' });
    await world.advance(5000);
    for (const code of ['ONCE', 'NEVER']) {
      const link = `/checkout/quay-sandbox?product=${lifetime}&discount_code=${code}&email=ada%40readers.dev`;
      const page = await follow(link);
      expect([page.status, page.headers.get('cache-control')]).toEqual([422, 'no-store']);
      expect(page.text).toContain('<h1>This code cannot be used</h1>');
      expect(page.text).not.toMatch(/discount_id|discount_code|metadata|<script/);
      const [, on = ''] = /class="button" href="([^"]+)"/.exec(page.text) ?? [];
      expect(on).toBe(`/checkout/quay-sandbox?product=${lifetime}&amp;email=ada%40readers.dev`);
      expect((await follow(on.replace('&amp;', '&'))).status).toBe(303);
      expect((await follow(link, { accept: 'application/json' })).body.code).toBe('unknown_discount');
    }
    vi.useRealTimers();
  });

  test('shows a buyer who follows the link of something that is no longer sold a page of its own', async () => {
    const page = await follow(`/checkout/quay-sandbox?product=${crypto.randomUUID()}`);
    expect([page.status, page.text]).toEqual([
      422,
      expect.stringContaining('<h1>This is not sold here</h1>'),
    ]);
    expect(page.text).not.toContain('query.product');
  });

  test('answers programs, which accept anything, with a problem', async () => {
    const answer = await follow('/checkout/nobody-sandbox?product=x', { accept: '*/*' });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('escapes what it shows', async () => {
    const page = await follow(
      `/checkout/${encodeURIComponent('<img src=x onerror=alert(1)>')}?product=${lifetime}`,
    );
    expect(page.text).not.toContain('<img');
  });
});

describe('limits', () => {
  test('one address cannot start checkouts without end, and asks nothing of Polar then', async () => {
    const headers = { 'cf-connecting-ip': '192.0.2.77' };
    let refused;
    for (let i = 0; i < 80 && !refused; i++) {
      const answer = await start(
        { product_id: crypto.randomUUID(), success_url: 'https://evil.dev' },
        { headers },
      );
      if (answer.status === 429) refused = answer;
    }
    expect(refused?.body.code).toBe('rate_limited');
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    const link = await follow(`/checkout/quay-sandbox?product=${lifetime}`, headers);
    expect(link.status).toBe(429);
    expect(link.headers.get('refresh')).not.toBeNull();
    expect(checkoutsCreated()).toBe(0);
  });

  test.each([
    ['2001:db8:7:1::1', '2001:DB8:0007:1:ffff::2', '2001:db8:7:2::1'],
    // A proxy may write IPv4 as IPv6: all of it is in one /64 then.
    ['::ffff:192.0.2.78', '192.0.2.78', '::ffff:192.0.2.79'],
  ])('%s is the visitor that %s is, and not the one that %s is', async (one, same, other) => {
    const statusOf = async (address: string) =>
      (
        await start(
          { product_id: crypto.randomUUID(), success_url: 'https://evil.dev' },
          { headers: { 'cf-connecting-ip': address } },
        )
      ).status;
    let tries = 0;
    while ((await statusOf(one)) !== 429) expect(++tries).toBeLessThan(80);
    expect([await statusOf(same), await statusOf(other)]).toEqual([429, 422]);
  });

  test('browsers together leave Polar’s limit to servers', async () => {
    let refused = 0;
    for (let i = 0; i < 45; i++) if ((await start({ product_id: lifetime })).status === 429) refused += 1;
    expect(refused).toBeGreaterThan(0);
    expect(checkoutsCreated()).toBeLessThanOrEqual(40);
    const server = await call('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { product_id: lifetime },
    });
    expect(server.status).toBe(201);
  });
});

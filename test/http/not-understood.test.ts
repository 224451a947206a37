import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it, test, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { type AnyRouteSpec, routesOf } from '../../src/http/route.ts';
import { call, createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { fetchGateway } from '../harness/front-door.ts';

/* What the gateway does not understand it refuses, and says what it would take. */

let world: World;
let quay: TestApp;
let live: TestApp;

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  live = await world.createApp({ product: 'quay', mode: 'live' });
});

const routes = routesOf(createApp());
const addressOf = (route: AnyRouteSpec) =>
  route.path.replaceAll(':app', 'quay-sandbox').replaceAll(/:\w+/g, '11111111-1111-4111-8111-111111111111');

function keyFor(route: AnyRouteSpec): string | undefined {
  if (route.auth.includes('operator')) return env.FLOE_ADMIN_TOKEN;
  if (route.auth.includes('secret')) return quay.secretKey;
  return route.auth.includes('publishable') ? quay.publishableKey : undefined;
}

interface Refusal {
  code: string;
  detail: string;
  errors: { path: string; message: string }[];
}

describe('a parameter of the query that a route does not know', () => {
  const known = routes.filter(
    (route) =>
      /^\/(v1|admin)\//.test(route.path) &&
      (route.auth.length === 0 || route.auth.some((kind) => kind !== 'session')),
  );

  test.each(known.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'is refused by %s',
    async (_name, route) => {
      const key = keyFor(route);
      const answer = await call<Refusal>(route.method.toUpperCase(), `${addressOf(route)}?afterr=3`, {
        ...(key === undefined ? {} : { key }),
        ...(route.method === 'get' || route.method === 'delete' ? {} : { body: {} }),
      });
      expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
      expect(answer.body.errors.map(({ path }) => path)).toContain('query.afterr');
    },
  );

  it('covers all but what only a session may ask', () => {
    expect(known.length).toBeGreaterThan(40);
  });

  it.each([
    '/v1/payments',
    '/v1/subscriptions',
    '/v1/deliveries',
    '/v1/events',
    '/v1/webhook-endpoints',
    '/v1/sessions',
  ])('%s refuses one that is given twice', async (path) => {
    const answer = await call<Refusal>('GET', `${path}?limit=1&limit=2`, { key: quay.secretKey });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toContainEqual({ path: 'query.limit', message: 'Must be given once.' });
  });

  it('is no matter on a page that people open: others add their own to links', async () => {
    const answer = await call('GET', '/sign-in?app=quay-sandbox&utm_source=mail&fbclid=1');
    expect(answer.status).toBe(200);
  });
});

describe('a method that an address lacks', () => {
  /** Whether the route answers an address: `/v1/sessions/exchange` is one of `/v1/sessions/:id` too. */
  const answers = (route: AnyRouteSpec, address: string) =>
    new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]+')}$`).test(address);
  const paths = [...new Map(routes.map((route) => [route.path, route]))];
  test.each(paths)('405 with Allow: %s', async (_path, first) => {
    const there = routes.filter((route) =>
      first.isAlone ? route.path === first.path : answers(route, addressOf(first)),
    );
    const allowed = new Set(there.map((route) => route.method.toUpperCase()));
    if (allowed.has('GET')) allowed.add('HEAD');
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      if (allowed.has(method)) continue;
      const answer = await call<Refusal>(method, addressOf(first), { key: quay.secretKey });
      expect([method, answer.status, answer.body.code]).toEqual([method, 405, 'method_not_allowed']);
      const allow = answer.headers.get('allow')?.split(', ');
      expect(new Set(allow)).toEqual(allowed);
    }
  });

  it('leaves an unknown address a 404, and says when only the slash at its end is too much', async () => {
    expect((await call('PUT', '/v1/nothing')).status).toBe(404);
    const answer = await call<Refusal>('POST', '/webhooks/polar/', { body: {} });
    expect([answer.status, answer.body.detail]).toEqual([
      404,
      'The address is /webhooks/polar, without a slash at its end.',
    ]);
  });
});

describe('a field that is wrong', () => {
  const withBody = routes.filter(
    (route) =>
      route.body && ['operator', 'secret', 'publishable'].some((kind) => route.auth.includes(kind as never)),
  );
  test.each(withBody.map((route) => [`${route.method} ${route.path}`, route] as const))(
    'is refused in words that say what is taken: %s',
    async (_name, route) => {
      const key = keyFor(route) ?? '';
      const send = (body: object) =>
        call<Refusal>(route.method.toUpperCase(), addressOf(route), { key, body });
      const shape = route.body as { def?: { shape?: object } } | undefined;
      const names = Object.keys(shape?.def?.shape ?? {});
      for (const body of [
        {},
        ...[5, true, [], {}, [5], { a: [] }, null].map((wrong) =>
          Object.fromEntries(names.map((name) => [name, wrong])),
        ),
      ]) {
        const answer = await send(body);
        for (const { path, message } of answer.body.errors ?? [])
          expect([path, message]).toEqual([path, expect.stringMatching(/^(?!Invalid)\p{Lu}.*\.$/su)]);
      }
    },
  );

  it('names the modes of a comparison, and what a product id is', async () => {
    const reconcile = await call<Refusal>('POST', '/admin/reconcile', {
      key: env.FLOE_ADMIN_TOKEN,
      body: {},
    });
    expect(reconcile.body.errors).toEqual([
      { path: 'body.mode', message: 'Is needed: one of live, sandbox.' },
    ]);
    const payment = await call<Refusal>('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { product_id: 7 },
    });
    expect(payment.body.errors).toEqual([{ path: 'body.product_id', message: 'Must be text.' }]);
    const resources = Array.from({ length: 101 }, (_, i) => `content:${i}`);
    const batch = await call<Refusal>('POST', '/v1/access/batch', {
      key: quay.secretKey,
      body: { resources, customer: 'external:u' },
    });
    expect(batch.body.errors[0]?.message).toContain('at most 100 resources');
  });

  it('a day is a time: its first moment in UTC', async () => {
    for (const path of ['/v1/payments', '/v1/deliveries'])
      expect(
        (
          await call('GET', `${path}?created_after=2026-11-01&created_before=2026-11-02`, {
            key: quay.secretKey,
          })
        ).status,
      ).toBe(200);
    const bad = await call<Refusal>('GET', '/v1/payments?created_after=2026-02-30', { key: quay.secretKey });
    expect(bad.body.errors[0]?.message).toContain('2026-11-01');
  });
});

describe('a type of event that nobody is ever told', () => {
  test.each([
    ['POST', '/v1/webhook-endpoints', { url: 'https://shop.example.dev/hook', events: ['payment.paid'] }],
    ['GET', '/v1/events?type=payment.paid', undefined],
    ['GET', '/v1/deliveries?type=payment.paid', undefined],
  ])('%s %s is refused, and what there is is said', async (method, path, body) => {
    const answer = await call<Refusal>(method, path, { key: quay.secretKey, ...(body ? { body } : {}) });
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0]?.message).toContain(
      'Of payment there are pending, succeeded, retry_scheduled, failed, expired, updated.',
    );
  });

  it('what Polar adds tomorrow is a type', async () => {
    const answer = await call('GET', '/v1/events?type=polar.warranty.extended', { key: quay.secretKey });
    expect(answer.status).toBe(200);
  });
});

describe('what a price does not take', () => {
  it('an amount for a fixed price is refused, and nothing is sold', async () => {
    const { id } = await world.createProduct({ name: 'quay:lifetime' });
    const answer = await call<Refusal>('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { product_id: id, amount: 500 },
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'validation_failed']);
    expect(answer.body.errors.map(({ path }) => path)).toEqual(['body.amount']);
    const { body } = await call<{ data: unknown[] }>('GET', `/v1/payments?product=${id}`, {
      key: quay.secretKey,
    });
    expect(body.data).toEqual([]);
  });

  it('an amount for a price that the buyer names is taken', async () => {
    const product = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/products/', {
      name: 'quay:gift',
      recurring_interval: null,
      prices: [{ amount_type: 'custom', price_currency: 'usd', minimum_amount: 100 }],
    });
    await world.settle();
    const answer = await call<{ amount: number }>('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { product_id: product.id, amount: 1_234 },
    });
    expect(answer.status).toBe(201);
  });
});

describe('an organization that is not the one configured', () => {
  const foreign = '22222222-2222-4222-8222-222222222222';
  const timestamp = '2026-11-20T10:00:00.000000Z';
  async function send(type: string, data: object) {
    const body = JSON.stringify({ type, timestamp, data });
    const headers = await world.simulator.sign(world.polarEndpoints.sandbox, crypto.randomUUID(), body);
    return call<Refusal>('POST', '/webhooks/polar', { rawBody: body, headers: { ...headers } });
  }

  it.each([
    ['organization.updated', { id: foreign, created_at: timestamp, modified_at: null, name: 'Another' }],
    ['product.updated', { id: foreign, organization_id: foreign }],
    ['order.updated', { id: foreign, discount: { id: foreign, organization_id: foreign } }],
    ['benefit_grant.created', { id: foreign, benefit: { organization_id: foreign } }],
    ['subscription.active', { id: foreign, customer: { organization_id: foreign } }],
  ])('%s of it is refused', async (type, data) => {
    const answer = await send(type, data);
    expect([answer.status, answer.body.code]).toEqual([403, 'organization_mismatch']);
  });

  it('its own organization.updated is taken', async () => {
    const id = world.organizations.sandbox.id;
    const answer = await send('organization.updated', {
      id,
      created_at: timestamp,
      modified_at: null,
      name: 'Ours',
    });
    expect(answer.status).toBe(200);
  });
});

describe('a mode without credentials', () => {
  it('is the caller’s choice: 409, and no error in the log', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const ask = async (method: string, path: string, key: string, body?: object) => {
      const request = new Request(`${GATEWAY_URL}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const response = await fetchGateway(request, { ...env, POLAR_LIVE_ACCESS_TOKEN: '' });
      const { code } = await response.json<Refusal>();
      return [response.status, code];
    };
    const product = crypto.randomUUID();
    const refused = [409, 'mode_not_configured'];
    expect(await ask('GET', '/v1/access?resource=content:a&customer=external:u', live.secretKey)).toEqual(
      refused,
    );
    expect(await ask('POST', '/v1/payments', live.secretKey, { product_id: product })).toEqual(refused);
    expect(await ask('GET', '/v1/products', live.secretKey)).toEqual(refused);
    expect(
      await ask('POST', '/admin/apps', env.FLOE_ADMIN_TOKEN, {
        product: 'new',
        mode: 'live',
        callback_urls: ['https://a.dev'],
      }),
    ).toEqual(refused);
    expect(await ask('POST', '/admin/reconcile', env.FLOE_ADMIN_TOKEN, { mode: 'live' })).toEqual(refused);
    expect(logged).not.toHaveBeenCalled();
    logged.mockRestore();
  });
});

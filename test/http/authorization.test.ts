import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { KEY_SCOPES, type KeyScope } from '../../src/http/key-scopes.rules.ts';
import { defineRoute, routesOf } from '../../src/http/route.ts';
import { FloeAccess } from '../../src/rpc.ts';
import { subscribe } from '../sell/subscription-calls.ts';
import { reconcile } from '../compare/reconcile-calls.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';
import { uploadFile } from '../harness/upload.ts';
import { askFile, givesFiles } from '../use/file-shop.ts';
import { openRoutes, readMatrix, type Row } from './who-may-call.ts';

/* Every route × every credential, by the table in who-may-call.ts. */

const OPERATOR = env.FLOE_ADMIN_TOKEN;
const MATRIX = readMatrix();
const OF_SECRET_KEYS = MATRIX.filter(({ scope }) => scope !== undefined);

let world: World;
let quay: TestApp;
let atlas: TestApp;

async function makeKey(app: TestApp, body: object = {}): Promise<string> {
  const {
    status,
    text,
    body: made,
  } = await call<{ key: string }>('POST', `/admin/apps/${app.slug}/keys`, {
    key: OPERATOR,
    body: { kind: 'secret', ...body },
  });
  if (status !== 201) throw new Error(text);
  return made.key;
}

/** One key for each scope, which has that scope alone. */
async function makeKeys(app: TestApp): Promise<Record<KeyScope, string>> {
  const keys = await Promise.all(
    KEY_SCOPES.map(async (scope) => [scope, await makeKey(app, { scopes: [scope] })]),
  );
  return Object.fromEntries(keys) as Record<KeyScope, string>;
}

let visitors = 0;

/**
 * Calls a route with a parameter that no route knows. Who may call it is told so (422), and nothing is done; who may not is refused
 * before.
 */
async function knock({ method, path }: Row, key: string | undefined) {
  visitors += 1;
  const answer = await call<{ code: string; detail?: string; required_scope?: string }>(
    method,
    `${path.replaceAll(/:\w+/g, 'some')}?not_known_here=1`,
    {
      ...(key === undefined ? {} : { key }),
      ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }),
      headers: { 'cf-connecting-ip': `198.18.${(visitors >> 8) % 256}.${visitors % 256}` },
    },
  );
  const { code, detail = '', required_scope: scope } = answer.body;
  return { outcome: code === 'validation_failed' ? 'let in' : code, detail, scope, text: answer.text };
}

/** The outcome of each row, `GET /v1/payments: let in`. */
async function outcomes(rows: readonly Row[], key: string | undefined): Promise<string[]> {
  const found: string[] = [];
  for (const row of rows) {
    const { outcome, scope } = await knock(row, key);
    found.push(`${row.method} ${row.path}: ${outcome}${scope === undefined ? '' : ` for want of ${scope}`}`);
  }
  return found;
}

const expected = (rows: readonly Row[], outcome: (row: Row) => string) =>
  rows.map((row) => `${row.method} ${row.path}: ${outcome(row)}`);

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  atlas = await world.createApp({ product: 'atlas' });
});
afterEach(() => void vi.useRealTimers());

describe('the matrix', () => {
  test('has one row for every route, which says what the route declares', () => {
    const declared = routesOf(createApp()).map(({ method, path, auth, scope }) => ({
      route: `${method.toUpperCase()} ${path}`,
      scope,
      callers: auth.toSorted(),
    }));
    const rows = [
      ...MATRIX.map(({ method, path, scope, callers }) => ({
        route: `${method} ${path}`,
        scope,
        callers: callers.toSorted(),
      })),
      ...openRoutes.map((route) => ({ route, scope: undefined, callers: [] })),
    ];
    const byRoute = (a: { route: string }, b: { route: string }) => (a.route < b.route ? -1 : 1);
    expect(rows.toSorted(byRoute), 'add the route to test/http/who-may-call.ts').toEqual(
      declared.toSorted(byRoute),
    );
  });

  test('has every scope, and no other', () => {
    expect([...new Set(OF_SECRET_KEYS.map(({ scope }) => scope))].toSorted()).toEqual(KEY_SCOPES.toSorted());
  });

  test('is asked for by the types: a route for secret keys without a scope, or a scope without them, is none', () => {
    // @ts-expect-error -- `scope` is missing
    defineRoute({ method: 'get', path: '/v1/a', auth: ['secret'] });
    // @ts-expect-error -- `scope` is missing here too
    defineRoute({ method: 'get', path: '/v1/b', auth: ['secret', 'session'] });
    // @ts-expect-error -- no secret key may call it
    defineRoute({ method: 'get', path: '/v1/c', auth: ['session'], scope: 'access:read' });
    // @ts-expect-error -- there is no such scope
    defineRoute({ method: 'get', path: '/v1/d', auth: ['secret'], scope: 'payments:*' });
    const route = defineRoute({ method: 'get', path: '/v1/e', auth: ['secret'], scope: 'access:read' });
    expect(route.scope).toBe('access:read');
  });
});

describe('a secret key', () => {
  test('that has one scope may do what needs it, and is told at everything else what it lacks', async () => {
    const keys = await makeKeys(quay);
    for (const scope of KEY_SCOPES) {
      expect(await outcomes(OF_SECRET_KEYS, keys[scope]), scope).toEqual(
        expected(OF_SECRET_KEYS, (row) =>
          row.scope === scope ? 'let in' : `forbidden_key for want of ${row.scope}`,
        ),
      );
    }
  });

  test('that has all scopes but one may do all but what needs it', async () => {
    for (const scope of KEY_SCOPES) {
      const rows = OF_SECRET_KEYS.filter((row) => row.scope === scope);
      const key = await makeKey(quay, { scopes: KEY_SCOPES.filter((each) => each !== scope) });
      expect(await outcomes(rows, key)).toEqual(expected(rows, () => `forbidden_key for want of ${scope}`));
    }
  });

  test('without scopes may do everything that secret keys may, and nothing else', async () => {
    expect(await outcomes(MATRIX, quay.secretKey)).toEqual(
      expected(MATRIX, ({ callers }) => (callers.includes('secret') ? 'let in' : 'forbidden_key')),
    );
  });

  test('with every scope is no operator and no visitor', async () => {
    const key = await makeKey(quay, { scopes: KEY_SCOPES });
    const rows = MATRIX.filter(({ scope }) => scope === undefined);
    expect(await outcomes(rows, key)).toEqual(expected(rows, () => 'forbidden_key'));
  });

  test('is told in words, too, which scope it lacks', async () => {
    const key = await makeKey(quay, { scopes: ['access:read'] });
    const refused = await call('POST', '/v1/payments/pay_none/refunds', { key, body: {} });
    expect([refused.status, refused.body]).toMatchObject([
      403,
      {
        code: 'forbidden_key',
        detail: 'This needs the scope refunds:write, which this key does not have.',
        required_scope: 'refunds:write',
      },
    ]);
  });

  test('that may refund cannot end a subscription by a refund', async () => {
    const body = { cancel_subscription: 'now' };
    const ask = (key: string) => call('POST', '/v1/payments/pay_none/refunds', { key, body });
    const refused = await ask(await makeKey(quay, { scopes: ['refunds:write'] }));
    expect([refused.status, refused.body['required_scope']]).toEqual([403, 'subscriptions:write']);
    const both = await ask(await makeKey(quay, { scopes: ['subscriptions:write', 'refunds:write'] }));
    expect(both.status).toBe(404);
  });

  test('asks plainly for access only with its scope, warm and cold', async () => {
    const ask = (key: string) =>
      call('GET', '/v1/access?resource=content:blog/one&customer=external:user-1', { key });
    const keys = await makeKeys(quay);
    for (const scope of [...KEY_SCOPES, ...KEY_SCOPES]) {
      const { status, body } = await ask(keys[scope]);
      expect([scope, status, body['required_scope']]).toEqual(
        scope === 'access:read' ? [scope, 200, undefined] : [scope, 403, 'access:read'],
      );
    }
  });
});

describe('the end of a key', () => {
  test('holds at every route, and is told to who presents the key', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const end = new Date(Date.now() + 60_000).toISOString();
    const key = await makeKey(quay, { expires_at: end });
    vi.setSystemTime(Date.parse(end));
    for (const row of OF_SECRET_KEYS) {
      const { outcome, detail } = await knock(row, key);
      expect([row.path, outcome, detail]).toEqual([
        row.path,
        'unauthorized',
        `This key ended at ${end}. Use another key of the app.`,
      ]);
    }
  });

  test.each(['secret', 'publishable'])(
    'of a %s key is that very moment, also where it is remembered',
    async (kind) => {
      vi.useFakeTimers({ toFake: ['Date'] });
      const end = Date.now() + 10_000;
      const key = await makeKey(quay, { kind, expires_at: new Date(end).toISOString() });
      const ask = async () => (await call('GET', '/v1/products', { key })).status;
      expect(await ask()).toBe(200);
      vi.setSystemTime(end - 1);
      expect(await ask()).toBe(200);
      vi.setSystemTime(end);
      expect(await ask()).toBe(401);
    },
  );

  test('is also the end of a yes that was just given', async () => {
    const product = await world.createProduct({
      name: 'quay:book',
      benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'blog/book' } }],
    });
    const sale = await startPayment(quay, product.id, { customer: { external_id: 'user-9' } });
    await world.pay('sandbox', sale.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    vi.useFakeTimers({ toFake: ['Date'] });
    const end = Date.now() + 3_000;
    const key = await makeKey(quay, { scopes: ['access:read'], expires_at: new Date(end).toISOString() });
    const ask = async () =>
      (await call('GET', '/v1/access?resource=content:blog/book&customer=external:user-9', { key })).body;
    expect(await ask()).toMatchObject({ allow: true });
    vi.setSystemTime(end - 1);
    expect(await ask()).toMatchObject({ allow: true });
    vi.setSystemTime(end);
    expect(await ask()).toMatchObject({ code: 'unauthorized' });
  });

  test('is none of a revoked key’s business: it is refused like an unknown one', async () => {
    const { body } = await call<{ id: string; key: string }>('POST', `/admin/apps/${quay.slug}/keys`, {
      key: OPERATOR,
      body: { kind: 'secret', expires_at: new Date(Date.now() + 60_000).toISOString() },
    });
    await call('DELETE', `/admin/apps/${quay.slug}/keys/${body.id}`, { key: OPERATOR });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
    const refused = await call('GET', '/v1/products', { key: body.key });
    expect(refused.body).toMatchObject({
      code: 'unauthorized',
      detail: expect.not.stringContaining('ended'),
    });
  });
});

describe('other credentials', () => {
  test('a publishable key may do what its column says', async () => {
    expect(await outcomes(MATRIX, quay.publishableKey)).toEqual(
      expected(MATRIX, ({ callers }) => (callers.includes('publishable') ? 'let in' : 'forbidden_key')),
    );
  });

  test('a session may do what its column says', async () => {
    const { body } = await call<{ session: string }>('POST', '/v1/sessions', {
      key: quay.secretKey,
      body: { external_id: 'user-1' },
    });
    expect(await outcomes(MATRIX, body.session)).toEqual(
      expected(MATRIX, ({ callers }) => (callers.includes('session') ? 'let in' : 'forbidden_key')),
    );
  });

  test('the operator’s token may do what its column says', async () => {
    expect(await outcomes(MATRIX, OPERATOR)).toEqual(
      expected(MATRIX, ({ callers }) => (callers.includes('operator') ? 'let in' : 'forbidden_key')),
    );
  });

  test.each([
    ['no credential', undefined],
    ['an unknown key', `floe_sk_sandbox_${'A'.repeat(43)}`],
    ['an unknown session', `floe_st_sandbox_${'A'.repeat(43)}`],
    ['a token that is not the operator’s', 'a-token-that-is-not-the-operators'],
  ])('%s may do nothing', async (_, key) => {
    expect(await outcomes(MATRIX, key)).toEqual(expected(MATRIX, () => 'unauthorized'));
  });
});

describe('another app’s key', () => {
  test('finds nothing of this app, whatever its scopes', async () => {
    const file = await uploadFile(world);
    const benefits = [givesFiles([file]), { type: 'license_keys', description: 'A key' }];
    const once = await world.createProduct({ name: 'quay:lifetime', benefits });
    const monthly = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
    await world.settle();
    const subscription = await subscribe(world, quay, monthly.id);
    const sale = await startPayment(quay, once.id);
    await world.pay('sandbox', sale.checkoutUrl, { email: 'bert@readers.dev' });
    await world.settle();
    const customer =
      (await env.DB.prepare('select customer_id as id from payments where id = ?')
        .bind(sale.id)
        .first<string>('id')) ?? '';
    expect((await askFile(quay.secretKey, file, { customer })).status).toBe(303);
    const refund = await call<{ id: string }>('POST', `/v1/payments/${sale.id}/refunds`, {
      key: quay.secretKey,
      body: { amount: 100 },
    });
    await world.settle();
    const vouched = { key: quay.secretKey, body: { external_id: 'user-1' } };
    await call('POST', '/v1/sessions', vouched);
    const given = await call<{ id: string }>('POST', '/v1/grants', {
      key: quay.secretKey,
      body: { customer: 'external:user-1', resources: ['feature:early'], reason: 'Trial' },
    });
    const one = async (table: string) =>
      env.DB.prepare(`select id from ${table} where app_id = ? limit 1`).bind(quay.id).first<string>('id');
    const gift = await call<{ id: string }>('POST', '/v1/gifts', {
      key: quay.secretKey,
      body: { product_id: once.id },
    });
    const discount = await call<{ id: string }>('POST', '/v1/discounts', {
      key: quay.secretKey,
      body: { name: 'Launch', basis_points: 1000 },
    });
    const campaign = await call<{ id: string }>('POST', '/v1/campaigns', {
      key: quay.secretKey,
      body: { name: 'Launch', code: 'LAUNCH', rules: [{ discount_id: discount.body.id }] },
    });
    const link = await call<{ id: string }>('POST', '/v1/checkout-links', {
      key: quay.secretKey,
      body: { settings: { product_id: once.id } },
    });
    const order = await env.DB.prepare('select order_id as id from payments where id = ?')
      .bind(sale.id)
      .first<string>('id');
    const dispute = world.simulator.openDispute(order ?? '');
    await reconcile(world);
    const ids: Record<string, string | null> = {
      discounts: discount.body.id,
      campaigns: campaign.body.id,
      'checkout-links': link.body.id,
      disputes: dispute,
      gifts: gift.body.id,
      payments: sale.id,
      refunds: refund.body.id,
      subscriptions: subscription,
      events: await one('events'),
      deliveries: await one('deliveries'),
      'webhook-endpoints': await one('endpoints'),
      sessions: await one('sessions'),
      grants: given.body.id,
      // Its row is of this app only.
      customers: await env.DB.prepare('select customer_id as id from orders where app_id = ? limit 1')
        .bind(quay.id)
        .first<string>('id'),
      downloads: file,
      files: file,
      'license-keys': await env.DB.prepare(
        'select license_key_id as id from grants where license_key_id is not null',
      ).first<string>('id'),
    };
    const queries: Record<string, string> = { 'GET /v1/downloads/:id': `?customer=${customer}` };
    const bodies: Record<string, object> = {
      'POST /v1/gifts/:id/cancel': { refund: false },
      'POST /v1/subscriptions/:id/preview': { product_id: once.id },
      'POST /v1/subscriptions/:id/cancel': { at: 'now' },
      'POST /v1/subscriptions/:id/change': { product_id: once.id },
      'POST /v1/subscriptions/:id/seats': { seats: 2 },
      'POST /v1/subscriptions/:id/units': { units: 2 },
      'POST /v1/subscriptions/:id/discount': { discount_id: null },
      'POST /v1/subscriptions/:id/trial': { trial_end: 'now' },
      'POST /v1/grants/:id/fulfilment': { status: 'done', by: 'Eve' },
      'POST /v1/webhook-endpoints/:id/recover': { since: '2026-01-01' },
      'PATCH /v1/license-keys/:id': { status: 'disabled' },
      'PATCH /v1/discounts/:id': { name: 'Eve' },
      'PATCH /v1/campaigns/:id': { name: 'Eve' },
      'PATCH /v1/checkout-links/:id': { label: 'Eve' },
    };
    const rows = OF_SECRET_KEYS.filter(({ path }) => path.includes(':id'));
    expect(new Set(rows.map(({ path }) => path.split('/')[2]))).toEqual(new Set(Object.keys(ids)));
    const keys = await makeKeys(atlas);
    for (const { method, path, scope } of rows) {
      const id = ids[path.split('/')[2] ?? ''] ?? 'missing';
      const asked =
        path.replace(':id', id).replace(':activation_id', crypto.randomUUID()) +
        (queries[`${method} ${path}`] ?? '');
      const { status, text } = await call(method, asked, {
        key: keys[scope as KeyScope],
        ...(method === 'POST' || method === 'PATCH' ? { body: bodies[`${method} ${path}`] ?? {} } : {}),
      });
      expect([method, path, status, text]).toEqual([method, path, 404, expect.stringContaining('not_found')]);
    }
  });
});

describe('a service binding', () => {
  test('answers what `access:read` is for, and nothing else', () => {
    expect(Object.getOwnPropertyNames(FloeAccess.prototype).toSorted()).toEqual([
      'check',
      'constructor',
      'entitlements',
      'session',
    ]);
  });
});

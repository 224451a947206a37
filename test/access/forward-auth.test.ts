import { env, exports } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { describe, expect, test, vi } from 'vitest';
import { openJar } from '../../packages/kit/cookies.ts';
import { readSettings } from '../../packages/kit/gate-settings.ts';
import { addSession, type KeptSession, writeSessions } from '../../packages/kit/gate-sessions.ts';
import { grants } from '../../src/base/db/schema.rows.ts';
import {
  openGateway,
  seedExternal,
  seedPayment,
  seedPurchase,
  seedSession,
  seedShop,
  seedSnapshot,
  seedSubscription,
  seedGrant,
  seedWare,
  type Shop,
  uuid,
} from './access-rows.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import { call } from '../harness/harness.ts';

/* What proxies ask, with the very requests they send. The gateway in front of a real nginx is in test/proxy. */

const db = drizzle(env.DB);
const IDENTITY = ['subject', 'customer', 'app', 'resource', 'expires', 'reason'];
const GATED = 'content:blog/premium';

/** The cookie as the kit sets it. */
function cookieOf(shop: Shop, session: string): string {
  const [pair = ''] = (openJar(shop.app.slug, false).set('session', session, 60) ?? '').split(';', 1);
  return `theme=dark; ${pair}; other=1`;
}

/** Several sessions in the cookie, as the kit keeps them: the last one that came is the first. */
function cookieOfAll(shop: Shop, sessions: readonly string[]): string {
  const { app, secretKey } = shop;
  const settings = readSettings({ gateway: GATEWAY_URL, app: app.slug, secretKey, resource: GATED });
  const expiresAt = Math.floor(Date.now() / 1000) + 60;
  const kept = sessions.reduce<KeptSession[]>(
    (list, session) => addSession(list, { session, proof: 'purchase', expiresAt }),
    [],
  );
  const [line = ''] = writeSessions(settings, openJar(app.slug, false), kept);
  return line.split(';', 1)[0] ?? '';
}

async function sold() {
  const shop = await seedShop();
  const ware = await seedWare(shop, { content: 'blog/premium' });
  const customerId = uuid();
  const purchase = await seedPurchase(shop, ware, customerId);
  const session = await seedSession(shop, { customerId });
  return { shop, ware, customerId, purchase, session, cookie: cookieOf(shop, session) };
}

interface Asking {
  shop: Shop;
  query?: Record<string, string> | string;
  uri?: string;
  headers?: Record<string, string>;
  method?: string;
}

/** As nginx asks, unless `headers` say otherwise. */
async function ask({
  shop,
  query = { resource: GATED },
  uri = '/blog/premium',
  headers = {},
  method = 'GET',
}: Asking) {
  const search = typeof query === 'string' ? query : new URLSearchParams(query).toString();
  const answer = await call<{ allow: boolean; reason: string; detail?: string }>(
    method,
    `/v1/access/forward-auth?app=${shop.app.slug}&${search}`,
    { headers: { ...(uri === '' ? {} : { 'x-original-uri': uri }), ...headers } },
  );
  return { ...answer, identity: identityIn(answer.headers) };
}

function identityIn(headers: Headers): Record<string, string | null> {
  return Object.fromEntries(IDENTITY.map((name) => [name, headers.get(`x-floe-${name}`)]));
}

describe('who may and who may not', () => {
  test('a reader who paid: 200, and who they are', async () => {
    const { shop, cookie, customerId } = await sold();
    const { status, body, identity, headers } = await ask({ shop, headers: { cookie } });
    expect(status).toBe(200);
    expect(body).toEqual({ allow: true, reason: 'granted' });
    expect(identity).toEqual({
      subject: customerId,
      customer: customerId,
      app: shop.app.slug,
      resource: GATED,
      expires: '',
      reason: 'granted',
    });
    expect(headers.get('cache-control')).toBe('private, no-store');
  });

  test('the session as Bearer token is as good, and goes before the cookie', async () => {
    const { shop, session, cookie } = await sold();
    expect((await ask({ shop, headers: { authorization: `Bearer ${session}` } })).status).toBe(200);
    const over = `Bearer floe_st_live_${'x'.repeat(43)}`;
    expect((await ask({ shop, headers: { authorization: over, cookie } })).status).toBe(401);
  });

  test('credentials of the site itself are not ours: the cookie counts', async () => {
    const { shop, cookie } = await sold();
    for (const authorization of ['Basic dXNlcjpwYXNz', 'Bearer a-token-of-the-site'])
      expect((await ask({ shop, headers: { authorization, cookie } })).status).toBe(200);
  });

  test('nobody: 401 with a challenge, and empty identity headers', async () => {
    const { shop } = await sold();
    const { status, body, identity, headers } = await ask({ shop });
    expect(status).toBe(401);
    expect(body).toEqual({ allow: false, reason: 'no_session' });
    expect(headers.get('www-authenticate')).toBe('Bearer realm="floe"');
    expect(identity).toEqual({
      subject: '',
      customer: '',
      app: shop.app.slug,
      resource: GATED,
      expires: '',
      reason: 'no_session',
    });
  });

  test('a reader who has not paid: 403 and why', async () => {
    const { shop, ware } = await sold();
    const cookie = cookieOf(shop, await seedSession(shop, { customerId: uuid() }));
    expect(await ask({ shop, headers: { cookie } })).toMatchObject({
      status: 403,
      body: { reason: 'unknown_customer' },
    });
    const other = await ask({ shop, headers: { cookie }, query: { resource: `product:${ware.productId}` } });
    expect(other.status).toBe(403);
  });

  test('a session of one purchase opens it and names nobody', async () => {
    const { shop, purchase, customerId } = await sold();
    const session = await seedSession(shop, { paymentId: purchase.paymentId });
    const { status, identity, text } = await ask({ shop, headers: { cookie: cookieOf(shop, session) } });
    expect(status).toBe(200);
    expect(identity).toMatchObject({ subject: `purchase:${purchase.paymentId}`, customer: '' });
    expect(text).not.toContain(customerId);
  });

  test('the app’s own name for a user arrives whole, whatever is in it', async () => {
    const { shop, customerId } = await sold();
    for (const externalId of ['user 1', 'a%20b', 'zoë\u2028', 'a\r\nX-Floe-Customer: b', 'x,y;z']) {
      await seedExternal(shop, externalId, customerId);
      const session = await seedSession(shop, { externalId });
      const { status, identity } = await ask({ shop, headers: { cookie: cookieOf(shop, session) } });
      expect([externalId, status, identity['reason']]).toEqual([externalId, 200, 'granted']);
      const name = `external:${externalId}`;
      expect(decodeURIComponent(identity['subject'] ?? '')).toBe(name);
      expect(decodeURIComponent(identity['customer'] ?? '')).toBe(name);
    }
  });

  test('when a yes ends is said', async () => {
    const { shop, ware } = await sold();
    const customerId = uuid();
    const endsAt = Math.floor(Date.now() / 1000) * 1000 + 3_600_000;
    const subscriptionId = await seedSubscription(shop, {
      customerId,
      productId: ware.productId,
      cancelAtPeriodEnd: true,
      endsAt,
      currentPeriodEnd: endsAt,
    });
    await seedGrant(shop, { customerId, benefitId: ware.benefitId, subscriptionId });
    const cookie = cookieOf(shop, await seedSession(shop, { customerId }));
    expect((await ask({ shop, headers: { cookie } })).identity['expires']).toBe(
      new Date(endsAt).toISOString(),
    );
  });

  test('paid a moment ago: 403, which nginx understands, with when to ask again', async () => {
    const { shop, ware } = await sold();
    const [checkoutId, customerId] = [uuid(), uuid()];
    const paymentId = await seedPayment(shop, { status: 'pending', checkoutId, productId: ware.productId });
    await seedSnapshot(shop, { kind: 'checkout', id: checkoutId, customerId, status: 'confirmed' });
    const cookie = cookieOf(shop, await seedSession(shop, { paymentId }));
    const { status, identity, headers } = await ask({ shop, headers: { cookie } });
    expect({ status, reason: identity['reason'], retry: headers.get('retry-after') }).toEqual({
      status: 403,
      reason: 'pending_payment',
      retry: '2',
    });
  });

  test('HEAD is answered like GET, without a body', async () => {
    const { shop, cookie } = await sold();
    const head = async (headers: Record<string, string>) => {
      const url = `${GATEWAY_URL}/v1/access/forward-auth?app=${shop.app.slug}&resource=${GATED}`;
      const request = new Request(url, { method: 'HEAD', headers: { 'x-original-uri': '/', ...headers } });
      const response = await exports.default.fetch(request);
      return [response.status, response.headers.get('x-floe-reason'), await response.text()];
    };
    expect(await head({ cookie })).toEqual([200, 'granted', '']);
    expect(await head({})).toEqual([401, 'no_session', '']);
  });
});

describe('several sessions in the cookie', () => {
  test('the first that opens it counts, wherever it stands', async () => {
    const { shop, purchase } = await sold();
    const session = await seedSession(shop, { paymentId: purchase.paymentId });
    const stranger = () => seedSession(shop, { customerId: uuid() });
    const over = `floe_st_live_${'x'.repeat(43)}`;
    for (const sessions of [
      [session, await stranger(), over],
      [await stranger(), session],
      [over, session, await stranger()],
    ]) {
      const { status, identity } = await ask({ shop, headers: { cookie: cookieOfAll(shop, sessions) } });
      expect([status, identity['subject']]).toEqual([200, `purchase:${purchase.paymentId}`]);
    }
  });

  test('without a yes, whoever has paid a moment ago waits, and one who is known is not nobody', async () => {
    const { shop, ware } = await sold();
    const [checkoutId, customerId] = [uuid(), uuid()];
    const paymentId = await seedPayment(shop, { status: 'pending', checkoutId, productId: ware.productId });
    await seedSnapshot(shop, { kind: 'checkout', id: checkoutId, customerId, status: 'confirmed' });
    const pending = await seedSession(shop, { paymentId });
    const stranger = await seedSession(shop, { customerId: uuid() });
    const over = `floe_st_live_${'x'.repeat(43)}`;
    const reasonOf = async (...sessions: string[]) => {
      const { status, body } = await ask({ shop, headers: { cookie: cookieOfAll(shop, sessions) } });
      return [status, body.reason];
    };
    expect(await reasonOf(pending, stranger)).toEqual([403, 'pending_payment']);
    expect(await reasonOf(stranger, pending)).toEqual([403, 'pending_payment']);
    expect(await reasonOf(over, stranger)).toEqual([403, 'unknown_customer']);
    expect(await reasonOf(over)).toEqual([401, 'no_session']);
  });

  test('what somebody had weighs more than what they never had, in either order', async () => {
    const { shop, session } = await sold();
    await db
      .update(grants)
      .set({ isGranted: false, isRevoked: true, revokedAt: Date.now() })
      .where(eq(grants.appId, shop.app.id));
    const ware = await seedWare(shop, { content: 'blog/another' });
    const customerId = uuid();
    await seedPurchase(shop, ware, customerId);
    const never = await seedSession(shop, { customerId });
    for (const sessions of [
      [session, never],
      [never, session],
    ]) {
      const { body } = await ask({ shop, headers: { cookie: cookieOfAll(shop, sessions) } });
      expect(body.reason).toBe('revoked');
    }
    const { body } = await ask({ shop, headers: { cookie: cookieOfAll(shop, [never]) } });
    expect(body.reason).toBe('not_granted');
  });

  test('attack: of a list that the kit did not write, six are looked at', async () => {
    const { shop, session } = await sold();
    const list = (before: number) =>
      [...Array.from({ length: before }, (_, i) => `floe_st_live_${String(i).repeat(43)}.p1`), session].join(
        '~',
      );
    const at = async (before: number) => {
      const cookie = `__Host-floe_${shop.app.slug}_session=${list(before)}`;
      return (await ask({ shop, headers: { cookie } })).status;
    };
    expect(await at(5)).toBe(200);
    expect(await at(6)).toBe(401);
  });
});

describe('a revocation', () => {
  test('closes within max_age, and with 0 at once', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { shop, cookie, purchase } = await sold();
    const at = (max_age: string) =>
      ask({ shop, headers: { cookie }, query: { resource: GATED, max_age } }).then(({ status }) => status);
    expect(await at('60')).toBe(200);
    await db
      .update(grants)
      .set({ isGranted: false, isRevoked: true, revokedAt: Date.now() })
      .where(eq(grants.id, purchase.grantId));
    vi.setSystemTime(Date.now() + 59_000);
    expect(await at('60')).toBe(200);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await at('60')).toBe(403);
    expect(await at('0')).toBe(403);
    vi.useRealTimers();
  });

  test('of the session closes too', async () => {
    const { shop, cookie, session } = await sold();
    expect((await ask({ shop, headers: { cookie } })).status).toBe(200);
    await call('DELETE', '/v1/session', { key: session });
    expect((await ask({ shop, headers: { cookie } })).status).toBe(401);
  });
});

describe('attack:', () => {
  test('a session of another app, or mode, opens nothing here', async () => {
    const { shop } = await sold();
    const theirs = await sold();
    const sandbox = await seedShop('sandbox', shop.app.product);
    for (const session of [theirs.session, await seedSession(sandbox, { customerId: uuid() })]) {
      for (const headers of [{ cookie: cookieOf(shop, session) }, { authorization: `Bearer ${session}` }])
        expect((await ask({ shop, headers })).status).toBe(401);
    }
    expect((await ask({ shop, headers: { cookie: theirs.cookie } })).status).toBe(401);
  });

  test('keys are no sessions, wherever they stand', async () => {
    const { shop } = await sold();
    for (const key of [shop.secretKey, shop.publishableKey, env.FLOE_ADMIN_TOKEN, '', 'x'.repeat(5000)]) {
      expect((await ask({ shop, headers: { cookie: cookieOf(shop, key) } })).status).toBe(401);
      expect((await ask({ shop, headers: { authorization: `Bearer ${key}` } })).status).toBe(401);
    }
  });

  test('a cookie that comes twice, without prefix or behind white space is none', async () => {
    const { shop, session } = await sold();
    const name = `__Host-floe_${shop.app.slug}_session`;
    for (const cookie of [
      `${name}=${session}; ${name}=${session}`,
      `${name.slice('__Host-'.length)}=${session}`,
      `__host-${name.slice('__Host-'.length)}=${session}`,
      `a=1;\t${name}=${session}`,
      `${name}="${session}"`,
      `a=1, ${name}=${session}`,
    ])
      expect((await ask({ shop, headers: { cookie } })).status, cookie).toBe(401);
  });

  test('two Cookie lines, which no browser sends, are nobody', async () => {
    const { shop, session } = await sold();
    const pair = `__Host-floe_${shop.app.slug}_session=${session}`;
    for (const lines of [
      [pair, pair],
      ['theme=dark', pair],
      [pair, 'theme=dark'],
    ]) {
      const headers = new Headers({ 'x-original-uri': '/blog/premium' });
      for (const line of lines) headers.append('cookie', line);
      const url = `${GATEWAY_URL}/v1/access/forward-auth?app=${shop.app.slug}&resource=${GATED}`;
      expect((await exports.default.fetch(new Request(url, { headers }))).status).toBe(401);
    }
  });

  test('without the path, with two of them or with one twice, all is closed', async () => {
    const { shop, cookie } = await sold();
    const refused = { status: 403, body: { reason: 'path_refused' } };
    const both = { 'x-original-uri': '/blog/premium', 'x-forwarded-uri': '/blog/premium', cookie };
    expect(await ask({ shop, uri: '', headers: { cookie } })).toMatchObject(refused);
    expect(await ask({ shop, uri: '', headers: both })).toMatchObject(refused);
    for (const name of ['x-original-uri', 'x-forwarded-uri']) {
      const headers = new Headers({ cookie });
      headers.append(name, '/blog/premium');
      headers.append(name, '/blog/premium');
      const url = `${GATEWAY_URL}/v1/access/forward-auth?app=${shop.app.slug}&resource=${GATED}`;
      const response = await exports.default.fetch(new Request(url, { headers }));
      expect(response.status).toBe(403);
    }
  });

  test.each([
    '/blog/../blog/premium',
    '/blog//premium',
    '/blog/%2e/premium',
    '/blog%2fpremium',
    '/blog;a/premium',
  ])('%s is refused, even to those who paid', async (uri) => {
    const { shop, cookie } = await sold();
    const { status, identity } = await ask({ shop, uri, headers: { cookie } });
    expect([status, identity['reason']]).toEqual([403, 'path_refused']);
  });

  test('no other method is ever a yes: not a preflight that a proxy passed on, not a POST', async () => {
    const { shop, cookie } = await sold();
    const preflight = {
      origin: 'https://shop.example-site.dev',
      'access-control-request-method': 'GET',
      cookie,
    };
    for (const method of ['OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      const { status, headers } = await ask({ shop, method, headers: preflight });
      expect(status, method).toBe(405);
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test('a script on another site cannot read the answer', async () => {
    const { shop, session } = await sold();
    for (const origin of ['https://evil.example', 'https://shop.example-site.dev']) {
      const { headers } = await ask({ shop, headers: { origin, authorization: `Bearer ${session}` } });
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  test('a visitor’s query that a proxy lets through changes nothing', async () => {
    const { shop, cookie } = await sold();
    for (const more of ['app=other-live', 'resource=content:free', 'max_age=86400', 'limit=1']) {
      const { status } = await ask({
        shop,
        headers: { cookie },
        query: `resource=${GATED}&max_age=0&${more}`,
      });
      expect(status, more).toBe(422);
    }
  });
});

describe('a map of prefixes', () => {
  const MAP = 'prefix=/blog:content:blog/*&prefix=/app:plan:none:pro&public=/&public=/blog/free';

  test('public paths need no session and no database', async () => {
    const { shop, session } = await sold();
    const gateway = openGateway();
    gateway.broken.d1 = true;
    gateway.broken.kv = true;
    for (const uri of ['/', '/about', '/blog/free/one']) {
      const path = `/v1/access/forward-auth?app=${shop.app.slug}&${MAP}`;
      const { status, headers, spent } = await gateway.request('GET', path, session, {
        headers: { 'x-original-uri': uri },
      });
      expect([status, spent]).toEqual([200, { d1: 0, kvReads: 0, kvWrites: 0 }]);
      expect(identityIn(headers)).toEqual({
        subject: '',
        customer: '',
        app: shop.app.slug,
        resource: '',
        expires: '',
        reason: 'public',
      });
    }
  });

  test('the longest prefix says what is asked for', async () => {
    const { shop, cookie } = await sold();
    const at = async (uri: string) => {
      const { status, identity } = await ask({ shop, uri, query: MAP, headers: { cookie } });
      return [status, identity['resource']];
    };
    expect(await at('/blog/premium')).toEqual([200, GATED]);
    expect(await at('/blog/premium/?page=2')).toEqual([200, GATED]);
    expect(await at('/blog/other')).toEqual([403, 'content:blog/other']);
    expect(await at('/app/x')).toEqual([403, 'plan:none:pro']);
    expect(await at('/Blog/premium')).toEqual([403, '']);
  });

  test.each([
    ['', 'query.resource'],
    ['public=/', 'query.resource'],
    ['prefix=/blog', 'query.prefix'],
    ['prefix=/a/../b:content:x', 'query.prefix'],
    ['prefix=/a:x:1&prefix=/A:x:2', 'query.prefix'],
    ['prefix=/a:x:1&public=assets', 'query.public'],
    ['resource=x&prefix=/:content:y', 'query.prefix'],
  ])('%s is a mistake of the configuration, and closed', async (query, where) => {
    const { shop, cookie } = await sold();
    const { status, body } = await ask({ shop, query, headers: { cookie } });
    expect(status).toBe(422);
    expect(body.detail).toContain(where);
  });
});

describe('as the proxies send it', () => {
  // Caddy: modules/caddyhttp/reverseproxy/forwardauth; Traefik: pkg/middlewares/auth/forward.go.
  const forwarded = {
    'x-forwarded-for': '203.0.113.9',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'shop.example-site.dev',
    'x-forwarded-method': 'POST',
    'x-forwarded-uri': '/blog/premium?page=2',
    'user-agent': 'Mozilla/5.0',
    accept: 'text/html',
    origin: 'https://shop.example-site.dev',
    'sec-fetch-site': 'same-origin',
  };

  test.each([
    ['Caddy', { ...forwarded, 'accept-encoding': 'gzip' }],
    [
      'Traefik',
      { ...forwarded, 'x-forwarded-port': '443', 'x-forwarded-server': 'edge-1', 'x-real-ip': '203.0.113.9' },
    ],
  ])('%s', async (_, headers) => {
    const { shop, cookie } = await sold();
    const query = 'prefix=/blog:content:blog/*&public=/';
    expect((await ask({ shop, query, uri: '', headers: { ...headers, cookie } })).status).toBe(200);
    expect((await ask({ shop, query, uri: '', headers })).status).toBe(401);
    const stranger = cookieOf(shop, await seedSession(shop, { customerId: uuid() }));
    expect((await ask({ shop, query, uri: '', headers: { ...headers, cookie: stranger } })).status).toBe(403);
    // What a visitor adds for another proxy closes.
    expect((await ask({ shop, query, uri: '/free', headers: { ...headers, cookie } })).status).toBe(403);
  });
});

describe('what it costs, and when it fails', () => {
  async function counted() {
    const { shop, session } = await sold();
    const gateway = openGateway();
    const get = (key?: string, cookie = '') =>
      gateway.request('GET', `/v1/access/forward-auth?app=${shop.app.slug}&resource=${GATED}`, key, {
        headers: { 'x-original-uri': '/blog/premium', cookie },
      });
    return { shop, session, gateway, get };
  }

  test('cold as much as a check by session, warm nothing', async () => {
    const { session, gateway, get } = await counted();
    expect((await get(session)).spent).toEqual({ d1: 2, kvReads: 1, kvWrites: 1 });
    expect((await get(session)).spent).toEqual({ d1: 0, kvReads: 0, kvWrites: 0 });
    gateway.elsewhere();
    expect((await get(session)).spent).toEqual({ d1: 0, kvReads: 1, kvWrites: 0 });
    expect((await get()).spent).toEqual({ d1: 0, kvReads: 0, kvWrites: 0 });
  });

  test('with D1 away: 503 with Retry-After, never open', async () => {
    const { shop, session, gateway, get } = await counted();
    gateway.broken.d1 = true;
    const unknown = await get(session);
    expect([unknown.status, unknown.headers.get('retry-after')]).toEqual([503, '2']);
    gateway.broken.d1 = false;
    const stranger = await seedSession(shop, { customerId: uuid() });
    expect((await get(stranger)).status).toBe(403);
    gateway.broken.d1 = true;
    const known = await get(stranger);
    expect([known.status, known.headers.get('retry-after'), known.headers.get('x-floe-reason')]).toEqual([
      503,
      '2',
      'unavailable',
    ]);
  });

  test('with D1 away, a session that nobody remembers is no no, and says so', async () => {
    const { session, gateway, get } = await counted();
    gateway.broken.d1 = true;
    const { status, headers } = await get(session);
    expect([status, headers.get('retry-after')]).toEqual([503, '2']);
    expect(identityIn(headers)).toMatchObject({ reason: 'unavailable', resource: GATED, subject: '' });
  });

  test('with D1 away, one of several sessions that is remembered opens it, wherever it stands', async () => {
    const { shop, session, gateway, get } = await counted();
    expect((await get(session)).status).toBe(200);
    const cold = await seedSession(shop, { customerId: uuid() });
    const over = `floe_st_live_${'x'.repeat(43)}`;
    gateway.broken.d1 = true;
    for (const sessions of [
      [session, cold],
      [cold, session],
      [cold, over, session],
    ]) {
      // The kit puts the last that came first.
      const cookie = cookieOfAll(shop, sessions.toReversed());
      expect(cookie.indexOf(sessions[0] ?? '')).toBeLessThan(cookie.indexOf(sessions[1] ?? ''));
      const answer = await get(undefined, cookie);
      expect([answer.status, answer.headers.get('x-floe-reason')]).toEqual([200, 'granted']);
    }
    const unknown = await get(undefined, cookieOfAll(shop, [cold, over]));
    expect([unknown.status, unknown.headers.get('x-floe-reason')]).toEqual([503, 'unavailable']);
  });

  test('a session that has expired is nobody’s, also while it is remembered', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { shop, customerId } = await sold();
      const expiresAt = Date.now() + 10_000;
      const cookie = cookieOf(shop, await seedSession(shop, { customerId, expiresAt }));
      const statusAt = async (time: number) => {
        vi.setSystemTime(time);
        return (await ask({ shop, headers: { cookie } })).status;
      };
      expect(await statusAt(expiresAt - 9_000)).toBe(200);
      expect(await statusAt(expiresAt - 1)).toBe(200);
      expect(await statusAt(expiresAt)).toBe(401);
      expect(await statusAt(expiresAt + 60_000)).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('what a redirect may carry', () => {
  test('attack: what was asked for stays one value of the query, however many it pretends to be', async () => {
    const { shop } = await sold();
    for (const uri of [
      '/blog/x?a=1&next=https://evil.example/',
      '/blog/x?next=//evil.example&a=%26+b;c=d',
      '/blog/x&next=https:',
    ]) {
      const { status, headers } = await ask({ shop, uri });
      const redirect = new URL(`/sign-in?next=${headers.get('x-floe-next')}`, 'https://shop.example');
      expect(status).toBe(401);
      expect([...redirect.searchParams]).toEqual([['next', uri]]);
    }
    const long = await ask({ shop, uri: `/blog/x?${'&'.repeat(2_000)}` });
    expect(long.headers.get('x-floe-next')).toBe('%2Fblog%2Fx');
  });

  test('it comes with 401 alone', async () => {
    const { shop, cookie } = await sold();
    for (const question of [
      { headers: { cookie } },
      { uri: '/a//b' },
      { headers: { cookie: cookieOf(shop, await seedSession(shop, { customerId: uuid() })) } },
    ])
      expect((await ask({ shop, ...question })).headers.get('x-floe-next')).toBeNull();
  });

  test('attack: nor does a resource begin another', async () => {
    const { shop, cookie } = await sold();
    const query = 'prefix=/blog:content:blog/*';
    for (const name of ['x&product=cheap', 'a+b', 'caf%C3%A9', 'a=b']) {
      const { identity } = await ask({ shop, query, uri: `/blog/${name}`, headers: { cookie } });
      const redirect = new URL(`/buy?for=${identity['resource']}`, 'https://shop.example');
      expect([...redirect.searchParams]).toEqual([['for', `content:blog/${name}`]]);
      expect(decodeURIComponent(identity['resource'] ?? '')).toBe(`content:blog/${name}`);
    }
  });
});

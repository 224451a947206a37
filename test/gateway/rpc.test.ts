import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import type { FloeAccessProps, RpcCheck, RpcWho } from '../../packages/kit/rpc.ts';
import type { Bindings } from '../../src/base/config.ts';
import { FloeAccess } from '../../src/rpc.ts';
import { apps, grants } from '../../src/base/db/schema.rows.ts';
import {
  openGateway,
  seedExternal,
  seedPayment,
  seedPurchase,
  seedSession,
  seedShop,
  seedSnapshot,
  seedWare,
  uuid,
} from '../access/access-rows.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import { call } from '../harness/harness.ts';

/* What another Worker gets through its service binding: a real one, with props, over the runtime's RPC. */

const db = drizzle(env.DB);
const GATED = 'content:blog/premium';
const bind = (props: FloeAccessProps) => exports.FloeAccess({ props });

async function sold() {
  const shop = await seedShop();
  const ware = await seedWare(shop, { content: 'blog/premium' });
  const customer = uuid();
  const purchase = await seedPurchase(shop, ware, customer);
  return { shop, ware, customer, purchase, floe: bind({ app: shop.app.slug }) };
}

describe('check', () => {
  test('a yes, with a token that verifies', async () => {
    const { floe, shop, customer } = await sold();
    const answer = await floe.check({ resource: GATED, customer });
    expect(answer).toEqual({
      allow: true,
      reason: 'granted',
      results: [{ resource: GATED, allow: true, reason: 'granted', expiresAt: null }],
      customer,
      token: expect.any(String) as string,
    });
    const published = await call<{ keys: [] }>('GET', '/.well-known/jwks.json');
    await jwtVerify(answer.token ?? '', createLocalJWKSet(published.body), {
      issuer: `${GATEWAY_URL}/live`,
      audience: shop.app.slug,
      subject: customer,
    });
  });

  test('says what HTTP says', async () => {
    const { floe, shop, customer, purchase, ware } = await sold();
    const other = await seedWare(shop, { content: 'blog/other', name: 'other' });
    const buyer = await seedPurchase(shop, other, uuid());
    await seedExternal(shop, 'u1', customer);
    await db
      .update(grants)
      .set({ isGranted: false, isRevoked: true, revokedAt: Date.now() })
      .where(eq(grants.id, buyer.grantId));
    const checkoutId = uuid();
    const pending = await seedPayment(shop, { status: 'pending', checkoutId, productId: ware.productId });
    const soon = uuid();
    await seedSnapshot(shop, { kind: 'checkout', id: checkoutId, customerId: soon, status: 'confirmed' });
    const who: RpcWho[] = [
      { customer },
      { customer: 'external:u1' },
      { customer: 'external:nobody' },
      { customer: uuid() },
      { customer, member: uuid() },
      { session: await seedSession(shop, { customerId: customer }) },
      { session: await seedSession(shop, { paymentId: purchase.paymentId }) },
      { session: await seedSession(shop, { paymentId: buyer.paymentId }) },
      { session: await seedSession(shop, { paymentId: pending }) },
    ];
    const reasons = new Set<string>();
    for (const named of who) {
      for (const resource of [GATED, 'content:blog/other', 'content:nowhere', `product:${ware.productId}`]) {
        const { session, ...rest } = named;
        const search = new URLSearchParams({ resource, max_age: '0', ...rest }).toString();
        const http = await call('GET', `/v1/access?${search}`, { key: session ?? shop.secretKey });
        const rpc = await floe.check({ resource, maxAge: 0, ...named });
        reasons.add(rpc.reason);
        expect(rpc).toMatchObject({
          allow: http.body['allow'],
          reason: http.body['reason'],
          customer: http.body['customer'],
          results: [{ resource, expiresAt: http.body['expires_at'] }],
        });
        expect(rpc.token === null).toBe(http.body['token'] === null);
        expect(rpc.retryAfter ?? null).toBe(http.headers.get('retry-after') === null ? null : 2);
      }
    }
    expect([...reasons].sort()).toEqual([
      'granted',
      'not_granted',
      'pending_payment',
      'revoked',
      'unknown_customer',
      'unknown_resource',
    ]);
  });

  test('several at once: allowed when all are, and why the first is not', async () => {
    const { floe, customer, ware } = await sold();
    const both = [GATED, `product:${ware.productId}`];
    expect(await floe.check({ resources: both, customer })).toMatchObject({ allow: true, reason: 'granted' });
    const answer = await floe.check({ resources: [GATED, 'content:nowhere'], customer });
    expect(answer).toMatchObject({ allow: false, reason: 'unknown_resource' });
    expect(answer.results.map(({ allow }) => allow)).toEqual([true, false]);
    expect(answer.token).not.toBeNull();
  });

  test.each<[string, unknown]>([
    ['nobody', { resource: GATED }],
    ['two', { resource: GATED, customer: uuid(), session: 'x' }],
    ['no resource', { customer: uuid() }],
    ['two ways', { resource: GATED, resources: [GATED], customer: uuid() }],
    ['none of a list', { resources: [], customer: uuid() }],
    ['too many', { resources: Array.from({ length: 101 }, () => GATED), customer: uuid() }],
    ['a customer that is none', { resource: GATED, customer: 'ada@readers.dev' }],
    ['a member of a set', { resource: GATED, customer: 'external:u1', member: uuid() }],
    ['an age that is none', { resource: GATED, customer: uuid(), maxAge: -1 }],
    ['an app of its own', { resource: GATED, customer: uuid(), app: 'other-live' }],
    ['a mode of its own', { resource: GATED, customer: uuid(), mode: 'sandbox' }],
    ['nothing', undefined],
    ['a text', GATED],
  ])('%s is an invalid question, said as a value', async (_, question) => {
    const { floe } = await sold();
    const answer = await floe.check(question as RpcCheck);
    expect(answer).toMatchObject({
      allow: false,
      reason: 'invalid',
      results: [],
      customer: null,
      token: null,
    });
    expect(answer.message).toEqual(expect.any(String));
  });
});

describe('session and entitlements', () => {
  test('who a session is for', async () => {
    const { floe, shop, customer, purchase } = await sold();
    const expires = { expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) as string };
    expect(await floe.session(await seedSession(shop, { customerId: customer }))).toEqual({
      ok: true,
      subject: customer,
      customer,
      ...expires,
    });
    expect(await floe.session(await seedSession(shop, { paymentId: purchase.paymentId }))).toEqual({
      ok: true,
      subject: `purchase:${purchase.paymentId}`,
      customer: null,
      ...expires,
    });
  });

  test('all that a customer has, as of now', async () => {
    const { floe, shop, customer, ware, purchase } = await sold();
    const answer = await floe.entitlements({ customer });
    expect(answer).toMatchObject({
      ok: true,
      customer,
      entitlements: [
        { name: `benefit:${ware.benefitId}`, expiresAt: null },
        { name: GATED, expiresAt: null },
        { name: `plan:${shop.app.product}:pro`, expiresAt: null },
        { name: `product:${ware.productId}`, expiresAt: null },
      ],
      token: expect.any(String) as string,
    });
    const session = await seedSession(shop, { paymentId: purchase.paymentId });
    expect(await floe.entitlements({ session })).toMatchObject({ ok: true, customer: null });
    await db
      .update(grants)
      .set({ isGranted: false, isRevoked: true, revokedAt: Date.now() })
      .where(eq(grants.id, purchase.grantId));
    const after = await floe.entitlements({ customer });
    expect(after.ok && after.entitlements.map(({ name }) => name)).not.toContain(GATED);
    expect(await floe.entitlements({ customer: uuid() })).toMatchObject({ entitlements: [], token: null });
  });

  test('nobody: no_session, whatever is passed', async () => {
    const { floe, shop } = await sold();
    const unknown = `floe_st_live_${'x'.repeat(43)}`;
    for (const token of [unknown, '', shop.secretKey, shop.publishableKey, env.FLOE_ADMIN_TOKEN]) {
      expect(await floe.session(token)).toEqual({ ok: false, reason: 'no_session' });
      expect(await floe.check({ resource: GATED, session: token })).toMatchObject({
        allow: false,
        reason: 'no_session',
      });
      expect(await floe.entitlements({ session: token })).toEqual({ ok: false, reason: 'no_session' });
    }
    for (const token of [undefined, 1, {}, 'x'.repeat(201)])
      expect(await floe.session(token as string)).toMatchObject({ ok: false, reason: 'invalid' });
  });
});

describe('attack:', () => {
  test('a binding sees its own app only', async () => {
    const mine = await sold();
    const theirs = await sold();
    const session = await seedSession(theirs.shop, { customerId: theirs.customer });
    expect(await mine.floe.check({ resource: GATED, customer: theirs.customer })).toMatchObject({
      allow: false,
      reason: 'unknown_customer',
    });
    expect(await mine.floe.entitlements({ customer: theirs.customer })).toMatchObject({ entitlements: [] });
    expect(await mine.floe.check({ resource: GATED, session })).toMatchObject({ reason: 'no_session' });
    expect(await mine.floe.session(session)).toEqual({ ok: false, reason: 'no_session' });
  });

  test('live and sandbox are two bindings', async () => {
    const { shop, customer } = await sold();
    const sandbox = await seedShop('sandbox', shop.app.product);
    const floe = bind({ app: sandbox.app.slug });
    expect(await floe.check({ resource: GATED, customer })).toMatchObject({ reason: 'unknown_customer' });
    const session = await seedSession(shop, { customerId: customer });
    expect(await floe.session(session)).toEqual({ ok: false, reason: 'no_session' });
  });

  test.each([
    ['none', undefined],
    ['empty ones', {}],
    ['no app', { app: '' }],
    ['another type', { app: ['quay-live'] }],
    ['more than the app', { app: 'quay-live', mode: 'sandbox' }],
    ['an unknown app', { app: 'nobody-live' }],
    ['a pattern', { app: '%' }],
  ])('with props that are %s nothing is answered', async (_, props) => {
    const { customer } = await sold();
    const floe = bind(props as FloeAccessProps);
    expect(await floe.check({ resource: GATED, customer })).toMatchObject({
      allow: false,
      reason: 'misconfigured',
      results: [],
      token: null,
    });
    expect(await floe.entitlements({ customer })).toMatchObject({ ok: false, reason: 'misconfigured' });
  });

  test('nothing but the three questions can be called', () => {
    // Every method of an entrypoint can be, TypeScript's private ones too.
    expect(Object.getOwnPropertyNames(FloeAccess.prototype).sort()).toEqual([
      'check',
      'constructor',
      'entitlements',
      'session',
    ]);
  });
});

describe('what it costs, and when it fails', () => {
  /** The entrypoint with the counted storage of `openGateway`: a binding has no place for it. */
  async function counted() {
    const { shop, customer } = await sold();
    const gateway = openGateway();
    const session = await seedSession(shop, { customerId: customer });
    const rpc = async <T>(question: (floe: FloeAccess) => Promise<T>, bindings = gateway.bindings) => {
      const context = Object.assign(createExecutionContext(), { props: { app: shop.app.slug } });
      const before = { ...gateway.used };
      const answer = await question(new FloeAccess(context, bindings));
      await waitOnExecutionContext(context);
      return { answer, spent: gateway.spentSince(before) };
    };
    return { gateway, shop, customer, session, rpc };
  }

  test('as many round trips as HTTP: by customer, cold and warm', async () => {
    const [one, two] = [await counted(), await counted()];
    const http = () => one.gateway.check(one.shop.secretKey, { resource: GATED, customer: one.customer });
    const rpc = () => two.rpc((floe) => floe.check({ resource: GATED, customer: two.customer }));
    for (const expected of [
      { d1: 2, kvReads: 1, kvWrites: 1 },
      { d1: 0, kvReads: 0, kvWrites: 0 },
    ]) {
      expect((await http()).spent).toEqual(expected);
      expect((await rpc()).spent).toEqual(expected);
    }
    two.gateway.elsewhere();
    expect((await rpc()).spent).toEqual({ d1: 0, kvReads: 1, kvWrites: 0 });
    expect((await two.rpc((floe) => floe.entitlements({ customer: two.customer }))).spent.d1).toBe(1);
  });

  test('as many round trips as HTTP: by session', async () => {
    const [one, two] = [await counted(), await counted()];
    const http = () => one.gateway.check(one.session, { resource: GATED });
    const rpc = () => two.rpc((floe) => floe.check({ resource: GATED, session: two.session }));
    for (const expected of [2, 0]) {
      expect((await http()).spent.d1).toBe(expected);
      expect((await rpc()).spent.d1).toBe(expected);
    }
  });

  test('the app of a binding is remembered for 30 s and no longer', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { rpc, shop, customer } = await counted();
    const ask = async () =>
      (await rpc((floe) => floe.check({ resource: GATED, customer, maxAge: 0 }))).answer;
    expect(await ask()).toMatchObject({ allow: true });
    await db
      .update(apps)
      .set({ slug: `renamed-${shop.app.slug}` })
      .where(eq(apps.id, shop.app.id));
    vi.setSystemTime(Date.now() + 29_999);
    expect(await ask()).toMatchObject({ allow: true });
    vi.setSystemTime(Date.now() + 1);
    expect(await ask()).toMatchObject({ allow: false, reason: 'misconfigured' });
  });

  test('a mode that is no longer configured is misconfigured: asking again does not help', async () => {
    const { gateway, rpc, customer, session } = await counted();
    const bindings: Bindings = { ...gateway.bindings };
    for (const name of Object.keys(bindings))
      if (/^(POLAR|FLOE)_LIVE_/.test(name)) Reflect.deleteProperty(bindings, name);
    const said = { reason: 'misconfigured', message: expect.any(String) as string };
    const asked = await rpc((floe) => floe.check({ resource: GATED, customer }), bindings);
    expect(asked.answer).toEqual({ allow: false, results: [], customer: null, token: null, ...said });
    const listed = await rpc((floe) => floe.entitlements({ session }), bindings);
    expect(listed.answer).toEqual({ ok: false, ...said });
  });

  test('with D1 away: unavailable, as a value that says nothing of why', async () => {
    const { gateway, rpc, customer, session } = await counted();
    gateway.broken.d1 = true;
    const away = { reason: 'unavailable', retryAfter: 2 };
    const asked = await rpc((floe) => floe.check({ resource: GATED, customer }));
    expect(asked.answer).toEqual({ allow: false, results: [], customer: null, token: null, ...away });
    expect((await rpc((floe) => floe.session(session))).answer).toEqual({ ok: false, ...away });
    expect((await rpc((floe) => floe.entitlements({ customer }))).answer).toEqual({ ok: false, ...away });
    gateway.broken.d1 = false;
    await rpc((floe) => floe.check({ resource: 'content:blog/other', customer }));
    gateway.broken.d1 = true;
    const known = await rpc((floe) => floe.check({ resource: 'content:blog/other', customer, maxAge: 0 }));
    expect(known.answer).toMatchObject({ allow: false, ...away });
  });
});

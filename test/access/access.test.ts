import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import type { Subject } from '../../src/base/subject.rules.ts';
import { concernedStatements } from '../../src/access/concerned-subjects.rows.ts';
import { subjectStatement } from '../../src/access/entitlements.rows.ts';
import { grants, orders, subscriptions } from '../../src/base/db/schema.rows.ts';
import {
  openGateway,
  ORIGIN,
  seedExternal,
  seedGrant,
  seedOrder,
  seedPayment,
  seedPurchase,
  seedSession,
  seedShop,
  seedSnapshot,
  seedSubscription,
  seedWare,
  uuid,
} from './access-rows.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import { startSlowCheck } from '../harness/slow-read.ts';

const db = drizzle(env.DB);
const revoke = (grantId: string) =>
  db
    .update(grants)
    .set({ isGranted: false, isRevoked: true, revokedAt: Date.now() })
    .where(eq(grants.id, grantId));

/** A shop that sold its one ware to one customer. */
async function sold(ware: Parameters<typeof seedWare>[1] = { content: 'blog/premium' }) {
  const gateway = openGateway();
  const shop = await seedShop();
  const made = await seedWare(shop, ware);
  const customer = uuid();
  const purchase = await seedPurchase(shop, made, customer);
  const check = (resource: string, query: Record<string, string> = {}) =>
    gateway.check(shop.secretKey, { resource, customer, ...query });
  return { gateway, shop, ware: made, customer, purchase, check };
}

describe('a yes', () => {
  test.each(['content:blog/premium', 'benefit', 'product', 'plan'])('for %s', async (what) => {
    const { check, customer, ware, shop } = await sold();
    const names: Record<string, string> = {
      benefit: `benefit:${ware.benefitId}`,
      product: `product:${ware.productId}`,
      plan: `plan:${shop.app.product}:pro`,
    };
    const resource = names[what] ?? what;
    const { status, body, headers } = await check(resource);
    expect(status).toBe(200);
    expect(body).toMatchObject({ allow: true, reason: 'granted', resource, customer, expires_at: null });
    expect(headers.get('cache-control')).toBe('private, no-store');
  });

  test('carries a token that verifies with the published keys', async () => {
    const { gateway, check, shop, customer, ware } = await sold();
    const { body } = await check('content:blog/premium');
    const published = await gateway.request('GET', '/.well-known/jwks.json');
    const { payload, protectedHeader } = await jwtVerify(
      body['token'] ?? '',
      createLocalJWKSet({ keys: published.body['keys'] ?? [] }),
      { issuer: `${GATEWAY_URL}/live`, audience: shop.app.slug, subject: customer, typ: 'entitlements+jwt' },
    );
    expect(protectedHeader).toEqual({ typ: 'entitlements+jwt', alg: 'Ed25519', kid: 'live-1' });
    expect(payload['ent']).toEqual([
      `benefit:${ware.benefitId}`,
      'content:blog/premium',
      `plan:${shop.app.product}:pro`,
      `product:${ware.productId}`,
    ]);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  });

  test('of a cancelled subscription says when it ends, cold and warm, and ends then', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const gateway = openGateway();
    const shop = await seedShop();
    const ware = await seedWare(shop, { content: 'blog/premium' });
    const customerId = uuid();
    const endsAt = Date.now() + 40_500;
    const { productId, benefitId } = ware;
    const subscriptionId = await seedSubscription(shop, {
      customerId,
      productId,
      cancelAtPeriodEnd: true,
      endsAt,
      currentPeriodEnd: endsAt,
    });
    await seedGrant(shop, { customerId, benefitId, subscriptionId });
    const ask = () =>
      gateway.check(shop.secretKey, { resource: 'content:blog/premium', customer: customerId });
    const end = new Date(Math.floor(endsAt / 1000) * 1000).toISOString();
    const cold = await ask();
    expect(cold.body).toMatchObject({ allow: true, expires_at: end });
    gateway.elsewhere();
    const warm = await ask();
    expect(warm.spent.d1).toBe(0);
    expect(warm.body).toMatchObject({ allow: true, expires_at: end });
    vi.setSystemTime(endsAt);
    expect((await ask()).body).toMatchObject({
      allow: false,
      reason: 'expired',
      expires_at: null,
      token: null,
    });
  });
});

describe('what it costs', () => {
  test('cold: one round trip to D1, one KV read, one KV write behind the answer', async () => {
    const { gateway, check, customer, shop } = await sold();
    await gateway.check(shop.secretKey, { resource: 'x', customer: uuid() });
    const { spent } = await check('content:blog/premium');
    expect(spent).toEqual({ d1: 1, kvReads: 1, kvWrites: 1 });
    expect(await env.ENTITLEMENTS.get(`entitlements:live:${shop.app.id}:${customer}`)).not.toBeNull();
  });

  test('warm: nothing from memory, one KV read elsewhere', async () => {
    const { gateway, check } = await sold();
    await check('content:blog/premium');
    expect((await check('content:blog/premium')).spent).toEqual({ d1: 0, kvReads: 0, kvWrites: 0 });
    gateway.elsewhere();
    expect((await check('content:blog/premium')).spent).toEqual({ d1: 0, kvReads: 1, kvWrites: 0 });
  });

  test('a no: one round trip, and asking again writes nothing more', async () => {
    const { check } = await sold();
    await check('content:blog/premium');
    for (let i = 0; i < 3; i++) {
      expect((await check('content:blog/other')).spent).toMatchObject({ d1: 1, kvWrites: 0 });
    }
  });

  test('an unknown customer: nothing signed, nothing stored', async () => {
    const { gateway, shop } = await sold();
    const customer = uuid();
    const { spent } = await gateway.check(shop.secretKey, { resource: 'content:blog/premium', customer });
    expect(spent.kvWrites).toBe(0);
    const key = `entitlements:live:${shop.app.id}:${customer}`;
    await env.ENTITLEMENTS.put(key, 'rubbish');
    await gateway.check(shop.secretKey, { resource: 'content:blog/premium', customer });
    expect(await env.ENTITLEMENTS.get(key)).toBe('rubbish');
  });

  test('max_age=0 asks D1 each time', async () => {
    const { check } = await sold();
    await check('content:blog/premium');
    expect((await check('content:blog/premium', { max_age: '0' })).spent).toMatchObject({
      d1: 1,
      kvWrites: 0,
    });
  });

  test('every statement is answered from an index, within D1’s 100 parameters', async () => {
    const subjects: Subject[] = [
      { kind: 'customer', customerId: uuid() },
      { kind: 'member', customerId: uuid(), memberId: uuid() },
      { kind: 'purchase', paymentId: 'pay_1' },
      { kind: 'external', externalId: 'u1' },
    ];
    const app = { id: 'app_1', mode: 'live', pastDueGraceDays: 3, disputeAccess: 'keep' } as const;
    const statements = [
      ...subjects.map((subject) => subjectStatement({ app, subject, now: Date.now(), shelf: true })),
      ...Object.values(
        concernedStatements({ appId: app.id, customerIds: ['c'], paymentIds: ['p'], externalIds: ['e'] }),
      ).flat(),
    ].map(({ text, values }) => ({ sql: text, params: values }));
    for (const { sql, params } of statements) {
      expect(params.length, sql).toBeLessThanOrEqual(100);
      const plan = await env.DB.prepare(`explain query plan ${sql}`)
        .bind(...params)
        .all<{ detail: string }>();
      // An index used by its mode or app alone is a scan by another name; what the app sells is read whole. What the
      // statement has collected is gone through.
      const own = new Set(
        [...sql.matchAll(/(\w+)(?:\(\w+\))? as (?:materialized )?\(/g)].map(([, name]) => name),
      );
      const scans = plan.results
        .map(({ detail }) => detail)
        .filter((detail) => !own.has(/^SCAN (\w+)$/.exec(detail)?.[1] ?? ''))
        .filter(
          (detail) =>
            /^SCAN (?!.*(VIRTUAL TABLE|CONSTANT ROW|\(subquery))/.test(detail) ||
            (/\((mode|app_id)=\?\)$/.test(detail) && !detail.includes('products_app')) ||
            detail.includes('snapshots_1 (mode=? AND kind=?)') ||
            detail.includes('orders_subscription (mode=? AND subscription_id=?)'),
        );
      expect(scans, sql).toEqual([]);
    }
  });
});

describe('a no is the database’s', () => {
  const never = { allow: false, expires_at: null, token: null };

  test('not_granted, unknown_resource, unknown_customer', async () => {
    const { gateway, check, shop } = await sold();
    await seedWare(shop, { content: 'blog/other', name: 'other' });
    expect((await check('content:blog/other')).body).toMatchObject({ ...never, reason: 'not_granted' });
    expect((await check('content:nowhere')).body).toMatchObject({ ...never, reason: 'unknown_resource' });
    const stranger = await gateway.check(shop.secretKey, {
      resource: 'content:blog/premium',
      customer: uuid(),
    });
    expect(stranger.status).toBe(200);
    expect(stranger.body).toMatchObject({ ...never, reason: 'unknown_customer' });
  });

  test('revoked, by a refund that took the grant', async () => {
    const { check, purchase, ware } = await sold();
    await db.update(orders).set({ status: 'refunded' }).where(eq(orders.id, purchase.orderId));
    await revoke(purchase.grantId);
    expect((await check('content:blog/premium')).body).toMatchObject({ ...never, reason: 'revoked' });
    expect((await check(`product:${ware.productId}`)).body).toMatchObject({ ...never, reason: 'revoked' });
  });

  test('bought twice, refunded once: access stays', async () => {
    const { shop, ware, customer, check, purchase } = await sold();
    await seedPurchase(shop, ware, customer);
    await db.update(orders).set({ status: 'refunded' }).where(eq(orders.id, purchase.orderId));
    await revoke(purchase.grantId);
    for (const resource of ['content:blog/premium', `product:${ware.productId}`])
      expect((await check(resource)).body).toMatchObject({ allow: true });
  });

  test('pending_payment, with Retry-After, once the checkout is confirmed', async () => {
    const { gateway, shop, ware } = await sold();
    const checkoutId = uuid();
    const customer = uuid();
    await seedPayment(shop, { status: 'pending', checkoutId, productId: ware.productId });
    const ask = () => gateway.check(shop.secretKey, { resource: 'content:blog/premium', customer });
    expect((await ask()).body).toMatchObject({ reason: 'unknown_customer' });
    await seedSnapshot(shop, { kind: 'checkout', id: checkoutId, customerId: customer, status: 'confirmed' });
    await seedExternal(shop, 'u1', customer);
    const { status, body, headers } = await ask();
    expect(status).toBe(200);
    expect(body).toMatchObject({ ...never, reason: 'pending_payment' });
    expect(headers.get('retry-after')).toBe('2');
  });

  test('between payment and grants the benefits count, for 15 minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { gateway, shop, ware } = await sold({ content: 'blog/premium', type: 'downloadables' });
    const customerId = uuid();
    const orderId = await seedOrder(shop, { customerId, productId: ware.productId, createdAt: Date.now() });
    const ask = () =>
      gateway.check(shop.secretKey, { resource: 'content:blog/premium', customer: customerId });
    expect((await ask()).body).toMatchObject({ allow: true });
    vi.setSystemTime(Date.now() + 15 * 60_000);
    expect((await ask()).body).toMatchObject({ ...never, reason: 'not_granted' });
    await seedGrant(shop, { customerId, benefitId: ware.benefitId, orderId });
    expect((await ask()).body).toMatchObject({ allow: true, expires_at: null });
  });

  test('a grant that was revoked at once is not waited for', async () => {
    const { gateway, shop, ware } = await sold();
    const customerId = uuid();
    const orderId = await seedOrder(shop, { customerId, productId: ware.productId, createdAt: Date.now() });
    await revoke(await seedGrant(shop, { customerId, benefitId: ware.benefitId, orderId }));
    const { body } = await gateway.check(shop.secretKey, {
      resource: 'content:blog/premium',
      customer: customerId,
    });
    expect(body).toMatchObject({ ...never, reason: 'revoked' });
  });

  test('an unpaid subscription lasts as long as Polar leaves a grant', async () => {
    const { gateway, shop, ware } = await sold();
    const customerId = uuid();
    const { productId, benefitId } = ware;
    const subscriptionId = await seedSubscription(shop, { customerId, productId, status: 'past_due' });
    const grantId = await seedGrant(shop, { customerId, benefitId, subscriptionId });
    const ask = () =>
      gateway.check(shop.secretKey, { resource: `product:${productId}`, customer: customerId, max_age: '0' });
    expect((await ask()).body).toMatchObject({ allow: true });
    await revoke(grantId);
    expect((await ask()).body).toMatchObject({ ...never, reason: 'revoked' });
    await db.update(subscriptions).set({ status: 'active' }).where(eq(subscriptions.id, subscriptionId));
    expect((await ask()).body).toMatchObject({ allow: true });
  });
});

describe('a cache may say yes, never no', () => {
  test('what is bought after the token was cached is there at once', async () => {
    const { shop, customer, check } = await sold();
    await check('content:blog/premium');
    const other = await seedWare(shop, { content: 'blog/other', name: 'other' });
    await seedPurchase(shop, other, customer);
    expect((await check('content:blog/other')).body).toMatchObject({ allow: true });
  });

  test('a revocation is noticed after max_age at the latest, and then forgotten by the cache', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { gateway, check, purchase } = await sold();
    await check('content:blog/premium');
    await revoke(purchase.grantId);
    vi.setSystemTime(Date.now() + 59_000);
    expect((await check('content:blog/premium', { max_age: '60' })).body).toMatchObject({ allow: true });
    vi.setSystemTime(Date.now() + 1_000);
    expect((await check('content:blog/premium', { max_age: '60' })).body).toMatchObject({ allow: false });
    gateway.elsewhere();
    expect((await check('content:blog/premium', { max_age: '300' })).body).toMatchObject({ allow: false });
  });

  test('a revocation noticed by one caller is noticed by the next, whatever its max_age', async () => {
    const { check, purchase } = await sold();
    await check('content:blog/premium');
    await revoke(purchase.grantId);
    expect((await check('content:blog/premium')).body).toMatchObject({ allow: true });
    expect((await check('content:blog/premium', { max_age: '0' })).body).toMatchObject({ allow: false });
    expect((await check('content:blog/premium')).body).toMatchObject({ allow: false });
  });

  test('no max_age reaches past the token’s five minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { check, purchase } = await sold();
    await check('content:blog/premium');
    await revoke(purchase.grantId);
    vi.setSystemTime(Date.now() + 300_000);
    expect((await check('content:blog/premium', { max_age: '86400' })).body).toMatchObject({ allow: false });
  });

  test('an older read does not replace the token of a newer one', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { gateway, check, purchase, shop, customer } = await sold();
    const key = `entitlements:live:${shop.app.id}:${customer}`;
    await check('content:blog/premium');
    // An isolate that reads before the revocation, and comes to write long after: no broken clock, just slow.
    const slow = await startSlowCheck(gateway.bindings, {
      app: shop.app,
      subject: { kind: 'customer', customerId: customer },
      resources: ['content:blog/premium'],
      maxAge: 0,
    });
    vi.setSystemTime(Date.now() + 10_000);
    await revoke(purchase.grantId);
    await check('content:blog/premium', { max_age: '0' });
    const newer = await env.ENTITLEMENTS.get(key);
    expect(await slow.goOn()).toMatchObject([{ allow: true }]);
    expect(await env.ENTITLEMENTS.get(key)).toBe(newer);
  });

  test('the time that KV takes to answer counts as age', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { gateway, check, purchase } = await sold();
    await check('content:blog/premium');
    await revoke(purchase.grantId);
    gateway.elsewhere();
    vi.setSystemTime(Date.now() + 59_000);
    const kv: { get(key: string): Promise<string | null> } = env.ENTITLEMENTS;
    const get = vi.spyOn(kv, 'get').mockImplementationOnce(async (key) => {
      const token = await kv.get(key);
      vi.setSystemTime(Date.now() + 1_000);
      return token;
    });
    expect((await check('content:blog/premium', { max_age: '60' })).body).toMatchObject({ allow: false });
    get.mockRestore();
  });
});

describe('when storage is away', () => {
  test('D1: 503 with a reason, never a no; what the cache allows goes on', async () => {
    const { gateway, check, shop } = await sold();
    await check('content:blog/premium');
    gateway.broken.d1 = true;
    expect((await check('content:blog/premium')).body).toMatchObject({ allow: true });
    const { status, body, headers } = await check('content:blog/other');
    expect(status).toBe(503);
    expect(headers.get('retry-after')).toBe('2');
    expect(body).toMatchObject({
      allow: false,
      reason: 'unavailable',
      resource: 'content:blog/other',
      token: null,
    });
    const strict = await check('content:blog/premium', { max_age: '0' });
    expect([strict.status, strict.body['reason']]).toEqual([503, 'unavailable']);
    const stranger = await gateway.check(shop.secretKey, {
      resource: 'content:blog/premium',
      customer: uuid(),
    });
    expect(stranger.body).toMatchObject({ allow: false, reason: 'unavailable' });
  });

  test('D1, in a batch: what is known is told, the rest is unavailable', async () => {
    const { gateway, check, shop, customer } = await sold();
    await check('content:blog/premium');
    gateway.broken.d1 = true;
    const { status, body } = await gateway.request('POST', '/v1/access/batch', shop.secretKey, {
      body: { customer, resources: ['content:blog/premium', 'content:blog/other'] },
    });
    expect(status).toBe(503);
    expect(body['results']).toMatchObject([{ reason: 'granted' }, { reason: 'unavailable' }]);
  });

  test('KV: D1 answers', async () => {
    const { gateway, check } = await sold();
    gateway.broken.kv = true;
    expect((await check('content:blog/premium')).body).toMatchObject({ allow: true });
    expect((await check('content:nowhere')).body).toMatchObject({ allow: false, reason: 'unknown_resource' });
  });
});

describe('who may ask', () => {
  test('a batch, in order, with one token', async () => {
    const { gateway, shop, customer } = await sold();
    const { status, body } = await gateway.request('POST', '/v1/access/batch', shop.secretKey, {
      body: { customer, resources: ['content:nowhere', 'content:blog/premium'] },
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      customer,
      results: [
        { resource: 'content:nowhere', allow: false, reason: 'unknown_resource', expires_at: null },
        { resource: 'content:blog/premium', allow: true, reason: 'granted', expires_at: null },
      ],
      token: expect.stringMatching(/^ey/) as string,
    });
  });

  test('external: the union over its customers, and the purchases that claimed it', async () => {
    const { gateway, shop, ware } = await sold();
    const [first, second] = [uuid(), uuid()];
    await seedExternal(shop, 'u1', first);
    await seedExternal(shop, 'u1', second);
    await seedPurchase(shop, ware, second);
    const claimed = await seedWare(shop, { content: 'claimed', name: 'claimed' });
    const other = await seedWare(shop, { content: 'unclaimed', name: 'unclaimed' });
    const stranger = uuid();
    await seedPurchase(shop, claimed, stranger, { externalCustomerId: 'u1' });
    await seedPurchase(shop, other, stranger);
    const ask = (resource: string) => gateway.check(shop.secretKey, { resource, customer: 'external:u1' });
    expect((await ask('content:blog/premium')).body).toMatchObject({ allow: true, customer: 'external:u1' });
    expect((await ask('content:claimed')).body).toMatchObject({ allow: true });
    expect((await ask('content:unclaimed')).body).toMatchObject({ allow: false, reason: 'not_granted' });
    const nobody = await gateway.check(shop.secretKey, {
      resource: 'content:claimed',
      customer: 'external:u2',
    });
    expect(nobody.body).toMatchObject({ reason: 'unknown_customer' });
  });

  test('a member has what they hold; the buyer does not have it', async () => {
    const { gateway, shop, ware } = await sold();
    const customerId = uuid();
    const [holder, owner] = [uuid(), uuid()];
    const { productId, benefitId } = ware;
    const subscriptionId = await seedSubscription(shop, { customerId, productId });
    await seedGrant(shop, { customerId, benefitId, subscriptionId, memberId: holder, memberRole: 'member' });
    await seedSnapshot(shop, { kind: 'member', id: owner, customerId, data: { role: 'owner' } });
    const ask = (resource: string, member?: string) =>
      gateway.check(shop.secretKey, { resource, customer: customerId, ...(member ? { member } : {}) });
    expect((await ask('content:blog/premium', holder)).body).toMatchObject({ allow: true });
    expect((await ask(`product:${productId}`, holder)).body).toMatchObject({ allow: true });
    expect((await ask('content:blog/premium')).body).toMatchObject({ allow: false, reason: 'not_granted' });
    expect((await ask(`product:${productId}`)).body).toMatchObject({ allow: true });
    expect((await ask(`product:${productId}`, owner)).body).toMatchObject({
      allow: false,
      reason: 'not_granted',
    });
    expect((await ask(`product:${productId}`, uuid())).body).toMatchObject({ reason: 'unknown_customer' });
  });

  test('the owner’s own grant is the buyer’s, by the role the member has now', async () => {
    const { gateway, shop, ware } = await sold();
    const customerId = uuid();
    const memberId = uuid();
    await seedGrant(shop, { customerId, benefitId: ware.benefitId, memberId });
    const ask = () =>
      gateway.check(shop.secretKey, { resource: 'content:blog/premium', customer: customerId, max_age: '0' });
    expect((await ask()).body).toMatchObject({ allow: false });
    await seedSnapshot(shop, { kind: 'member', id: memberId, customerId, data: { role: 'owner' } });
    expect((await ask()).body).toMatchObject({ allow: true });
  });

  test('a session asks for itself, from a registered origin', async () => {
    const { gateway, shop, customer } = await sold();
    const session = await seedSession(shop, { customerId: customer });
    const resource = 'content:blog/premium';
    const own = await gateway.check(session, { resource }, { origin: ORIGIN });
    expect(own.body).toMatchObject({ allow: true, customer });
    expect(own.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect((await gateway.check(session, { resource })).status).toBe(200);
    const evil = await gateway.check(session, { resource }, { origin: 'https://evil.example' });
    expect([evil.status, evil.body['code']]).toEqual([403, 'forbidden_origin']);
    const named = await gateway.check(session, { resource, customer: uuid() });
    expect([named.status, named.body['code']]).toEqual([422, 'validation_failed']);
  });

  test('a session that an isolate remembers ends at its second', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { gateway, shop, customer } = await sold();
    const session = await seedSession(shop, { customerId: customer, expiresAt: Date.now() + 10_000 });
    const ask = async () => (await gateway.check(session, { resource: 'content:blog/premium' })).status;
    expect(await ask()).toBe(200);
    vi.setSystemTime(Date.now() + 9_999);
    expect(await ask()).toBe(200);
    vi.setSystemTime(Date.now() + 1);
    expect(await ask()).toBe(401);
  });

  test('a publishable key may not', async () => {
    const { gateway, shop, customer } = await sold();
    const { status, body } = await gateway.check(shop.publishableKey, { resource: 'x', customer });
    expect([status, body['code']]).toEqual([403, 'forbidden_key']);
  });

  test.each([
    [{}, 'query.customer'],
    [{ customer: 'nobody' }, 'query.customer'],
    [{ customer: "external:u1' or 1=1 --", member: uuid() }, 'query.member'],
    [{ customer: uuid(), max_age: '-1' }, 'query.max_age'],
    [{ customer: uuid(), max_age: '86401' }, 'query.max_age'],
    [{ customer: uuid(), maxage: '0' }, 'query.maxage'],
    [{ customer: uuid(), resource: '' }, 'query.resource'],
    [{ customer: uuid(), resource: 'content:a\u0000b' }, 'query.resource'],
  ])('a question with %j is refused, by field', async (query, path) => {
    const { gateway, shop } = await sold();
    const { status, body } = await gateway.check(shop.secretKey, { resource: 'content:a', ...query });
    expect(status).toBe(422);
    expect(body['errors']).toMatchObject([{ path }]);
  });

  test('a batch of none or of 101 is refused', async () => {
    const { gateway, shop, customer } = await sold();
    for (const resources of [[], Array.from({ length: 101 }, () => 'content:a')]) {
      const answer = await gateway.request('POST', '/v1/access/batch', shop.secretKey, {
        body: { customer, resources },
      });
      expect(answer.status).toBe(422);
    }
  });
});

test('the keys are public, cacheable and without their private part', async () => {
  const gateway = openGateway();
  const all = await gateway.request('GET', '/.well-known/jwks.json');
  expect(all.headers.get('cache-control')).toBe('public, max-age=3600');
  const keys = all.body['keys'] as unknown as Record<string, string>[];
  expect(keys.map(({ kid }) => kid).sort()).toEqual(['live-1', 'sandbox-1']);
  for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  const live = await gateway.request('GET', '/live/.well-known/jwks.json');
  expect(live.body['keys']).toMatchObject([{ kid: 'live-1' }]);
});

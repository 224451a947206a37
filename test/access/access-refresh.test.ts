import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { decodeJwt } from 'jose';
import { expect, test, vi } from 'vitest';
import { refreshEntitlements } from '../../src/access/refresh-entitlements.ts';
import { grants } from '../../src/base/db/schema.rows.ts';
import {
  openGateway,
  seedExternal,
  seedGrant,
  seedPayment,
  seedPurchase,
  seedSession,
  seedShop,
  seedSubscription,
  seedWare,
  uuid,
} from './access-rows.ts';
import { startSlowCheck } from '../harness/slow-read.ts';

const RESOURCE = 'content:blog/premium';
const db = drizzle(env.DB);
const revokeAllOf = (customerId: string) =>
  db.update(grants).set({ isGranted: false, isRevoked: true }).where(eq(grants.customerId, customerId));

async function shopWithWare() {
  const gateway = openGateway();
  const shop = await seedShop();
  const ware = await seedWare(shop, { content: 'blog/premium' });
  const stored = async (name: string) => {
    const token = await env.ENTITLEMENTS.get(`entitlements:live:${shop.app.id}:${name}`);
    return token === null ? null : decodeJwt<{ ent: string[]; ver: number }>(token).ent;
  };
  return { gateway, shop, ware, stored };
}

test('a revocation reaches everyone whom it concerns, elsewhere too, before their tokens age', async () => {
  const { gateway, shop, ware } = await shopWithWare();
  const { productId, benefitId } = ware;
  const customerId = uuid();
  const memberId = uuid();
  const paymentId = await seedPayment(shop, { customerId, productId, externalCustomerId: 'claimed' });
  const subscriptionId = await seedSubscription(shop, { customerId, productId, paymentId });
  await seedGrant(shop, { customerId, benefitId, subscriptionId, paymentId });
  await seedGrant(shop, { customerId, benefitId, subscriptionId, paymentId, memberId, memberRole: 'member' });
  await seedExternal(shop, 'u1', customerId);
  const session = await seedSession(shop, { paymentId });
  const askAll = async () => {
    gateway.elsewhere();
    const { secretKey } = shop;
    const answers = await Promise.all([
      gateway.check(secretKey, { resource: RESOURCE, customer: customerId }),
      gateway.check(secretKey, { resource: RESOURCE, customer: customerId, member: memberId }),
      gateway.check(secretKey, { resource: RESOURCE, customer: 'external:u1' }),
      gateway.check(secretKey, { resource: RESOURCE, customer: 'external:claimed' }),
      gateway.check(session, { resource: RESOURCE }),
    ]);
    return answers.map(({ body }) => body['reason'] as unknown);
  };
  expect(await askAll()).toEqual(Array(5).fill('granted'));
  await revokeAllOf(customerId);
  expect(await askAll()).toEqual(Array(5).fill('granted'));
  // A renewal is what told: its own payment, of the same subscription.
  const renewal = await seedPayment(shop, { customerId, productId, subscriptionId, kind: 'renewal' });
  await gateway.run((services) =>
    refreshEntitlements(services, { appId: shop.app.id, customerIds: [customerId], paymentIds: [renewal] }),
  );
  expect(await askAll()).toEqual(Array(5).fill('revoked'));
});

test('what was added is in the token', async () => {
  const { gateway, shop, ware, stored } = await shopWithWare();
  const customer = uuid();
  await seedPurchase(shop, ware, customer);
  await gateway.check(shop.secretKey, { resource: RESOURCE, customer });
  await seedPurchase(shop, await seedWare(shop, { content: 'more', name: 'more' }), customer);
  await gateway.run((services) =>
    refreshEntitlements(services, { appId: shop.app.id, customerIds: [customer, customer], paymentIds: [] }),
  );
  expect(await stored(customer)).toContain('content:more');
});

test('nothing is written for those who never asked', async () => {
  const { gateway, shop, ware, stored } = await shopWithWare();
  const customer = uuid();
  await seedPurchase(shop, ware, customer);
  await gateway.run((services) =>
    refreshEntitlements(services, { appId: shop.app.id, customerIds: [customer], paymentIds: [] }),
  );
  expect(await stored(customer)).toBeNull();
});

test('another app’s message changes nothing here', async () => {
  const { gateway, shop, ware, stored } = await shopWithWare();
  const other = await seedShop();
  const customer = uuid();
  const { paymentId } = await seedPurchase(shop, ware, customer);
  await gateway.check(shop.secretKey, { resource: RESOURCE, customer });
  await revokeAllOf(customer);
  await gateway.run((services) =>
    refreshEntitlements(services, { appId: other.app.id, customerIds: [customer], paymentIds: [paymentId] }),
  );
  expect(await stored(customer)).toContain(RESOURCE);
});

test('nothing left is a token that says so', async () => {
  const { gateway, shop, ware, stored } = await shopWithWare();
  const customer = uuid();
  await seedGrant(shop, { customerId: customer, benefitId: ware.benefitId });
  await gateway.check(shop.secretKey, { resource: RESOURCE, customer });
  await revokeAllOf(customer);
  await gateway.run((services) =>
    refreshEntitlements(services, { appId: shop.app.id, customerIds: [customer], paymentIds: [] }),
  );
  expect(await stored(customer)).toEqual([]);
});

test('a read that a refresh overtakes does not put its yes back, neither in memory nor in KV', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { gateway, shop, ware, stored } = await shopWithWare();
  const customer = uuid();
  await seedPurchase(shop, ware, customer);
  const ask = () => gateway.check(shop.secretKey, { resource: RESOURCE, customer });
  await ask();
  const slow = await startSlowCheck(gateway.bindings, {
    app: shop.app,
    subject: { kind: 'customer', customerId: customer },
    resources: [RESOURCE],
    maxAge: 0,
  });
  vi.setSystemTime(Date.now() + 1);
  await revokeAllOf(customer);
  await gateway.run((services) =>
    refreshEntitlements(services, { appId: shop.app.id, customerIds: [customer], paymentIds: [] }),
  );
  expect(await slow.goOn()).toMatchObject([{ allow: true }]);
  expect((await ask()).body).toMatchObject({ allow: false, reason: 'revoked' });
  expect(await stored(customer)).not.toContain(RESOURCE);
});

test('a failing store is thrown, so that the queue tries again', async () => {
  const { gateway, shop, ware } = await shopWithWare();
  const customer = uuid();
  await seedPurchase(shop, ware, customer);
  await gateway.check(shop.secretKey, { resource: RESOURCE, customer });
  gateway.broken.kv = true;
  const message = { appId: shop.app.id, customerIds: [customer], paymentIds: [] };
  await expect(gateway.run((services) => refreshEntitlements(services, message))).rejects.toThrow('KV');
});

test('a token that cannot be written keeps no other from being written', async () => {
  const { gateway, shop, ware, stored } = await shopWithWare();
  const customers = Array.from({ length: 12 }, uuid);
  for (const customer of customers) {
    await seedPurchase(shop, ware, customer);
    await gateway.check(shop.secretKey, { resource: RESOURCE, customer });
    await revokeAllOf(customer);
  }
  const [stuck = '', ...others] = customers;
  const put = env.ENTITLEMENTS.put.bind(env.ENTITLEMENTS) as (
    key: string,
    ...rest: unknown[]
  ) => Promise<void>;
  const entitlements = new Proxy(env.ENTITLEMENTS, {
    get: (target, name) =>
      name !== 'put'
        ? (Reflect.get(target, name) as () => unknown).bind(target)
        : (key: string, ...rest: unknown[]) =>
            key.endsWith(stuck) ? Promise.reject(new Error('KV: 429 for this key')) : put(key, ...rest),
  });
  const refreshing = gateway.run((services) =>
    refreshEntitlements(
      { ...services, entitlements },
      { appId: shop.app.id, customerIds: customers, paymentIds: [] },
    ),
  );
  // The queue tries again for the one that is left.
  await expect(refreshing).rejects.toThrow('429 for this key');
  expect(await stored(stuck)).toContain(RESOURCE);
  for (const customer of others) expect(await stored(customer)).not.toContain(RESOURCE);
});

test('an app that is gone is no error', async () => {
  const { gateway } = await shopWithWare();
  await gateway.run((services) =>
    refreshEntitlements(services, { appId: 'app_none', customerIds: [uuid()], paymentIds: ['pay_none'] }),
  );
});

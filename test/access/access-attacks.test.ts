import { env } from 'cloudflare:workers';
import { generateKeyPair, SignJWT } from 'jose';
import { describe, expect, test, vi } from 'vitest';
import type { SigningKey } from '../../src/base/settings.ts';
import { buildClaims, type EntitlementClaims } from '../../src/access/entitlement-token.rules.ts';
import type { Mode } from '../../src/base/mode.rules.ts';
import { signClaims } from '../../src/base/signing.ts';
import {
  openGateway,
  seedPayment,
  seedPurchase,
  seedSession,
  seedShop,
  seedWare,
  type Shop,
  uuid,
} from './access-rows.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';

const RESOURCE = 'content:blog/premium';

/** A customer of the shop who has bought nothing that counts, asked for through a KV entry that an attacker controls. */
async function poor() {
  const gateway = openGateway();
  const shop = await seedShop();
  await seedWare(shop, { content: 'blog/premium' });
  const customer = uuid();
  await seedPayment(shop, { customerId: customer, status: 'failed' });
  const plant = (token: string) =>
    env.ENTITLEMENTS.put(`entitlements:live:${shop.app.id}:${customer}`, token);
  const ask = () => gateway.check(shop.secretKey, { resource: RESOURCE, customer });
  return { gateway, shop, customer, plant, ask };
}

const forged = (app: Shop['app'], sub: string, more: Partial<EntitlementClaims> = {}): EntitlementClaims => ({
  ...buildClaims({ iss: `${GATEWAY_URL}/live`, aud: app.slug, sub }, new Map([[RESOURCE, null]]), Date.now()),
  ...more,
});
const keyOf = (gateway: ReturnType<typeof openGateway>, mode: Mode): SigningKey => {
  const key = gateway.config.modes[mode]?.signingKeys[0];
  if (!key) throw new Error('no key');
  return key;
};
const modeOf = (gateway: ReturnType<typeof openGateway>, mode: Mode) => {
  const config = gateway.config.modes[mode];
  if (!config) throw new Error('not configured');
  return config;
};
const header = { alg: 'Ed25519', typ: 'entitlements+jwt', kid: 'live-1' };

describe('a KV entry proves nothing by lying there', () => {
  test('the genuine one is believed: these tests can fail', async () => {
    const { gateway, shop, customer, plant, ask } = await poor();
    await plant(await signClaims(modeOf(gateway, 'live'), forged(shop.app, customer)));
    expect((await ask()).body).toMatchObject({ allow: true });
  });

  test.each([
    ['another customer’s', { sub: uuid() }],
    ['another app’s', { aud: 'atlas-live' }],
    ['another mode’s issuer', { iss: `${GATEWAY_URL}/sandbox` }],
    ['another gateway’s', { iss: 'https://floe.elsewhere.dev/live' }],
    ['an expired one', { exp: Math.floor(Date.now() / 1000) - 1 }],
    ['one without entitlements', { ent: 'content:blog/premium' as unknown as string[] }],
  ])('KV entry swapped: %s valid token', async (_whose, claims) => {
    const { gateway, shop, customer, plant, ask } = await poor();
    await plant(await signClaims(modeOf(gateway, 'live'), forged(shop.app, customer, claims)));
    expect((await ask()).body).toMatchObject({ allow: false, reason: 'not_granted' });
  });

  test('sandbox token at live: signed by sandbox, claiming to be live', async () => {
    const { gateway, shop, customer, plant, ask } = await poor();
    const sandbox = modeOf(gateway, 'sandbox');
    await plant(await signClaims(sandbox, forged(shop.app, customer)));
    expect((await ask()).body).toMatchObject({ allow: false });
    // The same under the live key's name.
    await plant(
      await signClaims(
        { ...sandbox, signingKeys: [{ ...keyOf(gateway, 'sandbox'), kid: 'live-1' }] },
        forged(shop.app, customer),
      ),
    );
    gateway.elsewhere();
    expect((await ask()).body).toMatchObject({ allow: false });
  });

  test('a forged token: another key under a known kid', async () => {
    const { shop, customer, plant, ask } = await poor();
    const { privateKey } = await generateKeyPair('Ed25519');
    await plant(
      await new SignJWT({ ...forged(shop.app, customer) }).setProtectedHeader(header).sign(privateKey),
    );
    expect((await ask()).body).toMatchObject({ allow: false });
  });

  test('a token whose algorithm is none', async () => {
    const { shop, customer, plant, ask } = await poor();
    const encode = (value: object) =>
      btoa(JSON.stringify(value)).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
    for (const signature of ['', 'AAAA'])
      await plant(`${encode({ ...header, alg: 'none' })}.${encode(forged(shop.app, customer))}.${signature}`);
    expect((await ask()).body).toMatchObject({ allow: false });
  });

  test('a token signed with the public key as a shared secret', async () => {
    const { gateway, shop, customer, plant, ask } = await poor();
    const secret = new TextEncoder().encode(keyOf(gateway, 'live').x);
    const claims = { ...forged(shop.app, customer) };
    await plant(await new SignJWT(claims).setProtectedHeader({ ...header, alg: 'HS256' }).sign(secret));
    expect((await ask()).body).toMatchObject({ allow: false });
  });

  test('another kind of JWT of ours', async () => {
    const { gateway, shop, customer, plant, ask } = await poor();
    const { kty, crv, x, d } = keyOf(gateway, 'live');
    const key = await crypto.subtle.importKey('jwk', { kty, crv, x, d }, { name: 'Ed25519' }, false, [
      'sign',
    ]);
    const claims = { ...forged(shop.app, customer) };
    for (const typ of ['JWT', 'at+jwt']) {
      await plant(await new SignJWT(claims).setProtectedHeader({ ...header, typ }).sign(key));
      expect((await ask()).body).toMatchObject({ allow: false });
    }
  });

  test.each(['', 'yes', '{"allow":true}', 'a.b.c', '..'])('rubbish: %j', async (rubbish) => {
    const { plant, ask } = await poor();
    await plant(rubbish);
    expect((await ask()).body).toMatchObject({ allow: false });
  });

  test('an entry that cannot be believed is replaced', async () => {
    const { shop, customer, plant, ask } = await poor();
    await plant('rubbish');
    await ask();
    expect(await env.ENTITLEMENTS.get(`entitlements:live:${shop.app.id}:${customer}`)).toMatch(/^ey/);
  });
});

describe('tenants and modes never meet', () => {
  test('another app’s customer is unknown, with what they bought there', async () => {
    const gateway = openGateway();
    const [mine, other] = [await seedShop(), await seedShop()];
    await seedWare(mine, { content: 'blog/premium' });
    const customer = uuid();
    await seedPurchase(other, await seedWare(other, { content: 'blog/premium' }), customer);
    const ask = ({ secretKey }: Shop) => gateway.check(secretKey, { resource: RESOURCE, customer });
    expect((await ask(other)).body).toMatchObject({ allow: true });
    expect((await ask(mine)).body).toMatchObject({ allow: false, reason: 'unknown_customer', token: null });
  });

  test('another app’s payment, product and external id are unknown too', async () => {
    const gateway = openGateway();
    const [mine, other] = [await seedShop(), await seedShop()];
    const ware = await seedWare(other, { content: 'blog/premium' });
    const { paymentId } = await seedPurchase(other, ware, uuid(), { externalCustomerId: 'u1' });
    const byPurchase = await gateway.check(await seedSession(mine, { paymentId }), { resource: RESOURCE });
    expect(byPurchase.body).toMatchObject({ reason: 'unknown_customer' });
    const byName = await gateway.check(mine.secretKey, { resource: RESOURCE, customer: 'external:u1' });
    expect(byName.body).toMatchObject({ reason: 'unknown_customer' });
    const known = uuid();
    await seedPayment(mine, { customerId: known, status: 'failed' });
    const product = await gateway.check(mine.secretKey, {
      resource: `product:${ware.productId}`,
      customer: known,
    });
    expect(product.body).toMatchObject({ reason: 'unknown_resource' });
  });

  test('one customer of both apps has in each what was bought through it', async () => {
    const gateway = openGateway();
    const [mine, other] = [await seedShop(), await seedShop()];
    const customer = uuid();
    await seedPurchase(mine, await seedWare(mine, { content: 'mine' }), customer);
    await seedPurchase(other, await seedWare(other, { content: 'theirs' }), customer);
    const { body } = await gateway.check(mine.secretKey, { resource: 'content:mine', customer });
    const [, payload = ''] = (body['token'] as unknown as string).split('.');
    expect(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('theirs');
    const across = await gateway.check(mine.secretKey, { resource: 'content:theirs', customer });
    expect(across.body).toMatchObject({ allow: false, reason: 'unknown_resource' });
  });

  test('sandbox purchases open nothing live, though ids and product are the same', async () => {
    const gateway = openGateway();
    const live = await seedShop('live', `twin-${uuid().slice(0, 6)}`);
    const sandbox = await seedShop('sandbox', live.app.product);
    await seedWare(live, { content: 'blog/premium' });
    const customer = uuid();
    await seedPayment(live, { customerId: customer, status: 'failed' });
    await seedPurchase(sandbox, await seedWare(sandbox, { content: 'blog/premium' }), customer);
    const ask = ({ secretKey }: Shop) => gateway.check(secretKey, { resource: RESOURCE, customer });
    expect((await ask(sandbox)).body).toMatchObject({ allow: true });
    expect((await ask(live)).body).toMatchObject({ allow: false, reason: 'not_granted' });
  });
});

describe('a purchase whose buyer is not proven', () => {
  test('victim’s e-mail typed at checkout: the session opens that purchase and nothing of the victim’s', async () => {
    const gateway = openGateway();
    const shop = await seedShop();
    const precious = await seedWare(shop, { content: 'precious', name: 'precious' });
    const cheap = await seedWare(shop, { content: 'cheap', name: 'cheap' });
    const victim = uuid();
    await seedPurchase(shop, precious, victim);
    const { paymentId } = await seedPurchase(shop, cheap, victim, { externalCustomerId: 'victim-at-shop' });
    const session = await seedSession(shop, { paymentId });
    const cheapAnswer = await gateway.check(session, { resource: 'content:cheap' });
    expect(cheapAnswer.body).toMatchObject({ allow: true, customer: null });
    for (const resource of [
      'content:precious',
      `product:${precious.productId}`,
      `benefit:${precious.benefitId}`,
    ])
      expect((await gateway.check(session, { resource })).body).toMatchObject({
        allow: false,
        reason: 'not_granted',
      });
    for (const query of [{ customer: victim }, { customer: 'external:victim-at-shop' }, { member: uuid() }])
      expect((await gateway.check(session, { resource: 'content:precious', ...query })).status).toBe(422);
  });

  test('while it is paid: pending_payment; after: open, at once', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const gateway = openGateway();
    const shop = await seedShop();
    const ware = await seedWare(shop, { content: 'blog/premium' });
    const paymentId = await seedPayment(shop, { status: 'pending', productId: ware.productId });
    const session = await seedSession(shop, { paymentId });
    const pending = await gateway.check(session, { resource: RESOURCE });
    expect(pending.body).toMatchObject({ allow: false, reason: 'pending_payment' });
    expect(pending.headers.get('retry-after')).toBe('2');
    const other = await seedPurchase(shop, ware, uuid());
    expect((await gateway.check(session, { resource: RESOURCE })).body).toMatchObject({ allow: false });
    expect(
      (await gateway.check(await seedSession(shop, { paymentId: other.paymentId }), { resource: RESOURCE }))
        .body,
    ).toMatchObject({ allow: true });
  });
});

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyEntitlements } from '../../packages/kit/entitlements.ts';
import type { Jwks } from '../../packages/kit/jwks.ts';
import { verifyLicense } from '../../packages/kit/verify-license.ts';
import type { LicenseClaims } from '../../packages/kit/license-claims.ts';
import { parseConfig } from '../../src/base/config.ts';
import { verifyToken } from '../../src/base/signing.ts';
import { call, createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';

/* Offline licences (ADR 96): what is signed for whom, until when, and that it counts for nothing else. */

const DAY = 86_400_000;
const MACHINE = 'a machine of this test';

let world: World;
let quay: TestApp;
let address = 0;
beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', ownsUnclaimed: true });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});

interface Offline {
  valid: boolean;
  code: string;
  license: string | null;
  expires_at: string | null;
  key: { display_key: string } | null;
  activation: { id: string } | null;
}

interface PolarKey {
  id: string;
  key: string;
  benefit_id: string;
}

const KEY_BENEFIT = {
  type: 'license_keys',
  description: 'A key for two machines',
  properties: { prefix: 'TIDES', activations: { limit: 2, enable_customer_admin: true } },
};

/** Calls from an address of its own, since guesses are counted by address. */
const ask = <T = Offline>(path: string, body: object, key = quay.secretKey) =>
  call<T>('POST', `/v1/license-keys/${path}`, {
    key,
    body,
    headers: { 'cf-connecting-ip': `198.18.96.${(address++ % 250) + 1}` },
  });

/** Somebody buys a product with a key. */
async function buyKey({
  email = `reader-${address++}@floe-mail.dev`,
  recurring,
  more = [],
}: { email?: string; recurring?: 'month'; more?: Parameters<World['createProduct']>[0]['benefits'] } = {}) {
  const product = await world.createProduct({
    name: 'quay:tides',
    benefits: [KEY_BENEFIT, ...more],
    ...(recurring ? { recurring } : {}),
  });
  const paid = await buy(product.id, email);
  const keys = await world.polar<{ items: PolarKey[] }>(
    'sandbox',
    'GET',
    `/v1/license-keys/?benefit_id=${product.benefitIds[0]}`,
  );
  const [key] = keys.items;
  if (!key) throw new Error('no key');
  return { product, key, paid };
}

async function buy(productId: string, email: string): Promise<string> {
  const opened = await call<{ id: string; checkout_url: string }>('POST', '/v1/payments', {
    key: quay.secretKey,
    body: { product_id: productId },
  });
  await world.pay('sandbox', opened.body.checkout_url, { email });
  await world.settle();
  return opened.body.id;
}

async function activate(key: string, conditions?: object): Promise<string> {
  const answer = await ask<{ activation: { id: string } | null; code: string }>('activate', {
    key,
    label: 'A machine',
    ...(conditions ? { conditions } : {}),
  });
  expect(answer.body.code).toBe('valid');
  return answer.body.activation?.id ?? '';
}

const keySet = async (): Promise<Jwks> => (await call<Jwks>('GET', '/sandbox/.well-known/jwks.json')).body;
const verify = async (license: string | null, fingerprint = MACHINE) =>
  verifyLicense(license ?? '', { gateway: GATEWAY_URL, app: quay.slug, fingerprint, jwks: await keySet() });

async function claimsOf(license: string | null): Promise<LicenseClaims> {
  const result = await verify(license);
  if (!result.ok) throw new Error(result.reason);
  return result.claims;
}

describe('a licence', () => {
  it('is of this key, activation and machine, gives what its purchase gives, and tells nothing else', async () => {
    const email = 'lena@floe-mail.dev';
    const { key, product } = await buyKey({
      email,
      more: [{ type: 'custom', description: 'Charts', metadata: { content_id: 'charts/*' } }],
    });
    const other = await world.createProduct({ name: 'quay:other', metadata: { content_id: 'secret' } });
    await buy(other.id, email);
    const activation_id = await activate(key.key);
    const { status, body } = await ask(
      'offline',
      { key: key.key, activation_id, fingerprint: MACHINE },
      quay.publishableKey,
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ valid: true, code: 'valid', activation: { id: activation_id } });
    expect(body).not.toHaveProperty('customer');
    const claims = await claimsOf(body.license);
    expect(claims).toMatchObject({
      sub: `license_key:${key.id}`,
      display_key: body.key?.display_key,
      activation_id,
      ent: [
        ...product.benefitIds.map((id) => `benefit:${id}`),
        'content:charts/*',
        'plan:quay:tides',
        `product:${product.id}`,
      ].sort(),
    });
    expect(body.expires_at).toBe(new Date(claims.exp * 1000).toISOString());
    expect(claims.exp * 1000 - Date.now()).toBeGreaterThan(30 * DAY - 5_000);
    const said = Buffer.from(body.license?.split('.')[1] ?? '', 'base64url').toString();
    for (const secret of [key.key, MACHINE, email, other.id]) expect(said).not.toContain(secret);
  });

  it('lasts as long as was asked for, and no longer than a subscription that was canceled', async () => {
    const { key, paid } = await buyKey({ recurring: 'month' });
    const activation_id = await activate(key.key);
    const question = { key: key.key, activation_id, fingerprint: MACHINE };
    const ends = async (more: object = {}) => {
      const { body } = await ask('offline', { ...question, ...more });
      return (Date.parse(body.expires_at ?? '') - Date.now()) / DAY;
    };
    expect(await ends({ days: 2 })).toBeCloseTo(2, 2);
    await world.advance(25 * DAY);
    const left = await ends();
    // Five or six days of its period are left, and three behind it.
    expect(left).toBeGreaterThan(6);
    expect(left).toBeLessThan(10);
    const { body } = await call<{ data: { id: string; current_period_end: string }[] }>(
      'GET',
      '/v1/subscriptions?limit=1',
      { key: quay.secretKey },
    );
    const [subscription] = body.data;
    await call('POST', `/v1/subscriptions/${subscription?.id}/cancel`, {
      key: quay.secretKey,
      body: { at: 'period_end' },
    });
    await world.settle();
    const canceled = await ask('offline', question);
    expect(canceled.body.expires_at).toBe(
      new Date(Math.floor(Date.parse(subscription?.current_period_end ?? '') / 1000) * 1000).toISOString(),
    );
    expect(paid).toMatch(/^pay_/);
  });
});

describe('one activation is one machine', () => {
  it('another one gets no licence before the last one is over', async () => {
    const { key } = await buyKey();
    const question = { key: key.key, activation_id: await activate(key.key), fingerprint: MACHINE };
    expect((await ask('offline', { ...question, days: 3 })).body.valid).toBe(true);
    const other = { ...question, fingerprint: 'another machine' };
    expect((await ask('offline', other)).body).toMatchObject({
      valid: false,
      code: 'conditions_mismatch',
      license: null,
      expires_at: null,
    });
    expect((await ask('offline', question)).body.valid).toBe(true);
    await world.advance(31 * DAY);
    const taken = await ask('offline', other);
    expect(taken.body.valid).toBe(true);
    expect(await verify(taken.body.license, 'another machine')).toMatchObject({ ok: true });
    expect((await ask('offline', question)).body.code).toBe('conditions_mismatch');
  });

  it('of two that ask at once, one gets a licence', async () => {
    const { key } = await buyKey();
    const activation_id = await activate(key.key);
    const answers = await Promise.all(
      ['machine number one', 'machine number two', 'machine number three'].map((fingerprint) =>
        ask('offline', { key: key.key, activation_id, fingerprint }),
      ),
    );
    expect(answers.map(({ body }) => body.code).sort()).toEqual([
      'conditions_mismatch',
      'conditions_mismatch',
      'valid',
    ]);
  });

  it('that was activated for a fingerprint at Polar is held to it', async () => {
    const { key } = await buyKey();
    const activation_id = await activate(key.key, { fingerprint: MACHINE });
    const question = { key: key.key, activation_id };
    expect((await ask('offline', { ...question, fingerprint: 'another machine' })).body).toMatchObject({
      valid: false,
      code: 'conditions_mismatch',
    });
    expect((await ask('offline', { ...question, fingerprint: MACHINE })).body.valid).toBe(true);
  });

  it('and is free again when it was deactivated', async () => {
    const { key } = await buyKey();
    const activation_id = await activate(key.key);
    await ask('offline', { key: key.key, activation_id, fingerprint: MACHINE });
    await ask('deactivate', { key: key.key, activation_id });
    expect((await ask('offline', { key: key.key, activation_id, fingerprint: MACHINE })).body.code).toBe(
      'activation_unknown',
    );
    const again = await activate(key.key);
    const moved = await ask('offline', {
      key: key.key,
      activation_id: again,
      fingerprint: 'another machine',
    });
    expect(moved.body.valid).toBe(true);
  });
});

describe('no licence', () => {
  it('for a key that is disabled, revoked or refunded, and each says why', async () => {
    const { key, paid } = await buyKey();
    const question = { key: key.key, activation_id: await activate(key.key), fingerprint: MACHINE };
    await world.polar('sandbox', 'PATCH', `/v1/license-keys/${key.id}`, { status: 'disabled' });
    expect((await ask('offline', question)).body).toMatchObject({
      valid: false,
      code: 'disabled',
      license: null,
    });
    await world.polar('sandbox', 'PATCH', `/v1/license-keys/${key.id}`, { status: 'granted' });
    expect((await ask('offline', question)).body.valid).toBe(true);
    await call('POST', `/v1/payments/${paid}/refunds`, { key: quay.secretKey, body: {} });
    await world.advance(60_000);
    await world.settle();
    expect((await ask('offline', question)).body).toMatchObject({
      valid: false,
      code: 'revoked',
      license: null,
    });
  });

  it('for a key of another app, or none: both are not found', async () => {
    const { key } = await buyKey();
    const activation_id = await activate(key.key);
    const atlas = await world.createApp({ product: 'atlas' });
    const question = { activation_id, fingerprint: MACHINE };
    const foreign = await ask('offline', { ...question, key: key.key }, atlas.publishableKey);
    const unknown = await ask(
      'offline',
      { ...question, key: 'TIDES-00000000-0000-4000-8000-000000000000' },
      atlas.publishableKey,
    );
    expect(foreign.body).toMatchObject({ valid: false, code: 'not_found', key: null, license: null });
    const { checked_at: _, ...rest } = foreign.body as Offline & { checked_at: string };
    expect(unknown.body).toMatchObject(rest);
  });

  it('and no false no, while Polar is away', async () => {
    const { key } = await buyKey();
    const activation_id = await activate(key.key);
    world.polarDown = true;
    const { status, headers, body } = await ask<{ code: string }>('offline', {
      key: key.key,
      activation_id,
      fingerprint: MACHINE,
    });
    expect([status, body.code]).toEqual([503, 'unavailable']);
    expect(headers.get('retry-after')).toMatch(/^\d+$/);
  });

  it.each([
    ['a short fingerprint', { fingerprint: 'short' }],
    ['white space around it', { fingerprint: ' a machine ' }],
    ['a fingerprint with a line break', { fingerprint: 'one\ntwo three' }],
    ['half a character', { fingerprint: 'a machine \ud800' }],
    ['no days', { days: 0 }],
    ['half a day', { days: 1.5 }],
    ['an activation that is no id', { activation_id: 'x' }],
    ['a field of another route', { increment_usage: 1 }],
  ])('for %s', async (_what, change) => {
    const { status, body } = await ask<{ code: string }>('offline', {
      key: 'TIDES-00000000-0000-4000-8000-000000000000',
      activation_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
      fingerprint: MACHINE,
      ...change,
    });
    expect([status, body.code]).toEqual([422, 'validation_failed']);
  });
});

describe('a licence is no entitlement token', () => {
  it('not in the gateway’s cache, not as a session, and not for the kit; nor the other way round', async () => {
    const { key, product } = await buyKey();
    const { body } = await ask('offline', {
      key: key.key,
      activation_id: await activate(key.key),
      fingerprint: MACHINE,
    });
    const claims = await claimsOf(body.license);
    const mode = parseConfig(env).modes.sandbox;
    if (!mode) throw new Error('no sandbox');
    // Also where somebody expects the very names that it has.
    for (const aud of [quay.slug, claims.aud])
      expect(
        await verifyToken(mode, body.license ?? '', { iss: claims.iss, aud, sub: claims.sub }, Date.now()),
      ).toBeUndefined();
    const jwks = await keySet();
    const options = { gateway: GATEWAY_URL, app: quay.slug, jwks };
    expect(await verifyEntitlements(body.license ?? '', options)).toEqual({
      ok: false,
      reason: 'wrong_type',
    });
    const asked = await call('GET', `/v1/access?resource=product:${product.id}`, { key: body.license ?? '' });
    expect(asked.status).toBe(401);

    const customer = await call<{ data: { customer: { id: string } }[] }>('GET', '/v1/payments?limit=1', {
      key: quay.secretKey,
    });
    const access = await call<{ token: string }>(
      'GET',
      `/v1/access?resource=product:${product.id}&customer=${customer.body.data[0]?.customer.id}`,
      { key: quay.secretKey },
    );
    expect(await verifyEntitlements(access.body.token, options)).toMatchObject({ ok: true });
    expect(await verify(access.body.token)).toEqual({ ok: false, reason: 'wrong_type' });
  });
});

import { env } from 'cloudflare:workers';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeEach, expect, it, vi } from 'vitest';
import { verifyEntitlements } from '../../packages/kit/entitlements.ts';
import type { Jwks } from '../../packages/kit/jwks.ts';
import { verifyLicense } from '../../packages/kit/verify-license.ts';
import { call, createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { type Isolate, isolateWith } from '../operate/isolates.ts';

/* The keys of offline licences: a rotation deletes them, and the licences that they have signed count on (ADR 96). */

const ADMIN_TOKEN = env.FLOE_ADMIN_TOKEN;
const DAY = 86_400_000;
const MACHINE = 'a machine of this test';

let world: World;
let quay: TestApp;
let key: string;
let activationId: string;
let product: string;
beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', ownsUnclaimed: true });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  const made = await world.createProduct({
    name: 'quay:tides',
    benefits: [
      {
        type: 'license_keys',
        description: 'A key for machines',
        properties: { activations: { limit: 2, enable_customer_admin: true } },
      },
    ],
  });
  product = made.id;
  const opened = await call<{ checkout_url: string }>('POST', '/v1/payments', {
    key: quay.secretKey,
    body: { product_id: product, customer: { external_id: 'user-1' } },
  });
  await world.pay('sandbox', opened.body.checkout_url, { email: 'lena@floe-mail.dev' });
  await world.settle();
  const { items } = await world.polar<{ items: { key: string }[] }>('sandbox', 'GET', '/v1/license-keys/');
  key = items[0]?.key ?? '';
  const activated = await call<{ activation: { id: string } | null }>('POST', '/v1/license-keys/activate', {
    key: quay.secretKey,
    body: { key, label: 'A machine' },
  });
  activationId = activated.body.activation?.id ?? '';
});

/** The settings of a rotation's phases. */
async function phases(): Promise<{ both: Isolate; after: Isolate }> {
  const { privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const next = JSON.stringify({
    keys: [{ ...(await exportJWK(privateKey)), kid: 'sandbox-2', sign_from: 0 }],
  });
  return {
    both: isolateWith({ FLOE_SANDBOX_SIGNING_KEYS_2: next }),
    after: isolateWith({ FLOE_SANDBOX_SIGNING_KEYS: undefined, FLOE_SANDBOX_SIGNING_KEYS_2: next }),
  };
}

async function licenseOf(isolate: Isolate, days?: number): Promise<string> {
  const { body } = await isolate.ask<{ license: string | null }>('POST', '/v1/license-keys/offline', {
    key: quay.secretKey,
    body: { key, activation_id: activationId, fingerprint: MACHINE, ...(days ? { days } : {}) },
  });
  return body.license ?? '';
}

interface Published {
  keys: { kid: string; licenses_only?: true }[];
}
const keySet = async (isolate: Isolate) =>
  (await isolate.ask<Published>('GET', '/sandbox/.well-known/jwks.json')).body;
const reasonOf = async (license: string, jwks: Jwks) => {
  const result = await verifyLicense(license, {
    gateway: GATEWAY_URL,
    app: quay.slug,
    fingerprint: MACHINE,
    jwks,
  });
  return result.ok ? 'valid' : result.reason;
};

it('a licence counts after its key was replaced and deleted, until it ends; then the key is published no longer', async () => {
  const before = isolateWith({});
  const license = await licenseOf(before, 10);
  const { after } = await phases();
  expect(await keySet(before)).toEqual({ keys: [expect.not.objectContaining({ licenses_only: true })] });

  const published = await keySet(after);
  expect(published.keys.map(({ kid, licenses_only }) => [kid, licenses_only])).toEqual([
    ['sandbox-2', undefined],
    ['sandbox-1', true],
  ]);
  // No private part, of any of them.
  expect(JSON.stringify(published)).not.toContain('"d"');
  expect(await reasonOf(license, published)).toBe('valid');
  // The licence that the program fetches next is of the new key.
  expect(await reasonOf(await licenseOf(after), published)).toBe('valid');
  const { body } = await after.ask<{ published_keys: unknown[] }>('GET', '/admin/secrets', {
    key: ADMIN_TOKEN,
  });
  expect(body.published_keys).toEqual([
    { mode: 'sandbox', name: 'sandbox-1', needed_until: expect.any(String), withdrawn_at: null },
  ]);

  vi.setSystemTime(Date.now() + 10 * DAY - 1_000);
  expect(await reasonOf(license, await keySet(after))).toBe('valid');
  // Less than two days later, since whole days are noted.
  vi.setSystemTime(Date.now() + 2 * DAY);
  expect((await keySet(after)).keys.map(({ kid }) => kid)).toEqual(['sandbox-2']);
  await after.runCron();
  const { results } = await env.DB.prepare('select kid from published_keys').all();
  expect(results).toEqual([{ kid: 'sandbox-2' }]);
});

it('a key that is kept for licences verifies no entitlement token', async () => {
  const before = isolateWith({});
  await licenseOf(before);
  const { body } = await before.ask<{ token: string }>(
    'GET',
    `/v1/access?resource=product:${product}&customer=external:user-1&max_age=0`,
    { key: quay.secretKey },
  );
  const { both, after } = await phases();
  const believed = async (jwks: Jwks) =>
    verifyEntitlements(body.token, { gateway: GATEWAY_URL, app: quay.slug, jwks });
  expect(await believed(await keySet(both))).toMatchObject({ ok: true });
  expect(await believed(await keySet(after))).toEqual({ ok: false, reason: 'unknown_key' });
});

it('the licences of a day are one row written, and a longer one keeps the key for longer', async () => {
  const before = isolateWith({});
  const until = async () =>
    (await env.DB.prepare('select needed_until as at from published_keys').first<{ at: number }>())?.at ?? 0;
  await licenseOf(before, 3);
  const first = await until();
  expect(first - Date.now()).toBeGreaterThan(3 * DAY);
  await licenseOf(before, 3);
  await licenseOf(before, 1);
  expect(await until()).toBe(first);
  await licenseOf(before, 20);
  expect((await until()) - first).toBe(17 * DAY);
});

it('a key that has leaked leaves the key set at once, also while a setting has it, and stays away', async () => {
  const before = isolateWith({});
  const license = await licenseOf(before);
  const withdraw = (isolate: Isolate, kid: string) =>
    isolate.ask<{ code: string; published_keys: unknown[] }>('POST', '/admin/secrets/withdraw', {
      key: ADMIN_TOKEN,
      body: { mode: 'sandbox', key: kid },
    });
  expect((await withdraw(before, 'sandbox-1')).body.code).toBe('conflict');
  const { both, after } = await phases();
  expect((await withdraw(both, 'sandbox-9')).status).toBe(404);
  for (let twice = 0; twice < 2; twice++) {
    const { status, body } = await withdraw(both, 'sandbox-1');
    expect([status, body.published_keys]).toEqual([
      200,
      [
        {
          mode: 'sandbox',
          name: 'sandbox-1',
          needed_until: expect.any(String),
          withdrawn_at: expect.any(String),
        },
      ],
    ]);
  }
  for (const isolate of [both, after]) {
    const published = await keySet(isolate);
    expect(published.keys.map(({ kid }) => kid)).toEqual(['sandbox-2']);
    expect(await reasonOf(license, published)).toBe('unknown_key');
  }
  const { results } = await env.DB.prepare(
    "select actor, target from audit_log where action = 'signing_key.withdrawn'",
  ).all();
  expect(results).toEqual([{ actor: 'operator', target: 'sandbox-1' }]);
  // What was replaced before and leaks afterwards goes as well.
  vi.setSystemTime(Date.now() + 40 * DAY);
  expect((await keySet(after)).keys.map(({ kid }) => kid)).toEqual(['sandbox-2']);
});

it('without the database the keys of the settings are published, for a minute', async () => {
  const broken = {
    prepare: () => {
      throw new Error('D1 is away');
    },
    batch: () => Promise.reject(new Error('D1 is away')),
  } as unknown as D1Database;
  const response = await isolateWith({ DB: broken }).ask<Published>('GET', '/sandbox/.well-known/jwks.json');
  expect([response.status, response.body.keys.map(({ kid }) => kid)]).toEqual([200, ['sandbox-1']]);
});

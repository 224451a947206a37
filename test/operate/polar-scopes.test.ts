import { beforeEach, describe, expect, it, vi } from 'vitest';
import { POLAR_SCOPES } from '../../src/base/polar-scopes.rules.ts';
import type { HealthView } from '../../src/operate/health.answers.ts';
import { call, createWorld, type World } from '../harness/harness.ts';
import { SANDBOX_API_URL } from '../harness/bindings.ts';

/* A token that lacks a scope: the request that needs it says which one, and health says it to the operator. */

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

/** From now on the sandbox's token may do this at Polar; null: everything. */
async function allow(scopes: string[] | null): Promise<void> {
  const response = await world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/_sim/organizations/${world.organizations.sandbox.id}/scopes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ scopes }),
    }),
  );
  expect(response.status).toBe(200);
}

const health = async () => (await call<HealthView>('GET', '/health')).body;
/** Those about scopes. */
const warnings = async () =>
  ((await health()).warnings ?? []).filter(({ why }) => why.includes('ACCESS_TOKEN'));

describe('a token that lacks a scope', () => {
  it('is 503 polar_scope_missing, which names it, and health knows it until a day later', async () => {
    const quay = await world.createApp({ product: 'quay', ownsUnclaimed: true });
    const product = await world.createProduct({ name: 'quay:lifetime' });
    await allow(['products:read', 'organizations:read']);
    const buy = () => call('POST', '/v1/payments', { key: quay.secretKey, body: { product_id: product.id } });

    const refused = await buy();
    expect([refused.status, refused.body['code']]).toEqual([503, 'polar_scope_missing']);
    expect(refused.body['detail']).toContain('POLAR_SANDBOX_ACCESS_TOKEN lacks the scope checkouts:write.');
    expect(refused.headers.get('retry-after')).toBeNull();

    const { status, capabilities } = await health();
    expect(capabilities['payments']).toMatchObject({
      scopes: expect.arrayContaining(['checkouts:write']),
      missing: { live: [], sandbox: ['checkouts:write'] },
    });
    expect(capabilities['refunds']?.missing).toEqual({ live: [], sandbox: [] });
    expect(status).toBe('ready');
    expect(await warnings()).toEqual([
      { part: 'polar.sandbox', why: expect.stringContaining('checkouts:write') },
    ]);

    await allow(null);
    expect((await buy()).status).toBe(201);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 24 * 60 * 60_000 + 1_000 });
    expect(await warnings()).toEqual([]);
  });

  it('that only reads is asked for no more than reading', async () => {
    const quay = await world.createApp({ product: 'quay', ownsUnclaimed: true });
    await allow(['checkouts:write']);
    const unheard = '11111111-1111-4111-8111-111111111111';
    const refused = await call('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { product_id: unheard },
    });
    expect(refused.body).toMatchObject({
      code: 'polar_scope_missing',
      detail: expect.stringContaining('products:read'),
    });
    expect(refused.text).not.toContain('products:write');
  });

  it('is what health finds when the one is missing that it asks with itself', async () => {
    await allow([]);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 48 * 60 * 60_000 });
    const { problems } = await health();
    expect(problems).toEqual([{ part: 'polar.sandbox', why: expect.stringContaining('products:read') }]);
  });

  it('lacks nothing with what health lists', async () => {
    const quay = await world.createApp({ product: 'quay', ownsUnclaimed: true });
    const product = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
    await allow([...POLAR_SCOPES.payments]);
    const opened = await call<{ checkout_url: string }>('POST', '/v1/payments', {
      key: quay.secretKey,
      body: { product_id: product.id },
    });
    await world.pay('sandbox', opened.body.checkout_url, { email: 'ada@floe-mail.dev' });
    await world.settle();
    expect(await warnings()).toEqual([]);
  });
});

import { env } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import { buildClaims, MAX_GIVEN_TOKEN_CHARS } from '../../src/access/entitlement-token.rules.ts';
import { signClaims } from '../../src/base/signing.ts';
import { GATEWAY_URL } from '../harness/bindings.ts';
import { openGateway, seedGrant, seedPurchase, seedShop, seedWare, type Shop, uuid } from './access-rows.ts';

const EXPORTS = 'feature:exports';

/** A flag that one customer has, worth what its metadata says. */
async function sold(metadata: string) {
  const gateway = openGateway();
  const shop = await seedShop();
  const ware = await seedWare(shop, { type: 'feature_flag' });
  await setMetadata(shop, ware.benefitId, metadata);
  const customer = uuid();
  await seedPurchase(shop, ware, customer);
  const ask = (query: Record<string, string> = {}) =>
    gateway.check(shop.secretKey, { resource: EXPORTS, customer, ...query });
  return { gateway, shop, ware, customer, ask };
}

/** As the text that Polar wrote. */
async function setMetadata({ app }: Shop, benefitId: string, metadata: string): Promise<void> {
  await env.DB.prepare('update benefits set metadata = ?1 where mode = ?2 and id = ?3')
    .bind(metadata, app.mode, benefitId)
    .run();
}

const claimsIn = (token: unknown) =>
  JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payloadOf(token)), (c) => c.charCodeAt(0)))) as {
    ent: string[];
    feat?: Record<string, unknown>;
    exp: number;
  };
const payloadOf = (token: unknown) =>
  (typeof token === 'string' ? (token.split('.')[1] ?? '') : '').replaceAll('-', '+').replaceAll('_', '/');

describe('a yes to a feature', () => {
  test('says what it is worth, cold, from memory and from KV', async () => {
    const { gateway, ask } = await sold('{"feature_key":"exports","limit":5,"tier":"gold","beta":true}');
    const values = { limit: 5, tier: 'gold', beta: true };
    const cold = await ask();
    expect(cold.body).toMatchObject({ allow: true, values });
    expect(claimsIn(cold.body['token']).feat).toEqual({ exports: values });
    const warm = await ask();
    expect([warm.spent.d1, warm.body['values']]).toEqual([0, values]);
    gateway.elsewhere();
    const fromKv = await ask();
    expect([fromKv.spent.d1, fromKv.body['values']]).toEqual([0, values]);
  });

  test('has no values where the flag has none; other resources have no such field', async () => {
    const { ask, ware } = await sold('{"feature_key":"exports"}');
    expect((await ask()).body).toMatchObject({ allow: true, values: {} });
    expect((await ask({ resource: `benefit:${ware.benefitId}` })).body).not.toHaveProperty('values');
    expect((await ask({ resource: 'feature:other' })).body).not.toHaveProperty('values');
  });

  test('keeps the digits that Polar wrote, through token and caches', async () => {
    const { gateway, shop, customer, ask } = await sold(
      '{"feature_key":"exports","guild":653247040368672769,"share":1.0}',
    );
    const digits = '"values":{"guild":653247040368672769,"share":1.0}';
    expect((await ask()).text).toContain(digits);
    gateway.elsewhere();
    const warm = await ask();
    expect([warm.spent.d1, warm.text.includes(digits)]).toEqual([0, true]);
    const batch = await gateway.request('POST', '/v1/access/batch', shop.secretKey, {
      body: { resources: [EXPORTS], customer },
    });
    expect(batch.text).toContain(digits);
    expect(atob(payloadOf(warm.body['token']))).toContain('653247040368672769');
  });

  test('is answered from the database when the cached token is of a release that knew no values', async () => {
    const { gateway, shop, customer, ask } = await sold('{"feature_key":"exports","limit":5}');
    const mode = gateway.config.modes.live;
    if (!mode) throw new Error('live is not configured');
    const scope = { iss: `${GATEWAY_URL}/live`, aud: shop.app.slug, sub: customer };
    const { feat: _, ...earlier } = buildClaims(scope, new Map([[EXPORTS, null]]), Date.now());
    await env.ENTITLEMENTS.put(
      `entitlements:live:${shop.app.id}:${customer}`,
      await signClaims(mode, earlier),
    );
    // Who asks is looked up once.
    await gateway.check(shop.secretKey, { resource: 'x', customer: uuid() });
    const { body, spent } = await ask();
    expect([spent.d1, body['values']]).toEqual([1, { limit: 5 }]);
    gateway.elsewhere();
    expect((await ask()).spent.d1).toBe(0);
    // While the database is away, the yes of such a token holds.
    await env.ENTITLEMENTS.put(
      `entitlements:live:${shop.app.id}:${customer}`,
      await signClaims(mode, earlier),
    );
    gateway.elsewhere();
    gateway.broken.d1 = true;
    const spare = await gateway.check(shop.secretKey, { resource: EXPORTS, customer });
    expect(spare.body).toMatchObject({ allow: true });
    expect(spare.body).not.toHaveProperty('values');
  });
});

test('a changed value reaches answers within max_age, as a changed content_id does: at once with 0', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const { gateway, shop, ware, ask } = await sold('{"feature_key":"exports","limit":5}');
  await ask();
  await setMetadata(shop, ware.benefitId, '{"feature_key":"exports","limit":6}');
  gateway.elsewhere();
  expect((await ask()).body['values']).toEqual({ limit: 5 });
  expect((await ask({ max_age: '0' })).body['values']).toEqual({ limit: 6 });
  // The token that was made for that answer says something else than the one in KV, so it took its place.
  gateway.elsewhere();
  expect((await ask()).body['values']).toEqual({ limit: 6 });
  vi.useRealTimers();
});

test('two purchases of one feature are worth the more of both, and what stays of them when one is revoked', async () => {
  const { gateway, shop, customer, ask } = await sold('{"feature_key":"exports","limit":5}');
  const more = await seedWare(shop, { type: 'feature_flag', name: 'more' });
  await setMetadata(shop, more.benefitId, '{"feature_key":"exports","limit":50}');
  const grantId = await seedGrant(shop, { customerId: customer, benefitId: more.benefitId });
  expect((await ask({ max_age: '0' })).body['values']).toEqual({ limit: 50 });
  await env.DB.prepare('update grants set is_granted = 0, is_revoked = 1, revoked_at = ?1 where id = ?2')
    .bind(Date.now(), grantId)
    .run();
  expect((await ask({ max_age: '0' })).body['values']).toEqual({ limit: 5 });
  gateway.elsewhere();
});

test('a token too long for a cookie loses the values of what was not asked for before any name', async () => {
  const { shop, customer, ask } = await sold('{"feature_key":"exports","limit":5}');
  const long = await seedWare(shop, { type: 'feature_flag', name: 'long' });
  const text = 'x'.repeat(500);
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`text${i}`, text]));
  await setMetadata(shop, long.benefitId, JSON.stringify({ feature_key: 'long', ...many }));
  await seedGrant(shop, { customerId: customer, benefitId: long.benefitId });
  const { body } = await ask({ max_age: '0' });
  const claims = claimsIn(body['token']);
  expect(claims.ent).toEqual(expect.arrayContaining([EXPORTS, 'feature:long']));
  expect(claims.feat).toEqual({ exports: { limit: 5 } });
  // Its own values are in the answer, and not in any token that a browser keeps.
  const asked = await ask({ resource: 'feature:long', max_age: '0' });
  expect(asked.body['values']).toEqual(many);
  expect(String(asked.body['token']).length).toBeLessThan(MAX_GIVEN_TOKEN_CHARS);
  expect(claimsIn(asked.body['token'])).toMatchObject({ ent: ['feature:long'] });
  expect(claimsIn(asked.body['token'])).not.toHaveProperty('feat');
});

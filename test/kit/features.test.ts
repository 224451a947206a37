import { beforeEach, describe, expect, expectTypeOf, test } from 'vitest';
import { openFloe } from '../../packages/kit/browser.ts';
import { verifyEntitlements } from '../../packages/kit/entitlements.ts';
import { type FeatureSource, featureValue, featureValues, hasFeature } from '../../packages/kit/features.ts';
import { createGate } from '../../packages/kit/gate.ts';
import {
  APP,
  type FakeGateway,
  GATEWAY,
  openFakeGateway,
  PUBLISHABLE_KEY,
  SECRET_KEY,
  sessionToken,
} from './fake-gateway.ts';
import { openFakeBrowser } from './fake-page.ts';

const EXPORTS = 'feature:exports';
const VALUES = { value: 'gold', limit: 5, beta: true, rate: '2.5', on: 'true' };
const SITE = 'https://shop.example.com';

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await openFakeGateway();
  gateway.state.features.set(EXPORTS, { values: VALUES, endsAt: null });
});

/** Claims as the gateway makes them for somebody who has two features, one of them without values. */
const claims = () => gateway.claims({ ent: ['feature:dark', EXPORTS], feat: { dark: {}, exports: VALUES } });
const verify = async (given = claims()) =>
  verifyEntitlements(await gateway.sign(given), {
    gateway: GATEWAY,
    app: APP,
    fetch: gateway.fetch,
    now: gateway.now,
  });

/** Everything that features are read from, each saying the same. */
const sources: Record<string, () => FeatureSource | Promise<FeatureSource>> = {
  'a verified token': () => verify(),
  claims: () => ({ ...claims(), exp: Date.now() / 1000 + 60 }),
  'an answer of a gate': async () => {
    const { token } = gateway.signIn('a', 'customer-1', ['feature:dark', EXPORTS]);
    const gate = createGate({
      gateway: GATEWAY,
      app: APP,
      secretKey: SECRET_KEY,
      resource: EXPORTS,
      fetch: gateway.fetch,
      now: gateway.now,
    });
    const [cookie = ''] = gate.keepSession(new Request(SITE), {
      session: token,
      expires_at: new Date(gateway.now() + 60_000).toISOString(),
    });
    return gate(new Request(SITE, { headers: { cookie: cookie.split(';')[0] ?? '' } }));
  },
  'a page': async () => {
    const browser = openFakeBrowser();
    const page = browser.openTab(SITE);
    const held = {
      session: sessionToken('a'),
      expiresAt: gateway.now() + 60_000,
      proof: 'email',
      token: await gateway.sign(claims()),
    };
    page.localStorage.setItem(`floe:${APP}`, JSON.stringify({ version: 1, sessions: [held] }));
    const fetch = () => Promise.reject(new Error('a request'));
    return openFloe({
      gateway: GATEWAY,
      app: APP,
      publishableKey: PUBLISHABLE_KEY,
      page,
      fetch,
      now: gateway.now,
    });
  },
  'an answer to one question': () => ({ resource: EXPORTS, allow: true, values: VALUES }),
  'an answer to several': () => ({
    results: [
      { resource: 'feature:dark', allow: true, values: {} },
      { resource: 'content:a', allow: true },
      { resource: EXPORTS, allow: true, values: VALUES },
    ],
  }),
  'a list of entitlements': () => ({
    entitlements: [
      { name: EXPORTS, expiresAt: new Date(Date.now() + 60_000).toISOString(), values: VALUES },
      { name: 'content:a', expiresAt: null },
    ],
  }),
};

describe.each(Object.keys(sources))('of %s', (name) => {
  test('a feature and its values are read, and no others', async () => {
    const source = (await sources[name]?.()) as FeatureSource;
    expect([hasFeature(source, 'exports'), hasFeature(source, 'other'), hasFeature(source, '')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(featureValues(source, 'exports')).toEqual(VALUES);
    expect(featureValue(source, 'exports', 'limit', 1)).toBe(5);
    expect(featureValue(source, 'other', 'limit', 1)).toBe(1);
  });
});

test('a value has the kind of its fallback, or is the fallback', async () => {
  const source = await verify();
  expect(featureValue(source, 'exports')).toBe('gold');
  expect(featureValue(source, 'exports', 'beta')).toBe(true);
  expect(featureValue(source, 'exports', 'rate', 1)).toBe(2.5);
  expect(featureValue(source, 'exports', 'on', false)).toBe(true);
  expect(featureValue(source, 'exports', 'limit', 'none')).toBe('5');
  expect(featureValue(source, 'exports', 'value', 3)).toBe(3);
  expect(featureValue(source, 'exports', 'limit', false)).toBe(false);
  expect(featureValue(source, 'exports', 'constructor', 'none')).toBe('none');
  expect(featureValue(source, 'dark')).toBeUndefined();
  expectTypeOf(featureValue(source, 'exports', 'limit', 1)).toEqualTypeOf<number>();
  expectTypeOf(featureValue(source, 'exports', 'value', 'a')).toEqualTypeOf<string>();
  expectTypeOf(featureValue(source, 'exports', 'beta', true)).toEqualTypeOf<boolean>();
});

test('a key is the same in any spelling', async () => {
  const source = await verify(gateway.claims({ ent: ['feature:größe'], feat: { größe: { limit: 1 } } }));
  expect(featureValue(source, 'gr%C3%B6%C3%9Fe', 'limit', 0)).toBe(1);
  expect(featureValue(source, ' größe/', 'limit', 0)).toBe(1);
});

test('a token of an earlier gateway has the feature, and says nothing of its worth', async () => {
  const { feat: _, ...earlier } = claims();
  const source = await verify(earlier);
  expect([hasFeature(source, 'exports'), featureValues(source, 'exports')]).toEqual([true, undefined]);
  expect(featureValue(source, 'exports', 'limit', 7)).toBe(7);
});

test('values of a feature that the token does not open count for nothing', async () => {
  const source = await verify(gateway.claims({ ent: ['content:a'], feat: { exports: VALUES } }));
  expect([hasFeature(source, 'exports'), featureValues(source, 'exports')]).toEqual([false, undefined]);
});

test('what is over, refused or nothing at all has no feature', async () => {
  const source = await verify();
  gateway.clock.now += 306_000;
  expect(hasFeature(source, 'exports')).toBe(false);
  expect(hasFeature(await verify(gateway.claims({ aud: 'atlas-live' })), 'exports')).toBe(false);
  expect(hasFeature({ ...claims(), exp: Date.now() / 1000 - 1 }, 'exports')).toBe(false);
  expect(hasFeature({ resource: EXPORTS, allow: false }, 'exports')).toBe(false);
  const over = { entitlements: [{ name: EXPORTS, expiresAt: '2026-01-01T00:00:00Z', values: VALUES }] };
  expect(hasFeature(over, 'exports')).toBe(false);
  expect(hasFeature(undefined as unknown as FeatureSource, 'exports')).toBe(false);
});

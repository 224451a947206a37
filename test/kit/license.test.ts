import * as fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { TOKEN_TYPE } from '../../packages/kit/claims.ts';
import { verifyEntitlements } from '../../packages/kit/entitlements.ts';
import { featureValue, hasFeature } from '../../packages/kit/features.ts';
import type { Jwks } from '../../packages/kit/jwks.ts';
import { type LicenseOptions, verifyLicense } from '../../packages/kit/verify-license.ts';
import {
  digestFingerprint,
  LICENSE_TYPE,
  type LicenseClaims,
  licenseAudience,
} from '../../packages/kit/license-claims.ts';
import { publicJwks, signLicense } from '../../src/base/signing.ts';
import type { SigningKey } from '../../src/base/settings.ts';
import {
  APP,
  encode,
  type FakeGateway,
  forge,
  GATEWAY,
  newSigningKey,
  openFakeGateway,
  RESOURCE,
} from './fake-gateway.ts';

const MACHINE = 'the machine of Lena';
const ACTIVATION = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
const DAY = 86_400;

let gateway: FakeGateway;
let kept: Jwks;
let seconds: number;
beforeEach(async () => {
  gateway = await openFakeGateway();
  kept = { keys: publicJwks(gateway.modes.live) };
  seconds = Math.floor(gateway.now() / 1000);
});

const liveKey = (): SigningKey => {
  const [key] = gateway.modes.live.signingKeys;
  if (!key) throw new Error('no key');
  return key;
};
const claims = async (change: Partial<LicenseClaims> = {}): Promise<LicenseClaims> => ({
  iss: `${GATEWAY}/live`,
  aud: licenseAudience(APP),
  sub: `license_key:${ACTIVATION}`,
  display_key: '****-B7A4C1',
  activation_id: ACTIVATION,
  fingerprint: await digestFingerprint(ACTIVATION, MACHINE),
  ent: ['plan:quay:tides', RESOURCE],
  iat: seconds,
  exp: seconds + 30 * DAY,
  ...change,
});
const license = async (change: Partial<LicenseClaims> = {}) => signLicense(liveKey(), await claims(change));
const check = (token: string, options: Partial<LicenseOptions> = {}) =>
  verifyLicense(token, {
    gateway: GATEWAY,
    app: APP,
    fingerprint: MACHINE,
    jwks: kept,
    now: gateway.now,
    ...options,
  });

describe('a licence of this machine', () => {
  test('counts without any request, and opens what it lists', async () => {
    const result = await check(await license());
    expect(result).toMatchObject({ ok: true, claims: { display_key: '****-B7A4C1' } });
    expect(
      result.ok && [RESOURCE, 'plan:quay:tides', 'plan:quay:other'].map((name) => result.allows(name)),
    ).toEqual([true, true, false]);
    expect(gateway.calls).toEqual([]);
  });

  test('opens what ends sooner until then, and nothing once it is over, also by a result that is kept', async () => {
    const result = await check(await license({ ends: { [RESOURCE]: seconds + DAY } }));
    const opens = (name: string) => result.ok && result.allows(name);
    expect([opens(RESOURCE), opens('plan:quay:tides')]).toEqual([true, true]);
    gateway.clock.now += DAY * 1000;
    expect([opens(RESOURCE), opens('plan:quay:tides')]).toEqual([false, true]);
    gateway.clock.now += 30 * DAY * 1000;
    expect(opens('plan:quay:tides')).toBe(false);
  });

  test('says what features are worth, without asking anybody', async () => {
    const result = await check(
      await license({ ent: ['feature:export'], feat: { export: { limit: 5, format: 'pdf' } } }),
    );
    expect([hasFeature(result, 'export'), featureValue(result, 'export', 'limit', 1)]).toEqual([true, 5]);
    expect(hasFeature(result, 'other')).toBe(false);
    const foreign = await check(await license({ ent: ['feature:export'] }), {
      fingerprint: 'another machine',
    });
    expect(hasFeature(foreign, 'export')).toBe(false);
  });

  test('is verified with keys that are fetched once, where there is a network', async () => {
    const online = {
      gateway: GATEWAY,
      app: APP,
      fingerprint: MACHINE,
      fetch: gateway.fetch,
      now: gateway.now,
    };
    const token = await license();
    for (let i = 0; i < 3; i++) expect(await verifyLicense(token, online)).toMatchObject({ ok: true });
    expect(gateway.calls.map(({ path }) => path)).toEqual(['/live/.well-known/jwks.json']);
  });

  test('counts by a key that was replaced, which counts for nothing else', async () => {
    const replaced: Jwks = { keys: kept.keys.map((key) => ({ ...key, licenses_only: true })) };
    expect(await check(await license(), { jwks: replaced })).toMatchObject({ ok: true });
    const options = { gateway: GATEWAY, app: APP, now: gateway.now };
    const token = await gateway.sign(gateway.claims());
    expect(await verifyEntitlements(token, { ...options, jwks: kept })).toMatchObject({ ok: true });
    expect(await verifyEntitlements(token, { ...options, jwks: replaced })).toEqual({
      ok: false,
      reason: 'unknown_key',
    });
  });
});

describe('the clock', () => {
  test('may be wrong by five minutes, and says so when it is more', async () => {
    const token = await license();
    const at = async (offset: number) => {
      const result = await check(token, { now: () => (seconds + offset) * 1000 });
      return result.ok ? 'valid' : result.reason;
    };
    expect(await at(-301)).toBe('not_yet_valid');
    expect(await at(-300)).toBe('valid');
    expect(await at(30 * DAY + 299)).toBe('valid');
    expect(await at(30 * DAY + 300)).toBe('expired');
  });

  test('that was set back is noticed by what the program has seen', async () => {
    const token = await license();
    const lastSeen = (seconds + 29 * DAY) * 1000;
    expect(await check(token, { lastSeen })).toMatchObject({ ok: false, reason: 'clock_set_back' });
    expect(await check(token, { lastSeen, now: () => lastSeen - 1 })).toMatchObject({ ok: true });
  });

  test('of an expired licence: the result says whose it was, and opens nothing', async () => {
    const result = await check(await license({ exp: seconds - DAY, iat: seconds - 2 * DAY }));
    expect(result).toMatchObject({ ok: false, reason: 'expired', claims: { display_key: '****-B7A4C1' } });
    expect(result).not.toHaveProperty('allows');
  });
});

describe('attack:', () => {
  test.each([
    ['another machine’s', {}, 'wrong_fingerprint', { fingerprint: 'another machine' }],
    ['another app’s', { aud: licenseAudience('atlas-live') }, 'wrong_app', {}],
    ['of the app, without its prefix', { aud: APP }, 'wrong_app', {}],
    ['of the other mode', { iss: `${GATEWAY}/sandbox` }, 'wrong_issuer', {}],
    ['of another gateway', { iss: 'https://evil.example/live' }, 'wrong_issuer', {}],
    ['whose activation is no text', { activation_id: 7 }, 'malformed', {}],
    ['whose list is no list', { ent: RESOURCE }, 'malformed', {}],
    ['with ends that are no times', { ends: { [RESOURCE]: 'never' } }, 'malformed', {}],
    ['without an end', { exp: undefined }, 'malformed', {}],
    ['that begins later', { nbf: 99_999_999_999 }, 'not_yet_valid', {}],
  ])('a licence %s', async (_whose, change, reason, options) => {
    const token = await license(change as never);
    const result = await check(token, options);
    expect(result).toMatchObject({ ok: false, reason });
    expect(result).not.toHaveProperty('allows');
  });

  test('a licence of which a letter was changed, or that a stranger has signed', async () => {
    const token = await license();
    const [head, , tail] = token.split('.');
    const longer = encode(JSON.stringify(await claims({ exp: seconds + 3_000 * DAY })));
    expect(await check(`${head}.${longer}.${tail}`)).toEqual({ ok: false, reason: 'bad_signature' });
    const { kid } = liveKey();
    expect(await check(await signLicense(await newSigningKey(kid), await claims()))).toEqual({
      ok: false,
      reason: 'bad_signature',
    });
    expect(await check(await signLicense(await newSigningKey('mine'), await claims()))).toEqual({
      ok: false,
      reason: 'unknown_key',
    });
  });

  test('an entitlement token is no licence, whatever its header or its claims say', async () => {
    expect(await check(await gateway.sign(gateway.claims()))).toEqual({ ok: false, reason: 'wrong_type' });
    const renamed = await forge(gateway.claims(), liveKey(), { typ: LICENSE_TYPE });
    expect(await check(renamed)).toEqual({ ok: false, reason: 'malformed' });
    // The claims of both, under the other's type.
    const both = { ...gateway.claims(), ...(await claims()) };
    expect(await check(await forge(both, liveKey()))).toEqual({ ok: false, reason: 'wrong_type' });
  });

  test('a licence is no entitlement token, whatever its header or its claims say', async () => {
    const options = { gateway: GATEWAY, app: APP, now: gateway.now, jwks: kept };
    expect(await verifyEntitlements(await license(), options)).toEqual({ ok: false, reason: 'wrong_type' });
    const renamed = await forge(await claims(), liveKey(), { typ: TOKEN_TYPE });
    expect(await verifyEntitlements(renamed, options)).toEqual({ ok: false, reason: 'malformed' });
    const both = { ...gateway.claims({ exp: seconds + DAY }), ...(await claims()) };
    expect(await verifyEntitlements(await forge(both, liveKey()), options)).toEqual({
      ok: false,
      reason: 'wrong_app',
    });
  });

  test.each([
    ['no algorithm', { alg: 'none' }, 'wrong_algorithm'],
    ['another algorithm', { alg: 'HS256' }, 'wrong_algorithm'],
    ['an extension that must be understood', { crit: ['exp'] }, 'malformed'],
    ['no key id', { kid: undefined }, 'malformed'],
    ['another type', { typ: 'JWT' }, 'wrong_type'],
  ])('a header with %s', async (_what, header, reason) => {
    const token = await forge(await claims(), liveKey(), { typ: LICENSE_TYPE, ...header });
    expect(await check(token)).toEqual({ ok: false, reason });
  });

  test('rubbish is refused, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.array(fc.base64String(), { maxLength: 4 }).map((parts) => parts.join('.')),
        ),
        async (token) => {
          expect((await check(token)).ok).toBe(false);
        },
      ),
    );
    expect(await check('x'.repeat(20_000))).toEqual({ ok: false, reason: 'too_large' });
  });
});

test('each missing option is named', async () => {
  for (const name of ['gateway', 'app', 'fingerprint'])
    await expect(check('a.b.c', { [name]: '' })).rejects.toThrow(`verifyLicense: ${name} is empty`);
});

test('a number that is none is named, since nothing would ever end by it', async () => {
  const token = await license({ exp: seconds - DAY, iat: seconds - 2 * DAY });
  for (const name of ['clockToleranceSeconds', 'lastSeen'])
    for (const value of [Number.NaN, -1, JSON.parse('"300"') as number])
      await expect(check(token, { [name]: value })).rejects.toThrow(`verifyLicense: ${name} is ${value}`);
});

test('two licences do not tell that they are of one machine', async () => {
  const one = await digestFingerprint(ACTIVATION, MACHINE);
  const other = await digestFingerprint('9fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607', MACHINE);
  expect(one).toMatch(/^[\w-]{43}$/);
  expect(other).not.toBe(one);
});

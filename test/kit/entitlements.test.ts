import { createHmac } from 'node:crypto';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { opens } from '../../packages/kit/claims.ts';
import { verifyEntitlements, type VerifyOptions } from '../../packages/kit/entitlements.ts';
import { covers } from '../../packages/kit/resources.ts';
import { readEnds } from '../../src/access/entitlement-token.rules.ts';
import { readAsked } from '../../src/access/resources.rules.ts';
import { publicJwks } from '../../src/base/signing.ts';
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

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await openFakeGateway();
});

const check = (token: string, options: Partial<VerifyOptions> = {}) =>
  verifyEntitlements(token, {
    gateway: GATEWAY,
    app: APP,
    fetch: gateway.fetch,
    now: gateway.now,
    ...options,
  });
const liveKey = () => {
  const [key] = gateway.modes.live.signingKeys;
  if (!key) throw new Error('no key');
  return key;
};

describe('a genuine token', () => {
  test('is believed, for what it lists', async () => {
    const result = await check(await gateway.sign(gateway.claims()), { subject: 'customer-1' });
    expect(result).toMatchObject({ ok: true, claims: { sub: 'customer-1', ent: [RESOURCE] } });
    expect(result.ok && result.allows(RESOURCE)).toBe(true);
    expect(result.ok && result.allows('content:blog/other')).toBe(false);
  });

  test('of sandbox is believed where sandbox is asked for', async () => {
    const claims = gateway.claims({ iss: `${GATEWAY}/sandbox` });
    expect(await check(await gateway.sign(claims, 'sandbox'), { mode: 'sandbox' })).toMatchObject({
      ok: true,
    });
  });

  test('under the older name of its algorithm is believed', async () => {
    expect(await check(await forge(gateway.claims(), liveKey(), { alg: 'EdDSA' }))).toMatchObject({
      ok: true,
    });
  });

  test('that lacks the resource asked for is no yes', async () => {
    const token = await gateway.sign(gateway.claims());
    expect(await check(token, { resource: RESOURCE })).toMatchObject({ ok: true });
    expect(await check(token, { resource: 'content:else' })).toEqual({ ok: false, reason: 'not_entitled' });
  });

  test('costs one request for the keys, then none', async () => {
    const token = await gateway.sign(gateway.claims());
    await Promise.all(Array.from({ length: 20 }, () => check(token)));
    for (let i = 0; i < 20; i++) expect(await check(token)).toMatchObject({ ok: true });
    expect(gateway.calls.map(({ path }) => path)).toEqual(['/live/.well-known/jwks.json']);
  });

  test('is verified without any request when the keys are given', async () => {
    const jwks = { keys: publicJwks(gateway.modes.live) };
    expect(await check(await gateway.sign(gateway.claims()), { jwks })).toMatchObject({ ok: true });
    expect(gateway.calls).toEqual([]);
  });
});

describe('attack:', () => {
  test('a claim changed after signing', async () => {
    const [head, , tail] = (await gateway.sign(gateway.claims())).split('.');
    const payload = encode(JSON.stringify(gateway.claims({ ent: ['content:everything'] })));
    expect(await check(`${head}.${payload}.${tail}`)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test('alg none, with and without a signature', async () => {
    const head = encode(JSON.stringify({ typ: 'entitlements+jwt', alg: 'none', kid: 'live-1' }));
    for (const tail of ['', encode(new Uint8Array(64))]) {
      const token = `${head}.${encode(JSON.stringify(gateway.claims()))}.${tail}`;
      expect(await check(token)).toEqual({ ok: false, reason: 'wrong_algorithm' });
    }
  });

  test('HS256 with the public key as the secret', async () => {
    const head = encode(JSON.stringify({ typ: 'entitlements+jwt', alg: 'HS256', kid: 'live-1' }));
    const content = `${head}.${encode(JSON.stringify(gateway.claims()))}`;
    const tail = createHmac('sha256', Buffer.from(liveKey().x, 'base64url'))
      .update(content)
      .digest('base64url');
    expect(await check(`${content}.${tail}`)).toEqual({ ok: false, reason: 'wrong_algorithm' });
  });

  test('another key under a known kid', async () => {
    const token = await forge(gateway.claims(), await newSigningKey('live-1'));
    expect(await check(token)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test('a key that the token brings along or points to', async () => {
    const own = await newSigningKey('mine');
    const { kty, crv, x } = own;
    const header = {
      jwk: { kty, crv, x },
      jku: 'https://evil.example/jwks.json',
      x5u: 'https://evil.example/x',
    };
    expect(await check(await forge(gateway.claims(), own, header))).toEqual({
      ok: false,
      reason: 'unknown_key',
    });
    expect(gateway.calls.every(({ path }) => path === '/live/.well-known/jwks.json')).toBe(true);
  });

  test.each([
    ['another customer’s', { sub: 'customer-2' }, 'wrong_subject'],
    ['another app’s', { aud: 'atlas-live' }, 'wrong_app'],
    ['of the other mode’s issuer', { iss: `${GATEWAY}/sandbox` }, 'wrong_issuer'],
    ['another gateway’s', { iss: 'https://evil.example/live' }, 'wrong_issuer'],
    ['without a subject', { sub: undefined }, 'malformed'],
    ['whose list is no list', { ent: RESOURCE }, 'malformed'],
    ['with ends that are no times', { ends: { [RESOURCE]: 'never' } }, 'malformed'],
  ])('a token %s', async (_whose, change, reason) => {
    const token = await forge({ ...gateway.claims(), ...change }, liveKey());
    expect(await check(token, { subject: 'customer-1' })).toEqual({ ok: false, reason });
  });

  test('a token that never ends, by a number that JSON can spell', async () => {
    const [head] = (await forge({}, liveKey())).split('.');
    const text = JSON.stringify(gateway.claims({ exp: 77 })).replace('"exp":77', '"exp":1e999');
    const { kty, crv, x, d } = liveKey();
    const key = await crypto.subtle.importKey('jwk', { kty, crv, x, d }, 'Ed25519', false, ['sign']);
    const content = `${head}.${encode(text)}`;
    const tail = new Uint8Array(await crypto.subtle.sign('Ed25519', key, new TextEncoder().encode(content)));
    expect(await check(`${content}.${encode(tail)}`)).toEqual({ ok: false, reason: 'malformed' });
  });

  test('a sandbox token at live: signed by sandbox, claiming to be live', async () => {
    const token = await gateway.sign(gateway.claims(), 'sandbox');
    expect(await check(token)).toEqual({ ok: false, reason: 'unknown_key' });
  });

  test.each(['JWT', 'at+jwt', 'application/entitlements+jwt', undefined])('typ %s', async (typ) => {
    const token = await forge(gateway.claims(), liveKey(), { typ });
    expect(await check(token)).toEqual({ ok: false, reason: 'wrong_type' });
  });

  test('an extension that must be understood', async () => {
    const token = await forge(gateway.claims(), liveKey(), { crit: ['b64'], b64: false });
    expect(await check(token)).toEqual({ ok: false, reason: 'malformed' });
  });

  test.each([undefined, 7, ['live-1'], { kid: 'live-1' }])('a kid that is no text: %j', async (kid) => {
    expect(await check(await forge(gateway.claims(), liveKey(), { kid }))).toEqual({
      ok: false,
      reason: 'malformed',
    });
  });

  test.each([
    '',
    '../../../dev/null',
    'https://evil.example/jwks.json',
    '__proto__',
    'constructor',
    "' or 1=1",
  ])('a kid that names something else: %j', async (kid) => {
    const token = await forge(gateway.claims(), await newSigningKey(kid), { kid });
    expect(await check(token)).toEqual({ ok: false, reason: 'unknown_key' });
    expect(gateway.calls.every(({ path }) => path === '/live/.well-known/jwks.json')).toBe(true);
  });

  test('a flood of made-up kids makes one request in half a minute', async () => {
    const own = await newSigningKey('x');
    for (let i = 0; i < 100; i++) {
      gateway.clock.now += 290;
      expect(await check(await forge(gateway.claims(), own, { kid: `k${i}` }))).toMatchObject({ ok: false });
    }
    expect(gateway.calls.length).toBe(1);
    expect(await check(await gateway.sign(gateway.claims()))).toMatchObject({ ok: true });
    gateway.clock.now += 2000;
    await check(await forge(gateway.claims(), own, { kid: 'later' }));
    expect(gateway.calls.length).toBe(2);
  });

  test('an oversized token is refused before it is looked at', async () => {
    expect(await check(`${'a'.repeat(20_000)}.b.c`)).toEqual({ ok: false, reason: 'too_large' });
    const long = await forge(
      { ...gateway.claims(), ent: Array.from({ length: 2000 }, (_, i) => `benefit:${i}`) },
      liveKey(),
    );
    expect(await check(long)).toEqual({ ok: false, reason: 'too_large' });
  });

  test('rubbish never throws', async () => {
    const rubbish = fc.oneof(
      fc.string(),
      fc.tuple(fc.base64String(), fc.base64String(), fc.base64String()).map((parts) => parts.join('.')),
      fc.json().map((text) => `${encode(text)}.${encode(text)}.${encode(text)}`),
    );
    await fc.assert(
      fc.asyncProperty(rubbish, async (token) => {
        expect(await check(token)).toMatchObject({ ok: false });
      }),
    );
    for (const value of [undefined, null, 7, {}] as unknown as string[])
      expect(await check(value)).toEqual({ ok: false, reason: 'malformed' });
  });

  test('one character changed anywhere: no', async () => {
    const token = await gateway.sign(gateway.claims());
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 2),
        fc.constantFrom('A', 'z', '0', '-', '_', '.'),
        async (at, char) => {
          fc.pre(token[at] !== char);
          const changed = token.slice(0, at) + char + token.slice(at + 1);
          expect(await check(changed)).toMatchObject({ ok: false });
        },
      ),
    );
  });
});

describe('the clock', () => {
  test('an expired token is refused, after the tolerance', async () => {
    const token = await gateway.sign(gateway.claims());
    gateway.clock.now += 300_000 + 4_999;
    expect(await check(token)).toMatchObject({ ok: true });
    expect(await check(token, { clockToleranceSeconds: 0 })).toEqual({ ok: false, reason: 'expired' });
    gateway.clock.now += 1;
    expect(await check(token)).toEqual({ ok: false, reason: 'expired' });
  });

  test('a tolerance that is no number is named, since no token would ever end by it', async () => {
    const token = await gateway.sign(gateway.claims());
    gateway.clock.now += 400_000;
    await expect(check(token, { clockToleranceSeconds: Number.NaN })).rejects.toThrow(
      'verifyEntitlements: clockToleranceSeconds is NaN',
    );
  });

  test('a token of the future is refused, beyond the tolerance', async () => {
    const { iat } = gateway.claims();
    expect(await check(await gateway.sign(gateway.claims({ iat: iat + 5 })))).toMatchObject({ ok: true });
    expect(await check(await gateway.sign(gateway.claims({ iat: iat + 6 })))).toEqual({
      ok: false,
      reason: 'not_yet_valid',
    });
  });

  test('a token that says when it begins is refused before, beyond the tolerance', async () => {
    const { iat } = gateway.claims();
    const from = (nbf: unknown) => forge({ ...gateway.claims(), nbf }, liveKey());
    expect(await check(await from(iat - 60))).toMatchObject({ ok: true });
    expect(await check(await from(iat + 5))).toMatchObject({ ok: true });
    expect(await check(await from(iat + 6))).toEqual({ ok: false, reason: 'not_yet_valid' });
    expect(await check(await from('tomorrow'))).toEqual({ ok: false, reason: 'malformed' });
  });

  test('a result that is kept says no once its token is over', async () => {
    const result = await check(await gateway.sign(gateway.claims()));
    expect(result.ok && result.allows(RESOURCE)).toBe(true);
    gateway.clock.now += 400_000;
    expect(result.ok && result.allows(RESOURCE)).toBe(false);
  });
});

describe('keys', () => {
  test('a key that is new to the set is found', async () => {
    await check(await gateway.sign(gateway.claims()));
    gateway.modes.live = { ...gateway.modes.live, signingKeys: [await newSigningKey('live-2')] };
    gateway.clock.now += 31_000;
    expect(await check(await gateway.sign(gateway.claims()))).toMatchObject({ ok: true });
  });

  test('a key that was taken back is forgotten with the set’s lifetime', async () => {
    const old = liveKey();
    await check(await gateway.sign(gateway.claims()));
    gateway.modes.live = { ...gateway.modes.live, signingKeys: [await newSigningKey('live-2')] };
    gateway.clock.now += 3_600_000;
    expect(await check(await forge(gateway.claims(), old))).toEqual({ ok: false, reason: 'unknown_key' });
  });

  test('a token that was verified before is refused once its key is taken back', async () => {
    const token = await gateway.sign(gateway.claims({ exp: gateway.claims().exp + 7200 }));
    for (let i = 0; i < 3; i++) expect(await check(token)).toMatchObject({ ok: true });
    gateway.modes.live = { ...gateway.modes.live, signingKeys: [await newSigningKey('live-1')] };
    gateway.clock.now += 3_600_000;
    expect(await check(token)).toEqual({ ok: false, reason: 'bad_signature' });
  });

  test('more tokens than are remembered are all verified', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 600 }, (_, i) => gateway.sign(gateway.claims({ sub: `customer-${i}` }))),
    );
    for (const token of [...tokens, ...tokens]) expect((await check(token)).ok).toBe(true);
  });

  test('a set says itself how long it is good', async () => {
    gateway.state.cacheControl = 'public, max-age=120';
    const sign = () => gateway.sign(gateway.claims());
    await check(await sign());
    gateway.clock.now += 119_000;
    await check(await sign());
    expect(gateway.calls.length).toBe(1);
    gateway.clock.now += 1000;
    await check(await sign());
    expect(gateway.calls.length).toBe(2);
  });

  test('keys of other kinds, and broken ones, are passed over', async () => {
    const jwks = {
      keys: [
        {},
        { kty: 'RSA', kid: 'live-1', n: 'x', e: 'AQAB' },
        { kty: 'OKP', crv: 'Ed25519', kid: 'bad', x: '!' },
      ],
    };
    const token = await gateway.sign(gateway.claims());
    expect(await check(token, { jwks })).toEqual({ ok: false, reason: 'unknown_key' });
    const more = { keys: [...jwks.keys, ...publicJwks(gateway.modes.live)] };
    expect(await check(token, { jwks: more })).toMatchObject({ ok: true });
  });
});

describe('what a key is for', () => {
  test.each([
    [undefined, true],
    ['sig', true],
    ['enc', false],
    [7, false],
  ])('`use` %j: %s', async (use, isBelieved) => {
    const jwks = { keys: publicJwks(gateway.modes.live).map((key) => ({ ...key, use })) };
    expect(await check(await gateway.sign(gateway.claims()), { jwks })).toMatchObject(
      isBelieved ? { ok: true } : { ok: false, reason: 'unknown_key' },
    );
  });
});

describe('an outage of the key set', () => {
  test('from the start: unavailable, and asked again soon, not each time', async () => {
    gateway.state.areKeysDown = true;
    const token = await gateway.sign(gateway.claims());
    for (let i = 0; i < 10; i++) expect(await check(token)).toEqual({ ok: false, reason: 'unavailable' });
    expect(gateway.calls.length).toBe(1);
    gateway.state.areKeysDown = false;
    gateway.clock.now += 5000;
    expect(await check(token)).toMatchObject({ ok: true });
  });

  test('later: the set in memory goes on for an hour more, then nothing does', async () => {
    await check(await gateway.sign(gateway.claims()));
    gateway.state.isDown = true;
    gateway.clock.now += 7_199_000;
    expect(await check(await gateway.sign(gateway.claims()))).toMatchObject({ ok: true });
    gateway.clock.now += 1000;
    expect(await check(await gateway.sign(gateway.claims()))).toEqual({ ok: false, reason: 'unavailable' });
    gateway.state.isDown = false;
    gateway.clock.now += 5000;
    expect(await check(await gateway.sign(gateway.claims()))).toMatchObject({ ok: true });
  });

  test.each([
    ['no JSON', () => new Response('<html>')],
    ['no set', () => Response.json({ ok: true })],
    ['an error with a set', () => Response.json({ keys: [] }, { status: 404 })],
    ['a redirect', () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } })],
    ['too much', () => Response.json({ keys: [], padding: 'x'.repeat(70_000) })],
  ])('an answer that is %s leaves the good set in place', async (_what, answer) => {
    let isBroken = false;
    const flaky = async (url: string, init: RequestInit) => (isBroken ? answer() : gateway.fetch(url, init));
    expect(await check(await gateway.sign(gateway.claims()), { fetch: flaky })).toMatchObject({ ok: true });
    isBroken = true;
    gateway.clock.now += 3_601_000;
    expect(await check(await gateway.sign(gateway.claims()), { fetch: flaky })).toMatchObject({ ok: true });
  });
});

/** Key sets that hang once `hang` is called. `isDeaf`: whatever signal a request has is not heard, as in a lost context. */
function hangingKeys(isDeaf = false) {
  let isHanging = false;
  const waiting: ((response: Promise<Response>) => void)[] = [];
  const seen: RequestInit[] = [];
  return {
    seen,
    hang: () => void (isHanging = true),
    /** Answers what hangs, and all that comes. */
    answer() {
      isHanging = false;
      const url = `${GATEWAY}/live/.well-known/jwks.json`;
      for (const go of waiting.splice(0)) go(gateway.fetch(url, {}));
    },
    answerLast: (response: Response) => waiting.pop()?.(Promise.resolve(response)),
    /** Answers what hangs for longest. */
    answerFirst: (response: Response) => waiting.shift()?.(Promise.resolve(response)),
    fetch: (url: string, init: RequestInit): Promise<Response> => {
      seen.push(init);
      if (!isHanging) return gateway.fetch(url, init);
      return new Promise((resolve, reject) => {
        waiting.push(resolve);
        if (!isDeaf)
          init.signal?.addEventListener('abort', () => reject(new DOMException('given up', 'AbortError')));
      });
    },
  };
}

describe('who waits for the key set', () => {
  test('one caller’s signal ends that caller’s wait, and nobody else’s', async () => {
    const keys = hangingKeys();
    keys.hang();
    const token = await gateway.sign(gateway.claims());
    const leave = new AbortController();
    const impatient = check(token, { fetch: keys.fetch, signal: leave.signal });
    const patient = check(token, { fetch: keys.fetch });
    leave.abort();
    expect(await impatient).toEqual({ ok: false, reason: 'unavailable' });
    keys.answer();
    expect(await patient).toMatchObject({ ok: true });
    expect(keys.seen.length).toBe(1);
  });

  test('a signal that is over already asks nothing, and lets a key in memory verify', async () => {
    const keys = hangingKeys();
    const token = await gateway.sign(gateway.claims());
    const options = { fetch: keys.fetch, signal: AbortSignal.abort() };
    expect(await check(token, options)).toEqual({ ok: false, reason: 'unavailable' });
    expect(keys.seen.length).toBe(0);
    expect(await check(token, { fetch: keys.fetch })).toMatchObject({ ok: true });
    expect(await check(token, options)).toMatchObject({ ok: true });
    // It may be a new key: nothing is known of it.
    const other = await forge(gateway.claims(), await newSigningKey('live-2'));
    gateway.clock.now += 31_000;
    expect(await check(other, options)).toEqual({ ok: false, reason: 'unavailable' });
    expect(keys.seen.length).toBe(1);
    keys.hang();
    const leave = new AbortController();
    const waiting = check(other, { fetch: keys.fetch, signal: leave.signal });
    leave.abort();
    expect(await waiting).toEqual({ ok: false, reason: 'unavailable' });
    expect(keys.seen.length).toBe(2);
  });
});

describe('a key set that hangs', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  /** Both clocks: timers, and the one that the kit is given. */
  const pass = async (ms: number) => {
    gateway.clock.now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  };
  /** What a check said, once it has. */
  const start = (token: string, fetch: NonNullable<VerifyOptions['fetch']>) => {
    const outcome: { said?: string } = {};
    const wait = async () => {
      const result = await check(token, { fetch });
      outcome.said = result.ok ? 'ok' : result.reason;
    };
    return Object.assign(outcome, { done: wait() });
  };
  /** As long as WebCrypto may take, which is not on these clocks. */
  const settle = () => new Promise((resolve) => void setImmediate(() => setImmediate(resolve)));
  const lasting = () => gateway.sign(gateway.claims({ exp: gateway.claims().exp + 20_000 }));
  /** Keys in memory whose lifetime is over, and nothing answers any more. */
  const hangAfterLifetime = async (isDeaf = false) => {
    const keys = hangingKeys(isDeaf);
    const token = await lasting();
    expect(await check(token, { fetch: keys.fetch })).toMatchObject({ ok: true });
    keys.hang();
    gateway.clock.now += 3_600_000;
    return { keys, token };
  };

  test('delays who asks by half a second, nobody else at all, while the old keys will do', async () => {
    const { keys, token } = await hangAfterLifetime();
    const first = start(token, keys.fetch);
    for (let i = 0; i < 3; i++) expect(await check(token, { fetch: keys.fetch })).toMatchObject({ ok: true });
    await pass(499);
    await settle();
    expect(first.said).toBeUndefined();
    await pass(1);
    await first.done;
    expect(first.said).toBe('ok');
    expect(keys.seen.length).toBe(2);
  });

  test.each([
    ['is given up', false],
    ['dies without a word', true],
  ])('and %s is asked again five seconds after it failed, not before', async (_how, isDeaf) => {
    const { keys, token } = await hangAfterLifetime(isDeaf);
    const ask = async () => {
      const one = start(token, keys.fetch);
      await settle();
      const isWaiting = one.said === undefined;
      if (isWaiting) await pass(500);
      await one.done;
      expect(one.said).toBe('ok');
      return isWaiting;
    };
    expect(await ask()).toBe(true);
    await pass(4500);
    for (let i = 0; i < 4; i++) {
      expect(await ask()).toBe(false);
      await pass(1249);
    }
    expect(await ask()).toBe(false);
    expect(keys.seen.length).toBe(2);
    await pass(4);
    expect(await ask()).toBe(true);
    expect(keys.seen.length).toBe(3);
  });

  test('a key that is not in memory waits for the set under way, which brings it', async () => {
    const { keys, token } = await hangAfterLifetime();
    const known = start(token, keys.fetch);
    gateway.modes.live = { ...gateway.modes.live, signingKeys: [liveKey(), await newSigningKey('live-2')] };
    const [, second] = gateway.modes.live.signingKeys;
    if (!second) throw new Error('no key');
    const unknown = start(await forge(gateway.claims(), second), keys.fetch);
    await pass(500);
    await known.done;
    await settle();
    expect([known.said, unknown.said]).toEqual(['ok', undefined]);
    keys.answer();
    await unknown.done;
    expect(unknown.said).toBe('ok');
    expect(keys.seen.length).toBe(2);
  });

  test('once the old keys will not do, everybody waits, five seconds at most', async () => {
    const { keys, token } = await hangAfterLifetime(true);
    gateway.clock.now += 3_600_000;
    const both = [start(token, keys.fetch), start(token, keys.fetch)];
    await pass(4999);
    await settle();
    expect(both.map(({ said }) => said)).toEqual([undefined, undefined]);
    await pass(1);
    await Promise.all(both.map(({ done }) => done));
    expect(both.map(({ said }) => said)).toEqual(['unavailable', 'unavailable']);
    expect(keys.seen.length).toBe(2);
  });

  test('attack: a set that comes after it was given up does not replace a newer one', async () => {
    const keys = hangingKeys(true);
    keys.hang();
    const token = await lasting();
    const first = start(token, keys.fetch);
    await pass(5000);
    await first.done;
    expect(first.said).toBe('unavailable');
    await pass(5000);
    const second = start(token, keys.fetch);
    await settle();
    // The first is answered with what was published when it was asked: another key under the same name.
    const older = { ...gateway.modes.live, signingKeys: [await newSigningKey('live-1')] };
    const newer = { keys: publicJwks(gateway.modes.live) };
    keys.answerLast(Response.json(newer, { headers: { 'cache-control': 'max-age=3600' } }));
    await second.done;
    keys.answerFirst(Response.json({ keys: publicJwks(older) }));
    await settle();
    expect(second.said).toBe('ok');
    expect(await check(token, { fetch: keys.fetch })).toMatchObject({ ok: true });
    expect(keys.seen.length).toBe(2);
  });

  test('whose request died without a word a minute ago is asked again at once', async () => {
    const { keys, token } = await hangAfterLifetime(true);
    const first = start(token, keys.fetch);
    await pass(500);
    await first.done;
    await pass(60_000);
    keys.answer();
    expect(await check(token, { fetch: keys.fetch })).toMatchObject({ ok: true });
    expect(keys.seen.length).toBe(3);
  });

  test('is given up at once when the clock is set back, and asked again in five seconds', async () => {
    const keys = hangingKeys(true);
    keys.hang();
    const { signal } = new AbortController();
    void check(await lasting(), { fetch: keys.fetch, signal });
    await settle();
    gateway.clock.now -= 3_600_000;
    const again = start(await lasting(), keys.fetch);
    await settle();
    expect(again.said).toBe('unavailable');
    keys.answer();
    gateway.clock.now += 5000;
    expect(await check(await lasting(), { fetch: keys.fetch })).toMatchObject({ ok: true });
  });

  test('leaves no timer and no listener behind, however a wait ends', async () => {
    const added = vi.spyOn(AbortSignal.prototype, 'addEventListener');
    const removed = vi.spyOn(AbortSignal.prototype, 'removeEventListener');
    const keys = hangingKeys();
    const token = await lasting();
    const { signal } = new AbortController();
    expect(await check(token, { fetch: keys.fetch, signal })).toMatchObject({ ok: true });
    expect(vi.getTimerCount()).toBe(0);
    expect(added.mock.contexts.filter((each) => each === signal).length).toBe(1);
    expect(removed.mock.contexts.filter((each) => each === signal).length).toBe(1);
    keys.hang();
    gateway.clock.now += 3_600_000;
    const stale = start(token, keys.fetch);
    await pass(500);
    await stale.done;
    // That of the request itself, which is under way.
    expect(vi.getTimerCount()).toBe(1);
    await pass(4500);
    await settle();
    expect(vi.getTimerCount()).toBe(0);
    vi.restoreAllMocks();
  });
});

describe('the key set’s request', () => {
  test('attack: a redirect is not followed', async () => {
    const keys = hangingKeys();
    await check(await gateway.sign(gateway.claims()), { fetch: keys.fetch });
    expect(keys.seen.map(({ redirect }) => redirect)).toEqual(['manual']);
  });

  test('is made again after a failure though the clock was set back', async () => {
    gateway.state.areKeysDown = true;
    const token = await gateway.sign(gateway.claims());
    expect(await check(token)).toEqual({ ok: false, reason: 'unavailable' });
    gateway.state.areKeysDown = false;
    gateway.clock.now -= 3_600_000;
    expect(await check(await gateway.sign(gateway.claims()))).toMatchObject({ ok: true });
  });
});

describe('what a token opens is what the gateway says', () => {
  const segment = fc.constantFrom(
    'courses',
    'git',
    'github',
    'Git',
    '..',
    '.',
    '',
    '*',
    'a%2eb',
    '%2F',
    'x\\y',
    'é',
    '%5c',
  );
  const path = fc.array(segment, { maxLength: 4 }).map((segments) => segments.join('/'));
  const kind = fc.constantFrom('content:', 'content', 'plan:', 'product:', 'CONTENT:');
  const name = fc.oneof(
    fc.tuple(kind, path).map((parts) => parts.join('')),
    fc.string(),
  );
  const entitlement = fc.oneof(
    name,
    name.map((text) => `${text}/*`),
  );

  test('for names that look alike', () => {
    // The property below would hold for two that always say no.
    expect(covers('content:courses/git/*', 'content:courses/git/intro')).toBe(true);
    expect(covers('content:courses/git/*', 'content:courses/git')).toBe(true);
    expect(covers('content:courses/git/*', 'content:courses/github')).toBe(false);
    expect(covers('content:courses/git/*', 'content:courses/git/../x')).toBe(false);
  });

  test('for any token at any time', () => {
    const NOW = Date.UTC(2026, 10, 21);
    const time = fc.integer({ min: NOW / 1000 - 3, max: NOW / 1000 + 3 });
    fc.assert(
      fc.property(
        fc.array(entitlement, { maxLength: 5 }),
        fc.dictionary(entitlement, time, { maxKeys: 5, noNullPrototype: true }),
        name,
        (ent, extra, asked) => {
          const ends = {
            ...extra,
            ...Object.fromEntries(ent.slice(0, 2).map((each, i) => [each, NOW / 1000 + i - 1])),
          };
          const claims = { ...gateway.claims(), ent, ends };
          expect(opens(claims, asked, NOW)).toBe(readEnds(claims, NOW)(readAsked(asked)) !== undefined);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

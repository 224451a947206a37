import { Hono } from 'hono';
import { beforeEach, describe, expect, test } from 'vitest';
import { createGate, type GateAnswer } from '../../packages/kit/gate.ts';
import type { GateOptions } from '../../packages/kit/gate-settings.ts';
import { spellPath } from '../../packages/kit/gate-path.ts';
import { gateHono } from '../../packages/kit/hono.ts';
import { readForwardedPath } from '../../src/access/forwarded-path.rules.ts';
import {
  APP,
  challengeOf,
  type FakeGateway,
  GATEWAY,
  openFakeGateway,
  problem,
  PUBLISHABLE_KEY,
  RESOURCE,
  SECRET_KEY,
  sessionToken,
} from './fake-gateway.ts';

const SITE = 'https://shop.example.com';
const SESSION = `__Host-floe_${APP}_session`;
const TOKEN = `__Host-floe_${APP}_token`;
const VERIFIER = `__Host-floe_${APP}_verifier`;
const PAYMENT = `pay_${'0'.repeat(26)}`;
const CODE = 'c'.repeat(43);

let gateway: FakeGateway;
let errors: unknown[];
beforeEach(async () => {
  gateway = await openFakeGateway();
  errors = [];
});

const open = (options: Partial<GateOptions> = {}) =>
  createGate({
    gateway: GATEWAY,
    app: APP,
    secretKey: SECRET_KEY,
    resource: RESOURCE,
    fetch: gateway.fetch,
    now: gateway.now,
    onError: (error) => errors.push(error),
    ...options,
  });

/** A browser on the site: it keeps what it is told to keep, and sends it. */
function openBrowser(gate = open(), site = SITE) {
  const jar = new Map<string, string>();
  const keep = (setCookies: readonly string[]) => {
    for (const line of setCookies) {
      const [pair = '', ...attributes] = line.split('; ');
      const at = pair.indexOf('=');
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
      if (attributes.includes('Max-Age=0')) jar.delete(name);
      else jar.set(name, value);
    }
  };
  const request = (path = '/article', init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    if (cookie && !headers.has('cookie')) headers.set('cookie', cookie);
    return new Request(`${site}${path}`, { ...init, headers });
  };
  const visit = async (path?: string, init?: RequestInit): Promise<GateAnswer> => {
    const answer = await gate(request(path, init));
    keep(answer.setCookies);
    return answer;
  };
  return { jar, keep, request, visit, gate };
}

/** The same browser, at another gate. */
function openBrowserWith(jar: ReadonlyMap<string, string>, gate: ReturnType<typeof open>) {
  const browser = openBrowser(gate);
  for (const [name, value] of jar) browser.jar.set(name, value);
  return browser;
}

/** A session for each letter. */
const tokensOf = (letters: string) => letters.split('').map((letter) => sessionToken(letter));
/** The sessions that the cookie holds, in its order. */
const sessionsIn = (jar: Map<string, string>) =>
  (jar.get(SESSION) ?? '')
    .split('~')
    .filter((entry) => entry !== '')
    .map((entry) => entry.split('.')[0]);

const granted = { allow: true, reason: 'granted', status: 200 };
const askedAccess = () => gateway.asked('/v1/access').length;

describe('a visitor', () => {
  test('nobody knows is not let in, and the gateway is not asked', async () => {
    const { visit } = openBrowser();
    expect((await visit()).decision).toEqual({ allow: false, reason: 'no_session', status: 401 });
    expect(gateway.calls).toEqual([]);
  });

  test('with a session is let in, and the second time without any request', async () => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    const first = await visit();
    expect(first).toMatchObject({
      decision: granted,
      resource: RESOURCE,
      session: { subject: 'customer-1' },
    });
    const count = gateway.calls.length;
    for (let i = 0; i < 10; i++) expect((await visit()).decision).toEqual(granted);
    expect(gateway.calls.length).toBe(count);
  });

  test('who has bought something else hears so, each time from the gateway', async () => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, gateway.signIn('a', 'customer-1', ['content:else']).token);
    expect((await visit()).decision).toEqual({ allow: false, reason: 'not_granted', status: 402 });
    expect((await visit()).decision.allow).toBe(false);
    expect(askedAccess()).toBe(2);
  });

  test('who buys what their token lacks is let in at once', async () => {
    const { visit, jar } = openBrowser(
      open({ resource: (request) => `content:${new URL(request.url).pathname.slice(1)}` }),
    );
    const { token, holder } = gateway.signIn('a', 'customer-1', ['content:one']);
    jar.set(SESSION, token);
    expect((await visit('/one')).decision).toEqual(granted);
    expect((await visit('/two')).decision.allow).toBe(false);
    holder.has.set('content:two', null);
    expect((await visit('/two')).decision).toEqual(granted);
  });

  test.each([
    ['revoked', 402],
    ['expired', 402],
    ['unknown_customer', 402],
    ['unknown_resource', 403],
    ['a_reason_of_tomorrow', 402],
  ])('a no because of %s is %i', async (reason, status) => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, gateway.signIn('a', 'customer-1', [], reason).token);
    expect((await visit()).decision).toMatchObject({ allow: false, status });
  });

  test('who has paid and is not settled yet waits, and is sold nothing', async () => {
    const { visit, jar } = openBrowser();
    const { token, holder } = gateway.signIn('a', 'purchase:1', [], 'pending_payment');
    jar.set(SESSION, token);
    const wait = { allow: false, reason: 'pending_payment', status: 503, retryAfter: 2 };
    expect((await visit()).decision).toEqual(wait);
    holder.has.set(RESOURCE, null);
    expect((await visit()).decision).toEqual(granted);
  });

  test('whose session is over is nobody, and the gateway is asked once a day', async () => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, sessionToken('z'));
    jar.set(TOKEN, 'old');
    const { decision, session, setCookies } = await visit();
    expect([decision.reason, session]).toEqual(['no_session', undefined]);
    expect(setCookies).toEqual([expect.stringMatching(/_token=over\..*Max-Age=86400$/)]);
    for (let i = 0; i < 3; i++) {
      expect(await visit()).toEqual({ decision, resource: RESOURCE, setCookies: [] });
      const atHome = openBrowserWith(jar, open({ resource: () => null }));
      expect((await atHome.visit('/')).session).toBeUndefined();
    }
    expect(askedAccess()).toBe(1);
    // The browser drops it after a day.
    jar.delete(TOKEN);
    gateway.signIn('z', 'customer-1');
    expect((await visit()).decision).toEqual(granted);
  });

  test('of a public page is let through without a request', async () => {
    const { visit } = openBrowser(open({ resource: () => null }));
    expect(await visit()).toEqual({
      decision: { allow: true, reason: 'public', status: 200 },
      resource: null,
      setCookies: [],
    });
    expect(gateway.calls).toEqual([]);
  });

  test.each([undefined, '', 7, false])('a resource function that gives %j opens nothing', async (value) => {
    const { visit, jar } = openBrowser(open({ resource: (() => value) as unknown as () => string }));
    jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    expect((await visit()).decision).toEqual({ allow: false, reason: 'unknown_resource', status: 403 });
  });
});

describe('attack: an address that two readers read in two ways', () => {
  const gate = () =>
    open({
      resource: (request) => (new URL(request.url).pathname.startsWith('/blog/premium/') ? RESOURCE : null),
    });

  test.each([
    '/%2562log/premium/one',
    '//blog/premium/one',
    '/blog//premium/one',
    '/blog%2fpremium/one',
    '/blog%5Cpremium/one',
    '/x/%252e%252e/blog/premium/one',
    '/x/..%2fblog/premium/one',
    '/blog/premium%00/one',
    '/blog%2Fpremium/one',
    // The beginning of something else, decoded once more.
    '/blog/premium%3Fx',
    '/blog/premium%23x',
    '/blog/premium%253Fx',
    '/%25%36%32log/premium/one',
    '/blog/premium%0A',
    '/blog/premium%C2%85',
    // Not decodable at all: refused, not thrown.
    '/%',
    '/%zz/one',
    '/%C3/one',
    '/%C1%A2log',
    '/%ED%A0%80',
  ])('%s is refused', async (path) => {
    expect(await openBrowser(gate()).visit(path)).toEqual({
      decision: { allow: false, reason: 'unknown_resource', status: 403 },
      resource: null,
      setCookies: [],
    });
  });

  test.each([
    ['/%62log/premium/one', '/blog/premium/one'],
    ['/blog/%70remium/one', '/blog/premium/one'],
    ['/%7Eblog/%21vip/%28premium%29/a%2A/it%27s', "/~blog/!vip/(premium)/a*/it's"],
    ['/%40you/a%3Ab%3Bc%2Cd%3De%26f%2Bg%24h', '/@you/a:b;c,d=e&f+g$h'],
    ['/wiki/Foo_%28bar%29', '/wiki/Foo_(bar)'],
    ['/tags/c%2B%2B', '/tags/c++'],
    // Left by a browser as it came, escaped or not.
    ['/a|b/[c]/d%5ee', '/a%7Cb/%5Bc%5D/d%5Ee'],
    // Lower-case escapes, not composed.
    ['/pr%c3%a4mie/', '/pr%C3%A4mie/'],
    ['/files/Cafe%CC%81.pdf', '/files/Caf%C3%A9.pdf'],
    // Composed, it is a semicolon.
    ['/a%CD%BEb', '/a;b'],
    ['/100%25/%28a%29', '/100%25/(a)'],
  ])('%s is led to its one spelling, and no function ever sees it', async (path, spelled) => {
    const seen: string[] = [];
    const resource = (request: Request) => (seen.push(new URL(request.url).pathname), null);
    const { visit, jar } = openBrowser(open({ resource }));
    jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    for (const method of ['GET', 'HEAD']) {
      expect(await visit(`${path}?q=%28%2f//&r`, { method })).toEqual({
        decision: { allow: false, reason: 'respelled', status: 308 },
        resource: null,
        setCookies: [],
        redirect: `${spelled}?q=%28%2f//&r`,
      });
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect(await visit(path, { method })).toMatchObject({ decision: { status: 403 }, setCookies: [] });
    expect(seen).toEqual([]);
    // And there it ends.
    expect((await visit(spelled)).decision.reason).toBe('public');
    expect(seen).toEqual([spelled]);
  });

  test.each([
    '/blog/free',
    '/caf%C3%A9',
    '/café/日本語/😀',
    '/a%20b/a b/100%25',
    '/~user/@me/(a)!*',
    "/it's;a=1,b:c&d+e$",
    '/_next/static/chunks/pages/blog/%5Bslug%5D-1a2b.js',
    '/%7Ba%7D/%22/%3Cb%3E/%60',
    '/{a}/"/<b>/`',
    '/x/../blog/%2e/free',
    '/trailing%20',
  ])('%s is an address like any other', async (path) => {
    expect((await openBrowser(gate()).visit(path)).decision.reason).toBe('public');
  });

  test('what forward-auth accepts, so does the gate', () => {
    const pieces = ['/', 'a', '.', '-', ' ', '%', '[', ']', '|', '^', '~', "'", '(', ';', '+', '\\', '"'];
    pieces.push('é', 'e\u0301', '\u037e', '日', '😀', '\u0000', '\u0085', '\u2028', '％', '．');
    let accepted = 0;
    for (const a of pieces)
      for (const b of pieces)
        for (const c of pieces) {
          const path = encodeURI(`/${a}${b}${c}`);
          if (readForwardedPath(path) === undefined) continue;
          accepted++;
          // Dot segments are not even refused there, and gone here before anybody looks.
          expect(spellPath(new URL(path, SITE).pathname), path).toBe(path);
        }
    expect(accepted).toBeGreaterThan(2000);
  });

  test.each([
    '//evil.example/%61',
    '/%2fevil.example',
    '/%5Cevil.example',
    '/%09/evil.example',
    '/%2e//evil.example/%61',
  ])('%s leads to no other host', async (path) => {
    expect((await openBrowser(gate()).visit(path)).redirect).toBeUndefined();
  });

  test('where a proxy changes the address, it leads to a path, not to where the proxy looks', async () => {
    const { visit } = openBrowser(gate(), 'http://10.0.0.7:3000');
    expect((await visit('/%62log/free')).redirect).toBe('/blog/free');
  });

  test.each([
    ['/~members/', '/%7Emembers/x'],
    ['/!vip/', '/%21vip/x'],
    ['/(premium)/', '/%28premium%29/x'],
    ['/pr%C3%A4mie/', '/pr%c3%a4mie/x'],
    ['/%5Bvip%5D/', '/[vip]/x'],
  ])('%s of a router is not had as %s', async (prefix, spelled) => {
    const site = new Hono();
    const resource = ({ url }: Request) => (new URL(url).pathname.startsWith(prefix) ? RESOURCE : null);
    site.use(gateHono(open({ resource }), { enforce: false }));
    site.get('/free', (c) => c.text('free'));
    site.all(`${decodeURI(prefix)}*`, (c) => c.text('SECRET'));
    expect((await site.request(`${SITE}/free`)).status).toBe(200);
    const led = await site.request(`${SITE}${spelled}`);
    expect([led.status, led.headers.get('location'), await led.text()]).toEqual([308, `${prefix}x`, '']);
    expect(led.headers.get('cache-control')).toBe('private, no-store');
    const closed = new Hono().use(gateHono(open({ resource })));
    expect((await closed.request(`${SITE}${led.headers.get('location')}`)).status).toBe(401);
    expect((await closed.request(`${SITE}${spelled}`, { method: 'POST' })).status).toBe(403);
  });

  test('where everything is gated alike, addresses do not matter', async () => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    expect((await visit('/%62log//x')).decision).toEqual(granted);
  });
});

describe('how late a revocation may be noticed', () => {
  const revoke = async (options: Partial<GateOptions>, secondsLater: number) => {
    const { visit, jar } = openBrowser(open(options));
    const { token, holder } = gateway.signIn('a', 'customer-1', [RESOURCE], 'revoked');
    jar.set(SESSION, token);
    await visit();
    holder.has.clear();
    gateway.clock.now += secondsLater * 1000;
    return { visit, jar, decision: (await visit()).decision };
  };

  test('as long as a token lives, by default; it is not slid along', async () => {
    const { visit, decision } = await revoke({}, 200);
    expect(decision).toEqual(granted);
    gateway.clock.now += 101_000;
    expect((await visit()).decision).toMatchObject({ allow: false, reason: 'revoked' });
  });

  test('maxAge', async () => {
    expect((await revoke({ maxAge: 60 }, 59)).decision).toEqual(granted);
    expect((await revoke({ maxAge: 60 }, 60)).decision).toMatchObject({ allow: false, reason: 'revoked' });
    expect(gateway.asked('/v1/access').every(({ path }) => path.endsWith('max_age=60'))).toBe(true);
  });

  test('at once, with maxAge 0', async () => {
    expect((await revoke({ maxAge: 0 }, 0)).decision).toMatchObject({ allow: false, reason: 'revoked' });
  });

  test('a token that says yes to what the gateway has denied is thrown away', async () => {
    const { jar, visit } = await revoke({ maxAge: 60 }, 61);
    expect(jar.has(TOKEN)).toBe(false);
    gateway.state.isDown = true;
    expect((await visit()).decision).toMatchObject({ reason: 'unavailable', status: 503 });
  });
});

describe('an older token never replaces a newer one', () => {
  test('a cache that is behind what the browser has seen is passed by', async () => {
    const { visit, jar } = openBrowser(
      open({ resource: (request) => `content:${new URL(request.url).pathname.slice(1)}` }),
    );
    const { token, holder } = gateway.signIn('a', 'customer-1', ['content:one', 'content:two'], 'revoked');
    jar.set(SESSION, token);
    holder.has.delete('content:two');
    await visit('/one');
    const newer = jar.get(TOKEN);
    gateway.state.cacheLag = { ms: 30_000, has: new Map([['content:two', null]]) };
    // The stale copy says yes; the browser's newer token says that this was taken away.
    expect((await visit('/two')).decision).toMatchObject({ allow: false, reason: 'revoked' });
    expect(jar.get(TOKEN)).toBe(newer);
  });

  test('unless it is about somebody else, who has signed in since', async () => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, gateway.signIn('a', 'purchase:1').token);
    await visit();
    jar.set(SESSION, gateway.signIn('b', 'customer-1').token);
    gateway.state.cacheLag = { ms: 30_000, has: new Map([[RESOURCE, null]]) };
    expect(await visit()).toMatchObject({ decision: granted, session: { subject: 'customer-1' } });
  });

  test('a session that has become somebody’s (the e-mail is proven): the two are not compared', async () => {
    const { visit, jar } = openBrowser(open({ maxAge: 60 }));
    const { token, holder } = gateway.signIn('a', 'purchase:1');
    jar.set(SESSION, token);
    await visit();
    holder.sub = 'customer-1';
    gateway.clock.now += 61_000;
    gateway.state.cacheLag = { ms: 90_000, has: new Map([[RESOURCE, null]]) };
    expect(await visit()).toMatchObject({
      decision: granted,
      session: { subject: 'customer-1' },
      setCookies: [{}],
    });
    expect(askedAccess()).toBe(2);
  });
});

describe('the gateway is away', () => {
  const prepared = async (options: Partial<GateOptions> = {}) => {
    const browser = openBrowser(open(options));
    browser.jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    await browser.visit();
    gateway.state.isDown = true;
    return browser;
  };
  const closed = { allow: false, reason: 'unavailable', status: 503, retryAfter: 2 };

  test('a token goes on to its end, and not beyond', async () => {
    const { visit } = await prepared({ maxAge: 60 });
    gateway.clock.now += 299_000;
    expect((await visit()).decision).toEqual(granted);
    gateway.clock.now += 6_000;
    expect((await visit()).decision).toEqual(closed);
    expect(errors.length).toBeGreaterThan(0);
  });

  test('with maxAge 0 there is no such yes', async () => {
    const { visit } = await prepared({ maxAge: 0 });
    expect((await visit()).decision).toEqual(closed);
  });

  test('what the token lacks is unavailable, not a no', async () => {
    const { jar, request } = await prepared();
    expect((await open({ resource: 'content:else' })(request())).decision).toEqual(closed);
    expect(jar.has(SESSION)).toBe(true);
  });

  test('without a token: closed, and the session stays', async () => {
    const { visit, jar } = await prepared();
    jar.delete(TOKEN);
    expect((await visit()).decision).toEqual(closed);
    expect(jar.has(SESSION)).toBe(true);
  });

  test.each([
    [
      '503 of the check',
      () =>
        Response.json(
          { allow: false, reason: 'unavailable' },
          { status: 503, headers: { 'retry-after': '7' } },
        ),
      7,
    ],
    ['500', () => new Response('oops', { status: 500 }), 2],
    ['a proxy’s page with 200', () => new Response('<html>allow: true'), 2],
    [
      'a redirect',
      () => new Response(null, { status: 302, headers: { location: 'https://evil.example' } }),
      2,
    ],
    ['a yes that is no boolean', () => Response.json({ allow: 'true', reason: 'granted', token: null }), 2],
    ['a yes without a token', () => Response.json({ allow: true, reason: 'granted', token: null }), 2],
    [
      'a yes with rubbish for a token',
      () => Response.json({ allow: true, reason: 'granted', token: 'a.b.c' }),
      2,
    ],
  ])('%s: closed', async (_what, answer, retryAfter) => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    gateway.state.instead.push(answer());
    expect((await visit()).decision).toEqual({ ...closed, retryAfter });
    expect(jar.has(SESSION)).toBe(true);
  });

  describe('and something in front of it answers', () => {
    const page = (status: number) =>
      new Response('<html>Sign in to the intranet', { status, headers: { 'content-type': 'text/html' } });
    const impostors: [string, () => Response][] = [
      ['a firewall’s page', () => page(401)],
      ['a proxy’s JSON', () => Response.json({ code: 'unauthorized' }, { status: 401 })],
      [
        'a problem of somebody else’s',
        () =>
          Response.json(
            { status: 401, title: 'Unauthorized' },
            { status: 401, headers: { 'content-type': 'application/problem+json' } },
          ),
      ],
      ['another problem', () => new Response(problem('invalid_signature').body, { status: 401 })],
    ];

    test.each(impostors)('attack: %s with 401 takes nobody’s session', async (_who, answer) => {
      const { visit, jar } = openBrowser(open({ maxAge: 60 }));
      jar.set(SESSION, gateway.signIn('a', 'purchase:1').token);
      await visit();
      const before = new Map(jar);
      gateway.clock.now += 306_000;
      gateway.state.instead.push(answer());
      expect((await visit()).decision).toEqual(closed);
      expect(jar).toEqual(before);
      expect(String(errors)).toContain('GET /v1/access answered 401');
      expect((await visit()).decision).toEqual(granted);
    });

    test('its 422 is no word about the resource', async () => {
      const { visit, jar } = openBrowser();
      jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
      gateway.state.instead.push(page(422));
      expect((await visit()).decision).toEqual(closed);
      expect(String(errors)).toContain('in front of it');
      gateway.state.instead.push(problem('validation_failed'));
      expect((await visit()).decision.reason).toBe('unknown_resource');
    });

    test.each([400, 422, 401, 403])('its %i does not use up a code', async (status) => {
      gateway.signIn('n', 'purchase:1');
      gateway.codes.set(CODE, { callback: `${SITE}/a`, session: sessionToken('n') });
      let isFirst = true;
      const gate = open({
        fetch: (url, init) => {
          if (!isFirst) return gateway.fetch(url, init);
          isFirst = false;
          return Promise.resolve(page(status));
        },
      });
      const { visit, jar } = openBrowser(gate);
      const back = `/a?code=${CODE}&payment_id=${PAYMENT}`;
      expect(await visit(back)).toMatchObject({ decision: closed, setCookies: [] });
      expect(String(errors)).toContain(`POST /v1/sessions/exchange answered ${status}`);
      await visit(back);
      expect(sessionsIn(jar)).toEqual([sessionToken('n')]);
    });

    test('an address that the gateway cannot read is news, and does not get better', async () => {
      const gate = open({ fetch: () => Promise.resolve(problem('validation_failed')) });
      const { visit } = openBrowser(gate);
      expect((await visit(`/a?code=${CODE}&payment_id=${PAYMENT}`)).decision.reason).toBe('not_kept');
      expect(String(errors)).toContain('POST /v1/sessions/exchange answered 422 (validation_failed');
    });

    test.each(impostors)('%s with 401 has not ended a session', async (_who, answer) => {
      const gate = open({ fetch: () => Promise.resolve(answer()) });
      const { request, jar } = openBrowser(gate);
      jar.set(SESSION, sessionToken('a'));
      const signOut = request('/sign-out', { method: 'POST', headers: { origin: SITE } });
      expect(await gate.signOut(signOut)).toMatchObject({ ok: true, revoked: false });
      expect(String(errors)).toContain('DELETE /v1/session answered 401');
    });

    test('and the gateway’s own 401 is believed: the session was over already', async () => {
      const { gate, request, jar } = openBrowser();
      jar.set(SESSION, sessionToken('a'));
      const signOut = request('/sign-out', { method: 'POST', headers: { origin: SITE } });
      expect(await gate.signOut(signOut)).toMatchObject({ ok: true, revoked: true });
      expect(errors).toEqual([]);
    });
  });

  test('attack: a redirect is followed with no credential, whatever was asked', async () => {
    const sent: RequestInit[] = [];
    const elsewhere = { status: 302, headers: { location: 'https://evil.example' } };
    const gate = open({
      fetch: (_url, init) => {
        sent.push(init);
        return Promise.resolve(new Response(null, elsewhere));
      },
    });
    const { visit, jar, request } = openBrowser(gate);
    jar.set(SESSION, sessionToken('a'));
    expect((await visit()).decision).toEqual(closed);
    expect((await visit(`/a?code=${CODE}&payment_id=${PAYMENT}`)).decision).toEqual(closed);
    const signOut = request('/sign-out', { method: 'POST', headers: { origin: SITE } });
    expect(await gate.signOut(signOut)).toMatchObject({ revoked: false });
    expect(sent.map(({ method, redirect }) => [method, redirect])).toEqual([
      ['GET', 'manual'],
      ['POST', 'manual'],
      ['DELETE', 'manual'],
    ]);
  });

  test.each(['its keys', 'its answers'])('%s hang: closed within the time of a decision', async (what) => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    await visit();
    const slow = open({
      timeoutMs: 60,
      maxAge: 0,
      fetch: (url, init) => {
        if (url.endsWith('jwks.json') !== (what === 'its keys')) return gateway.fetch(url, init);
        return new Promise((_resolve, reject) => {
          init.signal?.addEventListener('abort', () => reject(new Error('given up')));
        });
      },
    });
    const began = performance.now();
    expect((await openBrowserWith(jar, slow).visit()).decision).toEqual(closed);
    expect(performance.now() - began).toBeLessThan(1500);
  });

  test('only its keys: closed, since nothing can be verified', async () => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    gateway.state.areKeysDown = true;
    expect((await visit()).decision).toEqual(closed);
  });

  test('the site’s own clock is wrong: the gateway’s yes counts, and is asked for each time', async () => {
    const gate = open({ now: () => gateway.clock.now + 3_600_000 });
    const { visit, jar } = openBrowser(gate);
    jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    expect((await visit()).decision).toEqual(granted);
    expect((await visit()).decision).toEqual(granted);
    expect(askedAccess()).toBe(2);
  });
});

describe('back from checkout', () => {
  const back = `/article?lang=de&code=${CODE}&payment_id=${PAYMENT}&status=succeeded`;
  const issue = (challenge?: string) => {
    gateway.signIn('n', 'purchase:1');
    gateway.codes.set(CODE, {
      callback: `${SITE}/article?lang=de`,
      session: sessionToken('n'),
      ...(challenge === undefined ? {} : { challenge }),
    });
  };

  test('the code becomes a session, the address clean, the article open', async () => {
    issue();
    const { visit, jar } = openBrowser();
    const answer = await visit(back);
    expect(answer).toMatchObject({
      decision: { allow: false, status: 303 },
      redirect: `${SITE}/article?lang=de`,
    });
    expect(sessionsIn(jar)).toEqual([sessionToken('n')]);
    expect((await visit('/article?lang=de')).decision).toEqual(granted);
  });

  test('cookies are the site’s own: __Host-, Secure, HttpOnly, Lax, all of the site, no domain', async () => {
    issue();
    const { visit } = openBrowser();
    const { setCookies } = await visit(back);
    const later = await visit('/article');
    const lines = [...setCookies, ...later.setCookies];
    expect(lines.length).toBe(3);
    for (const line of lines) {
      expect(line).toMatch(/^__Host-floe_quay-live_(session|token)=/);
      expect(line.split('; ')).toEqual(
        expect.arrayContaining(['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']),
      );
      expect(line).not.toMatch(/domain/i);
    }
    expect(lines[0]).toMatch(/Max-Age=2592000$/);
    expect(lines[2]).toMatch(/Max-Age=300$/);
  });

  test('attack: a replayed code signs nobody in, and whoever is signed in stays so', async () => {
    issue();
    const buyer = openBrowser();
    await buyer.visit(back);
    const again = await buyer.visit(back);
    expect(again).toMatchObject({ redirect: `${SITE}/article?lang=de`, setCookies: [] });
    // A page that is loaded again is no news.
    expect(errors).toEqual([]);
    expect((await buyer.visit('/article?lang=de')).decision).toEqual(granted);
    const thief = openBrowser();
    expect((await thief.visit(back)).setCookies).toEqual([]);
    expect((await thief.visit('/article?lang=de')).decision.reason).toBe('no_session');
  });

  test('the gateway is away: 503 and the same address again, so that the code is not lost', async () => {
    issue();
    const { visit, jar } = openBrowser();
    gateway.state.isDown = true;
    const answer = await visit(back);
    expect(answer.decision).toMatchObject({ status: 503, retryAfter: 2 });
    expect(answer.redirect).toBeUndefined();
    gateway.state.isDown = false;
    await visit(back);
    expect(jar.has(SESSION)).toBe(true);
  });

  test('the site’s own parameters come back as they were written', async () => {
    const callback = `${SITE}/a?x=1%202&flag&y=a+b`;
    gateway.codes.set(CODE, { callback, session: sessionToken('n') });
    const { visit } = openBrowser();
    const { redirect, setCookies } = await visit(
      `/a?x=1%202&flag&y=a+b&code=${CODE}&payment_id=${PAYMENT}&status=x`,
    );
    expect(redirect).toBe(callback);
    expect(setCookies.length).toBe(2);
  });

  test('attack: a path like another host leads nowhere else', async () => {
    const { visit } = openBrowser(open({ origin: SITE }));
    gateway.codes.set(CODE, { callback: `${SITE}//evil.example/a`, session: sessionToken('n') });
    const { redirect } = await visit(`//evil.example/a?code=${CODE}&payment_id=${PAYMENT}`);
    expect(new URL(redirect ?? '').origin).toBe(SITE);
  });

  test('behind a proxy the site’s own origin counts', async () => {
    issue();
    const { visit } = openBrowser(open({ origin: SITE }), 'http://10.0.0.7:3000');
    expect(await visit(back)).toMatchObject({ redirect: `${SITE}/article?lang=de`, setCookies: [{}, {}] });
  });

  test.each([
    ['a code of the site’s own OAuth', `/article?code=${CODE}&state=x`, {}],
    ['a code of another form', `/article?code=abc&payment_id=${PAYMENT}`, {}],
    ['two codes', `${back}&code=${CODE}`, {}],
    ['a page fetched ahead', back, { headers: { 'sec-purpose': 'prefetch' } }],
    ['an image of another page', back, { headers: { 'sec-fetch-mode': 'no-cors' } }],
    ['a HEAD', back, { method: 'HEAD' }],
    ['a POST', back, { method: 'POST' }],
  ])('%s spends nothing', async (_what, path, init) => {
    issue();
    const { visit } = openBrowser();
    expect((await visit(path, init)).decision.reason).toBe('no_session');
    expect(gateway.asked('/v1/sessions/exchange')).toEqual([]);
  });

  test('who is signed in stays so, and what the token lacks is asked for', async () => {
    issue();
    const { visit, jar } = openBrowser();
    jar.set(SESSION, gateway.signIn('f', 'customer-1').token);
    await visit();
    expect(jar.has(TOKEN)).toBe(true);
    await visit(back);
    expect(sessionsIn(jar)).toEqual([sessionToken('f'), sessionToken('n')]);
    expect(jar.has(TOKEN)).toBe(false);
  });

  test('an answer that got lost is asked for again: the code is good for once', async () => {
    issue();
    const { visit, jar } = openBrowser();
    gateway.state.losesAnswers = 1;
    await visit(back);
    expect(sessionsIn(jar)).toEqual([sessionToken('n')]);
    expect(gateway.asked('/v1/sessions/exchange')).toHaveLength(2);
  });

  test('attack: a code in an address that is opened again elsewhere gives nobody the session', async () => {
    issue();
    await openBrowser().visit(back);
    const other = openBrowser();
    await other.visit(back);
    expect(other.jar.has(SESSION)).toBe(false);
  });

  describe('tied to the browser that began', () => {
    const begin = async (options: Partial<GateOptions> = { pkce: true }) => {
      const browser = openBrowser(open(options));
      const { codeChallenge, setCookie } = await browser.gate.challenge(browser.request());
      browser.keep([setCookie]);
      return { ...browser, codeChallenge };
    };

    test('that browser is let in', async () => {
      const { visit, jar, codeChallenge } = await begin();
      expect(await challengeOf(jar.get(VERIFIER) ?? '')).toBe(codeChallenge);
      issue(codeChallenge);
      await visit(back);
      expect(sessionsIn(jar)).toEqual([sessionToken('n')]);
    });

    test('whose answers all got lost, it has the session when it loads the page again', async () => {
      const { visit, jar, codeChallenge } = await begin();
      issue(codeChallenge);
      gateway.state.losesAnswers = 2;
      await visit(back);
      expect(jar.has(SESSION)).toBe(false);
      await visit(back);
      expect(sessionsIn(jar)).toEqual([sessionToken('n')]);
    });

    test('two purchases at once do not disturb each other', async () => {
      const { gate, request, keep, codeChallenge, visit, jar } = await begin();
      const second = await gate.challenge(request());
      keep([second.setCookie]);
      expect(second.codeChallenge).toBe(codeChallenge);
      issue(codeChallenge);
      await visit(back);
      expect(jar.has(SESSION)).toBe(true);
    });

    test('attack: a stolen code is of no use elsewhere', async () => {
      const { codeChallenge } = await begin();
      issue(codeChallenge);
      const thief = await begin();
      await thief.visit(back);
      expect(thief.jar.has(SESSION)).toBe(false);
      expect(gateway.codes.has(CODE)).toBe(true);
    });

    test('attack: a link with the attacker’s own code does not sign the victim in as them', async () => {
      issue();
      const victim = openBrowser(open({ pkce: true }));
      expect((await victim.visit(back)).decision.reason).toBe('not_kept');
      expect(victim.jar.size).toBe(0);
      const other = await begin();
      await other.visit(back);
      expect(other.jar.has(SESSION)).toBe(false);
    });

    test('a publishable key exchanges with a verifier only', async () => {
      const gate = createGate({
        gateway: GATEWAY,
        app: APP,
        publishableKey: PUBLISHABLE_KEY,
        resource: RESOURCE,
        fetch: gateway.fetch,
        now: gateway.now,
      });
      const browser = openBrowser(gate);
      issue();
      expect((await browser.visit(back)).decision.reason).toBe('no_session');
      const { codeChallenge, setCookie } = await browser.gate.challenge(browser.request());
      browser.keep([setCookie]);
      issue(codeChallenge);
      await browser.visit(back);
      expect(sessionsIn(browser.jar)).toEqual([sessionToken('n')]);
    });

    test('a purchase without a challenge works beside one with, where that is allowed', async () => {
      const { visit, jar } = await begin({});
      issue();
      await visit(back);
      expect(sessionsIn(jar)).toEqual([sessionToken('n')]);
    });
  });
});

describe('a session that the site has asked for itself', () => {
  const expires_at = () => new Date(gateway.clock.now + 3_600_000).toISOString();

  test('lets its user in, and leaves nothing of whoever was here before', async () => {
    const { visit, jar, keep, gate, request } = openBrowser();
    jar.set(SESSION, gateway.signIn('a', 'somebody').token);
    await visit();
    const { token } = gateway.signIn('b', 'external:u1');
    keep(gate.keepSession(request(), { session: token, expires_at: expires_at() }));
    expect(jar.has(TOKEN)).toBe(false);
    expect(await visit()).toMatchObject({ decision: granted, session: { subject: 'external:u1' } });
  });

  test.each([sessionToken('a', 'sandbox'), SECRET_KEY, '', 'x; Domain=evil.example'])(
    '%j is none',
    (session) => {
      const { gate, request } = openBrowser();
      expect(() => gate.keepSession(request(), { session, expires_at: expires_at() })).toThrow(TypeError);
    },
  );
});

test('the browser’s name goes along with a code, for the list of sessions', async () => {
  const { visit } = openBrowser();
  const userAgent = 'Mozilla/5.0 (X11) Firefox/150.0';
  await visit(`/a?code=${CODE}&payment_id=${PAYMENT}`, { headers: { 'user-agent': userAgent } });
  expect(JSON.parse(gateway.asked('/v1/sessions/exchange')[0]?.body ?? '')).toMatchObject({
    user_agent: userAgent,
  });
});

describe('attack: cookies', () => {
  const victimAndThief = async () => {
    const victim = openBrowser();
    victim.jar.set(SESSION, gateway.signIn('v', 'victim').token);
    await victim.visit();
    const thief = openBrowser();
    thief.jar.set(SESSION, gateway.signIn('t', 'thief', []).token);
    return { victim, thief };
  };

  test('swap: a token of the victim’s beside one’s own session opens nothing', async () => {
    const { victim, thief } = await victimAndThief();
    thief.jar.set(TOKEN, victim.jar.get(TOKEN) ?? '');
    expect(await thief.visit()).toMatchObject({ decision: { allow: false, reason: 'not_granted' } });
  });

  test('swap: the bare token, under a seal of one’s own, opens nothing', async () => {
    const { victim, thief } = await victimAndThief();
    const stolen = (victim.jar.get(TOKEN) ?? '').split('.').slice(1).join('.');
    expect(stolen).toMatch(/^ey/);
    for (const seal of ['', `${'A'.repeat(43)}.`, '.', `${victim.jar.get(TOKEN)?.split('.')[0]}.`]) {
      thief.jar.set(TOKEN, `${seal}${stolen}`);
      expect((await thief.visit()).decision.allow).toBe(false);
    }
  });

  test('a token without a session opens nothing, and goes', async () => {
    const { victim } = await victimAndThief();
    victim.jar.delete(SESSION);
    expect((await victim.visit()).decision.reason).toBe('no_session');
    expect(victim.jar.size).toBe(0);
  });

  test('a forged token under the site’s own seal is still forged', async () => {
    const { victim } = await victimAndThief();
    const [seal, head, , tail] = (victim.jar.get(TOKEN) ?? '').split('.');
    const claims = Buffer.from(JSON.stringify(gateway.claims({ ent: ['content:everything'] }))).toString(
      'base64url',
    );
    victim.jar.set(TOKEN, `${seal}.${head}.${claims}.${tail}`);
    const gate = open({ resource: 'content:everything' });
    expect((await gate(victim.request())).decision.allow).toBe(false);
  });

  test('a session of another app opens nothing here', async () => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, gateway.signIn('o', 'customer-1', [RESOURCE], 'not_granted', 'atlas-live').token);
    for (let i = 0; i < 2; i++)
      expect((await visit()).decision).toMatchObject({ allow: false, reason: 'no_session' });
    expect(askedAccess()).toBe(1);
    // Most often it is the site's own mistake.
    expect(String(errors)).toContain(`not of the app “${APP}”`);
  });

  test('a session of the other mode is not even asked about', async () => {
    const { visit, jar } = openBrowser();
    jar.set(SESSION, sessionToken('a', 'sandbox'));
    expect((await visit()).decision.reason).toBe('no_session');
    expect(gateway.calls).toEqual([]);
  });

  test.each([
    ['the same name twice', (mine: string, planted: string) => `${SESSION}=${planted}; ${SESSION}=${mine}`],
    [
      'twice, the other way round',
      (mine: string, planted: string) => `${SESSION}=${mine}; ${SESSION}=${planted}`,
    ],
    [
      'a subdomain’s, without the prefix',
      (_mine: string, planted: string) => `floe_${APP}_session=${planted}`,
    ],
    ['in other letters', (_mine: string, planted: string) => `__host-floe_${APP}_session=${planted}`],
    ['behind odd white space', (_mine: string, planted: string) => `\u00A0${SESSION}=${planted}`],
    ['behind a tab', (_mine: string, planted: string) => `x=1;\t${SESSION}=${planted}`],
    ['in quotes', (_mine: string, planted: string) => `${SESSION}="${planted}"`],
    ['without a name', (_mine: string, planted: string) => `=${SESSION}=${planted}`],
    ['oversized', (_mine: string, planted: string) => `${SESSION}=${planted}${'x'.repeat(5000)}`],
    ['encoded', (_mine: string, planted: string) => `${SESSION}=${planted.replace('_', '%5f')}`],
    [
      'well formed, and larger than a browser keeps',
      (_mine: string, planted: string) => `${SESSION}=${Array(80).fill(`${planted}.p1`).join('~')}`,
    ],
  ])('tossing: %s is nobody’s', async (_how, cookieOf) => {
    const mine = gateway.signIn('m', 'me').token;
    const planted = gateway.signIn('p', 'attacker').token;
    const { visit } = openBrowser();
    const answer = await visit('/article', { headers: { cookie: cookieOf(mine, planted) } });
    expect(answer.decision).toMatchObject({ allow: false, reason: 'no_session' });
    expect(answer.session).toBeUndefined();
    expect(gateway.calls).toEqual([]);
  });

  test.each([
    [4096, granted],
    [4097, { allow: false, reason: 'no_session', status: 401 }],
  ])('of %i characters with its name', async (chars, decision) => {
    const { token } = gateway.signIn('m', 'me');
    const cookie = `${SESSION}=${token}~`.padEnd(chars, 'x');
    expect((await openBrowser().visit('/article', { headers: { cookie } })).decision).toEqual(decision);
  });

  test('a token too large for a cookie is not kept, and access goes on', async () => {
    const { visit, jar } = openBrowser();
    const many = Array.from({ length: 200 }, (_, i) => `content:a-rather-long-name/${i}`);
    jar.set(SESSION, gateway.signIn('a', 'customer-1', [RESOURCE, ...many]).token);
    expect((await visit()).decision).toEqual(granted);
    expect(jar.has(TOKEN)).toBe(false);
    expect((await visit()).decision).toEqual(granted);
  });
});

describe('signing out', () => {
  const signedIn = async () => {
    const browser = openBrowser();
    browser.jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    await browser.visit();
    const signOut = async (init: RequestInit) => {
      const answer = await browser.gate.signOut(browser.request('/sign-out', init));
      browser.keep(answer.setCookies);
      return answer;
    };
    return { ...browser, signOut };
  };

  test.each([
    { 'sec-fetch-site': 'same-origin' },
    { origin: SITE },
    { origin: 'null', 'sec-fetch-site': 'same-origin' },
  ])('from a page of the site: %j', async (headers) => {
    const { signOut, jar, visit } = await signedIn();
    expect(await signOut({ method: 'POST', headers })).toMatchObject({
      ok: true,
      status: 200,
      revoked: true,
    });
    expect(jar.size).toBe(0);
    expect(gateway.sessions.size).toBe(0);
    expect((await visit()).decision.reason).toBe('no_session');
  });

  test.each([
    [
      'another site’s form',
      { method: 'POST', headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' } },
      403,
    ],
    [
      'a subdomain’s',
      { method: 'POST', headers: { 'sec-fetch-site': 'same-site', origin: 'https://x.example.com' } },
      403,
    ],
    [
      'a subdomain’s in an old browser',
      { method: 'POST', headers: { origin: 'https://x.shop.example.com' } },
      403,
    ],
    ['the same host over http', { method: 'POST', headers: { origin: 'http://shop.example.com' } }, 403],
    ['a sandboxed frame', { method: 'POST', headers: { origin: 'null' } }, 403],
    ['who says nothing', { method: 'POST' }, 403],
    ['a link', { method: 'GET', headers: { 'sec-fetch-site': 'same-origin' } }, 405],
  ])('attack: CSRF: %s cannot', async (_who, init, status) => {
    const { signOut, jar } = await signedIn();
    expect(await signOut(init)).toEqual({ ok: false, status, revoked: false, setCookies: [] });
    expect(jar.size).toBe(2);
    expect(gateway.sessions.size).toBe(1);
  });

  test('while the gateway is away: the cookies go, and it says that the session has not', async () => {
    const { signOut, jar } = await signedIn();
    gateway.state.isDown = true;
    const answer = await signOut({ method: 'POST', headers: { origin: SITE } });
    expect(answer).toMatchObject({ ok: true, revoked: false });
    expect(jar.size).toBe(0);
  });
});

describe('several sessions in one browser', () => {
  const expires_at = () => new Date(gateway.clock.now + 3_600_000).toISOString();
  const PRODUCT = 'product:00000000-0000-4000-8000-000000000001';

  /** A site where each path is a resource of its own: `/one` is `content:one`. */
  function openShop(options: Partial<GateOptions> = {}) {
    const browser = openBrowser(
      open({ resource: (request) => `content:${new URL(request.url).pathname.slice(1)}`, ...options }),
    );
    const { visit, keep, gate, request } = browser;
    /** A purchase that opens `has` has just been paid. */
    const issue = (letter: string, has: readonly string[], reason?: string, challenge?: string) => {
      const { token, holder } = gateway.signIn(letter, `purchase:${letter}`, has, reason);
      const productId = PRODUCT.slice('product:'.length);
      const tie = challenge === undefined ? {} : { challenge };
      const code = letter.repeat(43);
      gateway.codes.set(code, { callback: `${SITE}/back`, session: token, productId, ...tie });
      return { token, holder, back: `/back?code=${code}&payment_id=${PAYMENT}` };
    };
    /** Comes back from it, as one comes from another site. Nothing ties it to this browser. */
    const buy = async (letter: string, has: readonly string[], reason?: string) => {
      const bought = issue(letter, has, reason);
      await visit(bought.back, { headers: { 'sec-fetch-site': 'cross-site' } });
      return bought;
    };
    /** The same, begun in this very browser. */
    const buyTied = async (letter: string, has: readonly string[]) => {
      const { codeChallenge, setCookie } = await gate.challenge(request());
      keep([setCookie]);
      const bought = issue(letter, has, undefined, codeChallenge);
      await visit(bought.back);
      return bought;
    };
    /** Has read the mail. */
    const signIn = (letter: string, sub: string, has: readonly string[], reason?: string) => {
      const signedIn = gateway.signIn(letter, sub, has, reason);
      keep(
        gate.keepSession(request(), { session: signedIn.token, expires_at: expires_at(), replaced: false }),
      );
      return signedIn;
    };
    return { ...browser, issue, buy, buyTied, signIn };
  }

  test('two purchases without signing in: both stay open', async () => {
    const { buy, visit, jar } = openShop();
    const first = await buy('a', ['content:one']);
    const second = await buy('b', ['content:two']);
    for (const path of ['/one', '/two', '/one']) expect((await visit(path)).decision, path).toEqual(granted);
    expect((await visit('/three')).decision).toMatchObject({ reason: 'not_granted', status: 402 });
    expect(sessionsIn(jar)).toEqual([first.token, second.token]);
    expect((await visit('/one')).session).toEqual({ token: first.token, subject: 'purchase:a' });
  });

  test('who is signed in and buys for another address keeps both, the proven one first', async () => {
    const { buy, signIn, visit, jar } = openShop();
    const { token } = signIn('a', 'customer-1', ['content:one']);
    const bought = await buy('b', ['content:two']);
    expect(sessionsIn(jar)).toEqual([token, bought.token]);
    expect((await visit('/one')).decision).toEqual(granted);
    expect((await visit('/two')).decision).toEqual(granted);
  });

  test('a cookie of an older kit, a session alone, is read and kept beside a purchase', async () => {
    const { buy, visit, jar } = openShop();
    const { token } = gateway.signIn('a', 'customer-1', ['content:one']);
    jar.set(SESSION, token);
    await buy('b', ['content:two']);
    expect(sessionsIn(jar)).toEqual([token, sessionToken('b')]);
    for (const path of ['/one', '/two']) expect((await visit(path)).decision, path).toEqual(granted);
  });

  test('the token opens without a request, with whichever session it came', async () => {
    const { buy, visit } = openShop();
    await buy('a', ['content:one']);
    await buy('b', ['content:two']);
    await visit('/one');
    const count = gateway.calls.length;
    expect(await visit('/one')).toMatchObject({ decision: granted, session: { subject: 'purchase:a' } });
    expect(gateway.calls.length).toBe(count);
  });

  test('the session that opened a page is asked first when its token is too old', async () => {
    const { buy, signIn, visit } = openShop({ maxAge: 60 });
    signIn('a', 'customer-1', []);
    await buy('b', ['content:two']);
    await visit('/two');
    gateway.clock.now += 61_000;
    const count = askedAccess();
    expect((await visit('/two')).decision).toEqual(granted);
    expect(askedAccess()).toBe(count + 1);
  });

  test('attack: a token sealed for a session that is not in the list opens nothing', async () => {
    const victim = openShop();
    await victim.buy('v', ['content:one']);
    await victim.visit('/one');
    const thief = openShop();
    await thief.buy('t', ['content:two']);
    await thief.buy('u', ['content:three']);
    thief.jar.set(TOKEN, victim.jar.get(TOKEN) ?? '');
    expect((await thief.visit('/one')).decision).toMatchObject({ allow: false, reason: 'not_granted' });
  });

  test('who buys much without signing in loses the oldest purchase, and never a proven session', async () => {
    const { buyTied, signIn, jar } = openShop();
    const { token } = signIn('z', 'customer-1', []);
    for (const letter of 'abcdefgh') await buyTied(letter, [`content:${letter}`]);
    expect(sessionsIn(jar)).toEqual([token, ...tokensOf('hgfed')]);
  });

  describe('attack: links with the attacker’s own codes', () => {
    test('take nobody’s place: what is held stays, however many there are', async () => {
      const { buy, visit, jar } = openShop();
      const bought = await buy('v', ['content:one']);
      for (const letter of 'abcdefgh') await buy(letter, [`content:${letter}`]);
      expect(sessionsIn(jar)).toEqual([bought.token, ...tokensOf('abcde')]);
      expect((await visit('/one')).decision).toEqual(granted);
      expect(String(errors)).toContain('a purchase was not kept');
    });

    test.each([{}, { 'sec-fetch-site': 'none' }, { 'sec-fetch-site': 'same-site' }])(
      'nor with %j: a link in a mail is none of another site’s',
      async (headers) => {
        const { buy, issue, visit, jar } = openShop();
        for (const letter of 'abcdef') await buy(letter, []);
        const { back } = issue('x', []);
        expect((await visit(back, { headers })).setCookies).toEqual([]);
        expect(sessionsIn(jar)).toEqual(tokensOf('abcdef'));
      },
    );

    test('whose purchase found no place is not led to a page that sells it again, but told', async () => {
      const { buy, issue, visit } = openShop();
      for (const letter of 'abcdef') await buy(letter, []);
      expect(await visit(issue('x', []).back)).toEqual({
        decision: { allow: false, reason: 'not_kept', status: 401 },
        resource: null,
        setCookies: [],
      });
    });

    test('what found no place is ended, since nobody holds it', async () => {
      const { buy } = openShop();
      for (const letter of 'abcdefg') await buy(letter, []);
      expect([...gateway.sessions.keys()]).toEqual(tokensOf('abcdef'));
    });

    test('nor do five proven ones lose one of theirs', async () => {
      const { buy, jar } = openShop();
      const tokens = tokensOf('abcde');
      for (const letter of 'abcde') gateway.signIn(letter, `customer-${letter}`, []);
      jar.set(SESSION, tokens.map((token) => `${token}.szzzzzz`).join('~'));
      await buy('x', []);
      expect(sessionsIn(jar)).toEqual([...tokens, sessionToken('x')]);
    });

    test('what they planted is not who is here, while anybody else is', async () => {
      const shop = openShop();
      const { token } = await shop.buyTied('v', ['content:one']);
      await shop.buy('x', ['content:x']);
      const atHome = openBrowserWith(shop.jar, open({ resource: () => null }));
      expect((await atHome.visit('/')).session?.token).toBe(token);
    });

    test('what they planted is the first to go for a purchase that began here', async () => {
      const { buy, buyTied, jar } = openShop();
      await buyTied('v', ['content:one']);
      for (const letter of 'abcde') await buy(letter, []);
      await buyTied('w', ['content:two']);
      expect(sessionsIn(jar)).toEqual(tokensOf('wvabcd'));
      expect(errors).toEqual([]);
    });
  });

  describe('no room is left', () => {
    test('what the gateway says is over makes some', async () => {
      const { buy, jar } = openShop();
      for (const letter of 'abcdef') await buy(letter, []);
      gateway.sessions.delete(sessionToken('b'));
      await buy('g', []);
      expect(sessionsIn(jar)).toEqual(tokensOf('acdefg'));
      expect(errors).toEqual([]);
    });

    test('what is over goes before the oldest, which still opens something', async () => {
      const { buyTied, jar } = openShop();
      for (const letter of 'abcdef') await buyTied(letter, []);
      gateway.sessions.delete(sessionToken('e'));
      await buyTied('g', []);
      expect(sessionsIn(jar)).toEqual(tokensOf('gfdcba'));
    });

    test('attack: a 401 that is not the gateway’s makes none', async () => {
      const { buy, jar, issue, request } = openShop();
      for (const letter of 'abcdef') await buy(letter, []);
      const { back } = issue('g', []);
      const gate = open({
        fetch: (url, init) =>
          url.endsWith('/v1/session')
            ? Promise.resolve(new Response('<html>', { status: 401 }))
            : gateway.fetch(url, init),
      });
      expect((await gate(request(back))).setCookies).toEqual([]);
      expect(sessionsIn(jar)).toEqual(tokensOf('abcdef'));
    });

    test('while there is some, nobody is asked', async () => {
      const { buy } = openShop();
      for (const letter of 'abcdef') await buy(letter, []);
      expect(gateway.asked('/v1/session').map(({ path }) => path)).not.toContain('/v1/session');
    });
  });

  test('of the sessions six are kept, and four of those may be proven', async () => {
    const { buyTied, signIn, jar } = openShop();
    for (const letter of 'abc') signIn(letter, `customer-${letter}`, []);
    for (const letter of 'xyz') await buyTied(letter, []);
    expect(sessionsIn(jar)).toEqual(tokensOf('cbazyx'));
    signIn('d', 'customer-d', []);
    expect(sessionsIn(jar)).toEqual(tokensOf('dcbazy'));
    signIn('e', 'customer-e', []);
    expect(sessionsIn(jar)).toEqual(tokensOf('edcbzy'));
  });

  test('what was bought just now has a place beside any number of proven ones', async () => {
    const { buy, signIn, visit, jar } = openShop();
    for (const letter of 'abcdefgh') signIn(letter, `customer-${letter}`, []);
    await buy('n', ['content:one']);
    expect(sessionsIn(jar)).toEqual(tokensOf('hgfen'));
    expect((await visit('/one')).decision).toEqual(granted);
  });

  test('attack: a cookie with any number of sessions makes six requests', async () => {
    const { visit } = openShop();
    const tokens = tokensOf('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
    const cookie = `${SESSION}=${tokens.map((token) => `${token}.p1`).join('~')}`;
    expect((await visit('/one', { headers: { cookie } })).decision.reason).toBe('no_session');
    expect(askedAccess()).toBe(6);
  });

  test('what is not well formed in the list is passed over', async () => {
    const { visit } = openShop();
    const { token } = gateway.signIn('a', 'customer-1', ['content:one']);
    const rubbish = ['', '~', 'x.p1', `${sessionToken('b')}.x1`, `${sessionToken('c')}.p1.2`, `${token}.p`];
    const cookie = `${SESSION}=${[...rubbish, sessionToken('d', 'sandbox'), `${token}.s1`].join('~')}`;
    expect((await visit('/one', { headers: { cookie } })).decision).toEqual(granted);
    expect(askedAccess()).toBe(1);
  });

  test('who has paid with one and is not settled yet waits, whatever the others say', async () => {
    const { buy, signIn, visit } = openShop();
    signIn('a', 'customer-1', [], 'revoked');
    await buy('b', [], 'pending_payment');
    await buy('c', [], 'not_granted');
    expect((await visit('/one')).decision).toMatchObject({ reason: 'pending_payment', status: 503 });
  });

  test('that it was taken away says more than that another session never had it', async () => {
    const { buy, visit } = openShop();
    await buy('a', [], 'revoked');
    await buy('b', [], 'not_granted');
    expect((await visit('/one')).decision).toMatchObject({ reason: 'revoked', status: 402 });
  });

  describe('one of them cannot be asked about', () => {
    const failing = () => Response.json({}, { status: 500, headers: { 'retry-after': '9' } });

    test('another one’s yes counts', async () => {
      const { buy, signIn, visit } = openShop();
      signIn('a', 'customer-1', []);
      await buy('b', ['content:one']);
      gateway.state.instead.push(failing());
      expect((await visit('/one')).decision).toEqual(granted);
    });

    test.each(['not_granted', 'pending_payment'])('%s of another one is unavailable', async (reason) => {
      const { buy, signIn, visit, jar } = openShop();
      signIn('a', 'customer-1', []);
      await buy('b', [], reason);
      gateway.state.instead.push(failing());
      const closed = { allow: false, reason: 'unavailable', status: 503, retryAfter: 9 };
      expect((await visit('/one')).decision).toEqual(closed);
      expect(sessionsIn(jar).length).toBe(2);
    });

    test('a token whose own session heard a no is no help', async () => {
      const { buy, signIn, visit, jar } = openShop({ maxAge: 60 });
      signIn('a', 'customer-1', []);
      const { holder } = await buy('b', ['content:one'], 'revoked');
      await visit('/one');
      holder.has.clear();
      gateway.clock.now += 61_000;
      // The session of the token is asked first, and says no; the other one fails.
      const no = { resource: 'content:one', allow: false, reason: 'revoked', token: null };
      gateway.state.instead.push(Response.json(no), failing());
      expect((await visit('/one')).decision.reason).toBe('unavailable');
      expect(jar.has(TOKEN)).toBe(false);
    });

    test('a gateway that does not answer costs the time of one request, not of each', async () => {
      const signals: unknown[] = [];
      const gate = open({
        timeoutMs: 50,
        fetch: (url, { signal }) =>
          new Promise((_resolve, reject) => {
            signals.push(signal);
            const fail = () => reject(new Error(`timed out: ${url}`));
            if (signal?.aborted) fail();
            else signal?.addEventListener('abort', fail);
          }),
      });
      const { visit, jar } = openBrowser(gate);
      jar.set(
        SESSION,
        tokensOf('abcdef')
          .map((token) => `${token}.p1`)
          .join('~'),
      );
      expect((await visit()).decision.reason).toBe('unavailable');
      expect([signals.length, new Set(signals).size]).toEqual([6, 1]);
    });
  });

  test('a session that the gateway no longer knows opens nothing, and its token goes', async () => {
    const { buy, visit, jar } = openShop({ maxAge: 60 });
    const first = await buy('a', ['content:one']);
    const second = await buy('b', ['content:two']);
    await visit('/two');
    gateway.sessions.delete(second.token);
    gateway.clock.now += 61_000;
    const answer = await visit('/two');
    expect(answer).toMatchObject({ decision: { reason: 'not_granted' }, session: { token: first.token } });
    expect(jar.has(TOKEN)).toBe(false);
    expect((await visit('/one')).decision).toEqual(granted);
  });

  test('one that is over before another says yes is not asked again while the token is fresh', async () => {
    const { buy, visit } = openShop();
    const first = await buy('a', ['content:one']);
    await buy('b', ['content:two']);
    gateway.sessions.delete(first.token);
    expect((await visit('/two')).decision).toEqual(granted);
    const count = gateway.calls.length;
    expect((await visit('/two')).decision).toEqual(granted);
    expect(gateway.calls.length).toBe(count);
  });

  test('once all are over, nothing is asked until something is added, and then they are gone', async () => {
    const { buy, signIn, visit, jar } = openShop();
    await buy('a', ['content:one']);
    await buy('b', ['content:two']);
    await visit('/two');
    gateway.sessions.clear();
    gateway.clock.now += 301_000;
    expect((await visit('/two')).decision.reason).toBe('no_session');
    const count = gateway.calls.length;
    expect(await visit('/one')).toMatchObject({ decision: { reason: 'no_session' }, setCookies: [] });
    expect(gateway.calls.length).toBe(count);
    await buy('c', ['content:three']);
    expect(sessionsIn(jar)).toEqual([sessionToken('c')]);
    expect((await visit('/three')).decision).toEqual(granted);
    gateway.sessions.clear();
    gateway.clock.now += 301_000;
    await visit('/three');
    signIn('d', 'customer-1', ['content:four']);
    expect(sessionsIn(jar)).toEqual([sessionToken('d')]);
    expect((await visit('/four')).decision).toEqual(granted);
  });

  test('a list that is over goes when its browser signs out', async () => {
    const { buy, visit, jar, keep, gate, request } = openShop();
    await buy('a', ['content:one']);
    gateway.sessions.clear();
    await visit('/one');
    const out = await gate.signOut(request('/out', { method: 'POST', headers: { origin: SITE } }));
    expect(out).toMatchObject({ ok: true, revoked: true });
    keep(out.setCookies);
    expect(jar.size).toBe(0);
  });

  test('that one list is over says nothing of another', async () => {
    const { buy, visit, jar } = openShop();
    await buy('a', ['content:one']);
    const { holder } = await buy('b', ['content:two']);
    gateway.sessions.delete(sessionToken('a'));
    for (const list of [`${sessionToken('a')}.pzzzzzz`, '', `${jar.get(SESSION)}x`]) {
      jar.set(TOKEN, `over.${list}`);
      expect((await visit('/two')).decision).toEqual(granted);
    }
    expect(holder.sub).toBe('purchase:b');
  });

  test('a sign-in drops the ones that a proven session’s question found over', async () => {
    const { buy, signIn, jar } = openShop();
    signIn('p', 'customer-1', []);
    gateway.sessions.delete(sessionToken('p'));
    await buy('a', []);
    expect(sessionsIn(jar)).toEqual([sessionToken('a')]);
  });

  describe('two answers at once', () => {
    /** Both are asked with the same cookies; the answers land one after the other. */
    const race = async (
      shop: ReturnType<typeof openShop>,
      requests: readonly Request[],
    ): Promise<GateAnswer[]> => {
      const answers = await Promise.all(requests.map((request) => shop.gate(request)));
      for (const { setCookies } of answers) shop.keep(setCookies);
      return answers;
    };

    test.each(['first', 'last'])(
      'a return that lands %s, and a page that finds a session over',
      async (when) => {
        const shop = openShop();
        const kept = await shop.buy('a', ['content:one']);
        await shop.buy('b', []);
        gateway.sessions.delete(sessionToken('b'));
        const issued = shop.issue('n', ['content:new']);
        const pages = ['/one', '/two', '/one'].map((path) => shop.request(path));
        const back = shop.request(issued.back);
        await race(shop, when === 'first' ? [back, ...pages] : [...pages, back]);
        expect(sessionsIn(shop.jar)).toEqual(expect.arrayContaining([kept.token, sessionToken('n')]));
        for (const path of ['/new', '/one']) expect((await shop.visit(path)).decision).toEqual(granted);
      },
    );

    test.each(['a return', 'a sign-in', 'a sign-in by mail'])(
      '%s, and a page that finds the last session over and lands after it',
      async (what) => {
        const shop = openShop();
        await shop.buy('a', ['content:one']);
        gateway.sessions.delete(sessionToken('a'));
        const page = shop.gate(shop.request('/one'));
        const issued = shop.issue('n', ['content:new']);
        const given = { session: issued.token, expires_at: expires_at() };
        if (what === 'a return') await shop.visit(issued.back);
        else if (what === 'a sign-in') shop.keep(shop.gate.keepSession(shop.request(), given));
        else shop.keep(shop.gate.keepSession(shop.request(), { ...given, replaced: true }));
        const { decision, setCookies } = await page;
        expect(decision.reason).toBe('no_session');
        shop.keep(setCookies);
        expect(sessionsIn(shop.jar)).toContain(issued.token);
        expect((await shop.visit('/new')).decision).toEqual(granted);
      },
    );

    test('two returns: one of them is kept, and all that was held before', async () => {
      const shop = openShop();
      const kept = await shop.buy('a', ['content:one']);
      const [one, other] = [shop.issue('n', []), shop.issue('m', [])];
      await race(shop, [shop.request(one.back), shop.request(other.back)]);
      expect(sessionsIn(shop.jar)).toEqual([kept.token, sessionToken('m')]);
    });

    test('two pages of two purchases: the token of either is as good', async () => {
      const shop = openShop();
      await shop.buy('a', ['content:one']);
      await shop.buy('b', ['content:two']);
      const answers = await race(shop, [shop.request('/one'), shop.request('/two')]);
      expect(answers.map(({ decision }) => decision)).toEqual([granted, granted]);
      for (const path of ['/one', '/two']) expect((await shop.visit(path)).decision).toEqual(granted);
    });

    test('a page, and a sign-out that lands before it: nothing opens afterwards', async () => {
      const shop = openShop();
      await shop.buy('a', ['content:one']);
      const page = shop.gate(shop.request('/one'));
      const { setCookies } = await shop.gate.signOut(
        shop.request('/sign-out', { method: 'POST', headers: { origin: SITE } }),
      );
      shop.keep(setCookies);
      shop.keep((await page).setCookies);
      expect((await shop.visit('/one')).decision.reason).toBe('no_session');
      expect(shop.jar.size).toBe(0);
    });
  });

  test('the cookie lasts as long as the last of them', async () => {
    const { buy, gate, request } = openShop();
    await buy('a', []);
    const { token } = gateway.signIn('b', 'customer-1');
    const [line] = gate.keepSession(request(), { session: token, expires_at: expires_at() });
    expect(line).toMatch(/Max-Age=2592000$/);
  });

  describe('signing out', () => {
    const signOut = ({ gate, request }: ReturnType<typeof openShop>) =>
      gate.signOut(request('/sign-out', { method: 'POST', headers: { origin: SITE } }));

    test('ends all of them', async () => {
      const shop = openShop();
      shop.signIn('a', 'customer-1', []);
      await shop.buy('b', []);
      await shop.buy('c', []);
      const answer = await signOut(shop);
      shop.keep(answer.setCookies);
      expect([answer.revoked, gateway.sessions.size, shop.jar.size]).toEqual([true, 0, 0]);
    });

    test('says so when one of them could not be ended', async () => {
      const shop = openShop({
        fetch: (url, init) =>
          new Headers(init.headers).get('authorization')?.includes('bbbb')
            ? Promise.reject(new TypeError('fetch failed'))
            : gateway.fetch(url, init),
      });
      shop.signIn('a', 'customer-1', []);
      shop.jar.set(SESSION, `${shop.jar.get(SESSION)}~${gateway.signIn('b', 'purchase:1').token}.p1`);
      expect(await signOut(shop)).toMatchObject({ ok: true, revoked: false });
      expect([...gateway.sessions.keys()]).toEqual([sessionToken('b')]);
    });
  });

  describe('after a sign-in', () => {
    const given = (letter: string, replaced?: boolean) => ({
      session: gateway.signIn(letter, `customer-${letter}`).token,
      expires_at: expires_at(),
      ...(replaced === undefined ? {} : { replaced }),
    });

    test('by mail, the one that the gateway has replaced goes, and nothing else', async () => {
      const { buy, signIn, jar, keep, gate, request } = openShop();
      const proven = signIn('p', 'customer-1', []);
      const first = await buy('a', []);
      const second = await buy('b', []);
      keep(gate.keepSession(request(), given('n', true), first.token));
      expect(sessionsIn(jar)).toEqual([sessionToken('n'), proven.token, second.token]);
    });

    test('by mail, nothing goes when nothing was replaced', async () => {
      const { buy, jar, keep, gate, request } = openShop();
      const { token } = await buy('a', []);
      keep(gate.keepSession(request(), given('n', false), token));
      expect(sessionsIn(jar)).toEqual([sessionToken('n'), token]);
    });

    test('which one was replaced need not be said when there is one; of several none is lost', async () => {
      const { buy, jar, keep, gate, request } = openShop();
      await buy('a', []);
      keep(gate.keepSession(request(), given('n', true)));
      expect(sessionsIn(jar)).toEqual([sessionToken('n')]);
      await buy('b', []);
      keep(gate.keepSession(request(), given('m', true)));
      expect(sessionsIn(jar)).toEqual(tokensOf('mnb'));
    });

    test('by mail, all that the address stands for is kept, the first first', async () => {
      const { buy, jar, keep, gate, request, visit } = openShop();
      const { token } = await buy('a', []);
      gateway.signIn('o', 'member-of-a-team', ['content:team']);
      const others = [{ session: sessionToken('o'), expires_at: expires_at() }];
      keep(gate.keepSession(request(), { ...given('n', false), others }, token));
      expect(sessionsIn(jar)).toEqual(tokensOf('noa'));
      expect((await visit('/team')).decision.allow).toBe(true);
      const odd = [{ session: SECRET_KEY, expires_at: expires_at() }];
      expect(() => gate.keepSession(request(), { ...given('n', false), others: odd })).toThrow(TypeError);
    });

    test('of the site’s own user, whoever was signed in before goes, and purchases stay', async () => {
      const { buy, signIn, jar, keep, gate, request } = openShop();
      signIn('p', 'customer-1', []);
      const { token } = await buy('a', []);
      keep(gate.keepSession(request(), given('n')));
      expect(sessionsIn(jar)).toEqual([sessionToken('n'), token]);
    });
  });

  describe('a purchase that a proven session opens already', () => {
    test('is not kept: its own session is ended', async () => {
      const { buy, signIn, jar, visit } = openShop();
      const { token } = signIn('a', 'customer-1', [PRODUCT, 'content:one']);
      const bought = await buy('b', ['content:one']);
      expect(sessionsIn(jar)).toEqual([token]);
      expect(gateway.sessions.has(bought.token)).toBe(false);
      expect((await visit('/one')).decision).toEqual(granted);
      const question = gateway.asked('/v1/access')[0]?.path ?? '';
      expect(new URL(question, GATEWAY).searchParams.get('resource')).toBe(PRODUCT);
      expect(new URL(question, GATEWAY).searchParams.get('max_age')).toBe('0');
    });

    test('but not when only another purchase opens it: refunded, it would take both', async () => {
      const { buy, jar } = openShop();
      await buy('a', [PRODUCT]);
      await buy('b', [PRODUCT]);
      expect(sessionsIn(jar)).toEqual([sessionToken('a'), sessionToken('b')]);
    });

    test('nor when that one is of an older kit', async () => {
      const { buy, jar } = openShop();
      jar.set(SESSION, gateway.signIn('a', 'purchase:a', [PRODUCT]).token);
      await buy('b', [PRODUCT]);
      expect(sessionsIn(jar)).toEqual([sessionToken('a'), sessionToken('b')]);
    });

    test('and when that cannot be asked, it is kept', async () => {
      const { buy, signIn, jar } = openShop();
      signIn('a', 'customer-1', [PRODUCT]);
      gateway.state.instead.push(new Response('oops', { status: 500 }));
      await buy('b', []);
      expect(sessionsIn(jar)).toEqual([sessionToken('a'), sessionToken('b')]);
    });
  });
});

describe('on this machine', () => {
  const local = 'http://localhost:4321';
  test('cookies are the same by default', async () => {
    const { visit, jar } = openBrowser(open(), local);
    jar.set(SESSION, gateway.signIn('a', 'customer-1').token);
    expect((await visit()).setCookies[0]).toMatch(/^__Host-.*; Secure/);
  });

  test('plain ones where they are asked for, there and nowhere else', async () => {
    const gate = open({ plainCookiesOnLocalhost: true });
    const plain = `floe_${APP}_session`;
    const { token } = gateway.signIn('a', 'customer-1');
    const here = openBrowser(gate, local);
    here.jar.set(plain, token);
    const { setCookies } = await here.visit();
    expect(setCookies[0]).toMatch(/^floe_quay-live_token=/);
    expect(setCookies[0]).not.toMatch(/Secure/);
    for (const site of [
      SITE,
      'http://localhost.evil.example',
      'https://localhost',
      'http://shop.example.com',
    ]) {
      const there = openBrowser(gate, site);
      there.jar.set(plain, token);
      expect((await there.visit()).decision.reason).toBe('no_session');
    }
  });
});

test.each([
  ['a key of no kind', { secretKey: 'sk_123' }, /key/],
  ['a publishable key as the secret one', { secretKey: PUBLISHABLE_KEY }, /secretKey/],
  ['a gateway with a path', { gateway: `${GATEWAY}/live` }, /gateway/],
  ['no URL', { gateway: 'floe' }, /gateway/],
  ['an origin with a path', { origin: `${SITE}/blog` }, /origin/],
  ['an app that could not be a cookie’s name', { app: 'a=b; c' }, /app/],
  ['a negative age', { maxAge: -1 }, /maxAge/],
  ['no resource', { resource: '' }, /resource/],
])('%s stops the start', (_what, change, message) => {
  expect(() => open(change)).toThrow(message);
});

import type { APIContext, APIRoute, MiddlewareHandler } from 'astro';
import { Hono } from 'hono';
import { beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { type FloeLocals, gateAstro, signOutAstro } from '../../packages/kit/astro.ts';
import { gateFromEnv } from '../../packages/kit/env.ts';
import { createGate, type Gate } from '../../packages/kit/gate.ts';
import { type FloeVariables, gateHono, signOutHono } from '../../packages/kit/hono.ts';
import { applyAnswer, respondDenied, respondSignedOut } from '../../packages/kit/respond.ts';
import { APP, type FakeGateway, GATEWAY, openFakeGateway, RESOURCE, SECRET_KEY } from './fake-gateway.ts';

const SITE = 'https://shop.example.com';
const HTML = { accept: 'text/html,application/xhtml+xml' };
const SESSION = `__Host-floe_${APP}_session`;

let gateway: FakeGateway;
let gate: Gate;
beforeEach(async () => {
  gateway = await openFakeGateway();
  gate = createGate({
    gateway: GATEWAY,
    app: APP,
    secretKey: SECRET_KEY,
    resource: (request) => (new URL(request.url).pathname.startsWith('/premium') ? RESOURCE : null),
    fetch: gateway.fetch,
    now: gateway.now,
  });
});

const cookieOf = (has: string[], reason?: string) =>
  `${SESSION}=${gateway.signIn('a', 'customer-1', has, reason).token}`;
const ARTICLE = 'the whole article';
const back = `code=${'c'.repeat(43)}&payment_id=pay_${'0'.repeat(26)}&status=succeeded`;

/** What both middlewares are, to a browser. */
interface Site {
  get: Call;
  post: Call;
  /** Handlers run whatever the decision. */
  preview: Call;
  /** With a paywall of the site’s own. */
  paywall: Call;
  /** A page that names itself by its path, with headers of its own. */
  page: (path: string, own: Record<string, string>, headers?: Record<string, string>) => Promise<Response>;
}
type Call = (path: string, headers?: Record<string, string>) => Promise<Response>;

function honoSite(): Site {
  const make = (options: Parameters<typeof gateHono>[1] = {}, own: Record<string, string> = {}) => {
    const app = new Hono<{ Variables: FloeVariables }>();
    app.use(gateHono(gate, options));
    app.get('/*/own', (c) => c.text(ARTICLE, 200, own));
    app.get('/own', (c) => c.text(ARTICLE, 200, own));
    app.post('/sign-out', signOutHono(gate, '/bye'));
    app.get(
      '/premium/raw',
      () => new Response(ARTICLE, { headers: { 'cache-control': 'public, max-age=99', vary: 'Accept' } }),
    );
    app.get('/premium/fetched', () => Response.redirect(`${SITE}/premium/else`));
    app.get('*', (c) =>
      c.text(c.var.floe.decision.allow ? ARTICLE : `preview: ${c.var.floe.decision.reason}`),
    );
    return async (path: string, init: RequestInit) => app.fetch(new Request(`${SITE}${path}`, init));
  };
  return {
    get: (path, headers = {}) => make()(path, { headers }),
    post: (path, headers = {}) => make()(path, { method: 'POST', headers }),
    preview: (path, headers = {}) => make({ enforce: false })(path, { headers }),
    page: (path, own, headers = {}) => make({ enforce: false }, own)(path, { headers }),
    paywall: (path, headers = {}) =>
      make({
        deny: (_c, { decision }) => new Response(`buy: ${decision.reason}`, { status: decision.status }),
      })(path, {
        headers,
      }),
  };
}

function astroSite(): Site {
  const make = (options: Parameters<typeof gateAstro>[1] = {}, own: Record<string, string> = {}) => {
    const onRequest = gateAstro(gate, options);
    return async (path: string, init: RequestInit) => {
      const context = { request: new Request(`${SITE}${path}`, init), locals: {} as FloeLocals };
      if (init.method === 'POST') return signOutAstro(gate, '/bye')(context);
      return onRequest(context, async () => {
        if (path.endsWith('/own')) return new Response(ARTICLE, { headers: own });
        if (path === '/premium/raw')
          return new Response(ARTICLE, {
            headers: { 'cache-control': 'public, max-age=99', vary: 'Accept' },
          });
        if (path === '/premium/fetched') return Response.redirect(`${SITE}/premium/else`);
        const { decision } = context.locals.floe;
        return new Response(decision.allow ? ARTICLE : `preview: ${decision.reason}`);
      });
    };
  };
  return {
    get: (path, headers = {}) => make()(path, { headers }),
    post: (path, headers = {}) => make()(path, { method: 'POST', headers }),
    preview: (path, headers = {}) => make({ enforce: false })(path, { headers }),
    page: (path, own, headers = {}) => make({ enforce: false }, own)(path, { headers }),
    paywall: (path, headers = {}) =>
      make({
        deny: (_c, { decision }) => new Response(`buy: ${decision.reason}`, { status: decision.status }),
      })(path, {
        headers,
      }),
  };
}

/** No framework: what the README shows. */
function plainSite(): Site {
  const serve = async (
    path: string,
    init: RequestInit,
    how: 'enforce' | 'preview' | 'paywall' = 'enforce',
    own: Record<string, string> = {},
  ) => {
    const request = new Request(`${SITE}${path}`, init);
    if (init.method === 'POST') return respondSignedOut(gate, request, '/bye');
    const answer = await gate(request);
    const { decision, redirect } = answer;
    const page = () => {
      if (path.endsWith('/own')) return new Response(ARTICLE, { headers: own });
      if (path === '/premium/raw')
        return new Response(ARTICLE, { headers: { 'cache-control': 'public, max-age=99', vary: 'Accept' } });
      if (path === '/premium/fetched') return new Response(null, { status: 302 });
      return new Response(decision.allow ? ARTICLE : `preview: ${decision.reason}`);
    };
    const response =
      decision.allow || (how === 'preview' && redirect === undefined)
        ? page()
        : how === 'paywall' && redirect === undefined
          ? new Response(`buy: ${decision.reason}`, { status: decision.status })
          : respondDenied(request, answer);
    applyAnswer(response.headers, answer);
    return response;
  };
  return {
    get: (path, headers = {}) => serve(path, { headers }),
    post: (path, headers = {}) => serve(path, { method: 'POST', headers }),
    preview: (path, headers = {}) => serve(path, { headers }, 'preview'),
    page: (path, own, headers = {}) => serve(path, { headers }, 'preview', own),
    paywall: (path, headers = {}) => serve(path, { headers }, 'paywall'),
  };
}

const expectPrivate = (response: Response) => {
  expect(response.headers.get('cache-control')).toBe('private, no-store');
  expect(response.headers.get('vary')).toMatch(/\bCookie\b/);
};

describe.each([
  ['Hono', honoSite],
  ['Astro', astroSite],
  ['plain Request and Response', plainSite],
])('%s', (_name, openSite) => {
  test('lets a buyer read, keeps the token, and forbids copies', async () => {
    const response = await openSite().get('/premium/a', { cookie: cookieOf([RESOURCE]) });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(ARTICLE);
    expect(response.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-floe_quay-live_token=/)]);
    expectPrivate(response);
  });

  test('forbids copies whatever the page says of caching', async () => {
    const response = await openSite().get('/premium/raw', { cookie: cookieOf([RESOURCE]) });
    expect(await response.text()).toBe(ARTICLE);
    expectPrivate(response);
    expect(response.headers.get('vary')).toBe('Accept, Cookie');
  });

  test('writes into answers that cannot be changed', async () => {
    const response = await openSite().get('/premium/fetched', { cookie: cookieOf([RESOURCE]) });
    expect(response.status).toBe(302);
    expectPrivate(response);
    expect(response.headers.getSetCookie().length).toBe(1);
  });

  test.each([
    ['no_session', 401],
    ['not_granted', 402],
    ['unknown_resource', 403],
    ['pending_payment', 503],
  ])(
    'a no because of %s is %i: a page for people, a problem for programs, never the article',
    async (reason, status) => {
      const cookie: Record<string, string> = reason === 'no_session' ? {} : { cookie: cookieOf([], reason) };
      const site = openSite();
      const page = await site.get('/premium/a', { ...HTML, ...cookie });
      expect(page.status).toBe(status);
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      const html = await page.text();
      expect(html).toMatch(/<h1>.+<\/h1>/);
      expect(html).not.toContain(ARTICLE);
      expectPrivate(page);
      const problem = await site.get('/premium/a', cookie);
      expect(problem.headers.get('content-type')).toBe('application/problem+json');
      expect(await problem.json()).toMatchObject({ status, code: reason, title: expect.any(String) });
      expectPrivate(problem);
      expect(problem.headers.get('retry-after')).toBe(status === 503 ? '2' : null);
      expect(page.headers.get('refresh')).toBe(status === 503 ? '5' : null);
      expect(html.includes('by itself')).toBe(status === 503);
      expect(problem.headers.get('refresh')).toBeNull();
      expect(problem.headers.has('www-authenticate')).toBe(status === 401);
    },
  );

  test('does not touch public pages', async () => {
    const response = await openSite().get('/');
    expect(await response.text()).toBe(ARTICLE);
    expect(response.headers.get('cache-control')).toBeNull();
    expect(response.headers.get('vary')).toBeNull();
  });

  test('leaves a public page that is sent to nobody to every cache', async () => {
    const own = { 'cache-control': 'public, max-age=99, s-maxage=999', 'cdn-cache-control': 'max-age=9' };
    const { headers } = await openSite().page('/own', own);
    expect(headers.get('cache-control')).toBe(own['cache-control']);
    expect(headers.get('cdn-cache-control')).toBe('max-age=9');
    expect(headers.get('vary')).toBeNull();
  });

  test.each([
    ['public, max-age=99, s-maxage=999', 'private, max-age=99'],
    ['max-age=99', 'private, max-age=99'],
    ['no-store', 'private, no-store'],
    ['Private', 'private'],
    [undefined, 'private'],
  ])(
    'attack: a public page that is sent to somebody signed in is in no shared cache: %s',
    async (said, becomes) => {
      const own: Record<string, string> = said === undefined ? {} : { 'cache-control': said };
      const cookie = cookieOf([RESOURCE]);
      const { headers } = await openSite().page(
        '/own',
        { ...own, 'cdn-cache-control': 'max-age=9' },
        { cookie },
      );
      expect(headers.get('cache-control')).toBe(becomes);
      expect(headers.get('cdn-cache-control')).toBeNull();
      expect(headers.get('vary')).toBe('Cookie');
      expect(headers.getSetCookie()).toEqual([]);
    },
  );

  test.each([
    'CDN-Cache-Control',
    'Cloudflare-CDN-Cache-Control',
    'Vercel-CDN-Cache-Control',
    'Netlify-CDN-Cache-Control',
    'Akamai-Cache-Control',
    'Surrogate-Control',
    'Edge-Control',
    'X-Accel-Expires',
  ])('attack: %s does not put a gated page into a cache on the way', async (name) => {
    const site = openSite();
    const cookies: Record<string, string>[] = [{ cookie: cookieOf([RESOURCE]) }, {}];
    for (const cookie of cookies) {
      const response = await site.page('/premium/own', { [name]: 'max-age=999', 'x-own': '1' }, cookie);
      expect(response.headers.get(name)).toBeNull();
      expect(response.headers.get('x-own')).toBe('1');
      expectPrivate(response);
    }
  });

  test.each(['pending_payment', 'unavailable'])(
    'says when to try again whoever makes the answer to %s',
    async (reason) => {
      const cookie = cookieOf([], reason);
      gateway.state.isDown = reason === 'unavailable';
      const site = openSite();
      for (const visit of [site.preview, site.paywall]) {
        const { headers } = await visit('/premium/a', { cookie });
        // Nobody who reads or types in it is disturbed.
        expect([headers.get('retry-after'), headers.get('refresh')]).toEqual(['2', null]);
      }
      const own = { 'retry-after': '9', refresh: '9;url=/account' };
      const { headers } = await site.page('/premium/own', own, { cookie });
      expect([headers.get('retry-after'), headers.get('refresh')]).toEqual(['9', '9;url=/account']);
    },
  );

  test('never loads an answer to a POST again, whose text is gone then, and says so', async () => {
    const cookie = cookieOf([], 'pending_payment');
    const request = new Request(`${SITE}/premium/a`, { method: 'POST', headers: { ...HTML, cookie } });
    const answers = [
      await new Hono().use(gateHono(gate)).fetch(request),
      await gateAstro(gate)({ request, locals: {} }, async () => new Response(ARTICLE)),
    ];
    for (const answer of answers) {
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
      expect(answer.headers.get('refresh')).toBeNull();
      expect(await answer.text()).toContain('Please try again in a moment.');
    }
  });

  test('its own page waits as long as the gateway wants it to', async () => {
    const decision = { allow: false, reason: 'unavailable', status: 503, retryAfter: 60 } as const;
    const { headers } = respondDenied(new Request(SITE, { headers: HTML }), {
      decision,
      resource: RESOURCE,
      setCookies: [],
    });
    expect([headers.get('retry-after'), headers.get('refresh')]).toEqual(['60', '60']);
  });

  test('says nothing of trying again where that changes nothing', async () => {
    const site = openSite();
    for (const cookie of [cookieOf([RESOURCE]), cookieOf([], 'revoked')]) {
      const { headers } = await site.preview('/premium/a', { cookie });
      expect([headers.get('retry-after'), headers.get('refresh')]).toEqual([null, null]);
    }
  });

  test('leads a buyer who is back on, with the session, from public pages too, previews or not', async () => {
    const site = openSite();
    for (const visit of [site.get, site.preview, site.paywall]) {
      gateway.signIn('n', 'purchase:1');
      gateway.codes.set('c'.repeat(43), {
        callback: `${SITE}/thanks`,
        session: `floe_st_live_${'n'.repeat(43)}`,
      });
      const response = await visit(`/thanks?${back}`, HTML);
      expect(response.status).toBe(303);
      expect(response.headers.get('location')).toBe(`${SITE}/thanks`);
      expect(response.headers.getSetCookie()[0]).toMatch(/^__Host-floe_quay-live_session=floe_st_/);
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expectPrivate(response);
    }
  });

  test('who has bought more than this browser can hold is asked to sign in, and sold nothing', async () => {
    const held = 'abcdef'
      .split('')
      .map((letter) => `${gateway.signIn(letter, `purchase:${letter}`, []).token}.pzzzzzz`);
    const { token } = gateway.signIn('n', 'purchase:n');
    gateway.codes.set('c'.repeat(43), { callback: `${SITE}/premium/a`, session: token });
    const cookie = `${SESSION}=${held.join('~')}`;
    const response = await openSite().get(`/premium/a?${back}`, { ...HTML, cookie });
    expect([response.status, response.headers.get('location')]).toEqual([401, null]);
    const html = await response.text();
    expect(html).toContain('sign in with the e-mail address');
    expect(html).not.toMatch(/buy it/i);
    expectPrivate(response);
  });

  test('leads an address to its one spelling, gated or not, previews or not', async () => {
    const site = openSite();
    for (const visit of [site.get, site.preview, site.paywall]) {
      const response = await visit('/wiki/Foo_%28bar%29?a=%2F', HTML);
      expect([response.status, response.headers.get('location')]).toEqual([308, '/wiki/Foo_(bar)?a=%2F']);
      expectPrivate(response);
    }
  });

  test('shows a preview where the page decides', async () => {
    const response = await openSite().preview('/premium/a', { cookie: cookieOf([], 'revoked') });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('preview: revoked');
    expectPrivate(response);
  });

  test('shows a paywall of the site’s own', async () => {
    const response = await openSite().paywall('/premium/a', { cookie: cookieOf([]) });
    expect(response.status).toBe(402);
    expect(await response.text()).toBe('buy: not_granted');
    expectPrivate(response);
  });

  test('signs out, when its own page asks', async () => {
    const site = openSite();
    const cookie = cookieOf([RESOURCE]);
    const refused = await site.post('/sign-out', { cookie, origin: 'https://evil.example' });
    expect(refused.status).toBe(403);
    expect(gateway.sessions.size).toBe(1);
    const done = await site.post('/sign-out', { cookie, origin: SITE });
    expect(done.status).toBe(303);
    expect(done.headers.get('location')).toBe('/bye');
    expect(done.headers.getSetCookie().length).toBe(3);
    expect(done.headers.getSetCookie().every((line) => line.includes('Max-Age=0'))).toBe(true);
    expect(gateway.sessions.size).toBe(0);
  });
});

describe('Hono, an app inside another', () => {
  const inner = (options: Parameters<typeof gateHono>[1] = {}) =>
    new Hono<{ Variables: FloeVariables }>()
      .use(gateHono(gate, options))
      .get('*', (c) => c.text(`${c.var.floe.decision.reason} ${c.var.floe.resource}`));
  const mounted = (options?: Parameters<typeof gateHono>[1]) =>
    new Hono().mount('/premium', inner(options).fetch);
  /** As `@hono/node-server` says what was asked for. */
  const onNode = (url: string) => ({ incoming: { url } });

  /** A buyer comes back to `/premium/a`, and goes where the answer leads. */
  const comeBack = async (app: Hono) => {
    const { token } = gateway.signIn('n', 'purchase:1');
    gateway.codes.set('c'.repeat(43), { callback: `${SITE}/premium/a`, session: token });
    return app.request(`${SITE}/premium/a?${back}`, { headers: HTML });
  };

  test.each([
    ['app.route', () => new Hono().route('/premium', inner())],
    ['app.mount with its base', () => mounted({ base: '/premium' })],
    [
      'app.mount that leaves the request alone',
      () => new Hono().mount('/premium', inner().fetch, { replaceRequest: false }),
    ],
  ])('%s: the gate sees the address of the browser', async (_how, make) => {
    const app = make();
    const response = await comeBack(app);
    expect([response.status, response.headers.get('location')]).toEqual([303, `${SITE}/premium/a`]);
    const cookie = cookieOf([RESOURCE]);
    const read = await app.request(`${SITE}/premium/a?b=%2Fc`, { headers: { cookie } });
    expect(await read.text()).toBe(`granted ${RESOURCE}`);
    expect((await app.request(`${SITE}/premium/a`, {}, onNode('/premium/a?x'))).status).toBe(401);
  });

  test.each([
    ['/premium', false],
    ['/premium/', false],
    ['/premium', true],
    ['/premium/', true],
  ])(
    'app.mount with its base: a buyer comes back to %s itself (tied to the browser: %s)',
    async (at, isTied) => {
      const { codeChallenge, setCookie } = await gate.challenge(new Request(SITE));
      const cookie = isTied ? (setCookie.split(';')[0] ?? '') : '';
      const { token } = gateway.signIn('n', 'purchase:1');
      const tie = isTied ? { challenge: codeChallenge } : {};
      gateway.codes.set('c'.repeat(43), { callback: `${SITE}${at}?x=1`, session: token, ...tie });
      const app = mounted({ base: '/premium' });
      const visit = () => app.request(`${SITE}${at}?x=1&${back}`, { headers: { ...HTML, cookie } });
      const response = await visit();
      expect([response.status, response.headers.get('location')]).toEqual([303, `${SITE}${at}?x=1`]);
      expect(response.headers.getSetCookie()[0]).toContain(token);
      // The answer was lost, and the page is loaded again: with a verifier it is given again.
      const again = await visit();
      expect(again.status).toBe(isTied ? 303 : 401);
      expect(again.headers.getSetCookie().join().includes(token)).toBe(isTied);
    },
  );

  test('attack: a made-up code costs two requests at the mount itself, and one beneath it', async () => {
    const app = mounted({ base: '/premium' });
    for (const [at, requests] of [
      ['/premium', 2],
      ['/premium/', 2],
      ['/premium/a', 1],
    ] as const) {
      gateway.calls.length = 0;
      const response = await app.request(`${SITE}${at}?${back}`, { headers: HTML });
      expect([response.status, response.headers.getSetCookie().join()]).toEqual([
        401,
        expect.not.stringContaining('_session='),
      ]);
      expect(gateway.calls.length).toBe(requests);
    }
  });

  test('app.mount without its base fails at once where the server tells, and says what to do', async () => {
    const errors: unknown[] = [];
    const app = mounted();
    app.onError((error, c) => {
      errors.push(error.message);
      return c.text('', 500);
    });
    const sub = inner().onError((error) => {
      throw error;
    });
    app.mount('/docs', sub.fetch);
    for (const asked of ['/docs/a', '/docs/a?b=/a', '/docs', '/docs/', '/docs/x/../a']) {
      errors.length = 0;
      const response = await app.request(SITE + asked, {}, onNode(asked));
      expect(response.status).toBe(500);
      expect(errors).toEqual([expect.stringContaining("base: '/docs'")]);
    }
  });

  test('attack: nobody can make it fail with an address', async () => {
    const app = inner();
    for (const asked of ['/x/../a', '/a?b=/docs/a', '//evil.example/a', '/./a', '/..', '//', '/a/']) {
      const response = await app.request(SITE + asked, {}, onNode(asked));
      expect([asked, response.status]).not.toContain(500);
    }
    expect((await app.request(`${SITE}/a`, {}, onNode(`${SITE}/a`))).status).toBe(200);
    expect((await app.request(`${SITE}/a`, {}, { incoming: null })).status).toBe(200);
  });

  test('attack: an address that looks like another site’s stays on this one', async () => {
    const seen: string[] = [];
    const listening: Gate = Object.assign(async (request: Request) => gate(request), {
      ...gate,
      handle: async (request: Request) => (seen.push(request.url), gate.handle(request)),
    });
    const app = new Hono().use(gateHono(listening, { base: '/docs' }));
    await app.request(new Request(`${SITE}//evil.example/a`));
    expect(seen).toEqual([`${SITE}/docs//evil.example/a`]);
  });

  test.each(['docs', '/docs/', '//docs', 'https://evil.example', '/docs?', '/'])(
    'a base that is none: %s',
    (base) => {
      expect(() => gateHono(gate, { base })).toThrow(/base is a path/);
    },
  );
});

describe('Astro at build time', () => {
  const build = (path: string, own: Gate = gate) =>
    gateAstro(own)(
      { request: new Request(`${SITE}${path}`), locals: {}, isPrerendered: true },
      async () => new Response(ARTICLE),
    );

  test('a gated page that would become a file stops the build', async () => {
    await expect(build('/premium/a')).rejects.toThrow(/prerender = false/);
  });

  test.each(['/about', '/tags/c%2B%2B', '/caf%c3%a9'])('the public page %s is built', async (path) => {
    expect(await (await build(path)).text()).toBe(ARTICLE);
  });

  test('is told by the site alone, since builds may have no key', async () => {
    const keyless = gateFromEnv({}, { resource: ({ url }) => (url.endsWith('/about') ? null : RESOURCE) });
    expect(await (await build('/about', keyless)).text()).toBe(ARTICLE);
    await expect(build('/premium/a', keyless)).rejects.toThrow(/prerender = false/);
    await expect(build('/about', gateFromEnv({}, { resource: RESOURCE }))).rejects.toThrow(/prerender/);
  });

  test.each(['/about%2f..', '/about//', '/ab%3fout'])(
    'attack: %s, which readers differ about, is not built',
    async (path) => {
      await expect(build(path, gateFromEnv({}, { resource: () => null }))).rejects.toThrow(/prerender/);
    },
  );

  test('attack: a gated page is not built under another spelling either', async () => {
    await expect(build('/%70remium/a')).rejects.toThrow(/prerender = false/);
  });
});

test('Astro takes them as its own: by its types', () => {
  expectTypeOf(gateAstro(gate)).toExtend<MiddlewareHandler>();
  expectTypeOf(
    gateAstro<APIContext>(gate, { deny: (_context, _answer, next) => next('/paywall') }),
  ).toExtend<MiddlewareHandler>();
  expectTypeOf(signOutAstro(gate)).toExtend<APIRoute>();
});

test('Astro: the paywall is another page, rendered with what the gate has said', async () => {
  const rewrites: (string | undefined)[] = [];
  const onRequest = gateAstro(gate, { deny: (_context, _answer, next) => next('/paywall') });
  const context = { request: new Request(`${SITE}/premium/a`), locals: {} as FloeLocals };
  const response = await onRequest(context, async (to?: string) => {
    rewrites.push(to);
    return new Response(context.locals.floe.decision.reason, { status: 402 });
  });
  expect([response.status, await response.text(), rewrites]).toEqual([402, 'no_session', ['/paywall']]);
  expectPrivate(response);
});

test('Astro, attack: a gate that cannot decide renders nothing, since Astro would render the page without it', async () => {
  const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const visit = async (onRequest: ReturnType<typeof gateAstro>) => {
    const request = new Request(`${SITE}/premium/a`);
    const response = await onRequest({ request, locals: {} }, async () => new Response(ARTICLE));
    // Astro renders a page anew for 404 and 500.
    expect(response.status).toBe(503);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(await response.text()).not.toContain(ARTICLE);
  };
  await visit(gateAstro(gateFromEnv({}, { resource: RESOURCE })));
  expect(String(error.mock.lastCall?.[0])).toContain('FLOE_SECRET_KEY is not set');
  await visit(
    gateAstro(gate, {
      deny: () => {
        throw new Error('No paywall.');
      },
    }),
  );
  expect(String(error.mock.lastCall?.[0])).toContain('No paywall.');
  error.mockRestore();
});

test('Astro, attack: what one reader may read is kept by no cache, though the page or a route of the site says so', async () => {
  const visit = async (path: string, cookie = '', own: Gate = gate) => {
    const said: unknown[] = [];
    const cache = { enabled: true, set: (input: unknown) => said.push(input) };
    const context = { request: new Request(`${SITE}${path}`, { headers: { cookie } }), locals: {}, cache };
    const response = await gateAstro(own)(context, async () => {
      cache.set({ maxAge: 300 });
      return new Response(ARTICLE);
    });
    return [response.status, said.at(-1)];
  };
  const closed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  expect(await visit('/premium/a', cookieOf([RESOURCE]))).toEqual([200, false]);
  expect(await visit('/premium/a')).toEqual([401, false]);
  expect(await visit('/premium/a', '', gateFromEnv({}, { resource: RESOURCE }))).toEqual([503, false]);
  expect(await visit('/about', cookieOf([RESOURCE]))).toEqual([200, false]);
  expect(await visit('/about')).toEqual([200, { maxAge: 300 }]);
  closed.mockRestore();
});

test('Astro, attack: a page’s other addresses are gated as the page is', async () => {
  const exact = createGate({
    gateway: GATEWAY,
    app: APP,
    secretKey: SECRET_KEY,
    resource: (request) =>
      /^\/blog\/(paid|file\.html\/?)$/.test(new URL(request.url).pathname) ? RESOURCE : null,
    fetch: gateway.fetch,
    now: gateway.now,
  });
  const visit = async (path: string, cookie = '') => {
    const context = { request: new Request(SITE + path, { headers: { cookie } }), locals: {} as FloeLocals };
    return gateAstro(exact)(context, async () => new Response(ARTICLE));
  };
  for (const path of [
    '/blog/paid/',
    '/blog/paid.html',
    '/blog/paid/index.html',
    '/blog/file.html',
    '/blog/p%61id.html',
  ]) {
    const response = await visit(path);
    expect([401, 308], path).toContain(response.status);
    expect(await response.text()).not.toContain(ARTICLE);
  }
  const read = await visit('/blog/paid.html', cookieOf([RESOURCE]));
  expect([read.status, await read.text()]).toEqual([200, ARTICLE]);
  expectPrivate(read);
  for (const path of ['/blog/free.html', '/index.html', '/', '/blog/paid.htm'])
    expect((await visit(path)).status, path).toBe(200);
});

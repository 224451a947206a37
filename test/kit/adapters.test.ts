import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { gateExpress, signOutExpress, type ExpressMiddleware } from '../../packages/kit/express.ts';
import { createGate, type Gate, type GateAnswer } from '../../packages/kit/gate.ts';
import { askNext, gateNext } from '../../packages/kit/next.ts';
import { askSvelteKit, gateSvelteKit } from '../../packages/kit/sveltekit.ts';
import { APP, type FakeGateway, GATEWAY, openFakeGateway, SECRET_KEY } from './fake-gateway.ts';

/*
 * The adapters of frameworks whose packages are not here, with as much of each as it touches. `npm run check:frameworks` has them all, with
 * the real packages.
 */

const ARTICLE = 'content:premium/article';
const TEXT = 'The whole article.';
const FORM = 'application/x-www-form-urlencoded';
const SITE = 'https://shop.example.com';

let gateway: FakeGateway;
let gate: Gate;
beforeEach(async () => {
  gateway = await openFakeGateway();
  gate = newGate({ origin: SITE });
});

/** `exact`: the one path that is gated, to the letter. */
function newGate({ exact, ...options }: { origin?: string; exact?: string } = {}): Gate {
  const { fetch, now } = gateway;
  return createGate({
    gateway: GATEWAY,
    app: APP,
    secretKey: SECRET_KEY,
    ...options,
    fetch,
    now,
    resource(request) {
      const { pathname } = new URL(request.url);
      if (exact !== undefined) return pathname === exact ? ARTICLE : null;
      return pathname.startsWith('/premium/') ? `content:${pathname.slice(1)}` : null;
    },
  });
}

const cookieOf = (has: readonly string[], reason?: string) =>
  `__Host-floe_${APP}_session=${gateway.signIn('a', 'customer-1', has, reason).token}`;

/** Somebody's visit, as each framework answers it. */
interface Stack {
  visit: (path: string, headers?: Record<string, string>) => Promise<Response>;
  close?: () => Promise<void>;
}

const stacks: Record<string, () => Promise<Stack>> = {
  async Express() {
    const site = await openExpress([gateExpress(gate), sendArticle]);
    return { visit: (where, headers) => site.visit(where, { headers }), close: site.close };
  },
  async 'Next.js'() {
    const proxy = gateNext(gate);
    return {
      async visit(where, headers = {}) {
        const response = await proxy(new Request(SITE + where, { headers }));
        const goesOn = response.headers.get('x-middleware-next') === '1';
        return goesOn ? new Response(TEXT, response) : response;
      },
    };
  },
  SvelteKit: async () => ({ visit: openSvelteKit() }),
};

function openSvelteKit(): Stack['visit'] {
  const handle = gateSvelteKit(gate);
  return async (where, headers = {}) => {
    const url = new URL(SITE + where);
    const asked = new Request(url, { headers });
    // As SvelteKit does for data that a page fetches.
    url.pathname = url.pathname.replace(/\/__data\.json$/, '');
    return handle({ event: { request: asked, url, locals: {} }, resolve: async () => fetchLike(TEXT) });
  };
}

/** A response as `fetch` gives it: immutable. */
function fetchLike(text: string): Response {
  const response = new Response(text);
  response.headers.append = response.headers.set = () => {
    throw new TypeError('immutable');
  };
  return response;
}

const sendArticle: ExpressMiddleware = async (_req, res) => void res.end(Buffer.from(TEXT));

interface Visit {
  method?: string;
  headers?: Record<string, string> | undefined;
  body?: string;
}

/**
 * Express's way to call middlewares, on Node's own server. `settings`: the app's. An error is answered 500 with its message.
 */
async function openExpress(
  middlewares: readonly ExpressMiddleware[],
  settings: Record<string, unknown> = {},
) {
  const errors: unknown[] = [];
  const handle = (incoming: IncomingMessage, res: ServerResponse) => {
    const app = { get: (name: string) => settings[name] };
    const req = Object.assign(incoming, { app, originalUrl: incoming.url ?? '' });
    const call = ([first, ...rest]: readonly ExpressMiddleware[]): void => {
      void first?.(req, res, (error) => {
        if (error === undefined) return call(rest);
        errors.push(error);
        res.statusCode = 500;
        res.end(error instanceof Error ? error.message : '');
      });
    };
    call(middlewares);
  };
  const server = createServer(handle);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    port,
    errors,
    visit: (where: string, visit: Visit = {}) => visitOverHttp(port, where, visit),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** As a browser's page load: Node's `fetch` says of itself that it is none. */
function visitOverHttp(
  port: number,
  where: string,
  { method = 'GET', headers = {}, body }: Visit,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: where, method, headers }, (incoming) => {
      const got = new Headers();
      for (const [name, values] of Object.entries(incoming.headersDistinct)) {
        for (const value of values ?? []) got.append(name, value);
      }
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        resolve(new Response(Buffer.concat(chunks), { status: incoming.statusCode ?? 0, headers: got }));
      });
    });
    sent.on('error', reject).end(body);
  });
}

describe.each(Object.entries(stacks))('%s', (_name, open) => {
  const using = async (act: (stack: Stack) => Promise<void>) => {
    const stack = await open();
    try {
      await act(stack);
    } finally {
      await stack.close?.();
    }
  };

  test('lets a buyer in, for nobody’s cache, with a fresh token in a cookie', () =>
    using(async ({ visit }) => {
      const response = await visit('/premium/article', { cookie: cookieOf([ARTICLE]) });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain(TEXT);
      expect(response.headers.get('cache-control')).toBe('private, no-store');
      expect(response.headers.getSetCookie()).toEqual([expect.stringContaining(`__Host-floe_${APP}_token=`)]);
    }));

  test('lets nobody else in', () =>
    using(async ({ visit }) => {
      for (const [cookie, status] of [
        ['', 401],
        [cookieOf(['content:premium/other']), 402],
      ] as const) {
        const response = await visit('/premium/article', cookie === '' ? {} : { cookie });
        expect(response.status).toBe(status);
        expect(await response.text()).not.toContain(TEXT);
        expect(response.headers.get('cache-control')).toBe('private, no-store');
      }
    }));

  test('does not touch public pages', () =>
    using(async ({ visit }) => {
      const response = await visit('/about');
      expect(response.status).toBe(200);
      expect(response.headers.has('cache-control')).toBe(false);
    }));

  test('takes in a buyer who comes back, and cleans the address', () =>
    using(async ({ visit }) => {
      const code = 'c'.repeat(43);
      const { token } = gateway.signIn('b', 'purchase:1', [ARTICLE]);
      gateway.codes.set(code, { callback: `${SITE}/premium/article?ref=mail`, session: token });
      const payment = `pay_${'0'.repeat(26)}`;
      const back = await visit(
        `/premium/article?ref=mail&code=${code}&payment_id=${payment}&status=succeeded`,
        { accept: 'text/html' },
      );
      expect(back.status).toBe(303);
      expect(back.headers.get('location')).toBe(`${SITE}/premium/article?ref=mail`);
      expect(back.headers.getSetCookie().join()).toContain(token);
    }));

  test('answers with the gate’s own pages', () =>
    using(async ({ visit }) => {
      const response = await visit('/floe/sign-in', { accept: 'text/html' });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('<form');
    }));

  test('answers 503, not open, when the gateway is away', () =>
    using(async ({ visit }) => {
      const cookie = cookieOf([ARTICLE]);
      gateway.state.isDown = true;
      const response = await visit('/premium/article', { cookie, accept: 'text/html' });
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('2');
      expect(response.headers.get('refresh')).toBe('5');
    }));
});

describe('Express', () => {
  const open: { close: () => Promise<void> }[] = [];
  const start = async (...given: Parameters<typeof openExpress>) => {
    const site = await openExpress(...given);
    open.push(site);
    return site;
  };
  beforeEach(() => async () => {
    for (const site of open.splice(0)) await site.close();
  });

  test('attack: a path that the router reads in another way than the gate opens nothing', async () => {
    const site = await start([gateExpress(gate), sendArticle]);
    for (const path of [
      '/premium/article/../../',
      '/premium/%2e%2e/about',
      '/premium/..\\about',
      '/premium/./article/../../about',
      '/about#/../premium/article',
      'http://shop.example.com/premium/article',
      '/premium/{article}',
    ]) {
      const response = await sendRaw(site.port, path);
      expect(response, path).toMatch(/^HTTP\/1\.1 400 /);
      expect(response).not.toContain(TEXT);
    }
  });

  test('attack: a host with a path in it does not change what is asked for', async () => {
    gate = newGate();
    const site = await start([gateExpress(gate), sendArticle]);
    for (const host of ['shop.example.com/about?', 'shop.example.com#', 'a@b', 'x y', '']) {
      const response = await sendRaw(site.port, '/premium/article', host);
      expect(response, host).toMatch(/^HTTP\/1\.1 40[01] /);
      expect(response).not.toContain(TEXT);
    }
  });

  test.each(['/blog/premium', '/blog/premium/'])(
    'attack: a page that the site’s function knows as %s alone is closed by every name that Express serves it at',
    async (exact) => {
      gate = newGate({ exact });
      const site = await start([gateExpress(gate), sendArticle]);
      for (const name of ['', '/', '/index.html', '.html'].flatMap((end) => [
        `/blog/premium${end}`,
        `/Blog/PREMIUM${end}`,
      ])) {
        const response = await site.visit(name);
        expect([response.status, (await response.text()).includes(TEXT)], name).toEqual([401, false]);
        const cookie = cookieOf([ARTICLE]);
        expect((await site.visit(name, { headers: { cookie } })).status, name).toBe(200);
      }
      for (const name of ['/', '/About', '/%C3%9Cber/', '/FLOE/sign-in'])
        expect((await site.visit(name)).status, name).toBe(200);
    },
  );

  test('headers that are given to `writeHead` as a list are all sent, and take the place of those that are set', async () => {
    const lists: [given: unknown[], cookies: string[]][] = [
      [
        ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'],
        ['a=1', 'b=2'],
      ],
      [
        ['Set-Cookie', ['a=1', 'b=2'], 'x-a', '1'],
        ['a=1', 'b=2'],
      ],
      [
        [
          ['Set-Cookie', 'a=1'],
          ['Set-Cookie', 'b=2'],
        ],
        ['a=1', 'b=2'],
      ],
    ];
    for (const [given, cookies] of lists) {
      const writes: ExpressMiddleware = async (_req, res) => {
        res.setHeader('set-cookie', 'old=1');
        nodeOf(res)
          .writeHead(200, given as string[])
          .end(TEXT);
      };
      const site = await start([gateExpress(gate), writes]);
      const { headers } = await site.visit('/about');
      expect(headers.getSetCookie(), JSON.stringify(given)).toEqual(cookies);
    }
  });

  test('a handler cannot make a gated page public, however it sends its headers', async () => {
    const cookie = cookieOf([ARTICLE]);
    const own = { 'cache-control': 'public, max-age=99', 'cdn-cache-control': 'max-age=99', vary: 'Accept' };
    const handlers: Record<string, ExpressMiddleware> = {
      setHeader: async (_req, res) => {
        for (const [name, value] of Object.entries(own)) res.setHeader(name, value);
        res.end(Buffer.from(TEXT));
      },
      'writeHead with an object': async (_req, res) => {
        nodeOf(res).writeHead(200, own).end(TEXT);
      },
      'writeHead with a message and a list': async (_req, res) => {
        nodeOf(res).writeHead(200, 'Fine', Object.entries(own).flat()).end(TEXT);
      },
      flushHeaders: async (_req, res) => {
        nodeOf(res).setHeaders(new Map(Object.entries(own)));
        nodeOf(res).flushHeaders();
        nodeOf(res).end(TEXT);
      },
    };
    for (const [name, handler] of Object.entries(handlers)) {
      const site = await start([gateExpress(gate), handler]);
      const { status, headers } = await site.visit('/premium/article', { headers: { cookie } });
      expect([status, headers.get('cache-control')], name).toEqual([200, 'private, no-store']);
      expect(headers.has('cdn-cache-control'), name).toBe(false);
      expect(headers.get('vary'), name).toBe('Accept, Cookie');
    }
  });

  test('cookies of the site and of the gate are all sent, each on its own', async () => {
    const setsCookie: ExpressMiddleware = async (_req, res, next) => {
      res.appendHeader('set-cookie', 'cart=1');
      res.appendHeader('set-cookie', 'seen=2');
      next();
    };
    const site = await start([setsCookie, gateExpress(gate), sendArticle]);
    const read = await site.visit('/premium/article', { headers: { cookie: cookieOf([ARTICLE]) } });
    expect(read.headers.getSetCookie()).toEqual(['cart=1', 'seen=2', expect.stringContaining('_token=')]);
    const signIn = await site.visit('/floe/sign-in', { headers: { accept: 'text/html' } });
    expect(signIn.headers.getSetCookie().slice(0, 2)).toEqual(['cart=1', 'seen=2']);
  });

  test('HEAD has the headers of GET, and no body', async () => {
    const site = await start([gateExpress(gate), sendArticle]);
    const head = await site.visit('/premium/article', { method: 'HEAD', headers: { accept: 'text/html' } });
    const page = await site.visit('/premium/article', { headers: { accept: 'text/html' } });
    expect([head.status, await head.text()]).toEqual([401, '']);
    expect(head.headers.get('content-type')).toBe(page.headers.get('content-type'));
  });

  test('a body that is not the gate’s is left for the handler, whole', async () => {
    const echo: ExpressMiddleware = async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req as unknown as IncomingMessage) chunks.push(chunk as Buffer);
      res.end(Buffer.concat(chunks));
    };
    const site = await start([gateExpress(gate), echo]);
    const body = 'x'.repeat(300_000);
    const headers = { cookie: cookieOf([ARTICLE]), 'content-type': 'text/plain' };
    const answered = await site.visit('/premium/article', { method: 'POST', headers, body });
    expect((await answered.text()).length).toBe(300_000);
  });

  test.each([
    ['nobody has read', undefined],
    ['a parser has made fields of', (text: string) => Object.fromEntries(new URLSearchParams(text))],
    ['a parser has kept as text', (text: string) => text],
    ['a parser has kept as bytes', (text: string) => Buffer.from(text)],
    [
      'a parser of uploads has made fields of',
      (text: string) => Object.fromEntries(new URLSearchParams(text)),
      'multipart/form-data; boundary=x',
    ],
  ])('the gate’s own forms are read from a body that %s', async (_name, parse, type = FORM) => {
    const parser: ExpressMiddleware = async (req, _res, next) => {
      if (!parse || req.method !== 'POST') return next();
      const chunks: Buffer[] = [];
      for await (const chunk of req as unknown as IncomingMessage) chunks.push(chunk as Buffer);
      req.body = parse(Buffer.concat(chunks).toString());
      next();
    };
    const site = await start([parser, gateExpress(gate), sendArticle]);
    const page = await site.visit('/floe/sign-in?to=%2Fpremium%2Farticle', {
      headers: { accept: 'text/html' },
    });
    const fields = [...(await page.text()).matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
    const body = new URLSearchParams([
      ...fields.map(([, name = '', value = '']): [string, string] => [name, value]),
      ['email', 'no address'],
    ]).toString();
    const answered = await site.visit('/floe/sign-in', {
      method: 'POST',
      body,
      headers: {
        origin: SITE,
        accept: 'text/html',
        cookie: page.headers
          .getSetCookie()
          .map((each) => each.split(';')[0])
          .join('; '),
        'content-type': type,
        'content-length': String(body.length),
      },
    });
    // It has come to the address, and finds it wrong: a form that was not read would be refused before.
    expect(answered.status).toBe(400);
    expect(await answered.text()).toContain('value="no address"');
  });

  test('an error of the gate is Express’s to show', async () => {
    const failing = createGate({
      gateway: GATEWAY,
      app: APP,
      secretKey: SECRET_KEY,
      resource: () => {
        throw new Error('no such shelf');
      },
    });
    const site = await start([gateExpress(failing), sendArticle]);
    const response = await site.visit('/premium/article');
    expect([response.status, await response.text()]).toEqual([500, 'no such shelf']);
  });

  test('a reader who has left in the middle of a form is no error', async () => {
    const site = await start([gateExpress(gate), sendArticle]);
    const socket = connect(site.port, '127.0.0.1');
    socket.write(
      'POST /floe/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 99\r\n\r\nemail=',
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    socket.destroy();
    await vi.waitFor(async () => expect((await site.visit('/about')).status).toBe(200));
    expect(site.errors).toEqual([]);
  });

  test('a proxy’s word about the site counts where Express trusts it', async () => {
    gate = newGate();
    const trusted = {
      'trust proxy fn': (address: string) => address === '127.0.0.1',
    };
    const proxied: ExpressMiddleware = async (req, _res, next) => {
      // Express's own getter does so for a proxy that it trusts.
      req.protocol = req.app?.get('trust proxy fn') ? 'https' : 'http';
      next();
    };
    for (const [settings, origin] of [
      [trusted, SITE],
      [{ 'trust proxy fn': () => false }, undefined],
    ] as const) {
      const site = await start([proxied, gateExpress(gate), signOutExpress(gate, '/bye')], settings);
      const headers = {
        host: 'internal:3000',
        'x-forwarded-host': 'shop.example.com, elsewhere.example',
        'x-forwarded-proto': 'https',
        origin: SITE,
      };
      const left = await site.visit('/sign-out', { method: 'POST', headers });
      expect([left.status, left.headers.get('location')]).toEqual(origin ? [303, '/bye'] : [403, null]);
    }
  });

  test('with `enforce: false` handlers run, and read the decision', async () => {
    const preview: ExpressMiddleware = async (_req, res) => {
      const answer = res.locals?.['floe'] as GateAnswer | undefined;
      res.end(Buffer.from(answer?.decision.reason ?? ''));
    };
    const site = await start([gateExpress(gate, { enforce: false }), preview]);
    const response = await site.visit('/premium/article');
    expect([response.status, await response.text()]).toEqual([200, 'no_session']);
  });
});

const nodeOf = (res: unknown) => res as ServerResponse;

/** A request as no client would write it. */
function sendRaw(port: number, path: string, host = 'shop.example.com'): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => (said += text));
    socket.on('end', () => resolve(said)).on('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  });
}

describe('Next.js', () => {
  test('a redirect names the site: Next reads none that is only a path', async () => {
    const back = await gateNext(gate)(new Request(`${SITE}/%70remium/article`));
    expect([back.status, back.headers.get('location')]).toEqual([308, `${SITE}/premium/article`]);
  });

  test('a page asks again, whatever the proxy let through, and takes no other header’s word', async () => {
    const ask = async (headers: Record<string, string>) => {
      const { decision } = await askNext(gate, new Headers(headers), '/premium/article');
      return decision.reason;
    };
    expect(await ask({ cookie: cookieOf([ARTICLE]), host: 'shop.example.com' })).toBe('granted');
    expect(await ask({ 'x-middleware-subrequest': 'proxy', host: 'shop.example.com/?x' })).toBe('no_session');
    expect(await ask({ cookie: cookieOf([], 'revoked') })).toBe('revoked');
  });
});

describe('SvelteKit', () => {
  test('data that a page fetches is gated as its page is', async () => {
    const visit = openSvelteKit();
    const where = '/premium/article/__data.json';
    expect((await visit(where)).status).toBe(401);
    expect((await visit(where, { cookie: cookieOf([ARTICLE]) })).status).toBe(200);
    expect((await visit('/')).status).toBe(200);
  });

  test.each(['/blog/premium', '/blog/premium/'])(
    'attack: %s is closed with a slash and without',
    async (exact) => {
      gate = newGate({ exact });
      const visit = openSvelteKit();
      const proxy = gateNext(gate);
      for (const where of ['/blog/premium', '/blog/premium/']) {
        expect((await visit(where)).status, where).toBe(401);
        expect((await proxy(new Request(SITE + where))).status, where).toBe(401);
      }
    },
  );

  test('attack: the caller of a remote function does not choose the page that is decided about', async () => {
    const handle = gateSvelteKit(gate);
    const cookie = cookieOf([ARTICLE]);
    const call = async (page: string, more: { isRemoteRequest?: boolean; method?: string }) => {
      const asked = new Request(`${SITE}/_app/remote/x/read`, {
        method: 'POST',
        headers: { cookie },
        ...more,
      });
      const event = {
        ...more,
        request: asked,
        url: new URL(SITE + page),
        locals: {} as { floe?: GateAnswer },
      };
      const resolve = async ({ locals }: typeof event) => Response.json(locals.floe?.decision.allow);
      const answered = await handle({ event, resolve });
      return [answered.status, await answered.json()];
    };
    // What SvelteKit makes of the header `x-sveltekit-pathname`.
    for (const page of ['/', '/premium/article', '/floe/account'])
      expect(await call(page, { isRemoteRequest: true }), page).toEqual([200, false]);
    // A form without scripts.
    for (const page of ['/?/remote=x/read', '/premium/article?/remote=x/read'])
      expect(await call(page, {}), page).toEqual([200, false]);
    expect(await call('/premium/article', {})).toEqual([200, true]);
  });

  test('a remote function asks about the path that it names', async () => {
    const ask = async (headers: Record<string, string>) => {
      const request = new Request(`${SITE}/_app/remote/x/read`, { method: 'POST', headers, body: '{}' });
      const { decision } = await askSvelteKit(gate, { request, url: new URL(SITE) }, '/premium/article');
      return decision.reason;
    };
    expect(await ask({ cookie: cookieOf([ARTICLE]) })).toBe('granted');
    expect(await ask({ 'x-sveltekit-pathname': '/' })).toBe('no_session');
  });

  test('`load` reads the decision, and a form’s body is left for the page', async () => {
    const handle = gateSvelteKit(gate, { enforce: false });
    const asked = new Request(`${SITE}/premium/article`, { method: 'POST', body: 'name=Ada' });
    const event = {
      request: asked,
      url: new URL(asked.url),
      locals: {} as { floe?: { decision: { reason: string } } },
    };
    const answered = await handle({
      event,
      resolve: async ({ request: own, locals }) =>
        new Response(`${locals.floe?.decision.reason} ${await own.text()}`),
    });
    expect(await answered.text()).toBe('no_session name=Ada');
  });
});

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { createElement, type ReactNode } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGate, type Gate } from '../../packages/kit/index.ts';
import { APP, type FakeGateway, GATEWAY, openFakeGateway, SECRET_KEY } from './fake-gateway.ts';

/*
 * The programs of docs/recipes.md and docs/browser.md, compiled as a site would and run. The frameworks are stood in for by as much of them as
 * the programs touch; Node's own http server is real.
 */

const ROOT = path.join(import.meta.dirname, '..', '..');
const ARTICLE = 'content:premium/article';
const run = promisify(execFile);

/** What the programs import that is not there, by what its documentation says. */
const STAND_INS: Record<string, { js: string; types: string }> = {
  'next/server': {
    js: `export const NextResponse = { next: () => new Response(null, { headers: { 'x-middleware-next': '1' } }) };`,
    types: 'export declare const NextResponse: { next(): Response };',
  },
  'next/headers': {
    js: 'export const headers = async () => globalThis.nextHeaders;',
    types: 'export declare function headers(): Promise<Headers>;',
  },
  '$env/static/private': {
    js: 'export const FLOE_SECRET_KEY = process.env.FLOE_SECRET_KEY;',
    types: 'export declare const FLOE_SECRET_KEY: string;',
  },
  '@sveltejs/kit': {
    js: '',
    types: `export type Handle = (input: {
      event: { request: Request; url: URL; locals: { floe?: unknown } };
      resolve: (event: object) => Promise<Response>;
    }) => Promise<Response>;`,
  },
};

let site: string;
/** What is printed, by the file that the first line names. */
const programs = new Map<string, string>();
beforeAll(async () => {
  site = await mkdtemp(path.join(tmpdir(), 'floe-recipes-'));
  const tsc = (...args: string[]) =>
    run(process.execPath, [path.join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], { cwd: ROOT }).catch(
      (error: { stdout?: string }) => {
        throw new Error(error.stdout ?? 'tsc failed', { cause: error });
      },
    );
  const modules = path.join(site, 'node_modules');
  await tsc('-p', 'packages/kit', '--outDir', path.join(modules, '@floe', 'kit', 'dist'));
  await cp(
    path.join(ROOT, 'packages', 'kit', 'package.json'),
    path.join(modules, '@floe', 'kit', 'package.json'),
  );
  await mkdir(path.join(modules, '@types'));
  for (const name of ['@types/node', '@types/react', 'csstype', 'react', 'react-dom'])
    await symlink(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  for (const [name, { js, types }] of Object.entries(STAND_INS)) {
    await mkdir(path.join(modules, name), { recursive: true });
    await writeFile(
      path.join(modules, name, 'package.json'),
      '{"type":"module","main":"index.js","types":"index.d.ts"}',
    );
    await writeFile(path.join(modules, name, 'index.js'), js);
    await writeFile(path.join(modules, name, 'index.d.ts'), types);
  }
  await writeFile(path.join(site, 'package.json'), '{"type":"module"}');
  const texts = ['recipes.md', 'browser.md'].map((name) => readFile(path.join(ROOT, 'docs', name), 'utf8'));
  const text = (await Promise.all(texts)).join('\n');
  const printed = /```tsx?\n\/\/ (src\/[\w./-]+\.tsx?)\n([\s\S]*?)```/g;
  for (const [, name = '', code = ''] of text.matchAll(printed)) {
    programs.set(name, code);
    await mkdir(path.dirname(path.join(site, name)), { recursive: true });
    await writeFile(path.join(site, name), code);
  }
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    module: 'ESNext',
    moduleResolution: 'Bundler',
    target: 'ES2022',
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    typeRoots: [path.join(modules, '@types')],
    preserveSymlinks: true,
    jsx: 'react-jsx',
    skipLibCheck: true,
    rootDir: 'src',
    outDir: 'out',
  };
  await writeFile(path.join(site, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  await tsc('-p', site);
}, 120_000);
afterAll(() => rm(site, { recursive: true, force: true }));

let gateway: FakeGateway;
beforeEach(async () => {
  gateway = await openFakeGateway();
  gateway.clock.now = Date.now();
  vi.resetModules();
  vi.stubEnv('FLOE_SECRET_KEY', SECRET_KEY);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

const load = (name: string) =>
  import(
    /* @vite-ignore */ `${pathToFileURL(path.join(site, 'out', name)).href}?${crypto.randomUUID()}`
  ) as Promise<Record<string, (...given: unknown[]) => Promise<Response>>>;
const cookieOf = (has: readonly string[], reason?: string) =>
  `__Host-floe_${APP}_session=${gateway.signIn('a', 'customer-1', has, reason).token}`;
const SHOP = 'https://shop.example.com';

/** Somebody's visit, as each framework's program answers it. */
interface Stack {
  visit: (path: string, headers?: Record<string, string>) => Promise<Response>;
}

function gateOf(): Gate {
  const { fetch, now } = gateway;
  return createGate({
    gateway: GATEWAY,
    app: APP,
    secretKey: SECRET_KEY,
    origin: SHOP,
    fetch,
    now,
    resource: (request) => `content:${new URL(request.url).pathname.slice(1)}`,
  });
}

const stacks: Record<string, () => Promise<Stack & { close?: () => Promise<void> }>> = {
  async Express() {
    const { gateExpress } = (await load('express.js')) as unknown as {
      gateExpress: (
        gate: Gate,
        origin: string,
      ) => (req: object, res: object, next: (error?: unknown) => void) => Promise<void>;
    };
    const gate = gateExpress(gateOf(), SHOP);
    const server = createServer((req, res) => {
      // As behind `app.use('/premium', …)`.
      Object.assign(req, { originalUrl: req.url, url: (req.url ?? '').replace('/premium', '') });
      void gate(req, res, (error) => {
        res.statusCode = error ? 500 : 200;
        res.end(error ? '' : 'The whole article.');
      });
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    return {
      visit: (where, headers = {}) => visitOverHttp(port, where, headers),
      close: () => new Promise((resolve) => void server.close(() => resolve())),
    };
  },
  async 'Next.js proxy'() {
    vi.stubGlobal('fetch', gateway.fetch);
    const { proxy } = await load('proxy.js');
    return {
      async visit(where, headers = {}) {
        const response = (await proxy?.(new Request(SHOP + where, { headers }))) ?? Response.error();
        const goesOn = response.headers.get('x-middleware-next') === '1';
        return goesOn ? new Response('The whole article.', response) : response;
      },
    };
  },
  async 'a Next.js route handler'() {
    vi.stubGlobal('fetch', gateway.fetch);
    const { GET } = await load('app/premium/print/route.js');
    return {
      visit: async (where, headers = {}) =>
        (await GET?.(new Request(SHOP + where, { headers }))) ?? Response.error(),
    };
  },
  SvelteKit: () => openSvelteKit(),
};

async function openSvelteKit(): Promise<Stack> {
  vi.stubGlobal('fetch', gateway.fetch);
  const { handle } = await load('hooks.server.js');
  return {
    async visit(where, headers = {}) {
      const url = new URL(SHOP + where);
      const request = new Request(url, { headers });
      url.pathname = url.pathname.replace(/\/__data\.json$/, '');
      const event = { request, url, locals: {} };
      // SvelteKit's own answers may have headers that cannot be changed.
      const resolve = async () => fetchLike('The whole article.');
      return (await handle?.({ event, resolve })) ?? Response.error();
    },
  };
}

/** As a browser's page load: Node's `fetch` says of itself that it is none. */
function visitOverHttp(port: number, where: string, headers: Record<string, string>): Promise<Response> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: where, headers }, (incoming) => {
      const got = new Headers();
      for (const [name, values] of Object.entries(incoming.headersDistinct)) {
        for (const value of values ?? []) got.append(name, value);
      }
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        resolve(new Response(Buffer.concat(chunks), { status: incoming.statusCode ?? 0, headers: got }));
      });
    }).on('error', reject);
  });
}

/** A response as `fetch` gives it: immutable. */
function fetchLike(text: string): Response {
  const response = new Response(text);
  Object.defineProperty(response, 'headers', { value: new Headers(response.headers) });
  response.headers.append = response.headers.set = () => {
    throw new TypeError('immutable');
  };
  return response;
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
      expect(await response.text()).toContain('The whole article.');
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
        expect(await response.text()).not.toContain('The whole article');
        expect(response.headers.get('cache-control')).toBe('private, no-store');
      }
    }));

  test('takes in a buyer who comes back, and cleans the address', () =>
    using(async ({ visit }) => {
      const code = 'c'.repeat(43);
      const { token } = gateway.signIn('b', 'purchase:1', [ARTICLE]);
      gateway.codes.set(code, { callback: `${SHOP}/premium/article?ref=mail`, session: token });
      const payment = `pay_${'0'.repeat(26)}`;
      const back = await visit(
        `/premium/article?ref=mail&code=${code}&payment_id=${payment}&status=succeeded`,
        {
          accept: 'text/html',
        },
      );
      expect(back.status).toBe(303);
      expect(back.headers.get('location')).toBe(`${SHOP}/premium/article?ref=mail`);
      expect(back.headers.getSetCookie().join()).toContain(token);
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

describe('what else the recipes promise', () => {
  test('a program imports files as bundlers find them: there, and with no ending that compiling would give', () => {
    const imports = [...programs].flatMap(([name, code]) =>
      [...code.matchAll(/ from '(\.[^']*)'/g)].map(([, from = '']) => ({ name, from })),
    );
    expect(imports.length).toBeGreaterThan(3);
    for (const { name, from } of imports) {
      const file = path.posix.join(path.posix.dirname(name), from);
      expect(
        [file, `${file}.ts`, `${file}.tsx`].filter((each) => programs.has(each)),
        `${name}: ${from}`,
      ).toHaveLength(1);
    }
  });

  test('a key of a framework’s `.env` is read as that framework gives it', () => {
    // Next puts it into `process.env`; SvelteKit does not.
    expect(programs.get('src/hooks.server.ts')).not.toContain('process.env');
  });

  test('Next.js: files are where Next looks, and a page waits, sells or shows', async () => {
    expect([...programs.keys()].filter((name) => /proxy|\/app\//.test(name)).toSorted()).toEqual([
      'src/app/premium/article/page.tsx',
      'src/app/premium/print/route.ts',
      'src/app/sign-out/route.ts',
      'src/proxy.ts',
    ]);
    vi.stubGlobal('fetch', gateway.fetch);
    const page = (await load('app/premium/article/page.js')) as unknown as {
      default: () => Promise<ReactNode>;
    };
    const show = async (cookie: string) => {
      vi.stubGlobal('nextHeaders', new Headers({ cookie }));
      return renderToString(await page.default());
    };
    expect(await show(cookieOf([ARTICLE]))).toContain('The whole article.');
    expect(await show('')).toContain('Buy the rest');
    const waits = await show(cookieOf([], 'pending_payment'));
    expect(waits).toContain('One moment');
    expect(waits).not.toContain('Buy');
  });

  test('SvelteKit: data that a page fetches is gated as its page is', async () => {
    const { visit } = await openSvelteKit();
    const where = '/premium/article/__data.json';
    expect((await visit(where)).status).toBe(401);
    expect((await visit(where, { cookie: cookieOf([ARTICLE]) })).status).toBe(200);
    expect((await visit('/')).status).toBe(200);
  });

  test('Next.js: a page asks again, whatever the proxy let through', async () => {
    vi.stubGlobal('fetch', gateway.fetch);
    const { readerOf } = await load('reader.js');
    const read = (cookie: Record<string, string>) => {
      vi.stubGlobal('nextHeaders', new Headers({ ...cookie, 'x-middleware-subrequest': 'middleware' }));
      return readerOf?.('/premium/article');
    };
    expect(await read({ cookie: cookieOf([ARTICLE]) })).toBe('reads');
    expect(await read({})).toBe('buys');
    expect(await read({ cookie: cookieOf([], 'revoked') })).toBe('buys');
  });

  test('Next.js: nobody who may have paid is sold it again', async () => {
    vi.stubGlobal('fetch', gateway.fetch);
    const { readerOf } = await load('reader.js');
    vi.stubGlobal('nextHeaders', new Headers({ cookie: cookieOf([], 'pending_payment') }));
    expect(await readerOf?.('/premium/article')).toBe('waits');
    vi.stubGlobal('nextHeaders', new Headers({ cookie: cookieOf([ARTICLE]) }));
    gateway.state.isDown = true;
    expect(await readerOf?.('/premium/article')).toBe('waits');
  });

  test('Next.js: only a page of the site’s own signs out, and not by a link', async () => {
    vi.stubGlobal('fetch', gateway.fetch);
    const route = await load('app/sign-out/route.js');
    expect(Object.keys(route)).toEqual(['POST']);
    const cookie = cookieOf([ARTICLE]);
    // As Next knows itself behind a proxy.
    const leave = (origin: string) =>
      route['POST']?.(
        new Request('http://localhost:3000/sign-out', { method: 'POST', headers: { cookie, origin } }),
      );
    expect((await leave('https://evil.example'))?.status).toBe(403);
    expect((await leave('http://localhost:3000'))?.status).toBe(403);
    expect(gateway.sessions.size).toBe(1);
    const left = await leave(SHOP);
    expect([left?.status, left?.headers.get('location')]).toEqual([303, '/']);
    expect(left?.headers.get('cache-control')).toBe('private, no-store');
    expect(left?.headers.getSetCookie().length).toBe(3);
    expect(gateway.sessions.size).toBe(0);
  });

  test('Express: only a page of the site’s own signs out', async () => {
    const { signOutExpress } = (await load('express.js')) as unknown as {
      signOutExpress: (
        gate: Gate,
        origin: string,
      ) => (req: object, res: object, next: () => void) => Promise<void>;
    };
    const server = createServer((req, res) => {
      void signOutExpress(gateOf(), SHOP)(Object.assign(req, { originalUrl: req.url }), res, () =>
        res.destroy(),
      );
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/sign-out`;
    const cookie = cookieOf([ARTICLE]);
    const leave = (origin: string) =>
      fetch(url, { method: 'POST', headers: { cookie, origin }, redirect: 'manual' });
    expect((await leave('https://evil.example')).status).toBe(403);
    expect(gateway.sessions.size).toBe(1);
    const left = await leave(SHOP);
    expect(left.status).toBe(303);
    expect(left.headers.getSetCookie().length).toBe(3);
    expect(gateway.sessions.size).toBe(0);
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });

  test('a protected file is for who has bought it: not without a token, not with another’s', async () => {
    vi.stubGlobal('fetch', gateway.fetch);
    const { serveProtected } = await load('protected.js');
    const ask = (token?: string) =>
      serveProtected?.(
        new Request(
          `${SHOP}/protected`,
          token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
        ),
        '<p>secret</p>',
      );
    const good = await gateway.sign(gateway.claims({ ent: [ARTICLE] }));
    expect(await (await ask(good))?.text()).toBe('<p>secret</p>');
    const bad = [
      undefined,
      `${good.slice(0, -4)}AAAA`,
      await gateway.sign(gateway.claims({ ent: ['content:x'] })),
      await gateway.sign(gateway.claims({ ent: [ARTICLE], aud: 'atlas-live' })),
    ];
    for (const token of bad) {
      const response = await ask(token);
      expect([response?.status, await response?.text()]).toEqual([403, '']);
    }
  });

  test('React: a page is rendered on a server with nothing known, and asks nothing', async () => {
    vi.stubGlobal('fetch', () => expect.fail('a request from a server'));
    const { App } = (await load('article.js')) as unknown as { App: () => ReactNode };
    expect(renderToString(createElement(App))).toContain('One moment');
  });

  test('elements: a program that defines them does nothing on a server', async () => {
    await load('elements.js');
    expect('customElements' in globalThis).toBe(false);
  });
});

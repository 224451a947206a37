import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { routesOf } from '../../src/http/route.ts';
import manifest from '../../packages/kit/package.json' with { type: 'json' };
import { fetchGateway } from '../harness/front-door.ts';
import { call, GATEWAY_URL } from '../harness/harness.ts';

const LOCAL_URL = 'http://127.0.0.1:8787';
const SAME_ORIGIN = {
  host: '127.0.0.1:8787',
  'sec-fetch-site': 'same-origin',
  referer: `${LOCAL_URL}/`,
};
const KEYS = { app: 'quay-sandbox', values: { FLOE_SECRET_KEY: 'floe_sk_sandbox_of_this_machine' } };
/** The bindings of a gateway that `npm start` runs. */
const LOCAL = {
  ...env,
  FLOE_URL: LOCAL_URL,
  FLOE_DEVELOPMENT: '1',
  POLAR_LIVE_ACCESS_TOKEN: '',
  LOCAL_KEYS: { fetch: () => Promise.resolve(Response.json(KEYS)) },
};

const askForKeys = (headers: Record<string, string>, bindings: object = LOCAL, url = LOCAL_URL) =>
  fetchGateway(new Request(`${url}/docs/local-keys`, { headers }), bindings);

describe('the keys of a developer’s own machine', () => {
  it('are given to its own pages, and kept by nobody', async () => {
    const answer = await askForKeys(SAME_ORIGIN);
    expect([answer.status, await answer.json()]).toEqual([200, KEYS]);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('same-origin');
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    [
      'a page of another origin',
      { ...SAME_ORIGIN, 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    ],
    [
      'a page of another port',
      { ...SAME_ORIGIN, 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:4321' },
    ],
    ['an address that somebody opens', { ...SAME_ORIGIN, 'sec-fetch-site': 'none' }],
    ['a page that a proxy shows under another name', { ...SAME_ORIGIN, referer: 'https://floe.example/' }],
    ['a page that does not say which it is', { ...SAME_ORIGIN, referer: '' }],
    ['another name behind an address that was given for it', { ...SAME_ORIGIN, host: 'evil.example:8787' }],
    ['whoever names no host', { ...SAME_ORIGIN, host: '' }],
    ['a program that says nothing', {}],
    ['a proxy', { ...SAME_ORIGIN, 'x-forwarded-for': '203.0.113.7' }],
    ['a tunnel', { ...SAME_ORIGIN, 'x-forwarded-host': 'floe.tunnel.example' }],
    ['another proxy', { ...SAME_ORIGIN, forwarded: 'for=203.0.113.7' }],
  ])('are not given to %s', async (_who, headers) => {
    const answer = await askForKeys(headers);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(await answer.text()).not.toContain('floe_sk');
  });

  it('are not given under another name that leads to this machine', async () => {
    const answer = await askForKeys(SAME_ORIGIN, LOCAL, 'http://rebound.evil.example:8787');
    expect([answer.status, await answer.text()]).toEqual([421, expect.not.stringContaining('floe_sk')]);
  });

  it.each([
    ['is deployed', { ...LOCAL, FLOE_URL: GATEWAY_URL, FLOE_DEVELOPMENT: '' }, GATEWAY_URL],
    ['is deployed with the settings of a developer', { ...LOCAL, FLOE_URL: GATEWAY_URL }, GATEWAY_URL],
    ['was bound none', { ...LOCAL, LOCAL_KEYS: undefined }, LOCAL_URL],
    ['develops nothing', { ...LOCAL, FLOE_URL: GATEWAY_URL, FLOE_DEVELOPMENT: undefined }, GATEWAY_URL],
  ])('are not given by a gateway that %s', async (_what, bindings, url) => {
    const answer = await askForKeys(SAME_ORIGIN, bindings, url);
    expect([answer.status, await answer.text()]).toEqual([404, expect.not.stringContaining('floe_sk')]);
  });
});

interface Operation {
  summary: string;
  responses: Record<string, unknown>;
  security: Record<string, unknown>[];
}

describe('the API reference', () => {
  it('is an OpenAPI 3.1 document of exactly the mounted routes', async () => {
    const { body } = await call<{ openapi: string; paths: Record<string, Record<string, Operation>> }>(
      'GET',
      '/openapi.json',
    );
    expect(body.openapi).toMatch(/^3\.1/);
    const described = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const mounted = routesOf(createApp()).map(
      ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
    );
    expect(described.sort()).toEqual([...mounted].sort());
  });

  it('knows every address that the Worker answers', () => {
    const app = createApp();
    const declared = new Set(routesOf(app).map(({ method, path }) => `${method.toUpperCase()} ${path}`));
    // Pages for people at addresses that programs have no use for; static files, described elsewhere; HEAD of a checkout link is refused beside its GET.
    const undeclared = app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => !declared.has(route));
    expect(new Set(undeclared)).toEqual(
      new Set([
        'GET /',
        'GET /console',
        'GET /openapi.json',
        'GET /docs',
        'GET /docs/local-keys',
        'GET /docs/*',
        'GET /kit/floe.js',
        'GET /kit/*',
      ]),
    );
  });

  it('says of each operation what it does, who may call it and what can go wrong', async () => {
    const { body } = await call<{ paths: Record<string, Record<string, Operation>> }>('GET', '/openapi.json');
    for (const [path, methods] of Object.entries(body.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        expect(operation.summary, `${method} ${path}`).toBeTruthy();
        expect(Object.keys(operation.responses).length, `${method} ${path}`).toBeGreaterThan(0);
        if (operation.security.length > 0)
          expect(operation.responses['401'], `${method} ${path}`).toBeDefined();
      }
    }
  });

  it('is shown by pages of our own origin that run nothing else and cannot be framed', async () => {
    for (const path of [
      '/docs/',
      '/docs/api/payments',
      '/docs/events/payment',
      '/docs/errors',
      '/docs/readme',
    ]) {
      const page = await call('GET', path);
      expect([path, page.status, page.headers.get('content-type')]).toEqual([
        path,
        200,
        'text/html; charset=utf-8',
      ]);
      const policy = page.headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(
        /default-src 'none'; script-src 'self'; style-src 'self'; .*frame-ancestors 'none'/,
      );
      expect(policy).not.toContain('unsafe');
    }
    for (const [file, type] of [
      ['docs.js', 'javascript'],
      ['before.js', 'javascript'],
      ['docs.css', 'css'],
      ['search.json', 'json'],
      ['icon.svg', 'svg'],
    ] as const) {
      const { status, headers } = await call('GET', `/docs/${file}`);
      expect([file, status, headers.get('content-type')]).toEqual([file, 200, expect.stringContaining(type)]);
    }
    expect((await call('GET', '/docs')).headers.get('location')).toBe('/docs/');
  });

  it('has no page that is not there, and says so to people and to programs', async () => {
    const { status, body } = await call<{ code: string }>('GET', '/docs/nothing');
    expect([status, body.code]).toEqual([404, 'not_found']);
    const page = await call('GET', '/docs/nothing', { headers: { accept: 'text/html' } });
    expect([page.status, page.text]).toEqual([404, expect.stringContaining('href="/docs/errors#not_found"')]);
  });

  it('serves the script for pages to any site, cacheable, as a script', async () => {
    const script = await call('GET', '/kit/floe.js', { headers: { origin: 'https://shop.example' } });
    expect(script.status).toBe(200);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('access-control-allow-origin')).toBe('*');
    expect(script.headers.get('cache-control')).toContain('max-age=3600');
    expect(script.headers.get('etag')).toBeTruthy();
    expect(script.text).toContain('floe-paywall');
    const again = await call('GET', '/kit/floe.js', {
      headers: { 'if-none-match': script.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
  });

  it('serves the kit as package managers install it, by the version that its manifest has', async () => {
    const { version } = manifest;
    const address = `${GATEWAY_URL}/kit/floe-kit-${version}.tgz`;
    const file = await fetchGateway(new Request(address));
    expect([file.status, file.headers.get('content-type')]).toEqual([200, 'application/gzip']);
    const unpacked = file.body?.pipeThrough(new DecompressionStream('gzip'));
    const tar = new TextDecoder().decode(await new Response(unpacked).arrayBuffer());
    expect(tar).toContain('package/package.json');
    expect(tar).toContain(`"version": "${version}"`);
    expect(tar).toContain('package/dist/index.d.ts');
    const headers = { 'if-none-match': file.headers.get('etag') ?? '' };
    expect((await fetchGateway(new Request(address, { headers }))).status).toBe(304);
    const other = await call<{ code: string }>('GET', '/kit/floe-kit-0.0.1.tgz');
    expect([other.status, other.body.code]).toEqual([404, 'not_found']);
  });
});

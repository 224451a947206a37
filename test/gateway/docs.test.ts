import { describe, expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { routesOf } from '../../src/http/route.ts';
import manifest from '../../packages/kit/package.json' with { type: 'json' };
import { fetchGateway } from '../harness/front-door.ts';
import { call, GATEWAY_URL } from '../harness/harness.ts';

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

  it('is shown by a page of our own origin that allows no other', async () => {
    const page = await call('GET', '/docs/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.text).not.toMatch(/(src|href)="https?:/);
    expect((await call('GET', '/docs/swagger-ui-bundle.js')).status).toBe(200);
    expect((await call('GET', '/docs')).headers.get('location')).toBe('/docs/');
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

import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import { fetchGateway } from '../harness/front-door.ts';
import { call, createWorld, GATEWAY_URL, ORIGIN } from '../harness/harness.ts';

/* What people see who open the gateway's address, and what programs are told there. */

const BROWSER = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

beforeAll(async () => {
  const world = await createWorld();
  await world.createApp({ product: 'quay', webhook: false });
});

const open = (path: string, method = 'GET') => call(method, path, { headers: BROWSER });

function expectPage({ headers, text }: Awaited<ReturnType<typeof open>>): void {
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
  expect(headers.get('vary')).toContain('Accept');
  expect(text).not.toContain('<script');
}

test.each(['/live', '/live/events', '/live/state'])(
  '%s, which npm start has on a developer’s machine, is nothing here',
  async (path) => {
    expect((await call('GET', path)).status).toBe(404);
  },
);

describe('/ and /console', () => {
  test('say to people what is here', async () => {
    const home = await open('/');
    expect(home.status).toBe(200);
    expectPage(home);
    for (const href of ['/docs/', '/health', '/openapi.json']) expect(home.text).toContain(`href="${href}"`);

    const console = await open('/console');
    expect(console.status).toBe(200);
    expectPage(console);
    expect(console.text).toContain('has no console yet');
    expect(console.text).toContain(`curl ${GATEWAY_URL}/admin/apps`);
  });

  test('the routes that the console’s page names are there', async () => {
    const { text } = await open('/console');
    const named = [...text.matchAll(/<code>(GET|POST) (\/admin[^<]+)<\/code>/g)];
    expect(named.length).toBeGreaterThan(3);
    for (const [, method = '', path = ''] of named)
      expect((await call(method, path.replaceAll('&amp;', '&'))).status, path).toBe(401);
  });

  test.each(['/', '/console'])('%s is nothing to programs', async (path) => {
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5']) {
      const { status, body } = await call('GET', path, { headers: { accept } });
      expect([status, body['code']]).toEqual([404, 'not_found']);
    }
  });

  test.each(['/', '/console'])('%s answers HEAD as GET, and no other method', async (path) => {
    const head = await open(path, 'HEAD');
    expect([head.status, head.text, head.headers.get('content-type')]).toEqual([
      200,
      '',
      'text/html; charset=utf-8',
    ]);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await call(method, path);
      expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    }
  });

  test('only a gateway on a developer’s machine links to the live page and to its sites', async () => {
    const home = async (bindings: Partial<Bindings>) => {
      const request = new Request(`${GATEWAY_URL}/`, { headers: BROWSER });
      return (await fetchGateway(request, { ...env, ...bindings })).text();
    };
    const local = await home({ FLOE_DEVELOPMENT: '1', POLAR_LIVE_ACCESS_TOKEN: '' });
    expect(local).toContain('href="/live"');
    expect(local).toContain(`href="${ORIGIN}"`);
    expect(local).toContain('quay-sandbox');
    const deployed = await home({});
    expect(deployed).not.toContain('/live');
    expect(deployed).not.toContain(ORIGIN);
  });
});

describe('a problem', () => {
  test.each([
    ['/nothing/here', 404, 'not_found'],
    ['/v1/payments', 401, 'unauthorized'],
    ['/admin/apps', 401, 'unauthorized'],
    ['/v1/access?resource=plan:quay:pro', 401, 'unauthorized'],
    ['/sign-in?app=nobody-live', 404, 'not_found'],
  ])('at %s is a page for people, and JSON for programs', async (path, status, code) => {
    const page = await open(path);
    expect(page.status).toBe(status);
    expectPage(page);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.text).toContain(`<code>${code}</code>`);
    expect(page.text).toContain(page.headers.get('x-request-id'));
    const program = await call('GET', path);
    expect([program.status, program.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json',
    ]);
    const head = await open(path, 'HEAD');
    expect([head.status, head.text]).toEqual([status, '']);
  });

  test('keeps the headers that programs read', async () => {
    expect((await open('/v1/payments')).headers.get('www-authenticate')).toBe('Bearer realm="floe"');
    expect((await open('/health', 'POST')).headers.get('allow')).toBe('GET, HEAD');
  });

  test('is JSON for a program that accepts HTML without a thought, and for a proxy that asks for a visitor', async () => {
    const accepting = await call('GET', '/v1/payments', { headers: { accept: 'text/html' } });
    expect(accepting.headers.get('content-type')).toBe('application/problem+json');
    const proxy = await open('/v1/access/forward-auth');
    expect(proxy.headers.get('content-type')).not.toContain('text/html');
  });
});

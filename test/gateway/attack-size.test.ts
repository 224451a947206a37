import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { type AnyRouteSpec, routesOf } from '../../src/http/route.ts';
import { call, createWorld, GATEWAY_URL, ORIGIN, type TestApp } from '../harness/harness.ts';

/*
 * What a request that is refused may cost: the processor's time, and the size of the answer. Trust rule 11.
 */

let quay: TestApp;
let visitors = 0;
/** Another visitor each time: nothing here is about counting, but where a test says so. */
const visitor = () => ({ 'cf-connecting-ip': `2001:db8:${(++visitors).toString(16)}::1` });

beforeAll(async () => {
  const world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
});

const PRODUCT = '00000000-0000-4000-8000-000000000001';
/** Far below the seconds that a quadratic pattern takes for these, far above the milliseconds of a linear one. */
const SLOW_MS = 1_500;
const LONG = 60_000;
/** The worst texts for patterns that look for an end, a separator or white space. Query strings are kept shorter. */
const POISONS: readonly (readonly [string, (length: number) => string])[] = [
  ['an address of dots', (length) => `a@${'.'.repeat(length)}@`],
  ['an address of labels', (length) => `a@${'a.'.repeat(length / 2)}@`],
  ['at signs', (length) => '@'.repeat(length)],
  ['white space', (length) => `a${' '.repeat(length)}a`],
  ['slashes', (length) => `https://x.dev/${'/'.repeat(length)}x`],
  ['hyphens', (length) => `${'a-'.repeat(length / 2)}!`],
  ['digits', (length) => `${'9'.repeat(length)}x`],
];

async function timed(run: () => Promise<{ status: number }>): Promise<number> {
  const before = performance.now();
  const { status } = await run();
  expect([400, 404, 413, 422]).toContain(status);
  return performance.now() - before;
}

describe('attack: a text made to hold the processor', () => {
  test.each(POISONS)('%s is refused at once wherever an address or a URL is taken', async (_name, make) => {
    const text = make(LONG);
    const browser = () => ({ origin: ORIGIN, ...visitor() });
    const post = (path: string, body: unknown, key = quay.publishableKey) =>
      timed(() => call('POST', path, { key, body, headers: browser() }));
    const link = (name: string) =>
      timed(() =>
        call('GET', `/checkout/quay-sandbox?product=${PRODUCT}&${name}=${encodeURIComponent(make(16_000))}`, {
          headers: visitor(),
        }),
      );
    const spent = [
      await post('/v1/checkout', { product_id: PRODUCT, email: text }),
      await post('/v1/checkout', { product_id: text, email: text, locale: text, success_url: text }),
      await post('/v1/sign-in', { email: text, return_url: text }),
      await post('/v1/sessions/exchange', { code: text, callback_url: text, code_verifier: text }),
      await post(
        '/v1/payments',
        { product_id: PRODUCT, customer: { email: text, name: text } },
        quay.secretKey,
      ),
      await post('/v1/webhook-endpoints', { url: text, events: [text] }, quay.secretKey),
      await post('/admin/apps', { product: text, mode: text, callback_urls: [text] }, env.FLOE_ADMIN_TOKEN),
      await link('email'),
      await link('success_url'),
      await link('locale'),
    ];
    expect(Math.max(...spent)).toBeLessThan(SLOW_MS);
  });

  test('is counted before it is read: a visitor who sends nonsense is soon told to wait', async () => {
    const browser = { origin: ORIGIN };
    const own = { origin: GATEWAY_URL, 'content-type': 'application/x-www-form-urlencoded' };
    const nonsense: [string, string, { key?: string; rawBody?: string }, Record<string, string>][] = [
      ...['/v1/checkout', '/v1/sign-in', '/v1/sign-in/verify', '/v1/sessions/exchange'].map(
        (path): (typeof nonsense)[number] => [
          'POST',
          path,
          { key: quay.publishableKey, rawBody: '{' },
          browser,
        ],
      ),
      ['GET', '/checkout/quay-sandbox?product=x', {}, {}],
      ['GET', '/portal', {}, {}],
      ['POST', '/sign-in', { rawBody: 'x' }, own],
      ['POST', '/sign-in/code', { rawBody: 'x' }, own],
    ];
    for (const [method, path, options, headers] of nonsense) {
      const from = { ...headers, ...visitor() };
      const statuses: number[] = [];
      // A limit's minute may begin in between.
      while (statuses.length < 60 && !statuses.includes(429))
        statuses.push((await call(method, path, { ...options, headers: from })).status);
      expect([path, statuses[0] === 429, statuses.at(-1)]).toEqual([path, false, 429]);
    }
  });

  test('a page elsewhere cannot use up what its visitor may ask here', async () => {
    const from = visitor();
    for (let i = 0; i < 30; i++) {
      for (const path of ['/sign-in', '/sign-in/code'])
        await call('POST', path, { rawBody: 'x', headers: { origin: 'https://evil.dev', ...from } });
      await call('GET', '/portal', { headers: { 'sec-fetch-dest': 'image', ...from } });
      await call('GET', '/checkout/quay-sandbox', { headers: { 'sec-fetch-dest': 'image', ...from } });
    }
    const own = { origin: GATEWAY_URL, 'content-type': 'application/x-www-form-urlencoded', ...from };
    expect((await call('POST', '/sign-in', { rawBody: 'x', headers: own })).status).toBe(422);
    expect((await call('POST', '/sign-in/code', { rawBody: 'x', headers: own })).status).toBe(422);
    expect((await call('GET', '/portal', { headers: from })).status).toBe(422);
    expect((await call('GET', '/checkout/quay-sandbox', { headers: from })).status).toBe(422);
  });
});

/** What every answer may have, however small the request. */
const SMALL_BYTES = 8 * 1024;
const bytes = (text: string) => new TextEncoder().encode(text).byteLength;

const numbered = (count: number, key: (i: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [key(i), 1]));
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

/** Bodies that are large, deep or odd. `names`: the fields that the route knows. */
function* oddBodies(names: readonly string[]): Generator<string> {
  yield JSON.stringify(numbered(5_500, (i) => `k${i}`));
  yield JSON.stringify(numbered(15, (i) => `${i}${'k'.repeat(4_000)}`));
  yield JSON.stringify(numbered(500, (i) => `\u0001\ud800\u0000${i}`.repeat(3)));
  yield JSON.stringify(numbered(900, (i) => `__proto__${i}"\\\n`));
  yield nested(30_000);
  yield `{"a":${nested(30_000)}}`;
  yield `[${'0,'.repeat(30_000)}0]`;
  for (const whole of ['null', '0', '""', 'true', `"${'x'.repeat(60_000)}"`, '{', '{"a":1,}', ''])
    yield whole;
  const each = (value: unknown) => JSON.stringify(Object.fromEntries(names.map((name) => [name, value])));
  const wrong = [
    null,
    {},
    1e308,
    'x'.repeat(5_000),
    '\u0007'.repeat(5_000),
    Array.from({ length: 3_000 }, () => 0),
    Array.from({ length: 300 }, (_, i) => `wrong ${i} \u0001`),
    numbered(500, (i) => `gateway_${i}`),
    numbered(20, (i) => `${'\u0001'.repeat(300)}${i}`),
  ];
  for (const value of wrong) {
    const text = each(value);
    if (text.length < 64_000) yield text;
    for (const name of names) yield JSON.stringify({ [name]: value });
  }
}

/** Queries that are as long as a URL gets, or odd. */
function* oddQueries(names: readonly string[]): Generator<string> {
  yield new URLSearchParams(numberedTexts(900, (i) => `k${i}`)).toString();
  yield new URLSearchParams(numberedTexts(20, (i) => `${i}${'\u0001"<'.repeat(80)}`)).toString();
  for (const value of ['', 'x'.repeat(7_000), '\u0001\u0000"<\\'.repeat(400), '-1', '[object Object]']) {
    for (const name of names) yield new URLSearchParams({ [name]: value }).toString();
    yield names.map((name) => new URLSearchParams({ [name]: value.slice(0, 600) }).toString()).join('&');
  }
  for (const name of names) yield `${name}=1&`.repeat(500);
}

const numberedTexts = (count: number, key: (i: number) => string) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [key(i), 'v']));

const namesOf = (schema: unknown): string[] => {
  const shape = (schema as { _zod?: { def?: { shape?: object } } } | undefined)?._zod?.def?.shape;
  return Object.keys(shape ?? {});
};

const routes = routesOf(createApp()).map((route): [string, AnyRouteSpec] => [
  `${route.method.toUpperCase()} ${route.path}`,
  route,
]);

describe('attack: a refusal that is larger than what it refuses', () => {
  const keyOf = ({ auth }: AnyRouteSpec): string | undefined => {
    if (auth.includes('operator')) return env.FLOE_ADMIN_TOKEN;
    return auth.includes('secret') ? quay.secretKey : auth.length > 0 ? quay.publishableKey : undefined;
  };

  test.each(routes)('%s stays small whatever it is sent', async (_name, route) => {
    const key = keyOf(route);
    const send = async (suffix: string, rawBody?: string, headers: Record<string, string> = {}) => {
      const path = route.path.replace(':app', quay.slug).replaceAll(/:\w+/g, 'x') + suffix;
      const answer = await call(route.method.toUpperCase(), path, {
        ...(key === undefined ? {} : { key }),
        ...(rawBody === undefined ? {} : { rawBody }),
        headers: { origin: GATEWAY_URL, ...visitor(), ...headers },
      });
      if (answer.status < 400) return;
      const sent = bytes(path) + bytes(rawBody ?? '');
      const got = bytes(answer.text) + bytes(JSON.stringify([...answer.headers]));
      expect([got <= Math.max(sent, SMALL_BYTES), answer.status < 500 || answer.status === 503, got]).toEqual(
        [true, true, got],
      );
    };
    if (route.body) for (const body of oddBodies(namesOf(route.body))) await send('', body);
    if (route.form) {
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      for (const query of oddQueries(namesOf(route.form))) await send('', query.slice(0, 4_000), form);
    }
    for (const query of oddQueries(namesOf(route.query))) await send(`?${query}`);
  });

  test('names twenty wrong fields and says how many more there are', async () => {
    const body = JSON.stringify(numbered(4_000, (i) => `field_${i}`));
    const answer = await call<{ errors: { path: string; message: string }[]; detail: string }>(
      'POST',
      '/v1/checkout',
      { key: quay.publishableKey, rawBody: body, headers: { origin: ORIGIN, ...visitor() } },
    );
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toHaveLength(20);
    expect(answer.body.errors[1]).toEqual({
      path: 'body.field_0',
      message: 'This field is not known here.',
    });
    const named = answer.body.detail.match(/body\.\w+:/g)?.length ?? 0;
    expect(named).toBeGreaterThan(5);
    // One more than the unknown ones: the product is missing.
    expect(answer.body.detail).toMatch(new RegExp(` And ${4_001 - named} more\\.$`));
  });

  test('a long name of a field is cut, and stays readable', async () => {
    const answer = await call<{ errors: { path: string }[] }>('POST', '/v1/checkout', {
      key: quay.publishableKey,
      body: { product_id: PRODUCT, [`\u0000\ud800${'n'.repeat(5_000)}`]: 1 },
      headers: { origin: ORIGIN, ...visitor() },
    });
    expect(answer.body.errors[0]?.path).toBe(`body.\ufffd\ufffd${'n'.repeat(92)}…`);
  });
});

import { createServer } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { HOST, reservePort } from '../../cli/local/ports.ts';
import { readForwardedPath } from '../../src/domain/forwarded-path.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { request } from './raw-request.ts';
import { openShop, type Shop } from './shop.ts';
import { PAID, type Site, startSite } from './site.ts';
import { oddSpellings, PLAIN_PATHS } from './spellings.ts';

/* Debian's nginx between readers and a site, as documented, with the gateway and simulated Polar behind it. */

const ARTICLE = '/blog/premium-article';
const MAX_AGE_MS = 2_000;
const IDENTITY = ['Subject', 'Customer', 'App', 'Resource', 'Expires', 'Reason'];

let shop: Shop;
let site: Site;
/** As documented. */
let nginx: Nginx;
/** The same without pages for what is closed: nginx's own statuses. */
let bare: Nginx;
let paid: Awaited<ReturnType<Shop['buyReader']>>;
let unpaid: string;

const withoutPages = (recipe: string) => recipe.replaceAll(/^ *error_page .*\n/gm, '');
const cookie = (session: string) => [`Cookie: theme=dark; __Host-floe_quay-sandbox_session=${session}`];
const shown = z.object({ text: z.string(), headers: z.array(z.tuple([z.string(), z.string()])) });

/** What the site got, by lower-case name as programs read it. */
function headersAtSite(body: string): Map<string, string[]> {
  const got = new Map<string, string[]>();
  for (const [name, value] of shown.parse(JSON.parse(body)).headers) {
    const key = name.toLowerCase();
    got.set(key, [...(got.get(key) ?? []), value]);
  }
  return got;
}

beforeAll(async () => {
  [shop, site] = await Promise.all([openShop(), startSite(ARTICLE)]);
  const to = { gateway: shop.gateway, site: site.address };
  nginx = await startNginx(to);
  bare = await startNginx(to, withoutPages);
  paid = await shop.buyReader();
  unpaid = await shop.openReader();
});
afterAll(async () => {
  await nginx.close();
  await bare.close();
  await site.close();
  await shop.close();
});

describe('readers', () => {
  test('who paid reads, with who they are, and nothing of it in shared caches', async () => {
    const { status, headers, body } = await request(nginx.port, ARTICLE, { headers: cookie(paid.session) });
    expect(status).toBe(200);
    expect(body).toContain(PAID);
    expect(headers.get('cache-control')).toBe('private, no-store');
    const got = headersAtSite(body);
    expect(got.get('x-floe-subject')?.[0]).toMatch(/^purchase:pay_/);
    expect(got.get('x-floe-app')).toEqual(['quay-sandbox']);
    expect(got.get('x-floe-resource')).toEqual(['content:blog/premium-article']);
    expect(got.get('x-floe-reason')).toEqual(['granted']);
    expect(got.get('host')).toEqual(['shop.example.com']);
  });

  test('the Bearer token is as good', async () => {
    const headers = [`Authorization: Bearer ${paid.session}`];
    expect((await request(nginx.port, ARTICLE, { headers })).status).toBe(200);
  });

  test('POST with a body passes through whole', async () => {
    const { status, body } = await request(nginx.port, ARTICLE, {
      method: 'POST',
      headers: [...cookie(paid.session), 'Content-Length: 0', 'Origin: https://shop.example.com'],
    });
    expect([status, body.includes(PAID)]).toEqual([200, true]);
  });

  test('nobody: 401 with its challenge, and as documented the way to sign in', async () => {
    const plain = await request(bare.port, ARTICLE);
    expect([plain.status, plain.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="floe"']);
    const kind = await request(nginx.port, `${ARTICLE}?page=2`);
    expect(kind.status).toBe(302);
    expect(kind.headers.get('location')).toContain(`/sign-in?next=${ARTICLE}?page=2`);
    expect(plain.body + kind.body).not.toContain(PAID);
  });

  test('who has not paid: 403, and as documented the way to buy', async () => {
    expect((await request(bare.port, ARTICLE, { headers: cookie(unpaid) })).status).toBe(403);
    const kind = await request(nginx.port, ARTICLE, { headers: cookie(unpaid) });
    expect(kind.status).toBe(302);
    expect(kind.headers.get('location')).toContain('/buy?for=content:blog/premium-article');
  });

  test('a session of another shop is none', async () => {
    const headers = cookie(await shop.openReader('atlas'));
    expect((await request(bare.port, ARTICLE, { headers })).status).toBe(401);
  });

  test('what is free is free for everybody, and cacheable as the site says', async () => {
    for (const headers of [[], cookie(unpaid), cookie(paid.session)]) {
      const answer = await request(nginx.port, '/about', { headers });
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=3600']);
    }
  });

  test('no preflight opens anything', async () => {
    const headers = ['Origin: https://evil.example', 'Access-Control-Request-Method: GET'];
    const { status, body } = await request(bare.port, ARTICLE, { method: 'OPTIONS', headers });
    expect([status, body.includes(PAID)]).toEqual([401, false]);
  });

  test('the question itself is not to be had from outside', async () => {
    expect((await request(bare.port, '/_floe')).status).toBe(404);
  });
});

test('a refund closes within max_age', async () => {
  const reader = await shop.buyReader();
  const read = () => request(bare.port, ARTICLE, { headers: cookie(reader.session) });
  expect((await read()).status).toBe(200);
  await reader.refund();
  // The most that a cached yes may be old.
  await sleep(MAX_AGE_MS);
  const { status, body } = await read();
  expect([status, body.includes(PAID)]).toEqual([403, false]);
});

describe('attack:', () => {
  const lies = IDENTITY.flatMap((name) => [
    `X-Floe-${name}: admin`,
    `x-floe-${name.toLowerCase()}: admin`,
    `X_Floe_${name}: admin`,
    `X-Floe_${name}: admin`,
    `X_Floe-${name}: admin`,
    `X.Floe.${name}: admin`,
    `X!Floe~${name}: admin`,
  ]);

  const otherPaths = ['X-Original-URL', 'X-Original-URI', 'X-Rewrite-URL', 'X-Forwarded-Uri'].map(
    (name) => `${name}: /admin`,
  );

  test('identity that a visitor makes up is overwritten, look-alikes are dropped', async () => {
    for (const [target, who] of [
      ['/about', []],
      ['/about', cookie(paid.session)],
      [ARTICLE, cookie(paid.session)],
    ] as const) {
      const { status, body } = await request(nginx.port, target, {
        headers: [...lies, ...otherPaths, ...who],
      });
      expect(status).toBe(200);
      expect(body).not.toContain('admin');
      const names = [...headersAtSite(body).keys()].filter((name) => /x.floe/.test(name));
      for (const name of names) expect(name).toMatch(/^x-floe-(subject|app|resource|reason)$/);
    }
  });

  test('a visitor cannot say which path it is', async () => {
    for (const lie of ['X-Original-URI: /about', 'X-Forwarded-Uri: /about', 'X_Original_URI: /about']) {
      const { status, body } = await request(bare.port, ARTICLE, { headers: [lie, lie, ...cookie(unpaid)] });
      expect([lie, status, body.includes(PAID)]).toEqual([lie, 403, false]);
      const own = await request(bare.port, ARTICLE, { headers: [lie, ...cookie(paid.session)] });
      expect([lie, own.status]).toEqual([lie, 200]);
    }
  });

  const spellings = [
    ...oddSpellings(ARTICLE),
    ...oddSpellings(ARTICLE).map((spelling) => spelling.toUpperCase()),
    '/Blog/premium-article',
    '/blog.html/../premium-article',
    '/about/../blog/premium-article',
    '/about%2f..%2fblog/premium-article',
    '/%EF%BD%82log/premium-article',
  ];

  test('no spelling of the paid path opens it to who has not paid', async () => {
    for (const spelling of spellings) {
      for (const headers of [[], cookie(unpaid)]) {
        const { status, body } = await request(bare.port, spelling, { headers });
        expect([spelling, body.includes(PAID)]).toEqual([spelling, false]);
        // By nginx or by the gateway.
        expect([spelling, status]).toEqual([spelling, expect.toBeOneOf([400, 401, 403])]);
      }
    }
  });

  test('the site by itself falls for most of them', async () => {
    const answers = await Promise.all(spellings.map((spelling) => request(site.port, spelling)));
    expect(answers.filter(({ body }) => body.includes(PAID)).length).toBeGreaterThan(spellings.length / 2);
  });

  test('whatever is put together, the paid path stays closed', async () => {
    const pieces = [
      '/',
      '//',
      '/./',
      '/../',
      '/x/../',
      ';/',
      ';v=1/',
      '%2f',
      '%5c',
      '\\',
      '/%2e/',
      '/%2e%2e/',
      '%252f',
    ];
    const glue = fc
      .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 2 })
      .map((some) => some.join(''));
    const name = (text: string) => fc.oneof(fc.constant(text), fc.mixedCase(fc.constant(text)));
    const targets = fc
      .tuple(fc.constantFrom('', '/about', '/x/y'), glue, name('blog'), glue, name('premium-article'))
      .map((parts) => parts.join(''));
    await fc.assert(
      fc.asyncProperty(targets, async (target) => {
        const { body } = await request(bare.port, target, { headers: cookie(unpaid) });
        expect(body).not.toContain(PAID);
      }),
      { numRuns: 300 },
    );
  });
});

test('the gateway accepts only paths that nginx reads as they are', async () => {
  for (const path of PLAIN_PATHS) {
    const { body } = await request(nginx.echoPort, path);
    expect(body).toBe(decodeURIComponent(path));
  }
  const parts = [
    '/',
    'a',
    'B',
    '.',
    '..',
    '%20',
    '%C3%A9',
    '%2e',
    '%2f',
    ':',
    '~',
    "'",
    '%5B',
    '%E2%9C%93',
    ',',
    '//',
    '%61',
  ];
  const targets = fc.array(fc.constantFrom(...parts), { maxLength: 8 }).map((all) => `/${all.join('')}`);
  await fc.assert(
    fc.asyncProperty(targets, async (target) => {
      const path = readForwardedPath(target);
      if (path === undefined) return;
      expect((await request(nginx.echoPort, target)).body).toBe(decodeURIComponent(path));
    }),
    { numRuns: 300 },
  );
});

describe('a gateway that cannot say anything closes', () => {
  /** What readers get while the gateway is `gateway`: nginx's own status, and the documented page. */
  async function readWith(gateway: string) {
    const before = site.seen.length;
    const answers = [];
    for (const change of [withoutPages, undefined]) {
      const proxy = await startNginx({ gateway, site: site.address }, change);
      try {
        for (const target of [ARTICLE, '/about']) {
          answers.push(await request(proxy.port, target, { headers: cookie(paid.session) }));
        }
      } finally {
        await proxy.close();
      }
    }
    expect(site.seen.length, 'nothing reached the site').toBe(before);
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual([null, null, '2', '2']);
    return answers.map(({ status }) => status);
  }
  const closed = [500, 500, 503, 503];

  test('one that is not there', async () => {
    expect(await readWith(`${HOST}:${await reservePort(0, 'nobody', '')}`)).toEqual(closed);
  });

  test('one that never answers', async () => {
    const silent = createServer();
    const port = await reservePort(0, 'the silent one', '');
    await new Promise<void>((resolve) => silent.listen(port, HOST, resolve));
    try {
      expect(await readWith(`${HOST}:${port}`)).toEqual(closed);
    } finally {
      silent.close();
    }
  });

  test.each([301, 302, 404, 405, 422, 429, 500, 502, 503])('one that answers %i', async (status) => {
    const odd = createHttpServer((_, outgoing) => outgoing.writeHead(status, { location: '/' }).end());
    const port = await reservePort(0, 'the odd one', '');
    await new Promise<void>((resolve) => odd.listen(port, HOST, resolve));
    try {
      expect(await readWith(`${HOST}:${port}`)).toEqual(closed);
    } finally {
      odd.closeAllConnections();
      odd.close();
    }
  });

  test('a payment under way is told apart from a no', async () => {
    const pending = createHttpServer((_, outgoing) =>
      outgoing.writeHead(403, { 'x-floe-reason': 'pending_payment', 'retry-after': '2' }).end(),
    );
    const port = await reservePort(0, 'the pending one', '');
    await new Promise<void>((resolve) => pending.listen(port, HOST, resolve));
    const proxy = await startNginx({ gateway: `${HOST}:${port}`, site: site.address });
    try {
      const { status, headers, body } = await request(proxy.port, ARTICLE, { headers: cookie(paid.session) });
      expect([status, headers.get('retry-after')]).toEqual([503, '2']);
      expect(body).toContain('being confirmed');
    } finally {
      await proxy.close();
      pending.closeAllConnections();
      pending.close();
    }
  });
});

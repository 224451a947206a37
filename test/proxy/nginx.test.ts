import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOST, reservePort } from '../../cli/local/ports.ts';
import { readForwardedPath } from '../../src/access/forwarded-path.rules.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type Front, openFront } from './front.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { request } from './raw-request.ts';
import { openShop, type Shop } from './shop.ts';
import { PAID, type Site, startSite } from './site.ts';
import { PLAIN_PATHS } from './spellings.ts';
import {
  ARTICLE,
  bodyAtSite,
  cookie,
  DROPPING,
  headersAtSite,
  IDENTITY_LIES,
  MAX_AGE_MS,
  PATH_LIES,
  silence,
  SPELLINGS,
  standIn,
} from './visitors.ts';

/* Debian's nginx between readers and a site, as documented, with the gateway and simulated Polar behind it. */

let shop: Shop;
let site: Site;
let certificates: Certificates;
let front: Front;
/** As documented. */
let nginx: Nginx;
/** The same without pages for what is closed: nginx's own statuses. */
let bare: Nginx;
let paid: Awaited<ReturnType<Shop['buyReader']>>;
let unpaid: string;

const withoutPages = (recipe: string) => recipe.replaceAll(/^ *error_page .*\n/gm, '');
const before = (gateway: string) => ({ gateway, site: site.address, root: certificates.root });

beforeAll(async () => {
  [shop, site, certificates] = await Promise.all([openShop(), startSite(ARTICLE), makeCertificates()]);
  front = await openFront(shop.gateway, certificates);
  nginx = await startNginx(before(front.address));
  bare = await startNginx(before(front.address), withoutPages);
  paid = await shop.buyReader();
  unpaid = await shop.openReader();
});
afterAll(async () => {
  await nginx.close();
  await bare.close();
  await front.close();
  await certificates.close();
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

  test.each([
    ['of a known length', ['Content-Length: 11'], 'name=Ada&b='],
    ['in chunks', ['Transfer-Encoding: chunked'], '5\r\nname=\r\n6\r\nAda&b=\r\n0\r\n\r\n'],
  ])('POST with a body %s passes through whole, and the gateway gets none of it', async (_, lines, body) => {
    const before = front.asked.length;
    const answer = await request(nginx.port, ARTICLE, {
      method: 'POST',
      headers: [...cookie(paid.session), ...lines, 'Origin: https://shop.example.com'],
      body,
    });
    expect([answer.status, answer.body.includes(PAID)]).toEqual([200, true]);
    expect(bodyAtSite(answer.body)).toBe('name=Ada&b=');
    expect(front.asked.slice(before)).toMatchObject([{ method: 'GET', bodyBytes: 0 }]);
  });

  test('attack: a body that is cut off, or says its length twice, is nothing to the unpaid', async () => {
    for (const lines of [
      ['Content-Length: 5', 'Transfer-Encoding: chunked'],
      ['Content-Length: 5', 'Content-Length: 60'],
      ['Transfer-Encoding: chunked, identity'],
    ]) {
      const body = `0\r\n\r\nGET ${ARTICLE} HTTP/1.1\r\nHost: shop.example.com\r\n\r\n`;
      const headers = [...cookie(unpaid), ...lines];
      const answer = await request(bare.port, '/about', { method: 'POST', headers, body });
      expect(answer.body).not.toContain(PAID);
    }
  });

  test('nobody: 401 with its challenge, and as documented the way to sign in', async () => {
    const plain = await request(bare.port, ARTICLE);
    expect([plain.status, plain.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="floe"']);
    const kind = await request(nginx.port, `${ARTICLE}?page=2`);
    expect([kind.status, kind.headers.get('cache-control')]).toEqual([302, 'private, no-store']);
    const where = new URL(kind.headers.get('location') ?? '', 'https://shop.example.com');
    expect([where.pathname, ...where.searchParams]).toEqual(['/sign-in', ['next', `${ARTICLE}?page=2`]]);
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

  test('what was paid for stays out of shared caches also when it is not found or fails', async () => {
    for (const status of [403, 404, 410, 500]) {
      const target = `${ARTICLE}?status=${status}`;
      const answer = await request(nginx.port, target, { headers: cookie(paid.session) });
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([status, 'private, no-store']);
      const free = await request(nginx.port, `/about?status=${status}`);
      expect([free.status, free.headers.get('cache-control')]).toEqual([status, 'public, max-age=3600']);
    }
  });

  test('the longest name that an app can give its readers gets through, to a no and to a yes', async () => {
    const name = '永'.repeat(256);
    const headers = cookie(await shop.openReader('quay', name));
    expect((await request(bare.port, ARTICLE, { headers })).status).toBe(403);
    const who = encodeURI(`external:${name}`);
    const yes = await standIn((_, outgoing) =>
      outgoing
        .writeHead(200, { 'x-floe-reason': 'granted', 'x-floe-subject': who, 'x-floe-customer': who })
        .end(),
    );
    const behind = await openFront(yes.address, certificates);
    const proxy = await startNginx(before(behind.address));
    try {
      const { status, body } = await request(proxy.port, ARTICLE, { headers });
      expect([status, headersAtSite(body).get('x-floe-customer')]).toEqual([200, [who]]);
    } finally {
      await proxy.close();
      await behind.close();
      yes.close();
    }
  });

  test('a WebSocket is asked about, and this recipe opens none', async () => {
    const open = ['Connection: close, Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
    expect((await request(bare.port, ARTICLE, { headers: [...open, ...cookie(unpaid)] })).status).toBe(403);
    const own = await request(bare.port, ARTICLE, { headers: [...open, ...cookie(paid.session)] });
    expect([own.status, headersAtSite(own.body).get('upgrade')]).toEqual([200, undefined]);
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
  test('identity that a visitor makes up is overwritten, look-alikes are dropped', async () => {
    for (const [target, who] of [
      ['/about', []],
      ['/about', cookie(paid.session)],
      [ARTICLE, cookie(paid.session)],
    ] as const) {
      const { status, body } = await request(nginx.port, target, {
        headers: [...IDENTITY_LIES, ...PATH_LIES, ...who],
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

  test('a visitor cannot have the identity removed on its way', async () => {
    for (const line of DROPPING) {
      const headers = [line, ...cookie(paid.session)];
      const { status, body } = await request(nginx.port, ARTICLE, { headers });
      const got = headersAtSite(body);
      expect([line, status, got.get('x-floe-reason')]).toEqual([line, 200, ['granted']]);
      expect(got.get('x-floe-subject')?.[0]).toMatch(/^purchase:pay_/);
      expect((await request(bare.port, ARTICLE, { headers: [line, ...cookie(unpaid)] })).status).toBe(403);
    }
  });

  test('a visitor opens no other protocol past it', async () => {
    for (const upgrade of ['h2c', 'websocket', 'TLS/1.0']) {
      const headers = [
        'Connection: close, Upgrade, HTTP2-Settings',
        `Upgrade: ${upgrade}`,
        'HTTP2-Settings: x',
      ];
      const { status, body } = await request(nginx.port, '/about', { headers });
      expect([status, headersAtSite(body).get('upgrade')]).toEqual([200, undefined]);
    }
  });

  test('where a reader is sent is one value, whatever the address pretends', async () => {
    for (const target of [
      `${ARTICLE}?a=1&next=https://evil.example/`,
      `${ARTICLE}&next=https:`,
      `${ARTICLE}?next=//evil.example;next=//evil.example`,
    ]) {
      const { headers } = await request(nginx.port, target);
      const where = new URL(headers.get('location') ?? '', 'https://shop.example.com');
      expect([where.hostname, where.pathname, ...where.searchParams]).toEqual([
        'shop.example.com',
        '/sign-in',
        ['next', target],
      ]);
    }
    const shown = await request(nginx.port, '/blog/x&product=cheap', { headers: cookie(unpaid) });
    const where = new URL(shown.headers.get('location') ?? '', 'https://shop.example.com');
    expect([where.pathname, ...where.searchParams]).toEqual([
      '/buy',
      ['for', 'content:blog/x&product=cheap'],
    ]);
  });

  test('two Cookie lines are nobody, in any order', async () => {
    const [mine, theirs] = [cookie(paid.session), cookie(unpaid)];
    for (const headers of [
      [...mine, ...theirs],
      [...theirs, ...mine],
      [...mine, ...mine],
    ]) {
      const { status, body } = await request(bare.port, ARTICLE, { headers });
      expect([status, body.includes(PAID)]).toEqual([401, false]);
    }
  });

  test('headers of any size open nothing', async () => {
    for (const size of [4_000, 7_000, 9_000, 30_000, 200_000]) {
      for (const line of [`Cookie: a=${'x'.repeat(size)}`, `X-Large: ${'x'.repeat(size)}`]) {
        const { status, body } = await request(bare.port, ARTICLE, { headers: [line] });
        expect([size, status, body.includes(PAID)]).toEqual([
          size,
          // nginx's own 400 above 8 KB a line.
          size < 8_000 ? 401 : 400,
          false,
        ]);
      }
    }
    const padding = `; a=${'x'.repeat(6_000)}`;
    const [line = ''] = cookie(paid.session);
    expect((await request(bare.port, ARTICLE, { headers: [line + padding] })).status).toBe(200);
  });

  test('no spelling of the paid path opens it to who has not paid', async () => {
    for (const spelling of SPELLINGS) {
      for (const headers of [[], cookie(unpaid)]) {
        const { status, body } = await request(bare.port, spelling, { headers });
        expect([spelling, body.includes(PAID)]).toEqual([spelling, false]);
        // By nginx or by the gateway.
        expect([spelling, status]).toEqual([spelling, expect.toBeOneOf([400, 401, 403])]);
      }
    }
  });

  test('the site by itself falls for most of them', async () => {
    const answers = await Promise.all(SPELLINGS.map((spelling) => request(site.port, spelling)));
    expect(answers.filter(({ body }) => body.includes(PAID)).length).toBeGreaterThan(SPELLINGS.length / 2);
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
    const seen = site.seen.length;
    const answers = [];
    for (const change of [withoutPages, undefined]) {
      const proxy = await startNginx(before(gateway), change);
      try {
        const ask = (target: string) => request(proxy.port, target, { headers: cookie(paid.session) });
        answers.push(...(await Promise.all([ask(ARTICLE), ask('/about')])));
      } finally {
        await proxy.close();
      }
    }
    expect(site.seen.length, 'nothing reached the site').toBe(seen);
    expect(answers.map(({ headers }) => headers.get('retry-after'))).toEqual([null, null, '2', '2']);
    return answers.map(({ status }) => status);
  }
  const closed = [500, 500, 503, 503];

  test('one that is not there', async () => {
    expect(await readWith(`${HOST}:${await reservePort(0, 'nobody', '')}`)).toEqual(closed);
  });

  test('one that never answers, or not even with TLS', async () => {
    const silent = await silence();
    const behind = await openFront(silent.address, certificates);
    try {
      const answers = await Promise.all([readWith(silent.address), readWith(behind.address)]);
      expect(answers).toEqual([closed, closed]);
    } finally {
      await behind.close();
      silent.close();
    }
  });

  test('attack: one with another name’s certificate, or another root’s', async () => {
    const others = await makeCertificates();
    const yes = await standIn((_, outgoing) => outgoing.writeHead(200, { 'x-floe-reason': 'granted' }).end());
    const misnamed = await openFront(yes.address, certificates, ['DNS:pay.example.org']);
    const unknown = await openFront(yes.address, others);
    try {
      expect(await readWith(misnamed.address)).toEqual(closed);
      expect(await readWith(unknown.address)).toEqual(closed);
      expect([misnamed.asked, unknown.asked], 'neither got a cookie').toEqual([[], []]);
    } finally {
      await misnamed.close();
      await unknown.close();
      await others.close();
      yes.close();
    }
  });

  test.each([301, 302, 404, 405, 422, 429, 500, 502, 503])('one that answers %i', async (status) => {
    const odd = await standIn((_, outgoing) => outgoing.writeHead(status, { location: '/' }).end());
    const behind = await openFront(odd.address, certificates);
    try {
      expect(await readWith(behind.address)).toEqual(closed);
      expect(behind.asked.length, 'it was asked').toBe(4);
    } finally {
      await behind.close();
      odd.close();
    }
  });

  test('a payment under way is told apart from a no', async () => {
    const pending = await standIn((_, outgoing) =>
      outgoing.writeHead(403, { 'x-floe-reason': 'pending_payment', 'retry-after': '2' }).end(),
    );
    const behind = await openFront(pending.address, certificates);
    const proxy = await startNginx(before(behind.address));
    try {
      const { status, headers, body } = await request(proxy.port, ARTICLE, { headers: cookie(paid.session) });
      expect([status, headers.get('retry-after')]).toEqual([503, '2']);
      expect(body).toContain('being confirmed');
    } finally {
      await proxy.close();
      await behind.close();
      pending.close();
    }
  });
});

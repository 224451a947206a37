import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HOST, reservePort } from '../../cli/local/ports.ts';
import { type Caddy, startCaddy } from './caddy.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type Front, openFront } from './front.ts';
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

/* Debian's Caddy between readers and a site, as documented, with the gateway and simulated Polar behind it. */

let shop: Shop;
let site: Site;
let certificates: Certificates;
let front: Front;
let caddy: Caddy;
let paid: Awaited<ReturnType<Shop['buyReader']>>;
let unpaid: string;

const before = (gateway: string) => ({ gateway, site: site.address, root: certificates.root });
const upgradeTo = (protocol: string) => [
  'Connection: close, Upgrade, HTTP2-Settings',
  `Upgrade: ${protocol}`,
  'HTTP2-Settings: x',
  'Sec-WebSocket-Version: 13',
];

beforeAll(async () => {
  [shop, site, certificates] = await Promise.all([openShop(), startSite(ARTICLE), makeCertificates()]);
  front = await openFront(shop.gateway, certificates);
  caddy = await startCaddy(before(front.address));
  paid = await shop.buyReader();
  unpaid = await shop.openReader();
});
afterAll(async () => {
  await caddy.close();
  await front.close();
  await certificates.close();
  await site.close();
  await shop.close();
});

describe('readers', () => {
  test('who paid reads, with who they are, and nothing of it in shared caches', async () => {
    for (const status of [200, 404, 500]) {
      const target = `${ARTICLE}?status=${status}`;
      const answer = await request(caddy.port, target, { headers: cookie(paid.session) });
      expect([answer.status, answer.body.includes(PAID)]).toEqual([status, true]);
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
      const got = headersAtSite(answer.body);
      expect(got.get('x-floe-subject')?.[0]).toMatch(/^purchase:pay_/);
      expect(got.get('x-floe-app')).toEqual(['quay-sandbox']);
      expect(got.get('x-floe-resource')).toEqual(['content:blog/premium-article']);
      expect(got.get('x-floe-reason')).toEqual(['granted']);
      expect(got.get('host')).toEqual(['shop.example.com']);
    }
  });

  test.each([
    ['of a known length', ['Content-Length: 11'], 'name=Ada&b='],
    ['in chunks', ['Transfer-Encoding: chunked'], '5\r\nname=\r\n6\r\nAda&b=\r\n0\r\n\r\n'],
  ])('POST with a body %s passes through whole, and the gateway gets none of it', async (_, lines, body) => {
    const before = front.asked.length;
    const headers = [...cookie(paid.session), ...lines, 'Origin: https://shop.example.com'];
    const answer = await request(caddy.port, ARTICLE, { method: 'POST', headers, body });
    expect([answer.status, bodyAtSite(answer.body)]).toEqual([200, 'name=Ada&b=']);
    expect(front.asked.slice(before)).toMatchObject([{ method: 'GET', bodyBytes: 0 }]);
  });

  test('nobody is sent to the way to sign in, with where they wanted to go', async () => {
    const target = `${ARTICLE}?page=2&a=%26`;
    const { status, headers, body } = await request(caddy.port, target);
    const where = new URL(headers.get('location') ?? '', 'https://shop.example.com');
    expect([status, headers.get('cache-control')]).toEqual([302, 'private, no-store']);
    expect([where.pathname, ...where.searchParams]).toEqual(['/sign-in', ['next', target]]);
    expect(body).not.toContain(PAID);
  });

  test('who has not paid gets the gateway’s no', async () => {
    const { status, headers, body } = await request(caddy.port, ARTICLE, { headers: cookie(unpaid) });
    expect([status, headers.get('cache-control')]).toEqual([403, 'private, no-store']);
    expect(body).not.toContain(PAID);
  });

  test('what is free is free for everybody, and cacheable as the site says', async () => {
    for (const headers of [[], cookie(unpaid), cookie(paid.session)]) {
      const answer = await request(caddy.port, '/about', { headers });
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=3600']);
    }
  });

  test('a WebSocket is asked about before it opens', async () => {
    const headers = upgradeTo('websocket');
    expect((await request(caddy.port, ARTICLE, { headers })).status).toBe(302);
    expect((await request(caddy.port, ARTICLE, { headers: [...headers, ...cookie(unpaid)] })).status).toBe(
      403,
    );
    const before = front.asked.length;
    const own = await request(caddy.port, ARTICLE, { headers: [...headers, ...cookie(paid.session)] });
    expect([own.status, own.body.includes(PAID)]).toEqual([101, true]);
    // The gateway is asked a plain question.
    expect(front.asked.slice(before).map((asked) => asked.headers['upgrade'])).toEqual([undefined]);
  });

  test('a payment under way is told apart from a no', async () => {
    const pending = await standIn((_, outgoing) =>
      outgoing.writeHead(403, { 'x-floe-reason': 'pending_payment', 'retry-after': '2' }).end(),
    );
    const behind = await openFront(pending.address, certificates);
    const proxy = await startCaddy(before(behind.address));
    try {
      const { status, headers, body } = await request(proxy.port, ARTICLE, { headers: cookie(paid.session) });
      expect([status, headers.get('retry-after')]).toEqual([503, '2']);
      expect(headers.get('cache-control')).toBe('private, no-store');
      expect(body).toContain('being confirmed');
    } finally {
      await proxy.close();
      await behind.close();
      pending.close();
    }
  });

  test('a refund closes within max_age', async () => {
    const reader = await shop.buyReader();
    const read = () => request(caddy.port, ARTICLE, { headers: cookie(reader.session) });
    expect((await read()).status).toBe(200);
    await reader.refund();
    await sleep(MAX_AGE_MS);
    const { status, body } = await read();
    expect([status, body.includes(PAID)]).toEqual([403, false]);
  });
});

test('the site gets the address that was asked about, byte by byte', async () => {
  for (const path of PLAIN_PATHS) {
    const { status } = await request(caddy.port, `${path}?a=%2f//b`);
    expect([path, status, site.seen.at(-1)]).toEqual([path, 200, `${path}?a=%2f//b`]);
  }
});

describe('attack:', () => {
  test('identity and paths that a visitor makes up do not reach the site, in any spelling', async () => {
    for (const [target, who] of [
      ['/about', []],
      ['/about', cookie(paid.session)],
      [ARTICLE, cookie(paid.session)],
    ] as const) {
      const headers = [...IDENTITY_LIES, ...PATH_LIES, ...who];
      const { status, body } = await request(caddy.port, target, { headers });
      expect([status, body.match(/"[^"]*","[^"]*admin[^"]*"/)]).toEqual([200, null]);
      const got = [...headersAtSite(body)].filter(([name]) => name.includes('floe'));
      for (const [name, values] of got) {
        expect(name).toMatch(/^x-floe-(subject|customer|app|resource|expires|reason)$/);
        // Nobody's name, and no end: this version sends what is empty, newer ones leave it out.
        if (/customer|expires/.test(name)) expect(values).toEqual(['']);
      }
    }
  });

  test('a visitor cannot say which path it is', async () => {
    for (const lie of ['X-Original-URI: /about', 'X-Forwarded-Uri: /about', 'X_Original_URI: /about']) {
      const headers = [lie, lie, ...cookie(unpaid)];
      expect([lie, (await request(caddy.port, ARTICLE, { headers })).status]).toEqual([lie, 403]);
      const own = await request(caddy.port, ARTICLE, { headers: [lie, ...cookie(paid.session)] });
      expect([lie, own.status]).toEqual([lie, 200]);
    }
  });

  test('a visitor cannot have the identity removed on its way', async () => {
    for (const line of DROPPING) {
      const headers = [line, ...cookie(paid.session)];
      const { status, body } = await request(caddy.port, ARTICLE, { headers });
      expect([line, status]).toEqual([line, line.includes('websocket') ? 101 : 200]);
      for (const name of ['subject', 'app', 'resource', 'reason'])
        expect([line, body.toLowerCase().includes(`"x-floe-${name}"`)]).toEqual([line, true]);
      const closed = await request(caddy.port, ARTICLE, { headers: [line, ...cookie(unpaid)] });
      expect([line, closed.status]).toEqual([line, 403]);
    }
  });

  test('a visitor opens no other protocol past it', async () => {
    for (const protocol of ['h2c', 'TLS/1.0', 'websocket, h2c', 'h2c, websocket']) {
      const { status, body } = await request(caddy.port, '/about', { headers: upgradeTo(protocol) });
      expect([protocol, status]).toEqual([protocol, 200]);
      expect(headersAtSite(body).get('upgrade')).toBeUndefined();
    }
  });

  test('where a reader is sent is one value, whatever the address pretends', async () => {
    for (const target of [
      `${ARTICLE}?a=1&next=https://evil.example/`,
      `${ARTICLE}&next=https:`,
      `${ARTICLE}?next=//evil.example;next=//evil.example`,
      `${ARTICLE}?next={rp.header.X-Floe-Reason}{env.HOME}`.replaceAll(/[{}]/g, encodeURIComponent),
    ]) {
      const { headers } = await request(caddy.port, target);
      const where = new URL(headers.get('location') ?? '', 'https://shop.example.com');
      expect([where.hostname, where.pathname, ...where.searchParams]).toEqual([
        'shop.example.com',
        '/sign-in',
        ['next', target],
      ]);
    }
  });

  test('two Cookie lines open nothing that one would not', async () => {
    const [mine, theirs] = [cookie(paid.session), cookie(unpaid)];
    for (const headers of [
      [...mine, ...theirs],
      [...theirs, ...mine],
      [...mine, ...mine],
    ]) {
      const { status, body } = await request(caddy.port, ARTICLE, { headers });
      expect([status, body.includes(PAID)]).toEqual([302, false]);
    }
  });

  test('headers of any size open nothing', async () => {
    for (const size of [4_000, 9_000, 30_000, 200_000, 2_000_000]) {
      for (const line of [`Cookie: a=${'x'.repeat(size)}`, `X-Large: ${'x'.repeat(size)}`]) {
        const { status, body } = await request(caddy.port, ARTICLE, { headers: [line] });
        expect([size, body.includes(PAID)]).toEqual([size, false]);
        expect([size, status]).toEqual([size, expect.toBeOneOf([302, 431, 502])]);
      }
    }
  });

  test('no spelling of the paid path opens it to who has not paid', async () => {
    for (const spelling of SPELLINGS) {
      for (const headers of [[], cookie(unpaid)]) {
        const { status, body } = await request(caddy.port, spelling, { headers });
        expect([spelling, body.includes(PAID)]).toEqual([spelling, false]);
        // By Caddy or by the gateway. For a name in absolute form that is no site of its own, Caddy says an empty 200.
        if (status === 200) expect([spelling, body]).toEqual([expect.stringMatching(/^https?:/i), '']);
        else expect([spelling, status]).toEqual([spelling, expect.toBeOneOf([302, 400, 403])]);
      }
    }
  });
});

describe('a gateway that cannot say anything closes', () => {
  /** What readers get while the gateway is `gateway`. */
  async function readWith(gateway: string) {
    const seen = site.seen.length;
    const proxy = await startCaddy(before(gateway));
    try {
      const ask = (target: string) => request(proxy.port, target, { headers: cookie(paid.session) });
      const answers = await Promise.all([ask(ARTICLE), ask('/about')]);
      expect(site.seen.length, 'nothing reached the site').toBe(seen);
      return answers.map(({ status }) => status);
    } finally {
      await proxy.close();
    }
  }

  test('one that is not there', async () => {
    expect(await readWith(`${HOST}:${await reservePort(0, 'nobody', '')}`)).toEqual([502, 502]);
  });

  test('one that never answers', async () => {
    const silent = await silence();
    const behind = await openFront(silent.address, certificates);
    try {
      expect(await readWith(behind.address)).toEqual([504, 504]);
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
      expect(await readWith(misnamed.address)).toEqual([502, 502]);
      expect(await readWith(unknown.address)).toEqual([502, 502]);
      expect([misnamed.asked, unknown.asked], 'neither got a cookie').toEqual([[], []]);
    } finally {
      await misnamed.close();
      await unknown.close();
      await others.close();
      yes.close();
    }
  });

  test.each([301, 404, 405, 422, 429, 500, 503])('one that answers %i', async (status) => {
    const odd = await standIn((_, outgoing) => outgoing.writeHead(status, { location: '/' }).end());
    const behind = await openFront(odd.address, certificates);
    try {
      expect(await readWith(behind.address)).toEqual([status, status]);
    } finally {
      await behind.close();
      odd.close();
    }
  });
});

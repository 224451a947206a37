import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { callJson, textField } from '../../../cli/local/http.ts';
import { KINDS } from '../../../cli/local/live/happenings.ts';
import { startStack } from '../../../cli/local/stack.ts';
import { buy, type Dev, readDev } from './buying.ts';
import { ask, follow, type Following } from './following.ts';

/* What npm start runs, with the live page's stream read as any page would read it. */

let folder: string;
let stack: Awaited<ReturnType<typeof startStack>>;
let dev: Dev;
let live: string;
let all: Following;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-live-'));
  stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir: folder, live: true });
  dev = await readDev(stack.devFile);
  live = `${dev.gateway_url}/live`;
  all = await follow(`${live}/events`);
}, 300_000);
afterAll(async () => {
  await all.stop();
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

const host = () => new URL(dev.gateway_url).host;
const press = async (act: string, chain: string | null, headers: Record<string, string> = {}) => {
  const { status, text } = await ask(`${live}/do/${act}`, {
    method: 'POST',
    headers: { host: host(), 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ chain }),
  });
  return { status, ...(JSON.parse(text) as { done?: string; why?: string }) };
};

test('a purchase is one chain, from the checkout to open access, and a refund closes it', async () => {
  const { id } = await buy(dev, 'quay:lifetime', 'ada@floe-mail.dev');
  const open = await all.until(({ kind, chain, ok }) => kind === 'access' && chain === id && ok);
  expect(open).toMatchObject({ what: 'quay:lifetime', whom: 'ada@floe-mail.dev', result: 'open' });
  await all.until(
    ({ kind, what, chain }) => kind === 'delivery' && what === 'payment.succeeded' && chain === id,
  );
  const steps = all.happenings.filter(({ chain }) => chain === id);
  expect(new Set(steps.map(({ kind }) => kind))).toEqual(
    new Set(['checkout', 'webhook', 'event', 'delivery', 'access']),
  );
  for (const [kind, what] of [
    ['checkout', 'quay:lifetime'],
    ['webhook', 'order.paid'],
    ['event', 'payment.succeeded'],
    ['delivery', 'payment.succeeded'],
  ]) {
    const step = steps.find((each) => each.kind === kind && each.what === what);
    expect(step, `${kind} ${what}`).toMatchObject({ ok: true, payload: expect.anything() });
  }
  for (const step of all.happenings) {
    expect(KINDS).toContain(step.kind);
    expect(step.link).toBe(`${live}#${step.id}`);
    expect(new Date(step.at).toISOString()).toBe(step.at);
    expect([step.duration_ms === null || step.duration_ms >= 0, typeof step.ok, typeof step.result]).toEqual([
      true,
      'boolean',
      'string',
    ]);
  }

  expect(await press('renew', id)).toMatchObject({
    status: 409,
    why: expect.stringContaining('bought once'),
  });
  expect(await press('refund', id)).toEqual({ status: 200, done: 'All of it was refunded.' });
  const closed = await all.until(({ kind, chain, ok }) => kind === 'access' && chain === id && !ok);
  expect(closed.result).toBe('closed: revoked');
  expect(await press('refund', id)).toMatchObject({ status: 409, why: 'All of it is refunded already.' });
});

test('a subscription renews, fails at the card, and a month goes by at Polar', async () => {
  const { id } = await buy(dev, 'quay:monthly', 'ben@floe-mail.dev');
  const ofIt = (kind: string, what: string) =>
    all.happenings.filter((step) => step.chain === id && step.kind === kind && step.what === what);
  await all.until(({ kind, chain, ok }) => kind === 'access' && chain === id && ok);
  await all.until(
    ({ kind, what, chain }) => kind === 'webhook' && what === 'subscription.active' && chain === id,
  );
  expect(await press('renew', id)).toMatchObject({ status: 200 });
  await expect.poll(() => ofIt('event', 'subscription.renewed').length, { timeout: 20_000 }).toBe(1);
  await expect.poll(() => ofIt('webhook', 'order.paid').length, { timeout: 20_000 }).toBe(2);

  const state = async () =>
    (await fetch(`${live}/state?chain=${id}`)).json() as Promise<Record<string, unknown>>;
  const before = await state();
  expect(before).toMatchObject({
    simulated: true,
    purchase: {
      product: 'quay:monthly',
      email: 'ben@floe-mail.dev',
      status: 'active',
      shop_path: '/articles/premium',
    },
  });
  expect(await press('fail', id)).toMatchObject({ status: 200 });
  expect(await press('fail', id)).toMatchObject({ status: 409, why: 'The next payment will already fail.' });
  expect(await press('month', null)).toMatchObject({ status: 200 });
  await all.until(
    ({ kind, what, chain }) => kind === 'delivery' && what === 'subscription.past_due' && chain === id,
  );
  const after = await state();
  const days =
    (Date.parse(String(after['polar_now'])) - Date.parse(String(before['polar_now']))) / 86_400_000;
  expect(days).toBeGreaterThan(27);
  expect(days).toBeLessThan(32);
  expect(after).toMatchObject({ purchase: { status: 'past_due' } });
  // The gateway keeps this machine's time.
  expect(Math.abs(Date.parse(all.happenings.at(-1)?.at ?? '') - Date.now())).toBeLessThan(600_000);
});

test('a reader that comes back goes on where it was', async () => {
  const middle = all.happenings[3];
  const again = await follow(`${live}/events`, { 'last-event-id': middle?.id ?? '' });
  const next = await again.until(() => true);
  expect(next).toEqual(all.happenings[4]);
  await again.stop();
  // Clients that cannot set the header.
  const byQuery = await follow(`${live}/events?last_event_id=${middle?.id}`);
  expect(await byQuery.until(() => true)).toEqual(next);
  await byQuery.stop();
  // Of another start: from the oldest.
  const unknown = await follow(`${live}/events`, { 'last-event-id': 'abc-3' });
  expect(await unknown.until(() => true)).toEqual(all.happenings[0]);
  await unknown.stop();

  const before = new Set(all.happenings.map(({ id }) => id));
  const news = await follow(`${live}/events?from=now`);
  await fetch(`${dev.gateway_url}/health`);
  await news.until(({ kind, what }) => kind === 'request' && what === 'GET /health');
  expect(news.happenings.filter(({ id }) => before.has(id))).toEqual([]);
  await news.stop();
});

test('no secret is in the stream', async () => {
  const key = dev.apps[0]?.secret_key ?? '';
  const { session } = await callJson('POST', `${dev.gateway_url}/v1/sessions`, key, {
    external_id: 'ada@floe-mail.dev',
  });
  const token = String(session);
  const asked = `${dev.gateway_url}/v1/access?resource=content:masked/${Date.now()}`;
  await callJson('GET', asked, token);
  const answer = await all.until(({ what }) => what.startsWith('content:masked/'));
  expect(answer.whom, 'the session is known by its buyer').toBe('ada@floe-mail.dev');
  await fetch(`${dev.gateway_url}/return?payment=pay_1&nonce=do-not-show-1`);
  await all.until(({ what }) => what === 'GET /return');
  const endpoint = await callJson('POST', `${dev.gateway_url}/v1/webhook-endpoints`, key, {
    url: 'http://127.0.0.1:9/none',
    events: ['seat.claimed'],
  });
  await all.until(({ what }) => what === 'POST /v1/webhook-endpoints');
  const { url } = await buy(dev, 'quay:lifetime', 'cleo@floe-mail.dev');
  await all.until(({ kind, whom, ok }) => kind === 'access' && whom === 'cleo@floe-mail.dev' && ok);

  const secrets = [
    dev.admin_token,
    dev.polar.access_token,
    dev.polar.webhook_secret,
    ...dev.apps.flatMap((app) => [app.secret_key, app.publishable_key]),
    token,
    'do-not-show-1',
    textField(endpoint, 'secret'),
    url.split('/').at(-1) ?? '',
  ];
  expect(secrets.every((secret) => secret.length > 8)).toBe(true);
  expect(secrets.filter((secret) => all.text.includes(secret))).toEqual([]);
  expect(all.text).not.toMatch(
    /floe_(?:sk|pk|st)_\w+_[\w-]{8}|whsec_\w{6}|polar_[a-z]+_\w{6}|eyJ[\w-]{8,}\./,
  );
  expect(all.text).toContain('"secret":"whsec_…"');
});

test('a name of another machine reaches nothing', async () => {
  for (const [method, where] of [
    ['GET', ''],
    ['GET', '/events'],
    ['GET', '/state'],
    ['GET', '/page.js'],
    ['POST', '/do/month'],
  ] as const) {
    const { status, text } = await ask(live + where, {
      method,
      headers: { host: `rebound.example:${new URL(live).port}` },
    });
    expect([status, text.includes('no other name')], where).toEqual([421, true]);
  }
  // The shop lets only one of its names have it in a frame.
  const { status, headers } = await ask(live, {
    headers: { host: host().replace('127.0.0.1', 'localhost') },
  });
  expect([status, headers['location']]).toEqual([307, live]);
});

test('a name of another machine reaches nothing by Miniflare’s own headers', async () => {
  const keys = `${dev.gateway_url}/docs/local-keys`;
  const page = { 'sec-fetch-site': 'same-origin', referer: `${dev.gateway_url}/` };
  const read = async (address: string, headers: Record<string, string>) => {
    const { status, text } = await ask(address, { headers: { ...page, ...headers } });
    expect(text).not.toMatch(/floe_sk|"kind"|simulated/);
    return status;
  };
  const rebound = { host: `rebound.example:${new URL(live).port}` };
  for (const address of [keys, live, `${live}/events`, `${live}/state`, `${live}/page.js`]) {
    const original = { ...rebound, 'mf-original-url': address };
    expect(await read(`${dev.gateway_url}/x`, original), address).toBe(421);
    // Past the worker that watches, the gateway has no live page.
    const past = { 'mf-route-override': 'floe' };
    expect(await read(`${dev.gateway_url}/x`, { ...original, ...past }), address).toBe(404);
    expect(await read(address, { ...rebound, ...past }), address).toBe(421);
  }
  const own = await ask(`${dev.gateway_url}/x`, {
    headers: { ...page, host: host(), 'mf-original-url': keys },
  });
  expect([own.status, own.text.includes('floe_sk')], 'this machine may').toEqual([200, true]);
});

test('an upgrade to a WebSocket is refused, and all goes on', async () => {
  for (const where of ['/live', '/live/events', '/live/state', '/live/ws']) {
    const { status } = await ask(dev.gateway_url + where, {
      headers: {
        host: host(),
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      },
    });
    expect([where, status]).toEqual([where, 426]);
  }
  expect((await fetch(`${live}/state`)).status).toBe(200);
});

test('readers that hang up at once leave their places to others', async () => {
  const { port, hostname } = new URL(live);
  const sockets = Array.from({ length: 100 }, () => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    socket.write(`GET /live/events?from=now HTTP/1.1\r\nhost: ${host()}\r\n\r\n`);
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, 'data')));
  for (const socket of sockets) socket.destroy();
  const after = await follow(`${live}/events`);
  expect((await after.until(() => true)).id).toBe(all.happenings[0]?.id);
  await after.stop();
});

test('the stream answers HEAD without opening, and a button reads no large body', async () => {
  const said = vi.spyOn(console, 'error');
  const head = await ask(`${live}/events`, { method: 'HEAD', headers: { host: host() } });
  expect([head.status, head.headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
  expect(said).not.toHaveBeenCalled();
  said.mockRestore();
  for (const length of [true, false]) {
    const body = new Blob([JSON.stringify({ chain: null }).padEnd(1_025)]);
    const { status } = await fetch(`${live}/do/refund`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(length ? { body } : { body: body.stream(), duplex: 'half' }),
    });
    expect(status).toBe(413);
  }
});

test('pages of this machine read the stream, and those of origins that an app knows; others do not', async () => {
  const read = async (origin: string) => {
    const abort = new AbortController();
    const response = await fetch(`${live}/events`, { headers: { origin }, signal: abort.signal });
    abort.abort();
    return [response.status, response.headers.get('access-control-allow-origin')];
  };
  for (const origin of ['http://localhost:4321', 'http://127.0.0.1:5173', 'http://[::1]:3000'])
    expect(await read(origin)).toEqual([200, origin]);
  for (const origin of ['https://evil.example', 'http://localhost.evil.example', 'null'])
    expect(await read(origin)).toEqual([403, null]);

  const mine = 'https://shop.example';
  expect(await read(mine)).toEqual([403, null]);
  await callJson('PATCH', `${dev.gateway_url}/admin/apps/quay-sandbox`, dev.admin_token, {
    origins: [dev.site_url, mine],
  });
  await vi.waitFor(async () => expect(await read(mine)).toEqual([200, mine]), {
    timeout: 20_000,
    interval: 300,
  });
  const preflight = await ask(`${live}/events`, {
    method: 'OPTIONS',
    headers: { host: host(), origin: mine, 'access-control-request-headers': 'last-event-id' },
  });
  expect([preflight.status, preflight.headers['access-control-allow-headers']]).toEqual([
    204,
    expect.stringContaining('last-event-id'),
  ]);
  // The buttons are for the live page alone.
  expect(await press('month', null, { origin: 'http://localhost:4321' })).toMatchObject({ status: 403 });
  expect(await press('month', null, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
  expect(await press('explode', null)).toMatchObject({ status: 404 });
  expect(await press('refund', null)).toMatchObject({
    status: 409,
    why: expect.stringContaining('Buy something'),
  });
  expect(
    (await fetch(`${live}/state`, { headers: { origin: mine } })).headers.has('access-control-allow-origin'),
  ).toBe(false);
});

test('the page runs no script but its own, may be in no frame, and the shop may be in its', async () => {
  const page = await fetch(live);
  const policy = page.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  const html = await page.text();
  expect(
    [...html.matchAll(/<script([^>]*)>/g)].map(([, attributes = '']) => attributes.includes('src="/live/')),
  ).toEqual([true]);
  expect(html).not.toMatch(/ style=| on\w+=/);
  const shop = await fetch(dev.site_url);
  expect(shop.headers.get('content-security-policy')).toContain(`frame-ancestors ${dev.gateway_url}`);
  expect((await fetch(`${live}/nothing`)).status).toBe(404);
});

test('the gateway answers behind it as without it', async () => {
  expect((await fetch(`${dev.gateway_url}/docs/`)).status).toBe(200);
  const other = await ask(`${dev.gateway_url}/health`, { headers: { host: 'other.example' } });
  expect(other.status).toBe(421);
  const large = await fetch(`${dev.gateway_url}/webhooks/polar`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'order.paid', filler: 'x'.repeat(200_000) }),
  });
  expect(large.status).toBe(401);
  const refused = await all.until(({ kind, ok }) => kind === 'webhook' && !ok);
  expect(refused.result).toMatch(/^401 \w+$/);
});

import { exports } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  createClient,
  createGate,
  type Gate,
  type GateAnswer,
  verifyEntitlements,
  verifyWebhook,
} from '../../packages/kit/index.ts';
import { CALLBACK, createWorld, GATEWAY_URL, ORIGIN, type TestApp, type World } from '../harness/harness.ts';
import { expectDescribed } from '../harness/described.ts';

/* The kit inside workerd, with the real gateway behind it: what a site on Workers has. */

const RESOURCE = 'content:blog/one';
let world: World;
let quay: TestApp;
let lifetime: string;
let gate: Gate;
let calls: string[];

const send = async (url: string, init: RequestInit) => {
  calls.push(new URL(url).pathname);
  const request = new Request(url, init);
  const response = await exports.default.fetch(request);
  await expectDescribed(request, response);
  return response;
};

beforeEach(async () => {
  calls = [];
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: true });
  const benefit = { type: 'custom', description: 'Reader', metadata: { content_id: 'blog/one' } };
  lifetime = (await world.createProduct({ name: 'quay:lifetime', benefits: [benefit] })).id;
  await world.settle();
  gate = createGate({
    gateway: GATEWAY_URL,
    app: quay.slug,
    secretKey: quay.secretKey,
    resource: RESOURCE,
    pkce: true,
    fetch: send,
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

/** A browser on the site. */
function openBrowser() {
  const jar = new Map<string, string>();
  const keep = (lines: readonly string[]) => {
    for (const line of lines) {
      const [pair = ''] = line.split('; ');
      const at = pair.indexOf('=');
      if (line.endsWith('Max-Age=0')) jar.delete(pair.slice(0, at));
      else jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  };
  const request = (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
    return new Request(url, { ...init, headers });
  };
  const visit = async (url: string): Promise<GateAnswer> => {
    const answer = await gate(request(url));
    keep(answer.setCookies);
    return answer;
  };
  return { jar, keep, request, visit };
}

/** Buys as a browser does, and gives the address that the gateway leads back to. */
async function buy(
  browser: ReturnType<typeof openBrowser>,
  { productId = lifetime, email = 'ada@readers.dev' } = {},
): Promise<{ paymentId: string; back: string }> {
  const floe = createClient({ gateway: GATEWAY_URL, key: quay.secretKey, fetch: send });
  const { codeChallenge, setCookie } = await gate.challenge(browser.request(ORIGIN));
  browser.keep([setCookie]);
  const payment = await floe('POST /v1/payments', {
    body: { product_id: productId, success_url: `${CALLBACK}?from=shop`, code_challenge: codeChallenge },
  });
  await world.pay('sandbox', payment.checkout_url ?? '', { email });
  const checkout = await world.polar<{ success_url: string }>(
    'sandbox',
    'GET',
    `/v1/checkouts/${payment.checkout_id}`,
  );
  const returned = await exports.default.fetch(new Request(checkout.success_url, { redirect: 'manual' }));
  return { paymentId: payment.id, back: returned.headers.get('location') ?? '' };
}

test('buy, come back, read; read on without asking; sign out', async () => {
  const browser = openBrowser();
  const { back } = await buy(browser);
  const returning = await browser.visit(back);
  expect(returning).toMatchObject({ decision: { status: 303 }, redirect: `${CALLBACK}?from=shop` });

  expect((await browser.visit(`${ORIGIN}/one`)).decision).toEqual({
    allow: true,
    reason: 'granted',
    status: 200,
  });
  calls.length = 0;
  expect((await browser.visit(`${ORIGIN}/one`)).decision.allow).toBe(true);
  expect(calls).toEqual([]);

  const again = await browser.visit(back);
  expect(again.setCookies).toEqual([]);

  const signOut = await gate.signOut(
    browser.request(ORIGIN, { method: 'POST', headers: { origin: ORIGIN } }),
  );
  expect(signOut).toMatchObject({ ok: true, revoked: true });
  browser.keep(signOut.setCookies);
  expect((await browser.visit(`${ORIGIN}/one`)).decision.reason).toBe('no_session');
});

test('a no for people is a page that sells: by its form to the checkout, with a way to sign in', async () => {
  const browser = openBrowser();
  const html = { accept: 'text/html', 'accept-language': 'de' };
  const closed = await gate.handle(browser.request(CALLBACK, { headers: html }));
  browser.keep(closed.response?.headers.getSetCookie() ?? []);
  expect(closed.response?.status).toBe(401);
  const page = (await closed.response?.text()) ?? '';
  expect(page).toContain('Schon gekauft?');
  const fields = new URLSearchParams();
  for (const [, name = '', value = ''] of page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g))
    fields.set(name, value);
  expect(fields.get('product')).toBe(lifetime);
  const form = { method: 'POST', headers: { origin: ORIGIN, 'sec-fetch-site': 'same-origin' }, body: fields };
  const bought = await gate.handle(browser.request(`${ORIGIN}/floe/buy`, form));
  browser.keep(bought.response?.headers.getSetCookie() ?? []);
  expect(bought.response?.status).toBe(303);
  const [payment] = await listPayments();
  expect(bought.response?.headers.get('location')).toBe(payment?.checkout_url);

  await world.pay('sandbox', payment?.checkout_url ?? '', { email: 'ada@readers.dev' });
  const checkout = await world.polar<{ success_url: string }>(
    'sandbox',
    'GET',
    `/v1/checkouts/${payment?.checkout_id}`,
  );
  const returned = await exports.default.fetch(new Request(checkout.success_url, { redirect: 'manual' }));
  await browser.visit(returned.headers.get('location') ?? '');
  expect((await browser.visit(CALLBACK)).decision.allow).toBe(true);
});

async function listPayments() {
  const floe = createClient({ gateway: GATEWAY_URL, key: quay.secretKey, fetch: send });
  return (await floe('GET /v1/payments')).data;
}

describe('several purchases in one browser', () => {
  let course: string;
  beforeEach(async () => {
    const benefit = { type: 'custom', description: 'Course', metadata: { content_id: 'course/git' } };
    course = (await world.createProduct({ name: 'quay:course', benefits: [benefit] })).id;
    await world.settle();
    gate = createGate({
      gateway: GATEWAY_URL,
      app: quay.slug,
      secretKey: quay.secretKey,
      resource: (request) => (new URL(request.url).pathname === '/one' ? RESOURCE : 'content:course/git'),
      pkce: true,
      fetch: send,
    });
  });
  const reasonsIn = async (browser: ReturnType<typeof openBrowser>) => [
    (await browser.visit(`${ORIGIN}/one`)).decision.reason,
    (await browser.visit(`${ORIGIN}/course`)).decision.reason,
  ];

  test('two without signing in: both are open, and signing out ends both', async () => {
    const browser = openBrowser();
    await browser.visit((await buy(browser)).back);
    expect(await reasonsIn(browser)).toEqual(['granted', 'not_granted']);
    await browser.visit((await buy(browser, { productId: course, email: 'ada@work.dev' })).back);
    expect(await reasonsIn(browser)).toEqual(['granted', 'granted']);

    const before = browser.request(`${ORIGIN}/one`);
    const post = { method: 'POST', headers: { origin: ORIGIN } };
    expect(await gate.signOut(browser.request(ORIGIN, post))).toMatchObject({ revoked: true });
    before.headers.set('cookie', before.headers.get('cookie')?.replace(/[^;]*_token=[^;]*/, '') ?? '');
    expect((await gate(before)).decision.reason).toBe('no_session');
  });

  test('signed in, then bought, for the same person and for another address: all stays open', async () => {
    const browser = openBrowser();
    const elsewhere = openBrowser();
    const { paymentId } = await buy(elsewhere);
    const floe = createClient({ gateway: GATEWAY_URL, key: quay.secretKey, fetch: send });
    const { customer } = await floe('GET /v1/payments/{id}', { params: { id: paymentId } });
    const session = await floe('POST /v1/sessions', { body: { customer: customer?.id ?? '' } });
    browser.keep(gate.keepSession(browser.request(ORIGIN), session));
    expect(await reasonsIn(browser)).toEqual(['granted', 'not_granted']);

    await browser.visit((await buy(browser, { productId: course, email: 'bea@readers.dev' })).back);
    expect(await reasonsIn(browser)).toEqual(['granted', 'granted']);
    const kept = browser.jar.get(`__Host-floe_${quay.slug}_session`);
    expect(kept?.split('~').length).toBe(2);

    // Their own product once more: the session that they have opens it already.
    await browser.visit((await buy(browser)).back);
    expect(browser.jar.get(`__Host-floe_${quay.slug}_session`)).toBe(kept);
    expect(await reasonsIn(browser)).toEqual(['granted', 'granted']);
  });
});

test('no room for what was bought: a session that the gateway says is over makes some', async () => {
  const browser = openBrowser();
  const floe = createClient({ gateway: GATEWAY_URL, key: quay.secretKey, fetch: send });
  const held: string[] = [];
  for (const letter of 'abcdef') {
    const { session } = await floe('POST /v1/sessions', { body: { external_id: `user-${letter}` } });
    held.push(session);
  }
  // As if each had come with a purchase.
  browser.jar.set(`__Host-floe_${quay.slug}_session`, held.map((session) => `${session}.pzzzzzz`).join('~'));
  const ended = held[2] ?? '';
  await createClient({ gateway: GATEWAY_URL, key: ended, fetch: send })('DELETE /v1/session');
  await browser.visit((await buy(browser)).back);
  const kept = browser.jar.get(`__Host-floe_${quay.slug}_session`)?.split('~') ?? [];
  const tokens = kept.map((entry) => entry.split('.')[0] ?? '');
  expect(tokens.slice(1)).toEqual(held.filter((session) => session !== ended));
  expect((await browser.visit(`${ORIGIN}/one`)).decision.allow).toBe(true);
});

test('a name that can be no resource is the gateway’s own 422', async () => {
  const browser = openBrowser();
  await browser.visit((await buy(browser)).back);
  const malformed = createGate({
    gateway: GATEWAY_URL,
    app: quay.slug,
    secretKey: quay.secretKey,
    resource: 'no such name',
    fetch: send,
  });
  const answer = await malformed(browser.request(`${ORIGIN}/one`));
  expect(answer.decision.reason).toBe('unknown_resource');
});

test('attack: one address in several spellings, as workerd reads them', async () => {
  const byAddress = createGate({
    gateway: GATEWAY_URL,
    app: quay.slug,
    secretKey: quay.secretKey,
    resource: () => null,
    fetch: send,
  });
  const ask = (path: string, method = 'GET') => byAddress(new Request(`${ORIGIN}${path}`, { method }));
  const read = async (path: string) => (await ask(path)).decision.reason;
  for (const path of ['/a%2Fb', '/a%5Cb', '/a//b', '//evil.example/%61', '/%zz', '/%252e', '/a%3Fb'])
    expect(await read(path), path).toBe('unknown_resource');
  for (const [path, spelled] of [
    ['/%7Emembers?a=%7E', '/~members?a=%7E'],
    ['/%28x%29', '/(x)'],
    ['/pr%c3%a4mie', '/pr%C3%A4mie'],
    ['/a|b/[c]/d^e', '/a%7Cb/%5Bc%5D/d%5Ee'],
    ['/Cafe%CC%81', '/Caf%C3%A9'],
  ] as const) {
    expect(await ask(path)).toMatchObject({ decision: { status: 308 }, redirect: spelled });
    expect((await ask(path, 'POST')).decision.reason).toBe('unknown_resource');
    expect(await read(spelled)).toBe('public');
  }
  const plain = ['/~members', "/(x)/it's", '/prämie', '/a b/100%25', '/%5Bc%5D/`{f}', '/%2e/x'];
  for (const path of plain) expect(await read(path), path).toBe('public');
});

test('a stolen return address is of no use in another browser', async () => {
  const { back } = await buy(openBrowser());
  const thief = openBrowser();
  thief.keep([(await gate.challenge(thief.request(ORIGIN))).setCookie]);
  await thief.visit(back);
  expect((await thief.visit(`${ORIGIN}/one`)).decision.reason).toBe('no_session');
});

test('a refund closes within maxAge', async () => {
  const browser = openBrowser();
  const { back, paymentId } = await buy(browser);
  await browser.visit(back);
  expect((await browser.visit(`${ORIGIN}/one`)).decision.allow).toBe(true);
  const floe = createClient({ gateway: GATEWAY_URL, key: quay.secretKey, fetch: send });
  const { order_id: orderId } = await floe('GET /v1/payments/{id}', { params: { id: paymentId } });
  await world.polar('sandbox', 'POST', '/v1/refunds/', {
    order_id: orderId,
    reason: 'customer_request',
    amount: 756,
    revoke_benefits: true,
  });
  await world.settle();
  await world.advance(301_000);
  expect((await browser.visit(`${ORIGIN}/one`)).decision).toMatchObject({
    allow: false,
    reason: 'revoked',
    status: 402,
  });
});

test('what the gateway signs, the kit verifies: tokens and webhooks', async () => {
  const browser = openBrowser();
  const { back } = await buy(browser);
  await browser.visit(back);
  const { session } = await browser.visit(`${ORIGIN}/one`);
  const floe = createClient({ gateway: GATEWAY_URL, key: session?.token ?? '', fetch: send });
  const { token } = await floe('GET /v1/access', { query: { resource: RESOURCE, max_age: 0 } });
  const options = { gateway: GATEWAY_URL, app: quay.slug, fetch: send } as const;
  expect(
    await verifyEntitlements(token ?? '', { ...options, mode: 'sandbox', resource: RESOURCE }),
  ).toMatchObject({ ok: true });
  expect(await verifyEntitlements(token ?? '', { ...options, mode: 'live' })).toMatchObject({ ok: false });

  await world.settle();
  const types: string[] = [];
  for (const each of world.received) {
    const result = await verifyWebhook(each, quay.webhookSecret ?? '');
    if (result.ok) types.push(result.event.type);
  }
  expect(types.length).toBe(world.received.length);
  expect(types).toContain('payment.succeeded');
});

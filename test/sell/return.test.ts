import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApp } from '../../src/app.ts';
import { readReturn } from '../../packages/kit/gate-return.ts';
import {
  call,
  CALLBACK,
  createWorld,
  GATEWAY_URL,
  ORIGIN,
  type TestApp,
  type World,
} from '../harness/harness.ts';

let world: World;
let quay: TestApp;
let lifetime: string;

const VERIFIER = 'a-verifier-that-only-this-browser-has-0123456789';
const BACK = `${ORIGIN}/thanks/back`;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  lifetime = (
    await world.createProduct({
      name: 'quay:lifetime',
      benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'blog/one' } }],
    })
  ).id;
  await world.settle();
});

afterEach(async () => {
  world.polarDown = false;
  vi.useRealTimers();
  await world.settle();
});

async function challengeOf(verifier: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  return btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

interface Bought {
  id: string;
  checkoutId: string;
  checkoutUrl: string;
  /** The link that Polar has, path and query. */
  link: string;
}

async function startPurchase(fields: Record<string, unknown> = {}): Promise<Bought> {
  const { body } = await call<Record<string, string>>('POST', '/v1/payments', {
    key: quay.secretKey,
    body: { product_id: lifetime, success_url: `${CALLBACK}?from=shop`, ...fields },
  });
  const { id = '', checkout_id: checkoutId = '', checkout_url: checkoutUrl = '' } = body;
  const checkout = await world.polar<{ success_url: string }>(
    'sandbox',
    'GET',
    `/v1/checkouts/${checkoutId}`,
  );
  const url = new URL(checkout.success_url);
  world.polarRequests.length = 0;
  return { id, checkoutId, checkoutUrl, link: url.pathname + url.search };
}

/** The buyer's last click, with the charge still to be made by Polar's background work. */
async function confirm(checkoutUrl: string): Promise<void> {
  const secret = new URL(checkoutUrl).pathname.split('/').pop();
  const answer = await world.simulator.fetch(
    new Request(`https://sandbox-api.polar.sh/v1/checkouts/client/${secret}/confirm`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        customer_email: 'ada@readers.dev',
        customer_name: 'Ada',
        customer_billing_address: { country: 'DE' },
        confirmation_token_id: 'ctoken_ok',
      }),
    }),
  );
  expect(answer.status).toBe(200);
}

async function comeBack(link: string, headers: Record<string, string> = {}) {
  const answer = await call<{ code: string }>('GET', link, { headers: { accept: 'text/html', ...headers } });
  const location = answer.headers.get('location');
  const url = location === null ? undefined : new URL(location);
  return {
    ...answer,
    location,
    page: url && url.origin + url.pathname,
    query: Object.fromEntries(url?.searchParams ?? []),
  };
}

const exchange = (
  body: Record<string, unknown>,
  options: { key?: string; headers?: Record<string, string> } = {},
) =>
  call<{
    session: string;
    expires_at: string;
    subject: Record<string, unknown>;
    payment: { id: string; status: string };
    code: string;
  }>('POST', '/v1/sessions/exchange', {
    key: quay.secretKey,
    body: { callback_url: `${CALLBACK}?from=shop`, ...body },
    ...options,
  });

const buyer = { email: 'ada@readers.dev' };
const readPayment = (id: string) =>
  env.DB.prepare('select status, nonce_used_at, customer_id from payments where id = ?')
    .bind(id)
    .first<{ status: string; nonce_used_at: number | null; customer_id: string | null }>();
const toldTypes = async () => {
  const { results } = await env.DB.prepare(
    'select type from events where payment_id is not null order by sequence',
  ).all<{ type: string }>();
  return results.map(({ type }) => type);
};

describe('a buyer who has paid', () => {
  test('is sent on with a code, once, that the app exchanges for a session of this purchase', async () => {
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    await world.settle();
    world.polarRequests.length = 0;
    const back = await comeBack(bought.link);
    expect(back.status).toBe(303);
    expect(back.page).toBe(CALLBACK);
    expect(back.query).toEqual({
      from: 'shop',
      payment_id: bought.id,
      status: 'succeeded',
      code: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(back.headers.get('cache-control')).toBe('no-store');
    expect(back.headers.get('referrer-policy')).toBe('no-referrer');
    // The webhook was faster: nothing is asked.
    expect(world.polarRequests).toEqual([]);

    const { status, body } = await exchange({ code: back.query['code'] });
    expect(status).toBe(200);
    expect(body.session).toMatch(/^floe_st_sandbox_[\w-]{43}$/);
    expect(body.subject).toEqual({ payment_id: bought.id, customer_id: null });
    expect(body.payment).toMatchObject({ id: bought.id, status: 'succeeded' });
    const month = Date.parse(body.expires_at) - Date.now();
    expect(Math.round(month / 86_400_000)).toBe(30);
    const rows = JSON.stringify((await env.DB.prepare('select * from sessions').all()).results);
    expect(rows).not.toContain(body.session);

    const session = await call('GET', '/v1/session', { key: body.session });
    expect(session.body).toMatchObject({
      app: 'quay-sandbox',
      proof: 'purchase',
      email: null,
      expires_at: body.expires_at,
      subject: { payment_id: bought.id, customer_id: null, external_id: null, member_id: null },
    });
    expect((await call('DELETE', '/v1/session', { key: body.session })).status).toBe(204);
    expect((await call('GET', '/v1/session', { key: body.session })).status).toBe(401);
  });

  test('never waits for a webhook: Polar is asked, and what it says is told once', async () => {
    world.holdWebhooks = true;
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    world.polarRequests.length = 0;
    const back = await comeBack(bought.link);
    expect(back.query).toMatchObject({ status: 'succeeded', code: expect.any(String) });
    expect(world.polarRequests[0]).toBe(`GET /v1/checkouts/${bought.checkoutId}`);
    expect((await readPayment(bought.id))?.status).toBe('succeeded');
    const told = await toldTypes();
    expect(told.filter((type) => type === 'payment.succeeded')).toHaveLength(1);
    expect(told).toContain('grant.created');
    for (const request of world.held.splice(0)) {
      const headers = Object.fromEntries(request.headers);
      await call('POST', '/webhooks/polar', { rawBody: await request.text(), headers });
    }
    const later = await toldTypes();
    for (const type of ['payment.pending', 'payment.succeeded', 'grant.created']) {
      expect(later.filter((entry) => entry === type)).toHaveLength(1);
    }
  });

  test('of a subscription has it, before any webhook', async () => {
    const monthly = (await world.createProduct({ name: 'quay:monthly', recurring: 'month' })).id;
    await world.settle();
    world.holdWebhooks = true;
    const bought = await startPurchase({ product_id: monthly });
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    expect((await comeBack(bought.link)).query['status']).toBe('succeeded');
    const row = await env.DB.prepare('select status, payment_id from subscriptions').first();
    expect(row).toEqual({ status: 'active', payment_id: bought.id });
  });

  test('who reloads or goes back is sent on without a code', async () => {
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    await comeBack(bought.link);
    const again = await comeBack(bought.link);
    expect([again.status, again.page]).toEqual([303, CALLBACK]);
    expect(again.query).toEqual({ from: 'shop', payment_id: bought.id, status: 'succeeded' });
  });

  test('in two tabs at once gets one code', async () => {
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    const tabs = await Promise.all([1, 2, 3].map(() => comeBack(bought.link)));
    expect(tabs.map(({ status }) => status)).toEqual([303, 303, 303]);
    expect(tabs.filter(({ query }) => query['code'] !== undefined)).toHaveLength(1);
    expect((await env.DB.prepare('select count(*) as n from codes').first<{ n: number }>())?.n).toBe(1);
  });

  test('is sent on while the charge is still being made', async () => {
    const bought = await startPurchase();
    await confirm(bought.checkoutUrl);
    const back = await comeBack(bought.link);
    expect(back.query).toMatchObject({ status: 'pending', code: expect.any(String) });
    const { body } = await exchange({ code: back.query['code'] });
    expect(body.payment.status).toBe('pending');
  });

  test('gets no code from a link older than half an hour after the payment', async () => {
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    await world.settle();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31 * 60_000 });
    const back = await comeBack(bought.link);
    expect([back.status, back.query]).toEqual([
      303,
      { from: 'shop', payment_id: bought.id, status: 'succeeded' },
    ]);
    expect((await readPayment(bought.id))?.nonce_used_at).toBeNull();
  });

  test('gets one however long nothing was heard of the payment', async () => {
    const bought = await startPurchase();
    world.holdWebhooks = true;
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    world.holdWebhooks = false;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 40 * 60_000 });
    for (const request of world.held.splice(0)) {
      const id = request.headers.get('webhook-id') ?? '';
      const rawBody = await request.text();
      const signed = await world.simulator.sign(world.polarEndpoints.sandbox, id, rawBody, Date.now());
      await call('POST', '/webhooks/polar', { rawBody, headers: Object.fromEntries(new Headers(signed)) });
    }
    expect((await readPayment(bought.id))?.status).toBe('succeeded');
    expect((await comeBack(bought.link)).query['code']).toBeDefined();
  });

  test('gets a code however long the checkout was open before', async () => {
    const bought = await startPurchase();
    await world.advance(5 * 3_600_000);
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    expect((await comeBack(bought.link)).query['code']).toBeDefined();
  });
});

describe('a buyer who has not paid', () => {
  test('is sent to the return URL without a code, and can still pay', async () => {
    const bought = await startPurchase({ return_url: BACK });
    await world.pay('sandbox', bought.checkoutUrl, { ...buyer, decline: true });
    const back = await comeBack(bought.link);
    expect([back.status, back.page]).toEqual([303, BACK]);
    expect(back.query).toEqual({ payment_id: bought.id, status: 'pending' });
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    expect((await comeBack(bought.link)).query['code']).toBeDefined();
  });

  test('is sent to the success URL when the app gave no other', async () => {
    const bought = await startPurchase();
    const back = await comeBack(bought.link);
    expect([back.page, back.query]).toEqual([
      CALLBACK,
      { from: 'shop', payment_id: bought.id, status: 'pending' },
    ]);
  });

  test('in time hears that the checkout has expired', async () => {
    const bought = await startPurchase({ return_url: BACK });
    await world.advance(25 * 3_600_000);
    expect((await comeBack(bought.link)).query).toEqual({ payment_id: bought.id, status: 'expired' });
  });
});

describe('while Polar is down', () => {
  test('a payment that is known to have succeeded goes on', async () => {
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    await world.settle();
    world.polarDown = true;
    expect((await comeBack(bought.link)).query['code']).toBeDefined();
  });

  test('another waits on a page that reloads itself, and its nonce stays good', async () => {
    world.holdWebhooks = true;
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    world.polarDown = true;
    const waiting = await comeBack(bought.link);
    expect([waiting.status, waiting.location]).toEqual([503, null]);
    expect(Number(waiting.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(waiting.headers.get('refresh'))).toBeGreaterThan(0);
    expect(waiting.headers.get('content-type')).toMatch(/text\/html/);
    expect((await readPayment(bought.id))?.nonce_used_at).toBeNull();
    world.polarDown = false;
    expect((await comeBack(bought.link)).query['code']).toBeDefined();
  });
});

describe('a return link', () => {
  test.each([
    ['HEAD', {}, 204],
    ['GET', { 'sec-purpose': 'prefetch' }, 405],
  ])('is not used up by %s %j', async (method, headers, status) => {
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    const early = await call(method, bought.link, { headers: headers });
    expect(early.status).toBe(status);
    expect((await comeBack(bought.link)).query['code']).toBeDefined();
  });

  test('does not pass on, answer or log Polar’s customer session', async () => {
    const lines: string[] = [];
    for (const method of ['log', 'info', 'warn', 'error'] as const) {
      vi.spyOn(console, method).mockImplementation(
        (...parts: unknown[]) => void lines.push(parts.map(String).join(' ')),
      );
    }
    world.holdWebhooks = true;
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    const link = `${bought.link}&customer_session_token=polar_cst_secret`;
    world.polarDown = true;
    const waiting = await comeBack(link);
    world.polarDown = false;
    const back = await comeBack(link);
    vi.restoreAllMocks();
    const nonce = new URL(bought.link, ORIGIN).searchParams.get('nonce') ?? 'none';
    expect(back.status).toBe(303);
    expect(back.location).not.toContain('polar_cst');
    expect(back.location).not.toContain(nonce);
    expect(waiting.text).not.toContain('polar_cst');
    expect(lines.join('\n')).toContain('request failed');
    for (const secret of ['polar_cst', nonce, back.query['code'] ?? 'none'])
      expect(lines.join('\n')).not.toContain(secret);
  });

  test('keeps neither nonce nor code in clear', async () => {
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    const back = await comeBack(bought.link);
    const rows = await env.DB.batch([
      env.DB.prepare('select * from payments'),
      env.DB.prepare('select * from codes'),
    ]);
    const stored = JSON.stringify(rows.map(({ results }) => results));
    expect(stored).not.toContain(back.query['code']);
    expect(stored).not.toContain(new URL(bought.link, ORIGIN).searchParams.get('nonce'));
  });
});

describe('attack: a leaked checkout id', () => {
  test('or payment id opens nothing: the nonce is missing, and Polar is not even asked', async () => {
    const bought = await startPurchase();
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    const other = await startPurchase();
    const nonce = new URL(other.link, ORIGIN).searchParams.get('nonce');
    world.polarRequests.length = 0;
    const answers = [];
    for (const link of [
      `/return?payment=${bought.id}`,
      `/return?payment=${bought.id}&nonce=`,
      `/return?payment=${bought.id}&nonce=${'x'.repeat(43)}`,
      `/return?payment=${bought.id}&nonce=${nonce}`,
      `/return?payment=${bought.checkoutId}&nonce=${nonce}`,
      `/return?checkout_id=${bought.checkoutId}`,
      `/return?payment=pay_01h455vb4pex5vsknk084sn02q&nonce=${nonce}`,
      `/return?payment=${encodeURIComponent("' or 1=1 --")}&nonce=${nonce}`,
      '/return',
    ]) {
      const answer = await call('GET', link, {
        headers: { accept: 'application/json' },
      });
      const { request_id: _id, ...rest } = answer.body;
      answers.push({ status: answer.status, location: answer.headers.get('location'), ...rest });
    }
    expect(answers[0]).toMatchObject({ status: 400, code: 'invalid_return', location: null });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(world.polarRequests).toEqual([]);
    expect((await readPayment(bought.id))?.nonce_used_at).toBeNull();
    const page = await comeBack(`/return?payment=${bought.id}&nonce=x`);
    expect([page.status, page.headers.get('content-type')]).toEqual([400, 'text/html; charset=utf-8']);
  });

  test('a payment without a checkout of ours has no return link', async () => {
    await startPurchase();
    await env.DB.prepare('update payments set nonce_hash = null').run();
    const { id } = (await env.DB.prepare('select id from payments').first<{ id: string }>()) ?? { id: '' };
    expect((await comeBack(`/return?payment=${id}&nonce=`)).status).toBe(400);
  });
});

describe('exchanging a code', () => {
  async function buyCode(fields: Record<string, unknown> = {}) {
    const bought = await startPurchase(fields);
    await world.pay('sandbox', bought.checkoutUrl, buyer);
    const back = await comeBack(bought.link);
    return { ...bought, code: back.query['code'] ?? '' };
  }
  const withoutId = ({ status, body }: { status: number; body: Record<string, unknown> }) => {
    const { request_id: _id, ...rest } = body;
    return { status, ...rest };
  };
  const countSessions = async () =>
    (await env.DB.prepare('select count(*) as n from sessions').first<{ n: number }>())?.n;

  test('works from a browser with the verifier, with a publishable key', async () => {
    const { code } = await buyCode({ code_challenge: await challengeOf(VERIFIER) });
    const answer = await exchange(
      { code, code_verifier: VERIFIER },
      { key: quay.publishableKey, headers: { origin: ORIGIN } },
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
  });

  test('takes another spelling of the same callback', async () => {
    const { code } = await buyCode();
    const answer = await exchange({ code, callback_url: `${CALLBACK.replace('https', 'HTTPS')}?from=shop` });
    expect(answer.status).toBe(200);
  });

  test.each(['#part', '?status=sale', '?code=SPRING&from=shop', '?from=shop&'])(
    'takes the address as the buyer’s browser shows it, for a success URL with %s',
    async (more) => {
      const bought = await startPurchase({ success_url: `${CALLBACK}${more}` });
      await world.pay('sandbox', bought.checkoutUrl, buyer);
      await world.settle();
      const { location } = await comeBack(bought.link);
      const request = new Request(location ?? '');
      const back = readReturn(request, new URL(request.url));
      const answer = await exchange({ code: back?.code, callback_url: back?.callbackUrl });
      expect(answer.status).toBe(200);
    },
  );

  test('attack: a replayed code opens nothing', async () => {
    const { code } = await buyCode();
    expect((await exchange({ code })).status).toBe(200);
    const again = await exchange({ code });
    expect([again.status, again.body.code]).toEqual([400, 'invalid_code']);
    expect(await countSessions()).toBe(1);
  });

  test('an answer that got lost is had again with its Idempotency-Key, and opens one session', async () => {
    const { code } = await buyCode({ code_challenge: await challengeOf(VERIFIER) });
    const options = { key: quay.publishableKey, headers: { origin: ORIGIN, 'idempotency-key': 'back-1' } };
    const first = await exchange({ code, code_verifier: VERIFIER }, options);
    const again = await exchange({ code, code_verifier: VERIFIER }, options);
    expect([first.status, again.status]).toEqual([200, 200]);
    expect(again.body).toEqual(first.body);
    expect(await countSessions()).toBe(1);
    const access = await call('GET', '/v1/session', { key: again.body.session });
    expect(access.status).toBe(200);
  });

  test('one whose commit was not heard of either is had again: the key is not given back', async () => {
    const { code } = await buyCode();
    let batches = 0;
    const DB = new Proxy(env.DB, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'batch') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        return async (statements: D1PreparedStatement[]) => {
          const rows = await target.batch(statements);
          batches += 1;
          // The claim is the first, the work the second.
          if (batches === 2) throw new Error('D1_ERROR: Network connection lost.');
          return rows;
        };
      },
    });
    const headers = {
      authorization: `Bearer ${quay.secretKey}`,
      'content-type': 'application/json',
      'idempotency-key': 'back-1',
    };
    const body = JSON.stringify({ callback_url: `${CALLBACK}?from=shop`, code });
    const send = () =>
      createApp().fetch(
        new Request(`${GATEWAY_URL}/v1/sessions/exchange`, { method: 'POST', headers, body }),
        { ...env, DB },
        createExecutionContext(),
      );
    expect((await send()).status).toBe(503);
    expect((await send()).status).toBe(200);
    expect(await countSessions()).toBe(1);
  });

  test('made-up codes of one visitor are counted', async () => {
    const headers = { origin: ORIGIN, 'cf-connecting-ip': '203.0.113.77' };
    const answers = [];
    for (let i = 0; i < 25; i++)
      answers.push(await exchange({ code: 'x'.repeat(43) }, { key: quay.publishableKey, headers }));
    const last = answers.at(-1);
    expect([last?.status, last?.body.code]).toEqual([429, 'rate_limited']);
    expect(last?.headers.get('retry-after')).toBe('60');
  });

  test('attack: an Idempotency-Key without the verifier gives nobody the session', async () => {
    const { code } = await buyCode({ code_challenge: await challengeOf(VERIFIER) });
    const headers = { origin: ORIGIN, 'idempotency-key': 'back-1' };
    expect((await exchange({ code, code_verifier: VERIFIER }, { headers })).status).toBe(200);
    const wrong = 'another-verifier-that-the-thief-made-up-0123456789';
    for (const key of [quay.publishableKey, quay.secretKey]) {
      for (const verifier of [{}, { code_verifier: wrong }]) {
        const answer = await exchange({ code, ...verifier }, { key, headers });
        expect([answer.status, answer.body.code]).toEqual([422, 'idempotency_mismatch']);
      }
    }
  });

  test('a key whose exchange was refused is free for the next', async () => {
    const { code } = await buyCode();
    const headers = { 'idempotency-key': 'back-1' };
    expect((await exchange({ code: 'x'.repeat(43) }, { headers })).body.code).toBe('invalid_code');
    expect((await exchange({ code }, { headers })).status).toBe(200);
  });

  test('attack: a code used twice at once opens one session, whatever the keys', async () => {
    const { code } = await buyCode();
    const answers = await Promise.all(
      ['a', 'b', 'c', 'c'].map((key) => exchange({ code }, { headers: { 'idempotency-key': key } })),
    );
    const opened = answers.filter(({ status }) => status === 200);
    expect(new Set(opened.map(({ body }) => body.session)).size).toBe(1);
    expect(answers.filter(({ status }) => status === 200 || status === 400 || status === 409)).toHaveLength(
      4,
    );
    expect(await countSessions()).toBe(1);
  });

  test('attack: a code used twice at once opens one session', async () => {
    const { code } = await buyCode();
    const answers = await Promise.all([1, 2, 3, 4].map(() => exchange({ code })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
    expect(await countSessions()).toBe(1);
  });

  test('attack: a stolen code without its verifier opens nothing, whatever the key, and still serves its owner', async () => {
    const { code } = await buyCode({ code_challenge: await challengeOf(VERIFIER) });
    const wrong = 'another-verifier-that-the-thief-made-up-0123456789';
    for (const key of [quay.publishableKey, quay.secretKey]) {
      for (const verifier of [{}, { code_verifier: wrong }, { code_verifier: await challengeOf(VERIFIER) }]) {
        const answer = await exchange({ code, ...verifier }, { key });
        expect([answer.status, answer.body.code]).toEqual([400, 'invalid_code']);
      }
    }
    expect(await countSessions()).toBe(0);
    expect((await exchange({ code, code_verifier: VERIFIER })).status).toBe(200);
  });

  test('every failure looks the same', async () => {
    const atlas = await world.createApp({ product: 'atlas', webhook: false });
    const { code } = await buyCode();
    const failures = [
      await exchange({ code: 'x'.repeat(43) }),
      await exchange({ code }, { key: atlas.secretKey }),
      await exchange({ code, callback_url: CALLBACK }),
      await exchange({ code, callback_url: `${CALLBACK}/?from=shop` }),
      await exchange({ code, callback_url: 'nonsense' }),
      // Without a challenge only a secret key may, and a verifier that nobody announced is a downgrade.
      await exchange({ code }, { key: quay.publishableKey }),
      await exchange({ code, code_verifier: VERIFIER }, { key: quay.publishableKey }),
      await exchange({ code, code_verifier: VERIFIER }),
    ].map(withoutId);
    expect(failures[0]).toMatchObject({ status: 400, code: 'invalid_code' });
    for (const failure of failures) expect(failure).toEqual(failures[0]);
    expect(await countSessions()).toBe(0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 60_000 });
    expect(withoutId(await exchange({ code }))).toEqual(failures[0]);
  });

  test('refuses a browser of another origin', async () => {
    const { code } = await buyCode({ code_challenge: await challengeOf(VERIFIER) });
    const answer = await exchange(
      { code, code_verifier: VERIFIER },
      { key: quay.publishableKey, headers: { origin: 'https://evil.dev' } },
    );
    expect([answer.status, answer.body.code]).toEqual([403, 'forbidden_origin']);
    expect(await countSessions()).toBe(0);
  });

  test('attack: a victim’s e-mail typed at checkout gives a session of that purchase only', async () => {
    const victim = await startPurchase();
    await world.pay('sandbox', victim.checkoutUrl, { email: 'victim@readers.dev' });
    const attack = await startPurchase();
    await world.pay('sandbox', attack.checkoutUrl, { email: 'victim@readers.dev' });
    await world.settle();
    const [one, two] = [await readPayment(victim.id), await readPayment(attack.id)];
    expect(two?.customer_id).toBe(one?.customer_id);
    const back = await comeBack(attack.link);
    const { body } = await exchange({ code: back.query['code'] });
    expect(body.subject).toEqual({ payment_id: attack.id, customer_id: null });
    const row = await env.DB.prepare('select payment_id, customer_id from sessions').first();
    expect(row).toEqual({ payment_id: attack.id, customer_id: null });
  });

  test('after a checkout for a proven customer gives a session of that customer', async () => {
    const customer = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/customers/', buyer);
    await env.DB.prepare(
      "insert into app_customers (app_id, external_id, customer_id, created_at) values (?, 'user-7', ?, 0)",
    )
      .bind(quay.id, customer.id)
      .run();
    const { code, id } = await buyCode({ customer: { external_id: 'user-7' } });
    const { body } = await exchange({ code });
    expect(body.subject).toEqual({ payment_id: id, customer_id: customer.id });
  });
});

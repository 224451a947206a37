import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyWebhook } from '../../packages/kit/webhook.ts';
import { HOOK } from '../tell/endpoint-calls.ts';
import { call, CALLBACK, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { requestInterrupted, type Failure } from '../harness/interrupted.ts';
import { rowsOf, runCron } from '../compare/reconcile-calls.ts';
import { codeIn, type Mailed } from '../people/sign-in-calls.ts';
import { startPayment } from '../harness/story.ts';

/*
 * What apps and operators call, with a D1 that fails at each call in turn: before it takes effect or after it, and the
 * invocation goes on or dies there. The caller asks once more, as the kit does. What is there then is what one call that
 * was never interrupted leaves.
 */

const ADMIN = env.FLOE_ADMIN_TOKEN;
const LEASE_MS = 31_000;

let world: World;
let quay: TestApp;
let mails: Mailed[];
let bookId: string;

beforeEach(async () => {
  world = await createWorld();
  mails = [];
  quay = await world.createApp({ product: 'quay', webhook: false });
  bookId = (
    await world.createProduct({
      name: 'quay:book',
      benefits: [{ type: 'custom', description: 'The book', metadata: { content_id: 'book' } }],
    })
  ).id;
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
});

afterEach(() => {
  vi.useRealTimers();
});

const cases = [1, 2, 3, 4, 5].flatMap((n) =>
  [false, true].flatMap((after) =>
    [false, true].map((isCrash): [string, Failure, boolean] => [
      `call ${n} of D1 fails ${after ? 'after' : 'before'} it took effect${isCrash ? ', and the Worker dies' : ''}`,
      { call: n, after },
      isCrash,
    ]),
  ),
);

const MAIL = {
  async send(mail: Mailed) {
    mails.push(structuredClone(mail));
    return { messageId: 'x' };
  },
};

interface Request {
  method: string;
  path: string;
  key: string;
  body?: unknown;
  idempotencyKey?: string;
}

/** Asks, is interrupted, and asks the same again until it is answered. */
async function insist(request: Request, failure: Failure, isCrash: boolean) {
  const { method, path, key, body, idempotencyKey } = request;
  const options = {
    key,
    ...(body === undefined ? {} : { body }),
    headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
    bindings: { MAIL },
  };
  const first = await requestInterrupted(method, path, options, failure, isCrash);
  if (!first.hasFailed) return first;
  for (let tries = 1; ; tries++) {
    const again = await requestInterrupted(method, path, options, undefined, false);
    const isUnderWay = again.status === 409 && again.body['code'] === 'idempotency_in_progress';
    if (!isUnderWay || tries === 3) return again;
    // Nobody gives back the key of a Worker that died.
    vi.setSystemTime(Date.now() + LEASE_MS);
  }
}

/** What the sweep and the queues make of what is left. */
async function settle(): Promise<void> {
  vi.setSystemTime(Date.now() + 1000);
  await runCron();
  await world.settle();
}

const count = async (query: string) =>
  (await rowsOf<{ n: number }>(`select count(*) as n from ${query}`))[0]?.n;

/** What arrived is signed by this secret. */
async function expectSignedBy(secret: string | string[]): Promise<void> {
  const { headers = {}, body = '' } = world.received.at(-1) ?? {};
  expect(await verifyWebhook({ headers, body }, secret)).toMatchObject({ ok: true });
}

describe.each(cases)('%s', (_name, failure, isCrash) => {
  it('an endpoint is registered once, and its secret is the one that signs', async () => {
    const { status, body } = await insist(
      {
        method: 'POST',
        path: '/v1/webhook-endpoints',
        key: quay.secretKey,
        body: { url: HOOK },
        idempotencyKey: 'one',
      },
      failure,
      isCrash,
    );
    expect(status).toBe(201);
    expect(await rowsOf('select id from endpoints')).toEqual([{ id: body['id'] }]);
    const test = `/v1/webhook-endpoints/${String(body['id'])}/test`;
    expect((await call('POST', test, { key: quay.secretKey, body: {} })).status).toBe(200);
    await expectSignedBy(String(body['secret']));
  });

  it('a secret is rotated once, and the one before signs too', async () => {
    const { body: made } = await call<{ id: string; secret: string }>('POST', '/v1/webhook-endpoints', {
      key: quay.secretKey,
      body: { url: HOOK },
    });
    const path = `/v1/webhook-endpoints/${made.id}`;
    const { status, body } = await insist(
      { method: 'POST', path: `${path}/rotate-secret`, key: quay.secretKey, body: {}, idempotencyKey: 'one' },
      failure,
      isCrash,
    );
    expect(status).toBe(200);
    expect(await count("audit_log where action = 'endpoint.secret_rotated'")).toBe(1);
    await call('POST', `${path}/test`, { key: quay.secretKey, body: {} });
    await expectSignedBy(String(body['secret']));
    await expectSignedBy(made.secret);
  });

  it('an endpoint that is enabled again gets what it missed, once', async () => {
    const { body: made } = await call<{ id: string }>('POST', '/v1/webhook-endpoints', {
      key: quay.secretKey,
      body: { url: HOOK, enabled: false },
    });
    await startPayment(quay, bookId);
    const path = `/v1/webhook-endpoints/${made.id}`;
    const { status } = await insist(
      { method: 'PATCH', path, key: quay.secretKey, body: { enabled: true } },
      failure,
      isCrash,
    );
    expect(status).toBe(200);
    await settle();
    expect(world.received.map(({ url }) => url)).toEqual([HOOK]);
  });

  it('an event is sent again once', async () => {
    await call('POST', '/v1/webhook-endpoints', { key: quay.secretKey, body: { url: HOOK } });
    await startPayment(quay, bookId);
    await world.settle();
    const [event] = await rowsOf<{ id: string }>("select id from events where type = 'payment.pending'");
    vi.setSystemTime(Date.now() + 60_000);
    const { status } = await insist(
      {
        method: 'POST',
        path: `/v1/events/${event?.id}/replay`,
        key: quay.secretKey,
        body: {},
        idempotencyKey: 'one',
      },
      failure,
      isCrash,
    );
    expect(status).toBe(202);
    await settle();
    expect(world.received).toHaveLength(2);
    expect(await rowsOf(`select replays, status from deliveries where event_id = '${event?.id}'`)).toEqual([
      { replays: 1, status: 'succeeded' },
    ]);
  });

  it('a payment is started once, told once, and can be paid', async () => {
    const { status, body } = await insist(
      {
        method: 'POST',
        path: '/v1/payments',
        key: quay.secretKey,
        body: { method: 'polar', product_id: bookId },
        idempotencyKey: 'one',
      },
      failure,
      isCrash,
    );
    expect(status).toBe(201);
    expect(await rowsOf('select id from payments')).toEqual([{ id: body['id'] }]);
    expect(await count("events where type = 'payment.pending'")).toBe(1);
    await world.pay('sandbox', String(body['checkout_url']), { email: 'ada@readers.dev' });
    await world.settle();
    expect(await rowsOf('select id, status from payments')).toEqual([
      { id: body['id'], status: 'succeeded' },
    ]);
  });

  it('a key of an app is made once, and works', async () => {
    const { status, body } = await insist(
      {
        method: 'POST',
        path: `/admin/apps/${quay.slug}/keys`,
        key: ADMIN,
        body: { kind: 'secret', name: 'second' },
        idempotencyKey: 'one',
      },
      failure,
      isCrash,
    );
    expect(status).toBe(201);
    expect(await rowsOf("select id from api_keys where name = 'second'")).toEqual([{ id: body['id'] }]);
    expect(await count(`audit_log where action = 'key.created' and target = '${String(body['id'])}'`)).toBe(
      1,
    );
    expect((await call('GET', '/v1/payments', { key: String(body['key']) })).status).toBe(200);

    const path = `/admin/apps/${quay.slug}/keys/${String(body['id'])}`;
    expect((await insist({ method: 'DELETE', path, key: ADMIN }, failure, isCrash)).status).toBe(204);
    expect(await count("audit_log where action = 'key.revoked'")).toBe(1);
    expect((await call('GET', '/v1/payments', { key: String(body['key']) })).status).toBe(401);
  });

  it('a buyer who comes back has one session by the code, or is led on without one', async () => {
    const payment = await startPayment(quay, bookId);
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    const [row] = await rowsOf<{ checkout_id: string }>('select checkout_id from payments');
    const checkout = await world.polar<{ success_url: string }>(
      'sandbox',
      'GET',
      `/v1/checkouts/${row?.checkout_id}`,
    );
    const { pathname, search } = new URL(checkout.success_url);
    const link = pathname + search;
    const first = await requestInterrupted('GET', link, {}, failure, isCrash);
    const back = first.hasFailed ? await call('GET', link) : first;
    expect(back.status).toBe(303);
    const code = new URL(back.headers.get('location') ?? '').searchParams.get('code');
    expect(await count('codes')).toBe(1);
    // The code whose word got lost is used up by nobody: the site's own way to sign in is left, and the sale is known.
    if (code === null) return;
    const request = {
      method: 'POST',
      path: '/v1/sessions/exchange',
      key: quay.secretKey,
      body: { code, callback_url: CALLBACK },
      idempotencyKey: 'one',
    };
    const { status, body } = await insist(request, failure, isCrash);
    expect(status).toBe(200);
    expect(await count('sessions')).toBe(1);
    const asked = await call<{ reason: string }>('GET', '/v1/access?max_age=0&resource=content:book', {
      key: String(body['session']),
    });
    expect(asked.body.reason).toBe('granted');
  });

  it('whoever signs in by mail gets in, with one session', async () => {
    const bought = await startPayment(quay, bookId);
    await world.pay('sandbox', bought.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
    const ask = (idempotencyKey: string) => ({
      method: 'POST',
      path: '/v1/sign-in',
      key: quay.secretKey,
      body: { email: 'ada@readers.dev' },
      idempotencyKey,
    });
    let asked = await insist(ask('one'), failure, isCrash);
    expect(asked.status).toBe(202);
    expect(mails.length).toBeLessThanOrEqual(1);
    // The mail that got lost cannot be written again, as its code is stored as a hash: the visitor asks for another.
    if (mails.length === 0) asked = await insist(ask('two'), { call: 0, after: false }, false);
    expect(mails).toHaveLength(1);
    const { attempt, browser_token } = asked.body;
    const proof = {
      method: 'POST',
      path: '/v1/sign-in/verify',
      key: quay.secretKey,
      body: { attempt, browser_token, code: codeIn(mails.at(-1)) },
      idempotencyKey: 'one',
    };
    const { status, body } = await insist(proof, failure, isCrash);
    expect([status, body['code']]).toEqual([200, undefined]);
    expect(await count('sessions')).toBe(1);
    const access = await call<{ reason: string }>('GET', '/v1/access?max_age=0&resource=content:book', {
      key: String(body['session']),
    });
    expect(access.body.reason).toBe('granted');
  });
});

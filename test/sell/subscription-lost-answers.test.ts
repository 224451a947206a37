import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { act, interfere, read, subscribe } from './subscription-calls.ts';

/* Polar does what it was asked, and its answer is lost; or it is away, or busy with the same subscription. */

let world: World;
let quay: TestApp;
let id: string;
let pro: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  const monthly = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
  pro = (await world.createProduct({ name: 'quay:pro', recurring: 'month', price: 2900 })).id;
  id = await subscribe(world, quay, monthly.id);
});

afterEach(() => {
  vi.useRealTimers();
});

const isChange = ({ method }: Request) => method === 'PATCH';
const isOfSubscription = ({ url }: Request) => url.includes('/v1/subscriptions/');
const failed = () => new Response('upstream timed out', { status: 504 });
const afterwards = async (_: Request, answer: () => Promise<Response>) => {
  await answer();
  return failed();
};

const orders = async () =>
  (await world.polar<{ items: unknown[] }>('sandbox', 'GET', '/v1/orders/')).items.length;

const CASES: [string, Record<string, unknown>, Record<string, unknown>, string[]][] = [
  ['cancel', { at: 'period_end' }, { cancel_at_period_end: true }, []],
  ['cancel', { at: 'now' }, { status: 'canceled' }, []],
  ['uncancel', {}, { cancel_at_period_end: false }, ['cancel']],
  ['pause', {}, { pause_at_period_end: true }, []],
  ['resume', {}, { pause_at_period_end: false }, ['pause']],
];

describe('an answer that is lost', () => {
  it.each(CASES)('of %s %j is found by reading the subscription', async (action, body, expected, first) => {
    for (const earlier of first)
      await act(quay, id, earlier, earlier === 'cancel' ? { at: 'period_end' } : {});
    const stop = interfere(world, isChange, afterwards);
    const answer = await act(quay, id, action, body);
    stop();
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject(expected);
  });

  it('of a change with an invoice charges once, and its payment is there', async () => {
    const before = await orders();
    const stop = interfere(world, isChange, afterwards);
    const answer = await act(quay, id, 'change', { product_id: pro, proration: 'invoice' });
    stop();
    expect(answer.body).toMatchObject({ product: { id: pro } });
    expect(answer.body.latest_payment_id).not.toBe(answer.body.first_payment_id);
    expect(await orders()).toBe(before + 1);
  });

  it('and cannot be looked for is a failure; asked again with the same key it charges nobody twice', async () => {
    const before = await orders();
    const changed = { seen: false };
    const stop = interfere(world, isOfSubscription, async (request, answer) => {
      if (!isChange(request)) return changed.seen ? failed() : answer();
      changed.seen = true;
      return afterwards(request, answer);
    });
    const body = { product_id: pro, proration: 'invoice' };
    const headers = { 'idempotency-key': 'change-1' };
    const lost = await act(quay, id, 'change', body, headers);
    expect([lost.status, lost.body.code]).toEqual([502, 'polar_failed']);
    expect(lost.body.detail).toContain('Read the subscription');
    stop();
    const again = await act(quay, id, 'change', body, headers);
    expect([again.status, again.body.product.id]).toEqual([200, pro]);
    expect(await orders()).toBe(before + 1);
    expect((await act(quay, id, 'change', body, headers)).body).toEqual(again.body);
  });

  it('of a change that was not made is a failure that changes nothing', async () => {
    const before = await read(quay, id);
    const stop = interfere(world, isChange, async () => failed());
    const answer = await act(quay, id, 'change', { product_id: pro });
    stop();
    expect([answer.status, answer.body.code]).toEqual([502, 'polar_failed']);
    expect(answer.headers.get('retry-after')).not.toBeNull();
    expect(await read(quay, id)).toEqual(before);
  });
});

describe('while Polar is in trouble', () => {
  it('away: 503, and reading goes on', async () => {
    world.polarDown = true;
    const answer = await act(quay, id, 'cancel', { at: 'now' });
    expect([answer.status, answer.body.code]).toEqual([503, 'polar_unavailable']);
    expect((await read(quay, id)).status).toBe('active');
    const preview = await act(quay, id, 'preview', { product_id: pro });
    expect([preview.status, preview.body.code]).toEqual([503, 'polar_unavailable']);
  });

  it('another change is under way: 409 with Retry-After, and nothing is kept for the key', async () => {
    const stop = interfere(world, isChange, async () =>
      Response.json(
        { error: 'SubscriptionLocked', detail: 'Subscription is pending an update.' },
        { status: 409 },
      ),
    );
    const headers = { 'idempotency-key': 'locked' };
    const answer = await act(quay, id, 'change', { product_id: pro }, headers);
    expect([answer.status, answer.body.code]).toEqual([409, 'subscription_locked']);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    stop();
    expect((await act(quay, id, 'change', { product_id: pro }, headers)).status).toBe(200);
  });

  it('a refusal that nobody knows is passed on by its name', async () => {
    const stop = interfere(world, isChange, async () =>
      Response.json({ error: 'OrganizationNotReady', detail: 'No.' }, { status: 403 }),
    );
    const answer = await act(quay, id, 'pause');
    stop();
    expect([answer.status, answer.body.code]).toEqual([422, 'polar_rejected']);
    expect(answer.body.detail).toContain('OrganizationNotReady');
  });

  it('the order of a change cannot be read: the change is answered, and the webhook brings the order', async () => {
    const stop = interfere(
      world,
      ({ url }) => url.includes('/v1/orders/'),
      async () => failed(),
    );
    const answer = await act(quay, id, 'change', { product_id: pro, proration: 'invoice' });
    stop();
    expect([answer.status, answer.body.product.id]).toEqual([200, pro]);
    await world.settle();
    const later = await read(quay, id);
    expect(later.latest_payment_id).not.toBe(later.first_payment_id);
  });

  it('what it says is not what it documents: 502', async () => {
    const stop = interfere(
      world,
      (request) => request.method === 'GET' && isOfSubscription(request),
      async () => Response.json({ id, status: 7 }),
    );
    for (const [action, body] of [
      ['cancel', { at: 'now' }],
      ['preview', { product_id: pro }],
    ] as const) {
      const answer = await act(quay, id, action, body);
      expect([answer.status, answer.body.code]).toEqual([502, 'polar_failed']);
    }
    stop();
  });

  it('it refuses without naming a field: polar_rejected says what it said', async () => {
    interfere(world, isChange, async () =>
      Response.json({ error: 'RequestValidationError', detail: 'Not now.' }, { status: 422 }),
    );
    const { body } = await act(quay, id, 'change', { product_id: pro });
    expect([body.code, body.errors]).toEqual(['polar_rejected', [{ path: 'body', message: 'Not now.' }]]);
  });

  it('a page of HTML: the change is found by reading, or it is a failure of Polar’s', async () => {
    const page = () =>
      new Response('<html>One moment …</html>', { headers: { 'content-type': 'text/html' } });
    const before = await orders();
    const calm = interfere(world, isChange, async (_request, answer) => {
      await answer();
      return page();
    });
    const made = await act(quay, id, 'change', { product_id: pro, proration: 'invoice' });
    expect([made.status, made.body.product.id, await orders()]).toEqual([200, pro, before + 1]);
    calm();
    interfere(world, isChange, async () => page());
    const failed = await act(quay, id, 'cancel', { at: 'now' });
    expect([failed.status, failed.body.code]).toEqual([502, 'polar_failed']);
  });

  it('it has forgotten the subscription: 404', async () => {
    world.polarForgets = true;
    const answer = await act(quay, id, 'cancel', { at: 'now' });
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });
});

describe('an Idempotency-Key', () => {
  it('answers a repetition as it did, and another request with it is refused', async () => {
    const headers = { 'idempotency-key': 'k' };
    const first = await act(quay, id, 'cancel', { at: 'period_end' }, headers);
    const changes = () => world.polarRequests.filter((request) => request.startsWith('PATCH')).length;
    const before = changes();
    expect((await act(quay, id, 'cancel', { at: 'period_end' }, headers)).body).toEqual(first.body);
    expect(changes()).toBe(before);
    const other = await call<{ code: string }>('DELETE', `/v1/subscriptions/${id}`, {
      key: quay.secretKey,
      headers,
    });
    expect(other.status).toBe(200);
    const mismatch = await act(quay, id, 'uncancel', {}, headers);
    expect([mismatch.status, mismatch.body.code]).toEqual([422, 'idempotency_mismatch']);
  });
});

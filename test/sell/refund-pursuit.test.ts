import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import { requestInterrupted } from '../harness/interrupted.ts';
import { runCron, rowsOf } from '../compare/reconcile-calls.ts';
import {
  ANSWERS_LOST,
  buy,
  get,
  refund,
  type RefundPage,
  refundsAtPolar,
  type RefundView,
  trouble,
} from './refund-calls.ts';

/* What becomes of refunds whose answer did not come, case by case; refund-faults.test.ts has them all at once. */

const MINUTE = 60_000;
const NET = 756;

let world: World;
let quay: TestApp;
let book: string;
let plan: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  book = (await world.createProduct({ name: 'quay:book' })).id;
  plan = (await world.createProduct({ name: 'quay:pro', recurring: 'month' })).id;
});
afterEach(() => {
  vi.useRealTimers();
});

/** The time goes on, and cron runs as it does each minute. */
async function pass(ms: number): Promise<void> {
  await world.advance(ms);
  await runCron();
  await world.settle();
}

const read = async (id: string) => (await get<RefundView>(quay, `/v1/refunds/${id}`)).body;
const codeOf = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];

describe('a refund whose answer did not come', () => {
  it('is pending, and is found at Polar without being sent again', async () => {
    const { id } = await buy(world, quay, book);
    world.holdWebhooks = true;
    await trouble(world, ANSWERS_LOST);
    const answer = await refund(quay, id, { amount: 200 }, 'one');
    expect([answer.status, answer.body]).toMatchObject([
      202,
      { status: 'pending', amount: 200, tax_amount: null },
    ]);
    await trouble(world);
    expect((await get<RefundPage>(quay, '/v1/refunds?status=pending')).body.data).toEqual([answer.body]);

    await pass(MINUTE);
    const found = await read(answer.body.id);
    expect(found).toMatchObject({ id: answer.body.id, status: 'succeeded', amount: 200 });
    expect(await refundsAtPolar(world)).toHaveLength(1);
    // The key asks how it went.
    const again = await refund(quay, id, { amount: 200 }, 'one');
    expect([again.status, again.body]).toEqual([201, found]);
    expect(world.polarRequests.filter((request) => request === 'POST /v1/refunds/')).toHaveLength(1);
  });

  it('is known as soon as its webhook comes', async () => {
    const { id } = await buy(world, quay, book);
    await trouble(world, ANSWERS_LOST);
    const { body } = await refund(quay, id, { amount: 200 });
    await world.settle();
    expect(await read(body.id)).toMatchObject({ id: body.id, status: 'succeeded' });
    expect(await rowsOf('select status, next_attempt_at from refund_requests')).toEqual([
      { status: 'accepted', next_attempt_at: null },
    ]);
  });

  it('holds its amount, is sent again after 15 minutes and not before, with the same id', async () => {
    const { id } = await buy(world, quay, book);
    world.polarDown = true;
    const { status, body } = await refund(quay, id);
    expect(status).toBe(202);
    world.polarDown = false;
    expect(codeOf(await refund(quay, id, { amount: 1 }))).toEqual([409, 'already_refunded']);
    for (let minute = 0; minute < 14; minute += 2) await pass(2 * MINUTE);
    expect(await refundsAtPolar(world)).toEqual([]);
    await pass(2 * MINUTE);
    expect(await refundsAtPolar(world)).toMatchObject([
      { amount: NET, metadata: { gateway_refund_id: body.id } },
    ]);
    expect(await read(body.id)).toMatchObject({ status: 'succeeded', amount: NET });
  });

  it('is found on a later page of the order’s refunds', async () => {
    const { id, order_id: order } = await buy(world, quay, book);
    world.holdWebhooks = true;
    await trouble(world, ANSWERS_LOST);
    const { body } = await refund(quay, id, { amount: 200 });
    await trouble(world);
    for (let more = 0; more < 101; more++)
      await world.polar('sandbox', 'POST', '/v1/refunds/', { order_id: order, amount: 1, reason: 'other' });
    await pass(16 * MINUTE);
    expect(await read(body.id)).toMatchObject({ status: 'succeeded' });
    expect(await refundsAtPolar(world, order)).toHaveLength(100);
    expect(world.polarRequests.filter((request) => request === 'POST /v1/refunds/')).toHaveLength(1);
  });

  it('polar_failed: is given up after eight sends, and is the truth all the same when it appears', async () => {
    const { id, order_id: order } = await buy(world, quay, book);
    world.polarDown = true;
    const { body } = await refund(quay, id, { amount: 200 }, 'one');
    world.polarDown = false;
    await trouble(world, { server_error: 1, methods: ['POST'], path: '/v1/refunds/' });
    for (let sends = 1; sends < 9; sends++) await pass(15 * MINUTE * 2 ** (sends - 1) + MINUTE);
    await trouble(world);
    expect(await read(body.id)).toMatchObject({ status: 'failed', failure_reason: 'polar_failed' });
    expect(codeOf(await refund(quay, id, { amount: 200 }, 'one'))).toEqual([502, 'polar_failed']);
    // Its amount is free again.
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: order,
      amount: 200,
      reason: 'other',
      metadata: { gateway_refund_id: body.id },
    });
    await world.settle();
    expect(await read(body.id)).toMatchObject({ id: body.id, status: 'succeeded', failure_reason: null });
    expect((await refund(quay, id)).body.amount).toBe(NET - 200);
  });

  it('is shown as failed when Polar refuses it at a later send', async () => {
    const { id, order_id: order } = await buy(world, quay, book);
    world.polarDown = true;
    const { body } = await refund(quay, id, { amount: 200 });
    world.polarDown = false;
    await world.polar('sandbox', 'POST', `/_sim/orders/${order}/block-refunds`, {});
    await pass(16 * MINUTE);
    const failed = await read(body.id);
    expect(failed).toMatchObject({ status: 'failed', failure_reason: 'refunds_blocked', tax_amount: null });
    expect((await get<RefundPage>(quay, '/v1/refunds?status=failed')).body.data).toEqual([failed]);
  });
});

describe('polar_rejected, polar_scope_missing', () => {
  it('what Polar refuses for another reason is told, and nothing of it is left', async () => {
    const { id } = await buy(world, quay, book);
    const real = globalThis.fetch;
    const answerWith = (status: number, body: object) =>
      vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
        const request = new Request(input, init);
        return request.method === 'POST' && request.url.endsWith('/v1/refunds/')
          ? Promise.resolve(Response.json(body, { status }))
          : real(request);
      });
    const detail = [{ type: 'value_error', loc: ['body', 'comment'], msg: 'Too rude.', input: null }];
    answerWith(422, { error: 'PolarRequestValidationError', detail });
    const refused = await refund(quay, id, { comment: 'Well.' });
    expect([refused.status, refused.body]).toMatchObject([
      422,
      { code: 'polar_rejected', errors: [{ path: 'body.comment', message: 'Too rude.' }] },
    ]);
    answerWith(403, {
      error: 'insufficient_scope',
      error_description: 'The request requires higher privileges.',
      scope: 'refunds:write',
    });
    const lacking = await refund(quay, id);
    expect(codeOf(lacking)).toEqual([503, 'polar_scope_missing']);
    expect(lacking.body.detail).toContain('refunds:write');
    vi.stubGlobal('fetch', real);
    expect(await rowsOf('select * from refund_requests')).toEqual([]);
    expect((await refund(quay, id)).body).toMatchObject({ status: 'succeeded', amount: NET });
  });
});

describe('one Idempotency-Key', () => {
  it('is one refund, with one answer, and of one body', async () => {
    const { id } = await buy(world, quay, book);
    const first = await refund(quay, id, { amount: 100 }, 'one');
    const again = await refund(quay, id, { amount: 100 }, 'one');
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(codeOf(await refund(quay, id, { amount: 101 }, 'one'))).toEqual([422, 'idempotency_mismatch']);
    expect(await refundsAtPolar(world)).toHaveLength(1);
    // Also when the key itself is forgotten.
    await world.advance(25 * 60 * MINUTE);
    await runCron();
    const late = await refund(quay, id, { amount: 100 }, 'one');
    expect([late.status, late.body]).toEqual([201, first.body]);
    expect((await refund(quay, id, { amount: 100 }, 'two')).body.id).not.toBe(first.body.id);
  });

  it('is free for the same again after a refusal', async () => {
    const { id, order_id: order } = await buy(world, quay, book);
    await world.polar('sandbox', 'POST', `/_sim/orders/${order}/block-refunds`, {});
    expect(codeOf(await refund(quay, id, {}, 'one'))).toEqual([409, 'refunds_blocked']);
    await world.polar('sandbox', 'POST', `/_sim/orders/${order}/block-refunds`, { blocked: false });
    expect((await refund(quay, id, {}, 'one')).status).toBe(201);
  });

  it('idempotency_in_progress: of two at once one runs', async () => {
    const { id } = await buy(world, quay, book);
    const answers = await Promise.all([1, 2].map(() => refund(quay, id, { amount: 100 }, 'one')));
    expect(answers.map(codeOf).toSorted()).toEqual([
      [201, undefined],
      [409, 'idempotency_in_progress'],
    ]);
    expect(await refundsAtPolar(world)).toHaveLength(1);
  });
});

it('of several at once for the last euro one gets it', async () => {
  const { id } = await buy(world, quay, book);
  const answers = await Promise.all(Array.from({ length: 5 }, () => refund(quay, id, { amount: 400 })));
  expect(answers.map(codeOf).toSorted()).toEqual([
    [201, undefined],
    ...Array.from({ length: 4 }, () => [422, 'amount_too_large']),
  ]);
  const whole = await Promise.all(Array.from({ length: 5 }, () => refund(quay, id)));
  expect(whole.map(codeOf).toSorted()).toEqual([
    [201, undefined],
    ...Array.from({ length: 4 }, () => [409, 'already_refunded']),
  ]);
  expect((await refundsAtPolar(world)).map(({ amount }) => amount)).toEqual([NET - 400, 400]);
});

describe.each(
  [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].flatMap((n) =>
    [false, true].flatMap((after) => [false, true].map((isCrash) => ({ n, after, isCrash }))),
  ),
)(
  'when call $n of D1 fails, after it took effect: $after, and the Worker dies: $isCrash',
  ({ n, after, isCrash }) => {
    it('the same key makes one refund, and cancels its subscription', async () => {
      const { id } = await buy(world, quay, plan);
      await world.advance(0);
      const options = {
        key: quay.secretKey,
        body: { amount: 300, cancel_subscription: 'now' },
        headers: { 'idempotency-key': 'one' },
      };
      const path = `/v1/payments/${id}/refunds`;
      await requestInterrupted('POST', path, options, { call: n, after }, isCrash);
      for (let tries = 0; tries < 20; tries++) {
        await pass(MINUTE);
        const { status } = await refund(quay, id, options.body, 'one');
        if (status === 201) break;
      }
      await pass(MINUTE);
      const { status, body } = await refund(quay, id, options.body, 'one');
      expect([status, body.status, body.amount]).toEqual([201, 'succeeded', 300]);
      expect((await refundsAtPolar(world)).map(({ metadata }) => metadata['gateway_refund_id'])).toEqual([
        body.id,
      ]);
      expect(await rowsOf('select id, status, is_canceled, next_attempt_at from refund_requests')).toEqual([
        { id: body.id, status: 'accepted', is_canceled: 1, next_attempt_at: null },
      ]);
      expect(await rowsOf('select status from subscriptions')).toEqual([{ status: 'canceled' }]);
    });
  },
);

it('a subscription that could not be canceled at once is canceled later', async () => {
  const { id } = await buy(world, quay, plan);
  await trouble(world, { server_error: 1, methods: ['PATCH'], path: '/v1/subscriptions/*' });
  expect((await refund(quay, id, { cancel_subscription: 'period_end' })).status).toBe(201);
  expect(await rowsOf('select cancel_at_period_end from subscriptions')).toEqual([
    { cancel_at_period_end: 0 },
  ]);
  await trouble(world);
  await pass(2 * MINUTE);
  expect(await rowsOf('select cancel_at_period_end from subscriptions')).toEqual([
    { cancel_at_period_end: 1 },
  ]);
  expect(await refundsAtPolar(world)).toHaveLength(1);
});

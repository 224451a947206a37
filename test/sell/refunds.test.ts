import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { uuidOfId } from '../../src/base/ids.rules.ts';
import { startPayment } from '../harness/story.ts';
import {
  buy,
  get,
  readPayment,
  refund,
  type RefundPage,
  type RefundView,
  refundsAtPolar,
} from './refund-calls.ts';

/** What 9.00 with German tax in it is without. */
const NET = 756;

let world: World;
let quay: TestApp;
let atlas: TestApp;
let book: string;
let plan: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
  const benefits = [{ type: 'custom', description: 'The book', metadata: { content_id: 'book' } }];
  book = (await world.createProduct({ name: 'quay:book', benefits })).id;
  plan = (await world.createProduct({ name: 'quay:pro', recurring: 'month' })).id;
});
afterEach(() => {
  vi.useRealTimers();
});

interface Event {
  type: string;
  data: { payment: { id: string; refunded_amount: number } };
}

async function refundEvents(): Promise<string[]> {
  const page = await get<{ data: Event[] }>(quay, '/v1/events?limit=100');
  return page.body.data.map(({ type }) => type).filter((type) => type.startsWith('refund.'));
}

const codeOf = ({ status, body }: { status: number; body: { code?: string } }) => [status, body.code];

describe('POST /v1/payments/:id/refunds', () => {
  it('gives nothing back without a body: all of it is asked for with {}', async () => {
    const { id } = await buy(world, quay, book);
    const { status, body } = await call<{ code: string }>('POST', `/v1/payments/${id}/refunds`, {
      key: quay.secretKey,
    });
    expect([status, body.code]).toEqual([415, 'unsupported_media_type']);
    expect((await readPayment(quay, id)).refunded_amount).toBe(0);
    expect((await refund(quay, id, {})).body.amount).toBe(NET);
  });

  it('refunds a part, then all that is left, and tells each once', async () => {
    const { id, order_id: orderId } = await buy(world, quay, book);
    const first = await refund(quay, id, {
      amount: 300,
      reason: 'duplicate',
      comment: 'Paid twice.\nSorry!',
      metadata: { ticket: 7 },
    });
    expect([first.status, first.body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^ref_/) as string,
        payment_id: id,
        status: 'succeeded',
        amount: 300,
        tax_amount: expect.any(Number) as number,
        currency: 'usd',
        reason: 'duplicate',
        comment: 'Paid twice.\nSorry!',
        failure_reason: null,
        metadata: { ticket: 7 },
        created_at: expect.any(String) as string,
      },
    ]);
    // Whoever reads next sees it, before any webhook.
    expect((await readPayment(quay, id)).refunded_amount).toBe(300);
    expect((await get(quay, `/v1/refunds/${first.body.id}`)).body).toEqual(first.body);
    expect(await refundsAtPolar(world, orderId)).toMatchObject([
      { amount: 300, metadata: { ticket: 7, gateway_refund_id: first.body.id }, revoke_benefits: false },
    ]);

    const rest = await refund(quay, id);
    expect(rest.body).toMatchObject({
      amount: NET - 300,
      reason: 'customer_request',
      comment: null,
      metadata: {},
    });
    await world.settle();
    expect((await readPayment(quay, id)).refunded_amount).toBe(NET);
    expect((await refundEvents()).toSorted()).toEqual([
      'refund.created',
      'refund.created',
      'refund.succeeded',
      'refund.succeeded',
    ]);
    const list = await get<RefundPage>(quay, `/v1/payments/${id}/refunds`);
    expect(list.body).toEqual({ data: [rest.body, first.body], next_cursor: null });
  });

  it('takes the benefits of a one-time purchase away when it is refunded whole, or as it is asked', async () => {
    const revokes = async (bodies: object[]) => {
      const { id, order_id: orderId } = await buy(world, quay, book);
      for (const body of bodies) expect((await refund(quay, id, body)).status).toBe(201);
      return (await refundsAtPolar(world, orderId)).map(({ revoke_benefits }) => revoke_benefits);
    };
    expect(await revokes([{}])).toEqual([true]);
    expect(await revokes([{ amount: NET }])).toEqual([true]);
    expect(await revokes([{ amount: NET - 1 }])).toEqual([false]);
    expect(await revokes([{ amount: 1 }, { amount: NET - 1 }])).toEqual([true, false]);
    expect(await revokes([{ revoke_benefits: false }])).toEqual([false]);
    expect(await revokes([{ amount: 1, revoke_benefits: true }])).toEqual([true]);
  });

  it('amount_too_large says what is left, also when Polar knows of less than the gateway', async () => {
    const { id, order_id: order } = await buy(world, quay, book);
    const above = await refund(quay, id, { amount: NET + 1 });
    expect([above.status, above.body]).toMatchObject([
      422,
      {
        code: 'amount_too_large',
        errors: [{ path: 'body.amount', message: expect.stringContaining(`${NET}`) as string }],
      },
    ]);
    world.holdWebhooks = true;
    await world.polar('sandbox', 'POST', '/v1/refunds/', { order_id: order, amount: 400, reason: 'other' });
    await world.simulator.settle();
    const behind = await refund(quay, id, { amount: NET - 399 });
    expect([behind.status, behind.body]).toMatchObject([
      422,
      {
        code: 'amount_too_large',
        errors: [{ path: 'body.amount', message: expect.stringContaining(`${NET - 400}`) as string }],
      },
    ]);
    expect((await refund(quay, id)).body).toMatchObject({ amount: NET - 400, status: 'succeeded' });
    expect((await refundsAtPolar(world, order)).map(({ amount }) => amount)).toEqual([NET - 400, 400]);
  });

  it('not_paid: a payment that is not paid', async () => {
    const { id } = await startPayment(quay, book);
    expect(codeOf(await refund(quay, id))).toEqual([409, 'not_paid']);
  });

  it('already_refunded: nothing is left, as the gateway knows, or Polar', async () => {
    const { id } = await buy(world, quay, book);
    await refund(quay, id);
    expect(codeOf(await refund(quay, id))).toEqual([409, 'already_refunded']);
    expect(codeOf(await refund(quay, id, { amount: 5000 }))).toEqual([409, 'already_refunded']);

    const other = await buy(world, quay, book);
    world.holdWebhooks = true;
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: other.order_id,
      amount: NET,
      reason: 'other',
    });
    await world.simulator.settle();
    expect(codeOf(await refund(quay, other.id))).toEqual([409, 'already_refunded']);
    // What Polar knew is known here from then on.
    expect((await readPayment(quay, other.id)).refunded_amount).toBe(NET);
  });

  it('nothing_to_refund: what was free', async () => {
    const { id: free } = await world.createProduct({ name: 'quay:free', price: 0 });
    const { id } = await buy(world, quay, free);
    expect(codeOf(await refund(quay, id))).toEqual([409, 'nothing_to_refund']);
  });

  it('payment_disputed: the bank has the money', async () => {
    const { id, order_id: order } = await buy(world, quay, book);
    await world.polar('sandbox', 'POST', `/_sim/orders/${order}/dispute`, {});
    expect(codeOf(await refund(quay, id))).toEqual([409, 'payment_disputed']);
    expect((await get<RefundPage>(quay, '/v1/refunds')).body.data).toEqual([]);
  });

  it('refunds_blocked: Polar lets none of this order through, until it does', async () => {
    const { id, order_id: order } = await buy(world, quay, book);
    await world.polar('sandbox', 'POST', `/_sim/orders/${order}/block-refunds`, {});
    expect(codeOf(await refund(quay, id, {}, 'one'))).toEqual([409, 'refunds_blocked']);
    await world.polar('sandbox', 'POST', `/_sim/orders/${order}/block-refunds`, { blocked: false });
    expect((await refund(quay, id, {}, 'one')).body).toMatchObject({ status: 'succeeded', amount: NET });
  });

  it('not_found: another app’s payment, and one that is none', async () => {
    const { id } = await buy(world, quay, book);
    for (const unknown of [id.replace('pay_', 'ref_'), 'pay_x', 'pay_01h00000000000000000000000'])
      expect(codeOf(await refund(quay, unknown))).toEqual([404, 'not_found']);
    expect(codeOf(await refund(atlas, id))).toEqual([404, 'not_found']);
    expect(codeOf(await get(atlas, `/v1/payments/${id}/refunds`))).toEqual([404, 'not_found']);
    const { body } = await refund(quay, id);
    expect(codeOf(await get(atlas, `/v1/refunds/${body.id}`))).toEqual([404, 'not_found']);
    expect((await get<RefundPage>(atlas, '/v1/refunds')).body.data).toEqual([]);
    expect((await get<RefundPage>(atlas, `/v1/refunds?payment=${id}`)).body.data).toEqual([]);
  });

  it('validation_failed: what is no amount, reason, comment or field', async () => {
    const { id } = await buy(world, quay, book);
    for (const body of [
      { amount: 0 },
      { amount: -1 },
      { amount: 1.5 },
      { amount: '300' },
      { reason: 'dispute_prevention' },
      { comment: 'x'.repeat(1001) },
      // Polar's database takes neither, and Polar fails over it.
      { comment: 'Sorry\u0000' },
      { comment: 'Sorry \ud83d' },
      { revoke_benefits: 'yes' },
      { cancel_subscription: 'later' },
      { metadata: { gateway_refund_id: 'x' } },
      { sum: 1 },
    ])
      expect(codeOf(await refund(quay, id, body))).toEqual([422, 'validation_failed']);
    expect(await refundsAtPolar(world)).toEqual([]);
  });
});

describe('a subscription’s payment', () => {
  it('keeps its benefits; revoke_benefits is refused, pointing to cancel_subscription', async () => {
    const { id } = await buy(world, quay, plan);
    const refused = await refund(quay, id, { revoke_benefits: true });
    expect([refused.status, refused.body]).toMatchObject([
      422,
      {
        code: 'validation_failed',
        errors: [
          { path: 'body.revoke_benefits', message: expect.stringContaining('cancel_subscription') as string },
        ],
      },
    ]);
    const { body } = await refund(quay, id);
    expect(body).toMatchObject({ status: 'succeeded', amount: NET });
    expect(await refundsAtPolar(world)).toMatchObject([{ revoke_benefits: false }]);
  });

  it('cancel_subscription is refused for a payment of no subscription', async () => {
    const { id } = await buy(world, quay, book);
    expect(codeOf(await refund(quay, id, { cancel_subscription: 'now' }))).toEqual([
      422,
      'validation_failed',
    ]);
  });

  it.each([
    ['now', { status: 'canceled', cancel_at_period_end: 0 }],
    ['period_end', { status: 'active', cancel_at_period_end: 1 }],
  ])('cancel_subscription "%s" ends it, and the answer comes after', async (how, expected) => {
    const { id, subscription_id: subscription } = await buy(world, quay, plan);
    const { status } = await refund(quay, id, { amount: 100, cancel_subscription: how });
    expect(status).toBe(201);
    const { results } = await env.DB.prepare('select status, cancel_at_period_end from subscriptions').all();
    expect(results).toEqual([expected]);
    const atPolar = await world.polar('sandbox', 'GET', `/v1/subscriptions/${subscription}`);
    expect(atPolar['status']).toBe(expected.status);
  });

  it('one that was canceled already is left as it is', async () => {
    const { id, subscription_id: subscription } = await buy(world, quay, plan);
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${subscription}`, {
      cancel_at_period_end: true,
    });
    await world.settle();
    expect((await refund(quay, id, { cancel_subscription: 'period_end' })).status).toBe(201);
    const { results } = await env.DB.prepare(
      'select is_canceled, next_attempt_at, error from refund_requests',
    ).all();
    expect(results).toEqual([{ is_canceled: 1, next_attempt_at: null, error: null }]);
  });

  it('one that is paused does not count as canceled: Polar ends none at a period it has not', async () => {
    const { id, subscription_id: subscription } = await buy(world, quay, plan);
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${subscription}`, { pause_at_period_end: true });
    await world.advance(32 * 86_400_000);
    await world.settle();
    expect((await refund(quay, id, { cancel_subscription: 'period_end' })).status).toBe(201);
    const { results } = await env.DB.prepare(
      'select is_canceled, next_attempt_at, error from refund_requests',
    ).all();
    expect(results).toEqual([{ is_canceled: 0, next_attempt_at: null, error: 'polar_rejected' }]);
  });
});

describe('refunds made elsewhere, and lists', () => {
  it('a refund made in Polar’s dashboard looks the same', async () => {
    const { id, order_id: order } = await buy(world, quay, book);
    const made = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/refunds/', {
      order_id: order,
      amount: 250,
      reason: 'fraudulent',
      comment: 'Only for Polar',
      metadata: { simulate: 'pending', gateway_refund_id: 'ref_01h00000000000000000000000' },
    });
    await world.settle();
    const [shown] = (await get<RefundPage>(quay, '/v1/refunds')).body.data;
    expect(shown).toMatchObject({
      payment_id: id,
      status: 'pending',
      amount: 250,
      reason: 'fraudulent',
      comment: null,
      failure_reason: null,
      metadata: {},
    });
    expect(uuidOfId(shown?.id ?? '')).toBe(made.id);
    // What is on its way there is not to be had again.
    expect((await refund(quay, id, { amount: NET - 249 })).body.code).toBe('amount_too_large');
    await world.polar('sandbox', 'POST', `/_sim/refunds/${made.id}/settle`, { outcome: 'failed' });
    await world.settle();
    const failed = await get<RefundView>(quay, `/v1/refunds/${shown?.id}`);
    expect(failed.body).toEqual({ ...shown, status: 'failed' });
    expect((await refund(quay, id)).body.amount).toBe(NET);
  });

  it('a refund that fails later is shown as failed, and can be made again', async () => {
    const { id } = await buy(world, quay, book);
    const { body } = await refund(quay, id, { metadata: { simulate: 'pending' } });
    expect(body.status).toBe('pending');
    expect(codeOf(await refund(quay, id, { amount: 1 }))).toEqual([409, 'already_refunded']);
    const [atPolar] = await refundsAtPolar(world);
    await world.polar('sandbox', 'POST', `/_sim/refunds/${atPolar?.id}/settle`, { outcome: 'failed' });
    await world.settle();
    expect((await get<RefundView>(quay, `/v1/refunds/${body.id}`)).body).toEqual({
      ...body,
      status: 'failed',
    });
    expect((await refund(quay, id)).body.status).toBe('succeeded');
  });

  it('lists by status, payment and time, page by page in one order, and refuses what it does not know', async () => {
    const [one, two] = [await buy(world, quay, book), await buy(world, quay, book)];
    for (const amount of [10, 20, 30]) {
      await refund(quay, one.id, { amount });
      await world.polar('sandbox', 'POST', '/v1/refunds/', {
        order_id: two.order_id,
        amount,
        reason: 'other',
      });
      await world.settle();
    }
    world.polarDown = true;
    const open = await refund(quay, two.id, { amount: 40 });
    world.polarDown = false;
    expect([open.status, open.body.status, open.body.tax_amount]).toEqual([202, 'pending', null]);

    const all = (await get<RefundPage>(quay, '/v1/refunds')).body.data;
    expect(all).toHaveLength(7);
    expect(all.map(({ created_at }) => created_at)).toEqual(
      all
        .map(({ created_at }) => created_at)
        .toSorted()
        .toReversed(),
    );
    const paged: RefundView[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const at: string = cursor === '' ? '' : `&cursor=${cursor}`;
      const page: RefundPage = (await get<RefundPage>(quay, `/v1/refunds?limit=2${at}`)).body;
      paged.push(...page.data);
      cursor = page.next_cursor;
    }
    expect(paged).toEqual(all);

    const ids = async (query: string) =>
      (await get<RefundPage>(quay, `/v1/refunds?${query}`)).body.data.map(({ id }) => id);
    const idsOf = (which: (view: RefundView) => boolean) => all.filter(which).map(({ id }) => id);
    expect(await ids('status=pending')).toEqual([open.body.id]);
    expect(await ids('status=succeeded')).toEqual(idsOf(({ status }) => status === 'succeeded'));
    expect(await ids('status=failed')).toEqual([]);
    expect(await ids(`payment=${two.id}`)).toEqual(idsOf(({ payment_id }) => payment_id === two.id));
    expect(await ids(`payment=${two.id}&status=succeeded`)).toHaveLength(3);
    const [newest] = all;
    expect(await ids(`created_after=${newest?.created_at}`)).toContain(newest?.id);
    expect(await ids(`created_before=${all.at(-1)?.created_at}`)).toEqual([]);

    for (const query of ['state=pending', 'status=done', 'created_after=soon', 'limit=0', 'cursor=x'])
      expect(codeOf(await get(quay, `/v1/refunds?${query}`))).toEqual([422, 'validation_failed']);
    expect(codeOf(await get(quay, `/v1/payments/${one.id}/refunds?status=pending`))).toEqual([
      422,
      'validation_failed',
    ]);
  });

  it('takes a secret key only', async () => {
    const { id } = await buy(world, quay, book);
    for (const [method, path] of [
      ['POST', `/v1/payments/${id}/refunds`],
      ['GET', `/v1/payments/${id}/refunds`],
      ['GET', '/v1/refunds'],
      ['GET', '/v1/refunds/ref_x'],
    ] as const) {
      const body = method === 'POST' ? { body: {} } : {};
      expect((await call(method, path, body)).status).toBe(401);
      expect((await call(method, path, { ...body, key: quay.publishableKey })).status).toBe(403);
    }
    expect(await refundsAtPolar(world)).toEqual([]);
  });
});

import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeAll, beforeEach, afterEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, keepTables, record, restoreTables, startPayment, type Told } from '../harness/story.ts';

/*
 * `data.payment` of whatever an app is told is the payment as it is after that: the same as `GET /v1/payments/:id` says
 * from then on, in whatever order Polar events came.
 */

const DAY = 86_400_000;
const RUNS = Math.min(Number(env.TEST_RUNS), 90);

let world: World;
let quay: TestApp;

type Payment = Record<string, unknown> & { id: string };
/** The refund in a Polar event. */
interface Refund {
  id: string;
  status: string;
  amount: number;
}
interface Event {
  sequence: number;
  type: string;
  body: { data: { payment: Payment | null; polar: { data: Refund } } };
}

async function events(): Promise<Event[]> {
  const page = await call<{ data: Event[] }>('GET', '/v1/events?limit=100', { key: quay.secretKey });
  return page.body.data.toReversed();
}

async function paymentOf(id: string): Promise<Payment> {
  const answer = await call<Payment>('GET', `/v1/payments/${id}`, { key: quay.secretKey });
  expect(answer.status).toBe(200);
  return answer.body;
}

/** Nothing told carries the address of the checkout, which a read of a pending payment has. */
async function expectAsRead(told: Payment): Promise<void> {
  expect(told).toEqual({ ...(await paymentOf(told.id)), checkout_url: null });
}

/** Delivers Polar events one by one; after each, what was told last of a payment is what can be read of it. */
async function tellEach(story: readonly Told[]): Promise<Event[]> {
  let heard = (await events()).at(-1)?.sequence ?? 0;
  const told: Event[] = [];
  for (const event of story) {
    expect(await deliver(world, event)).toBe(200);
    await world.settle();
    const news = (await events()).filter(({ sequence }) => sequence > heard);
    const last = new Map<string, Payment>();
    for (const { sequence, body } of news) {
      heard = sequence;
      if (body.data.payment) last.set(body.data.payment.id, body.data.payment);
    }
    for (const payment of last.values()) await expectAsRead(payment);
    told.push(...news);
  }
  return told;
}

const ofType = (told: readonly Event[], type: string) =>
  told.filter((event) => event.type === type).map(({ body }) => body.data.payment);

async function newestOrder(): Promise<{ id: string; net_amount: number }> {
  const page = await world.polar<{ items: { id: string; net_amount: number }[] }>(
    'sandbox',
    'GET',
    '/v1/orders/?limit=1',
  );
  const order = page.items[0];
  if (!order) throw new Error('no order');
  return order;
}

async function refund(amount: number, metadata: Record<string, string> = {}): Promise<string> {
  const order = await newestOrder();
  const made = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/refunds/', {
    order_id: order.id,
    amount,
    reason: 'other',
    metadata,
  });
  await world.simulator.settle();
  return made.id;
}

async function settleRefund(id: string, outcome: string): Promise<void> {
  await world.polar('sandbox', 'POST', `/_sim/refunds/${id}/settle`, { outcome });
  await world.simulator.settle();
}

describe('what a payment’s events say of it', () => {
  beforeEach(async () => {
    world = await createWorld();
    quay = await world.createApp({ product: 'quay', webhook: false });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is the state that each of them leads to', async () => {
    const { id: product } = await world.createProduct({ name: 'quay:lifetime' });
    const bought = await startPayment(quay, product);
    const left = await startPayment(quay, product);
    let slow = '';
    const told: Event[] = [];
    const hear = async (act: () => Promise<unknown>) =>
      told.push(...(await tellEach(await record(world, async () => void (await act())))));
    await hear(() => world.pay('sandbox', bought.checkoutUrl, { email: 'ada@readers.dev' }));
    await hear(() => refund(300));
    await hear(async () => {
      slow = await refund(200, { simulate: 'pending' });
    });
    await hear(() => settleRefund(slow, 'succeeded'));
    await hear(() => settleRefund(slow, 'failed'));
    await hear(() => refund(456));
    await hear(() => world.advance(2 * DAY));

    const payments = (type: string) => ofType([...told], type);
    const open = { status: 'pending', refunded_amount: 0, checkout_url: null, succeeded_at: null };
    const pending = ofType(await events(), 'payment.pending');
    expect(pending).toEqual([bought, left].map(({ id }) => expect.objectContaining({ id, ...open })));
    const paid = { id: bought.id, status: 'succeeded', checkout_url: null, amount: 900 };
    const refunded = (amount: number) =>
      expect.objectContaining({
        ...paid,
        status: amount === 0 ? 'succeeded' : amount === 756 ? 'refunded' : 'partially_refunded',
        refunded_amount: amount,
        refunded_tax_amount: amount === 756 ? 144 : Math.round((amount * 144) / 756),
        refundable_amount: 756 - amount,
      });
    expect(payments('payment.succeeded')).toEqual([refunded(0)]);
    expect(payments('refund.created')).toEqual([refunded(300), refunded(300), refunded(756)]);
    expect(payments('refund.succeeded')).toEqual([refunded(300), refunded(500), refunded(756)]);
    expect(payments('refund.failed')).toEqual([refunded(300)]);
    expect(payments('payment.expired')).toEqual([
      expect.objectContaining({ id: left.id, status: 'expired', checkout_url: null, succeeded_at: null }),
    ]);
  });

  it('of a subscription are those of its own payments: the first, the renewal, one that is never paid', async () => {
    const { id: product } = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
    const bought = await startPayment(quay, product);
    const first = await record(world, async () => {
      await world.pay('sandbox', bought.checkoutUrl, { email: 'ada@readers.dev' });
    });
    const renewal = await record(world, () => world.advance(32 * DAY));
    const told = await tellEach([...first, ...renewal]);
    expect(ofType(told, 'subscription.active')).toEqual([
      expect.objectContaining({ id: bought.id, kind: 'checkout' }),
    ]);
    const [renewed] = ofType(told, 'subscription.renewed');
    expect(renewed).toMatchObject({ kind: 'renewal', status: 'succeeded', refunded_amount: 0 });
    expect(renewed?.id).not.toBe(bought.id);
    const order = renewal.find(({ type }) => type === 'order.created');
    const body = JSON.parse(order?.body ?? '{}') as { data: Record<string, unknown> };
    const data = { ...body.data, id: crypto.randomUUID(), status: 'void', checkout_id: null };
    const failed = await tellEach([
      {
        webhookId: 'void',
        type: 'order.updated',
        body: JSON.stringify({ ...body, type: 'order.updated', data }),
      },
    ]);
    expect(ofType(failed, 'payment.failed')).toEqual([
      expect.objectContaining({ kind: 'renewal', status: 'failed', succeeded_at: null, checkout_url: null }),
    ]);
  });
});

describe('in whatever order Polar events come', () => {
  let story: Told[];
  let tables: Awaited<ReturnType<typeof keepTables>>;

  beforeAll(async () => {
    world = await createWorld();
    quay = await world.createApp({ product: 'quay', webhook: false });
    const { id: product } = await world.createProduct({ name: 'quay:lifetime' });
    const bought = await startPayment(quay, product);
    await world.settle();
    tables = await keepTables();
    story = await record(world, async () => {
      await world.pay('sandbox', bought.checkoutUrl, { email: 'ada@readers.dev' });
      await refund(300);
      const slow = await refund(200, { simulate: 'pending' });
      await settleRefund(slow, 'succeeded');
      await settleRefund(slow, 'failed');
    });
    // Nothing is to be learned by reading: only the events tell.
    world.polarForgets = true;
  });

  it('what is told last of a payment is what it is, and a refund that stands is never told as nothing', async () => {
    const telling = story.filter(({ type }) => /^(order|refund)\./.test(type));
    const refundIn = ({ body }: Told) => (JSON.parse(body) as { data: Refund }).data;
    const failure = telling.findIndex((event) => refundIn(event).status === 'failed');
    const failed = refundIn(telling[failure] ?? never());
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...telling.keys()], { minLength: telling.length }),
        async (order) => {
          await restoreTables(tables);
          const told: Event[] = [];
          for (const [count, index] of order.entries()) {
            const news = await tellEach([telling[index] ?? never()]);
            // What is known to have failed is nothing any more: the payment is told as it is by now (ADR 46).
            const hasFailed = order.slice(0, count + 1).some((heard) => heard >= failure);
            for (const { type, body } of news) {
              const { payment, polar } = body.data;
              if (type !== 'refund.succeeded' || (polar.data.id === failed.id && hasFailed)) continue;
              expect(payment?.['refunded_amount']).toBeGreaterThanOrEqual(polar.data.amount);
              expect(payment?.['status']).toBe('partially_refunded');
            }
            told.push(...news);
          }
          const succeeded = ofType(told, 'refund.succeeded');
          expect(succeeded).toHaveLength(2);
          const end = await paymentOf(String(succeeded[0]?.id));
          expect(end).toMatchObject({ status: 'partially_refunded', refunded_amount: 300 });
        },
      ),
      { numRuns: Math.ceil(RUNS / 6) },
    );
  }, 240_000);
});

function never(): never {
  throw new Error('not in the story');
}

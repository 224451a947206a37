import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, keepTables, record, restoreTables, startPayment, type Told } from '../harness/story.ts';

/*
 * Polar tells of a refund and the order that it changes in several Polar events, which come in any order and more than
 * once. From the first of them on, the payment and its events have its status, amount and tax.
 */

const REFUNDED = 300;
let world: World;
let quay: TestApp;

interface Totals {
  status: string;
  refunded_amount: number;
  refunded_tax_amount: number;
  refundable_amount: number;
}
const PAID = { status: 'succeeded', refunded_amount: 0, refunded_tax_amount: 0, refundable_amount: 756 };
/** What Polar’s order shows once it was refunded. */
const REFUNDED_PARTLY = {
  status: 'partially_refunded',
  refunded_amount: REFUNDED,
  refunded_tax_amount: 57,
  refundable_amount: 756 - REFUNDED,
};

interface Event {
  type: string;
  body: { data: { payment: Totals | null } };
}

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
});
afterEach(() => {
  vi.useRealTimers();
});

function orders<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) => orders(items.toSpliced(index, 1)).map((rest) => [item, ...rest]));
}

async function refund(outcome?: string): Promise<void> {
  const { items } = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/orders/?limit=1');
  const { id } = await world.polar<{ id: string }>('sandbox', 'POST', '/v1/refunds/', {
    order_id: items[0]?.id,
    amount: REFUNDED,
    reason: 'other',
    metadata: outcome === undefined ? {} : { simulate: 'pending' },
  });
  await world.simulator.settle();
  if (outcome !== undefined) await world.polar('sandbox', 'POST', `/_sim/refunds/${id}/settle`, { outcome });
  await world.simulator.settle();
}

const saysRefunded = ({ type, body }: Told) => {
  const { data } = JSON.parse(body) as { data: { status: string; refunded_amount?: number } };
  return type.startsWith('refund.') ? data.status === 'succeeded' : (data.refunded_amount ?? 0) > 0;
};

async function heardSince(count: number): Promise<Event[]> {
  const page = await call<{ data: Event[] }>('GET', '/v1/events?limit=100', { key: quay.secretKey });
  return page.body.data.toReversed().slice(count);
}

async function hear(event: Told): Promise<void> {
  expect(await deliver(world, event)).toBe(200);
  await world.settle();
}

it.each([
  ['that succeeds at once', undefined],
  ['that succeeds later', 'succeeded'],
])('a refund %s is told with its amount, before the order, after it, and twice', async (_name, outcome) => {
  const { id: product } = await world.createProduct({ name: 'quay:lifetime' });
  const bought = await startPayment(quay, product);
  await world.settle();
  const tables = await keepTables();
  const sale = await record(world, async () => {
    await world.pay('sandbox', bought.checkoutUrl, { email: 'ada@readers.dev' });
  });
  const refunding = (await record(world, () => refund(outcome))).filter(({ type }) =>
    /^(order|refund)\./.test(type),
  );
  // Nothing is to be learned by reading: only the events tell.
  world.polarForgets = true;
  expect(refunding.map(({ type }) => type)).toEqual(expect.arrayContaining(['order.updated']));
  const arrivals = orders(refunding);
  for (const arrival of arrivals.filter((_, index) => index % Math.ceil(arrivals.length / 6) === 0)) {
    await restoreTables(tables);
    for (const event of sale) await hear(event);
    const { length } = await heardSince(0);
    let isRefunded = false;
    for (const event of [...arrival, ...arrival.toReversed()]) {
      await hear(event);
      isRefunded ||= saysRefunded(event);
      const { body } = await call<Totals>('GET', `/v1/payments/${bought.id}`, {
        key: quay.secretKey,
      });
      const totals = isRefunded ? REFUNDED_PARTLY : PAID;
      expect([arrival.map(({ type }) => type), body]).toEqual([
        expect.anything(),
        expect.objectContaining(totals),
      ]);
    }
    const told = (await heardSince(length)).filter(({ type }) => type === 'refund.succeeded');
    expect(told.map(({ body }) => body.data.payment)).toEqual([expect.objectContaining(REFUNDED_PARTLY)]);
  }
});

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { WorkMessage } from '../../src/base/messages.ts';
import { createWorld, type TestApp, type World } from '../harness/harness.ts';
import {
  consume,
  eventsOf,
  losing,
  NO_DRIFT,
  passTime,
  readRun,
  reconcile,
  rowsOf,
  runCron,
  startByHand,
  step,
  stepToEnd,
} from './reconcile-calls.ts';
import { startPayment } from '../harness/story.ts';

/* Whatever a run leads to is asked of Polar within its budget, and nothing that is to be asked is forgotten. */

let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
});

const DAY = 86_400_000;
const PER_MINUTE = 20;
const BUDGET = { FLOE_RECONCILE_REQUESTS_PER_MINUTE: String(PER_MINUTE) };

/** Queues whose messages are kept for the test to consume. */
function keepingQueues() {
  const kept: WorkMessage[] = [];
  const queue = {
    send: () => Promise.resolve(),
    sendBatch: (messages: Iterable<{ body: WorkMessage }>) => {
      kept.push(...[...messages].map(({ body }) => body));
      return Promise.resolve();
    },
  };
  return { kept, bindings: { ...BUDGET, WORK: queue, WORK_SLOW: queue } };
}

async function loseRefundedPurchases(count: number): Promise<void> {
  const product = await world.createProduct({ name: 'quay:lifetime' });
  await losing(world, async () => {
    for (let i = 0; i < count; i++) {
      const payment = await startPayment(quay, product.id);
      await world.pay('sandbox', payment.checkoutUrl, { email: `buyer-${i}@readers.dev` });
    }
    const { items } = await world.polar<{ items: { id: string; net_amount: number }[] }>(
      'sandbox',
      'GET',
      '/v1/orders/?limit=100',
    );
    for (const order of items) {
      const amount = order.net_amount - 1;
      await world.polar('sandbox', 'POST', '/v1/refunds/', { order_id: order.id, amount, reason: 'other' });
    }
  });
}

const count = async (table: string) =>
  (await rowsOf<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n;

/** As if Polar's list of refunds lagged behind: they are found by asking for those of each order. */
function hideNewRefunds(): void {
  const answer = world.simulator.fetch.bind(world.simulator);
  world.simulator.fetch = (request) =>
    request.url.includes('/v1/refunds/?') && !request.url.includes('order_id')
      ? Promise.resolve(Response.json({ items: [], pagination: { total_count: 0, max_page: 0 } }))
      : answer(request);
}

describe('what reading leads to', () => {
  it('keeps to the budget too: no minute has more requests than a run may make', async () => {
    await loseRefundedPurchases(15);
    hideNewRefunds();
    const { kept, bindings } = keepingQueues();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const { id } = await startByHand({}, bindings);
    const times: number[] = [];
    for (let second = 0; (await readRun(id)).status === 'running'; second++) {
      expect(second).toBeLessThan(600);
      world.polarRequests.length = 0;
      await step(id, bindings);
      if (second % 60 === 59) await runCron(bindings);
      for (const message of kept.splice(0)) if (message.type === 'reread') await consume(message, bindings);
      times.push(...world.polarRequests.map(() => second));
      vi.setSystemTime(Date.now() + 1000);
    }
    for (const from of times) {
      const inMinute = times.filter((time) => time >= from && time < from + 60).length;
      expect(inMinute).toBeLessThanOrEqual(PER_MINUTE);
    }
    const { report } = await readRun(id);
    expect(report.requests).toBe(times.length);
    // Of each purchase: its customer, the customer’s member of the role owner, its order and its checkout.
    expect(report.total).toMatchObject({ repaired: 60, failed: 0 });
    for (const kind of ['customer', 'member', 'order', 'checkout'])
      expect([kind, report.kinds]).toMatchObject([kind, { [kind]: { repaired: 15 } }]);
    expect(await eventsOf("type = 'refund.succeeded'")).toHaveLength(15);
    expect(await count('rereads')).toBe(0);
  });

  it('asks for nothing that the lists have shown by then', async () => {
    await loseRefundedPurchases(3);
    const { id } = await startByHand();
    world.polarRequests.length = 0;
    await stepToEnd(id);
    expect(world.polarRequests.filter((each) => each === 'GET /v1/refunds/')).toHaveLength(1);
    expect(await eventsOf("type = 'refund.succeeded'")).toHaveLength(3);
    expect(await count('rereads')).toBe(0);
  });

  it('is not forgotten with a run that ends early: it comes due later, one by one', async () => {
    await loseRefundedPurchases(3);
    hideNewRefunds();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const { id } = await startByHand();
    while ((await count('rereads')) === 0) {
      await passTime();
      await step(id, BUDGET);
    }
    await env.DB.prepare("update reconcile_runs set status = 'failed', finished_at = 0").run();
    const due = await rowsOf<{ at: number }>(
      'select next_attempt_at as at from rereads order by next_attempt_at',
    );
    const apart = due.slice(1).map(({ at }, index) => at - (due[index]?.at ?? 0));
    expect(apart).toEqual(due.slice(1).map(() => 12_000));
    vi.setSystemTime((due[0]?.at ?? 0) - 1000);
    await runCron();
    await world.settle();
    expect(await eventsOf("type = 'refund.succeeded'")).toEqual([]);
    vi.setSystemTime((due.at(-1)?.at ?? 0) + 1000);
    await runCron();
    await expect.poll(() => count('rereads')).toBe(0);
    expect(await eventsOf("type = 'refund.succeeded'")).toHaveLength(due.length);
  });

  it('is not kept from a webhook that asks for the same', async () => {
    await loseRefundedPurchases(1);
    hideNewRefunds();
    const { id } = await startByHand();
    while ((await count('rereads')) === 0) {
      await passTime();
      await step(id, BUDGET);
    }
    const [order] = await rowsOf<{ id: string }>('select id from orders');
    await world.polar('sandbox', 'PATCH', `/v1/orders/${order?.id}`, { billing_name: 'Ada Ltd' });
    await world.settle();
    await expect.poll(() => count('rereads')).toBe(0);
    expect(await eventsOf("type = 'refund.succeeded'")).toHaveLength(1);
  });
});

it('a second try is counted as the request that it is', async () => {
  await loseRefundedPurchases(1);
  hideNewRefunds();
  const answer = world.simulator.fetch.bind(world.simulator);
  let failures = 0;
  world.simulator.fetch = (request) => {
    if (failures > 0 || !/\/v1\/orders\/[0-9a-f]/.test(request.url)) return answer(request);
    failures += 1;
    return Promise.resolve(Response.json({ error: 'oops' }, { status: 500 }));
  };
  const { id } = await startByHand();
  world.polarRequests.length = 0;
  const { report } = await stepToEnd(id);
  expect(failures).toBe(1);
  expect(await eventsOf("type = 'refund.succeeded'")).toHaveLength(1);
  expect(report.requests).toBe(world.polarRequests.length);
});

it('a payment is asked about even when much else is to be read one by one', async () => {
  const product = await world.createProduct({ name: 'quay:lifetime' });
  await startPayment(quay, product.id);
  await losing(world, () => world.advance(5 * DAY));
  const answer = world.simulator.fetch.bind(world.simulator);
  // As among many: it is on no page that a run reads.
  world.simulator.fetch = (request) =>
    request.url.includes('/v1/checkouts/?')
      ? Promise.resolve(Response.json({ items: [], pagination: { total_count: 0, max_page: 0 } }))
      : answer(request);
  const { id } = await startByHand();
  const rereads = Array.from({ length: 200 }, (_, index) => ({ kind: 'product', id: String(index) }));
  await env.DB.prepare("update reconcile_runs set position = json_set(position, '$.rereads', json(?))")
    .bind(JSON.stringify(rereads))
    .run();
  await stepToEnd(id);
  expect(await rowsOf('select status from payments')).toEqual([{ status: 'expired' }]);
  expect((await reconcile(world)).report.total).toEqual(NO_DRIFT);
});

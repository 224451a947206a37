import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createWorld, type World } from './harness.ts';
import {
  deliver,
  keepTables,
  readSequenceGaps,
  readState,
  record,
  restoreTables,
  startPayment,
  type Told,
} from './story.ts';

/*
 * Invariants 2 and 3: events may come in any order, twice, and at the same time. What they lead to, and what apps are
 * told, is the same. Recorded from the simulator, whose events have null and equal `modified_at` as Polar's do.
 */

const RUNS = Number(env.TEST_RUNS);

const DAY = 86_400_000;
const stories: Record<string, Told[]> = {};
let world: World;
let tables: Awaited<ReturnType<typeof keepTables>>;

beforeAll(async () => {
  world = await createWorld();
  const quay = await world.createApp({ product: 'quay', webhook: false });
  const once = await world.createProduct({
    name: 'quay:lifetime',
    metadata: { content_id: 'blog/premium' },
    benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'blog/extra' } }],
  });
  const monthly = await world.createProduct({
    name: 'quay:monthly',
    recurring: 'month',
    benefits: [{ type: 'feature_flag', description: 'Dark mode', metadata: { feature_key: 'dark' } }],
  });
  const bought = await startPayment(quay, once.id);
  const refunded = await startPayment(quay, once.id);
  const subscribed = await startPayment(quay, monthly.id);
  const lapsed = await startPayment(quay, monthly.id);
  await world.settle();
  tables = await keepTables();

  stories['a purchase'] = await record(world, async () => {
    await world.pay('sandbox', bought.checkoutUrl, { email: 'ada@readers.dev' });
  });
  stories['a purchase refunded with its benefits'] = await record(world, async () => {
    await world.pay('sandbox', refunded.checkoutUrl, { email: 'bob@readers.dev' });
    const order = await newestOrder();
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: order.id,
      amount: order.net_amount,
      reason: 'customer_request',
      revoke_benefits: true,
    });
    await world.simulator.settle();
  });
  stories['a subscription revoked at once'] = await record(world, async () => {
    await world.pay('sandbox', lapsed.checkoutUrl, { email: 'dee@readers.dev' });
    await world.polar('sandbox', 'DELETE', `/v1/subscriptions/${(await newestSubscription()).id}`);
    await world.simulator.settle();
  });
  stories['a subscription renewed, then canceled at its end'] = await record(world, async () => {
    await world.pay('sandbox', subscribed.checkoutUrl, { email: 'cyd@readers.dev' });
    await world.advance(32 * DAY);
    const subscription = await newestSubscription();
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${subscription.id}`, {
      cancel_at_period_end: true,
    });
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${subscription.id}`, {
      cancel_at_period_end: false,
    });
    await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${subscription.id}`, {
      cancel_at_period_end: true,
    });
    await world.advance(32 * DAY);
  });
}, 120_000);

afterAll(() => {
  vi.useRealTimers();
});

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

async function newestSubscription(): Promise<{ id: string }> {
  const page = await world.polar<{ items: { id: string }[] }>('sandbox', 'GET', '/v1/subscriptions/?limit=1');
  const subscription = page.items[0];
  if (!subscription) throw new Error('no subscription');
  return subscription;
}

/** Waits until events that waited for others have been applied by the queue. */
async function applied(): Promise<void> {
  while (
    ((await env.DB.prepare("select count(*) as n from events where status = 'pending'").first<number>('n')) ??
      0) > 0
  )
    await scheduler.wait(2);
}

const STORIES = [
  'a purchase',
  'a purchase refunded with its benefits',
  'a subscription renewed, then canceled at its end',
  'a subscription revoked at once',
];

describe.each(STORIES)('the events of %s', (name) => {
  it('lead to the same state and the same facts in any order, repeated and at once', async () => {
    const story = stories[name] ?? [];
    // What is missing is asked for at Polar, which knows the end of the story already: here only events may tell it.
    world.polarForgets = true;
    expect(story.length).toBeGreaterThan(5);
    await restoreTables(tables);
    for (const told of story) expect(await deliver(world, told)).toBe(200);
    await applied();
    const expected = await readState();
    expect((expected['facts'] as unknown[]).length).toBeGreaterThan(2);

    const indexes = story.map((_told, index) => index);
    const schedule = fc.tuple(
      fc.shuffledSubarray(indexes, { minLength: indexes.length }),
      fc.array(fc.constantFrom(...indexes), { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(schedule, async ([order, again, widths]) => {
        await restoreTables(tables);
        const queue = [...order, ...again];
        for (let turn = 0; queue.length > 0; turn++) {
          const together = queue.splice(0, widths[turn % widths.length]);
          const statuses = await Promise.all(
            together.map((index) => deliver(world, story[index] ?? never())),
          );
          expect(new Set(statuses)).toEqual(new Set([200]));
        }
        await applied();
        expect(await readState()).toEqual(expected);
        expect(await readSequenceGaps()).toEqual([]);
      }),
      { numRuns: Math.ceil(RUNS / STORIES.length) },
    );
  }, 600_000);
});

function never(): never {
  throw new Error('not in the story');
}

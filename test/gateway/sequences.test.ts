import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { applyReads } from '../../src/record/apply-reads.ts';
import { createServices } from '../../src/wiring.ts';
import { SANDBOX_API_URL } from '../harness/bindings.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import {
  deliver,
  keepTables,
  readSequenceGaps,
  readState,
  record,
  restoreTables,
  startPayment,
  type Told,
} from '../harness/story.ts';

/*
 * Invariants 2 and 3: Polar events may come in any order, twice, and at the same time. The rows that they lead to, and
 * what apps are told, are the same. They are recorded from the simulator, whose `modified_at` are null and equal as
 * Polar's are.
 */

const RUNS = Math.min(Number(env.TEST_RUNS), 60);

const DAY = 86_400_000;
const stories: Record<string, Told[]> = {};
let world: World;
let tables: Awaited<ReturnType<typeof keepTables>>;
let apps: TestApp[];
let resources: string[];

const READ_DISPUTE = 'a read dispute';

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
  const pro = await world.createProduct({
    name: 'quay:pro',
    price: 2900,
    recurring: 'month',
    benefits: [{ type: 'custom', description: 'The desk', metadata: { content_id: 'desk/pro' } }],
  });
  const atlas = await world.createApp({ product: 'atlas', webhook: false });
  const elsewhere = await world.createProduct({ name: 'atlas:pro', price: 4900, recurring: 'month' });
  apps = [quay, atlas];
  resources = [
    'content:blog/premium',
    'content:blog/extra',
    'content:desk/pro',
    'feature:dark',
    ...['lifetime', 'monthly', 'pro'].map((plan) => `plan:quay:${plan}`),
    ...[once, monthly, pro, elsewhere].map(({ id }) => `product:${id}`),
  ];
  const bought = await startPayment(quay, once.id);
  const refunded = await startPayment(quay, once.id);
  const taken = await startPayment(quay, once.id);
  const disputed = await startPayment(quay, once.id);
  const changed = await startPayment(quay, monthly.id);
  const moved = await startPayment(quay, monthly.id);
  await world.settle();

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
  stories['a purchase refunded in part with its benefits'] = await record(world, async () => {
    await world.pay('sandbox', taken.checkoutUrl, { email: 'eli@readers.dev' });
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: (await newestOrder()).id,
      amount: 100,
      reason: 'customer_request',
      revoke_benefits: true,
    });
    await world.simulator.settle();
  });
  const dispute = { id: '' };
  stories['a purchase whose dispute was lost'] = await record(world, async () => {
    await world.pay('sandbox', disputed.checkoutUrl, { email: 'fay@readers.dev' });
    dispute.id = world.simulator.openDispute((await newestOrder()).id);
    world.simulator.resolveDispute(dispute.id, 'lost');
    await world.simulator.settle();
  });
  stories['a purchase whose dispute was lost'].push(await readDispute(dispute.id));
  stories['a subscription changed to another product in between'] = await record(world, async () => {
    await world.pay('sandbox', changed.checkoutUrl, { email: 'gil@readers.dev' });
    await changeNewest({ product_id: pro.id, proration_behavior: 'invoice' });
  });
  await forget();
  stories['a subscription changed to another app’s product in between'] = await record(world, async () => {
    await world.pay('sandbox', moved.checkoutUrl, { email: 'hal@readers.dev' });
    await changeNewest({ product_id: elsewhere.id, proration_behavior: 'invoice' });
  });
  await forget();
  const paused = await startPayment(quay, monthly.id);
  await world.settle();
  stories['a subscription paused and resumed'] = await record(world, async () => {
    await world.pay('sandbox', paused.checkoutUrl, { email: 'ida@readers.dev' });
    await changeNewest({ pause_at_period_end: true });
    await world.advance(32 * DAY);
    await changeNewest({ resume: true });
  });
  await forget();
  const overdue = await startPayment(quay, monthly.id);
  await world.settle();
  stories['a subscription overdue, paid at last and changed'] = await record(world, async () => {
    await world.pay('sandbox', overdue.checkoutUrl, { email: 'jo@readers.dev' });
    await setCard('declines');
    await world.advance(31 * DAY);
    await setCard('pays');
    await world.advance(3 * DAY);
    await changeNewest({ product_id: pro.id, proration_behavior: 'prorate' });
  });
  await forget();
  const lapsed = await startPayment(quay, monthly.id);
  await world.settle();
  stories['a subscription revoked at once'] = await record(world, async () => {
    await world.pay('sandbox', lapsed.checkoutUrl, { email: 'dee@readers.dev' });
    await world.polar('sandbox', 'DELETE', `/v1/subscriptions/${(await newestSubscription()).id}`);
    await world.simulator.settle();
  });
  const subscribed = await startPayment(quay, monthly.id);
  await world.settle();
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
  // Nothing of the stories has been heard: what is there is their payments alone. A checkout lives for a day, so each is begun in time.
  tables = await keepTables();
}, 300_000);

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

/** The newest that has not ended: those of one millisecond come in no order. */
async function newestSubscription(): Promise<{ id: string; customer_id: string }> {
  const page = await world.polar<{ items: { id: string; customer_id: string; status: string }[] }>(
    'sandbox',
    'GET',
    '/v1/subscriptions/?limit=100',
  );
  const subscription = page.items.find(({ status }) => status !== 'canceled');
  if (!subscription) throw new Error('no subscription');
  return subscription;
}

async function changeNewest(body: object): Promise<void> {
  await world.polar('sandbox', 'PATCH', `/v1/subscriptions/${(await newestSubscription()).id}`, body);
  await world.simulator.settle();
}

async function setCard(outcome: 'pays' | 'declines'): Promise<void> {
  const subscription = await newestSubscription();
  await world.simulator.fetch(
    new Request(`${SANDBOX_API_URL}/_sim/customers/${subscription.customer_id}/card`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ outcome }),
    }),
  );
}

/** Ends the newest subscription untold, so that its renewals are in no later story. */
async function forget(): Promise<void> {
  await record(world, async () => {
    await world.polar('sandbox', 'DELETE', `/v1/subscriptions/${(await newestSubscription()).id}`);
    await world.simulator.settle();
  });
}

/** A dispute as reconciling reads it, since Polar sends no webhook for it. It may be seen before its order, too. */
async function readDispute(id: string): Promise<Told> {
  const data = await world.polar('sandbox', 'GET', `/v1/disputes/${id}`);
  return {
    webhookId: '',
    type: READ_DISPUTE,
    body: JSON.stringify({ data, requestedAt: world.simulator.now() }),
  };
}

async function hear(told: Told): Promise<number> {
  if (told.type !== READ_DISPUTE) return deliver(world, told);
  const read = JSON.parse(told.body) as { data: unknown; requestedAt: number };
  const context = createExecutionContext();
  const services = createServices(env, context);
  await applyReads(services, 'sandbox', [{ kind: 'dispute', read, missed: 'dispute.created' }], 'reconcile');
  await waitOnExecutionContext(context);
  return 200;
}

/** What everybody may use in each app. */
async function readAccess(): Promise<Record<string, unknown>> {
  const { results } = await env.DB.prepare('select id from customers order by id').all<{ id: string }>();
  const access: Record<string, unknown> = {};
  for (const { slug, secretKey } of apps) {
    for (const { id } of results) {
      const answer = await call<{ results: { resource: string; reason: string }[] }>(
        'POST',
        '/v1/access/batch',
        { key: secretKey, body: { customer: id, resources, max_age: 0 } },
      );
      access[`${slug} ${id}`] = answer.body.results.map(({ resource, reason }) => `${resource} ${reason}`);
    }
  }
  return access;
}

/** Waits until the queue has applied the Polar events that waited for others. */
async function applied(): Promise<void> {
  while (
    ((await env.DB.prepare("select count(*) as n from polar_events where status = 'pending'").first<number>(
      'n',
    )) ?? 0) > 0
  )
    await scheduler.wait(2);
}

const STORIES = [
  'a purchase',
  'a purchase refunded with its benefits',
  'a subscription renewed, then canceled at its end',
  'a subscription revoked at once',
  'a purchase refunded in part with its benefits',
  'a purchase whose dispute was lost',
  'a subscription changed to another product in between',
  'a subscription changed to another app’s product in between',
  'a subscription paused and resumed',
  'a subscription overdue, paid at last and changed',
];
/** So many runs of each are made of the whole number. */
const SHARES = 4;

describe.each(STORIES)('the events of %s', (name) => {
  it('lead to the same state and the same events in any order, repeated and at once', async () => {
    const story = stories[name] ?? [];
    // What is missing is asked for at Polar, which knows the end of the story already: here only events may tell it.
    world.polarForgets = true;
    expect(story.length).toBeGreaterThan(5);
    await restoreTables(tables);
    for (const told of story) expect(await hear(told)).toBe(200);
    await applied();
    const expected: Record<string, unknown> = { ...(await readState()), access: await readAccess() };
    expect((expected['events'] as unknown[]).length).toBeGreaterThan(2);

    const indexes = story.map((_told, index) => index);
    const schedule = fc.tuple(
      fc.shuffledSubarray(indexes, { minLength: indexes.length }),
      fc.array(fc.constantFrom(...indexes), { maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }),
    );
    await fc.assert(
      fc.asyncProperty(schedule, async ([order, again, widths]) => {
        await restoreTables(tables);
        // A dispute that is read before its order is known is read once more by the next comparison.
        const reads = indexes.filter((index) => story[index]?.type === READ_DISPUTE);
        const queue = [...order, ...again, ...reads];
        for (let turn = 0; queue.length > 0; turn++) {
          const together = queue.splice(0, widths[turn % widths.length]);
          const statuses = await Promise.all(together.map((index) => hear(story[index] ?? never())));
          expect(new Set(statuses)).toEqual(new Set([200]));
        }
        await applied();
        expect({ ...(await readState()), access: await readAccess() }).toEqual(expected);
        expect(await readSequenceGaps()).toEqual([]);
      }),
      { numRuns: Math.ceil(RUNS / SHARES) },
    );
  }, 600_000);
});

function never(): never {
  throw new Error('not in the story');
}

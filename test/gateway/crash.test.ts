import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import worker from '../../src/index.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import { createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import {
  keepTables,
  readSequenceGaps,
  readState,
  record,
  restoreTables,
  startPayment,
  type Told,
} from '../harness/story.ts';
import { fetchGateway } from '../harness/front-door.ts';

/*
 * Invariant 1. The Worker is killed at each step of ingesting and forwarding: before a round trip to D1, after it was
 * committed but before its answer came, before the queue took the wake-up, between sending and recording. From then on
 * that invocation reaches nothing. Polar sends again what got no 2xx; the sweep finds what lost its wake-up.
 */

const RUNS = Math.min(Number(env.TEST_RUNS), 150);

/** Where an invocation dies: at its n-th outside call, before it takes effect or just after. Undefined: it lives. */
type Death = { call: number; after: boolean } | undefined;
const death = fc.option(fc.record({ call: fc.integer({ min: 1, max: 4 }), after: fc.boolean() }), {
  nil: undefined,
  freq: 1,
});

class Killed extends Error {}

/** Bindings of an invocation that dies as told. Queue messages are collected, and may be lost. */
function mortalBindings(dies: Death, sent: WorkMessage[]): { bindings: Bindings; isDead: () => boolean } {
  let calls = 0;
  let dead = false;
  const step = async <T>(act: () => Promise<T>): Promise<T> => {
    if (dead) throw new Killed();
    calls += 1;
    const last = dies?.call === calls;
    if (last && !dies.after) {
      dead = true;
      throw new Killed();
    }
    const result = await act();
    if (last) {
      dead = true;
      throw new Killed();
    }
    return result;
  };
  const alive = <T>(act: () => T): T => {
    if (dead) throw new Killed();
    return act();
  };
  const queue = {
    sendBatch: (messages: { body: WorkMessage }[]) =>
      step(() => Promise.resolve(void sent.push(...messages.map(({ body }) => body)))),
  };
  const bindings = {
    ...env,
    DB: {
      prepare: (query: string) => alive(() => env.DB.prepare(query)),
      batch: (statements: D1PreparedStatement[]) => step(() => env.DB.batch(statements)),
    },
    WORK: queue,
    WORK_SLOW: queue,
  };
  return { bindings: bindings as unknown as Bindings, isDead: () => dead };
}

async function deliverOnce(world: World, told: Told, dies: Death, sent: WorkMessage[]): Promise<boolean> {
  const headers = await world.simulator.sign(
    world.polarEndpoints.sandbox,
    told.webhookId,
    told.body,
    Date.now(),
  );
  const request = new Request(`${GATEWAY_URL}/webhooks/polar`, {
    method: 'POST',
    body: told.body,
    headers: { ...headers, 'content-type': 'application/json' },
  });
  const { bindings, isDead } = mortalBindings(dies, sent);
  const response = await fetchGateway(request, bindings);
  // What a dead invocation answered never left the building.
  return !isDead() && response.status === 200;
}

async function consume(messages: WorkMessage[], dies: Death, sent: WorkMessage[]): Promise<void> {
  const { bindings } = mortalBindings(dies, sent);
  const context = createExecutionContext();
  const batch = {
    queue: 'floe-work',
    messages: messages.map((body, index) => ({
      id: String(index),
      timestamp: new Date(),
      body,
      attempts: 1,
      ack: () => undefined,
      retry: () => undefined,
    })),
    metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
    ackAll: () => undefined,
    retryAll: () => undefined,
  };
  await worker
    .queue(batch as unknown as Parameters<typeof worker.queue>[0], bindings, context)
    .catch(() => undefined);
  await waitOnExecutionContext(context).catch(() => undefined);
}

async function sweep(sent: WorkMessage[]): Promise<void> {
  const { bindings } = mortalBindings(undefined, sent);
  const context = createExecutionContext();
  await worker.scheduled(
    {
      scheduledTime: Date.now(),
      cron: '* * * * *',
      noRetry: () => undefined,
      type: 'scheduled',
    } as unknown as ScheduledController,
    bindings,
    context,
  );
  await waitOnExecutionContext(context);
}

async function openDeliveries(): Promise<number> {
  return (
    (await env.DB.prepare(
      "select count(*) as open from deliveries where status <> 'succeeded'",
    ).first<number>('open')) ?? 0
  );
}

let world: World;
let app: TestApp;
let story: Told[];
let tables: Awaited<ReturnType<typeof keepTables>>;

beforeAll(async () => {
  world = await createWorld();
  app = await world.createApp({ product: 'quay' });
  const once = await world.createProduct({
    name: 'quay:lifetime',
    benefits: [{ type: 'custom', description: 'Reader', metadata: { content_id: 'blog/extra' } }],
  });
  const payment = await startPayment(app, once.id);
  await world.settle();
  tables = await keepTables();
  story = await record(world, async () => {
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    const page = await world.polar<{ items: { id: string; net_amount: number }[] }>(
      'sandbox',
      'GET',
      '/v1/orders/?limit=1',
    );
    await world.polar('sandbox', 'POST', '/v1/refunds/', {
      order_id: page.items[0]?.id,
      amount: page.items[0]?.net_amount,
      reason: 'customer_request',
      revoke_benefits: true,
    });
    await world.simulator.settle();
  });
}, 300_000);

describe('a Worker killed at any step', () => {
  it('loses no Polar event and no event, applies nothing twice, and repeats a send only with the same id and bytes', async () => {
    await restoreTables(tables);
    for (const told of story) expect(await deliverOnce(world, told, undefined, [])).toBe(true);
    const expected = await readState();
    const eventCount = (expected['events'] as unknown[]).length;
    expect(eventCount).toBeGreaterThan(4);

    const run = fc.tuple(
      fc.array(death, { minLength: 10, maxLength: 40 }),
      fc.array(death, { minLength: 4, maxLength: 12 }),
      fc.boolean(),
    );
    await fc.assert(
      fc.asyncProperty(run, async ([ingestDeaths, sendDeaths, losesMessages]) => {
        await restoreTables(tables);
        world.received.length = 0;
        let sent: WorkMessage[] = [];
        let deaths = 0;
        for (const told of story) {
          // Polar sends again until it hears a 2xx.
          for (let tries = 0; ; tries++) {
            expect(tries).toBeLessThan(50);
            if (await deliverOnce(world, told, ingestDeaths[deaths++], sent)) break;
          }
        }
        expect(await readState()).toEqual(expected);
        expect(await readSequenceGaps()).toEqual([]);

        vi.useFakeTimers({ toFake: ['Date'] });
        for (let round = 0; (await openDeliveries()) > 0; round++) {
          expect(round).toBeLessThan(60);
          const messages = losesMessages ? [] : sent;
          sent = [];
          if (messages.length > 0) await consume(messages, sendDeaths[round], sent);
          // Leases of the dead run out; the sweep finds what is due.
          vi.setSystemTime(Date.now() + 70_000);
          await sweep(sent);
          const found = sent;
          sent = [];
          if (found.length > 0) await consume(found, sendDeaths[round + 1], sent);
        }
        vi.useRealTimers();

        const bodies = new Map<string, Set<string>>();
        for (const { headers, body } of world.received) {
          const id = headers['webhook-id'] ?? '';
          bodies.set(id, (bodies.get(id) ?? new Set()).add(body));
        }
        expect(bodies.size).toBe(eventCount);
        expect([...bodies.values()].every((versions) => versions.size === 1)).toBe(true);
      }),
      { numRuns: RUNS },
    );
    const last = world.received.at(-1);
    const verifier = new Webhook(app.webhookSecret ?? '');
    vi.useFakeTimers({ toFake: ['Date'], now: Number(last?.headers['webhook-timestamp']) * 1000 });
    expect(verifier.verify(last?.body ?? '', last?.headers ?? {})).toHaveProperty('data.app', app.slug);
  }, 600_000);
});

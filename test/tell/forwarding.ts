import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { afterEach, beforeEach, vi } from 'vitest';
import { GATEWAY } from '../../src/base/audit-actions.rules.ts';
import type { NewEvent } from '../../src/tell/events/events.rules.ts';
import { newId } from '../../src/base/ids.rules.ts';
import { prepareEndpoint } from '../../src/tell/endpoints/register-endpoint.ts';
import { consumeWork } from '../../src/consumer.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import type { Services } from '../../src/base/services.ts';
import { createServices } from '../../src/wiring.ts';
import { runBatch } from '../../src/base/db/database.rows.ts';
import { tellStatements } from '../../src/tell/events/events.rows.ts';
import { StatementBudget } from '../../src/base/db/statement-budget.ts';
import { type AppRow, apps, deliveries, deliveryAttempts, endpoints } from '../../src/base/db/schema.rows.ts';
import { orm } from '../../src/base/db/orm.rows.ts';

/* The forwarding flows over real D1, with the queue’s messages caught, so that a test decides when (and whether) one arrives. */

export const NOON = Date.UTC(2026, 10, 21, 12, 0, 0);
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const HOOK = 'https://shop.example-site.dev/hooks';

export interface Woken {
  lane: 'main' | 'slow';
  message: WorkMessage;
  delaySeconds: number;
}

/** What happened so far: messages woken, requests sent, round trips to D1. Reset before each test. */
export const seen = {
  woken: [] as Woken[],
  sent: [] as { url: string; headers: Headers; body: string; redirect: string }[],
  roundTrips: 0,
};

/** Services whose D1 counts round trips and can be made to fail at one of them, or from it on. */
export function makeServices(failAt?: number, { forGood = false } = {}): Services {
  let trip = 0;
  const counted = new Proxy(env.DB, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (name === 'batch') {
          trip += 1;
          seen.roundTrips += 1;
          if (trip === failAt || (forGood && trip > (failAt ?? 0)))
            throw new Error('D1_ERROR: Network connection lost.');
        }
        return value.apply(target, args);
      };
    },
  });
  return {
    ...createServices({ ...env, DB: counted }, createExecutionContext()),
    wake: (messages, lane = 'main') => {
      for (const message of messages) seen.woken.push({ lane, message, delaySeconds: 0 });
    },
    handOn: async (messages, lane = 'main') => {
      for (const message of messages) seen.woken.push({ lane, message, delaySeconds: 0 });
    },
    wakeLater: (wakeUps, lane = 'main') => {
      for (const { message, delaySeconds } of wakeUps) seen.woken.push({ lane, message, delaySeconds });
    },
  };
}

/** Every request that goes out gets this answer. */
export function receive(answer: (request: Request) => Response | Promise<Response>): void {
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    seen.sent.push({
      url: request.url,
      headers: request.headers,
      body: await request.clone().text(),
      redirect: init?.redirect ?? 'follow',
    });
    return answer(request);
  });
}

export async function makeApp(): Promise<AppRow> {
  const id = newId('app');
  const app: AppRow = {
    id,
    slug: `${id.slice(-8)}-sandbox`,
    product: id.slice(-8),
    mode: 'sandbox',
    name: 'Quay',
    origins: [],
    callbackUrls: [],
    ownsUnclaimed: false,
    pastDueGraceDays: 0,
    disputeAccess: 'keep',
    endingNoticeDays: 3,
    allowsForeignCodes: false,
    createdAt: Date.now(),
    updatedAt: Date.now(),
  };
  await orm(makeServices().database).insert(apps).values(app);
  return app;
}

export function makeEvent(
  app: AppRow,
  type = 'payment.succeeded',
  { key = `${type}:${crypto.randomUUID()}`, paymentId = null as string | null } = {},
): NewEvent {
  return {
    key,
    type,
    appId: app.id,
    appSlug: app.slug,
    mode: app.mode,
    paymentId,
    customerId: null,
    occurredAt: Date.now(),
    polar: { type: 'order.paid', data: { id: 'order', note: 'Grüße, 世界 🎉' } },
  };
}

/** Tells events and gives the ids of the deliveries made. */
export async function tell(told: NewEvent[]): Promise<string[]> {
  const { database } = makeServices();
  const { deliveries } = await runBatch(
    database,
    tellStatements(told, { origin: 'webhook', polarEventId: null, now: Date.now() }),
  );
  // Those of the main lane come first.
  return deliveries
    .flat()
    .toSorted((a, b) => a.slow - b.slow)
    .map(({ id }) => id);
}

export async function createEndpoint(app: AppRow, input: Parameters<typeof prepareEndpoint>[2]) {
  const services = makeServices();
  const { statements, view } = await prepareEndpoint(services, app, input, GATEWAY);
  await runBatch(services.database, statements);
  return view;
}

export async function makeDelivery(url = HOOK) {
  const app = await makeApp();
  const endpoint = await createEndpoint(app, { url });
  const [id = ''] = await tell([makeEvent(app)]);
  return { app, endpoint, id };
}

export async function readDelivery(id: string) {
  const { database } = makeServices();
  const [delivery] = await orm(database).select().from(deliveries).where(eq(deliveries.id, id));
  if (!delivery) throw new Error(`no delivery ${id}`);
  const attempts = await orm(database)
    .select()
    .from(deliveryAttempts)
    .where(eq(deliveryAttempts.deliveryId, id))
    .orderBy(deliveryAttempts.attempt);
  return { delivery, attempts };
}

export async function readEndpoint(id: string) {
  const [row] = await orm(makeServices().database).select().from(endpoints).where(eq(endpoints.id, id));
  if (!row) throw new Error(`no endpoint ${id}`);
  return row;
}

export async function changeEndpoint(id: string, set: Partial<typeof endpoints.$inferInsert>): Promise<void> {
  await orm(makeServices().database).update(endpoints).set(set).where(eq(endpoints.id, id));
}

export const elapse = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** The queue, with a clock that a test moves: delivers what was woken, in its order, until nothing is due within `ms`. */
export async function runQueue(services: Services, ms = 0): Promise<void> {
  const until = Date.now() + ms;
  const queue: (Woken & { at: number })[] = [];
  for (let steps = 0; ; steps++) {
    if (steps > 2_000) throw new Error('the queue never ends');
    queue.push(
      ...seen.woken.splice(0).map((wake) => ({ ...wake, at: Date.now() + wake.delaySeconds * SECOND })),
    );
    queue.sort((a, b) => a.at - b.at);
    const next = queue[0];
    if (!next || next.at > until) {
      seen.woken.push(...queue);
      return;
    }
    queue.shift();
    vi.setSystemTime(Math.max(Date.now(), next.at));
    await consume(services, [next.message], next.lane);
  }
}

/** One queue batch; every message must be acknowledged. */
export async function consume(
  services: Services,
  bodies: WorkMessage[],
  lane: 'main' | 'slow',
): Promise<void> {
  let acknowledged = 0;
  const messages = bodies.map((body, index) => ({
    id: String(index),
    timestamp: new Date(),
    attempts: 1,
    body,
    ack: () => {
      acknowledged += 1;
    },
    retry: () => {
      throw new Error(`a ${body.type} message failed`);
    },
  }));
  // Each batch is an invocation of its own.
  await consumeWork(
    { ...services, budget: new StatementBudget() },
    {
      queue: lane === 'main' ? 'floe-work' : 'floe-work-slow',
      messages,
      metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
      ackAll: () => undefined,
      retryAll: () => undefined,
    },
  );
  if (acknowledged !== bodies.length) throw new Error('a message was not acknowledged');
}

/** Resets the messages and what was seen, so that nothing of one story reaches the next one's receiver. */
export async function forgetDeliveries(): Promise<void> {
  Object.assign(seen, { woken: [], sent: [], roundTrips: 0 });
  await env.DB.batch([
    env.DB.prepare('delete from delivery_attempts'),
    env.DB.prepare('delete from deliveries'),
  ]);
}

/** Noon, nothing seen, no deliveries: before each test of a file. */
export function startAtNoon(): void {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOON });
    await forgetDeliveries();
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });
}

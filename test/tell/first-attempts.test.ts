import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { runBatch } from '../../src/base/db/database.rows.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import type { Services } from '../../src/base/services.ts';
import { sweep } from '../../src/sweep.ts';
import { deliver, drain } from '../../src/tell/deliveries/deliver.ts';
import { leaseFirstAttempts, sendTold } from '../../src/tell/deliveries/first-attempts.ts';
import { tellStatements } from '../../src/tell/events/events.rows.ts';
import { createServices, FIRST_ATTEMPTS } from '../../src/wiring.ts';
import type { AppRow } from '../../src/base/db/schema.rows.ts';
import { countBindings, NOTHING_SPENT } from '../harness/spending.ts';
import { startPayment } from '../harness/story.ts';
import { createWorld } from '../harness/harness.ts';
import {
  changeEndpoint,
  consume,
  createEndpoint,
  elapse,
  HOOK,
  makeApp,
  makeEvent,
  makeServices,
  MINUTE,
  NOON,
  readDelivery,
  readEndpoint,
  receive,
  runQueue,
  SECOND,
  seen,
  startAtNoon,
} from './forwarding.ts';

/* First attempts are made by the request that tells the event, behind its answer; the queue makes the others (ADR 69). */

startAtNoon();

let letGo = () => {};
afterEach(() => letGo());

function hang(at = 'hangs'): void {
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  receive(async (request) => {
    if (request.url.includes(at)) await gate;
    return new Response();
  });
}

interface Told {
  ids: string[];
  /** What is left to the queue. */
  messages: WorkMessage[];
  /** Everything behind the answer. */
  behind: Promise<unknown>;
}

interface Asking {
  /** After the commit. */
  dies?: boolean;
  left?: number;
  services?: Services;
}

/** What a request does that tells events. */
async function request(
  told: Parameters<typeof tellStatements>[0],
  { dies = false, left = FIRST_ATTEMPTS, services = makeServices() }: Asking = {},
): Promise<Told> {
  const behind: Promise<unknown>[] = [];
  const own = {
    ...services,
    firstAttempts: { left },
    waitUntil: (work: Promise<unknown>) => void behind.push(work),
  };
  const first = leaseFirstAttempts(own);
  const how = { origin: 'webhook', polarEventId: null, now: Date.now(), first } as const;
  const { deliveries } = await runBatch(services.database, tellStatements(told, how));
  const made = deliveries.flat();
  return {
    ids: made.map(({ id }) => id),
    messages: dies ? [] : sendTold(own, made, first),
    behind: Promise.all(behind),
  };
}

const wake = (...ids: string[]): WorkMessage => ({ type: 'deliver', deliveryIds: ids });
const statusOf = async (id: string) => (await readDelivery(id)).delivery.status;

async function makeReceiver(url = HOOK, set: Parameters<typeof changeEndpoint>[1] = {}) {
  const app = await makeApp();
  const endpoint = await createEndpoint(app, { url });
  if (Object.keys(set).length > 0) await changeEndpoint(endpoint.id, set);
  return { app, endpoint };
}

describe('a first attempt', () => {
  test('is made once, by who told the event, although the queue brings it as well', async () => {
    receive(async () => {
      await scheduler.wait(50);
      return new Response();
    });
    const { app } = await makeReceiver();
    const { ids, messages, behind } = await request([makeEvent(app)]);
    expect(messages).toEqual([]);
    // Before, while and after it is made.
    await Promise.all([consume(makeServices(), [wake(...ids)], 'main'), sweep(makeServices()), behind]);
    await consume(makeServices(), [wake(...ids)], 'main');
    expect(seen.sent).toHaveLength(1);
    expect(await readDelivery(ids[0] ?? '')).toMatchObject({
      delivery: { status: 'succeeded', attempts: 1, leaseToken: null, scheduleStep: 1 },
      attempts: [{ attempt: 1, status: 200, isReplay: false }],
    });
  });

  test('that was not made because its invocation died is made by the sweep, once, within two minutes', async () => {
    receive(() => new Response());
    const { app } = await makeReceiver();
    const { ids } = await request([makeEvent(app)], { dies: true });
    await sweep(makeServices());
    await runQueue(makeServices());
    expect(seen.sent).toEqual([]);
    elapse(MINUTE);
    await sweep(makeServices());
    await sweep(makeServices());
    await runQueue(makeServices());
    expect(seen.sent).toHaveLength(1);
    expect(await statusOf(ids[0] ?? '')).toBe('succeeded');
  });

  test('that was made and not recorded is made again by the sweep, with the same bytes', async () => {
    receive(() => new Response());
    const { app } = await makeReceiver();
    // The first batch is the commit, the second the record.
    const { behind } = await request([makeEvent(app)], { services: makeServices(2, { forGood: true }) });
    await behind;
    elapse(MINUTE);
    await sweep(makeServices());
    await runQueue(makeServices());
    const [first, again, ...more] = seen.sent;
    expect(more).toEqual([]);
    expect(again?.body).toBe(first?.body);
    expect(again?.headers.get('webhook-id')).toBe(first?.headers.get('webhook-id'));
  });

  test('that D1 committed too late to be made within its lease is left to the sweep', async () => {
    receive(() => new Response());
    const { app } = await makeReceiver();
    const services = makeServices();
    const now = vi.spyOn(services, 'now');
    now.mockReturnValueOnce(NOON).mockReturnValue(NOON + 30 * SECOND);
    await (
      await request([makeEvent(app)], { services })
    ).behind;
    expect(seen.sent).toEqual([]);
  });

  test('that fails is tried again by the queue, after the schedule’s first wait', async () => {
    receive(() => new Response(null, { status: 500 }));
    const { app, endpoint } = await makeReceiver();
    const { ids, behind } = await request([makeEvent(app)]);
    await behind;
    expect(seen.woken).toMatchObject([{ lane: 'main', message: wake(...ids) }]);
    expect(seen.woken[0]?.delaySeconds).toBeGreaterThanOrEqual(4);
    expect(await readEndpoint(endpoint.id)).toMatchObject({ failures: 1 });
    // An endpoint that fails gets the next by the queue.
    expect((await request([makeEvent(app)])).messages).toHaveLength(1);
  });

  test('is not made by consumers and cron', async () => {
    const { app } = await makeReceiver();
    const { ids, messages } = await request([makeEvent(app)], { left: 0 });
    expect(messages).toEqual([wake(...ids)]);
    expect((await readDelivery(ids[0] ?? '')).delivery).toMatchObject({ leaseToken: null, leaseUntil: 0 });
  });
});

describe('the queue makes the first attempt', () => {
  test.each([
    ['that asks for an order', { ordering: 'payment' }, 'main'],
    ['with a rate', { rateLimit: 60 }, 'main'],
    ['with a learned pace', { pace: 60, pacedAt: NOON }, 'main'],
    ['that is to be sent nothing for a while', { rateAt: NOON + MINUTE }, 'main'],
    ['that catches up', { catchUpTo: 9 }, 'main'],
    ['that failed last', { failures: 1 }, 'main'],
    ['that fails', { failures: 3 }, 'slow'],
    ['that is slow', { isSlow: true }, 'slow'],
  ] as const)('to an endpoint %s', async (_, set, lane) => {
    receive(() => new Response());
    const { app } = await makeReceiver(HOOK, set);
    const { ids, messages, behind } = await request([makeEvent(app)]);
    await behind;
    expect(seen.sent).toEqual([]);
    expect(lane === 'main' ? messages : seen.woken.map(({ message }) => message)).toEqual([wake(...ids)]);
    expect(seen.woken.every((woken) => woken.lane === lane)).toBe(true);
  });

  test('to a disabled endpoint, which means none', async () => {
    const { app } = await makeReceiver(HOOK, { enabled: false });
    const { messages } = await request([makeEvent(app)]);
    await consume(makeServices(), messages, 'main');
    expect(seen.sent).toEqual([]);
  });

  test('of what goes to more than a few endpoints', async () => {
    receive(() => new Response());
    const app = await makeApp();
    for (let i = 0; i < 8; i++) await createEndpoint(app, { url: `${HOOK}/${i}` });
    const { ids, messages, behind } = await request([makeEvent(app)]);
    await behind;
    expect(seen.sent).toHaveLength(FIRST_ATTEMPTS);
    expect(messages).toHaveLength(1);
    await consume(makeServices(), messages, 'main');
    expect(new Set(seen.sent.map(({ url }) => url)).size).toBe(8);
    expect(seen.sent).toHaveLength(ids.length);
  });

  test('of a burst, from twelve under way on', async () => {
    hang();
    const { app } = await makeReceiver(`${HOOK}/hangs`);
    const requests: Told[] = [];
    for (let i = 0; i < 20; i++) requests.push(await request([makeEvent(app)]));
    await vi.waitFor(() => expect(seen.sent).toHaveLength(12));
    expect(requests.flatMap(({ messages }) => messages)).toHaveLength(8);
    letGo();
    await Promise.all(requests.map(({ behind }) => behind));
  });
});

describe('a receiver that hangs', () => {
  test('keeps neither the answer to Polar nor another’s first attempt', async () => {
    vi.useRealTimers();
    const world = await createWorld();
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    world.receiver = async (sent) => {
      if (sent.url.endsWith('/quay')) await gate;
      return new Response();
    };
    const [quay, mole] = [
      await world.createApp({ product: 'quay' }),
      await world.createApp({ product: 'mole' }),
    ];
    const products = await Promise.all(['quay:one', 'mole:one'].map((name) => world.createProduct({ name })));
    for (const [i, app] of [quay, mole].entries()) {
      const { checkoutUrl } = await startPayment(app, products[i]?.id ?? '');
      await world.pay('sandbox', checkoutUrl, { email: 'ada@readers.dev' });
    }
    // Polar has been answered, and the other app was told, while the first one's receiver still hangs.
    const bodiesTo = (name: string) => world.received.filter(({ url }) => url.endsWith(name));
    await vi.waitFor(() => expect(bodiesTo('/mole').length).toBeGreaterThan(1), { timeout: 3_000 });
    const heard = await env.DB.prepare(
      "select count(*) as waiting from polar_events where status <> 'applied'",
    ).first();
    expect(heard).toEqual({ waiting: 0 });
    const open = await env.DB.prepare(
      "select count(*) as open from deliveries where app_id = ? and status = 'pending'",
    )
      .bind(quay.id)
      .first<number>('open');
    expect(open).toBeGreaterThan(0);
    letGo();
    await world.settle();
  });
});

/** What it takes to tell an event with the lease of its first attempt, to record that attempt, and to deliver by the queue and by a chain. */
async function measure(app: AppRow, endpointId: string) {
  const spent = { ...NOTHING_SPENT };
  const context = createExecutionContext();
  const services = createServices(countBindings(env, spent), context, FIRST_ATTEMPTS);
  let before = { ...spent };
  const sinceThen = () => {
    const { statements, rowsRead, rowsWritten } = spent;
    const since = {
      statements: statements - before.statements,
      rowsRead: rowsRead - before.rowsRead,
      rowsWritten: rowsWritten - before.rowsWritten,
    };
    before = { ...spent };
    return since;
  };
  const first = leaseFirstAttempts(services);
  const how = { origin: 'webhook', polarEventId: null, now: Date.now(), first } as const;
  const { deliveries } = await runBatch(services.database, tellStatements([makeEvent(app)], how));
  const told = sinceThen();
  sendTold(services, deliveries.flat(), first);
  await waitOnExecutionContext(context);
  const recorded = sinceThen();
  const { ids } = await request([makeEvent(app)], { left: 0 });
  await deliver(services, ids);
  const queued = sinceThen();
  await request([makeEvent(app)], { left: 0 });
  before = { ...spent };
  await drain(services, { endpointId }, 'main');
  const drained = sinceThen();
  expect(spent.queueSends).toBe(0);
  return { told, recorded, queued, drained };
}

/** Events of an app that its endpoint was sent, each with an attempt. */
async function addSent(app: AppRow, endpointId: string, count: number): Promise<void> {
  const numbers = 'with recursive n (i) as (select 1 union all select i + 1 from n where i < ?1)';
  const add = (into: string, values: string) =>
    env.DB.prepare(`insert into ${into} ${numbers} select ${values} from n where ?2 <> '' and ?3 <> ''`).bind(
      count,
      app.id,
      endpointId,
    );
  await env.DB.batch([
    add(
      'events (id, app_id, mode, key, type, sequence, origin, body, occurred_at, created_at)',
      "'evt_' || ?2 || i, ?2, 'sandbox', 'old:' || i, 'payment.succeeded', i, 'webhook', '{}', i, i",
    ),
    add(
      'deliveries (id, event_id, endpoint_id, app_id, sequence, status, attempts, next_attempt_at, lease_until, created_at, finished_at)',
      "'dlv_' || ?2 || i, 'evt_' || ?2 || i, ?3, ?2, i, 'succeeded', 1, i, 0, i, i",
    ),
    add(
      'delivery_attempts (id, delivery_id, endpoint_id, attempt, at, status, latency_ms)',
      "'att_' || ?2 || i, 'dlv_' || ?2 || i, ?3, 1, i, 200, 1",
    ),
  ]);
}

test('what telling, sending and recording read and write does not grow with what was sent before', async () => {
  receive(() => new Response('ok'));
  const small = await makeReceiver();
  await addSent(small.app, small.endpoint.id, 30);
  const large = await makeReceiver();
  await addSent(large.app, large.endpoint.id, 3_000);
  // Both have a neighbour in each index.
  const { app: last } = await makeReceiver();
  await request([makeEvent(last)], { left: 0 });
  const measured = await measure(large.app, large.endpoint.id);
  expect(measured).toEqual(await measure(small.app, small.endpoint.id));
  // Each leased in a statement of its own, and recorded in two.
  expect(measured).toMatchObject({
    recorded: { statements: 2 },
    queued: { statements: 5 },
    drained: { statements: 7 },
  });
});

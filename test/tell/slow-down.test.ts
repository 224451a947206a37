import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { deliver } from '../../src/tell/deliveries/deliver.ts';
import { sweep } from '../../src/sweep.ts';
import { deliverMessages } from '../../src/base/messages.ts';
import type { Services } from '../../src/base/services.ts';
import type { AppRow } from '../../src/base/db/schema.rows.ts';
import {
  consume,
  createEndpoint,
  forgetDeliveries,
  HOOK,
  makeApp,
  makeEvent,
  makeServices,
  MINUTE,
  NOON,
  receive,
  SECOND,
  seen,
  startAtNoon,
  tell,
  type Woken,
} from './forwarding.ts';

/*
 * Receivers that are away or ask to be sent less, as they see it: only HTTP answers go in, and only requests come out. The
 * clock is the test's, queue messages come when they are due, and the sweep runs every minute as it does when deployed.
 */

/** Each story is an hour of somebody's receiver, and takes most of a second: sixty of them take 40 s. */
const RUNS = Math.min(Number(env.TEST_RUNS), 60);
let services: Services;

startAtNoon();
beforeEach(() => {
  services = makeServices();
});

/** Of `floe-work`, in wrangler.toml. */
const MAX_BATCH = 24;

interface Arrival {
  /** Its id: the `webhook-id`. */
  event: string;
  /** The event's. */
  sequence: number;
  at: number;
  taken: boolean;
}

/** A receiver that decides by the time of its clock, in seconds since noon. Gives what came, and whether it took it. */
function receiveBy(decide: (seconds: number, sequence: number) => Response, url = HOOK): Arrival[] {
  const arrivals: Arrival[] = [];
  receive(async (request) => {
    if (request.url !== url) return new Response();
    const event = request.headers.get('webhook-id') ?? '';
    const { data } = await request.json<{ data: { sequence: number } }>();
    const at = (Date.now() - NOON) / SECOND;
    const response = decide(at, data.sequence);
    arrivals.push({ event, sequence: data.sequence, at, taken: response.ok });
    return response;
  });
  return arrivals;
}

const slowDown = (status: number, retryAfter: number) =>
  new Response(null, { status, headers: { 'retry-after': String(retryAfter) } });

/** Takes so many a second, and refuses what is more. */
function limited(perSecond: number, refuse: () => Response): (seconds: number) => Response {
  let room = perSecond;
  let last = 0;
  return (seconds) => {
    room = Math.min(perSecond, room + Math.max(0, seconds - last) * perSecond);
    last = Math.max(last, seconds);
    if (room < 1) return refuse();
    room -= 1;
    return new Response();
  };
}

async function tellMany(app: AppRow, count: number, paymentOf?: (index: number) => string): Promise<void> {
  const told = Array.from({ length: count }, (_, i) =>
    makeEvent(app, 'payment.succeeded', paymentOf ? { paymentId: paymentOf(i) } : {}),
  );
  for (const message of deliverMessages(await tell(told)))
    seen.woken.push({ lane: 'main', message, delaySeconds: 0 });
}

/** What the queue still holds. */
let queue: (Woken & { at: number })[] = [];
beforeEach(() => {
  queue = [];
});

/** Time goes by: the queue brings what is due, in batches, and the sweep runs once a minute. */
async function live(ms: number): Promise<void> {
  const until = Date.now() + ms;
  for (;;) {
    queue.push(
      ...seen.woken.splice(0).map((woken) => ({ ...woken, at: Date.now() + woken.delaySeconds * SECOND })),
    );
    queue.sort((a, b) => a.at - b.at);
    const [next] = queue;
    const nextSweep = (Math.floor(Date.now() / MINUTE) + 1) * MINUTE;
    const at = Math.max(Date.now(), Math.min(next?.at ?? Infinity, nextSweep));
    if (at > until) break;
    vi.setSystemTime(at);
    if (at === nextSweep) await sweep(services);
    const batch = queue.filter((woken) => woken.at <= at && woken.lane === next?.lane).slice(0, MAX_BATCH);
    queue = queue.filter((woken) => !batch.includes(woken));
    if (batch.length > 0)
      await consume(
        services,
        batch.map(({ message }) => message),
        batch[0]?.lane ?? 'main',
      );
  }
  vi.setSystemTime(until);
}

/** The events that were taken, by number, each as often as it was. */
const taken = (arrivals: readonly Arrival[]) =>
  arrivals.filter((arrival) => arrival.taken).map(({ sequence }) => sequence);
const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

test('a receiver that says "503, one second" for 25 seconds gets everything within seconds after it is able', async () => {
  const ABLE = 25;
  const arrivals = receiveBy((seconds) => (seconds < ABLE ? slowDown(503, 1) : new Response()));
  const app = await makeApp();
  await createEndpoint(app, { url: HOOK });
  await tellMany(app, 10);
  await live(40 * SECOND);
  expect(sorted(taken(arrivals))).toEqual(upTo(10));
  // Meanwhile it was asked now and then, not ten times a second.
  expect(arrivals.length).toBeLessThan(60);
});

test('a healthy receiver that takes two a second, and says "429, one second" of the rest, gets 40 of 40 within a minute', async () => {
  const arrivals = receiveBy(limited(2, () => slowDown(429, 1)));
  const app = await makeApp();
  await createEndpoint(app, { url: HOOK });
  await tellMany(app, 40);
  await live(MINUTE);
  expect(sorted(taken(arrivals))).toEqual(upTo(40));
  // Its pace is learned: what it refuses stays less than what it takes.
  expect(arrivals.length).toBeLessThan(80);
});

test('payments in their order wait no longer for a receiver that is slowed down', async () => {
  const PAYMENTS = 10;
  const able = limited(2, () => slowDown(429, 1));
  const arrivals = receiveBy((seconds) => (seconds < 25 ? slowDown(503, 1) : able(seconds)));
  const app = await makeApp();
  await createEndpoint(app, { url: HOOK, ordering: 'payment' });
  const payments = upTo(PAYMENTS).map(() => crypto.randomUUID());
  await tellMany(app, 40, (i) => payments[i % PAYMENTS] ?? '');
  await live(90 * SECOND);
  const came = taken(arrivals);
  for (const rest of payments.keys()) {
    const ofPayment = came.filter((sequence) => sequence % PAYMENTS === rest);
    expect(ofPayment).toEqual(sorted(ofPayment));
  }
  expect(sorted(came)).toEqual(upTo(40));
});

describe('a receiver that failed', () => {
  test('is sent all that waits as soon as it takes something again, also what is not yet due', async () => {
    const arrivals = receiveBy((seconds) => new Response(null, { status: seconds < 20 * 60 ? 500 : 200 }));
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    await tellMany(app, 5);
    await live(20 * MINUTE);
    expect(taken(arrivals)).toEqual([]);
    await tellMany(app, 1);
    await live(5 * SECOND);
    expect(sorted(taken(arrivals))).toEqual(upTo(6));
  });

  test('gets the one that it refuses last as soon as the others, however long it was away', async () => {
    const AWAY = 20 * 60;
    const able = limited(1, () => slowDown(429, 1));
    const arrivals = receiveBy((seconds) => (seconds < AWAY ? slowDown(503, 1) : able(seconds)));
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    await tellMany(app, 4);
    await live(AWAY * SECOND);
    await tellMany(app, 1);
    await live(80 * SECOND);
    expect(sorted(taken(arrivals))).toEqual(upTo(5));
  });

  test('gets what it refused in the very batch in which it is back', async () => {
    let answer = (_sequence: number) => new Response(null, { status: 500 });
    const arrivals = receiveBy((_seconds, sequence) => answer(sequence));
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    const ids = await tell([makeEvent(app), makeEvent(app)]);
    for (const message of deliverMessages(ids)) seen.woken.push({ lane: 'main', message, delaySeconds: 0 });
    await live(20 * MINUTE);
    // Both are sent at once: it refuses one still, and takes the other.
    await env.DB.prepare('update deliveries set next_attempt_at = ?').bind(Date.now()).run();
    answer = (sequence) => new Response(null, { status: sequence === 1 ? 500 : 200 });
    await deliver(services, ids, 'slow');
    answer = () => new Response();
    await live(20 * SECOND);
    expect(taken(arrivals)).toEqual([2, 1]);
  });

  test('is not asked in a loop when it says "too many, come back at once" for ever', async () => {
    const arrivals = receiveBy(() => slowDown(429, 0));
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    await tellMany(app, 5);
    await live(60 * MINUTE);
    // Once a minute when it has gone on for four of them, and a delivery or two each time.
    expect(arrivals.filter(({ at }) => at >= 600).length).toBeLessThan(110);
    expect(arrivals.length).toBeLessThan(160);
  });

  test('is not asked in a loop about one that it refuses so for ever while it takes the others', async () => {
    const arrivals = receiveBy((_seconds, sequence) => (sequence === 1 ? slowDown(429, 0) : new Response()));
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    for (let i = 0; i < 120; i++) {
      await tellMany(app, 1);
      await live(5 * SECOND);
    }
    expect(arrivals.filter(({ sequence }) => sequence === 1).length).toBeLessThan(45);
    expect(sorted(taken(arrivals))).toEqual(upTo(120).slice(1));
  });

  test('is not sent what it never takes with each thing that it does', async () => {
    const arrivals = receiveBy(
      (_seconds, sequence) => new Response(null, { status: sequence === 1 ? 500 : 200 }),
    );
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    for (let i = 0; i < 60; i++) {
      await tellMany(app, 1);
      await live(10 * SECOND);
    }
    expect(arrivals.filter(({ sequence }) => sequence === 1).length).toBeLessThanOrEqual(14);
  });
});

/* Outages and limits at random: failures, "slow down" with one and other waits, then a limit that stays. */

interface Phase {
  kind: 'takes all' | 'fails' | 'unavailable' | 'too many';
  seconds: number;
  retryAfter: number;
}

const phase: fc.Arbitrary<Phase> = fc.record({
  kind: fc.constantFrom('takes all', 'fails', 'unavailable', 'too many'),
  seconds: fc.integer({ min: 1, max: 900 }),
  retryAfter: fc.integer({ min: 0, max: 30 }),
});

function answerIn({ kind, retryAfter }: Phase): Response {
  if (kind === 'takes all') return new Response();
  if (kind === 'fails') return new Response(null, { status: 500 });
  return slowDown(kind === 'unavailable' ? 503 : 429, retryAfter);
}

/** An endpoint that took nothing is held for so long at most: then it is found to be back. */
const HELD_SECONDS = 60;
/** From then on, sixty events at a pace that begins with one a second and grows, beside what the receiver itself takes. */
const DRAIN_SECONDS = 45;

test('whatever a receiver went through, it gets each event once, soon after it is able, at a pace that it takes', async () => {
  const story = fc.record({
    phases: fc.array(phase, { maxLength: 4 }),
    perSecond: fc.integer({ min: 1, max: 20 }),
    retryAfter: fc.integer({ min: 1, max: 5 }),
    events: fc.integer({ min: 1, max: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(story, async ({ phases, perSecond, retryAfter, events }) => {
      vi.setSystemTime(NOON);
      await forgetDeliveries();
      queue = [];
      const app = await makeApp();
      const url = `${HOOK}/${app.id}`;
      const ableAt = phases.reduce((sum, { seconds }) => sum + seconds, 0);
      const able = limited(perSecond, () => slowDown(429, retryAfter));
      const arrivals = receiveBy((seconds) => {
        let left = seconds;
        for (const part of phases) {
          if (left < part.seconds) return answerIn(part);
          left -= part.seconds;
        }
        return able(seconds);
      }, url);
      await createEndpoint(app, { url });
      await tellMany(app, events);
      await live(ableAt * SECOND);
      const before = arrivals.length;
      // The next sale finds it able.
      await tellMany(app, 1);
      await live((HELD_SECONDS + DRAIN_SECONDS + (3 * events) / perSecond) * SECOND);
      expect(sorted(taken(arrivals))).toEqual(upTo(events + 1));
      const came = arrivals.filter((arrival) => arrival.taken && arrival.at >= ableAt).map(({ at }) => at);
      const first = Math.min(...came);
      expect(first - ableAt).toBeLessThanOrEqual(HELD_SECONDS);
      expect(Math.max(...came) - first).toBeLessThanOrEqual(DRAIN_SECONDS + (3 * events) / perSecond);
      const refused = (some: readonly Arrival[]) => some.filter((arrival) => !arrival.taken).length;
      expect(refused(arrivals.slice(before))).toBeLessThan(30 + events);
      const tries = Map.groupBy(arrivals, ({ event }) => event);
      for (const [, some] of tries) expect(some.length).toBeLessThan(60);
    }),
    {
      numRuns: RUNS,
      examples: [
        [
          {
            phases: [{ kind: 'unavailable', seconds: 233, retryAfter: 0 }],
            perSecond: 1,
            retryAfter: 1,
            events: 3,
          },
        ],
      ],
    },
  );
}, 300_000);

import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { GATEWAY } from '../../src/base/audit-actions.rules.ts';
import { updateEndpoint } from '../../src/tell/endpoints/change-endpoint.ts';
import { deliver } from '../../src/tell/deliveries/deliver.ts';
import { sweep } from '../../src/sweep.ts';
import { drainMessage } from '../../src/base/messages.ts';
import type { Services } from '../../src/base/services.ts';
import type { AppRow } from '../../src/base/db/schema.rows.ts';
import {
  changeEndpoint,
  consume,
  createEndpoint,
  elapse,
  HOOK,
  HOUR,
  makeApp,
  makeDelivery,
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
  tell,
} from './forwarding.ts';

/* What happens when more is due than may go out now: backlogs, rates, order, and receivers that hold others up. */

let services: Services;

startAtNoon();
beforeEach(() => {
  services = makeServices();
});

/** Sequence numbers as they arrived. */
const sequences = () =>
  seen.sent.map(({ body }) => (JSON.parse(body) as { data: { sequence: number } }).data.sequence);

async function tellMany(app: AppRow, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let left = count; left > 0; left -= 40)
    ids.push(...(await tell(Array.from({ length: Math.min(left, 40) }, () => makeEvent(app)))));
  return ids;
}

async function openCount(app: AppRow): Promise<number> {
  const row = await services.env.DB.prepare(
    "select count(*) as open from deliveries where app_id = ? and status = 'pending'",
  )
    .bind(app.id)
    .first<{ open: number }>();
  return row?.open ?? 0;
}

describe('a backlog', () => {
  test('of hundreds goes out from one wake-up, each delivery once, a step at a time', async () => {
    receive(() => new Response());
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    await tellMany(app, 200);
    await sweep(services);
    expect(seen.woken).toHaveLength(1);
    await runQueue(services);
    expect(sequences().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(await openCount(app)).toBe(0);
  });

  test('has one chain, however often it is woken', async () => {
    receive(() => new Response());
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    await tellMany(app, 60);
    await Promise.all([
      consume(services, [drainMessage(endpoint.id)], 'main'),
      consume(makeServices(), [drainMessage(endpoint.id)], 'main'),
    ]);
    expect(seen.sent).toHaveLength(24);
    expect(seen.woken.filter(({ message }) => message.type === 'drain')).toHaveLength(1);
    await sweep(services);
    expect(seen.woken).toHaveLength(1);
    await runQueue(services);
    expect(seen.sent).toHaveLength(60);
    expect((await readEndpoint(endpoint.id)).drainUntil).toBe(0);
  });

  test('goes on when more becomes due just as a step ends: it was left to this chain', async () => {
    receive(() => new Response());
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    const [, later = ''] = await tellMany(app, 2);
    await env.DB.prepare('update deliveries set next_attempt_at = next_attempt_at + 40 where id = ?')
      .bind(later)
      .run();
    await consume(services, [drainMessage(endpoint.id)], 'main');
    expect(seen.sent).toHaveLength(1);
    expect(seen.woken).toMatchObject([{ message: { type: 'drain', endpointId: endpoint.id } }]);
    await runQueue(services, SECOND);
    elapse(SECOND);
    await runQueue(services, 2 * SECOND);
    expect(seen.sent).toHaveLength(2);
  });

  test('whose chain was lost in the middle is taken up by the sweep when the chain’s lease is over', async () => {
    receive(() => new Response());
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    await tellMany(app, 60);
    await consume(services, [drainMessage(endpoint.id)], 'main');
    expect(seen.sent).toHaveLength(24);
    seen.woken.length = 0;
    await sweep(services);
    expect(seen.woken).toEqual([]);
    elapse(3 * MINUTE);
    await sweep(services);
    await runQueue(services);
    expect(seen.sent).toHaveLength(60);
  });

  test('of one endpoint does not hide another’s from the sweep', async () => {
    const big = await makeApp();
    const dead = await createEndpoint(big, { url: HOOK });
    await tellMany(big, 120);
    elapse(MINUTE);
    const { id } = await makeDelivery();
    await changeEndpoint(dead.id, { failures: 9 });
    await sweep(services);
    expect(seen.woken).toHaveLength(2);
    const message = { type: 'deliver', deliveryIds: [id] };
    expect(seen.woken).toContainEqual({ lane: 'main', message, delaySeconds: 0 });
    expect(seen.woken).toContainEqual({ lane: 'slow', message: drainMessage(dead.id), delaySeconds: 0 });
  });

  test('of a failing endpoint is only probed, and goes out as soon as it answers again', async () => {
    let isUp = false;
    receive(() => new Response(null, { status: isUp ? 200 : 500 }));
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    await tellMany(app, 90);
    await changeEndpoint(endpoint.id, { failures: 5, failingSince: Date.now() });
    await sweep(services);
    await runQueue(services);
    expect(seen.sent.length).toBeLessThanOrEqual(6);
    isUp = true;
    elapse(10 * MINUTE);
    seen.woken.length = 0;
    await sweep(services);
    await runQueue(services);
    expect(await openCount(app)).toBe(0);
  });

  test('whose endpoint got slow on the way moves to the second lane', async () => {
    receive(() => new Response());
    const { endpoint, id } = await makeDelivery();
    await changeEndpoint(endpoint.id, { isSlow: true });
    await consume(services, [drainMessage(endpoint.id)], 'main');
    expect(seen.sent).toEqual([]);
    expect(seen.woken).toMatchObject([{ lane: 'slow', message: { type: 'drain' } }]);
    await runQueue(services);
    expect((await readDelivery(id)).delivery.status).toBe('succeeded');
  });

  test('of a disabled endpoint is left alone', async () => {
    const { endpoint } = await makeDelivery();
    await changeEndpoint(endpoint.id, { enabled: false });
    await consume(services, [drainMessage(endpoint.id)], 'main');
    await sweep(services);
    expect(seen).toMatchObject({ woken: [], sent: [] });
  });
});

test('changes made while a send is under way are not undone by its end', async () => {
  const { app, endpoint, id } = await makeDelivery();
  await env.DB.prepare('update deliveries set schedule_step = 11, attempts = 11 where id = ?').bind(id).run();
  receive(async () => {
    await updateEndpoint(makeServices(), app, endpoint.id, { enabled: false }, GATEWAY);
    await updateEndpoint(makeServices(), app, endpoint.id, { enabled: true, url: `${HOOK}/new` }, GATEWAY);
    return new Response(null, { status: 410 });
  });
  await deliver(services, [id]);
  // The old URL is gone, not the new one; and the schedule has begun anew.
  expect(await readEndpoint(endpoint.id)).toMatchObject({ enabled: true, failures: 0 });
  expect((await readDelivery(id)).delivery).toMatchObject({
    status: 'pending',
    attempts: 12,
    scheduleStep: 1,
  });
});

test('a wake-up that comes twice goes on once', async () => {
  receive(() => new Response());
  const app = await makeApp();
  const endpoint = await createEndpoint(app, { url: HOOK });
  await tellMany(app, 100);
  await consume(services, [drainMessage(endpoint.id)], 'main');
  const [next] = seen.woken.splice(0);
  const message = next?.message ?? drainMessage('');
  await consume(services, [message], 'main');
  await consume(services, [message], 'main');
  expect(seen.woken).toHaveLength(1);
  expect(seen.sent).toHaveLength(48);
});

test('more endpoints with a backlog than one sweep takes: each has its chance, and those that fail take no other’s place', async () => {
  const app = await makeApp();
  await makeDelivery();
  await env.DB.batch([
    env.DB.prepare(
      `insert into endpoints (id, app_id, url, description, events, sealed_secret, enabled, failures, created_at, updated_at)
       with recursive n (i) as (select 1 union all select i + 1 from n where i < 620)
       select 'ep_0' || printf('%04d', i), ?1, 'https://a.example-site.dev', '', '[]', 'x', 1, 9, 0, 0 from n`,
    ).bind(app.id),
    env.DB.prepare(
      `insert into deliveries (id, event_id, endpoint_id, app_id, status, attempts, next_attempt_at, lease_until, created_at)
       select 'dlv_' || id, (select id from events limit 1), id, ?1, 'pending', 0, 0, 0, 0 from endpoints where sealed_secret = 'x'`,
    ).bind(app.id),
  ]);
  await sweep(services);
  expect(seen.woken.filter(({ lane }) => lane === 'slow')).toHaveLength(100);
  expect(seen.woken.filter(({ lane }) => lane === 'main')).toHaveLength(1);
  const first = new Set(seen.woken.map(({ message }) => JSON.stringify(message)));
  seen.woken.length = 0;
  await sweep(services);
  expect(seen.woken.filter(({ message }) => !first.has(JSON.stringify(message))).length).toBeGreaterThan(10);
  await env.DB.batch([
    env.DB.prepare("delete from deliveries where endpoint_id glob 'ep_0*'"),
    env.DB.prepare("delete from endpoints where sealed_secret = 'x'"),
  ]);
});

describe('sends in flight', () => {
  test('to one endpoint are bounded; the rest follows when they are done', async () => {
    let open = 0;
    let most = 0;
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    receive(async () => {
      open += 1;
      most = Math.max(most, open);
      await gate;
      open -= 1;
      return new Response();
    });
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    const ids = await tellMany(app, 36);
    const groups = Array.from({ length: 6 }, (_, i) => ids.slice(i * 6, i * 6 + 6));
    const consumers = groups.map((group) => deliver(makeServices(), group));
    await vi.waitFor(() => expect(open).toBe(24));
    letGo();
    await Promise.all(consumers);
    expect(most).toBe(24);
    expect(seen.sent).toHaveLength(24);
    const chains = seen.woken.filter(({ message }) => message.type === 'drain');
    expect(chains).toHaveLength(1);
    expect(chains).toMatchObject([{ delaySeconds: 1, message: { endpointId: endpoint.id } }]);
    await runQueue(services, 5 * SECOND);
    expect(seen.sent).toHaveLength(36);
  });

  test('to a receiver that hangs hold up no batch-mate', async () => {
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    receive(async (request) => {
      if (request.url.endsWith('/hangs')) await gate;
      return new Response();
    });
    const hanging = await makeApp();
    await createEndpoint(hanging, { url: `${HOOK}/hangs` });
    const stuck = await tellMany(hanging, 12);
    const quick = await Promise.all(Array.from({ length: 12 }, () => makeDelivery(`${HOOK}/quick`)));
    const delivering = deliver(services, [...stuck, ...quick.map(({ id }) => id)]);
    // Recorded, too, while the others are still open.
    await vi.waitFor(
      async () => {
        for (const { id } of quick) expect((await readDelivery(id)).delivery.status).toBe('succeeded');
      },
      { timeout: 5_000 },
    );
    expect(await openCount(hanging)).toBe(12);
    letGo();
    await delivering;
    expect(await openCount(hanging)).toBe(0);
  });

  test('to receivers that hang hold up neither another app of the batch nor its backlogs', async () => {
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    receive(async (request) => {
      if (request.url.includes('hangs')) await gate;
      return new Response();
    });
    const bad = await makeApp();
    for (const name of ['hangs-1', 'hangs-2', 'hangs-3'])
      await createEndpoint(bad, { url: `${HOOK}/${name}` });
    const stuck = await tell(Array.from({ length: 20 }, () => makeEvent(bad)));
    const good = await makeApp();
    await createEndpoint(good, { url: `${HOOK}/good` });
    const quick = await tellMany(good, 20);
    const third = await makeApp();
    const backlogged = await createEndpoint(third, { url: `${HOOK}/third` });
    await tellMany(third, 5);
    const batch = consume(
      services,
      [
        { type: 'deliver', deliveryIds: stuck },
        { type: 'deliver', deliveryIds: quick },
        drainMessage(backlogged.id),
      ],
      'main',
    );
    await vi.waitFor(async () => expect([await openCount(good), await openCount(third)]).toEqual([0, 0]), {
      timeout: 5_000,
    });
    // What has no connection is given back after a second.
    await vi.waitFor(() => expect(seen.woken).toHaveLength(3), { timeout: 5_000 });
    letGo();
    await batch;
    // What hung, and what was given back because of it, arrives as well.
    await runQueue(services, 5 * SECOND);
    await vi.waitFor(async () => expect(await openCount(bad)).toBe(0), { timeout: 5_000 });
  });

  test('that outlast their lease keep it, and the chain’s, while their sender lives', async () => {
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    receive(async () => {
      await gate;
      return new Response();
    });
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    const [first = ''] = await tellMany(app, 40);
    const clock = vi.spyOn(performance, 'now');
    let elapsed = 0;
    clock.mockImplementation(() => elapsed);
    const draining = consume(services, [drainMessage(endpoint.id)], 'main');
    await vi.waitFor(() => expect(seen.sent.length).toBe(6));
    elapse(50 * SECOND);
    elapsed = 50 * SECOND;
    await vi.waitFor(
      async () =>
        expect((await readDelivery(first)).delivery.leaseUntil).toBeGreaterThanOrEqual(NOON + 110 * SECOND),
      { timeout: 4_000 },
    );
    // Ten seconds after the lease it began with: nobody takes over.
    elapse(20 * SECOND);
    await deliver(makeServices(), [first]);
    await sweep(services);
    expect(seen.woken).toEqual([]);
    expect(seen.sent).toHaveLength(6);
    clock.mockRestore();
    letGo();
    await draining;
    // The step has ended behind its batch, and the chain goes on.
    await vi.waitFor(() => expect(seen.woken).toHaveLength(1), { timeout: 4_000 });
    await runQueue(services);
    expect(seen.sent).toHaveLength(40);
  });

  test('to a receiver that only fails stop after three; the rest is given back unattempted', async () => {
    receive(() => new Response(null, { status: 500 }));
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    const ids = await tellMany(app, 24);
    await deliver(services, ids);
    // The third failure finds five more on the way.
    expect(seen.sent.length).toBeLessThanOrEqual(8);
    const states = await Promise.all(ids.map((id) => readDelivery(id)));
    expect(states.filter(({ delivery }) => delivery.attempts > 0)).toHaveLength(seen.sent.length);
    expect(states.every(({ delivery }) => delivery.leaseToken === null)).toBe(true);
    expect((await readEndpoint(endpoint.id)).failures).toBe(seen.sent.length);
  });

  test('that take long move the endpoint to the second lane, until it is quick again', async () => {
    receive(() => new Response());
    const { app, endpoint, id } = await makeDelivery();
    const clock = vi.spyOn(performance, 'now');
    clock.mockReturnValueOnce(0).mockReturnValueOnce(6_000);
    await deliver(services, [id]);
    clock.mockRestore();
    expect(await readEndpoint(endpoint.id)).toMatchObject({ isSlow: true, failures: 0 });
    const [next = ''] = await tell([makeEvent(app)]);
    await deliver(services, [next]);
    expect(seen.woken).toMatchObject([{ lane: 'slow', message: { deliveryIds: [next] } }]);
    await deliver(services, [next], 'slow');
    expect(await readEndpoint(endpoint.id)).toMatchObject({ isSlow: false });
  });
});

describe('a rate limit', () => {
  test('spreads a burst over time, and all of it arrives', async () => {
    receive(() => new Response());
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    await changeEndpoint(endpoint.id, { rateLimit: 60 });
    const ids = await tellMany(app, 30);
    const started = Date.now();
    const times: number[] = [];
    receive(() => {
      times.push(Date.now());
      return new Response();
    });
    await deliver(services, ids);
    expect(times).toHaveLength(1);
    await runQueue(services, 5 * MINUTE);
    expect(await openCount(app)).toBe(0);
    // No window of a minute has more than sixty, none of ten seconds more than eleven.
    for (const [i, time] of times.entries()) {
      expect(times.slice(i).filter((later) => later < time + 10 * SECOND).length).toBeLessThanOrEqual(11);
    }
    expect((times.at(-1) ?? 0) - started).toBeGreaterThanOrEqual(29 * SECOND);
    expect((times.at(-1) ?? 0) - started).toBeLessThan(2 * MINUTE);
  });

  test('allows a second’s worth at once, and no more with two consumers', async () => {
    receive(() => new Response());
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    await changeEndpoint(endpoint.id, { rateLimit: 240 });
    const ids = await tellMany(app, 12);
    await Promise.all([deliver(services, ids.slice(0, 6)), deliver(makeServices(), ids.slice(6))]);
    expect(seen.sent).toHaveLength(4);
  });

  test('is a limit also where a minute does not divide: sends are never closer than it says', async () => {
    receive(() => new Response());
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    await changeEndpoint(endpoint.id, { rateLimit: 5460 });
    await deliver(services, await tellMany(app, 20));
    // 60,000 ms for 5,460 sends are 10.99 ms each.
    expect((await readEndpoint(endpoint.id)).rateAt).toBe(Date.now() + 20 * 11);
  });

  test('holds nobody else of the batch up', async () => {
    receive(() => new Response());
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: `${HOOK}/limited` });
    await changeEndpoint(endpoint.id, { rateLimit: 1 });
    const ids = await tellMany(app, 3);
    const other = await makeDelivery(`${HOOK}/free`);
    await deliver(services, [...ids, other.id]);
    expect(seen.sent.map(({ url }) => url).toSorted()).toEqual([`${HOOK}/free`, `${HOOK}/limited`]);
  });
});

describe('the order of a payment', () => {
  const setUp = async () => {
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    await changeEndpoint(endpoint.id, { ordering: 'payment' });
    return { app, endpoint };
  };
  const eventsOf = (app: AppRow, paymentId: string | null, count: number) =>
    Array.from({ length: count }, () => makeEvent(app, 'payment.updated', { paymentId }));

  test('is counted in each payment, and is in the body', async () => {
    receive(() => new Response());
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    const a = crypto.randomUUID();
    const b = crypto.randomUUID();
    await deliver(
      services,
      await tell([
        ...eventsOf(app, a, 2),
        ...eventsOf(app, b, 1),
        ...eventsOf(app, null, 1),
        ...eventsOf(app, a, 1),
      ]),
    );
    const told = seen.sent.map(
      ({ body }) =>
        (JSON.parse(body) as { data: { sequence: number; payment_sequence: number | null } }).data,
    );
    expect(
      told
        .toSorted((x, y) => x.sequence - y.sequence)
        .map(({ sequence, payment_sequence }) => [sequence, payment_sequence]),
    ).toEqual([
      [1, 1],
      [2, 2],
      [3, 1],
      [4, null],
      [5, 3],
    ]);
  });

  test('holds a later event back while an earlier one is open, and lets other payments pass', async () => {
    let failsFirst = true;
    receive(async (request) => {
      const { data } = (await request.json()) as { data: { sequence: number } };
      return new Response(null, { status: failsFirst && data.sequence === 1 ? 500 : 200 });
    });
    const { app } = await setUp();
    const a = crypto.randomUUID();
    const ids = await tell([
      ...eventsOf(app, a, 3),
      ...eventsOf(app, crypto.randomUUID(), 1),
      ...eventsOf(app, null, 1),
    ]);
    await deliver(services, ids);
    expect(sequences().toSorted()).toEqual([1, 4, 5]);
    // Neither a wake-up nor the sweep sends the second while the first waits for its next try.
    await deliver(services, ids);
    await sweep(services);
    await runQueue(services, SECOND);
    expect(sequences()).toHaveLength(3);
    failsFirst = false;
    await runQueue(services, MINUTE);
    expect(sequences().slice(3)).toEqual([1, 2, 3]);
  });

  test('is let go of when the earlier one’s schedule is exhausted', async () => {
    receive(async (request) => {
      const { data } = (await request.json()) as { data: { sequence: number } };
      return new Response(null, { status: data.sequence === 1 ? 500 : 200 });
    });
    const { app } = await setUp();
    const [first = '', second = ''] = await tell(eventsOf(app, crypto.randomUUID(), 2));
    for (
      let hours = 0;
      hours < 24 * 7 && (await readDelivery(second)).delivery.status === 'pending';
      hours++
    ) {
      await sweep(services);
      await runQueue(services, HOUR);
      elapse(HOUR);
    }
    expect((await readDelivery(first)).delivery).toMatchObject({ status: 'failed', attempts: 12 });
    expect((await readDelivery(second)).delivery).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  test('does not starve the endpoint: blocked events of one payment do not hide others', async () => {
    receive(async (request) => {
      const { data } = (await request.json()) as { data: { sequence: number } };
      return new Response(null, { status: data.sequence === 1 ? 500 : 200 });
    });
    const { app } = await setUp();
    const stuck = crypto.randomUUID();
    await tell(eventsOf(app, stuck, 40));
    elapse(SECOND);
    const [free = ''] = await tell(eventsOf(app, crypto.randomUUID(), 1));
    await sweep(services);
    await runQueue(services, SECOND);
    expect((await readDelivery(free)).delivery.status).toBe('succeeded');
  });

  test('holds whatever is woken, lost or woken twice, and by however many consumers', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 14 }),
        fc.array(fc.integer({ min: 0, max: 13 }), { maxLength: 20 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        async (owners, wakes, answers) => {
          seen.sent.length = 0;
          seen.woken.length = 0;
          const { app } = await setUp();
          const payments = Array.from({ length: 4 }, () => crypto.randomUUID());
          const ids = await tell(owners.flatMap((owner) => eventsOf(app, payments[owner] ?? null, 1)));
          const arrived: { payment: number; place: number }[] = [];
          let answer = 0;
          receive(async (request) => {
            const { data } = (await request.json()) as {
              data: { sequence: number; payment_sequence: number };
            };
            await scheduler.wait(0);
            const takes = answers[answer++] ?? true;
            if (takes)
              arrived.push({ payment: owners[data.sequence - 1] ?? -1, place: data.payment_sequence });
            return new Response(null, { status: takes ? 200 : 500 });
          });
          await Promise.all(
            wakes.map((index) => deliver(makeServices(), [ids[index % ids.length] ?? ''], 'slow')),
          );
          for (let minutes = 0; minutes < 120 && (await openCount(app)) > 0; minutes++) {
            await sweep(services);
            await runQueue(services, MINUTE);
            elapse(MINUTE);
          }
          for (const payment of [0, 1, 2, 3]) {
            const places = arrived.filter((each) => each.payment === payment).map(({ place }) => place);
            expect(places).toEqual(Array.from({ length: places.length }, (_, i) => i + 1));
          }
          expect(arrived).toHaveLength(owners.length);
        },
      ),
      { numRuns: 15 },
    );
  });
});

describe('an endpoint that catches up', () => {
  test('gets what it has missed one after the other, in order, then goes on as ever', async () => {
    let open = 0;
    let most = 0;
    receive(async () => {
      open += 1;
      most = Math.max(most, open);
      await scheduler.wait(1);
      open -= 1;
      return new Response();
    });
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    const ids = await tellMany(app, 70);
    // As PATCH does when it enables an endpoint again.
    await changeEndpoint(endpoint.id, { catchUpTo: 70 });
    const later = await tellMany(app, 3);
    await deliver(services, [...ids.slice(30, 36), ...later]);
    expect(seen.sent).toEqual([]);
    seen.woken.push({ lane: 'main', message: drainMessage(endpoint.id), delaySeconds: 0 });
    await runQueue(services, MINUTE);
    expect(sequences()).toEqual(Array.from({ length: 73 }, (_, i) => i + 1));
    expect(most).toBe(1);
    expect(await readEndpoint(endpoint.id)).toMatchObject({ catchUpTo: null, drainUntil: 0 });
    const [next = ''] = await tell([makeEvent(app)]);
    await deliver(services, [next]);
    expect(sequences()).toHaveLength(74);
  });

  test('keeps the order through a retry, whatever comes in between', async () => {
    let isUp = true;
    receive(async (request) => {
      const { data } = (await request.json()) as { data: { sequence: number } };
      const fails = isUp && data.sequence === 1;
      if (fails) isUp = false;
      return new Response(null, { status: fails ? 503 : 200 });
    });
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    await tellMany(app, 4);
    await changeEndpoint(endpoint.id, { catchUpTo: 4 });
    await sweep(services);
    await runQueue(services, SECOND);
    expect(sequences()).toEqual([1]);
    await deliver(services, await tell([makeEvent(app)]));
    await sweep(services);
    await runQueue(services, SECOND);
    expect(sequences()).toEqual([1]);
    await runQueue(services, MINUTE);
    expect(sequences()).toEqual([1, 1, 2, 3, 4, 5]);
  });

  test('has caught up when only events that wait for others of their payment are left', async () => {
    receive(async (request) => {
      const { data } = (await request.json()) as { data: { sequence: number } };
      return new Response(null, { status: data.sequence === 1 ? 500 : 200 });
    });
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    const paymentId = crypto.randomUUID();
    await tell(Array.from({ length: 3 }, () => makeEvent(app, 'payment.updated', { paymentId })));
    await changeEndpoint(endpoint.id, { ordering: 'payment', catchUpTo: 3 });
    for (let minutes = 0; minutes < 30; minutes++) {
      await sweep(services);
      await runQueue(services, MINUTE);
      elapse(MINUTE);
    }
    await sweep(services);
    await runQueue(services, MINUTE);
    expect((await readEndpoint(endpoint.id)).catchUpTo).toBeNull();
  });

  test('waits for one that fails, a little; in the end one that it never takes does not stop the rest', async () => {
    let tries = 0;
    receive(async (request) => {
      const { data } = (await request.json()) as { data: { sequence: number } };
      if (data.sequence === 2) tries += 1;
      return new Response(null, { status: data.sequence === 2 && tries < 4 ? 500 : 200 });
    });
    const app = await makeApp();
    const endpoint = await createEndpoint(app, { url: HOOK });
    await tellMany(app, 5);
    await changeEndpoint(endpoint.id, { catchUpTo: 5 });
    await sweep(services);
    await runQueue(services, 3 * SECOND);
    expect(sequences()).toEqual([1, 2]);
    for (let minutes = 0; minutes < 10; minutes++) {
      await runQueue(services, MINUTE);
      elapse(MINUTE);
      await sweep(services);
    }
    await runQueue(services, MINUTE);
    expect(new Set(sequences())).toEqual(new Set([1, 2, 3, 4, 5]));
    expect((await readEndpoint(endpoint.id)).catchUpTo).toBeNull();
    expect(await openCount(app)).toBe(0);
  });
});

import {
  createExecutionContext,
  createMessageBatch,
  getQueueResult,
  waitOnExecutionContext,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { eq } from 'drizzle-orm';
import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { GATEWAY } from '../../src/base/audit-actions.rules.ts';
import manifest from '../../package.json' with { type: 'json' };
import { sendWebhook, USER_AGENT } from '../../src/tell/deliveries/send.ts';
import { isEventFilter } from '../../src/base/event-filter.rules.ts';
import { newId } from '../../src/base/ids.rules.ts';
import { MAX_ATTEMPTS } from '../../src/tell/deliveries/retry-schedule.rules.ts';
import { deliver } from '../../src/tell/deliveries/deliver.ts';
import { deleteEndpoint } from '../../src/tell/endpoints/delete-endpoint.ts';
import { runSchedule } from '../../src/schedule.ts';
import { sweep } from '../../src/sweep.ts';
import { consumeWork } from '../../src/consumer.ts';
import type { WorkMessage } from '../../src/base/messages.ts';
import type { Services } from '../../src/base/services.ts';
import { createServices } from '../../src/wiring.ts';
import { recordAttempts } from '../../src/tell/deliveries/delivery-attempts.rows.ts';
import { endpoints } from '../../src/base/db/schema.rows.ts';
import {
  changeEndpoint,
  createEndpoint,
  elapse,
  HOOK,
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
import { orm } from '../../src/base/db/orm.rows.ts';
import { idAt } from '../harness/ids.ts';

let services: Services;

startAtNoon();
beforeEach(() => {
  services = makeServices();
});

describe('a delivery', () => {
  test('is signed, verifies with the standardwebhooks package, and is sent once', async () => {
    receive(() => new Response('thanks', { status: 202 }));
    const { endpoint, id } = await makeDelivery();
    seen.roundTrips = 0;
    await deliver(services, [id]);
    expect(seen.roundTrips).toBe(2);

    expect(seen.sent).toHaveLength(1);
    const [{ url, headers, body, redirect } = { url: '', headers: new Headers(), body: '', redirect: '' }] =
      seen.sent;
    expect(url).toBe(HOOK);
    expect(redirect).toBe('manual');
    expect(headers.get('content-type')).toBe('application/json');
    expect(headers.get('user-agent')).toBe(USER_AGENT);
    vi.useRealTimers();
    vi.useFakeTimers({ now: NOON });
    const payload = new Webhook(endpoint.secret).verify(body, Object.fromEntries(headers)) as {
      type: string;
      data: { id: string; sequence: number };
    };
    expect(payload.type).toBe('payment.succeeded');
    expect(payload.data.sequence).toBe(1);
    expect(headers.get('webhook-id')).toBe(payload.data.id);

    const { delivery, attempts } = await readDelivery(id);
    expect(delivery).toMatchObject({ status: 'succeeded', attempts: 1, lastStatus: 202, leaseToken: null });
    expect(delivery.finishedAt).not.toBeNull();
    expect(attempts).toMatchObject([{ attempt: 1, status: 202, error: null, response: 'thanks' }]);
    await deliver(services, [id]);
    expect(seen.sent).toHaveLength(1);
  });

  test('names the version of this package', () => {
    expect(USER_AGENT).toBe(`Floe/${manifest.version}`);
  });

  test('is sent once when two consumers wake at once', async () => {
    receive(async () => {
      await scheduler.wait(30);
      return new Response();
    });
    const { id } = await makeDelivery();
    await Promise.all([deliver(services, [id]), deliver(makeServices(), [id])]);
    expect(seen.sent).toHaveLength(1);
    expect((await readDelivery(id)).delivery).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  test('six go out at once in one claim and one record', async () => {
    receive(() => new Response());
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    const ids = await tell(Array.from({ length: 6 }, () => makeEvent(app)));
    seen.roundTrips = 0;
    await deliver(services, ids);
    expect(seen.sent).toHaveLength(6);
    expect(seen.roundTrips).toBe(2);
  });

  test('is not told twice when the same event comes again', async () => {
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    expect(await tell([makeEvent(app, 'payment.succeeded', { key: 'payment.succeeded:o1' })])).toHaveLength(
      1,
    );
    expect(await tell([makeEvent(app, 'payment.succeeded', { key: 'payment.succeeded:o1' })])).toHaveLength(
      0,
    );
  });

  const LONG = `polar.${'x'.repeat(56)}`;

  test.each([
    ['*', 'payment.succeeded', true],
    ['payment.*', 'payment.succeeded', true],
    ['polar.*', 'polar.order.paid', true],
    ['payment.succeeded', 'payment.succeeded', true],
    ['payment.*', 'payments.succeeded', false],
    ['payment.*', 'payment', false],
    ['polar.payment', 'polar.payment.succeeded', false],
    ['polar.past_due', 'polar.pastxdue', false],
    // The longest that is accepted: D1 refuses patterns of GLOB above 50 bytes.
    [`${LONG}.*`, `${LONG}.y`, true],
    [`${LONG}zz`, `${LONG}zz`, true],
    [`${LONG}.*`, 'payment.succeeded', false],
  ])('for the filter %s and the type %s is made: %s', async (filter, type, isMade) => {
    const app = await makeApp();
    expect(isEventFilter(filter)).toBe(true);
    await createEndpoint(app, { url: HOOK, events: [filter] });
    expect(await tell([makeEvent(app, type)])).toHaveLength(isMade ? 1 : 0);
  });

  test('goes to the endpoints that asked for its type, and to no other app’s', async () => {
    receive(() => new Response());
    const app = await makeApp();
    const other = await makeApp();
    const register = (events: string[], name: string) =>
      createEndpoint(app, { url: `${HOOK}/${name}`, events });
    await register(['*'], 'all');
    await register(['payment.*', 'payment.succeeded'], 'payments');
    await register(['payment.succeeded'], 'succeeded');
    await register(['refund.*'], 'refunds');
    await register(['payment'], 'prefix-only');
    await createEndpoint(other, { url: `${HOOK}/other` });
    await deliver(services, await tell([makeEvent(app, 'payment.succeeded')]));
    expect(seen.sent.map(({ url }) => url.slice(HOOK.length + 1)).sort()).toEqual([
      'all',
      'payments',
      'succeeded',
    ]);
  });
});

describe('after a crash', () => {
  test('between sending and recording: the same id and bytes again, recorded once', async () => {
    receive(() => new Response());
    const { id } = await makeDelivery();
    await expect(deliver(makeServices(2, { forGood: true }), [id])).rejects.toThrow('D1_ERROR');
    expect((await readDelivery(id)).attempts).toEqual([]);
    // The lease still stands: nobody sends, nor does the sweep wake anyone.
    elapse(59 * SECOND);
    await deliver(services, [id]);
    await sweep(services);
    expect(seen.sent).toHaveLength(1);
    expect(seen.woken).toEqual([]);
    elapse(2 * SECOND);
    await sweep(services);
    expect(seen.woken).toEqual([
      { lane: 'main', message: { type: 'deliver', deliveryIds: [id] }, delaySeconds: 0 },
    ]);
    await deliver(services, [id]);
    expect(seen.sent).toHaveLength(2);
    expect(seen.sent[1]?.headers.get('webhook-id')).toBe(seen.sent[0]?.headers.get('webhook-id'));
    expect(seen.sent[1]?.body).toBe(seen.sent[0]?.body);
    const { delivery, attempts } = await readDelivery(id);
    expect(delivery).toMatchObject({ status: 'succeeded', attempts: 1 });
    expect(attempts).toHaveLength(1);
  });

  test('of D1 for a moment, what was sent is recorded with what comes next', async () => {
    receive(async (request) => {
      if (request.url.endsWith('/slow')) await scheduler.wait(1_300);
      return new Response();
    });
    const quick = await makeDelivery(`${HOOK}/quick`);
    const slow = await makeDelivery(`${HOOK}/slow`);
    // The second trip would record the quick one.
    await deliver(makeServices(2), [quick.id, slow.id]);
    expect(seen.sent).toHaveLength(2);
    for (const { id } of [quick, slow])
      expect(await readDelivery(id)).toMatchObject({ delivery: { status: 'succeeded', attempts: 1 } });
  });

  test('of the queue, what is for others costs nothing of what is ours', async () => {
    receive(() => new Response());
    const failing = await makeDelivery(`${HOOK}/failing`);
    const healthy = await makeDelivery(`${HOOK}/healthy`);
    await changeEndpoint(failing.endpoint.id, { failures: 5 });
    const down = { sendBatch: () => Promise.reject(new Error('queue down')) } as unknown as Queue;
    const context = createExecutionContext();
    await deliver(createServices({ ...env, WORK: down, WORK_SLOW: down }, context), [failing.id, healthy.id]);
    await waitOnExecutionContext(context);
    expect((await readDelivery(healthy.id)).delivery.status).toBe('succeeded');
  });

  test('one who finishes after the lease was taken over changes nothing', async () => {
    const { id } = await makeDelivery();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let calls = 0;
    receive(async () => {
      calls += 1;
      if (calls > 1) return new Response('second', { status: 200 });
      await held;
      return new Response('first', { status: 500 });
    });
    const late = deliver(makeServices(), [id]);
    await vi.waitFor(() => expect(calls).toBe(1));
    elapse(61 * SECOND);
    await deliver(services, [id]);
    release();
    await late;
    const { delivery, attempts } = await readDelivery(id);
    expect(delivery).toMatchObject({ status: 'succeeded', attempts: 1, lastStatus: 200 });
    expect(attempts).toMatchObject([{ response: 'second' }]);
    // Its failure woke no retry, and is not held against the endpoint.
    expect(seen.woken).toEqual([]);
    expect((await readEndpoint(delivery.endpointId)).failures).toBe(0);
  });

  test('a message lost before it was ever received is found by the sweep', async () => {
    receive(() => new Response());
    const { id } = await makeDelivery();
    await sweep(services);
    expect(seen.woken.map(({ message }) => message)).toEqual([{ type: 'deliver', deliveryIds: [id] }]);
    await runQueue(services);
    expect((await readDelivery(id)).delivery.status).toBe('succeeded');
    await sweep(services);
    expect(seen.woken).toEqual([]);
  });
});

describe('a failure', () => {
  test('is tried again by the clock, with the same webhook-id and bytes, until the schedule ends', async () => {
    receive(() => new Response('no', { status: 500 }));
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { id } = await makeDelivery();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      expect(seen.sent).toHaveLength(attempt - 1);
      await deliver(services, [id], 'slow');
      const { delivery } = await readDelivery(id);
      expect(delivery.attempts).toBe(attempt);
      if (attempt === MAX_ATTEMPTS) break;
      const wait = delivery.nextAttemptAt - Date.now();
      waits.push(wait / SECOND);
      // A moment too early sends nothing.
      elapse(wait - 1);
      await deliver(services, [id], 'slow');
      elapse(1);
    }
    expect(waits).toEqual([5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 72_000, 86_400]);
    const { delivery, attempts } = await readDelivery(id);
    expect(delivery).toMatchObject({ status: 'failed', lastStatus: 500 });
    expect(delivery.finishedAt).toBe(Date.now() + (attempts.at(-1)?.latencyMs ?? 0));
    expect(attempts.map(({ attempt }) => attempt)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(new Set(seen.sent.map(({ headers }) => headers.get('webhook-id'))).size).toBe(1);
    expect(new Set(seen.sent.map(({ body }) => body)).size).toBe(1);
    // Every attempt is signed for its own time.
    expect(new Set(seen.sent.map(({ headers }) => headers.get('webhook-timestamp'))).size).toBe(12);
    // Waits up to ten minutes have a message of their own; from the third failure in a row on, in the slow lane.
    expect(seen.woken.map(({ lane, delaySeconds }) => [lane, delaySeconds])).toEqual([
      ['main', 5],
      ['main', 30],
      ['slow', 120],
      ['slow', 600],
    ]);
  });

  test.each([429, 503])('%i with Retry-After waits that long', async (status) => {
    receive(() => new Response(null, { status, headers: { 'retry-after': '240' } }));
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { id } = await makeDelivery();
    await deliver(services, [id]);
    expect((await readDelivery(id)).delivery.nextAttemptAt).toBe(Date.now() + 4 * MINUTE);
    expect(seen.woken).toMatchObject([{ delaySeconds: 240 }]);
  });

  test('Retry-After as a date, an hour ahead, is left to the sweep', async () => {
    const at = new Date(NOON + 60 * MINUTE).toUTCString();
    receive(() => new Response(null, { status: 503, headers: { 'retry-after': at } }));
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { id } = await makeDelivery();
    await deliver(services, [id]);
    expect(seen.woken).toEqual([]);
    elapse(60 * MINUTE - 1);
    await sweep(services);
    expect(seen.woken).toEqual([]);
    elapse(1);
    await sweep(services);
    expect(seen.woken).toMatchObject([{ message: { type: 'deliver', deliveryIds: [id] } }]);
  });

  test('410 disables the endpoint; its deliveries wait, and go on when it is enabled again', async () => {
    receive(() => new Response('gone', { status: 410 }));
    const { app, endpoint, id } = await makeDelivery();
    await deliver(services, [id]);
    expect(await readEndpoint(endpoint.id)).toMatchObject({
      enabled: false,
      failures: 1,
      failingSince: NOON,
    });
    expect((await readDelivery(id)).delivery).toMatchObject({
      status: 'pending',
      attempts: 1,
      lastStatus: 410,
    });
    // Collected, not seen.sent.
    const [later = ''] = await tell([makeEvent(app)]);
    elapse(60 * MINUTE);
    await sweep(services);
    await deliver(services, [id, later]);
    expect(seen.woken).toEqual([]);
    expect(seen.sent).toHaveLength(1);
    receive(() => new Response());
    await orm(services.database)
      .update(endpoints)
      .set({ enabled: true })
      .where(eq(endpoints.id, endpoint.id));
    await sweep(services);
    await runQueue(services);
    expect((await readDelivery(id)).delivery.status).toBe('succeeded');
    expect((await readDelivery(later)).delivery.status).toBe('succeeded');
    expect(await readEndpoint(endpoint.id)).toMatchObject({ failures: 0, failingSince: null });
  });

  test('a redirect is not followed', async () => {
    receive(() => new Response(null, { status: 302, headers: { location: 'http://169.254.169.254/' } }));
    const { id } = await makeDelivery();
    await deliver(services, [id]);
    expect(seen.sent).toHaveLength(1);
    expect((await readDelivery(id)).delivery).toMatchObject({ status: 'pending', lastStatus: 302 });
  });

  test('a connection error is kept as its kind', async () => {
    receive(() => Promise.reject(new TypeError('Network connection lost.')));
    const { id } = await makeDelivery();
    await deliver(services, [id]);
    const { delivery, attempts } = await readDelivery(id);
    expect(delivery).toMatchObject({ status: 'pending', lastStatus: null });
    expect(attempts).toMatchObject([{ status: null, error: 'connection_lost', response: null }]);
  });

  test('one that fails keeps no other of its batch back', async () => {
    receive((request) => {
      if (request.url.endsWith('/bad')) throw new Error('boom');
      return new Response();
    });
    const bad = await makeDelivery(`${HOOK}/bad`);
    const good = await makeDelivery(`${HOOK}/good`);
    await deliver(services, [bad.id, good.id]);
    expect((await readDelivery(bad.id)).delivery.status).toBe('pending');
    expect((await readDelivery(good.id)).delivery.status).toBe('succeeded');
  });

  test('a failing endpoint’s deliveries leave the main lane unsent', async () => {
    receive(() => new Response());
    const { endpoint, id } = await makeDelivery();
    await orm(services.database).update(endpoints).set({ failures: 3 }).where(eq(endpoints.id, endpoint.id));
    await deliver(services, [id]);
    expect(seen.sent).toEqual([]);
    expect(seen.woken).toEqual([
      { lane: 'slow', message: { type: 'deliver', deliveryIds: [id] }, delaySeconds: 0 },
    ]);
    await deliver(services, [id], 'slow');
    expect(seen.sent).toHaveLength(1);
  });

  test('an endpoint whose URL is no longer allowed is not called', async () => {
    receive(() => new Response());
    const { endpoint, id } = await makeDelivery();
    await orm(services.database)
      .update(endpoints)
      .set({ url: 'https://169.254.169.254/' })
      .where(eq(endpoints.id, endpoint.id));
    await deliver(services, [id]);
    expect(seen.sent).toEqual([]);
    expect((await readDelivery(id)).attempts).toMatchObject([{ error: 'disallowed_url' }]);
  });

  test('a secret that cannot be opened uses up no attempt', async () => {
    receive(() => new Response());
    const { endpoint, id } = await makeDelivery();
    const other = await makeDelivery();
    await env.DB.prepare(
      'update endpoints set sealed_secret = (select sealed_secret from endpoints where id = ?2) where id = ?1',
    )
      .bind(endpoint.id, other.endpoint.id)
      .run();
    await deliver(services, [id]);
    expect(seen.sent).toEqual([]);
    expect((await readDelivery(id)).delivery).toMatchObject({ status: 'pending', attempts: 0 });
  });
});

describe('a deleted endpoint', () => {
  test('gets nothing any more', async () => {
    receive(() => new Response());
    const { app, endpoint, id } = await makeDelivery();
    await deleteEndpoint(services, app, endpoint.id, GATEWAY);
    await deliver(services, [id]);
    await sweep(services);
    expect(seen.sent).toEqual([]);
    expect(seen.woken).toEqual([]);
    expect((await readDelivery(id)).delivery).toMatchObject({ status: 'canceled', finishedAt: NOON });
    expect(await tell([makeEvent(app)])).toEqual([]);
  });

  test('deleted while it is being sent to: stays canceled', async () => {
    const { app, endpoint, id } = await makeDelivery();
    receive(async () => {
      await deleteEndpoint(makeServices(), app, endpoint.id, GATEWAY);
      return new Response(null, { status: 500 });
    });
    await deliver(services, [id]);
    expect((await readDelivery(id)).delivery.status).toBe('canceled');
    expect(seen.woken).toEqual([]);
  });
});

test('records are written only under their own lease', async () => {
  const { id } = await makeDelivery();
  const record = {
    deliveryId: id,
    attemptId: newId('att'),
    step: 0,
    url: HOOK,
    at: NOON,
    httpStatus: 200,
    error: null,
    latencyMs: 1,
    response: '',
    status: 'succeeded' as const,
    nextAttemptAt: NOON,
    finishedAt: NOON,
    succeeded: true,
    gone: false,
    holdMs: null,
    broughtForward: false,
  };
  expect(
    await recordAttempts(services.database, 'someone else’s', [record], {
      now: NOON,
      concerns: { health: true, order: true },
    }),
  ).toEqual({
    written: new Set(),
    unblocked: [],
    hasNotices: false,
  });
  expect(await readDelivery(id)).toMatchObject({
    delivery: { status: 'pending', attempts: 0 },
    attempts: [],
  });
});

describe('a queue batch', () => {
  const batchOf = (bodies: WorkMessage[], queue = 'floe-work') =>
    createMessageBatch<WorkMessage>(
      queue,
      bodies.map((body, i) => ({ id: `m${i}`, timestamp: new Date(), attempts: 1, body })),
    );
  const consume = async (batch: MessageBatch<WorkMessage>, using = services) => {
    const context = createExecutionContext();
    await consumeWork(using, batch);
    return getQueueResult(batch, context);
  };

  test('never has more than six connections open, and sends each delivery once', async () => {
    let open = 0;
    let most = 0;
    receive(async () => {
      open += 1;
      most = Math.max(most, open);
      await scheduler.wait(5);
      open -= 1;
      return new Response();
    });
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    const ids = await tell(Array.from({ length: 14 }, () => makeEvent(app)));
    const bodies = [ids.slice(0, 6), ids.slice(4, 10), ids.slice(10), ids.slice(0, 1)].map(
      (deliveryIds): WorkMessage => ({ type: 'deliver', deliveryIds }),
    );
    const result = await consume(batchOf(bodies));
    expect(result.explicitAcks.sort()).toEqual(['m0', 'm1', 'm2', 'm3']);
    expect(most).toBe(6);
    expect(seen.sent).toHaveLength(14);
    expect(new Set(seen.sent.map(({ headers }) => headers.get('webhook-id'))).size).toBe(14);
  });

  test('whose claim fails comes again, whole: nothing was sent', async () => {
    receive(() => new Response());
    const app = await makeApp();
    await createEndpoint(app, { url: HOOK });
    const ids = await tell(Array.from({ length: 8 }, () => makeEvent(app)));
    const bodies = [ids.slice(0, 6), ids.slice(6)].map((deliveryIds): WorkMessage => ({
      type: 'deliver',
      deliveryIds,
    }));
    const failed = await consume(batchOf(bodies), makeServices(1));
    expect(failed.retryMessages.map(({ msgId }) => msgId)).toEqual(['m0', 'm1']);
    expect(seen.sent).toEqual([]);
    const again = await consume(batchOf(bodies));
    expect(again.explicitAcks).toEqual(['m0', 'm1']);
    expect(seen.sent).toHaveLength(8);
  });

  test('of dead letters is let go: the sweep finds their rows', async () => {
    receive(() => new Response());
    const { id } = await makeDelivery();
    const result = await consume(batchOf([{ type: 'deliver', deliveryIds: [id] }], 'floe-dead'));
    expect(result.explicitAcks).toEqual(['m0']);
    expect(seen.sent).toEqual([]);
    await sweep(services);
    expect(seen.woken.map(({ message }) => message)).toEqual([{ type: 'deliver', deliveryIds: [id] }]);
  });

  test('for the slow lane sends to failing endpoints', async () => {
    receive(() => new Response());
    const { endpoint, id } = await makeDelivery();
    await orm(services.database).update(endpoints).set({ failures: 7 }).where(eq(endpoints.id, endpoint.id));
    await consume(batchOf([{ type: 'deliver', deliveryIds: [id] }], 'floe-work-slow'));
    expect(seen.sent).toHaveLength(1);
    expect((await readEndpoint(endpoint.id)).failures).toBe(0);
  });
});

describe('the schedule', () => {
  test('wakes events that are to be applied again and objects that are to be read again', async () => {
    await env.DB.batch([
      env.DB.prepare(
        "insert into polar_events (id, mode, webhook_id, type, occurred_at, received_at, status, attempts, sealed_body) values ('pev_p', 'live', 'w1', 'order.paid', 1, 1, 'pending', 0, x'00'), ('pev_f', 'live', 'w2', 'order.paid', 1, 1, 'failed', 1, x'00'), ('pev_x', 'live', 'w3', 'order.paid', 1, 1, 'pending', 0, null)",
      ),
      env.DB.prepare(
        "insert into rereads (mode, kind, id, reason, requested_at, next_attempt_at, attempts) values ('live', 'order', 'o1', 'x', 1, ?1, 0), ('live', 'order', 'o2', 'x', 1, ?1 + 1, 0)",
      ).bind(Date.now()),
    ]);
    await runSchedule(services);
    expect(seen.woken.map(({ message }) => message)).toEqual([
      { type: 'reapply', polarEventIds: ['pev_p'] },
      { type: 'reread', mode: 'live', kind: 'order', id: 'o1' },
    ]);
    await env.DB.batch([env.DB.prepare('delete from polar_events'), env.DB.prepare('delete from rereads')]);
  });

  test('prunes what has expired, and nothing else', async () => {
    const app = await makeApp();
    const old = NOON - 90 * 24 * 60 * MINUTE;
    const [over, kept] = [idAt('pev', old), idAt('pev', old + 1)];
    const key = env.DB.prepare(
      "insert into idempotency_keys (app_id, route, key, fingerprint, lease_token, lease_until, created_at, expires_at) values (?, 'r', ?, 'f', 't', 0, 0, ?)",
    );
    const code = env.DB.prepare(
      "insert into codes (hash, app_id, payment_id, callback_url, expires_at) values (?, ?, 'p', 'u', ?)",
    );
    const event = env.DB.prepare(
      "insert into polar_events (id, mode, webhook_id, type, occurred_at, received_at, status, attempts, sealed_body) values (?1, 'live', ?1, 't', 1, ?2, 'applied', 1, x'00')",
    );
    await env.DB.batch([
      key.bind(app.id, 'expired', NOON),
      key.bind(app.id, 'kept', NOON + 1),
      code.bind('expired', app.id, NOON),
      code.bind('kept', app.id, NOON + 1),
      event.bind(over, old),
      event.bind(kept, old + 1),
    ]);
    await runSchedule(services);
    const read = async (sql: string) =>
      (await env.DB.prepare(sql).all<{ name: string }>()).results.map((row) => row.name);
    expect(await read(`select key as name from idempotency_keys where app_id = '${app.id}'`)).toEqual([
      'kept',
    ]);
    expect(await read(`select hash as name from codes where app_id = '${app.id}'`)).toEqual(['kept']);
    expect(await read('select id as name from polar_events where sealed_body is not null')).toEqual([kept]);
    expect(await read('select id as name from polar_events order by id')).toEqual([over, kept]);
  });

  test('one part that fails does not keep the others from running', async () => {
    await env.DB.prepare(
      "insert into codes (hash, app_id, payment_id, callback_url, expires_at) select 'stale', id, 'p', 'u', 0 from apps limit 1",
    ).run();
    // The first round trip is the sweep's.
    await runSchedule(makeServices(1));
    expect(await env.DB.prepare("select hash from codes where hash = 'stale'").first()).toBeNull();
  });
});

describe('sending', () => {
  const url = new URL(HOOK);
  const send = () => sendWebhook({ kind: 'url', url }, {}, '{}');

  test('gives up after 15 seconds without an answer', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    let aborted = false;
    vi.stubGlobal('fetch', (_input: unknown, init: RequestInit) => {
      init.signal?.addEventListener('abort', () => {
        aborted = true;
      });
      return new Promise(() => {});
    });
    const report = send();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(await report).toMatchObject({ answer: { error: 'timeout' }, response: null });
    expect(aborted).toBe(true);
  });

  test('takes the status of an answer whose body hangs, and what came of it', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    vi.stubGlobal(
      'fetch',
      async () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode('half an ans')),
          }),
        ),
    );
    const report = send();
    await vi.advanceTimersByTimeAsync(2_100);
    expect(await report).toMatchObject({ answer: { status: 200 }, response: 'half an ans' });
  });

  test('keeps 2 KB of a 5 MB answer and reads little more', async () => {
    let pulled = 0;
    vi.stubGlobal(
      'fetch',
      async () =>
        new Response(
          new ReadableStream({
            pull(controller) {
              pulled += 1;
              if (pulled > 5_000) controller.close();
              else controller.enqueue(new Uint8Array(1_000).fill(97));
            },
          }),
          { status: 500 },
        ),
    );
    const report = await send();
    expect(report.response).toBe('a'.repeat(2048));
    expect(pulled).toBeLessThan(10);
  });

  test('keeps bytes that are no text in a form that D1 takes', async () => {
    vi.stubGlobal('fetch', async () => new Response(new Uint8Array([0, 255, 104, 105])));
    expect((await send()).response).toBe('\uFFFD\uFFFDhi');
  });

  test.each([
    ['Network connection lost.', 'connection_lost'],
    ['read ECONNRESET', 'connection_lost'],
    ['connect ECONNREFUSED 127.0.0.1:1', 'refused'],
    ['getaddrinfo ENOTFOUND nowhere', 'dns'],
    ['DNS lookup failed.', 'dns'],
    ['TLS peer certificate is not trusted', 'tls'],
    ['The operation timed out', 'timeout'],
    ['something else', 'connection_failed'],
  ])('%s → %s', async (message, error) => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError(message)));
    expect((await send()).answer).toEqual({ error });
  });
});

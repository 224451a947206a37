import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  callWith,
  catchingQueue,
  change,
  create,
  HOOK,
  PATH,
  readDeliveries,
  readEndpoint,
  readRow,
  setEndpoint,
  tell,
} from './endpoint-calls.ts';
import { call, createWorld, type TestApp, unique, type World } from '../harness/harness.ts';

const HOUR_MS = 60 * 60_000;

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

const freshApp = () => world.createApp({ product: unique('app'), webhook: false });

async function freshEndpoint(settings: object = {}): Promise<{ app: TestApp; id: string }> {
  const app = await freshApp();
  const made = await create(app, { url: HOOK, ...settings });
  expect(made.status).toBe(201);
  return { app, id: made.body.id };
}

/** As an endpoint is after days without success. */
const FAILED = {
  enabled: 0,
  disabled_reason: 'failing',
  disabled_at: 5_000,
  failures: 40,
  failing_since: 1_000,
  warned_at: 3_000,
  notice: 'disabled',
  is_slow: 1,
};

describe('changing an endpoint', () => {
  test.each<[string, object, object]>([
    ['url', { url: 'https://shop.example-site.dev/new' }, { url: 'https://shop.example-site.dev/new' }],
    [
      'events',
      { events: ['grant.*', 'grant.*', 'refund.created'] },
      { events: ['grant.*', 'refund.created'] },
    ],
    ['events, all of them', { events: ['payment.*', '*'] }, { events: ['*'] }],
    ['description', { description: ' For the shop ' }, { description: 'For the shop' }],
    ['an empty description', { description: '' }, { description: '' }],
    ['rate_limit', { rate_limit: 60 }, { rate_limit: 60 }],
    ['no rate_limit', { rate_limit: null }, { rate_limit: null }],
    ['ordering', { ordering: 'none' }, { ordering: 'none' }],
    ['match', { match: { 'payment.currency': 'usd' } }, { match: { 'payment.currency': { eq: 'usd' } } }],
    ['no match', { match: null }, { match: null }],
    [
      'several at once',
      { rate_limit: 1, ordering: 'none', description: 'x' },
      { rate_limit: 1, ordering: 'none', description: 'x' },
    ],
  ])('%s changes that and nothing else', async (_what, given, changed) => {
    const { app, id } = await freshEndpoint({ description: 'old', rate_limit: 100, ordering: 'payment' });
    await setEndpoint(id, { updated_at: 1_000 });
    const { body: before } = await readEndpoint(app, id);
    const answer = await change(app, id, given);
    const { updated_at, ...rest } = answer.body;
    expect(answer.status).toBe(200);
    expect({ ...rest, updated_at: before.updated_at }).toEqual({ ...before, ...changed });
    expect(Date.parse(updated_at)).toBeGreaterThan(1_000);
    expect((await readEndpoint(app, id)).body).toEqual(answer.body);
  });

  test('with nothing to change changes nothing', async () => {
    const { app, id } = await freshEndpoint({ enabled: false });
    await setEndpoint(id, { updated_at: 1_000 });
    const before = await readRow(id);
    const answer = await change(app, id, {});
    expect(answer.status).toBe(200);
    expect(answer.body.updated_at).toBe('1970-01-01T00:00:01.000Z');
    expect(await readRow(id)).toEqual(before);
  });

  test.each<[string, unknown, string]>([
    ['an address inside', { url: 'https://10.0.0.1/' }, 'body.url'],
    ['no URL', { url: null }, 'body.url'],
    ['no events', { events: [] }, 'body.events'],
    ['half a wildcard', { events: ['*.created'] }, 'body.events.0'],
    ['a rate of nothing', { rate_limit: 0 }, 'body.rate_limit'],
    ['an order there is not', { ordering: 'strict' }, 'body.ordering'],
    ['enabled in text', { enabled: 'false' }, 'body.enabled'],
    ['another format', { format: 'slack' }, 'body.format'],
    ['a condition on nothing', { match: { amount: 1 } }, 'body.match.amount'],
    ['no description', { description: null }, 'body.description'],
    ['a secret of the caller’s own', { secret: 'whsec_mine' }, 'body.secret'],
    ['a reason of the caller’s own', { disabled_reason: null }, 'body.disabled_reason'],
    ['a good field beside a bad one', { description: 'new', rate_limit: -1 }, 'body.rate_limit'],
  ])('refuses %s and changes nothing', async (_what, given, path) => {
    const { app, id } = await freshEndpoint();
    const before = await readRow(id);
    const answer = await change(app, id, given);
    expect(answer.status).toBe(422);
    expect(answer.body.errors?.map((error) => error.path)).toContain(path);
    expect(await readRow(id)).toEqual(before);
  });

  test('another app’s, a deleted and an unknown endpoint are as unknown as any, and stay as they are', async () => {
    const { app, id } = await freshEndpoint();
    await setEndpoint(id, FAILED);
    await tell(app, ['payment.succeeded']);
    await env.DB.prepare('update deliveries set schedule_step = 3 where endpoint_id = ?').bind(id).run();
    const [before, waiting] = [await readRow(id), await readDeliveries(id)];
    const given = { url: `${HOOK}/mine`, enabled: true };
    const isUnknown = { status: 404, body: { code: 'not_found' } };
    const stranger = await freshApp();
    expect(await change(stranger, id, given)).toMatchObject(isUnknown);
    expect(await change(stranger, id, { enabled: false })).toMatchObject(isUnknown);
    expect(await change(stranger, id, {})).toMatchObject(isUnknown);
    expect(await change(app, 'ep_unknown', given)).toMatchObject(isUnknown);
    expect([await readRow(id), await readDeliveries(id)]).toEqual([before, waiting]);
    await call('DELETE', `${PATH}/${id}`, { key: app.secretKey });
    const deleted = await readRow(id);
    expect(await change(app, id, given)).toMatchObject(isUnknown);
    expect(await readRow(id)).toEqual(deleted);
  });

  test('a new choice of events is for later events: what waits is still sent', async () => {
    const { app, id } = await freshEndpoint({ events: ['payment.*'] });
    await tell(app, ['payment.pending', 'grant.created']);
    await change(app, id, { events: ['grant.*'] });
    await tell(app, ['payment.succeeded', 'grant.revoked']);
    const waiting = await readDeliveries(id);
    expect(waiting.map(({ type, status }) => [type, status])).toEqual([
      ['payment.pending', 'pending'],
      ['grant.revoked', 'pending'],
    ]);
  });

  test('a new rate does not wait for what the old one has put off', async () => {
    const { app, id } = await freshEndpoint({ rate_limit: 1 });
    const later = Date.now() + HOUR_MS;
    await setEndpoint(id, { rate_at: later });
    await change(app, id, { description: 'still slow' });
    expect((await readRow(id))['rate_at']).toBe(later);
    await change(app, id, { rate_limit: 600 });
    expect((await readRow(id))['rate_at']).toBe(0);
  });
});

describe('pausing', () => {
  test('says who did it and when, and goes on collecting', async () => {
    const { app, id } = await freshEndpoint();
    const started = Date.now();
    const { body } = await change(app, id, { enabled: false });
    expect(body).toMatchObject({ enabled: false, disabled_reason: 'paused', catching_up: false });
    expect(Date.parse(body.disabled_at ?? '')).toBeGreaterThanOrEqual(started);
    await tell(app, ['payment.pending', 'payment.succeeded']);
    const waiting = await readDeliveries(id);
    expect(waiting.map(({ type, status }) => [type, status])).toEqual([
      ['payment.pending', 'pending'],
      ['payment.succeeded', 'pending'],
    ]);
  });

  test('an endpoint that is disabled already keeps its reason and time', async () => {
    const { app, id } = await freshEndpoint();
    await setEndpoint(id, FAILED);
    const { status, body } = await change(app, id, { enabled: false });
    expect(status).toBe(200);
    expect(body).toMatchObject({ disabled_reason: 'failing', disabled_at: '1970-01-01T00:00:05.000Z' });
    expect(body.failing_since).toBe('1970-01-01T00:00:01.000Z');
  });
});

describe('enabling again', () => {
  test('forgets the past, makes what waits due in order, leaves what is being sent alone, and wakes', async () => {
    const { app, id } = await freshEndpoint();
    await tell(app, ['payment.pending', 'payment.succeeded', 'payment.updated', 'grant.created']);
    const [retrying, leased, arrived, collected] = await readDeliveries(id);
    const [soon, leaseUntil] = [Date.now() + HOUR_MS, Date.now() + 30_000];
    await env.DB.batch([
      env.DB.prepare('update deliveries set next_attempt_at = ?, schedule_step = 7 where id = ?').bind(
        soon,
        retrying?.id,
      ),
      env.DB.prepare(
        'update deliveries set next_attempt_at = ?, schedule_step = 2, lease_token = ?, lease_until = ? where id = ?',
      ).bind(soon, 'mine', leaseUntil, leased?.id),
      env.DB.prepare(
        "update deliveries set status = 'succeeded', next_attempt_at = ?, schedule_step = 1 where id = ?",
      ).bind(soon, arrived?.id),
    ]);
    await setEndpoint(id, { ...FAILED, drain_token: 'cut off', drain_until: Date.now() + HOUR_MS });
    await tell(await freshApp(), ['payment.succeeded']);

    const { queue, messages } = catchingQueue();
    const asked = { key: app.secretKey, body: { enabled: true, description: 'Back' } };
    const answer = await callWith({ WORK: queue, WORK_SLOW: queue }, 'PATCH', `${PATH}/${id}`, asked);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        enabled: true,
        disabled_reason: null,
        disabled_at: null,
        failing_since: null,
        catching_up: true,
        description: 'Back',
      },
    });
    expect(await readRow(id)).toMatchObject({
      failures: 0,
      failing_since: null,
      warned_at: null,
      notice: null,
      is_slow: 0,
      drain_token: null,
      drain_until: 0,
      catch_up_to: collected?.sequence,
    });
    const now = Date.now();
    const after = await readDeliveries(id);
    expect(after.map((row) => row.next_attempt_at <= now)).toEqual([true, true, false, true]);
    expect(after.map((row) => row.schedule_step)).toEqual([0, 0, 1, 0]);
    expect(after[1]).toMatchObject({ lease_token: 'mine', lease_until: leaseUntil });
    expect(after[2]).toMatchObject({ status: 'succeeded', next_attempt_at: soon });
    expect(messages).toEqual([expect.objectContaining({ type: 'drain', endpointId: id })]);
  });

  test('with nothing missed there is nothing to catch up with', async () => {
    const { app, id } = await freshEndpoint({ enabled: false });
    const { body } = await change(app, id, { enabled: true });
    expect(body).toMatchObject({ enabled: true, catching_up: false });
    expect((await readRow(id))['catch_up_to']).toBeNull();
  });

  test('an endpoint that is enabled already stays as it is, and wakes nobody', async () => {
    const { app, id } = await freshEndpoint();
    await tell(app, ['payment.succeeded']);
    await env.DB.prepare(
      'update deliveries set next_attempt_at = 9e12, schedule_step = 7 where endpoint_id = ?',
    )
      .bind(id)
      .run();
    await setEndpoint(id, {
      failures: 9,
      failing_since: 1_000,
      warned_at: 2_000,
      is_slow: 1,
      updated_at: 3_000,
    });
    const [before, waiting] = [await readRow(id), await readDeliveries(id)];
    const { queue, messages } = catchingQueue();
    const asked = { key: app.secretKey, body: { enabled: true } };
    const answer = await callWith({ WORK: queue, WORK_SLOW: queue }, 'PATCH', `${PATH}/${id}`, asked);
    expect(answer).toMatchObject({ status: 200, body: { failing_since: '1970-01-01T00:00:01.000Z' } });
    expect([await readRow(id), await readDeliveries(id)]).toEqual([before, waiting]);
    expect(messages).toEqual([]);
  });

  test('twice at once wakes once', async () => {
    const { app, id } = await freshEndpoint({ enabled: false });
    await tell(app, ['payment.succeeded']);
    const { queue, messages } = catchingQueue();
    const asked = { key: app.secretKey, body: { enabled: true } };
    const both = await Promise.all(
      [1, 2].map(() => callWith({ WORK: queue, WORK_SLOW: queue }, 'PATCH', `${PATH}/${id}`, asked)),
    );
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect(messages).toHaveLength(1);
  });

  test('and pausing at once leave it one or the other, whole', async () => {
    for (let round = 0; round < 5; round++) {
      const { app, id } = await freshEndpoint({ enabled: round % 2 === 0 });
      await Promise.all([change(app, id, { enabled: true }), change(app, id, { enabled: false })]);
      const row = await readRow(id);
      expect([row['enabled'], row['disabled_reason'], row['disabled_at']]).toEqual(
        row['enabled'] === 1 ? [1, null, null] : [0, 'paused', expect.any(Number)],
      );
    }
  });

  test('succeeds when the wake-up is lost: the rows say that it is due', async () => {
    const { app, id } = await freshEndpoint({ enabled: false });
    const { queue } = catchingQueue(true);
    const asked = { key: app.secretKey, body: { enabled: true } };
    const answer = await callWith({ WORK: queue, WORK_SLOW: queue }, 'PATCH', `${PATH}/${id}`, asked);
    expect(answer).toMatchObject({ status: 200, body: { enabled: true } });
  });

  test('sends everything that was missed, in order', async () => {
    // What the tests before left waiting would be waited for.
    world = await createWorld();
    const { app, id } = await freshEndpoint();
    await change(app, id, { enabled: false });
    const types = [
      'payment.pending',
      'payment.succeeded',
      'grant.created',
      'payment.updated',
      'refund.created',
    ];
    for (const type of types) await tell(app, [type], 'pay_caught_up');
    await world.settle();
    const mine = () =>
      world.received
        .filter(({ body }) => body.includes(app.slug))
        .map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(mine()).toEqual([]);
    await setEndpoint(id, { drain_token: 'cut off', drain_until: Date.now() + HOUR_MS });
    await change(app, id, { enabled: true });
    await world.settle();
    expect(mine()).toEqual(types);
    expect((await readDeliveries(id)).map(({ status }) => status)).toEqual(types.map(() => 'succeeded'));
    expect((await readEndpoint(app, id)).body).toMatchObject({ enabled: true, catching_up: false });
  });
});

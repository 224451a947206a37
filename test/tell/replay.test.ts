import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import worker from '../../src/index.ts';
import { openDatabase, runBatch } from '../../src/base/db/database.rows.ts';
import { tellStatements } from '../../src/tell/events/events.rows.ts';
import { type Answer, call, createWorld, type TestApp, unique, type World } from '../harness/harness.ts';

interface Problem {
  code: string;
  detail: string;
  errors?: { path: string }[];
}
interface Delivery {
  created_at: string;
  id: string;
  event_id: string;
  endpoint_id: string;
  status: string;
  attempts: number;
  replays: number;
  replayed_at: string | null;
  next_attempt_at: string | null;
  attempt_log: { attempt: number; replay: boolean; status: number | null }[];
}
interface Bulk {
  matched: number;
  replayed: number;
  remaining: number;
  dry_run: boolean;
  limit: { per_hour: number; left: number };
}
interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

const HOOK = 'https://receiver.example-site.dev/hooks';
const PER_CALL = 1_000;
const PER_HOUR = 10_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let world: World;
let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  world = await createWorld();
  other = await world.createApp({ product: unique('other'), webhook: false });
});
beforeEach(async () => {
  app = await world.createApp({ product: unique('app'), webhook: false });
  world.received.length = 0;
  world.receiver = () => new Response('ok');
});
afterEach(() => {
  vi.restoreAllMocks();
});

const read = async <T>(path: string, key = app.secretKey) => (await call<T>('GET', path, { key })).body;
const post = <T = Bulk & Problem>(
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  key = app.secretKey,
) => call<T>('POST', path, { key, headers, ...(body === undefined ? {} : { body }) });
const replay = (id: string, headers: Record<string, string> = {}) =>
  post<Delivery & Problem>(`/v1/deliveries/${id}/replay`, undefined, headers);
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

async function register(events: string[] = ['*']): Promise<string> {
  const made = await post<{ id: string }>('/v1/webhook-endpoints', {
    url: `${HOOK}/${unique('hook')}`,
    events,
  });
  expect(made.status).toBe(201);
  return made.body.id;
}

/** Puts events and their deliveries in the database. */
async function tell(types: string[], endpoint?: { id: string }): Promise<void> {
  const database = openDatabase(env.DB);
  const told = types.map((type) => ({
    key: `${type}:${crypto.randomUUID()}`,
    type,
    appId: app.id,
    appSlug: app.slug,
    mode: app.mode,
    paymentId: null,
    customerId: null,
    occurredAt: Date.now(),
    payment: null,
    polar: null,
    ...(endpoint ? { endpoint } : {}),
  }));
  await runBatch(database, tellStatements(told, { origin: 'api', polarEventId: null, now: Date.now() }));
}

async function sweep(): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, env, context);
  await waitOnExecutionContext(context);
  await world.settle();
}

/** As after days of failing: nothing more is tried. */
async function giveUp(): Promise<void> {
  await env.DB.prepare(
    "update deliveries set status = 'failed', schedule_step = 12, finished_at = ?2 where app_id = ?1 and status = 'pending'",
  )
    .bind(app.id, Date.now())
    .run();
}

/** The only delivery of the app, after a receiver refused it and the schedule was exhausted. */
async function failOne(): Promise<Delivery> {
  await register();
  world.receiver = () => new Response('no', { status: 500 });
  await tell(['payment.succeeded']);
  await sweep();
  await giveUp();
  world.receiver = () => new Response('ok');
  return onlyDelivery();
}

async function onlyDelivery(): Promise<Delivery> {
  const { data } = await read<Page<Delivery>>('/v1/deliveries');
  const [delivery] = data;
  if (!delivery || data.length > 1) throw new Error(`${data.length} deliveries`);
  return delivery;
}

const sentTo = (endpointId: string) =>
  env.DB.prepare('select url from endpoints where id = ?')
    .bind(endpointId)
    .first<string>('url')
    .then((url) => world.received.filter((each) => each.url === url));

/** `count` deliveries as they stand after long service, without sending any: a disabled endpoint keeps what is replayed. */
async function seed(
  count: number,
  {
    endpointId,
    status = 'failed',
    type = 'payment.succeeded',
    createdAt = Date.now() - MINUTE,
    replayedAt = null,
  }: { endpointId: string; status?: string; type?: string; createdAt?: number; replayedAt?: number | null },
): Promise<void> {
  const batch = unique('seed');
  await env.DB.batch([
    env.DB.prepare(
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < ?1)
      insert into events (id, app_id, mode, key, type, sequence, origin, body, occurred_at, created_at)
      select 'evt_' || ?2 || printf('%05d', i), ?3, 'sandbox', ?4 || ':' || ?2 || i, ?4,
        i + (select coalesce(max(sequence), 0) from events where app_id = ?3), 'api', '{"data":{}}', ?5 + i, ?5 + i from n`,
    ).bind(count, batch, app.id, type, createdAt),
    env.DB.prepare(
      `insert into deliveries (id, event_id, endpoint_id, app_id, sequence, status, attempts, schedule_step, next_attempt_at, lease_until, created_at, replays, replayed_at)
      select 'dlv' || substr(id, 4), id, ?2, app_id, sequence, ?3, 12, 12, created_at, 0, created_at, ?4 is not null, ?4
      from events where id glob 'evt_' || ?1 || '*'`,
    ).bind(batch, endpointId, status, replayedAt),
  ]);
}

async function disable(endpointId: string): Promise<string> {
  await env.DB.prepare("update endpoints set enabled = 0, disabled_reason = 'paused' where id = ?")
    .bind(endpointId)
    .run();
  return endpointId;
}

const disabledEndpoint = async () => disable(await register());

const count = (where: string) =>
  env.DB.prepare(`select count(*) as count from deliveries where app_id = ? and ${where}`)
    .bind(app.id)
    .first<number>('count');

describe('one delivery', () => {
  test('that failed arrives when its receiver has healed: same id, same bytes, marked', async () => {
    const failed = await failOne();
    expect(failed).toMatchObject({ status: 'failed', attempts: 1, replays: 0, replayed_at: null });
    const answer = await replay(failed.id);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({
      id: failed.id,
      status: 'pending',
      attempts: 1,
      replays: 1,
      replayed_at: expect.stringMatching(/Z$/),
      finished_at: null,
    });
    await world.settle();
    const [first, second, ...more] = world.received;
    expect(more).toEqual([]);
    expect(second?.headers['webhook-id']).toBe(failed.event_id);
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
    expect(second?.body).toBe(first?.body);
    expect(first?.headers['webhook-replay']).toBeUndefined();
    expect(second?.headers['webhook-replay']).toBe('true');
    expect(await read(`/v1/deliveries/${failed.id}`)).toMatchObject({
      status: 'succeeded',
      attempts: 2,
      replays: 1,
      attempt_log: [
        { attempt: 1, replay: false, status: 500 },
        { attempt: 2, replay: true, status: 200 },
      ],
    });
  });

  test('that fails again begins the schedule anew', async () => {
    const failed = await failOne();
    world.receiver = () => new Response('still no', { status: 500 });
    const before = Date.now();
    await replay(failed.id);
    await vi.waitFor(async () => expect((await onlyDelivery()).attempts).toBe(2));
    const now = await onlyDelivery();
    expect(now.status).toBe('pending');
    // The first wait of the schedule, about 5 s; the last is a day.
    expect(Date.parse(now.next_attempt_at ?? '') - before).toBeLessThan(MINUTE);
  });

  test('that waits is made due now', async () => {
    await register();
    world.receiver = () => new Response('no', { status: 500 });
    await tell(['payment.succeeded']);
    await sweep();
    await env.DB.prepare('update deliveries set next_attempt_at = ?2 where app_id = ?1')
      .bind(app.id, Date.now() + 24 * HOUR)
      .run();
    world.receiver = () => new Response('ok');
    const { id } = await onlyDelivery();
    expect((await replay(id)).status).toBe(202);
    await world.settle();
    expect(await onlyDelivery()).toMatchObject({ status: 'succeeded', attempts: 2, replays: 1 });
  });

  test('that arrived is sent again, but not twice within moments', async () => {
    const { id } = await failOne();
    await replay(id);
    await world.settle();
    const soon = await replay(id);
    expect(soon).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect(Number(soon.headers.get('retry-after'))).toBe(10);
    await env.DB.prepare('update deliveries set replayed_at = replayed_at - 10001 where id = ?')
      .bind(id)
      .run();
    expect(await replay(id)).toMatchObject({ status: 202, body: { replays: 2 } });
    await world.settle();
    expect(world.received).toHaveLength(3);
  });

  test('that is being sent is left alone, and the caller told when to ask', async () => {
    await register();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    world.receiver = async () => {
      await held;
      return new Response('ok');
    };
    await tell(['payment.succeeded']);
    const sweeping = sweep();
    await vi.waitFor(() => expect(world.received).toHaveLength(1));
    const { id } = await onlyDelivery();
    const refused = await replay(id);
    release();
    await sweeping;
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await onlyDelivery()).toMatchObject({ status: 'succeeded', attempts: 1, replays: 0 });
  });

  test('asked for twice at once is sent once', async () => {
    const { id } = await failOne();
    await disable((await onlyDelivery()).endpoint_id);
    const answers = await Promise.all([replay(id), replay(id), replay(id)]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await onlyDelivery()).toMatchObject({ status: 'pending', replays: 1 });
  });

  test('with an Idempotency-Key is asked for once, also when it has long arrived', async () => {
    const { id } = await failOne();
    const headers = { 'idempotency-key': 'again' };
    const first = await replay(id, headers);
    await world.settle();
    const second = await replay(id, headers);
    expect(second).toMatchObject({ status: 202 });
    expect(second.body).toEqual(first.body);
    expect(await onlyDelivery()).toMatchObject({ status: 'succeeded', replays: 1 });
    expect(await replay('dlv_other', headers)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_mismatch' },
    });
  });

  test('to a disabled endpoint waits until it is enabled', async () => {
    const failed = await failOne();
    await disable(failed.endpoint_id);
    expect((await replay(failed.id)).status).toBe(202);
    await sweep();
    expect(world.received).toHaveLength(1);
    expect(await onlyDelivery()).toMatchObject({ status: 'pending', replays: 1 });
    await env.DB.prepare('update endpoints set enabled = 1, disabled_reason = null where id = ?')
      .bind(failed.endpoint_id)
      .run();
    await sweep();
    expect(await onlyDelivery()).toMatchObject({ status: 'succeeded' });
  });

  test.each(['failed', 'pending'])(
    'whose endpoint was deleted (%s then) has nowhere to go',
    async (status) => {
      const endpointId = await disabledEndpoint();
      await seed(1, { endpointId, status });
      await call('DELETE', `/v1/webhook-endpoints/${endpointId}`, { key: app.secretKey });
      const { id } = await onlyDelivery();
      expect(await replay(id)).toMatchObject({ status: 409, body: { code: 'conflict' } });
      expect((await onlyDelivery()).replays).toBe(0);
    },
  );

  test('arrives by the sweep when the queue did not take the wake-up', async () => {
    const { id } = await failOne();
    vi.spyOn(Object.getPrototypeOf(env.WORK) as Queue, 'sendBatch').mockRejectedValueOnce(
      new Error('queue down'),
    );
    expect((await replay(id)).status).toBe(202);
    expect(await onlyDelivery()).toMatchObject({ status: 'pending' });
    await sweep();
    expect(await onlyDelivery()).toMatchObject({ status: 'succeeded' });
  });
});

describe('one event', () => {
  test('goes to all that had it and to those made since that want it, and to no other', async () => {
    const had = await register(['payment.*']);
    await tell(['payment.succeeded']);
    await sweep();
    const [event] = (await read<Page<{ id: string }>>('/v1/events')).data;
    const wants = await register(['payment.succeeded']);
    const wantsOther = await register(['refund.*']);
    await env.DB.prepare('update endpoints set events = ? where id = ?').bind('["grant.*"]', had).run();
    world.received.length = 0;
    const answer = await post<{ replayed: number; deliveries: Delivery[] }>(`/v1/events/${event?.id}/replay`);
    expect(answer.status).toBe(202);
    expect(answer.body.replayed).toBe(2);
    expect(new Set(answer.body.deliveries.map((each) => each.endpoint_id))).toEqual(new Set([had, wants]));
    expect(answer.body.deliveries.every((each) => each.status === 'pending' && each.replays === 1)).toBe(
      true,
    );
    await world.settle();
    for (const endpointId of [had, wants]) {
      const [request, ...more] = await sentTo(endpointId);
      expect(more).toEqual([]);
      expect(request?.headers).toMatchObject({ 'webhook-id': event?.id, 'webhook-replay': 'true' });
    }
    expect(await sentTo(wantsOther)).toEqual([]);
    const [made] = (await read<Page<Delivery>>(`/v1/deliveries?endpoint=${wants}`)).data;
    expect(made).toMatchObject({ status: 'succeeded', attempts: 1, replays: 1, event_id: event?.id });
    expect(answer.body.deliveries.map((each) => each.id)).toContain(made?.id);
  });

  test('goes to one endpoint only, whatever its filter, when it is named', async () => {
    await register();
    await tell(['payment.succeeded']);
    await sweep();
    const [event] = (await read<Page<{ id: string }>>('/v1/events')).data;
    const named = await register(['refund.*']);
    world.received.length = 0;
    const answer = await post<{ replayed: number }>(`/v1/events/${event?.id}/replay`, { endpoint_id: named });
    expect(answer).toMatchObject({ status: 202, body: { replayed: 1 } });
    await world.settle();
    expect(world.received).toHaveLength(1);
    expect(await sentTo(named)).toHaveLength(1);
  });

  test('of an endpoint never goes to that endpoint', async () => {
    const about = await register();
    const [told] = [await register()];
    await tell(['endpoint.disabled'], { id: about });
    await sweep();
    const [event] = (await read<Page<{ id: string }>>('/v1/events')).data;
    const path = `/v1/events/${event?.id}/replay`;
    expect(await post(path, { endpoint_id: about })).toMatchObject({ status: 409 });
    const answer = await post<{ deliveries: Delivery[] }>(path);
    expect(answer.body.deliveries.map((each) => each.endpoint_id)).toEqual([told]);
    await world.settle();
    expect(await sentTo(about)).toEqual([]);
  });

  test('asked for twice at once makes one new delivery', async () => {
    await tell(['payment.succeeded']);
    const [event] = (await read<Page<{ id: string }>>('/v1/events')).data;
    const endpointId = await disabledEndpoint();
    const path = `/v1/events/${event?.id}/replay`;
    type Replayed = { replayed: number; deliveries: Delivery[] };
    const answers = await Promise.all([post<Replayed>(path), post<Replayed>(path)]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers.map(({ body }) => body.replayed).sort()).toEqual([0, 1]);
    const { id } = await onlyDelivery();
    expect(answers.flatMap(({ body }) => body.deliveries.map((each) => each.id))).toEqual([id, id]);
    expect(await onlyDelivery()).toMatchObject({ endpoint_id: endpointId, replays: 1 });
  });
});

describe('many', () => {
  test('recover sends what failed since then, to that endpoint only; a dry run only counts', async () => {
    const mine = await register();
    const another = await register();
    await tell(['payment.succeeded', 'refund.created', 'grant.created']);
    await giveUp();
    await env.DB.prepare(
      "update deliveries set created_at = created_at - 7200000 where endpoint_id = ? and event_id in (select id from events where type = 'grant.created')",
    )
      .bind(mine)
      .run();
    const path = `/v1/webhook-endpoints/${mine}/recover`;
    const dry = await post(path, { since: ago(HOUR), dry_run: true });
    expect(dry).toMatchObject({
      status: 200,
      body: {
        matched: 2,
        replayed: 0,
        remaining: 2,
        dry_run: true,
        limit: { per_hour: PER_HOUR, left: PER_HOUR },
      },
    });
    await sweep();
    expect(world.received).toEqual([]);
    expect(await count('replays > 0')).toBe(0);

    const recovered = await post(path, { since: ago(HOUR) });
    expect(recovered).toMatchObject({
      status: 202,
      body: { matched: 2, replayed: 2, remaining: 0, dry_run: false, limit: { left: PER_HOUR - 2 } },
    });
    await world.settle();
    expect(
      (await sentTo(mine)).map(({ body }) => (JSON.parse(body) as { type: string }).type).sort(),
    ).toEqual(['payment.succeeded', 'refund.created']);
    expect(await sentTo(another)).toEqual([]);
    expect((await post(path, { since: ago(HOUR) })).body).toMatchObject({ matched: 0, replayed: 0 });
    expect((await post(path, { since: ago(3 * HOUR) })).body).toMatchObject({ matched: 1, replayed: 1 });
  });

  test('by type, status and time', async () => {
    const endpointId = await disabledEndpoint();
    const now = Date.now();
    await seed(2, { endpointId, type: 'payment.succeeded', createdAt: now - 3 * HOUR });
    await seed(3, { endpointId, type: 'refund.created', createdAt: now - 2 * HOUR });
    await seed(4, { endpointId, type: 'payment.failed', status: 'succeeded', createdAt: now - HOUR });
    const dry = async (body: object) => (await post('/v1/replays', { dry_run: true, ...body })).body.matched;
    expect(await dry({ endpoint_id: endpointId })).toBe(5);
    expect(await dry({ since: ago(24 * HOUR) })).toBe(5);
    expect(await dry({ since: ago(2.5 * HOUR) })).toBe(3);
    expect(await dry({ since: ago(24 * HOUR), until: ago(2.5 * HOUR) })).toBe(2);
    expect(await dry({ endpoint_id: endpointId, until: ago(2.5 * HOUR) })).toBe(2);
    expect(await dry({ endpoint_id: endpointId, types: ['payment.*'] })).toBe(2);
    expect(await dry({ endpoint_id: endpointId, types: ['payment.*', '*'] })).toBe(5);
    expect(await dry({ endpoint_id: endpointId, types: ['payment.*'], status: 'succeeded' })).toBe(4);
    expect(await dry({ endpoint_id: endpointId, status: 'pending' })).toBe(0);
    const since = new Date(now - 2.5 * HOUR + 2 * HOUR).toISOString().replace('Z', '+02:00');
    expect(await dry({ since })).toBe(3);
    expect(await count('replays > 0')).toBe(0);
    await post('/v1/replays', { since: ago(24 * HOUR), types: ['refund.*'] });
    expect(await count("status = 'pending' and replays = 1")).toBe(3);
  });

  test('what was replayed within the hour is left out, so that calling again goes on with the rest', async () => {
    const endpointId = await disabledEndpoint();
    const total = PER_CALL + 5;
    await seed(total, { endpointId, status: 'succeeded' });
    const next = () => post('/v1/replays', { endpoint_id: endpointId, status: 'succeeded' });
    expect((await next()).body).toMatchObject({ matched: total, replayed: PER_CALL, remaining: 5 });
    // The oldest went first. They arrive meanwhile.
    expect(await count("status = 'succeeded' and sequence <= 1000")).toBe(0);
    await env.DB.prepare("update deliveries set status = 'succeeded' where app_id = ?").bind(app.id).run();
    expect((await next()).body).toMatchObject({ matched: 5, replayed: 5, remaining: 0 });
    await env.DB.prepare("update deliveries set status = 'succeeded' where app_id = ?").bind(app.id).run();
    expect((await next()).body).toMatchObject({ matched: 0, replayed: 0 });
    expect(await count('replays = 1')).toBe(total);
  });

  test('two at once share the work: nothing is replayed twice', async () => {
    const endpointId = await disabledEndpoint();
    await seed(PER_CALL + 500, { endpointId });
    const answers = await Promise.all([1, 2].map(() => post('/v1/replays', { endpoint_id: endpointId })));
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers.map(({ body }) => body.replayed).sort()).toEqual([PER_CALL, 500]);
    expect(await count("status = 'pending' and replays = 1")).toBe(PER_CALL + 500);
  });

  test('with an Idempotency-Key is the same page again', async () => {
    const endpointId = await disabledEndpoint();
    await seed(PER_CALL + 5, { endpointId });
    const again = () => post('/v1/replays', { endpoint_id: endpointId }, { 'idempotency-key': 'page' });
    const first = await again();
    expect((await again()).body).toEqual(first.body);
    expect(await count('replays > 0')).toBe(PER_CALL);
  });

  test.each<[string, object, string]>([
    ['no endpoint and no time', {}, 'body.since'],
    ['an end before the start', { since: ago(0), until: ago(HOUR) }, 'body.until'],
    ['a time that is none', { since: 'yesterday' }, 'body.since'],
    ['half a wildcard', { since: ago(0), types: ['pay*'] }, 'body.types.0'],
    ['no type at all', { since: ago(0), types: [] }, 'body.types'],
    ['what was canceled', { since: ago(0), status: 'canceled' }, 'body.status'],
    ['an unknown field', { since: ago(0), limit: 5 }, 'body.limit'],
  ])('refuses %s', async (_what, body, path) => {
    const refused = await post('/v1/replays', body);
    expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect(refused.body.errors?.map((error) => error.path)).toContain(path);
  });
});

describe('the hour’s bound', () => {
  const expectRefused = (answer: Answer<Problem>) => {
    expect(answer).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    return Number(answer.headers.get('retry-after'));
  };

  test('stops bulk, single and event alike, says when more may go, and ends', async () => {
    const endpointId = await disabledEndpoint();
    await seed(PER_HOUR - 2, { endpointId, status: 'succeeded', replayedAt: Date.now() - 50 * MINUTE });
    await seed(4, { endpointId, createdAt: Date.now() - 10_000 });
    const [id] = (await read<Page<Delivery>>('/v1/deliveries?status=failed')).data.map((each) => each.id);
    const bulk = (dryRun = false) => post('/v1/replays', { endpoint_id: endpointId, dry_run: dryRun });
    expect((await bulk(true)).body).toMatchObject({ matched: 4, limit: { left: 2 } });
    expect(await bulk()).toMatchObject({
      status: 202,
      body: { matched: 4, replayed: 2, remaining: 2, limit: { per_hour: PER_HOUR, left: 0 } },
    });

    const wait = expectRefused(await bulk());
    expect(wait).toBeGreaterThan(9 * 60);
    expect(wait).toBeLessThanOrEqual(10 * 60);
    expectRefused(await replay(id ?? ''));
    const [event] = (await read<Page<{ id: string }>>('/v1/events?type=payment.succeeded')).data;
    expectRefused(await post(`/v1/events/${event?.id}/replay`));
    expect((await bulk(true)).body).toMatchObject({ matched: 2, limit: { left: 0 } });
    expect(await count('replayed_at is not null')).toBe(PER_HOUR);

    // Ten minutes later the first have left the hour.
    await env.DB.prepare('update deliveries set replayed_at = replayed_at - ?2 where app_id = ?1')
      .bind(app.id, 10 * MINUTE + 1)
      .run();
    expect((await replay(id ?? '')).status).toBe(202);
    expect((await bulk()).body).toMatchObject({ replayed: 1, remaining: 0 });
  });

  test('holds when two come at once', async () => {
    const endpointId = await disabledEndpoint();
    await seed(PER_HOUR - 700, { endpointId, status: 'succeeded', replayedAt: Date.now() - MINUTE });
    await seed(2_000, { endpointId });
    const answers = await Promise.all([1, 2, 3].map(() => post('/v1/replays', { endpoint_id: endpointId })));
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 429, 429]);
    expect(await count('replayed_at is not null')).toBe(PER_HOUR);
  });

  test('holds when two come at once for different endpoints, or for different events', async () => {
    const endpoints = [await disabledEndpoint(), await disabledEndpoint()];
    const [first = '', second = ''] = endpoints;
    await seed(PER_HOUR - 700, { endpointId: first, status: 'succeeded', replayedAt: Date.now() - MINUTE });
    for (const endpointId of endpoints) await seed(500, { endpointId });
    const bulks = await Promise.all(
      endpoints.map((endpointId) => post('/v1/replays', { endpoint_id: endpointId })),
    );
    expect(bulks.map(({ status }) => status)).toEqual([202, 202]);
    expect(bulks.map(({ body }) => body.replayed).sort()).toEqual([200, 500]);
    expect(await count('replayed_at is not null')).toBe(PER_HOUR);

    // Two new deliveries, and room for one.
    await env.DB.prepare(
      'update deliveries set replayed_at = null where id = (select id from deliveries where app_id = ? and replayed_at is not null limit 1)',
    )
      .bind(app.id)
      .run();
    const events = await env.DB.prepare('select event_id from deliveries where endpoint_id = ? limit 2')
      .bind(first)
      .all<{ event_id: string }>();
    const singles = await Promise.all(
      events.results.map((each) => post(`/v1/events/${each.event_id}/replay`, { endpoint_id: second })),
    );
    expect(singles.map(({ status }) => status).sort()).toEqual([202, 429]);
    expect(await count('replayed_at is not null')).toBe(PER_HOUR);
  });

  test('of one app is not another’s', async () => {
    const endpointId = await disabledEndpoint();
    await seed(PER_HOUR, { endpointId, status: 'succeeded', replayedAt: Date.now() });
    await seed(1, { endpointId });
    expectRefused(await post('/v1/replays', { endpoint_id: endpointId }));
    app = await world.createApp({ product: unique('app'), webhook: false });
    const mine = await disabledEndpoint();
    await seed(1, { endpointId: mine });
    expect((await post('/v1/replays', { endpoint_id: mine })).body).toMatchObject({ replayed: 1 });
  });
});

test('another app’s deliveries, events and endpoints are as unknown as any, and stay as they are', async () => {
  const endpointId = await disabledEndpoint();
  await seed(2, { endpointId });
  const [delivery] = (await read<Page<Delivery>>('/v1/deliveries')).data;
  const otherEndpoint = (
    await post<{ id: string }>('/v1/webhook-endpoints', { url: HOOK }, {}, other.secretKey)
  ).body.id;
  const since = ago(HOUR);
  const asOther: [string, object?][] = [
    [`/v1/deliveries/${delivery?.id}/replay`],
    [`/v1/events/${delivery?.event_id}/replay`],
    [`/v1/webhook-endpoints/${endpointId}/recover`, { since }],
    [`/v1/webhook-endpoints/${endpointId}/recover`, { since, dry_run: true }],
    ['/v1/replays', { endpoint_id: endpointId }],
  ];
  for (const [path, body] of asOther) {
    expect(await post(path, body, {}, other.secretKey)).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    });
  }
  expect(await post(`/v1/events/${delivery?.event_id}/replay`, { endpoint_id: otherEndpoint })).toMatchObject(
    {
      status: 404,
    },
  );
  expect((await post('/v1/replays', { since }, {}, other.secretKey)).body).toMatchObject({ matched: 0 });
  expect(await count("status = 'failed' and replays = 0")).toBe(2);
  for (const [path, body] of asOther) {
    expect(await post(path, body, {}, app.publishableKey)).toMatchObject({ status: 403 });
    expect(await post(path, body, {}, env.FLOE_ADMIN_TOKEN)).toMatchObject({ status: 403 });
  }
});

describe('the list of deliveries', () => {
  const readAll = async (query: string) => {
    const seen: Delivery[] = [];
    let pages = 0;
    let cursor: string | null = null;
    do {
      const path: string = `/v1/deliveries?limit=100&${query}${cursor === null ? '' : `&cursor=${cursor}`}`;
      const page: Page<Delivery> = await read<Page<Delivery>>(path);
      seen.push(...page.data);
      cursor = page.next_cursor;
      pages += 1;
    } while (cursor !== null);
    return { seen, pages };
  };

  test('is filtered by type and time', async () => {
    const endpointId = await disabledEndpoint();
    const now = Date.now();
    await seed(2, { endpointId, type: 'payment.succeeded', createdAt: now - 3 * HOUR });
    await seed(3, { endpointId, type: 'refund.created', createdAt: now - 2 * HOUR });
    await seed(4, { endpointId, type: 'payment.failed', status: 'succeeded', createdAt: now - HOUR });
    const number = async (query: string) => (await readAll(query)).seen.length;
    expect(await number('type=payment.*')).toBe(6);
    expect(await number('type=payment.failed')).toBe(4);
    expect(await number(`created_after=${ago(2.5 * HOUR)}`)).toBe(7);
    expect(await number(`created_after=${ago(2.5 * HOUR)}&created_before=${ago(1.5 * HOUR)}`)).toBe(3);
    expect(await number(`type=payment.*&status=failed&endpoint=${endpointId}`)).toBe(2);
    expect(await number(`type=payment.*&created_before=${ago(1.5 * HOUR)}`)).toBe(2);
    for (const bad of ['type=pay*', 'created_after=yesterday', 'since=2026-01-01T00:00:00Z']) {
      expect((await call('GET', `/v1/deliveries?${bad}`, { key: app.secretKey })).status).toBe(422);
    }
  });

  test('finds a rare type behind thousands of others at once', async () => {
    const endpointId = await disabledEndpoint();
    await seed(3, { endpointId, type: 'refund.created', createdAt: Date.now() - 5 * HOUR });
    await seed(4_100, { endpointId, type: 'payment.succeeded', createdAt: Date.now() - HOUR });
    await seed(1, { endpointId, type: 'refund.created', createdAt: Date.now() - 1_000 });
    for (const query of ['type=refund.created', 'type=refund.*', `type=refund.*&endpoint=${endpointId}`]) {
      const { seen, pages } = await readAll(query);
      expect([seen.length, pages]).toEqual([4, 1]);
      expect(seen.map((each) => each.created_at)).toEqual(
        seen
          .map((each) => each.created_at)
          .sort()
          .toReversed(),
      );
    }
    expect(await readAll('type=grant.created')).toEqual({ seen: [], pages: 1 });
  });

  test('finds hundreds of a type behind thousands of others, page by page', async () => {
    const endpointId = await disabledEndpoint();
    await seed(450, { endpointId, type: 'refund.created', createdAt: Date.now() - 5 * HOUR });
    await seed(4_100, { endpointId, type: 'payment.succeeded', createdAt: Date.now() - HOUR });
    await seed(1, { endpointId, type: 'refund.created', createdAt: Date.now() - 1_000 });
    const { seen, pages } = await readAll('type=refund.created');
    expect(new Set(seen.map(({ id }) => id)).size).toBe(451);
    expect(seen).toHaveLength(451);
    expect(pages).toBeGreaterThan(5);
    expect(pages).toBeLessThan(12);
  });

  test('without a status merges those of all statuses and endpoints, newest first', async () => {
    const endpoints = [await disabledEndpoint(), await disabledEndpoint()];
    const hours = ['failed', 'succeeded', 'pending', 'canceled'].entries();
    for (const [i, status] of hours)
      for (const endpointId of endpoints)
        await seed(70, { endpointId, status, createdAt: Date.now() - (i + 1) * HOUR });
    const { seen, pages } = await readAll('');
    expect([seen.length, new Set(seen.map(({ id }) => id)).size, pages]).toEqual([560, 560, 6]);
    const times = seen.map((each) => each.created_at);
    expect(times).toEqual(times.toSorted().toReversed());
    expect((await readAll(`endpoint=${endpoints[0]}`)).seen).toHaveLength(280);
    expect((await readAll(`endpoint=${endpoints[0]}&status=canceled`)).seen).toHaveLength(70);
    expect((await readAll('status=failed')).seen).toHaveLength(140);
  });
});

describe('the list of events', () => {
  test('finds a type, rare or not, behind thousands of others', async () => {
    const endpointId = await disabledEndpoint();
    await seed(2, { endpointId, type: 'grant.created' });
    await seed(500, { endpointId, type: 'refund.created' });
    await seed(2_300, { endpointId, type: 'payment.succeeded' });
    const readAll = async (type: string) => {
      const seen: number[] = [];
      let pages = 0;
      let cursor: string | null = null;
      do {
        const path: string = `/v1/events?limit=100&type=${type}${cursor === null ? '' : `&cursor=${cursor}`}`;
        const page: Page<{ sequence: number }> = await read<Page<{ sequence: number }>>(path);
        seen.push(...page.data.map(({ sequence }) => sequence));
        cursor = page.next_cursor;
        pages += 1;
      } while (cursor !== null);
      expect(seen).toEqual([...new Set(seen)].sort((a, b) => b - a));
      return [seen.length, pages];
    };
    expect(await readAll('grant.created')).toEqual([2, 1]);
    expect(await readAll('refund.created')).toEqual([500, 7]);
    expect(await readAll('payment.succeeded')).toEqual([2_300, 23]);
    expect(await readAll('refund.failed')).toEqual([0, 1]);
  });
});

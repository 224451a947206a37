import { env } from 'cloudflare:workers';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  change,
  create,
  HOOK,
  type Page,
  PATH,
  readDeliveries,
  type Refusal,
  setEndpoint,
  tell,
} from './endpoint-calls.ts';
import { call, createWorld, type TestApp, unique, type World } from '../harness/harness.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

interface Metrics {
  since: string;
  attempts: number;
  succeeded: number;
  failed: number;
  success_rate: number | null;
  latency_ms: { p50: number | null; p95: number | null };
  deliveries: { pending: number; failed: number };
  backlog: { count: number; oldest_at: string | null; age_seconds: number | null };
  failing_since: string | null;
  last_success_at: string | null;
  enabled: boolean;
  disabled_reason: string | null;
}

let world: World;
let app: TestApp;
let id: string;

async function freshEndpoint(): Promise<void> {
  app = await world.createApp({ product: unique('app'), webhook: false });
  id = (await create(app, { url: HOOK })).body.id;
  await tell(app, ['payment.succeeded']);
}

/** Attempts at the endpoint's first delivery, `ago` milliseconds ago, as recording would write them. */
async function attempted(
  attempts: { ago: number; status: number | null; latency?: number }[],
  endpointId = id,
): Promise<void> {
  const [delivery] = await readDeliveries(endpointId);
  const rows = attempts.map(({ ago, status, latency = 10 }) => [
    `att_${crypto.randomUUID()}`,
    Date.now() - ago,
    status,
    latency,
  ]);
  await env.DB.prepare(
    `insert into delivery_attempts (id, delivery_id, endpoint_id, attempt, at, status, error, latency_ms)
    select r.value ->> 0, ?1, ?2, 1, r.value ->> 1, r.value ->> 2, iif(r.value ->> 2 is null, 'timeout', null), r.value ->> 3
    from json_each(?3) as r`,
  )
    .bind(delivery?.id, endpointId, JSON.stringify(rows))
    .run();
}

const measure = (query = '', as: TestApp = app, endpoint = id) =>
  call<Metrics & Refusal>('GET', `${PATH}/${endpoint}/metrics${query}`, { key: as.secretKey });

describe('the metrics of an endpoint', () => {
  beforeAll(async () => {
    world = await createWorld();
  });
  beforeEach(freshEndpoint);

  test('say of a new one that nothing is known yet', async () => {
    const other = (await create(app, { url: HOOK, events: ['grant.*'] })).body.id;
    const { status, body } = await measure('', app, other);
    expect(status).toBe(200);
    const { since, ...rest } = body;
    expect(Math.abs(Date.now() - DAY_MS - Date.parse(since))).toBeLessThan(MINUTE_MS);
    expect(rest).toEqual({
      endpoint_id: other,
      attempts: 0,
      succeeded: 0,
      failed: 0,
      success_rate: null,
      latency_ms: { p50: null, p95: null },
      deliveries: { pending: 0, failed: 0 },
      backlog: { count: 0, oldest_at: null, age_seconds: null },
      failing_since: null,
      last_success_at: null,
      enabled: true,
      disabled_reason: null,
    });
  });

  test('count what arrived, and rank the latency of what was answered', async () => {
    await attempted([
      ...Array.from({ length: 20 }, (_, i) => ({
        ago: (20 - i) * MINUTE_MS,
        status: i < 15 ? 200 : 500,
        latency: (i + 1) * 10,
      })),
      // No answer has no latency, only how long was waited.
      ...Array.from({ length: 5 }, (_, i) => ({ ago: i * MINUTE_MS, status: null, latency: 15_000 })),
    ]);
    const { body } = await measure();
    expect(body).toMatchObject({
      attempts: 25,
      succeeded: 15,
      failed: 10,
      success_rate: 0.6,
      latency_ms: { p50: 100, p95: 190 },
    });
    const lastSuccess = Date.now() - 6 * MINUTE_MS;
    expect(Math.abs(Date.parse(body.last_success_at ?? '') - lastSuccess)).toBeLessThan(MINUTE_MS / 2);
  });

  test('of one answer rank that one, and a redirect is no success', async () => {
    await attempted([{ ago: 0, status: 302, latency: 7 }]);
    const { body } = await measure();
    expect(body).toMatchObject({
      attempts: 1,
      succeeded: 0,
      success_rate: 0,
      latency_ms: { p50: 7, p95: 7 },
    });
    expect(body.last_success_at).toBeNull();
  });

  test('have no latency when nothing was answered', async () => {
    await attempted([{ ago: 0, status: null, latency: 15_000 }]);
    const { body } = await measure();
    expect(body).toMatchObject({ attempts: 1, failed: 1, latency_ms: { p50: null, p95: null } });
  });

  test('begin when asked to, but remember an earlier success', async () => {
    await attempted([
      { ago: 3 * DAY_MS, status: 200, latency: 1 },
      { ago: 2 * 60 * MINUTE_MS, status: 500, latency: 2 },
      { ago: 5 * MINUTE_MS, status: 503, latency: 3 },
    ]);
    expect((await measure()).body).toMatchObject({ attempts: 2, succeeded: 0 });
    const hour = new Date(Date.now() - 60 * MINUTE_MS).toISOString();
    const { body } = await measure(`?since=${hour}`);
    expect(body).toMatchObject({ since: hour, attempts: 1, latency_ms: { p50: 3 } });
    expect(Date.parse(body.last_success_at ?? '')).toBeLessThan(Date.now() - 2 * DAY_MS);
    const week = new Date(Date.now() - 7 * DAY_MS).toISOString().replace('Z', '%2B00:00');
    expect((await measure(`?since=${week}`)).body).toMatchObject({ attempts: 3, succeeded: 1 });
    const future = new Date(Date.now() + DAY_MS).toISOString();
    expect((await measure(`?since=${future}`)).body).toMatchObject({ attempts: 0, success_rate: null });
  });

  test('read the newest 10,000 attempts at most', async () => {
    await attempted([
      ...Array.from({ length: 20 }, (_, i) => ({ ago: 60 * MINUTE_MS + i, status: 200, latency: 1 })),
      ...Array.from({ length: 9_990 }, (_, i) => ({ ago: i, status: 500, latency: 2 })),
    ]);
    expect((await measure()).body).toMatchObject({ attempts: 10_000, succeeded: 10, failed: 9_990 });
  });

  test('show what waits, for how long, and what was given up', async () => {
    await tell(app, ['payment.updated', 'grant.created', 'grant.revoked']);
    const [oldest, failed, arrived] = await readDeliveries(id);
    const at = Date.now() - 2 * DAY_MS;
    await env.DB.batch([
      env.DB.prepare('update deliveries set created_at = ?, next_attempt_at = 9e12 where id = ?').bind(
        at,
        oldest?.id,
      ),
      env.DB.prepare("update deliveries set status = 'failed' where id = ?").bind(failed?.id),
      env.DB.prepare("update deliveries set status = 'succeeded' where id = ?").bind(arrived?.id),
    ]);
    await change(app, id, { enabled: false });
    await setEndpoint(id, { failing_since: 1_000 });
    const { body } = await measure();
    expect(body).toMatchObject({
      // Those made since then, and all of them.
      deliveries: { pending: 1, failed: 1 },
      backlog: { count: 2, oldest_at: new Date(at).toISOString() },
      failing_since: '1970-01-01T00:00:01.000Z',
      enabled: false,
      disabled_reason: 'paused',
    });
    expect(Math.abs((body.backlog.age_seconds ?? 0) - (2 * DAY_MS) / 1000)).toBeLessThan(60);
  });

  test('never mix endpoints, and are the app’s own', async () => {
    const other = (await create(app, { url: HOOK })).body.id;
    await tell(app, ['payment.succeeded']);
    await attempted([{ ago: 0, status: 200 }]);
    expect((await measure('', app, other)).body).toMatchObject({ attempts: 0, backlog: { count: 1 } });
    const stranger = await world.createApp({ product: unique('atlas'), webhook: false });
    const isUnknown = { status: 404, body: { code: 'not_found' } };
    expect(await measure('', stranger)).toMatchObject(isUnknown);
    expect(await measure('', app, 'ep_unknown')).toMatchObject(isUnknown);
    await call('DELETE', `${PATH}/${id}`, { key: app.secretKey });
    expect(await measure()).toMatchObject(isUnknown);
  });

  test.each([
    [
      'more than 90 days',
      `?since=${new Date(Date.now() - 90 * DAY_MS - MINUTE_MS).toISOString()}`,
      'query.since',
    ],
    ['a day that is none', '?since=2026-02-30', 'query.since'],
    ['a word', '?since=yesterday', 'query.since'],
    ['an end', '?until=2026-11-21T00:00:00Z', 'query.until'],
  ])('refuse %s', async (_what, query, path) => {
    expect(await measure(query)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ path }] },
    });
  });
});

interface Unhealthy {
  id: string;
  app: string;
  url: string;
  state: string;
  since: string;
  disabled_reason: string | null;
  backlog: { count: number; oldest_at: string | null; age_seconds: number | null };
}

describe('the operator’s list of endpoints', () => {
  const list = (query: string, key = env.FLOE_ADMIN_TOKEN) =>
    call<Page<Unhealthy> & Refusal>('GET', `/admin/webhook-endpoints${query}`, { key });
  const ids: Record<string, string> = {};
  let quay: TestApp;
  let atlas: TestApp;

  beforeAll(async () => {
    world = await createWorld();
    quay = await world.createApp({ product: unique('quay'), webhook: false });
    atlas = await world.createApp({ product: unique('atlas'), webhook: false });
    const rows: [string, TestApp, Record<string, unknown>][] = [
      ['well', quay, {}],
      ['fails', quay, { failing_since: 3_000, failures: 9 }],
      ['fails later', atlas, { failing_since: 4_000, failures: 9 }],
      ['fails as late', quay, { failing_since: 4_000, failures: 9 }],
      ['paused', atlas, { enabled: 0, disabled_reason: 'paused', disabled_at: 7_000 }],
      [
        'given up',
        quay,
        { enabled: 0, disabled_reason: 'failing', disabled_at: 8_000, failing_since: 1_000, failures: 9 },
      ],
      ['deleted', quay, { failing_since: 4_000, deleted_at: 5_000 }],
      ['deleted while paused', quay, { enabled: 0, disabled_at: 9_000, deleted_at: 9_500 }],
    ];
    for (const [name, owner, columns] of rows) {
      const made = await create(owner, { url: `${HOOK}/${encodeURIComponent(name)}` });
      ids[name] = made.body.id;
      if (Object.keys(columns).length > 0) await setEndpoint(made.body.id, columns);
    }
    await tell(atlas, ['payment.succeeded', 'grant.created']);
  });

  test('has those that fail, of all apps, latest first', async () => {
    const { status, body } = await list('?state=failing');
    expect(status).toBe(200);
    const asLate = [ids['fails later'], ids['fails as late']].sort().toReversed();
    expect(body.data.map((each) => each.id)).toEqual([...asLate, ids['fails']]);
    expect(body.data.find((each) => each.id === ids['fails later'])).toEqual({
      id: ids['fails later'],
      app: atlas.slug,
      url: `${HOOK}/fails%20later`,
      state: 'failing',
      since: '1970-01-01T00:00:04.000Z',
      disabled_reason: null,
      backlog: { count: 2, oldest_at: expect.stringMatching(/Z$/), age_seconds: expect.any(Number) },
    });
    expect(body.data.at(-1)).toMatchObject({
      app: quay.slug,
      backlog: { count: 0, oldest_at: null, age_seconds: null },
    });
    expect((await list('')).body).toEqual(body);
  });

  test('has those that are disabled, with the reason', async () => {
    const { body } = await list('?state=disabled');
    expect(body.data.map((each) => [each.id, each.disabled_reason, each.since])).toEqual([
      [ids['given up'], 'failing', '1970-01-01T00:00:08.000Z'],
      [ids['paused'], 'paused', '1970-01-01T00:00:07.000Z'],
    ]);
    expect(body.next_cursor).toBeNull();
  });

  test('goes page by page, also between endpoints of one time', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { status, body }: { status: number; body: Page<Unhealthy> } = await list(
        `?state=failing&limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      expect(status).toBe(200);
      expect(body.data).toHaveLength(1);
      seen.push(...body.data.map((each) => each.id));
      cursor = body.next_cursor;
    }
    expect(seen).toEqual((await list('?state=failing')).body.data.map((each) => each.id));
  });

  test.each(['?state=paused', '?limit=0', '?cursor=nonsense', '?app=quay'])('refuses %s', async (query) => {
    expect(await list(query)).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  });

  test('is the operator’s alone', async () => {
    for (const key of [quay.secretKey, quay.publishableKey])
      expect(await list('', key)).toMatchObject({ status: 403, body: { code: 'forbidden_key' } });
    expect((await list('', 'nobody')).status).toBe(401);
  });
});

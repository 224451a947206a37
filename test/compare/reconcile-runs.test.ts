import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import {
  eventsOf,
  finishRun,
  losing,
  NO_DRIFT,
  passTime,
  readRun,
  reconcile,
  rowsOf,
  runCron,
  type RunView,
  startByHand,
  startRun,
  step,
  stepToEnd,
} from './reconcile-calls.ts';
import { keepTables, readSequenceGaps, readState, restoreTables, startPayment } from '../harness/story.ts';

/* How a run goes: when, how fast, and what happens when it is cut off. */

let world: World;
let quay: TestApp;

const MINUTE = 60_000;
const DAY = 86_400_000;
const BENEFITS = [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }];
/** The mode's own budget, not that of tests. */
const REAL_BUDGET = { FLOE_RECONCILE_REQUESTS_PER_MINUTE: undefined };

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
});

async function loseAPurchase(): Promise<string> {
  const product = await world.createProduct({ name: 'quay:lifetime', benefits: BENEFITS });
  const payment = await startPayment(quay, product.id);
  await losing(world, () => world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' }));
  return payment.id;
}

async function setFaults(faults: object): Promise<void> {
  const response = await world.simulator.fetch(
    new Request('https://sandbox-api.polar.sh/_sim/faults', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(faults),
    }),
  );
  expect(response.ok).toBe(true);
}

/** What Polar answers, before a test stands in its way. */
function answerOfPolar(): World['simulator']['fetch'] {
  const { simulator } = world;
  const answer = simulator.fetch.bind(simulator);
  return (request) => answer(request);
}

const at = (iso: string | null) => Date.parse(iso ?? '');

describe('starting', () => {
  it('twice at once makes one run; the other is told which', async () => {
    const answers = await Promise.all([startRun(), startRun()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    const [started, refused] = answers.toSorted((a, b) => a.status - b.status);
    expect(refused?.body).toMatchObject({ code: 'conflict' });
    expect(refused?.body.detail).toContain(started?.body.id);
    expect(refused?.headers.get('retry-after')).toBe('60');
    await finishRun(started?.body.id ?? '');
    expect((await startRun()).status).toBe(202);
  });

  it('is the operator’s alone, and what is asked for is checked', async () => {
    for (const key of [undefined, quay.secretKey, quay.publishableKey]) {
      const options = { body: { mode: 'sandbox' }, ...(key === undefined ? {} : { key }) };
      expect([401, 403]).toContain((await call('POST', '/admin/reconcile', options)).status);
      expect([401, 403]).toContain((await call('GET', '/admin/reconcile', key ? { key } : {})).status);
    }
    for (const body of [{ mode: 'test' }, { scope: 'all' }, { grace_seconds: -1 }, { grace_seconds: 1.5 }]) {
      expect((await startRun(body)).status).toBe(422);
    }
    const key = env.FLOE_ADMIN_TOKEN;
    expect((await call('GET', '/admin/reconcile/rec_nothing', { key })).status).toBe(404);
    expect((await call('GET', '/admin/reconcile?cursor=nonsense', { key })).status).toBe(422);
  });

  it('runs of both modes are listed newest first, page by page', async () => {
    const ids: string[] = [];
    for (const mode of ['sandbox', 'live', 'sandbox']) ids.unshift((await reconcile(world, { mode })).id);
    const read = async (query: string) =>
      (
        await call<{ data: RunView[]; next_cursor: string | null }>('GET', `/admin/reconcile?${query}`, {
          key: env.FLOE_ADMIN_TOKEN,
        })
      ).body;
    const listed: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page = await read(`limit=1${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
      listed.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(listed).toEqual(ids);
    expect((await read('mode=live')).data.map(({ mode }) => mode)).toEqual(['live']);
  });
});

describe('a run that is cut off', () => {
  /** D1 that dies for good before, or right after, its `nth` call of this step. */
  function dyingDatabase(nth: number, when: 'before' | 'after') {
    let calls = 0;
    let isDead = false;
    const dead = () => new Error('D1_ERROR: the Worker was killed');
    const once = async <T>(run: () => Promise<T>): Promise<T> => {
      if (isDead) throw dead();
      calls += 1;
      if (calls < nth) return run();
      isDead = true;
      if (when === 'after') await run();
      throw dead();
    };
    const DB = {
      prepare: (query: string) => {
        if (isDead) throw dead();
        return env.DB.prepare(query);
      },
      batch: (statements: D1PreparedStatement[]) => once(() => env.DB.batch(statements)),
    };
    return { DB, hasDied: () => isDead };
  }

  it.each(['before', 'after'] as const)('%s any write ends as if it had not been', async (when) => {
    await loseAPurchase();
    const tables = await keepTables();
    const state = async () => {
      const { polar_events: _polarEvents, ...rest } = await readState();
      // When an API read was made is part of a version, and no two runs read at the same time.
      return JSON.parse(
        JSON.stringify(rest).replaceAll(/"(seen_version|paid_at|succeeded_at)":\d+/g, '"$1":0'),
      );
    };
    await restoreTables(tables);
    await stepToEnd((await startByHand()).id);
    const expected = await state();
    expect(expected.events.length).toBeGreaterThan(2);
    for (let nth = 1, deaths = 1; deaths > 0; nth++) {
      expect(nth).toBeLessThan(80);
      await restoreTables(tables);
      deaths = 0;
      const { id } = await startByHand();
      for (let steps = 0; (await readRun(id)).status === 'running'; steps++) {
        expect(steps).toBeLessThan(20);
        await passTime();
        const { DB, hasDied } = dyingDatabase(nth, when);
        await step(id, deaths === 0 ? { DB } : {});
        if (hasDied()) deaths += 1;
      }
      expect(await state()).toEqual(expected);
      expect(await readSequenceGaps()).toEqual([]);
      expect((await readRun(id)).report.kinds['order']?.repaired ?? 0).toBeLessThanOrEqual(1);
    }
  });

  it('is woken by the schedule when its message was lost, or its lease has passed', async () => {
    await loseAPurchase();
    const { id } = await startByHand();
    await env.DB.prepare("update reconcile_runs set lease_token = 'dead', lease_until = ?")
      .bind(Date.now() + MINUTE)
      .run();
    await runCron();
    await world.settle();
    expect(await readRun(id)).toMatchObject({ status: 'running', report: { requests: 0 } });
    await env.DB.prepare('update reconcile_runs set lease_until = ?')
      .bind(Date.now() - 1)
      .run();
    await runCron();
    expect(await finishRun(id)).toMatchObject({ status: 'finished' });
    expect(await rowsOf('select status from payments')).toEqual([{ status: 'succeeded' }]);
  });

  it('is continued by one consumer when two get the message', async () => {
    const { id } = await startByHand();
    world.polarRequests.length = 0;
    await Promise.all([step(id), step(id)]);
    expect(world.polarRequests.filter((each) => each === 'GET /v1/webhooks/endpoints')).toHaveLength(1);
  });
});

describe('Polar’s limit', () => {
  it.each([
    ['sandbox', 20],
    ['live', 60],
  ] as const)('in %s, no minute has more than %i requests', async (mode, perMinute) => {
    await world.createApp({ product: 'atlas', mode: 'live' });
    for (let i = 0; i < 3; i++) await world.createProduct({ name: `quay:${i}`, mode });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const { id } = await startByHand({ mode, scope: 'full' }, REAL_BUDGET);
    const times: number[] = [];
    for (let second = 0; (await readRun(id)).status === 'running'; second++) {
      expect(second).toBeLessThan(200);
      world.polarRequests.length = 0;
      await step(id, REAL_BUDGET);
      times.push(...world.polarRequests.map(() => second));
      vi.setSystemTime(Date.now() + 1000);
    }
    const { report } = await readRun(id);
    expect(times).toHaveLength(report.requests);
    expect(report.requests).toBeGreaterThan(18);
    for (const from of times) {
      const inMinute = times.filter((time) => time >= from && time < from + 60).length;
      expect(inMinute).toBeLessThanOrEqual(perMinute);
    }
  });

  it('when it is reached, the run waits as long as Polar asks, and goes on where it was', async () => {
    await loseAPurchase();
    const { id } = await startByHand();
    await setFaults({ rate_limited: 1, retry_after_s: 90, path: '/v1/orders/' });
    await passTime();
    await step(id);
    const waiting = await readRun(id);
    expect(waiting).toMatchObject({ status: 'running', error: expect.stringContaining('rate limit') });
    expect(at(waiting.next_step_at) - Date.now()).toBeGreaterThan(80_000);
    const { requests } = waiting.report;
    await step(id);
    expect((await readRun(id)).report.requests).toBe(requests);
    await setFaults({ rate_limited: 0, path: null });
    const run = await stepToEnd(id);
    expect(run).toMatchObject({ status: 'finished', error: null });
    expect(run.report.kinds['order']).toMatchObject({ missing: 1, repaired: 1 });
  });

  it('while Polar is away the run waits longer each time, and never fails', async () => {
    await loseAPurchase();
    const { id } = await startByHand();
    world.polarDown = true;
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      await passTime();
      const before = Date.now();
      await step(id);
      waits.push(Math.round((at((await readRun(id)).next_step_at) - before) / 10_000) * 10);
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300]);
    expect(await readRun(id)).toMatchObject({ status: 'running' });
    world.polarDown = false;
    const run = await stepToEnd(id);
    expect(run.report.kinds['order']).toMatchObject({ missing: 1, repaired: 1 });
    expect((await reconcile(world)).report.total).toEqual(NO_DRIFT);
  });
});

describe('what cannot be read', () => {
  it('a list that Polar refuses is told, and the others are read', async () => {
    await loseAPurchase();
    const answer = answerOfPolar();
    world.simulator.fetch = (request) =>
      request.url.includes('/v1/disputes/')
        ? Promise.resolve(Response.json({ error: 'insufficient_scope' }, { status: 403 }))
        : answer(request);
    const run = await reconcile(world);
    expect(run.status).toBe('finished');
    expect(run.report.refused).toEqual({
      new_disputes: expect.stringContaining('lacks a scope'),
      open_disputes: expect.stringContaining('lacks a scope'),
    });
    expect(run.report.kinds['order']).toMatchObject({ repaired: 1 });
  });

  it('a run for which Polar refuses everything has failed', async () => {
    world.simulator.fetch = () => Promise.resolve(Response.json({ error: 'invalid_token' }, { status: 401 }));
    const run = await reconcile(world);
    expect(run).toMatchObject({ status: 'failed', error: expect.stringContaining('access token') });
  });

  it('an object that is not what Polar documents is counted as failed, and stops no other', async () => {
    await loseAPurchase();
    await loseAPurchase();
    const answer = answerOfPolar();
    world.simulator.fetch = async (request) => {
      const response = await answer(request);
      if (!request.url.includes('/v1/orders/?')) return response;
      const page = await response.json<{ items: { total_amount: unknown }[] }>();
      const [first, ...others] = page.items;
      const odd = first ? [{ ...first, total_amount: 'nine' }] : [];
      return Response.json({ ...page, items: [...odd, ...others] });
    };
    const run = await reconcile(world);
    expect(run.report.kinds['order']).toMatchObject({ seen: 2, missing: 2, repaired: 1, failed: 1 });
    world.simulator.fetch = answer;
    expect((await reconcile(world)).report.total.failed).toBe(0);
    expect(await rowsOf('select distinct status from payments')).toEqual([{ status: 'succeeded' }]);
  });
});

describe('grace', () => {
  it('what changed just now is left to its webhook; what is still missing by the next run is found', async () => {
    await loseAPurchase();
    const first = await reconcile(world, { grace_seconds: 120 });
    expect(first.report.kinds['order']).toMatchObject({ seen: 1, young: 1, missing: 0, repaired: 0 });
    expect(await rowsOf('select status from payments')).toEqual([{ status: 'pending' }]);
    await world.advance(10 * MINUTE);
    const second = await reconcile(world, { grace_seconds: 120 });
    expect(second.report.kinds).toMatchObject({
      order: { young: 0, missing: 1, repaired: 1 },
      grant: { young: 0, missing: 1, repaired: 1 },
      customer: { young: 0, missing: 1, repaired: 1 },
    });
  });
});

describe('the schedule', () => {
  const runs = () =>
    rowsOf('select mode, scope, trigger, status from reconcile_runs order by started_at, id');
  const cronAfter = async (ms: number) => {
    await world.advance(ms);
    await runCron();
    for (const { id } of await rowsOf<{ id: string }>(
      "select id from reconcile_runs where status = 'running'",
    ))
      await finishRun(id);
  };
  const SANDBOX = { mode: 'sandbox', trigger: 'schedule', status: 'finished' };

  it('begins 15 minutes after the first app, then runs every 15 minutes, and reads everything once a day', async () => {
    await loseAPurchase();
    await runCron();
    expect(await runs()).toEqual([]);
    await cronAfter(16 * MINUTE);
    expect(await runs()).toEqual([{ ...SANDBOX, scope: 'full' }]);
    expect(await rowsOf('select status from payments')).toEqual([{ status: 'succeeded' }]);
    await cronAfter(14 * MINUTE);
    expect(await runs()).toHaveLength(1);
    await cronAfter(2 * MINUTE);
    expect((await runs()).slice(1)).toEqual([{ ...SANDBOX, scope: 'recent' }]);
    await cronAfter(23 * 60 * MINUTE);
    expect((await runs()).slice(2)).toEqual([{ ...SANDBOX, scope: 'recent' }]);
    await cronAfter(60 * MINUTE);
    expect((await runs()).slice(3)).toEqual([{ ...SANDBOX, scope: 'full' }]);
  });

  it('a mode that cannot be started does not keep the other from it, and a running one is not started again', async () => {
    await world.createApp({ product: 'quay', mode: 'live', webhook: false });
    await world.advance(20 * MINUTE);
    let asked = '';
    let failures = 0;
    const DB = {
      prepare: (query: string) => {
        asked = query;
        return env.DB.prepare(query);
      },
      batch: (statements: D1PreparedStatement[]) => {
        if (!asked.includes('reconcile_runs') || failures > 0) return env.DB.batch(statements);
        failures += 1;
        return Promise.reject(new Error('D1_ERROR: Network connection lost'));
      },
    };
    await runCron({ DB });
    await Promise.all([runCron(), runCron()]);
    expect(failures).toBe(1);
    const started = (await runs()).map(({ mode, scope }) => `${String(mode)} ${String(scope)}`);
    expect(started.sort()).toEqual(['live full', 'sandbox full']);
  });

  it('forgets runs after 30 days', async () => {
    await reconcile(world);
    await world.advance(31 * DAY);
    const { id } = await reconcile(world);
    expect(await rowsOf('select id from reconcile_runs')).toEqual([{ id }]);
  });

  it('a full run reads what is recent in between, as often as without it', async () => {
    const product = await world.createProduct({ name: 'quay:free', price: 0 });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const { id } = await startByHand({ scope: 'full' }, REAL_BUDGET);
    for (let i = 0; i < 20 && !(await readRun(id)).remaining.every((name) => !name.includes('_')); i++) {
      await passTime();
      await step(id, REAL_BUDGET);
    }
    expect((await readRun(id)).remaining).toContain('orders');
    vi.setSystemTime(Date.now() + 16 * MINUTE);
    const checkout = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [product.id],
    });
    await losing(world, () => world.pay('sandbox', checkout.url, { email: 'eve@readers.dev' }));
    await passTime();
    await step(id, REAL_BUDGET);
    expect((await readRun(id)).remaining).toContain('recent_orders');
    const run = await stepToEnd(id);
    expect(run.report.kinds['order']).toMatchObject({ missing: 1, repaired: 1 });
    expect((await eventsOf("type = 'payment.succeeded'")).map(({ origin }) => origin)).toEqual(['reconcile']);
  });
});

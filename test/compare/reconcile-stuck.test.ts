import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import {
  losing,
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
import { startPayment } from '../harness/story.ts';

/* No failure keeps a mode from being compared, and an invocation that has lost its lease writes nothing more. */

let world: World;
let quay: TestApp;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  const product = await world.createProduct({ name: 'quay:lifetime' });
  const payment = await startPayment(quay, product.id);
  await losing(world, () => world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' }));
});

const DAY = 86_400_000;
const key = env.FLOE_ADMIN_TOKEN;
const cancel = (id: string, as = key) =>
  call<RunView & { code?: string }>('POST', `/admin/reconcile/${id}/cancel`, { key: as });

/** Bindings with which whatever is bound to `value` fails as a mistake of ours would. */
function failing(value: string) {
  return {
    DB: {
      prepare: (query: string) => {
        const statement = env.DB.prepare(query);
        const bind = statement.bind.bind(statement);
        statement.bind = (...values: unknown[]) => {
          if (values.includes(value)) throw new TypeError('a mistake of ours');
          return bind(...values);
        };
        return statement;
      },
      batch: (statements: D1PreparedStatement[]) => env.DB.batch(statements),
    },
  };
}

/** Does something while Polar answers a request for `path`, once. */
function during(path: string, act: () => Promise<unknown>): void {
  const answer = world.simulator.fetch.bind(world.simulator);
  let isDone = false;
  world.simulator.fetch = async (request) => {
    const response = await answer(request);
    if (!isDone && request.url.includes(path)) {
      isDone = true;
      await act();
    }
    return response;
  };
}

describe('a failure that nobody thought of', () => {
  it.each([
    ['a page without its pagination', { items: [] }],
    ['nothing', null],
    ['a list of something else', { items: 'none', pagination: { max_page: 1 } }],
  ])('%s instead of a list: it is left out, and the others are read', async (_what, body) => {
    const answer = world.simulator.fetch.bind(world.simulator);
    world.simulator.fetch = (request) =>
      /\/v1\/(products|webhooks)/.test(request.url) ? Promise.resolve(Response.json(body)) : answer(request);
    const run = await reconcile(world);
    expect(run).toMatchObject({ status: 'finished', error: null });
    expect(run.report.refused['products']).toContain('not what it documents');
    expect(run.report.kinds['order']).toMatchObject({ missing: 1, repaired: 1 });
  });

  it('is shown, tried a few times more, and then left out with its reason', async () => {
    const { id } = await startByHand();
    const change = failing('new_customers');
    for (let i = 0; i < 3; i++) {
      await passTime();
      expect(await step(id, change)).toBe('acked');
      const run = await readRun(id);
      expect(run).toMatchObject({ status: 'running', error: expect.stringContaining('a mistake of ours') });
      expect(Date.parse(run.next_step_at ?? '')).toBeGreaterThan(Date.now() + 5000);
      expect(run.remaining[0]).toBe('new_customers');
    }
    const run = await stepToEnd(id, change);
    expect(run).toMatchObject({ status: 'finished', error: null });
    expect(run.report.refused).toEqual({ new_customers: expect.stringContaining('a mistake of ours') });
    expect(run.report.kinds['order']).toMatchObject({ repaired: 1 });
    expect(await rowsOf("select * from watermarks where kind = 'new_customers'")).toEqual([]);
  });

  it('a run whose notes cannot be read any more is shown, and makes room for the next', async () => {
    const { id } = await startByHand();
    await env.DB.prepare(`update reconcile_runs set position = '{"todo":"much"}'`).run();
    expect(await readRun(id)).toMatchObject({ status: 'running', remaining: [] });
    await runCron();
    await world.settle();
    expect(await readRun(id)).toMatchObject({ status: 'failed', error: expect.stringContaining('version') });
    expect((await reconcile(world)).status).toBe('finished');
  });

  it('a run that is not done after three days makes room for the next, whatever held it up', async () => {
    const { id } = await startByHand();
    world.polarDown = true;
    await world.advance(3 * DAY - 60_000);
    await runCron();
    await world.settle();
    expect(await readRun(id)).toMatchObject({ status: 'running' });
    await world.advance(10 * 60_000);
    await passTime();
    expect(await step(id)).toBe('acked');
    expect(await readRun(id)).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('three days'),
    });
    world.polarDown = false;
    expect((await reconcile(world)).status).toBe('finished');
  });
});

describe('an operator', () => {
  it('cancels a run, and the next one can start', async () => {
    const { id } = await startByHand();
    expect((await startRun()).status).toBe(409);
    const answer = await cancel(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id, status: 'failed', error: 'Canceled by the operator.' });
    expect(await rowsOf("select actor, target from audit_log where action = 'reconcile.canceled'")).toEqual([
      { actor: 'operator', target: id },
    ]);
    expect((await reconcile(world)).status).toBe('finished');
  });

  it('cannot cancel what is not running, and nobody else can cancel', async () => {
    const { id } = await reconcile(world);
    expect(await cancel(id)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect((await cancel('rec_nothing')).status).toBe(404);
    const other = await startByHand();
    expect([401, 403]).toContain((await cancel(other.id, quay.secretKey)).status);
    expect(await readRun(other.id)).toMatchObject({ status: 'running' });
    expect(await rowsOf("select * from audit_log where action = 'reconcile.canceled'")).toEqual([]);
  });
});

describe('a step that has lost its run', () => {
  it.each([
    [
      'somebody else took it over',
      'running',
      () => env.DB.prepare("update reconcile_runs set lease_token = 'other'").run(),
    ],
    [
      'it was canceled',
      'failed',
      async () => cancel((await rowsOf<{ id: string }>('select id from reconcile_runs'))[0]?.id ?? ''),
    ],
  ])('since %s notes no progress and ends quietly', async (_why, status, lose) => {
    const { id } = await startByHand();
    during('/v1/customers/', lose);
    await passTime();
    expect(await step(id)).toBe('acked');
    expect(await readRun(id)).toMatchObject({ status, remaining: expect.arrayContaining(['new_customers']) });
    expect(await rowsOf('select kind from watermarks')).toEqual([]);
  });

  it('says nothing in the audit log of a run that it did not end', async () => {
    const { id } = await startByHand();
    // What is left of a run that has found drift.
    await env.DB.prepare(
      `update reconcile_runs set position = json_set(position, '$.todo', json_array(json_extract(position, '$.todo[1]'))),
        report = json_set(report, '$.kinds', json('{"order":{"seen":1,"young":0,"missing":1,"stale":0,"repaired":1,"failed":0}}'))`,
    ).run();
    // Lost between the last page and the end.
    let isLost = false;
    const DB = {
      prepare: (query: string) => env.DB.prepare(query),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await env.DB.batch(statements);
        if (!isLost) await env.DB.prepare("update reconcile_runs set lease_token = 'other'").run();
        isLost = true;
        return results;
      },
    };
    await passTime();
    expect(await step(id, { DB })).toBe('acked');
    expect(await readRun(id)).toMatchObject({ status: 'running', remaining: [] });
    expect(await rowsOf("select * from audit_log where action = 'reconcile.drift'")).toEqual([]);
  });
});

import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ReportView } from '../../src/compare/reconcile.answers.ts';
import { failingDatabase } from '../harness/interrupted.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { startPayment } from '../harness/story.ts';
import {
  losing,
  passTime,
  readRun,
  reconcile,
  rowsOf,
  startByHand,
  step,
  stepToEnd,
} from './reconcile-calls.ts';

/* A run names each object that differed, and what was done; also when it is killed on the way. */

const DAY = 86_400_000;
const EMAIL = 'canary-address@readers.dev';

let world: World;
let quay: TestApp;
let product: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  ({ id: product } = await world.createProduct({ name: 'quay:lifetime' }));
  await world.settle();
});

async function buy(email = EMAIL): Promise<void> {
  const payment = await startPayment(quay, product);
  await world.pay('sandbox', payment.checkoutUrl, { email });
  await world.settle();
}

async function report(id: string, query = ''): Promise<ReportView> {
  const answer = await call<ReportView>('GET', `/admin/reconcile/${id}${query}`, {
    key: env.FLOE_ADMIN_TOKEN,
  });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body;
}

const reconciled = async (body: Record<string, unknown> = {}) => report((await reconcile(world, body)).id);
const of = ({ objects }: ReportView, kind: string) => objects.filter((each) => each.kind === kind);

async function idsAtPolar(list: string): Promise<string[]> {
  const { items } = await world.polar<{ items: { id: string }[] }>(
    'sandbox',
    'GET',
    `/v1/${list}/?limit=100`,
  );
  return items.map(({ id }) => id);
}

describe('a report', () => {
  it('of a gateway that has heard everything names nothing', async () => {
    await buy();
    expect(await reconciled()).toMatchObject({ objects: [], objects_not_listed: 0, next_cursor: null });
  });

  it('names what was missing, whose it is, and what was told', async () => {
    await losing(world, () => buy());
    const [order] = await idsAtPolar('orders');
    const run = await reconciled();
    expect(of(run, 'order')).toEqual([
      {
        kind: 'order',
        id: order,
        app: 'quay-sandbox',
        drift: 'missing',
        differs: [],
        outcome: 'applied',
        why: null,
        events: ['payment.succeeded', 'payment.updated', 'customer.created'],
        found_at: expect.any(String),
      },
    ]);
    expect(run.objects.length).toBe(run.report.total.missing + run.report.total.stale);
    expect((await reconciled()).objects).toEqual([]);
  });

  it('names the fields that differ, and never their values', async () => {
    await buy();
    const [order] = await idsAtPolar('orders');
    const [customer] = await idsAtPolar('customers');
    await losing(world, async () => {
      await world.polar('sandbox', 'POST', '/v1/refunds/', { order_id: order, amount: 100, reason: 'other' });
      await world.polar('sandbox', 'PATCH', `/v1/customers/${customer}`, { name: 'Canary Name' });
      await world.polar('sandbox', 'PATCH', `/v1/products/${product}`, { name: 'quay:canary-name' });
    });
    const run = await reconciled({ scope: 'full' });
    expect(of(run, 'order')).toMatchObject([
      {
        id: order,
        drift: 'stale',
        differs: expect.arrayContaining(['refunded_amount', 'status']),
        outcome: 'applied',
      },
    ]);
    expect(of(run, 'refund')).toMatchObject([
      { drift: 'missing', app: 'quay-sandbox', events: ['refund.created', 'refund.succeeded'] },
    ]);
    expect(of(run, 'customer')).toMatchObject([{ id: customer, app: null, differs: ['name'] }]);
    expect(of(run, 'product')).toMatchObject([
      { id: product, app: 'quay-sandbox', differs: expect.arrayContaining(['name']) },
    ]);
    const stored = JSON.stringify(await rowsOf('select * from reconcile_findings'));
    expect(stored + JSON.stringify(run)).not.toMatch(/canary/i);
  });

  it('names a customer that Polar has deleted', async () => {
    await buy();
    const [customer] = await idsAtPolar('customers');
    await losing(world, () => world.polar('sandbox', 'DELETE', `/v1/customers/${customer}`));
    await world.advance(DAY);
    const run = await reconciled({ scope: 'full' });
    expect(of(run, 'customer')).toMatchObject([
      { id: customer, drift: 'stale', outcome: 'deleted', why: null },
    ]);
  });

  it('names what another object asked to read again', async () => {
    const benefits = [{ type: 'custom', description: 'Reader', metadata: { content_id: 'extra' } }];
    ({ id: product } = await world.createProduct({ name: 'quay:book', benefits }));
    await world.settle();
    await losing(world, () => buy());
    const run = await reconciled();
    const [grant] = (await rowsOf<{ id: string }>('select id from grants')).map(({ id }) => id);
    expect(of(run, 'grant')).toMatchObject([{ id: grant, drift: 'missing', app: 'quay-sandbox' }]);
    expect(['applied', 'reread']).toContain(of(run, 'grant')[0]?.outcome);
  });

  it('names a product that has another owner', async () => {
    await env.DB.prepare('update products set app_id = null where id = ?').bind(product).run();
    const run = await reconciled({ scope: 'full' });
    expect(of(run, 'product')).toMatchObject([
      { id: product, app: 'quay-sandbox', drift: 'stale', differs: ['app'], outcome: 'applied' },
    ]);
  });

  it('says of what could not be applied why, without its values', async () => {
    await losing(world, () => buy());
    const { simulator } = world;
    const answer = simulator.fetch.bind(simulator);
    world.simulator.fetch = async (request) => {
      const response = await answer(request);
      if (!request.url.includes('/v1/orders/?')) return response;
      const page = await response.json<{ items: object[] }>();
      return Response.json({
        ...page,
        items: page.items.map((each) => ({ ...each, total_amount: 'canary' })),
      });
    };
    const run = await reconciled();
    world.simulator.fetch = answer;
    expect(of(run, 'order')).toMatchObject([
      { drift: 'missing', outcome: 'failed', why: expect.stringContaining('total_amount'), events: [] },
    ]);
    expect(JSON.stringify(run)).not.toContain('canary');
    expect(of(await reconciled(), 'order')).toMatchObject([{ outcome: 'applied', why: null }]);
  });

  it('is read page by page, each object once', async () => {
    await losing(world, async () => {
      for (const email of ['a@readers.dev', 'b@readers.dev', 'c@readers.dev']) await buy(email);
    });
    const whole = await reconciled();
    expect(whole.objects.length).toBeGreaterThan(5);
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await report(whole.id, `?limit=2${cursor}`);
      expect(page.objects.length).toBeLessThanOrEqual(2);
      seen.push(...page.objects.map(({ kind, id }) => `${kind} ${id}`));
      cursor = page.next_cursor === null ? '' : `&cursor=${encodeURIComponent(page.next_cursor)}`;
    } while (cursor !== '');
    expect(seen).toEqual(whole.objects.map(({ kind, id }) => `${kind} ${id}`));
    const refused = await call('GET', `/admin/reconcile/${whole.id}?cursor=x`, { key: env.FLOE_ADMIN_TOKEN });
    expect(refused.status).toBe(422);
  });

  it('lists a bounded number, and counts the others', async () => {
    await losing(world, () => buy());
    const { id } = await startByHand();
    await env.DB.prepare('update reconcile_runs set findings = 1000').run();
    await stepToEnd(id);
    const run = await report(id);
    expect(run.objects).toEqual([]);
    const { missing, stale } = run.report.total;
    expect(run.objects_not_listed).toBe(1000 + missing + stale);
  });

  it('goes with its run after 30 days', async () => {
    await losing(world, () => buy());
    await reconcile(world);
    expect((await rowsOf('select * from reconcile_findings')).length).toBeGreaterThan(0);
    await world.advance(31 * DAY);
    const { id } = await reconcile(world);
    expect(await rowsOf('select id from reconcile_runs')).toEqual([{ id }]);
    expect(
      await rowsOf(
        'select distinct run_id from reconcile_findings where run_id <> ?'.replace('?', `'${id}'`),
      ),
    ).toEqual([]);
  });

  it('keeps a run until all that it has found is deleted', async () => {
    const { id } = await reconcile(world);
    await env.DB.prepare(
      `insert into reconcile_findings (run_id, kind, object_id, drift, differs, outcome, events, found_at)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < 6000)
       select ?, 'order', i, 'stale', '[]', 'applied', '[]', 0 from n`,
    )
      .bind(id)
      .run();
    await world.advance(31 * DAY);
    const left = async () => [
      await env.DB.prepare('select count(*) as n from reconcile_findings').first('n'),
      (await rowsOf(`select id from reconcile_runs where id = '${id}'`)).length,
    ];
    await reconcile(world);
    expect(await left()).toEqual([1_000, 1]);
    await reconcile(world);
    expect(await left()).toEqual([0, 0]);
  });
});

/** All that is stored, so that it can be so again. */
async function keepEverything(): Promise<() => Promise<void>> {
  const tables = await rowsOf<{ name: string }>(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like '_cf_%' and name not like 'd1_%'",
  );
  const kept = await Promise.all(
    tables.map(async ({ name }) => ({ name, rows: await rowsOf(`select * from ${name}`) })),
  );
  return async () => {
    await env.DB.batch([
      env.DB.prepare('pragma defer_foreign_keys = on'),
      ...kept.map(({ name }) => env.DB.prepare(`delete from ${name}`)),
      ...kept.flatMap(({ name, rows }) =>
        rows.map((row) => {
          const places = Object.keys(row).map(() => '?');
          return env.DB.prepare(
            `insert into ${name} (${Object.keys(row)
              .map((column) => `"${column}"`)
              .join(', ')}) values (${places.join(', ')})`,
          ).bind(...Object.values(row));
        }),
      ),
    ]);
  };
}

/** What a run has found, without what differs from one run to the next. */
const findingsOf = (id: string) =>
  rowsOf(
    `select kind, object_id, app_id, drift, differs, outcome, why, events from reconcile_findings where run_id = '${id}' order by kind, object_id`,
  );

describe('a run that is killed', () => {
  it('on the way has each object once, and says what was told of it, wherever that was', async () => {
    await buy('first@readers.dev');
    await losing(world, async () => {
      await buy();
      const [, order] = await idsAtPolar('orders');
      await world.polar('sandbox', 'POST', '/v1/refunds/', { order_id: order, amount: 100, reason: 'other' });
    });
    const restore = await keepEverything();
    const whole = await startByHand();
    const counted = failingDatabase(undefined, true);
    await step(whole.id, { DB: counted.DB });
    await stepToEnd(whole.id);
    const expected = await findingsOf(whole.id);
    const told = await rowsOf('select type, key from events order by key');
    expect(expected.length).toBeGreaterThan(3);

    const every = env.TEST_IS_CI === '1' ? 1 : 4;
    for (let at = 1; at <= counted.state.calls; at += every) {
      for (const after of [false, true]) {
        await restore();
        const { id } = await startByHand();
        const { DB, state } = failingDatabase({ call: at, after }, true);
        await step(id, { DB });
        expect(state.hasFailed).toBe(true);
        await passTime();
        await stepToEnd(id);
        const where = `call ${at}, ${after ? 'after' : 'before'} it took effect`;
        expect((await readRun(id)).status, where).toBe('finished');
        expect(await findingsOf(id), where).toEqual(expected);
        expect(await rowsOf('select type, key from events order by key'), where).toEqual(told);
      }
    }
  });
});

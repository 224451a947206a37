import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { keepHistory } from '../../src/access/explain/keep-history.ts';
import type { Bindings } from '../../src/base/config.ts';
import { firstIdAt } from '../../src/base/ids.rules.ts';
import type { Services } from '../../src/base/services.ts';
import { pruneExpired, pruneTold, pruneUnpaid } from '../../src/operate/prune-records.ts';
import { createServices } from '../../src/wiring.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { failingDatabase } from '../harness/interrupted.ts';
import { startPayment } from '../harness/story.ts';

/*
 * Pruning that is killed at any of its calls of D1, before the call or after it, and is run again: what is left is what one run
 * leaves that nothing killed, and at no time is anything gone that is still to be delivered, may be replayed, or is explained.
 */

const DAY = 86_400_000;
/** Questions reach back as far, and so do replays. */
const PROMISED_DAYS = 90;

type Row = Record<string, unknown>;
type Tables = Record<string, Row[]>;

let world: World;
let quay: TestApp;
let product: string;
let tables: readonly { name: string; columns: readonly string[] }[];
let before: Tables;
let now: number;

const read = async <T = Row>(sql: string) => (await env.DB.prepare(sql).all<T & Row>()).results;

async function readTables(): Promise<typeof tables> {
  const found = await read<{ name: string; columns: string }>(
    `select t.name, json_group_array(c.name) as columns from sqlite_master as t join pragma_table_info(t.name) as c
     where t.type = 'table' and t.name not like 'sqlite\\_%' escape '\\' and t.name not like '\\_cf%' escape '\\'
       and t.name <> 'd1_migrations' group by t.name`,
  );
  return found.map(({ name, columns }) => ({ name, columns: JSON.parse(columns) as string[] }));
}

async function readAll(): Promise<Tables> {
  const results = await env.DB.batch<Row>(tables.map(({ name }) => env.DB.prepare(`select * from ${name}`)));
  const all = Object.fromEntries(tables.map(({ name }, i) => [name, results[i]?.results ?? []]));
  // Questions that are asked on the way note when a key was used.
  return { ...all, api_keys: (all['api_keys'] ?? []).map((key) => ({ ...key, last_used_at: 0 })) };
}

/** In one batch, so that rows may refer to each other. */
async function writeAll(rows: Tables): Promise<void> {
  const inserts = tables.flatMap(({ name, columns }) =>
    (rows[name] ?? []).map((row) =>
      env.DB.prepare(
        `insert into ${name} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
      ).bind(
        ...columns.map((column) => (Array.isArray(row[column]) ? new Uint8Array(row[column]) : row[column])),
      ),
    ),
  );
  await env.DB.batch([
    env.DB.prepare('pragma defer_foreign_keys = on'),
    ...tables.map(({ name }) => env.DB.prepare(`delete from ${name}`)),
    ...inserts,
  ]);
}

function servicesWith(DB: object): Services {
  return { ...createServices({ ...env, DB } as Bindings, createExecutionContext()), now: () => now };
}

/** The cron's `nth` run. Rows as they were are looked at every five minutes. */
async function prune(nth: number, DB: object = env.DB): Promise<void> {
  const services = servicesWith(DB);
  for (const part of [pruneExpired, pruneUnpaid, pruneTold]) await part(services);
  await keepHistory({ ...services, now: () => now + nth * 6 * 60_000 });
}

async function buy(email: string): Promise<string> {
  const { id, checkoutUrl } = await startPayment(quay, product);
  await world.pay('sandbox', checkoutUrl, { email });
  await world.settle();
  return id;
}

async function pass(days: number): Promise<void> {
  await world.advance(days * DAY);
  await world.settle();
}

/** Everything that pruning looks at, some of it old enough and some not. */
async function liveFor130Days(): Promise<void> {
  await buy('early@readers.dev');
  await startPayment(quay, product);
  const [endpoint] = await read<{ id: string }>('select id from endpoints');
  const paused = await call<{ id: string }>('POST', '/v1/webhook-endpoints', {
    key: quay.secretKey,
    body: { url: 'https://paused.example-site.dev/', enabled: false, events: ['payment.succeeded'] },
  });
  const gone = await call<{ id: string }>('POST', '/v1/webhook-endpoints', {
    key: quay.secretKey,
    body: { url: 'https://gone.example-site.dev/', events: ['gift.claimed'] },
  });
  await buy('waiting@readers.dev');
  await pass(40);
  await buy('refunded@readers.dev');
  await pass(30);
  const [order] = await read<{ id: string; net_amount: number }>(
    'select id, net_amount from orders order by created_at desc, rowid desc limit 1',
  );
  await world.polar('sandbox', 'POST', '/v1/refunds/', {
    order_id: order?.id,
    amount: order?.net_amount,
    reason: 'customer_request',
    revoke_benefits: true,
  });
  await pass(57);
  await buy('late@readers.dev');
  const { checkoutUrl } = await startPayment(quay, product);
  await world.pay('sandbox', checkoutUrl, { email: 'declined@readers.dev', decline: true });
  await pass(3);
  expect([paused.status, gone.status]).toEqual([201, 201]);
  now = Date.now();
  const old = now - 500 * DAY;
  await env.DB.batch([
    env.DB.prepare(
      "insert into api_keys (id, app_id, kind, hash, hint, name, created_at, revoked_at) values ('key_old', ?, 'secret', 'old', 'x', 'x', 0, ?)",
    ).bind(quay.id, old),
    // Cron has run all the time, so that answers reach back.
    env.DB.prepare("insert or replace into history_marks values ('rows', 0, ?)").bind(now - 6 * 60_000),
    env.DB.prepare('update endpoints set deleted_at = ? where id = ?').bind(old, gone.body.id),
    // The walk has passed the first of the two, and the other comes next.
    ...[0, 9].map((place) =>
      env.DB.prepare(
        `insert into events (id, app_id, mode, key, type, sequence, origin, body, occurred_at, created_at)
         values (?, ?, 'sandbox', ?, 'subscription.updated', ?, 'webhook', '{"old":true}', 0, ?)`,
      ).bind(`${firstIdAt('evt', old)}${place}`, quay.id, `subscription.updated:${place}`, -place, old),
    ),
    // It could only be delivered 100 days ago, long after the walk had passed it.
    env.DB.prepare(
      `insert into deliveries (id, event_id, endpoint_id, app_id, sequence, status, attempts, next_attempt_at, lease_until, finished_at, created_at)
       values (?, ?, ?, ?, 0, 'succeeded', 1, 0, 0, ?, ?)`,
    ).bind(firstIdAt('dlv', old), `${firstIdAt('evt', old)}0`, endpoint?.id, quay.id, now - 100 * DAY, old),
    env.DB.prepare("insert into walks (name, after) values ('events that are only news', ?)").bind(
      `${firstIdAt('evt', old)}5`,
    ),
  ]);
}

/** What must be there at any time: what waits, what may be replayed, and answers about the last 90 days. */
async function readPromised() {
  const since = now - PROMISED_DAYS * DAY;
  // Of the one who bought 130 days ago, and of the one who bought 90 and gave it back 60 days ago.
  const customers = await read<{ id: string }>(
    "select id from customers where email like 'early%' or email like 'refunded%' order by email",
  );
  const answers: unknown[] = [];
  for (const { id } of customers)
    for (const days of [89, 1]) {
      const at = new Date(now - days * DAY).toISOString();
      const { status, body } = await call<{ allow: boolean; reason: string }>(
        'GET',
        `/v1/access/explain?customer=${id}&resource=content:blog/one&at=${at}`,
        { key: quay.secretKey },
      );
      answers.push([status, body.allow, body.reason]);
    }
  return {
    waiting: await read(
      "select d.*, f.body from deliveries as d join events as f on f.id = d.event_id where d.status = 'pending' order by d.id",
    ),
    replayable: await read(
      `select d.*, f.body from deliveries as d join events as f on f.id = d.event_id where d.finished_at > ${since} order by d.id`,
    ),
    attempts: await read(`select * from delivery_attempts where at > ${since} order by id`),
    paid: await read('select * from payments where succeeded_at is not null order by id'),
    grants: await read('select * from grants order by id'),
    answers,
  };
}

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  product = (await world.createProduct({ name: 'quay:once', metadata: { content_id: 'blog/one' } })).id;
  await world.settle();
  await liveFor130Days();
  tables = await readTables();
  before = await readAll();
});

describe('pruning', () => {
  it('that is killed anywhere and run again leaves what one run leaves, and loses nothing on the way', async () => {
    const promised = await readPromised();
    expect(promised.waiting.length).toBeGreaterThan(0);
    expect(promised.replayable.length).toBeGreaterThan(0);
    expect(new Set(promised.answers.map((answer) => JSON.stringify(answer))).size).toBeGreaterThan(1);

    const whole = failingDatabase(undefined, true);
    await prune(0, whole.DB);
    for (const nth of [1, 2]) await prune(nth);
    const expected = await readAll();
    for (const table of ['payments', 'events', 'deliveries', 'delivery_attempts', 'api_keys', 'endpoints'])
      expect(expected[table]?.length, table).toBeLessThan(before[table]?.length ?? 0);
    expect(expected['events']?.filter(({ key }) => String(key).startsWith('subscription.updated'))).toEqual(
      [],
    );
    expect(await readPromised()).toEqual(promised);

    for (let nth = 1; nth <= whole.state.calls; nth++)
      for (const after of [false, true]) {
        const where = `${after ? 'after' : 'before'} call ${nth}`;
        await writeAll(before);
        const { DB, state } = failingDatabase({ call: nth, after }, true);
        await expect(prune(0, DB), where).rejects.toThrow('D1_ERROR');
        expect(state.hasFailed, where).toBe(true);
        expect(await readPromised(), where).toEqual(promised);
        for (const again of [1, 2]) await prune(again);
        expect(await readAll(), where).toEqual(expected);
      }
  });

  it('by two at once does the same', async () => {
    await writeAll(before);
    for (const nth of [0, 1, 2]) await prune(nth);
    const expected = await readAll();
    await writeAll(before);
    await Promise.all([prune(0), prune(0)]);
    for (const nth of [1, 2]) await prune(nth);
    expect(await readAll()).toEqual(expected);
  });
});

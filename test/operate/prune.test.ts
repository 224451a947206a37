import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import { firstIdAt } from '../../src/base/ids.rules.ts';
import worker from '../../src/index.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { deliver, record, startPayment } from '../harness/story.ts';

/*
 * Rows that are over are deleted after some time (ADR 59), or they would fill the database. No purchase that still
 * counts may depend on them.
 */

const DAY = 86_400_000;
const RUNS = Math.min(Math.max(3, Math.floor(Number(env.TEST_RUNS) / 10)), 30);

let world: World;
let quay: TestApp;
let product: string;

afterEach(() => world.settle());

async function setUp(): Promise<void> {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  product = (await world.createProduct({ name: 'quay:lifetime', metadata: { content_id: 'blog/one' } })).id;
  await world.settle();
}

async function runCron(bindings: Bindings = env): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, bindings, context);
  await waitOnExecutionContext(context);
  await world.settle();
}

interface Told {
  key: string;
  sequence: number;
}

async function read<T>(sql: string): Promise<T[]> {
  return (await env.DB.prepare(sql).all<T & Record<string, unknown>>()).results;
}

async function count(from: string): Promise<number> {
  return (await read<{ n: number }>(`select count(*) as n from ${from}`))[0]?.n ?? 0;
}

const readMoney = () =>
  read(
    `select status, currency, count(*) as payments, sum(amount) as amount, sum(refunded_amount) as refunded
     from payments where succeeded_at is not null group by 1, 2`,
  );

async function buy(email: string): Promise<string> {
  const payment = await startPayment(quay, product);
  await world.pay('sandbox', payment.checkoutUrl, { email });
  await world.settle();
  return payment.id;
}

describe('lives of checkouts, long after', () => {
  it('leave what is paid as it was, and of the rest a number', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('abandon', 'decline', 'buy', 'refund'), { minLength: 2, maxLength: 6 }),
        async (acts) => {
          await setUp();
          for (const [index, act] of acts.entries()) {
            const email = `reader-${index}@readers.dev`;
            if (act === 'buy') await buy(email);
            else if (act === 'refund') {
              await buy(email);
              const [order] = await read<{ id: string; net_amount: number }>(
                'select id, net_amount from orders order by created_at desc, rowid desc limit 1',
              );
              await world.polar('sandbox', 'POST', '/v1/refunds/', {
                order_id: order?.id,
                amount: order?.net_amount,
                reason: 'customer_request',
              });
            } else {
              const { checkoutUrl } = await startPayment(quay, product);
              if (act === 'decline') await world.pay('sandbox', checkoutUrl, { email, decline: true });
            }
            await world.settle();
          }
          const unpaid = acts.filter((act) => act === 'abandon' || act === 'decline').length;
          const money = await readMoney();
          const events = await read<Told>('select key, sequence from events order by sequence');

          await world.advance(2 * DAY);
          await world.settle();
          // What was told of payments that nobody paid goes with them, but for the last number of an app.
          const told = await read<Told>(
            `select f.key, f.sequence from events as f left join payments as p on p.id = f.payment_id
             where p.status is null or p.status not in ('expired', 'failed')
               or f.sequence = (select max(sequence) from events as l where l.app_id = f.app_id) order by f.sequence`,
          );
          await runCron();
          expect(await count('payments')).toBe(acts.length);
          await world.advance(7 * DAY);
          await runCron();
          expect(await count('payments')).toBe(acts.length - unpaid);
          expect(await count('payments where succeeded_at is null')).toBe(0);
          expect(await count("snapshots where kind = 'checkout'")).toBe(0);
          const counted = await read<{ n: number | null }>(
            "select sum(count) as n from daily_counts where name = 'payments_unpaid'",
          );
          expect(counted[0]?.n ?? 0).toBe(unpaid);
          expect(await count(`daily_counts where day % ${DAY} <> 0`)).toBe(0);
          const paidDeliveries = acts.length - unpaid;
          if (paidDeliveries > 0) expect(await count('deliveries')).toBeGreaterThan(0);

          await world.advance(91 * DAY);
          await runCron();
          expect([await count('deliveries'), await count('delivery_attempts')]).toEqual([0, 0]);
          expect(await count("events where body <> '{}'")).toBe(0);
          await world.advance(91 * DAY);
          await runCron();
          expect(
            await count('polar_events where received_at < 1000 * (select max(version) from products)'),
          ).toBe(0);

          expect(await readMoney()).toEqual(money);
          expect(await read('select key, sequence from events order by sequence')).toEqual(told);
          const kept = events.filter(({ key }) => told.some((one) => one.key === key));
          expect(told.slice(0, kept.length)).toEqual(kept);
          // A comparison with Polar, which has all of it still, brings nothing back and tells nothing again.
          await call('POST', '/admin/reconcile', {
            key: env.FLOE_ADMIN_TOKEN,
            body: { mode: 'sandbox', scope: 'full' },
          });
          await world.settle();
          expect(await readMoney()).toEqual(money);
          expect(await read('select key, sequence from events order by sequence')).toEqual(told);
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 240_000);
});

describe('what is still needed stays:', () => {
  it('what waits for a disabled endpoint, however old, with its bytes', async () => {
    await setUp();
    const [endpoint] = await read<{ id: string }>('select id from endpoints');
    await call('PATCH', `/v1/webhook-endpoints/${endpoint?.id}`, {
      key: quay.secretKey,
      body: { enabled: false },
    });
    await startPayment(quay, product);
    await buy('ada@readers.dev');
    await world.advance(2 * DAY);
    await world.settle();
    const waiting = () =>
      read(
        "select d.id, f.body from deliveries as d join events as f on f.id = d.event_id where d.status = 'pending' order by d.id",
      );
    const before = await waiting();
    expect(before.length).toBeGreaterThan(1);
    for (const days of [10, 100, 200]) {
      await world.advance(days * DAY);
      await runCron();
    }
    expect(await waiting()).toEqual(before);
  });

  it('a payment whose order comes after it was let go is made again, and told', async () => {
    await setUp();
    const { checkoutUrl, id } = await startPayment(quay, product);
    const events = await record(world, async () => {
      await world.pay('sandbox', checkoutUrl, { email: 'late@readers.dev' });
    });
    await env.DB.prepare("update payments set status = 'expired', created_at = 0 where id = ?")
      .bind(id)
      .run();
    await runCron();
    expect(await count('payments')).toBe(0);
    for (const event of events) expect(await deliver(world, event)).toBeLessThan(300);
    await world.settle();
    expect(await read('select status, product_id from payments')).toEqual([
      { status: 'succeeded', product_id: product },
    ]);
    expect(await count("events where type = 'payment.succeeded'")).toBe(1);
    expect(await count('orders where app_id is not null')).toBe(1);
  });

  it('an event whose body is gone says so, and is not sent empty', async () => {
    await setUp();
    await buy('ada@readers.dev');
    const [event] = await read<{ id: string }>("select id from events where type = 'payment.succeeded'");
    await world.advance(95 * DAY);
    await runCron();
    const received = world.received.length;
    const answer = await call<{ code: string }>('POST', `/v1/events/${event?.id}/replay`, {
      key: quay.secretKey,
    });
    expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
    expect(world.received).toHaveLength(received);
  });

  it('a run that fails half way is done again by the next', async () => {
    await setUp();
    await startPayment(quay, product);
    await buy('ada@readers.dev');
    await world.advance(12 * DAY);
    await world.settle();
    const money = await readMoney();
    const broken = {
      ...env,
      DB: {
        prepare: (sql: string) => env.DB.prepare(sql),
        batch: () => Promise.reject(new Error('D1_ERROR: Network connection lost.')),
      } as unknown as D1Database,
    };
    await runCron(broken);
    expect(await count('payments')).toBe(2);
    await runCron();
    await runCron();
    expect(await count('payments')).toBe(1);
    expect(await read('select count from daily_counts')).toEqual([{ count: 1 }]);
    expect(await readMoney()).toEqual(money);
  });
});

describe('what would grow for ever goes:', () => {
  /** An update of the app’s, with its key as webhooks make it. */
  async function insertNews(sequence: number, type: string, days: number): Promise<void> {
    const at = Date.now() - days * DAY;
    await env.DB.prepare(
      `insert into events (id, app_id, mode, key, type, sequence, origin, body, occurred_at, created_at)
       values (?, ?, 'sandbox', ?, ?, ?, 'webhook', '{}', ?, ?)`,
    )
      .bind(`${firstIdAt('evt', at)}${sequence}`, quay.id, `${type}:${sequence}`, type, sequence, at, at)
      .run();
  }

  it('events that were only news, when they are old enough, and no other', async () => {
    await setUp();
    await env.DB.batch(
      ['delivery_attempts', 'deliveries', 'events'].map((table) => env.DB.prepare(`delete from ${table}`)),
    );
    const told: [type: string, days: number][] = [
      ['subscription.updated', 500],
      ['subscription.created', 500],
      ['grant.renewed', 500],
      ['polar.product.created', 500],
      ['endpoint.failing', 500],
      ['subscription.updated', 300],
      ['payment.succeeded', 500],
      ['subscription.updated', 500],
    ];
    for (const [at, [type, days]] of told.entries()) await insertNews(at + 1, type, days);
    await runCron();
    await runCron();
    // The last one of all is the app’s last number.
    expect(await read(`select sequence from events where app_id = '${quay.id}' order by sequence`)).toEqual(
      [2, 6, 7, 8].map((sequence) => ({ sequence })),
    );
    const behind = await call<{ code: string }>('GET', '/v1/events?after=0&types=subscription.updated', {
      key: quay.secretKey,
    });
    expect([behind.status, behind.body.code]).toEqual([410, 'events_gone']);
  });

  it('an event that was only news, with the last delivery of it, also when that was made long after', async () => {
    await setUp();
    await insertNews(900, 'subscription.updated', 500);
    await insertNews(901, 'payment.succeeded', 500);
    const [endpoint] = await read<{ id: string }>('select id from endpoints');
    // A replay to an endpoint that came later makes one.
    const now = Date.now();
    await env.DB.prepare(
      `insert into deliveries (id, event_id, endpoint_id, app_id, sequence, status, attempts, next_attempt_at, lease_until, created_at, finished_at)
       select ?, id, ?, app_id, sequence, 'succeeded', 1, ?, 0, ?, ? from events where sequence = 900`,
    )
      .bind(`${firstIdAt('dlv', now)}x`, endpoint?.id, now, now, now)
      .run();
    await runCron();
    expect(await count('events where sequence = 900')).toBe(1);
    await world.advance(92 * DAY);
    await runCron();
    expect([await count('deliveries'), await count('events where sequence = 900')]).toEqual([0, 0]);
  });

  it('an endpoint that was deleted, with the last delivery to it', async () => {
    await setUp();
    await buy('ada@readers.dev');
    const [endpoint] = await read<{ id: string }>('select id from endpoints');
    await call('DELETE', `/v1/webhook-endpoints/${endpoint?.id}`, { key: quay.secretKey });
    await runCron();
    expect(await count('endpoints')).toBe(1);
    await world.advance(93 * DAY);
    await runCron();
    await runCron();
    expect([await count('deliveries'), await count('endpoints')]).toEqual([0, 0]);
  });

  it('what was counted of days long ago, of each app', async () => {
    await setUp();
    const atlas = await world.createApp({ product: 'atlas' });
    await env.DB.prepare('delete from daily_counts').run();
    const insert = (appId: string, daysAgo: number) =>
      env.DB.prepare(
        "insert into daily_counts (app_id, day, name, count) values (?, ?, 'payments_unpaid', ?)",
      )
        .bind(appId, Math.floor((Date.now() - daysAgo * DAY) / DAY) * DAY, daysAgo)
        .run();
    for (const app of [quay, atlas]) for (const days of [1_094, 1_096, 2_000]) await insert(app.id, days);
    await runCron();
    expect(await read('select count, count(*) as apps from daily_counts group by 1')).toEqual([
      { count: 1_094, apps: 2 },
    ]);
  });

  it('keys that ended long ago, and none that works', async () => {
    await setUp();
    const before = await count('api_keys');
    const insert = (id: string, expires: number | null, revoked: number | null) =>
      env.DB.prepare(
        "insert into api_keys (id, app_id, kind, hash, hint, name, created_at, expires_at, revoked_at) values (?, ?, 'secret', ?, 'x', 'x', 0, ?, ?)",
      )
        .bind(id, quay.id, id, expires, revoked)
        .run();
    const [old, recent] = [Date.now() - 401 * DAY, Date.now() - 399 * DAY];
    await insert('key_a', old, null);
    await insert('key_b', null, old);
    await insert('key_c', recent, null);
    await insert('key_d', Date.now() + DAY, recent);
    await runCron();
    expect(await read("select id from api_keys where id like 'key\\__' escape '\\' order by id")).toEqual([
      { id: 'key_c' },
      { id: 'key_d' },
    ]);
    expect(await count('api_keys')).toBe(before + 2);
  });
});

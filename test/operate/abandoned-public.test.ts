import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Bindings } from '../../src/base/config.ts';
import { PUBLIC_CHECKOUTS_PER_DAY } from '../../src/polar/public-budget.rules.ts';
import worker from '../../src/index.ts';
import { call, createWorld, GATEWAY_URL, ORIGIN, type TestApp, type World } from '../harness/harness.ts';
import { deliver, record, startPayment } from '../harness/story.ts';
import { fetchGateway } from '../harness/front-door.ts';

/* Checkouts that anybody began and nobody paid: what they may fill of the database, and for how long. */

const DAY = 86_400_000;
const nothingCounted: RateLimit = { limit: () => Promise.resolve({ success: true }) };
let world: World;
let quay: TestApp;
let product: string;
let visitors = 0;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  product = (await world.createProduct({ name: 'quay:lifetime' })).id;
  await world.settle();
});
afterEach(async () => {
  vi.useRealTimers();
  await world.settle();
});

async function begin(app = quay, sold = product): Promise<{ status: number; url: string }> {
  const bindings: Bindings = { ...env, LIMIT_IP: nothingCounted };
  const request = new Request(`${GATEWAY_URL}/v1/checkout`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${app.publishableKey}`,
      'content-type': 'application/json',
      origin: ORIGIN,
      'cf-connecting-ip': `2001:db8:${(++visitors).toString(16)}::1`,
    },
    body: JSON.stringify({ product_id: sold }),
  });
  const response = await fetchGateway(request, bindings);
  const body = await response.json<{ url?: string }>();
  return { status: response.status, url: body.url ?? '' };
}

async function runCron(): Promise<void> {
  const context = createExecutionContext();
  await worker.scheduled({} as ScheduledController, env, context);
  await waitOnExecutionContext(context);
  await world.settle();
}

async function read<T>(sql: string): Promise<T[]> {
  return (await env.DB.prepare(sql).all<T & Record<string, unknown>>()).results;
}
const count = async (from: string) => (await read<{ n: number }>(`select count(*) as n from ${from}`))[0]?.n;

async function afterDays(days: number): Promise<void> {
  await world.advance(days * DAY);
  await world.settle();
  await runCron();
}

describe('a checkout that somebody without a secret key began and nobody paid', () => {
  test('goes a day after it ended, and leaves a number; what a server began stays for days', async () => {
    for (let i = 0; i < 3; i++) expect((await begin()).status).toBe(201);
    const ofServer = await startPayment(quay, product);
    await afterDays(1.1);
    expect(await read("select distinct status from payments where status <> 'expired'")).toEqual([]);
    expect(await count('payments')).toBe(4);
    await afterDays(1);
    expect(await read('select id from payments')).toEqual([{ id: ofServer.id }]);
    expect(await count("snapshots where kind = 'checkout'")).toBe(1);
    expect(
      await count(
        "polar_events where type like 'checkout.%' and checkout_id not in (select checkout_id from payments)",
      ),
    ).toBe(0);
    // At most the last, which the next sequence number is counted from.
    expect(
      await count(`events where payment_id is not '${ofServer.id}' and type like 'payment.%'`),
    ).toBeLessThanOrEqual(1);
    const others = `(select id from events where payment_id is not '${ofServer.id}' and type like 'payment.%')`;
    expect(await count(`deliveries where event_id in ${others}`)).toBe(0);
    expect(await read('select name, count from daily_counts')).toEqual([
      { name: 'payments_unpaid', count: 3 },
    ]);
    await afterDays(6.5);
    expect(await count('payments')).toBe(0);
  });

  test('uses no sequence number twice, and is shown as begun by the API', async () => {
    await begin();
    await world.settle();
    const shown = await call<{ data: { origin: string; body: { data: { origin: string } } }[] }>(
      'GET',
      '/v1/events?type=payment.pending',
      { key: quay.secretKey },
    );
    expect(shown.body.data.map(({ origin, body }) => [origin, body.data.origin])).toEqual([['api', 'api']]);
    await afterDays(1.1);
    await afterDays(1);
    expect(await count('payments')).toBe(0);
    await startPayment(quay, product);
    const told = world.received.map(
      ({ body }) => (JSON.parse(body) as { data: { sequence: number } }).data.sequence,
    );
    await world.settle();
    expect(new Set(told).size).toBe(told.length);
    const [last] = await read<{ sequence: number }>('select max(sequence) as sequence from events');
    expect(last?.sequence).toBe(Math.max(...told) + 1);
  });

  test('is still a payment, told once, when its order comes after it went', async () => {
    const { url } = await begin();
    const events = await record(world, async () => {
      await world.pay('sandbox', url, { email: 'late@readers.dev' });
    });
    await env.DB.prepare(
      `update payments set status = 'expired', created_at = ${Date.now() - 2.1 * DAY}`,
    ).run();
    await runCron();
    expect(await count('payments')).toBe(0);
    for (const event of events) expect(await deliver(world, event)).toBeLessThan(300);
    await world.settle();
    expect(await read('select status, product_id from payments')).toEqual([
      { status: 'succeeded', product_id: product },
    ]);
    expect(await count("events where type = 'payment.succeeded'")).toBe(1);
  });

  test('that was paid stays', async () => {
    const { url } = await begin();
    await world.pay('sandbox', url, { email: 'ada@readers.dev' });
    await world.settle();
    await afterDays(10);
    expect(await read('select status from payments')).toEqual([{ status: 'succeeded' }]);
    expect(await count("events where type = 'payment.succeeded'")).toBe(1);
  });
});

describe('the checkouts of a day', () => {
  /** As if so many more had been begun, evenly, in the day before. */
  const occupy = (part: string) =>
    env.DB.prepare(
      "insert into polar_budgets values ('sandbox', ?, ?, 'x') on conflict do update set occupied_until = excluded.occupied_until",
    )
      .bind(part, Date.now() + DAY)
      .run();

  test('have a bound that a slow flood meets too; other apps keep their share, servers are not held up', async () => {
    const atlas = await world.createApp({ product: 'atlas', webhook: false });
    const pro = (await world.createProduct({ name: 'atlas:pro' })).id;
    await world.settle();
    expect((await begin()).status).toBe(201);
    await occupy(`stored-checkout:${quay.id}`);
    await occupy('stored-checkout');
    expect((await begin()).status).toBe(429);
    expect((await begin(atlas, pro)).status).toBe(201);
    await startPayment(quay, product);
    // It comes back evenly: a few minutes are enough for one.
    await world.advance(5 * 60_000);
    expect((await begin()).status).toBe(201);
  });

  test('fit the database, however long a flood goes on', () => {
    const KILOBYTES_EACH = 22;
    const mostInTwoDays = Object.values(PUBLIC_CHECKOUTS_PER_DAY).reduce((sum, most) => sum + most * 1.5, 0);
    expect(mostInTwoDays * KILOBYTES_EACH).toBeLessThan(2_000_000);
  });
});

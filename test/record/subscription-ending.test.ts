import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runBatch } from '../../src/base/db/database.rows.ts';
import { endingsStatement } from '../../src/record/endings.rows.ts';
import { tellEndings } from '../../src/record/tell-endings.ts';
import { runSchedule } from '../../src/schedule.ts';
import { createServices } from '../../src/wiring.ts';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { record, startPayment } from '../harness/story.ts';

/* `subscription.ending` comes once for each end, some days before it, and never for an end that is none. */

const DAY = 86_400_000;

let world: World;
let quay: TestApp;
let subscriptionId: string;
let startedAt: number;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  const product = await world.createProduct({ name: 'quay:pro', recurring: 'month' });
  const payment = await startPayment(quay, product.id);
  await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
  await world.settle();
  const row = await env.DB.prepare('select id, current_period_start as at from subscriptions').first<{
    id: string;
    at: number;
  }>();
  subscriptionId = row?.id ?? '';
  startedAt = row?.at ?? 0;
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterAll(() => {
  vi.useRealTimers();
});

const patch = (body: object) => world.polar('sandbox', 'PATCH', `/v1/subscriptions/${subscriptionId}`, body);
async function cancel(): Promise<void> {
  await patch({ cancel_at_period_end: true });
  await world.settle();
}
async function uncancel(): Promise<void> {
  await patch({ cancel_at_period_end: false });
  await world.settle();
}
const setNotice = (days: number) =>
  call('PATCH', `/admin/apps/${quay.slug}`, {
    key: env.FLOE_ADMIN_TOKEN,
    body: { ending_notice_days: days },
  });

function openServices() {
  const context = createExecutionContext();
  const services = createServices(env, context);
  return { services, done: () => waitOnExecutionContext(context) };
}

/** The cron of one minute. */
async function minute(): Promise<void> {
  const { services, done } = openServices();
  await runSchedule(services);
  await done();
  await world.settle();
}

/** Runs the cron on each of these days after the beginning; gives on which ones it was told. */
async function toldOn(days: readonly number[]): Promise<number[]> {
  const told: number[] = [];
  let before = (await endings()).length;
  for (const day of days) {
    vi.setSystemTime(startedAt + day * DAY);
    await minute();
    const now = (await endings()).length;
    if (now > before) told.push(day);
    before = now;
  }
  return told;
}

interface Event {
  type: string;
  body: {
    data: {
      origin: string;
      payment: { id: string; subscription_id: string | null } | null;
      polar: { type: string; data: Record<string, unknown> };
    };
  };
}
async function endings(): Promise<Event[]> {
  const page = await call<{ data: Event[] }>('GET', '/v1/events?limit=100&type=subscription.ending', {
    key: quay.secretKey,
  });
  expect(page.status).toBe(200);
  return page.body.data;
}

describe('an end that is scheduled', () => {
  it('is told once, three days before, with the subscription and its payment, also to an endpoint', async () => {
    await cancel();
    expect(await toldOn([1, 20, 26.9, 27.5, 27.6, 28, 29, 29.9])).toEqual([27.5]);
    const [told] = await endings();
    const data = told?.body.data;
    expect(data).toMatchObject({ origin: 'gateway', payment: { subscription_id: subscriptionId } });
    const stored = await env.DB.prepare(
      'select ends_at as at, customer_id as customer from subscriptions',
    ).first<{
      at: number;
      customer: string;
    }>();
    expect(data?.polar).toMatchObject({
      type: 'subscription.ending',
      data: {
        id: subscriptionId,
        status: 'active',
        cancel_at_period_end: true,
        customer_id: stored?.customer,
        amount: 900,
        ends_at: new Date(stored?.at ?? 0).toISOString(),
        ended_at: null,
      },
    });
    const { body: payment } = await call('GET', `/v1/payments/${data?.payment?.id}`, { key: quay.secretKey });
    expect(data?.payment).toEqual({ ...payment, checkout_url: null });
    expect(world.received.filter(({ body }) => body.includes('"subscription.ending"'))).toHaveLength(1);
  });

  it('is told soon after a cancellation that comes later than that', async () => {
    vi.setSystemTime(startedAt + 29 * DAY);
    await cancel();
    expect(await toldOn([29.1])).toEqual([29.1]);
  });

  it('is told as many days before as the app says, and never when it says none', async () => {
    await cancel();
    await setNotice(0);
    expect(await toldOn([27.5, 29.5])).toEqual([]);
    await setNotice(14);
    expect(await toldOn([15.5, 16.5, 17])).toEqual([16.5]);
  });

  it('is not told when it was taken back, and told again when another end is scheduled', async () => {
    await cancel();
    expect(await toldOn([28])).toEqual([28]);
    await uncancel();
    expect(await toldOn([28.2])).toEqual([]);
    await cancel();
    // The same end was told of.
    expect(await toldOn([28.4])).toEqual([]);
    await uncancel();
    await world.advance(startedAt + 32 * DAY - world.simulator.now());
    await world.settle();
    await cancel();
    expect(await toldOn([33, 56, 59, 59.5])).toEqual([59]);
    expect(new Set((await endings()).map(({ body }) => body.data.polar.data['ends_at'])).size).toBe(2);
  });

  it('is not told once it has come, whether Polar has said so or not', async () => {
    await cancel();
    expect(await toldOn([32])).toEqual([]);
    vi.setSystemTime(startedAt + 28 * DAY);
    await world.polar('sandbox', 'DELETE', `/v1/subscriptions/${subscriptionId}`);
    await world.settle();
    expect(await toldOn([28.1, 29])).toEqual([]);
  });

  it('is told once by sweeps that run at the same time', async () => {
    await cancel();
    vi.setSystemTime(startedAt + 28 * DAY);
    await Promise.all([minute(), minute(), minute()]);
    expect(await endings()).toHaveLength(1);
  });

  it('is not told when it is taken back between the look and the telling', async () => {
    await cancel();
    vi.setSystemTime(startedAt + 28 * DAY);
    const { services, done } = openServices();
    const [found] = await runBatch(services.database, [endingsStatement(Date.now(), 10)]);
    expect(found).toHaveLength(1);
    await uncancel();
    await tellEndings(services, found);
    await done();
    expect(await endings()).toEqual([]);
    // What is told later is not held back by the attempt.
    await cancel();
    expect(await toldOn([28.5])).toEqual([28.5]);
  });

  it('is found and told when the event of its cancellation was lost', async () => {
    await record(world, cancel);
    vi.setSystemTime(startedAt + 28 * DAY);
    expect(await toldOn([28.1])).toEqual([]);
    await call('POST', '/admin/reconcile', {
      key: env.FLOE_ADMIN_TOKEN,
      body: { mode: 'sandbox', scope: 'full', grace_seconds: 0 },
    });
    await expect
      .poll(async () => (await endings()).length + (await minute(), 0), { timeout: 10_000 })
      .toBe(1);
  });
});

it('a run tells a bounded number, the nearest ends first, and the next goes on', async () => {
  await cancel();
  const many = 120;
  const numbers = JSON.stringify(Array.from({ length: many }, (_, n) => n + 1));
  await env.DB.prepare(
    `insert into subscriptions (mode, id, app_id, customer_id, product_id, status, current_period_start,
      current_period_end, cancel_at_period_end, ends_at, created_at, version, seen_version, digest)
    select mode, 'copy-' || n.value, app_id, customer_id, product_id, status, current_period_start, current_period_end,
      cancel_at_period_end, ends_at + n.value, created_at, version, seen_version, digest
    from subscriptions, json_each(?) as n`,
  )
    .bind(numbers)
    .run();
  const told = async () =>
    (await env.DB.prepare(
      "select count(*) as n from events where type = 'subscription.ending'",
    ).first<number>('n')) ?? 0;
  vi.setSystemTime(startedAt + 28 * DAY);
  await minute();
  expect(await told()).toBe(100);
  expect(
    await env.DB.prepare(
      'select min(ends_at) > (select max(ends_at) from subscriptions where ending_told_for is not null) as later from subscriptions where ending_told_for is null',
    ).first('later'),
  ).toBe(1);
  await minute();
  expect(await told()).toBe(many + 1);
  await minute();
  expect(await told()).toBe(many + 1);
});

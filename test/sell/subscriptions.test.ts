import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { call, createWorld, type TestApp, type World } from '../harness/harness.ts';
import { act, DAY, list, read, subscribe } from './subscription-calls.ts';

/* An app reads its subscriptions: of its own rows, page by page. */

let world: World;
let quay: TestApp;
let monthly: string;
let yearly: string;

beforeEach(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay' });
  monthly = (await world.createProduct({ name: 'quay:monthly', recurring: 'month' })).id;
  yearly = (await world.createProduct({ name: 'quay:yearly', recurring: 'year', price: 9000 })).id;
});

afterEach(() => {
  vi.useRealTimers();
});

/** Copies of a subscription, `count` in all, each a minute older and renewing an hour later; every third one canceled. */
async function copy(id: string, count: number): Promise<void> {
  const { results } = await env.DB.prepare('pragma table_info(subscriptions)').all<{ name: string }>();
  const values = results.map(({ name }) => {
    if (name === 'id') return "printf('%08d', n.value) || substr(s.id, 9)";
    if (name === 'created_at') return 's.created_at - n.value * 60000';
    if (name === 'current_period_end') return 's.current_period_end + n.value * 3600000';
    if (name === 'cancel_at_period_end') return 'n.value % 3 = 0';
    return `s.${name}`;
  });
  await env.DB.prepare(
    `insert into subscriptions (${results.map(({ name }) => name).join(', ')})
    select ${values.join(', ')} from subscriptions as s, json_each(?) as n where s.id = ?`,
  )
    .bind(JSON.stringify(Array.from({ length: count }, (_, i) => i + 1)), id)
    .run();
}

async function readAll(query: Record<string, string>): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await list(quay, { ...query, ...(cursor === '' ? {} : { cursor }) });
    ids.push(...page.data.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  return ids;
}

describe('a subscription', () => {
  it('says all that support needs to know', async () => {
    const id = await subscribe(world, quay, monthly, { customer: { external_id: 'user-1' } });
    const answer = await read(quay, id);
    const payments = await call<{ data: { id: string }[] }>('GET', '/v1/payments', { key: quay.secretKey });
    expect(answer).toEqual({
      id,
      status: 'active',
      product: { id: monthly, name: 'quay:monthly', plan: 'monthly' },
      amount: 900,
      currency: 'usd',
      interval: 'month',
      interval_count: 1,
      current_period_start: expect.any(String),
      current_period_end: expect.any(String),
      trial_start: null,
      trial_end: null,
      cancel_at_period_end: false,
      canceled_at: null,
      ends_at: null,
      ended_at: null,
      pause_at_period_end: false,
      paused_at: null,
      resumes_at: null,
      past_due_at: null,
      cancellation_reason: null,
      cancellation_comment: null,
      seats: null,
      units: null,
      discount: null,
      pending_update: null,
      customer: { id: expect.any(String), external_id: 'user-1', email: 'ada@readers.dev' },
      first_payment_id: payments.body.data[0]?.id,
      latest_payment_id: payments.body.data[0]?.id,
      created_at: expect.any(String),
    });
  });

  it('names the payment of its newest renewal, also one that failed', async () => {
    const id = await subscribe(world, quay, monthly);
    await world.advance(32 * DAY);
    await world.settle();
    const renewed = await read(quay, id);
    expect(renewed.latest_payment_id).not.toBe(renewed.first_payment_id);
    const customer = renewed.customer.id;
    await world.polar('sandbox', 'POST', `/_sim/customers/${customer}/card`, { outcome: 'declines' });
    await world.advance(32 * DAY);
    await world.settle();
    const overdue = await read(quay, id);
    expect(overdue).toMatchObject({ status: 'past_due', past_due_at: expect.any(String) });
    expect([renewed.first_payment_id, renewed.latest_payment_id]).not.toContain(overdue.latest_payment_id);
  });

  it('of the release before has nulls for what was not kept', async () => {
    const id = await subscribe(world, quay, monthly);
    await env.DB.prepare(
      `update subscriptions set amount = null, currency = null, recurring_interval = null,
      recurring_interval_count = null, pause_at_period_end = null, details = null`,
    ).run();
    expect(await read(quay, id)).toMatchObject({
      amount: null,
      interval: null,
      pause_at_period_end: null,
      discount: null,
      pending_update: null,
    });
  });

  it('that nobody has, is asked for with no UUID, or with a word that is not known', async () => {
    const ask = (path: string) => call<{ code: string }>('GET', path, { key: quay.secretKey });
    expect((await ask(`/v1/subscriptions/${crypto.randomUUID()}`)).status).toBe(404);
    for (const path of [
      '/v1/subscriptions/mine',
      '/v1/subscriptions?status=gone',
      '/v1/subscriptions?cancel_at_period_end=1',
      '/v1/subscriptions?product=x',
      '/v1/subscriptions?renews_before=tomorrow',
      '/v1/subscriptions?cursor=x',
    ])
      expect([path, (await ask(path)).status]).toEqual([path, 422]);
  });
});

describe('the list', () => {
  it('goes on page by page, newest first, without a gap or a double', async () => {
    const id = await subscribe(world, quay, monthly);
    await copy(id, 45);
    const all = await readAll({ limit: '7' });
    expect(all).toHaveLength(46);
    expect(new Set(all).size).toBe(46);
    expect(all[0]).toBe(id);
    const times = (await list(quay, { limit: '100' })).data.map(({ created_at: at }) => at);
    expect(times).toEqual([...times].sort().toReversed());
    expect(await readAll({ limit: '7', status: 'active' })).toEqual(all);
    expect(await readAll({ status: 'paused' })).toEqual([]);
  });

  it('merges all statuses in one order', async () => {
    const id = await subscribe(world, quay, monthly);
    await copy(id, 16);
    const statuses = [
      'active',
      'trialing',
      'past_due',
      'paused',
      'canceled',
      'unpaid',
      'incomplete',
      'incomplete_expired',
    ];
    for (const [index, status] of statuses.entries())
      await env.DB.prepare(
        'update subscriptions set status = ? where cast(substr(id, 1, 8) as integer) % 8 = ?',
      )
        .bind(status, index)
        .run();
    const all = await readAll({ limit: '3' });
    expect(new Set(all).size).toBe(17);
    const page = await list(quay, { limit: '100' });
    expect(page.data.map((row) => row.id)).toEqual(all);
    expect(new Set(page.data.map(({ status }) => status)).size).toBe(8);
  });

  it('finds a customer’s by Polar’s id and by the app’s own', async () => {
    const mine = await subscribe(world, quay, monthly, { customer: { external_id: 'user-1' } });
    await subscribe(world, quay, yearly, { email: 'bob@readers.dev' });
    const { customer } = await read(quay, mine);
    expect(await readAll({ customer: customer.id })).toEqual([mine]);
    expect(await readAll({ customer: 'external:user-1' })).toEqual([mine]);
    expect(await readAll({ customer: 'external:user-1', status: 'canceled' })).toEqual([]);
    expect(await readAll({ customer: 'external:nobody' })).toEqual([]);
    await copy(mine, 9);
    const all = await readAll({ customer: customer.id, limit: '4' });
    expect(new Set(all).size).toBe(10);
  });

  it('finds those of a product and those that are canceled, over short pages too', async () => {
    const rare = await subscribe(world, quay, yearly, { email: 'bob@readers.dev' });
    const id = await subscribe(world, quay, monthly);
    await copy(id, 1_200);
    const first = await list(quay, { product_id: yearly });
    expect([first.data.map((row) => row.id), first.next_cursor === null]).toEqual([[rare], false]);
    expect(await readAll({ product_id: yearly })).toEqual([rare]);
    const canceled = await readAll({ cancel_at_period_end: 'true', limit: '100' });
    expect([canceled.length, new Set(canceled).size]).toEqual([400, 400]);
  });

  it('finds what renews before a time, soonest first, and not what ends or pauses', async () => {
    const id = await subscribe(world, quay, monthly);
    await copy(id, 30);
    await act(quay, await subscribe(world, quay, monthly, { email: 'bob@readers.dev' }), 'pause');
    const { current_period_end: end } = await read(quay, id);
    const before = new Date(Date.parse(end) + 10.5 * 3_600_000).toISOString();
    const all = await readAll({ renews_before: before, limit: '3' });
    const found = (await list(quay, { renews_before: before, limit: '100' })).data;
    expect(found.map((row) => row.id)).toEqual(all);
    // The original and ten copies, but every third.
    expect(all).toHaveLength(8);
    const ends = found.map(({ current_period_end: at }) => at);
    expect(ends).toEqual([...ends].sort());
    expect(await readAll({ renews_before: before, customer: found[0]?.customer.id ?? '' })).toEqual(all);
    expect(await readAll({ renews_before: before, cancel_at_period_end: 'true' })).toEqual([]);
    await act(quay, id, 'cancel', { at: 'now' });
    expect(await readAll({ renews_before: before })).toEqual(all.slice(1));
  });

  it('keeps to the time that was asked for', async () => {
    const id = await subscribe(world, quay, monthly);
    await copy(id, 10);
    const { created_at: at } = await read(quay, id);
    const since = new Date(Date.parse(at) - 5.5 * 60_000).toISOString();
    expect(await readAll({ created_after: since })).toHaveLength(6);
    expect(await readAll({ created_before: since, limit: '2' })).toHaveLength(5);
  });

  it('is the app’s own', async () => {
    await subscribe(world, quay, monthly);
    const atlas = await world.createApp({ product: 'atlas' });
    expect((await list(atlas)).data).toEqual([]);
    const answer = await call('GET', '/v1/subscriptions', { key: quay.publishableKey });
    expect(answer.status).toBe(403);
  });
});

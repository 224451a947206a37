import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, it } from 'vitest';
import { StatementBudget } from '../../src/base/db/statement-budget.ts';
import type { Services } from '../../src/base/services.ts';
import { PAYMENT_KINDS, PAYMENT_STATUSES } from '../../src/base/payment-states.rules.ts';
import { ROWS_AT_ONCE, streamExport } from '../../src/sell/exports/stream-export.ts';
import worker from '../../src/index.ts';
import { call, createWorld, GATEWAY_URL, type TestApp, type World } from '../harness/harness.ts';
import { failingDatabase } from '../harness/interrupted.ts';
import { startPayment } from '../harness/story.ts';

/* Exports: all parts together are what the list has, whatever its size, and what is not whole does not look whole. */

/** More than are read at once, twice. */
const ROWS = 2 * ROWS_AT_ONCE + 300;
const START = Date.UTC(2026, 0, 1);
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

const rows = Array.from({ length: ROWS }, (_, i) => ({
  id: `pay_${String(i).padStart(26, '0')}`,
  status: PAYMENT_STATUSES[i % 6] ?? 'pending',
  kind: PAYMENT_KINDS[(i >> 3) % 4] ?? 'checkout',
  amount: i % 17 === 0 ? null : i,
  email: i % 5 === 0 ? '=1+1' : 'a "quoted", name@readers.dev',
  customerId: uuid(300 + (i % 11)),
  metadata: i % 2 === 0 ? { plan: 'pro' } : {},
  createdAt: START + Math.floor(i / 3) * 1_000,
}));

let world: World;
let quay: TestApp;
let atlas: TestApp;

async function insert(app: TestApp, made: typeof rows, prefix: string): Promise<void> {
  const statement = env.DB.prepare(`
    insert into payments (id, mode, app_id, method, status, kind, customer_id, customer_email, amount, net_amount, tax_amount,
      currency, refunded_amount, customer_proven, metadata, created_at, updated_at)
    select ?3 || (v.value ->> 'id'), 'sandbox', ?1, 'polar', v.value ->> 'status', v.value ->> 'kind', v.value ->> 'customerId',
      v.value ->> 'email', v.value ->> 'amount', v.value ->> 'amount', iif(v.value ->> 'amount' is null, null, 0),
      'usd', 0, 0, v.value -> 'metadata', v.value ->> 'createdAt', 0
    from json_each(?2) as v`);
  for (let i = 0; i < made.length; i += 200)
    await statement.bind(app.id, JSON.stringify(made.slice(i, i + 200)), prefix).run();
}

beforeAll(async () => {
  world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
  await insert(quay, rows, '');
  await insert(atlas, rows.slice(0, 20), 'x');
  await env.DB.prepare(
    `insert into payment_metadata (app_id, key, value, created_at, payment_id)
     select p.app_id, m.key, m.value, p.created_at, p.id from payments as p, json_each(p.metadata) as m`,
  ).run();
}, 300_000);

const ask = (path: string, app = quay) => call('GET', path, { key: app.secretKey });
type Line = Record<string, unknown>;

async function ndjson(path: string, app = quay): Promise<{ lines: Line[]; end: Line }> {
  const { status, text, headers } = await ask(path, app);
  expect(status, text).toBe(200);
  expect(headers.get('content-type')).toBe('application/x-ndjson');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const end = lines.pop() ?? {};
  expect(end['rows']).toBe(lines.length);
  return { lines, end };
}

async function list(filter: string): Promise<{ data: { id: string }[]; next_cursor: string | null }> {
  const { body } = await ask(`/v1/payments?limit=100&${filter}`);
  return body as { data: { id: string }[]; next_cursor: string | null };
}

const newestFirst = rows
  .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
  .map(({ id }) => id);

describe('an export of payments', () => {
  it('as CSV is all of them, newest first, with names, and no cell is a formula', async () => {
    const { text, headers } = await ask('/v1/payments/export?format=csv');
    expect(headers.get('content-disposition')).toBe('attachment; filename="payments.csv"');
    const records = text.split('\r\n');
    expect(records.pop()).toBe('');
    expect(records[0]).toMatch(/^id,created_at,succeeded_at,status,kind,method,/);
    expect(records.slice(1).map((record) => record.split(',')[0])).toEqual(newestFirst);
    expect(text).toContain(`,"'=1+1",`);
    expect(text).not.toMatch(/,"?=/);
    expect(text).toContain('"a ""quoted"", name@readers.dev"');
  });

  it('as NDJSON ends with a line that counts, and its amounts add up to what D1 has', async () => {
    const { lines, end } = await ndjson('/v1/payments/export?format=ndjson');
    expect(end).toEqual({ end: true, rows: ROWS, next: null });
    expect(lines.map(({ id }) => id)).toEqual(newestFirst);
    const total = await env.DB.prepare('select sum(amount) as total from payments where app_id = ?')
      .bind(quay.id)
      .first<number>('total');
    expect(lines.reduce((sum, { amount }) => sum + Number(amount ?? 0), 0)).toBe(total);
  });

  it('goes on after the last row that came, and its parts as CSV are together the whole', async () => {
    const whole = (await ask('/v1/payments/export')).text;
    let parts = '';
    let after: string | undefined;
    for (let isFull = true; isFull;) {
      const { text } = await ask(`/v1/payments/export?limit=1100${after ? `&after=${after}` : ''}`);
      const records = text.split('\r\n').slice(after ? 0 : 1, -1);
      isFull = records.length === 1_100;
      after = records.at(-1)?.split(',')[0] ?? after;
      parts += text;
    }
    expect(parts).toBe(whole);
    const first = await ndjson('/v1/payments/export?format=ndjson&limit=2');
    expect(first.end).toEqual({ end: true, rows: 2, next: newestFirst[1] });
    const second = await ndjson(`/v1/payments/export?format=ndjson&limit=2&after=${newestFirst[1]}`);
    expect(second.lines.map(({ id }) => id)).toEqual(newestFirst.slice(2, 4));
  });

  it.each([
    'status=succeeded',
    'kind=renewal&status=refunded',
    'metadata[plan]=pro&status=failed',
    `customer=${uuid(302)}`,
    'created_after=2026-01-01T00:05:00Z&created_before=2026-01-01T00:06:00Z',
  ])('has what the list has with %s', async (filter) => {
    const listed: string[] = [];
    for (let page = await list(filter); ; page = await list(`${filter}&cursor=${page.next_cursor}`)) {
      listed.push(...page.data.map(({ id }) => id));
      if (page.next_cursor === null) break;
    }
    const { lines } = await ndjson(`/v1/payments/export?format=ndjson&${filter}`);
    expect(listed.length).toBeGreaterThan(0);
    expect(lines.map(({ id }) => id)).toEqual(listed);
  });

  it('has nothing of another app, and does not go on after its payments', async () => {
    const { lines } = await ndjson('/v1/payments/export?format=ndjson', atlas);
    expect(lines).toHaveLength(20);
    expect(lines.every(({ id }) => String(id).startsWith('xpay_'))).toBe(true);
    const { status, body } = await ask(`/v1/payments/export?after=${newestFirst[0]}`, atlas);
    expect([status, body['code']]).toEqual([422, 'validation_failed']);
  });

  it.each([
    'format=xml',
    'limit=0',
    'limit=1000000',
    'sort=amount',
    'cursor=x',
    'after=pay_x',
    'statuss=paid',
  ])('refuses %s', async (wrong) => {
    const { status, body } = await ask(`/v1/payments/export?${wrong}`);
    expect([status, body['code']]).toEqual([422, 'validation_failed']);
  });
});

describe('an export whose Worker dies', () => {
  /** What came until the body broke off, if it did. */
  async function readCut(path: string, at: number) {
    const { DB, state } = failingDatabase({ call: at, after: false }, true);
    const request = new Request(`${GATEWAY_URL}${path}`, {
      headers: { authorization: `Bearer ${quay.secretKey}` },
    });
    const context = createExecutionContext();
    const response = await worker.fetch(request as never, { ...env, DB } as never, context);
    let text = '';
    let isWhole = true;
    const pieces = response.ok && response.body ? response.body.pipeThrough(new TextDecoderStream()) : [];
    try {
      for await (const piece of pieces) text += piece;
    } catch {
      isWhole = false;
    }
    await waitOnExecutionContext(context);
    return { status: response.status, text, isWhole, hasFailed: state.hasFailed };
  }

  it.each(['csv', 'ndjson'])('at any call of D1 does not look whole as %s, and goes on', async (format) => {
    const path = `/v1/payments/export?format=${format}`;
    const { text: whole } = await ask(path);
    const end = format === 'csv' ? '\r\n' : '\n';
    let cuts = 0;
    for (let n = 1; ; n++) {
      const cut = await readCut(path, n);
      if (!cut.hasFailed) {
        expect(cut).toMatchObject({ status: 200, isWhole: true, text: whole });
        break;
      }
      expect(cut.status === 200 ? cut.isWhole : false, `call ${n}`).toBe(false);
      const kept = cut.text.slice(0, cut.text.lastIndexOf(end) + end.length);
      const after = [...kept.matchAll(/^(?:\{"id":")?(pay_\d{26})/gm)].at(-1)?.[1];
      if (after === undefined) continue;
      cuts++;
      expect(whole.startsWith(kept)).toBe(true);
      const rest = (await ask(`${path}&after=${after}`)).text;
      const isEnd = (line: string) => line.startsWith('{"end":');
      const lines = (text: string) => text.split(end).filter((line) => !isEnd(line));
      expect(lines(kept + rest)).toEqual(lines(whole));
    }
    expect(cuts).toBeGreaterThan(1);
  });
});

describe('exports of what was bought', () => {
  it('have refunds, subscriptions and customers with what this app knows of them', async () => {
    const { id: book } = await world.createProduct({ name: 'quay:book' });
    const { id: monthly } = await world.createProduct({ name: 'quay:monthly', recurring: 'month' });
    const { id, checkoutUrl } = await startPayment(quay, book);
    await world.pay('sandbox', checkoutUrl, { email: 'reader@readers.dev' });
    const begun = await startPayment(quay, monthly);
    await world.pay('sandbox', begun.checkoutUrl, { email: 'reader@readers.dev' });
    await world.settle();
    const { body: made } = await call('POST', `/v1/payments/${id}/refunds`, {
      key: quay.secretKey,
      body: { amount: 100 },
    });
    await world.settle();

    // Bought at no checkout of this app's, where it was typed for somebody else.
    const { id: old } = await world.createProduct({ name: 'an old product' });
    const elsewhere = await world.polar<{ url: string }>('sandbox', 'POST', '/v1/checkouts/', {
      products: [old],
    });
    await world.pay('sandbox', elsewhere.url, { email: 'reader@readers.dev' });
    await world.settle();
    const order = await env.DB.prepare('select id from orders where product_id = ?')
      .bind(old)
      .first<string>('id');
    await call('POST', `/admin/unrouted/order/${order}/adopt`, {
      key: env.FLOE_ADMIN_TOKEN,
      body: { app: quay.slug },
    });
    const since = new Date(Date.now() - 3_600_000).toISOString();
    const paid = await ndjson(`/v1/payments/export?format=ndjson&created_after=${since}`);
    expect(paid.lines.map(({ product_id, country }) => [product_id, country])).toEqual([
      [old, null],
      [monthly, 'DE'],
      [book, 'DE'],
    ]);

    const refunds = await ndjson('/v1/refunds/export?format=ndjson');
    expect(refunds.lines).toMatchObject([{ id: made['id'], payment_id: id, amount: 100, currency: 'usd' }]);
    expect((await ndjson(`/v1/refunds/export?format=ndjson&after=${String(made['id'])}`)).end['rows']).toBe(
      0,
    );

    const subscriptions = await ndjson('/v1/subscriptions/export?format=ndjson&status=active');
    expect(subscriptions.lines).toMatchObject([
      { product_id: monthly, email: 'reader@readers.dev', first_payment_id: begun.id },
    ]);
    const [subscription] = subscriptions.lines;
    expect(
      (await ndjson(`/v1/subscriptions/export?format=ndjson&after=${String(subscription?.['id'])}`)).end[
        'rows'
      ],
    ).toBe(0);

    const customerId = String(subscription?.['customer_id']);
    const named = { name: 'Reader, "R."', external_id: 'user-1' };
    await call('POST', '/v1/customers', { key: quay.secretKey, body: named });
    await call('PUT', `/v1/customers/${customerId}/external-ids/user-1`, { key: quay.secretKey });
    const { id: other, checkoutUrl: otherUrl } = await startPayment(quay, book, {
      customer: { external_id: 'user-2' },
    });
    await world.pay('sandbox', otherUrl, { email: 'other@readers.dev' });
    await world.settle();
    const customers = await ndjson('/v1/customers/export?format=ndjson');
    expect(customers.end).toEqual({ end: true, rows: 2, next: null });
    const ids = customers.lines.map(({ id: each }) => String(each));
    expect(ids).toEqual(ids.toSorted());
    const [first, second] = ids;
    expect(customers.lines.find(({ id: each }) => each === customerId)).toMatchObject({
      external_ids: ['user-1'],
      email: 'reader@readers.dev',
      name: 'Reader, "R."',
      payments: 3,
      active_subscriptions: 1,
      spent: { usd: expect.any(Number) },
    });
    expect(customers.lines.find(({ id: each }) => each !== customerId)).toMatchObject({
      external_ids: ['user-2'],
      email: 'other@readers.dev',
      name: null,
      payments: 1,
    });
    const part = await ndjson('/v1/customers/export?format=ndjson&limit=1');
    expect([part.lines.map(({ id: each }) => each), part.end['next']]).toEqual([[first], first]);
    const rest = await ndjson(`/v1/customers/export?format=ndjson&after=${first}`);
    expect(rest.lines.map(({ id: each }) => each)).toEqual([second]);

    // The list's filters: whoever the list finds is in the file.
    const { body: payment } = await call('GET', `/v1/payments/${other}`, { key: quay.secretKey });
    for (const query of [
      'q=READER@',
      'q=reader, ',
      'q=user-2',
      'q=user-',
      'q=eader',
      'q=%25',
      `created_after=${String(payment['created_at'])}`,
      `q=user-&created_before=${String(payment['created_at'])}`,
    ]) {
      const listed = await call<{ data: { id: string }[] }>('GET', `/v1/customers?${query}`, {
        key: quay.secretKey,
      });
      const found = listed.body.data.map(({ id: each }) => each).toSorted();
      const file = await ndjson(`/v1/customers/export?format=ndjson&${query}`);
      expect(
        file.lines.map(({ id: each }) => each),
        query,
      ).toEqual(found);
      const cut = await ndjson(`/v1/customers/export?format=ndjson&limit=1&${query}`);
      expect(cut.end['rows'], query).toBe(Math.min(found.length, 1));
    }
    expect((await ndjson('/v1/customers/export?format=ndjson', atlas)).lines).toEqual([]);
    expect((await ask(`/v1/customers/export?after=${customerId}`, atlas)).status).toBe(422);
  });

  it('go on behind a subscription that has renewed since', async () => {
    const { id: monthly } = await world.createProduct({ name: 'quay:yearly', recurring: 'month' });
    const { checkoutUrl } = await startPayment(quay, monthly);
    await world.pay('sandbox', checkoutUrl, { email: 'another@readers.dev' });
    await world.settle();
    const row = await env.DB.prepare('select * from subscriptions where product_id = ?')
      .bind(monthly)
      .first();
    for (const n of [1, 2, 3]) {
      const times = { created_at: START + n, current_period_end: START + n * 86_400_000 };
      const copy = { ...row, id: uuid(n), app_id: atlas.id, payment_id: null, ...times };
      const names = Object.keys(copy);
      await env.DB.prepare(
        `insert into subscriptions (${names.join()}) values (${names.map(() => '?').join()})`,
      )
        .bind(...Object.values(copy))
        .run();
    }
    const path = '/v1/subscriptions/export?format=ndjson&renews_before=2027-01-01';
    const first = await ndjson(`${path}&limit=1`, atlas);
    const after = String(first.lines[0]?.['id']);
    await env.DB.prepare('update subscriptions set current_period_end = ? where id = ?')
      .bind(START + 40 * 86_400_000, after)
      .run();
    const rest = await ndjson(`${path}&after=${after}`, atlas);
    expect([...first.lines, ...rest.lines].map(({ id }) => id)).toEqual([uuid(3), uuid(2), uuid(1)]);
    const soon = await ndjson('/v1/subscriptions/export?format=ndjson&renews_before=2026-01-03', atlas);
    expect(soon.lines.map(({ id }) => id)).toEqual([uuid(1)]);
  });
});

describe('a response', () => {
  const columns = { id: (row: { id: string }) => row.id };
  const page = (n: number) => ({
    rows: [{ id: `row${n}` }],
    next: { at: n, id: `row${n}`, after: `row${n}` },
  });
  const begin = (
    format: 'csv' | 'ndjson',
    budget: StatementBudget,
    read: (n: number) => Promise<ReturnType<typeof page>>,
  ) =>
    // oxlint-disable-next-line typescript/consistent-type-assertions -- it uses nothing else of them
    streamExport({ budget } as Services, {
      name: 'rows',
      columns,
      format,
      from: undefined,
      read: async (place) => read((place?.at ?? 0) + 1),
    });

  it('breaks off when a page cannot be read, instead of ending as if it were whole', async () => {
    const response = await begin('csv', new StatementBudget(), async (n) => {
      if (n === 3) throw new Error('D1 is away');
      return page(n);
    });
    await expect(response.text()).rejects.toThrow();
  });

  it.each(['csv', 'ndjson'] as const)(
    'as %s holds a page: it reads on when a page was taken',
    async (format) => {
      let pagesRead = 0;
      const response = await begin(format, new StatementBudget(), async (n) => {
        pagesRead = n;
        return page(n);
      });
      const reader = response.body?.getReader();
      for (let taken = 0; taken < 20; taken++) {
        // Nobody takes anything for a while.
        await scheduler.wait(2);
        expect(pagesRead).toBeLessThanOrEqual(taken + 1);
        expect((await reader?.read())?.done).toBe(false);
      }
      expect(pagesRead).toBeGreaterThan(10);
      await reader?.cancel();
    },
  );

  it('fails before it begins when the first page cannot be read', async () => {
    await expect(
      begin('csv', new StatementBudget(), () => Promise.reject(new Error('away'))),
    ).rejects.toThrow('away');
  });

  it('that has used up its statements says in NDJSON where to go on, and breaks off as CSV', async () => {
    const spent = () => {
      const budget = new StatementBudget();
      budget.count(445);
      return budget;
    };
    const reading = (budget: StatementBudget) => async (n: number) => {
      budget.count(2);
      return page(n);
    };
    const first = spent();
    const text = await (await begin('ndjson', first, reading(first))).text();
    expect(text).toBe('{"id":"row1"}\n{"id":"row2"}\n{"end":true,"rows":2,"next":"row2"}\n');
    const second = spent();
    await expect((await begin('csv', second, reading(second))).text()).rejects.toThrow();
  });
});

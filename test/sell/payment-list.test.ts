import { env } from 'cloudflare:workers';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { PAYMENT_KINDS, PAYMENT_STATUSES } from '../../src/base/payment-states.rules.ts';
import { PAYMENT_SORTS } from '../../src/sell/payment-sorts.rules.ts';
import { call, createWorld, type TestApp } from '../harness/harness.ts';

/*
 * Lists of payments: whatever is asked for, all pages together are exactly what was asked for, in its order, although no page
 * looks at more than a part of what the app has sold.
 */

/** More than a page looks at when no index has what is asked for. */
const ROWS = 1_400;
const START = Date.UTC(2026, 0, 1);
const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

interface Row {
  id: string;
  status: string;
  kind: string;
  productId: string;
  orderId: string | null;
  subscriptionId: string | null;
  discountId: string | null;
  customerId: string;
  externalId: string | null;
  amount: number | null;
  metadata: Record<string, string | number | boolean>;
  createdAt: number;
}

/** Several of one moment and many of one amount, so that the id decides. */
const rows = Array.from({ length: ROWS }, (_, i): Row => ({
  id: `pay_${String(i).padStart(26, '0')}`,
  status: PAYMENT_STATUSES[i % 7 === 6 ? 1 : i % 6] ?? 'pending',
  kind: PAYMENT_KINDS[(i >> 3) % 4] ?? 'checkout',
  productId: uuid(i % 3),
  orderId: i % 6 === 0 ? null : uuid(10_000 + i),
  subscriptionId: i % 5 === 0 ? uuid(100 + (i % 20)) : null,
  discountId: i % 4 === 0 ? uuid(200 + (i % 8)) : null,
  customerId: uuid(300 + (i % 11)),
  externalId: i % 13 === 0 ? 'user-1' : null,
  amount: i % 17 === 0 ? null : ([900, -500, 0, 1_500][i % 4] ?? 0),
  metadata: i % 2 === 0 ? { plan: i % 3 === 0 ? 'pro' : 'basic', seats: i % 4, gift: i % 6 === 0 } : {},
  createdAt: START + Math.floor(i / 3) * 1_000,
}));

let quay: TestApp;
let atlas: TestApp;

async function insert(app: TestApp, made: readonly Row[], prefix: string): Promise<void> {
  const statement = env.DB.prepare(`
    insert into payments (id, mode, app_id, method, status, kind, product_id, order_id, subscription_id, discount_id, customer_id,
      external_customer_id, amount, net_amount, tax_amount, refunded_amount, customer_proven, metadata, created_at, updated_at)
    select ?3 || (v.value ->> 'id'), 'sandbox', ?1, 'polar', v.value ->> 'status', v.value ->> 'kind', v.value ->> 'productId',
      (v.value ->> 'orderId') || ?3, v.value ->> 'subscriptionId', v.value ->> 'discountId', v.value ->> 'customerId', v.value ->> 'externalId',
      v.value ->> 'amount', v.value ->> 'amount', iif(v.value ->> 'amount' is null, null, 0), 0, 0, v.value -> 'metadata', v.value ->> 'createdAt', 0
    from json_each(?2) as v`);
  for (let i = 0; i < made.length; i += 200)
    await statement.bind(app.id, JSON.stringify(made.slice(i, i + 200)), prefix).run();
}

beforeAll(async () => {
  const world = await createWorld();
  quay = await world.createApp({ product: 'quay', webhook: false });
  atlas = await world.createApp({ product: 'atlas', webhook: false });
  await insert(quay, rows, '');
  await insert(atlas, rows.slice(0, 300), 'x');
  await env.DB.prepare(
    `insert into payment_metadata (app_id, key, value, created_at, payment_id)
     select p.app_id, m.key, coalesce(iif(m.type = 'text', m.value, p.metadata -> m.fullkey), ''), p.created_at, p.id
     from payments as p, json_each(p.metadata) as m`,
  ).run();
}, 300_000);

interface Asked {
  status?: string;
  kind?: string;
  product_id?: string;
  order_id?: string;
  subscription_id?: string;
  discount_id?: string;
  customer?: string;
  created_after?: string;
  created_before?: string;
  metadata?: Record<string, string>;
}

const HOLDS: { [Name in keyof Asked]-?: (row: Row, wanted: NonNullable<Asked[Name]>) => boolean } = {
  status: (row, wanted) => row.status === wanted,
  kind: (row, wanted) => row.kind === wanted,
  product_id: (row, wanted) => row.productId === wanted,
  order_id: (row, wanted) => row.orderId === wanted,
  subscription_id: (row, wanted) => row.subscriptionId === wanted,
  discount_id: (row, wanted) => row.discountId === wanted,
  customer: (row, wanted) =>
    wanted.startsWith('external:') ? `external:${row.externalId}` === wanted : row.customerId === wanted,
  created_after: (row, wanted) => row.createdAt >= Date.parse(wanted),
  created_before: (row, wanted) => row.createdAt < Date.parse(wanted),
  metadata: (row, wanted) =>
    Object.entries(wanted).every(
      ([key, value]) => key in row.metadata && String(row.metadata[key]) === value,
    ),
};

function expected(asked: Asked, sort: string): string[] {
  const isByAmount = sort.endsWith('amount');
  const by = (row: Row) => (isByAmount ? (row.amount ?? 0) : row.createdAt);
  const found = rows.filter(
    (row) =>
      (!isByAmount || row.amount !== null) &&
      (Object.keys(asked) as (keyof Asked)[]).every((name) => HOLDS[name](row, asked[name] as never)),
  );
  const sorted = found.toSorted((a, b) => by(a) - by(b) || (a.id < b.id ? -1 : 1));
  return (sort.startsWith('-') ? sorted.toReversed() : sorted).map(({ id }) => id);
}

async function readAll(asked: Asked, sort: string | undefined, limit: number, key = quay.secretKey) {
  const { metadata = {}, ...plain } = asked;
  const query = new URLSearchParams({ ...plain, limit: String(limit), ...(sort ? { sort } : {}) });
  for (const [name, value] of Object.entries(metadata)) query.set(`metadata[${name}]`, value);
  const ids: string[] = [];
  let pages = 0;
  for (let cursor: string | null = ''; cursor !== null; pages += 1) {
    if (cursor !== '') query.set('cursor', cursor);
    const { status, body } = await call<{ data: { id: string }[]; next_cursor: string | null }>(
      'GET',
      `/v1/payments?${query}`,
      { key },
    );
    expect(status).toBe(200);
    expect(body.data.length).toBeLessThanOrEqual(limit);
    ids.push(...body.data.map(({ id }) => id));
    cursor = body.next_cursor;
    expect(pages).toBeLessThan(ROWS);
  }
  return { ids, pages };
}

const day = (n: number) => new Date(START + n * 100_000).toISOString();
/** One of each, which some payments have. */
const ASKED: Required<Asked> = {
  status: 'succeeded',
  kind: 'renewal',
  product_id: uuid(1),
  order_id: uuid(10_007),
  subscription_id: uuid(105),
  discount_id: uuid(204),
  customer: uuid(305),
  created_after: day(1),
  created_before: day(4),
  metadata: { plan: 'basic', gift: 'false' },
};
const NAMES = Object.keys(ASKED) as (keyof Asked)[];
const pick = (names: readonly (keyof Asked)[]): Asked =>
  Object.fromEntries(names.map((name) => [name, ASKED[name]]));

const others = fc.record({
  status: fc.constantFrom(...PAYMENT_STATUSES),
  kind: fc.constantFrom(...PAYMENT_KINDS),
  product_id: fc.nat(3).map(uuid),
  order_id: fc.constantFrom(uuid(10_001), uuid(1)),
  subscription_id: fc.constantFrom(uuid(100), uuid(1)),
  discount_id: fc.constantFrom(uuid(200), uuid(1)),
  customer: fc.constantFrom('external:user-1', 'external:nobody', uuid(300)),
  created_after: fc.nat(5).map(day),
  created_before: fc.nat(5).map(day),
  metadata: fc.constantFrom<Record<string, string>>(
    { plan: 'pro' },
    { seats: '2' },
    { seats: '2', plan: 'pro', gift: 'true' },
    { none: 'x' },
  ),
});
const asked = fc
  .tuple(others, fc.subarray(NAMES, { maxLength: 4 }))
  .map(([all, names]): Asked => Object.fromEntries(names.map((name) => [name, all[name]])));

describe('a list of payments', () => {
  it.each(PAYMENT_SORTS)('sorted by %s has all of them, whatever the length of a page', async (sort) => {
    expect((await readAll({}, sort, 100)).ids).toEqual(expected({}, sort));
  });

  it('is newest first without a word', async () => {
    expect((await readAll({ status: 'refunded' }, undefined, 100)).ids).toEqual(
      expected({ status: 'refunded' }, '-created_at'),
    );
  });

  it.each(NAMES)('is what was asked for by %s, alone and with each other filter', async (name) => {
    for (const other of NAMES)
      for (const sort of ['-created_at', 'amount'])
        expect([other, sort, (await readAll(pick([name, other]), sort, 100)).ids]).toEqual([
          other,
          sort,
          expected(pick([name, other]), sort),
        ]);
  });

  it('is what was asked for, in its order, in whatever combination', async () => {
    await fc.assert(
      fc.asyncProperty(
        asked,
        fc.constantFrom(...PAYMENT_SORTS),
        fc.constantFrom(7, 60, 100),
        async (filter, sort, limit) => {
          expect((await readAll(filter, sort, limit)).ids).toEqual(expected(filter, sort));
        },
      ),
      { numRuns: Math.min(Number(env.TEST_RUNS), 100) },
    );
  }, 240_000);

  it('goes on where a page has looked at enough, also when it found nothing', async () => {
    const filter = { product_id: uuid(1), metadata: { plan: 'pro', seats: '3' } };
    const { ids, pages } = await readAll(filter, '-amount', 100);
    expect([ids, pages]).toEqual([[], 3]);
  });

  it('goes on in its own order only: a cursor of another one would skip some', async () => {
    const page = (sort: string, cursor = '') =>
      call<{ next_cursor: string; code: string }>(
        'GET',
        `/v1/payments?limit=2&sort=${sort}${cursor && `&cursor=${cursor}`}`,
        { key: quay.secretKey },
      );
    for (const sort of PAYMENT_SORTS) {
      const { next_cursor: cursor } = (await page(sort)).body;
      for (const other of PAYMENT_SORTS) {
        const { status, body } = await page(other, cursor);
        expect([sort, other, status, body.code]).toEqual(
          other === sort ? [sort, other, 200, undefined] : [sort, other, 422, 'validation_failed'],
        );
      }
    }
  });

  it('has nothing of another app', async () => {
    const theirs = await readAll({ order_id: uuid(10_001) }, '-created_at', 100, atlas.secretKey);
    expect(theirs.ids).toEqual([]);
    const { ids } = await readAll({ subscription_id: uuid(100) }, '-created_at', 100, atlas.secretKey);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.every((id) => id.startsWith('x'))).toBe(true);
  });

  it.each([
    [
      'product=00000000-0000-4000-8000-000000000001&product_id=00000000-0000-4000-8000-000000000002',
      'query.product_id',
    ],
    ['sort=price', 'query.sort'],
    ['kind=upgrade', 'query.kind'],
    ['metadata=x', 'query.metadata'],
    ['metadata[a]=1&metadata[a]=2', 'query.metadata.a'],
    ['metadata[a]=1&metadata[b]=1&metadata[c]=1&metadata[d]=1&metadata[e]=1&metadata[f]=1', 'query.metadata'],
    [`metadata[${'k'.repeat(41)}]=1`, `query.metadata.${'k'.repeat(41)}`],
    ['metadata[__proto__]=1', 'query.metadata.__proto__'],
    ['color[a]=1', 'query.color[a]'],
    ['constructor=1', 'query.constructor'],
  ])('refuses %s', async (query, path) => {
    const { status, body } = await call<{ errors: { path: string }[] }>('GET', `/v1/payments?${query}`, {
      key: quay.secretKey,
    });
    expect([status, body.errors.map((error) => error.path)]).toEqual([422, [path]]);
  });
});

import type { DatabaseSync } from 'node:sqlite';
import { beforeAll, expect, it } from 'vitest';
import { type Database, runBatch } from '../../src/base/db/database.rows.ts';
import { derivePayment } from '../../src/record/payment.rows.ts';
import { insertRow, openBefore } from './migrations.ts';
import { openAsD1 } from './sqlite-d1.ts';

/* Payments of the release before: migration 0014 makes of each what deriving it makes. */

interface Old {
  id: string;
  /** Polar's order; undefined: there is none yet. */
  order?: {
    status: string;
    reason?: string;
    net: number;
    total: number;
    refunded?: number;
    checkout?: boolean;
  };
  /** Refunds that were heard later than the order. */
  later?: number;
  isOurs?: boolean;
  kind?: string;
  status: string;
  amount: number | null;
  product?: string;
  metadata?: object;
  dispute?: string;
}

const OLD: Old[] = [
  { id: 'open', isOurs: true, status: 'pending', amount: 900 },
  { id: 'unknown', isOurs: true, status: 'pending', amount: null },
  { id: 'expired', isOurs: true, status: 'expired', amount: 900 },
  {
    id: 'paid',
    isOurs: true,
    status: 'succeeded',
    amount: 900,
    order: { status: 'paid', net: 756, total: 900 },
  },
  {
    id: 'part',
    isOurs: true,
    status: 'succeeded',
    amount: 900,
    order: { status: 'partially_refunded', net: 756, total: 900, refunded: 300 },
  },
  {
    id: 'whole',
    isOurs: true,
    status: 'succeeded',
    amount: 900,
    order: { status: 'refunded', net: 756, total: 900, refunded: 756 },
  },
  {
    id: 'ahead',
    isOurs: true,
    status: 'succeeded',
    amount: 900,
    order: { status: 'paid', net: 756, total: 900 },
    later: 300,
  },
  {
    id: 'all_ahead',
    isOurs: true,
    status: 'succeeded',
    amount: 900,
    order: { status: 'paid', net: 756, total: 900 },
    later: 756,
  },
  {
    id: 'renewed',
    kind: 'renewal',
    status: 'succeeded',
    amount: 900,
    order: { status: 'paid', reason: 'subscription_cycle', net: 900, total: 900 },
  },
  {
    id: 'due',
    kind: 'renewal',
    status: 'pending',
    amount: 900,
    order: { status: 'pending', reason: 'subscription_cycle', net: 900, total: 900 },
  },
  {
    id: 'void',
    kind: 'renewal',
    status: 'failed',
    amount: 900,
    order: { status: 'void', reason: 'subscription_cycle', net: 900, total: 900 },
  },
  {
    id: 'upgrade',
    status: 'succeeded',
    amount: 500,
    order: { status: 'paid', reason: 'subscription_update', net: 420, total: 500 },
  },
  {
    id: 'downgrade',
    status: 'succeeded',
    amount: -500,
    order: { status: 'paid', reason: 'subscription_update', net: -420, total: -500 },
  },
  {
    id: 'at_polar',
    status: 'succeeded',
    amount: 900,
    order: { status: 'paid', net: 900, total: 900, checkout: true },
  },
  {
    id: 'disputed',
    isOurs: true,
    status: 'succeeded',
    amount: 900,
    order: { status: 'paid', net: 900, total: 900 },
    dispute: 'needs_response',
  },
  {
    id: 'lost',
    isOurs: true,
    status: 'succeeded',
    amount: 900,
    order: { status: 'paid', net: 900, total: 900 },
    dispute: 'lost',
  },
  {
    id: 'won',
    isOurs: true,
    status: 'succeeded',
    amount: 900,
    order: { status: 'paid', net: 900, total: 900 },
    dispute: 'won',
  },
  { id: 'free', isOurs: true, status: 'succeeded', amount: 0, order: { status: 'paid', net: 0, total: 0 } },
];

let database: DatabaseSync;
let d1: Database;

const insert = (table: string, row: Parameters<typeof insertRow>[2]) => insertRow(database, table, row);

beforeAll(() => {
  const opened = openBefore('money_that_adds_up');
  ({ database } = opened);
  d1 = openAsD1(database);
  for (const [id, slug] of [
    ['app_1', 'quay'],
    ['app_2', 'atlas'],
  ] as const)
    insert('apps', {
      id,
      slug: `${slug}-live`,
      product: slug,
      mode: 'live',
      name: slug,
      origins: '[]',
      callback_urls: '[]',
      owns_unclaimed: 0,
      created_at: 0,
      updated_at: 0,
    });
  const version = { version: 10, seen_version: 10, digest: 1 };
  for (const [id, name, metadata, app] of [
    ['p_named', 'quay:pro', '{}', 'app_1'],
    ['p_told', 'Quay for teams', '{"gateway_plan":" team "}', 'app_1'],
    ['p_plain', 'A book: the second', '{}', 'app_1'],
    ['p_upper', 'Quay:pro', '{}', 'app_1'],
    ['p_spaced', 'quay:pro plus', '{}', 'app_1'],
    ['p_theirs', 'atlas:pro', '{}', 'app_2'],
  ] as const)
    insert('products', {
      mode: 'live',
      id,
      app_id: app,
      name,
      metadata,
      is_archived: 0,
      is_recurring: 0,
      ...version,
    });
  OLD.forEach((old, i) => {
    const { id, order, later } = old;
    const refunded = (order?.refunded ?? 0) + (later ?? 0);
    insert('payments', {
      id,
      mode: 'live',
      app_id: 'app_1',
      method: 'polar',
      status: old.status,
      kind: old.kind ?? 'checkout',
      product_id: 'p_named',
      amount: old.amount,
      refunded_amount: refunded,
      currency: 'eur',
      customer_id: 'c_1',
      customer_proven: 0,
      checkout_id: old.isOurs ? `ch_${id}` : order?.checkout ? `theirs_${id}` : null,
      nonce_hash: old.isOurs ? 'hash' : null,
      order_id: order ? `o_${id}` : null,
      metadata: '{}',
      created_at: i,
      updated_at: i,
      succeeded_at: order && !['pending', 'void'].includes(order.status) ? i : null,
    });
    if (old.status === 'expired')
      insert('snapshots', {
        mode: 'live',
        kind: 'checkout',
        id: `ch_${id}`,
        status: 'expired',
        data: '{}',
        ...version,
      });
    if (!order) return;
    insert('orders', {
      mode: 'live',
      id: `o_${id}`,
      app_id: 'app_1',
      payment_id: id,
      customer_id: 'c_1',
      product_id: 'p_named',
      status: order.status,
      checkout_id: old.isOurs ? `ch_${id}` : order.checkout ? `theirs_${id}` : null,
      billing_reason: order.reason ?? 'purchase',
      net_amount: order.net,
      total_amount: order.total,
      refunded_amount: order.refunded ?? 0,
      currency: 'eur',
      created_at: i,
      paid_at: ['pending', 'void'].includes(order.status) ? null : i,
      ...version,
    });
    if (later !== undefined)
      insert('refunds', {
        mode: 'live',
        id: `r_${id}`,
        app_id: 'app_1',
        payment_id: id,
        order_id: `o_${id}`,
        customer_id: 'c_1',
        status: 'succeeded',
        reason: 'other',
        amount: later,
        currency: 'eur',
        created_at: i,
        ...version,
        seen_version: 20,
      });
    if (old.dispute !== undefined)
      insert('snapshots', {
        mode: 'live',
        kind: 'dispute',
        id: `d_${id}`,
        status: old.dispute,
        data: JSON.stringify({ order_id: `o_${id}` }),
        ...version,
      });
  });
  for (const id of ['p_told', 'p_plain', 'p_upper', 'p_spaced', 'p_theirs'])
    insert('payments', {
      id: `of_${id}`,
      mode: 'live',
      app_id: 'app_1',
      method: 'polar',
      status: 'pending',
      kind: 'checkout',
      product_id: id,
      refunded_amount: 0,
      customer_proven: 0,
      nonce_hash: 'hash',
      metadata: JSON.stringify({ ref: 'A 7', seats: 2, rate: 0.1, gift: true, big: 1e21, 'a.b "c"': 'x' }),
      created_at: 5,
      updated_at: 5,
    });
  opened.migrate();
});

const read = (columns: string, where = 'true') =>
  database
    .prepare(`select ${columns} from payments where ${where} order by created_at, id`)
    .all()
    .map((row) => ({ ...row }));

it('each is as deriving it makes it', async () => {
  const migrated = read('*');
  for (const { id } of migrated) await runBatch(d1, derivePayment({ mode: 'live', now: 77 }, String(id)));
  expect(read('*')).toEqual(migrated);
  expect(migrated).toHaveLength(OLD.length + 5);
});

it('amounts add up, and statuses, kinds and disputes are told apart', () => {
  const columns =
    'id, status, kind, net_amount, tax_amount, refunded_tax_amount as refunded_tax, refundable_amount as left, disputed';
  const rows = new Map(read(columns, "id not like 'of_%'").map(({ id, ...row }) => [id, Object.values(row)]));
  expect(Object.fromEntries(rows)).toEqual({
    open: ['pending', 'checkout', 900, 0, 0, 0, 0],
    unknown: ['pending', 'checkout', null, null, 0, 0, 0],
    expired: ['expired', 'checkout', 900, 0, 0, 0, 0],
    paid: ['succeeded', 'checkout', 756, 144, 0, 756, 0],
    part: ['partially_refunded', 'checkout', 756, 144, 57, 456, 0],
    whole: ['refunded', 'checkout', 756, 144, 144, 0, 0],
    ahead: ['partially_refunded', 'checkout', 756, 144, 57, 456, 0],
    all_ahead: ['refunded', 'checkout', 756, 144, 144, 0, 0],
    renewed: ['succeeded', 'renewal', 900, 0, 0, 900, 0],
    due: ['pending', 'renewal', 900, 0, 0, 0, 0],
    void: ['failed', 'renewal', 900, 0, 0, 0, 0],
    upgrade: ['succeeded', 'change', 420, 80, 0, 420, 0],
    downgrade: ['succeeded', 'change', -420, -80, 0, 0, 0],
    at_polar: ['succeeded', 'direct', 900, 0, 0, 900, 0],
    disputed: ['succeeded', 'checkout', 900, 0, 0, 900, 1],
    lost: ['succeeded', 'checkout', 900, 0, 0, 900, 1],
    won: ['succeeded', 'checkout', 900, 0, 0, 900, 0],
    free: ['succeeded', 'checkout', 0, 0, 0, 0, 0],
  });
});

it('products have the name and plan that they had, and another app’s has none', () => {
  const named = read('product_id, product_name, product_plan', "id like 'of_%' or id = 'paid'");
  expect(named.map((row) => Object.values(row))).toEqual(
    expect.arrayContaining([
      ['p_named', 'quay:pro', 'pro'],
      ['p_told', 'Quay for teams', 'team'],
      ['p_plain', 'A book: the second', null],
      ['p_upper', 'Quay:pro', null],
      ['p_spaced', 'quay:pro plus', null],
      ['p_theirs', null, null],
    ]),
  );
});

it('metadata are found as text, as they were written', () => {
  const rows = database
    .prepare("select key, value from payment_metadata where payment_id = 'of_p_told' order by key")
    .all()
    .map((row) => Object.values(row));
  expect(rows).toEqual([
    ['a.b "c"', 'x'],
    ['big', '1e+21'],
    ['gift', 'true'],
    ['rate', '0.1'],
    ['ref', 'A 7'],
    ['seats', '2'],
  ]);
});

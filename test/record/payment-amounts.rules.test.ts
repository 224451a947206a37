import type { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { beforeEach, expect, it } from 'vitest';
import { type Database, runBatch } from '../../src/base/db/database.rows.ts';
import { PAYMENT_TRANSITIONS, type PaymentStatus } from '../../src/base/payment-states.rules.ts';
import { parseOrder, parseRefund } from '../../src/polar/parse-purchases.rules.ts';
import { isPaid } from '../../src/polar/snapshots.rules.ts';
import { kindOfOrder } from '../../src/record/payment-kind.rules.ts';
import { derivePayment, insertPaymentOfOrder } from '../../src/record/payment.rows.ts';
import { projectSnapshot } from '../../src/record/snapshots.rows.ts';
import { openBefore } from '../base/migrations.ts';
import { openAsD1 } from '../base/sqlite-d1.ts';
import { life, type Life, type Shown } from './polar-orders.ts';

/*
 * The books add up at every moment, in whatever order Polar's events of an order and of its refunds come, twice or not at
 * all until the end.
 */

const PAYMENT = 'pay_1';
let database: DatabaseSync;
let d1: Database;

interface Row {
  status: PaymentStatus;
  kind: string;
  amount: number;
  net_amount: number;
  tax_amount: number;
  refunded_amount: number;
  refunded_tax_amount: number;
  refundable_amount: number;
  currency: string;
}

beforeEach(() => {
  const opened = openBefore('no such migration');
  opened.migrate();
  ({ database } = opened);
  d1 = openAsD1(database);
  database.exec(`
    insert into apps (id, slug, product, mode, name, origins, callback_urls, owns_unclaimed, created_at, updated_at)
      values ('app_1', 'quay-live', 'quay', 'live', 'Quay', '[]', '[]', 0, 0, 0)`);
});

async function hear({ kind, data, at }: Shown): Promise<void> {
  const mode = 'live' as const;
  const owner = { appId: 'app_1', paymentId: PAYMENT };
  const how = { mode, now: at, owner, isIndexed: false };
  if (kind === 'refund') {
    const { row } = parseRefund(data, at);
    await runBatch(d1, [
      ...projectSnapshot({ kind, row }, how),
      ...derivePayment({ mode: 'live', now: at }, PAYMENT),
    ]);
    return;
  }
  const { row } = parseOrder(data, at);
  const paid = isPaid(row.status) ? { paid: { heard: null } } : {};
  const payment = {
    id: PAYMENT,
    appId: 'app_1',
    kind: kindOfOrder(row),
    order: row,
    externalCustomerId: null,
    customerEmail: null,
    metadata: {},
  };
  await runBatch(d1, [
    ...projectSnapshot({ kind, row }, { ...how, ...paid }),
    ...insertPaymentOfOrder({ mode, now: at }, payment),
    ...derivePayment({ mode: 'live', now: at }, PAYMENT),
  ]);
}

const read = () => database.prepare('select * from payments').get() as Row | undefined;

function expectToAddUp(row: Row, { end }: Life): void {
  const most = Number(end['most']);
  expect(row.amount).toBe(row.net_amount + row.tax_amount);
  expect(row.refunded_amount).toBeGreaterThanOrEqual(0);
  expect(row.refunded_amount).toBeLessThanOrEqual(most);
  // More than the order's own only where a debt of an earlier one was paid along.
  if (Number(end['applied_balance_amount']) <= 0)
    expect(row.refunded_amount).toBeLessThanOrEqual(Math.max(0, row.net_amount));
  expect(row.refunded_tax_amount).toBeGreaterThanOrEqual(0);
  expect(row.refunded_tax_amount).toBeLessThanOrEqual(Math.max(0, row.tax_amount));
  const wasPaid = !['pending', 'failed', 'expired'].includes(row.status);
  expect(row.refundable_amount).toBe(wasPaid ? most - row.refunded_amount : 0);
  if (!wasPaid) expect(row.refunded_amount).toBe(0);
  else if (row.refunded_amount === 0) expect(row.status).toBe('succeeded');
  else expect(row.status).toBe(row.refunded_amount < most ? 'partially_refunded' : 'refunded');
}

const STATUS_OF: Record<string, PaymentStatus> = { paid: 'succeeded', void: 'failed' };
const KIND_OF: Record<string, string> = { subscription_cycle: 'renewal', subscription_update: 'change' };

const arrivals = life.chain((lived) =>
  fc
    .tuple(
      fc.shuffledSubarray([...lived.shown.keys()], { minLength: lived.shown.length }),
      fc.array(fc.nat(lived.shown.length - 1), { maxLength: 4 }),
    )
    .map(([order, again]) => ({
      lived,
      arrival: [...order, ...again].map((i) => lived.shown[i]).filter((each) => each !== undefined),
    })),
);

it('amounts add up at every moment, statuses follow one another as drawn, and in the end all is as Polar has it', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(arrivals, async ({ lived, arrival }) => {
      database.exec('delete from payments; delete from orders; delete from refunds');
      let before: PaymentStatus | 'start' = 'start';
      for (const each of arrival) {
        await hear(each);
        const row = read();
        if (!row) continue;
        expectToAddUp(row, lived);
        if (row.status !== before) {
          expect(PAYMENT_TRANSITIONS[before]).toContain(row.status);
          seen.add(`${before} ${row.status}`);
        }
        before = row.status;
      }
      const { end } = lived;
      expect(read()).toMatchObject({
        status: STATUS_OF[String(end['status'])] ?? end['status'],
        kind: KIND_OF[String(end['billing_reason'])] ?? 'direct',
        amount: end['total_amount'],
        net_amount: end['net_amount'],
        tax_amount: end['tax_amount'],
        discount_amount: end['discount_amount'],
        refunded_amount: end['refunded_amount'],
        refunded_tax_amount: end['refunded_tax_amount'],
        refundable_amount: ['pending', 'void'].includes(String(end['status'])) ? 0 : end['refundable_amount'],
        currency: end['currency'],
        invoice_number: 'QUAY-1',
      });
    }),
    { numRuns: 400 },
  );
  // The lives are no empty ones: most transitions happen in them.
  expect(seen.size).toBeGreaterThanOrEqual(10);
}, 300_000);

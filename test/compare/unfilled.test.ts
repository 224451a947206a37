import { env } from 'cloudflare:workers';
import { expect, it } from 'vitest';
import { createWorld } from '../harness/harness.ts';
import { refundNewestOrder, startPayment } from '../harness/story.ts';
import { eventsOf, NO_DRIFT, reconcile, rowsOf } from './reconcile-calls.ts';

/* Rows of the release before lack what is kept by now. The regular reading of everything fills them, and nobody is told. */

const KEPT = {
  orders:
    'refunded_tax_amount discount_amount balance_amount discount_id discount_code discount_name invoice_number billing_country product_name product_plan',
  subscriptions: 'amount currency recurring_interval recurring_interval_count pause_at_period_end details',
  refunds: 'tax_amount',
  grants: 'benefit_type license_key_id display_key',
};

const readKept = () =>
  Promise.all(
    Object.entries(KEPT).map(([table, columns]) =>
      rowsOf(`select ${columns.replaceAll(' ', ', ')} from ${table} order by id`),
    ),
  );
const readPayments = () =>
  rowsOf('select * from payments order by id').then((rows) => rows.map(({ updated_at: _at, ...row }) => row));

it('what a release before stored is filled by reading it again, is no drift, and is told to nobody', async () => {
  const world = await createWorld();
  const quay = await world.createApp({ product: 'quay' });
  const products = [
    await world.createProduct({ name: 'quay:monthly', recurring: 'month' }),
    await world.createProduct({
      name: 'quay:once',
      benefits: [{ type: 'license_keys', description: 'Key' }],
    }),
  ];
  const code = 'SPRING';
  await world.polar('sandbox', 'POST', '/v1/discounts/', {
    name: 'Spring',
    code,
    type: 'percentage',
    basis_points: 1_000,
    duration: 'forever',
    products: products.map(({ id }) => id),
  });
  for (const { id } of products) {
    const payment = await startPayment(quay, id, { discount_code: code });
    await world.pay('sandbox', payment.checkoutUrl, { email: 'ada@readers.dev' });
    await world.settle();
  }
  await refundNewestOrder(world);
  await world.settle();
  const [kept, payments] = [await readKept(), await readPayments()];
  expect(kept.flat().every((row) => Object.values(row).some((value) => value !== null))).toBe(true);
  expect(payments.map((row) => row['discount_code'])).toEqual([code, code]);

  for (const [table, columns] of Object.entries(KEPT)) {
    const nothing = columns.split(' ').map((column) => `${column} = null`);
    const details = table === 'subscriptions' ? ', details_version = 0, details_seen_version = 0' : '';
    await env.DB.prepare(`update ${table} set ${nothing.join(', ')}${details}`).run();
  }
  // As the migration leaves a payment whose order lacks it.
  await env.DB.prepare(
    'update payments set invoice_number = null, discount_id = null, discount_code = null, discount_name = null, discount_amount = null',
  ).run();
  const told = await eventsOf();
  const { report } = await reconcile(world);

  expect(report.total).toEqual(NO_DRIFT);
  expect(await readKept()).toEqual(kept);
  expect(await readPayments()).toEqual(payments);
  expect(await eventsOf()).toEqual(told);
  // Once filled, an order costs no statement more than others.
  const { report: again } = await reconcile(world);
  expect(again.total).toEqual(NO_DRIFT);
});

import { expect, it } from 'vitest';
import { runBatch } from '../../src/base/db/database.rows.ts';
import { EVENT_TYPES } from '../../src/base/event-types.rules.ts';
import { observeRead } from '../../src/polar/observe.rules.ts';
import { isPaid, type Snapshot } from '../../src/polar/snapshots.rules.ts';
import { kindOfOrder } from '../../src/record/payment-kind.rules.ts';
import { derivePayment, insertPaymentOfOrder } from '../../src/record/payment.rows.ts';
import { projectSnapshot } from '../../src/record/snapshots.rows.ts';
import { paymentJson } from '../../src/tell/events/payment-json.rows.ts';
import { sampleBody } from '../../src/tell/events/sample-events.rules.ts';
import * as sample from '../../src/tell/events/sample-objects.rules.ts';
import { openBefore } from '../base/migrations.ts';
import { openAsD1 } from '../base/sqlite-d1.ts';

/* The payment in a sample is what deriving makes of what Polar would have told before: the same as a read would show. */

const NOW = Date.UTC(2026, 10, 21, 10);
const AT = new Date(NOW).toISOString();
const DAY = 86_400_000;
const PAYMENT = `pay_${'0'.repeat(26)}`;

/** What Polar would have shown when an app is told `<noun>.<verb>`. */
function toldBefore(noun: string, verb: string): Snapshot[] {
  const read = (kind: 'order' | 'refund' | 'checkout' | 'dispute', data: object) =>
    observeRead(kind, { ...data, customer: undefined }, NOW).main;
  if (noun === 'payment' && verb === 'pending') return [];
  if (noun === 'payment' && verb === 'expired') return [read('checkout', sample.checkout(AT))];
  return [
    // The order of a refund that failed is none that failed.
    read('order', sample.order(noun === 'payment' || noun === 'subscription' ? verb : 'succeeded', AT)),
    ...(noun === 'refund' ? [read('refund', sample.refund(verb, AT))] : []),
    ...(noun === 'dispute' ? [read('dispute', sample.dispute(verb, AT))] : []),
  ];
}

async function derive(noun: string, verb: string): Promise<unknown> {
  const { database, migrate } = openBefore('no such migration');
  migrate();
  const d1 = openAsD1(database);
  const product = sample.product(AT);
  database.exec(`
    insert into apps (id, slug, product, mode, name, origins, callback_urls, owns_unclaimed, created_at, updated_at)
      values ('app_1', 'quay-live', 'quay', 'live', 'Quay', '[]', '[]', 0, 0, 0);
    insert into products (mode, id, app_id, name, metadata, is_archived, is_recurring, version, seen_version, digest)
      values ('live', '${product.id}', 'app_1', '${product.name}', '{}', 0, 1, 0, 0, 0);`);
  const isRenewal = noun !== 'grant' && (verb === 'renewed' || verb === 'retry_scheduled');
  if (!isRenewal)
    database.exec(`
      insert into payments (id, mode, app_id, method, status, kind, product_id, product_name, amount, net_amount, tax_amount, discount_amount,
        refunded_amount, currency, external_customer_id, customer_email, customer_proven, checkout_id, metadata, created_at, updated_at, expires_at)
      values ('${PAYMENT}', 'live', 'app_1', 'polar', 'pending', 'checkout', '${product.id}', '${product.name}', ${sample.AMOUNT}, ${sample.AMOUNT}, 0, 0,
        0, '${sample.MONEY.currency}', 'sample-user', '${sample.CUSTOMER.email}', 0, '${sample.checkout(AT).id}', '{}', ${NOW}, ${NOW}, ${NOW + DAY})`);
  for (const snapshot of toldBefore(noun, verb)) {
    const owner = { appId: 'app_1', paymentId: PAYMENT };
    const isPaidOrder = snapshot.kind === 'order' && isPaid(snapshot.row.status);
    const how = {
      mode: 'live' as const,
      now: NOW,
      owner,
      isIndexed: false,
      ...(isPaidOrder ? { paid: { heard: NOW } } : {}),
    };
    const inserts =
      snapshot.kind === 'order'
        ? insertPaymentOfOrder(
            { mode: 'live', now: NOW },
            {
              id: PAYMENT,
              appId: 'app_1',
              kind: kindOfOrder(snapshot.row),
              order: snapshot.row,
              externalCustomerId: 'sample-user',
              customerEmail: sample.CUSTOMER.email,
              metadata: {},
            },
          )
        : [];
    await runBatch(d1, [
      ...projectSnapshot(snapshot, how),
      ...inserts,
      ...derivePayment({ mode: 'live', now: NOW }, PAYMENT),
    ]);
  }
  const { json } = database.prepare(`select ${paymentJson(`'${PAYMENT}'`)} as json`).get() as {
    json: string;
  };
  return JSON.parse(json);
}

const TYPES = Object.keys(EVENT_TYPES).filter((type) => !/^(customer|endpoint)\./.test(type));

it.each(TYPES)('a sample of %s has the payment as it then is', async (type) => {
  const [noun = '', verb = ''] = type.split('.');
  const { data } = JSON.parse(
    sampleBody(type, { id: 'evt_1', app: 'quay-live', mode: 'live', now: NOW }),
  ) as {
    data: { payment: object };
  };
  expect(data.payment).toEqual(await derive(noun, verb));
});

import type { Copied } from './growth-fill.ts';

/* The rows that are copied for each sale, with a part of them in another state, so that each filter has some to leave out. */

/** Which sales have what, by their numbers: every so many, the so manyth. */
const each = (every: number, nth: number) => `n.i % ${every} = ${nth}`;
const BUYER = "'buyer-' || n.i || '@readers.dev'";
const USER = "'user-' || n.i";
/** When the sale was made. */
const SOLD_AT = '(select created_at from payments where id = $payment) - n.age';
const OTHER_PRODUCT = 'iif(n.i % 4 = 0, $otherProduct, t.product_id)';

/** What a webhook, an access question and cron find of a sale. */
export const SALE: readonly Copied[] = [
  {
    table: 'payments',
    where: 'id = $payment',
    own: {
      customer_email: BUYER,
      external_customer_id: USER,
      status: `case when ${each(10, 1)} then 'refunded' when ${each(10, 2)} then 'partially_refunded' else t.status end`,
      kind: `iif(${each(10, 3)}, 'renewal', t.kind)`,
      product_id: OTHER_PRODUCT,
      discount_id: `iif(${each(4, 1)}, $discount, null)`,
      subscription_id: `iif(${each(4, 2)}, :subscription, null)`,
      amount: 't.amount + n.i % 1000',
    },
  },
  { table: 'customers', where: 'id = $customer', own: { email: BUYER } },
  {
    table: 'known_customers',
    where: 'customer_id = $customer',
    own: { email: BUYER, name: "'Buyer ' || n.i" },
  },
  { table: 'customer_external_ids', where: 'customer_id = $customer', own: { external_id: USER } },
  { table: 'orders', where: 'id = $order' },
  { table: 'grants', where: 'order_id = $order' },
  { table: 'snapshots', where: "kind = 'checkout' and id = $checkout" },
  { table: 'polar_events', where: 'id = $paidEvent' },
  { table: 'events', where: 'id = $event', own: { sequence: 'n.i + 1000' } },
  {
    table: 'deliveries',
    where: 'event_id = $event',
    own: { sequence: 'n.i + 1000', status: `iif(${each(10, 1)}, 'failed', 'succeeded')` },
  },
  { table: 'delivery_attempts', where: 'delivery_id in (select id from deliveries where event_id = $event)' },
];

/** What else an app's and the operator's lists have: as many of each as there are sales. */
export const REST: readonly Copied[] = [
  ...['campaign', 'seller'].map((key) => ({
    table: 'payment_metadata',
    where: `payment_id = $called and key = '${key}'`,
    own: {
      key: 't.key',
      payment_id: ':payment',
      created_at: SOLD_AT,
      value: key === 'campaign' ? `iif(${each(10, 0)}, 'autumn', 'spring')` : "'seller-' || (n.i % 100)",
    },
  })),
  { table: 'app_customers', where: 'customer_id = $customer', own: { external_id: USER } },
  {
    table: 'subscriptions',
    where: 'id = $subscription',
    own: {
      payment_id: ':payment',
      product_id: OTHER_PRODUCT,
      status: `case when ${each(5, 3)} then 'past_due' when ${each(5, 4)} then 'canceled' else 'active' end`,
      ended_at: `iif(${each(5, 4)}, ${SOLD_AT}, null)`,
      cancel_at_period_end: each(10, 0),
      current_period_end: 'n.now + (n.i % 37) * 86400000 + n.i % 86400000',
    },
  },
  {
    table: 'refunds',
    where: 'id = $refund',
    own: {
      payment_id: ':payment',
      order_id: ':order',
      status: `case when ${each(10, 0)} then 'failed' when ${each(10, 1)} then 'canceled' else 'succeeded' end`,
    },
  },
  {
    table: 'refund_requests',
    where: 'id = $request',
    own: {
      payment_id: ':payment',
      order_id: ':order',
      status: `iif(${each(10, 2)}, 'refused', t.status)`,
      polar_refund_id: `iif(${each(10, 2)}, null, :refund)`,
    },
  },
  {
    table: 'snapshots',
    where: "kind = 'dispute' and id = $dispute",
    own: {
      // None is open, for every comparison looks such up at Polar, and none takes its purchase back.
      status: "'won'",
      data: `json_set(t.data, '$.order_id', :order, '$.created_at', strftime('%Y-%m-%dT%H:%M:%fZ', (n.now - n.age) / 1000.0, 'unixepoch'))`,
    },
  },
  {
    table: 'gifts',
    where: 'id = $gift',
    // Canceled, so that the purchases stay their buyers'.
    own: { payment_id: ':payment', to_email: "'friend-' || n.i || '@readers.dev'", canceled_at: SOLD_AT },
  },
  {
    table: 'grants',
    where: 'id = $work',
    own: {
      payment_id: ':payment',
      order_id: ':order',
      member_id: ':customer',
      product_id: OTHER_PRODUCT,
      fulfilment: `iif(${each(2, 0)}, 'pending', 'done')`,
      is_granted: `not ${each(5, 0)}`,
      is_revoked: each(5, 0),
    },
  },
  {
    table: 'own_grants',
    where: 'id = $ownGrant',
    own: {
      customer_id: `iif(${each(2, 0)}, :customer, null)`,
      external_id: `iif(${each(2, 0)}, null, ${USER})`,
      revoked_at: `iif(${each(4, 0)}, ${SOLD_AT}, null)`,
    },
  },
  { table: 'sessions', where: 'id = $session', own: { expires_at: 't.expires_at' } },
  { table: 'downloads', where: 'id = $download' },
  {
    table: 'audit_log',
    where: 'id = $line',
    own: {
      at: 't.at - n.age',
      target: ':payment',
      actor: `iif(${each(4, 0)}, 'operator', t.actor)`,
      action: `iif(${each(4, 1)}, 'subscription.changed', t.action)`,
    },
  },
  {
    table: 'orders',
    where: 'id = $unroutedOrder',
    own: { customer_id: ':customer', is_dismissed: each(4, 0) },
  },
  {
    table: 'subscriptions',
    where: 'id = $unroutedSubscription',
    own: { customer_id: ':customer', is_dismissed: each(4, 0) },
  },
  { table: 'polar_events', where: 'id = $otherEvent', own: { status: "'unrouted'", sealed_body: 'null' } },
];

/** Checkouts that ended unpaid. A week later cron deletes them, so all are young. */
export const UNPAID: readonly Copied[] = [
  { table: 'payments', where: 'id = $pending', own: { status: `iif(${each(2, 0)}, 'failed', 'expired')` } },
];

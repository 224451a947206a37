import { describe, expect, test } from 'vitest';
import { type AppName, APPS } from '../chaos/catalogue.ts';
import {
  allCustomers,
  allResources,
  type Evidence,
  type EventBody,
  judge,
  type KnownEvent,
  type KnownPayment,
} from '../chaos/judge.ts';
import { planRun } from '../chaos/plan.ts';
import { digestOf } from '../chaos/receivers.ts';
import { sabotage, type Sabotage } from '../chaos/sabotage.ts';

/*
 * Tests the judge of the chaos run: a small true story passes, and every way to falsify it is noticed. The story: Ada
 * subscribes at Quay and renews, Ben buys at Quay and gets a part back, Cy buys at Atlas and gets all back.
 */

const ORDERS = [
  { id: 'o1', app: 'quay', product_id: 'p-monthly', customer_id: 'ada', subscription_id: 's1', amount: 500 },
  { id: 'o2', app: 'quay', product_id: 'p-monthly', customer_id: 'ada', subscription_id: 's1', amount: 500 },
  { id: 'o3', app: 'quay', product_id: 'p-lifetime', customer_id: 'ben', subscription_id: null, amount: 900 },
  { id: 'o4', app: 'atlas', product_id: 'p-pro', customer_id: 'cy', subscription_id: null, amount: 2900 },
] as const;
const REFUNDED: Record<string, number> = { o3: 300, o4: 2900 };
const STATUSES: Record<string, string> = { o3: 'partially_refunded', o4: 'refunded' };

function truth(): Evidence {
  const evidence: Evidence = {
    books: {
      payments: ORDERS.map((order) => ({
        ...order,
        is_paid: true,
        net_amount: order.amount,
        tax_amount: 0,
        refunded_tax_amount: 0,
        refunded_amount: REFUNDED[order.id] ?? 0,
        currency: 'usd',
        billing_reason:
          order.id === 'o2'
            ? 'subscription_cycle'
            : order.subscription_id
              ? 'subscription_create'
              : 'purchase',
        gateway_payment_id: order.id === 'o2' ? 'pay_o1' : `pay_${order.id}`,
      })),
      refunds: Object.entries(REFUNDED).map(([order_id, amount]) => ({
        id: `r-${order_id}`,
        order_id,
        status: 'succeeded',
        amount,
        revoke_benefits: false,
      })),
      live_purchases: [
        { kind: 'subscription', id: 's1', status: 'active', customer_id: 'ada', product_id: 'p-monthly' },
        {
          kind: 'order',
          id: 'o3',
          status: 'partially_refunded',
          customer_id: 'ben',
          product_id: 'p-lifetime',
        },
      ],
      live_grants: {
        ada: [
          { id: 'g1', benefit_id: 'b-library', order_id: null, subscription_id: 's1' },
          { id: 'g2', benefit_id: 'b-feed', order_id: null, subscription_id: 's1' },
        ],
        ben: [{ id: 'g3', benefit_id: 'b-library', order_id: 'o3', subscription_id: null }],
      },
    },
    productIds: {
      'quay:lifetime': 'p-lifetime',
      'quay:single': 'p-single',
      'quay:monthly': 'p-monthly',
      'atlas:pro': 'p-pro',
      'atlas:monthly': 'p-atlas-monthly',
    },
    benefitIds: { library: 'b-library', guides: 'b-guides', feed: 'b-feed' },
    slugs: { quay: 'quay-sandbox', atlas: 'atlas-sandbox' },
    payments: { quay: paymentsOf('quay'), atlas: paymentsOf('atlas') },
    events: { quay: eventsOf('quay'), atlas: eventsOf('atlas') },
    heard: { quay: [], atlas: [] },
    endpointIds: { quay: 'ep_quay', atlas: 'ep_atlas' },
    heardElsewhere: { quay: [], atlas: [] },
    ordered: {
      app: 'atlas',
      wants: ['payment.*', 'refund.*'],
      arrivals: eventsOf('atlas')
        .filter(({ type }) => type !== 'customer.created')
        .map(({ id }) => ({ webhookId: id, isAccepted: true })),
    },
    places: [],
    access: { quay: new Map(), atlas: new Map() },
    acknowledged: ['w1', 'w2'],
    kept: new Map([
      ['w1', 'applied'],
      ['w2', 'unrouted'],
    ]),
  };
  for (const app of APPS) {
    evidence.heard[app] = evidence.events[app].map(({ id, digest }) => ({
      webhookId: id,
      digest,
      app: `${app}-sandbox`,
      isValid: true,
    }));
  }
  const place = (app: AppName, name: string, isWrittenAnew: boolean): Evidence['places'][number] => ({
    app,
    name,
    isWrittenAnew,
    wants: ['payment.succeeded', 'refund.*'],
    endpointId: `ep_${name}`,
    arrivals: evidence.heard[app]
      .filter((_, at) => /^(payment|refund)/.test(evidence.events[app][at]?.type ?? ''))
      .map((each) => ({ ...each, digest: isWrittenAnew ? digestOf(`chat ${each.webhookId}`) : each.digest })),
  });
  evidence.places = [place('quay', 'chat', true), place('atlas', 'worker', false)];
  evidence.access = {
    quay: new Map([
      [
        'ada',
        new Set([
          'product:p-monthly',
          'plan:quay:monthly',
          'benefit:b-library',
          'content:library/shelf-1',
          'benefit:b-feed',
          'feature:feed',
        ]),
      ],
      [
        'ben',
        new Set([
          'product:p-lifetime',
          'plan:quay:lifetime',
          'content:articles/premium',
          'benefit:b-library',
          'content:library/shelf-1',
        ]),
      ],
      ['cy', new Set()],
    ]),
    atlas: new Map([
      ['ada', new Set()],
      ['ben', new Set()],
      ['cy', new Set()],
    ]),
  };
  return evidence;
}

function paymentsOf(app: AppName): KnownPayment[] {
  const known = ORDERS.filter((order) => order.app === app).map((order) => ({
    id: `pay_${order.id}`,
    status: STATUSES[order.id] ?? 'succeeded',
    kind: order.id === 'o2' ? 'renewal' : 'checkout',
    disputed: false,
    product: { id: order.product_id },
    amount: order.amount,
    net_amount: order.amount,
    tax_amount: 0,
    refunded_tax_amount: 0,
    refunded_amount: REFUNDED[order.id] ?? 0,
    currency: 'usd',
    customer: { id: order.customer_id },
    order_id: order.id,
    subscription_id: order.subscription_id,
  }));
  const abandoned: KnownPayment = {
    id: `pay_abandoned_${app}`,
    status: 'pending',
    kind: 'checkout',
    disputed: false,
    product: { id: null },
    amount: null,
    net_amount: null,
    tax_amount: null,
    refunded_tax_amount: 0,
    refunded_amount: 0,
    currency: null,
    customer: { id: null },
    order_id: null,
    subscription_id: null,
  };
  return [...known, abandoned];
}

function eventsOf(app: AppName): KnownEvent[] {
  const told: { type: string; id: string; payment: string | null }[] = [];
  const tell = (type: string, id: string, payment: string | null = null) => told.push({ type, id, payment });
  const customers = new Set<string>();
  for (const order of ORDERS.filter((each) => each.app === app)) {
    if (!customers.has(order.customer_id)) tell('customer.created', order.customer_id);
    customers.add(order.customer_id);
    tell('payment.succeeded', order.id, `pay_${order.id}`);
    if (order.id === 'o1') tell('subscription.created', 's1');
    if (order.id === 'o2') tell('subscription.renewed', 'o2', 'pay_o2');
    if (REFUNDED[order.id] === undefined) continue;
    tell('refund.created', `r-${order.id}`, `pay_${order.id}`);
    tell('refund.succeeded', `r-${order.id}`, `pay_${order.id}`);
  }
  if (app === 'quay') for (const grant of ['g1', 'g2', 'g3']) tell('grant.created', grant);
  return told.map(({ type, id, payment }, index) => {
    const body: EventBody = {
      type,
      timestamp: '2026-11-21T10:00:00.000Z',
      data: { app: `${app}-sandbox`, polar: { type, data: { id } } },
    };
    return {
      id: `evt_${app}_${index}`,
      type,
      sequence: index + 1,
      payment_sequence:
        payment === null ? null : told.slice(0, index + 1).filter((each) => each.payment === payment).length,
      payment_id: payment,
      digest: digestOf(JSON.stringify(body)),
      body,
    };
  });
}

/** The checks that found something. */
const failures = (evidence: Evidence): string[] =>
  judge(evidence)
    .filter(({ violations }) => violations.length > 0)
    .map(({ check }) => check);

describe('the judge of chaos', () => {
  test('finds nothing wrong in a true story, and has looked at something for every check', () => {
    const verdicts = judge(truth());
    expect(verdicts.flatMap(({ violations }) => violations)).toEqual([]);
    expect(verdicts.every(({ examined }) => examined > 0)).toBe(true);
  });

  test.each<[Sabotage, string]>([
    ['payment', 'payments are what the books say'],
    ['invented_payment', 'no payment is invented'],
    ['grant', 'grants and purchases open what they should'],
    ['untold', 'all that happened was told, and nothing else'],
    ['told_twice', 'no event is told twice under different ids'],
    ['sequence_gap', 'sequences have no gaps'],
    ['lost_delivery', 'every event reached the healthy endpoint'],
    ['forged_bytes', 'one id, one body, signed, and for its tenant only'],
    ['told_twice', 'no effect is doubled or missing'],
    ['lost_delivery', 'no effect is doubled or missing'],
    ['disorder', 'an ordered endpoint gets each payment in its order'],
    ['lost_event', 'every acknowledged event is kept and applied'],
    ['lost_in_chat', 'a chat and a Worker get each event once, in one form'],
    ['other_words', 'a chat and a Worker get each event once, in one form'],
    ['told_twice', 'a chat and a Worker get each event once, in one form'],
  ])('notices the sabotage %s: %s', (what, check) => {
    const evidence = truth();
    sabotage(what, evidence);
    expect(failures(evidence)).toContain(check);
  });

  test('notices an order that is two payments, or another tenant’s', () => {
    const twice = truth();
    const [payment] = twice.payments.quay;
    if (!payment) throw new Error('no payment');
    twice.payments.quay.push({ ...payment, id: 'pay_again' });
    expect(failures(twice)).toContain('payments are what the books say');
    const moved = truth();
    moved.payments.atlas.push(payment);
    moved.payments.quay.shift();
    expect(failures(moved)).toContain('payments are what the books say');
  });

  test('notices access that should have ended, at the right tenant only', () => {
    const evidence = truth();
    evidence.access.atlas.get('cy')?.add('content:guides/atlas');
    expect(judge(evidence).flatMap(({ violations }) => violations)).toEqual([
      'atlas: customer cy may use content:guides/atlas, by the books it is the other way',
    ]);
  });

  test('notices an event of another tenant, a wrong signature, and an event that could not be applied', () => {
    const evidence = truth();
    const [first, second] = evidence.heard.quay;
    if (!first || !second) throw new Error('nothing heard');
    evidence.heardElsewhere.atlas.push({ ...first });
    second.isValid = false;
    evidence.kept.set('w2', 'failed');
    expect(failures(evidence)).toEqual([
      'every event reached the healthy endpoint',
      'one id, one body, signed, and for its tenant only',
      'every acknowledged event is kept and applied',
    ]);
  });

  test('does not call a run in which nothing happened a success', () => {
    const evidence = truth();
    evidence.books = { payments: [], refunds: [], live_purchases: [], live_grants: {} };
    evidence.events = { quay: [], atlas: [] };
    expect(failures(evidence)).toContain('no effect is doubled or missing');
  });

  test('asks about everybody who bought, and everything that is sold', () => {
    expect(allCustomers(truth().books)).toEqual(['ada', 'ben', 'cy']);
    expect(allResources(truth())).toEqual(
      expect.arrayContaining(['product:p-pro', 'plan:atlas:monthly', 'benefit:b-guides', 'feature:feed']),
    );
  });
});

describe('a plan of chaos', () => {
  test('is the same for the same seed, and another for another', () => {
    expect(planRun(7, 100, 10)).toEqual(planRun(7, 100, 10));
    expect(planRun(8, 100, 10).purchases).not.toEqual(planRun(7, 100, 10).purchases);
  });

  test('has as many paying buyers as asked for, and kills spread over the run', () => {
    const { purchases, kills } = planRun(7, 500, 10);
    expect(purchases.filter(({ abandons }) => !abandons)).toHaveLength(500);
    expect(kills).toHaveLength(10);
    for (const [index, { purchase }] of kills.entries()) {
      expect(purchase).toBeGreaterThanOrEqual(Math.floor((index * purchases.length * 0.75) / 10));
      expect(purchase).toBeLessThan(purchases.length * 0.75);
    }
  });

  test('sells nobody two subscriptions, which Polar would refuse', () => {
    const subscribers = planRun(7, 500, 10)
      .purchases.filter(({ product }) => product.endsWith(':monthly'))
      .map(({ email }) => email);
    expect(new Set(subscribers).size).toBe(subscribers.length);
  });
});

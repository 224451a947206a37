import { describe, expect, test } from 'vitest';
import type { Observation, Snapshot } from '../../src/polar/snapshots.rules.ts';
import { planChanges } from '../../src/record/plan-changes.rules.ts';
import type { PlanInput } from '../../src/record/plan-input.rules.ts';

const NOW = 1_800_000_000_000;
const version = { version: 1, seenVersion: 1, digest: 1 };

const app: PlanInput['rows']['apps'][number] = {
  id: 'app_quay',
  slug: 'quay',
  product: 'quay',
  ownsUnclaimed: false,
};
const product: PlanInput['rows']['products'][number] = {
  version: 1,
  id: 'book',
  isWhole: true,
  benefitIds: null,
  assignedAppId: null,
  appId: app.id,
};
const order = {
  ...version,
  id: 'order',
  customerId: 'customer',
  productId: product.id,
  checkoutId: null,
  subscriptionId: null,
  status: 'paid',
  billingReason: 'purchase',
  netAmount: 900,
  totalAmount: 1000,
  refundedAmount: 0,
  refundedTaxAmount: 0,
  discountAmount: 0,
  balanceAmount: 0,
  discountId: null,
  discountCode: null,
  discountName: null,
  invoiceNumber: null,
  billingCountry: null,
  nextPaymentAttemptAt: null,
  productName: null,
  productPlan: null,
  currency: 'eur',
  createdAt: NOW - 5_000,
  renews: false,
  hasLaterNews: false,
  metadata: {},
};
const refund = {
  ...version,
  id: 'refund',
  orderId: order.id,
  customerId: 'customer',
  status: 'succeeded',
  reason: 'customer_request',
  revokesBenefits: null,
  amount: 1000,
  taxAmount: null,
  requestId: null,
  currency: 'eur',
  createdAt: NOW,
};
const grant = {
  ...version,
  id: 'grant',
  benefitId: 'benefit',
  customerId: 'customer',
  memberId: null,
  memberRole: null,
  orderId: order.id,
  subscriptionId: null,
  isGranted: true,
  isRevoked: false,
  grantedAt: NOW,
  revokedAt: null,
  benefitType: 'custom',
  licenseKeyId: null,
  displayKey: null,
  fileIds: null,
  connection: null,
  error: null,
  state: 'granted' as const,
  fulfilment: null,
  createdAt: NOW,
};
/** The order as it is stored, owned by the app or by nobody. */
const storedOrder = (owner: { appId: string | null; paymentId: string | null }) => ({
  ...order,
  ...owner,
  paidAt: order.createdAt,
});
const owned = { appId: app.id, paymentId: 'pay_known' };
const unowned = { appId: null, paymentId: null };

/** Plans what one object says, with the app, its product and `rows` around it. */
function plan(
  type: string,
  main: Snapshot,
  rows: Partial<PlanInput['rows']> = {},
  more: Partial<Pick<PlanInput, 'isPaced'>> & Partial<Pick<Observation, 'links' | 'data'>> = {},
) {
  const noLinks = { orderId: null, subscriptionId: null, checkoutId: null, productId: null };
  const { isPaced = false, links = noLinks, data = {} } = more;
  return planChanges({
    mode: 'sandbox',
    gatewayUrl: 'https://gateway.dev',
    observation: { type, occurredAt: NOW, main, embedded: [], unread: [], links, data },
    rows: {
      apps: [app],
      payments: [],
      orders: [],
      subscriptions: [],
      products: [product],
      grants: [],
      leftActionAt: null,
      unpaid: null,
      refund: null,
      customer: null,
      other: null,
      erased: [],
      isAlreadySubscribed: false,
      relations: [],
      earlier: null,
      ...rows,
    },
    origin: 'webhook',
    now: NOW,
    isPaced,
    adoptedBy: null,
    newPaymentId: main.kind === 'order' ? 'pay_new' : null,
  });
}

const ofOrder = { orderId: order.id, subscriptionId: null, checkoutId: null, productId: null };
const typesOf = ({ events }: ReturnType<typeof plan>) => events.map(({ type }) => type);
const doneBy = ({ changes }: ReturnType<typeof plan>) => changes.map((change) => change.do);

describe('a paid order of an owned product', () => {
  test('becomes a payment of the app, once the order is stored with its owner', () => {
    const planned = plan('order.paid', { kind: 'order', row: order });
    expect(planned).toMatchObject({ appId: app.id, isUnrouted: false, waitsFor: null });
    expect(doneBy(planned)).toEqual(['note_forgotten', 'project', 'insert_payment', 'derive_payment']);
    const owner = { appId: app.id, paymentId: 'pay_new' };
    expect(planned.changes).toContainEqual({
      do: 'project',
      snapshot: { kind: 'order', row: order },
      owner,
      paid: { heard: NOW },
    });
    expect(planned.changes).toContainEqual({ do: 'derive_payment', paymentId: 'pay_new' });
    expect(planned.changes).toContainEqual(
      expect.objectContaining({
        do: 'insert_payment',
        payment: expect.objectContaining({ id: 'pay_new', appId: app.id, kind: 'direct' }),
      }),
    );
  });

  test('tells its app of the payment and of a new customer', () => {
    const planned = plan('order.paid', { kind: 'order', row: order });
    expect(typesOf(planned)).toEqual(['payment.succeeded', 'customer.created']);
    expect(planned.events[0]).toMatchObject({ appId: app.id, paymentId: 'pay_new', customerId: 'customer' });
    expect(planned.refresh).toEqual([{ appId: app.id, customerIds: ['customer'], paymentIds: ['pay_new'] }]);
  });

  test('tells that the app’s discount is used up when it was paid, and of nobody else’s', () => {
    const types = (usedUp: { owner: string | null }, status = 'paid') =>
      plan('order.paid', {
        kind: 'order',
        row: { ...order, status, usedUp: { id: 'discount', most: 10, ...usedUp } },
      }).events.filter(({ type }) => type === 'discount.exhausted');
    expect(types({ owner: 'quay' })).toEqual([
      expect.objectContaining({
        key: 'discount.exhausted:discount:10',
        discount: { id: 'discount', max_redemptions: 10 },
      }),
    ]);
    expect(types({ owner: 'atlas' })).toEqual([]);
    expect(types({ owner: null })).toEqual([]);
    expect(types({ owner: 'quay' }, 'pending')).toEqual([]);
  });

  test('wakes what waited for it, and for the customer when the app is new to them', () => {
    const first = plan('order.paid', { kind: 'order', row: order });
    expect(first.arrived).toEqual(['order:order', 'customer:customer']);
    const since = order.createdAt - 1;
    const relation = { appId: app.id, since, paymentIds: [], email: null, toldLast: null };
    const later = plan('order.paid', { kind: 'order', row: order }, { relations: [relation] });
    expect(later.arrived).toEqual(['order:order']);
  });

  test('was paid when its own Polar event says, and no other one', () => {
    const paidAt = (type: string) =>
      plan(type, { kind: 'order', row: order }).changes.find((change) => change.do === 'project');
    expect(paidAt('order.paid')).toMatchObject({ paid: { heard: NOW } });
    expect(paidAt('order.updated')).toMatchObject({ paid: { heard: null } });
  });

  test('keeps the payment that it is known as', () => {
    const planned = plan('order.updated', { kind: 'order', row: order }, { orders: [storedOrder(owned)] });
    expect(planned.changes).toContainEqual({ do: 'derive_payment', paymentId: 'pay_known' });
  });

  test('asks for its refunds when it says that there are some', () => {
    const planned = plan('order.updated', { kind: 'order', row: { ...order, refundedAmount: 400 } });
    expect(planned.rereads).toContainEqual(
      expect.objectContaining({
        kind: 'refunds',
        id: 'order',
        at: NOW,
        onlyIf: { is: 'refund_missing', orderId: 'order', amount: 400 },
      }),
    );
  });
});

test('an order of a product that nobody owns is kept, tells nobody and waits for the product', () => {
  const planned = plan(
    'order.paid',
    { kind: 'order', row: order },
    { products: [{ ...product, appId: null }] },
  );
  expect(planned).toMatchObject({ appId: null, isUnrouted: true, waitsFor: 'product:book', events: [] });
  expect(doneBy(planned)).toEqual(['note_forgotten', 'project']);
  expect(planned.arrived).toEqual([]);
  expect(planned.refresh).toEqual([]);
});

describe('a refund', () => {
  test('before its order waits for it, and has it read when it does not come', () => {
    const planned = plan('refund.created', { kind: 'refund', row: refund }, {}, { links: ofOrder });
    expect(planned).toMatchObject({ appId: null, isUnrouted: true, waitsFor: 'order:order', events: [] });
    expect(doneBy(planned)).not.toContain('derive_payment');
    expect(planned.rereads).toEqual([
      expect.objectContaining({
        kind: 'order',
        id: 'order',
        at: NOW + 30_000,
        onlyIf: { is: 'order_behind', orderId: 'order' },
      }),
      expect.objectContaining({
        kind: 'order',
        id: 'order',
        at: NOW,
        onlyIf: { is: 'unknown', kind: 'order', id: 'order' },
      }),
    ]);
  });

  test('after its order changes the payment that the order is, and its access', () => {
    const rows = { orders: [storedOrder(owned)] };
    const planned = plan('refund.created', { kind: 'refund', row: refund }, rows, { links: ofOrder });
    expect(planned).toMatchObject({ appId: app.id, isUnrouted: false });
    expect(planned.changes.at(-1)).toEqual({ do: 'derive_payment', paymentId: 'pay_known' });
    expect(typesOf(planned)).toEqual(['refund.created', 'refund.succeeded']);
    expect(planned.refresh).toEqual([
      { appId: app.id, customerIds: ['customer'], paymentIds: ['pay_known'] },
    ]);
  });
});

describe('a grant', () => {
  test('of a purchase that nobody owns opens nothing, tells nobody and waits for the purchase', () => {
    const rows = { orders: [storedOrder(unowned)] };
    const planned = plan('benefit_grant.created', { kind: 'grant', row: grant }, rows, { links: ofOrder });
    expect(planned).toMatchObject({
      appId: null,
      isUnrouted: true,
      waitsFor: 'order:order',
      events: [],
      refresh: [],
    });
    expect(planned.changes).toContainEqual({
      do: 'project',
      snapshot: { kind: 'grant', row: grant },
      owner: unowned,
    });
    expect(planned.rereads).toEqual([expect.objectContaining({ kind: 'order', id: 'order' })]);
  });

  test('of an owned purchase is its app’s, whatever app has the benefit', () => {
    const rows = { orders: [storedOrder(owned)] };
    const planned = plan('benefit_grant.created', { kind: 'grant', row: grant }, rows, { links: ofOrder });
    expect(planned.changes).toContainEqual({
      do: 'project',
      snapshot: { kind: 'grant', row: grant },
      owner: owned,
    });
    expect(typesOf(planned)).toEqual(['grant.created']);
  });

  test('is compared with its row before that is changed', () => {
    const data = { customer_id: 'customer' };
    const planned = plan(
      'benefit_grant.created',
      { kind: 'grant', row: grant },
      {},
      { links: ofOrder, data },
    );
    expect(planned.before).toEqual([
      expect.objectContaining({
        kind: 'grants',
        id: 'customer',
        onlyIf: { is: 'tied', snapshot: { kind: 'grant', row: grant } },
      }),
    ]);
  });
});

test('a customer’s state is noted as asked about only after it was asked about', () => {
  const state = {
    ...version,
    kind: 'customer_state',
    id: 'customer',
    customerId: 'customer',
    status: null,
    data: {},
  };
  const data = { granted_benefits: [{ id: 'grant' }] };
  const planned = plan('customer.state_changed', { kind: 'other', row: state }, {}, { data });
  const seen = { state, granted: ['grant'] };
  expect(planned.rereads).toEqual([
    expect.objectContaining({
      kind: 'grants',
      id: 'customer',
      at: NOW + 60_000,
      onlyIf: { is: 'difference_new', ...seen },
    }),
  ]);
  expect(planned.after).toEqual([{ do: 'note_difference', ...seen }]);
});

test('whoever keeps to a budget leaves what is to be read again to the end of the line', () => {
  const planned = plan(
    'refund.created',
    { kind: 'refund', row: refund },
    {},
    { links: ofOrder, isPaced: true },
  );
  expect(planned.rereads.map(({ at }) => at)).toEqual([
    { from: NOW + 3_600_000, apartMs: 12_000 },
    { from: NOW + 3_600_000, apartMs: 12_000 },
  ]);
});

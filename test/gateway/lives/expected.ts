import type { ProductName } from './actions.ts';
import {
  dueOf,
  isRefunded,
  mostBack,
  type Order,
  ordersOf,
  refundedOf,
  type State,
  type Subscription,
} from './model.ts';
import { PRODUCTS } from './actions.ts';

/* What the gateway should answer about a life, by the model's state. */

/** What each product gives besides itself and its plan; `team` gives its benefit to those who take a seat. */
const GIVES: Record<ProductName, readonly string[]> = {
  once: ['content:extra'],
  monthly: ['feature:dark'],
  pro: ['feature:dark', 'content:desk'],
  trial: ['content:desk'],
  team: [],
};
export const RESOURCES = [
  ...PRODUCTS.map((name) => `plan:quay:${name}`),
  'content:extra',
  'feature:dark',
  'content:desk',
];

/** A payment of an order, as `GET /v1/payments` should show it; by the id of its order. */
export function expectedPayments(state: State): Map<string, object> {
  const expected = new Map<string, object>();
  for (const { order, isSubscription } of allOrders(state)) {
    const { facts, kind, disputes } = order;
    const { net: refunded, tax: refundedTax } = refundedOf(order);
    expected.set(facts?.id ?? `an order that Polar did not make (${kind})`, {
      status: statusOf(order),
      kind,
      disputed: disputes.some(({ status }) => status === 'open' || status === 'lost'),
      product: facts?.product,
      amount: facts?.total,
      net_amount: facts?.net,
      tax_amount: (facts?.total ?? 0) - (facts?.net ?? 0),
      discount_amount: facts?.discountAmount,
      discount: facts?.discount,
      refunded_amount: refunded,
      refunded_tax_amount: refundedTax,
      refundable_amount:
        order.status === 'paid' && facts && dueOf(facts) > 0 ? mostBack(facts) - refunded : 0,
      currency: facts?.currency,
      billing_reason: isSubscription ? REASONS[kind] : 'purchase',
      invoice_number: facts?.invoice,
      order_id: facts?.id,
      subscription_id: facts?.subscriptionId,
    });
  }
  return expected;
}

const REASONS = {
  checkout: 'subscription_create',
  renewal: 'subscription_cycle',
  change: 'subscription_update',
};

const allOrders = ({ bought, subscriptions }: State) => [
  ...bought.map(({ order }) => ({ order, isSubscription: false })),
  ...subscriptions.flatMap(({ orders }) => orders.map((order) => ({ order, isSubscription: true }))),
];

function statusOf(order: Order): string {
  if (order.status !== 'paid') return order.status === 'void' ? 'failed' : 'pending';
  if (isRefunded(order)) return 'refunded';
  return refundedOf(order).net > 0 ? 'partially_refunded' : 'succeeded';
}

/** Until when each resource is open; null: no end is known. What is not there is closed. */
export function expectedAccess(state: State, ends: ReadonlyMap<string, number>): Map<string, number | null> {
  const open = new Map<string, number | null>();
  const give = (resources: readonly string[], until: number | null) => {
    for (const resource of resources) {
      const known = open.get(resource);
      const isEndless = known === null || until === null;
      open.set(resource, isEndless ? null : Math.max(known ?? 0, until));
    }
  };
  for (const { product, order } of state.bought) {
    const gone = order.disputes.some(({ status }) => status !== 'open');
    const over =
      isRefunded(order) || order.disputes.some(({ status }) => status === 'lost' || status === 'prevented');
    const revoking = order.refunds.filter(({ revokes, hadSucceeded }) => revokes && hadSucceeded);
    // A refund that failed after all opens the product again; what Polar had revoked stays so (ADR 49).
    const isTaken = gone || revoking.some(({ status }) => status === 'succeeded');
    if (!over && !isTaken) give([`plan:quay:${product}`], null);
    if (!over && !gone && revoking.length === 0) give(GIVES[product], null);
  }
  for (const subscription of state.subscriptions) {
    const { status, product, isCanceled, id } = subscription;
    if (status !== 'active' && status !== 'trialing') continue;
    give([`plan:quay:${product}`, ...GIVES[product]], isCanceled ? wholeSeconds(ends.get(id)) : null);
  }
  return open;
}

/** Tokens have no parts of a second. */
const wholeSeconds = (ms: number | undefined) => (ms === undefined ? null : Math.floor(ms / 1000) * 1000);

/**
 * How often each event must have been told at least, whatever was lost on the way: reconciling finds what an object still
 * shows. All else is told at most as often as it happened.
 */
export function leastTold(state: State): Map<string, number> {
  const least = new Map<string, number>();
  const tell = (type: string, id: string | undefined) => least.set(`${type}:${id}`, 1);
  for (const { payment, status } of state.opened) {
    tell('payment.pending', payment);
    if (status === 'expired') tell('payment.expired', payment);
  }
  for (const order of ordersOf(state)) {
    tell('customer.created', 'the customer');
    if (order.status === 'paid') tell('payment.succeeded', order.facts?.id);
    if (order.status === 'paid' && order.kind === 'renewal') tell('subscription.renewed', order.facts?.id);
    if (order.status === 'void') tell('payment.failed', order.facts?.id);
    for (const { id, status } of order.disputes) {
      tell('dispute.created', id);
      if (status !== 'open') tell(`dispute.${status}`, id);
    }
    for (const { id, status } of order.refunds) {
      tell('refund.created', id);
      if (status !== 'pending') tell(`refund.${status}`, id);
    }
  }
  for (const subscription of state.subscriptions) {
    tell('subscription.created', subscription.id);
    for (const type of showing(subscription)) tell(`subscription.${type}`, subscription.id);
    if (subscription.dunning) tell('payment.retry_scheduled', subscription.dunning.order.facts?.id);
  }
  return least;
}

function showing({ status, isCanceled }: Subscription): string[] {
  if (status === 'canceled') return ['canceled', 'revoked'];
  return [
    ...(isCanceled ? ['canceled'] : []),
    ...(status === 'past_due' || status === 'paused' ? [status] : []),
  ];
}

import {
  beginsSubscription,
  checkoutEvents,
  disputeEvents,
  grantEvents,
  orderEvents,
  otherEvents,
  refundEvents,
  seatEvents,
  subscriptionEvents,
  type ToldEvent,
} from './what-is-told.rules.ts';
import {
  isPaid,
  isRenewal,
  type OrderSnapshot,
  type OtherSnapshot,
  type RefundSnapshot,
  type Snapshot,
  type SnapshotRows,
  type SubscriptionSnapshot,
} from '../polar/snapshots.rules.ts';
import type { Route } from './routing.rules.ts';
import {
  rereadGrantsOf,
  rereadMoved,
  rereadPurchase,
  rereadRefundedOrder,
  rereadRefunds,
  rereadUnowned,
  grantedState,
} from './plan-rereads.rules.ts';
import type { Plan } from './changes.rules.ts';
import type { PlanInput } from './plan-input.rules.ts';
import { formerOwner, hintOfApp } from './route-observation.rules.ts';
import { addressSeen, carriedAddress, tell, tellNewCustomer } from './tell-observation.rules.ts';

/** A plan while it is made, for what `route` says of the main object. */
interface Planning {
  input: PlanInput;
  route: Route;
  plan: Plan;
}

/** Adds to a plan what is special about the kind of its main object. */
export function planKind<K extends keyof SnapshotRows>(planning: Planning, { kind, row }: Snapshot<K>): void {
  PLANS[kind](planning, row);
}

/** What follows from each kind, once it is projected. */
const PLANS: { [K in keyof SnapshotRows]: (planning: Planning, row: SnapshotRows[K]) => void } = {
  order: planOrder,
  subscription: planSubscription,
  refund: planRefund,
  grant: planGrant,
  product: planProduct,
  benefit: () => undefined,
  customer: planCustomer,
  other: planOther,
};

function planOrder(planning: Planning, order: OrderSnapshot): void {
  const { input, route, plan } = planning;
  const { observation } = input;
  if (isPaid(order.status)) {
    const at = observation.type === 'order.paid' ? observation.occurredAt : null;
    plan.changes.push({ do: 'note_order_paid', orderId: order.id, createdAt: order.createdAt, at });
  }
  if (route.appId === null || route.paymentId === null) {
    waitFor(plan, `product:${order.productId ?? 'none'}`);
    return;
  }
  const hint = hintOfApp(input, route.appId);
  plan.changes.push(
    {
      do: 'insert_payment',
      payment: {
        id: route.paymentId,
        appId: route.appId,
        kind: isRenewal(order) ? 'renewal' : 'checkout',
        order,
        externalCustomerId: hint?.externalCustomerId ?? null,
        customerEmail: carriedAddress(input, { ...route, appId: route.appId }),
        metadata: hint?.metadata ?? {},
      },
    },
    { do: 'derive_payment', paymentId: route.paymentId },
  );
  if (order.subscriptionId && beginsSubscription(order)) {
    const owner = { appId: route.appId, paymentId: route.paymentId };
    plan.changes.push({ do: 'own_subscription', subscriptionId: order.subscriptionId, ...owner });
    // Its app was told nothing of the subscription so far.
    if (formerOwner(input, route) !== undefined) plan.rereads.push(rereadMoved(input, order.subscriptionId));
  }
  const stored = input.rows.orders.find((row) => row.id === order.id && row.appId !== null);
  tellApp(planning, orderEvents(observation.type, order, route.paymentId, stored));
  plan.events.push(...tellNewCustomer(input, route));
  if (order.refundedAmount > 0) plan.rereads.push(rereadRefunds(input, order));
  plan.arrived.push(`order:${order.id}`);
  if (order.subscriptionId) plan.arrived.push(`subscription:${order.subscriptionId}`);
  // Stored Polar events of the customer are applied again only if the app is new to it, or has had it for longer than
  // was known.
  const since = input.rows.relations.find((relation) => relation.appId === route.appId)?.since;
  if (since === undefined || order.createdAt < since) plan.arrived.push(`customer:${order.customerId}`);
  plan.rereads.push(
    ...rereadUnowned(input, { orderId: order.id, subscriptionId: order.subscriptionId }, order.customerId),
  );
}

function planSubscription(planning: Planning, row: SubscriptionSnapshot): void {
  const { input, route, plan } = planning;
  const stored = input.rows.subscriptions.find(({ id, appId }) => id === row.id && appId !== null);
  noteSubscriber(planning, row);
  tellApp(planning, subscriptionEvents(input.observation.type, row, stored));
  if (route.appId === null) return waitFor(plan, `product:${row.productId}`);
  plan.arrived.push(`subscription:${row.id}`);
  plan.rereads.push(...rereadUnowned(input, { orderId: null, subscriptionId: row.id }, row.customerId));
}

/** The subscription may come before its order; its address is then the one that the purchase came with. */
function noteSubscriber({ input, route, plan }: Planning, row: SubscriptionSnapshot): void {
  const payment = input.rows.payments.find(({ id }) => id === route.paymentId);
  const isFirst = payment && payment.checkoutId === row.checkoutId;
  if (!isFirst || (payment.orderId ?? payment.subscriptionId) !== null) return;
  plan.changes.push({
    do: 'note_purchaser',
    paymentId: payment.id,
    subscriptionId: row.id,
    customerId: row.customerId,
    email: addressSeen(input),
  });
}

function planRefund(planning: Planning, row: RefundSnapshot): void {
  const { input, route, plan } = planning;
  if (route.paymentId !== null) plan.changes.push({ do: 'derive_payment', paymentId: route.paymentId });
  tellApp(planning, refundEvents(row));
  plan.rereads.push(rereadRefundedOrder(input, row));
  waitForPurchase(planning);
}

function planGrant(planning: Planning): void {
  const { observation, rows } = planning.input;
  const stored = rows.grants.find(({ appId }) => appId !== null);
  tellApp(planning, grantEvents(observation, stored));
  waitForPurchase(planning);
}

function planProduct(planning: Planning, { id }: { id: string }): void {
  const { input, route, plan } = planning;
  const { type, occurredAt } = input.observation;
  tellApp(planning, otherEvents('product', type, id, occurredAt));
  if (route.appId !== null) plan.arrived.push(`product:${id}`);
}

/** The Polar event waits for apps that sell to this customer later (ADR 8). */
function planCustomer({ plan }: Planning, { id }: { id: string }): void {
  plan.waitsFor = `customer:${id}`;
}

function planOther(planning: Planning, row: OtherSnapshot): void {
  const { input, route, plan } = planning;
  const { type, occurredAt } = input.observation;
  switch (row.kind) {
    case 'checkout':
      if (route.paymentId === null) return;
      plan.changes.push({ do: 'derive_payment', paymentId: route.paymentId });
      return tellApp(planning, checkoutEvents(row.status, route.paymentId));
    case 'customer_state': {
      const seen = grantedState(input, row);
      plan.rereads.push(rereadGrantsOf(input, seen));
      plan.after.push({ do: 'note_difference', ...seen });
      return;
    }
    case 'seat':
      tellApp(planning, seatEvents(type, row.id, row.version));
      break;
    case 'dispute':
      tellApp(planning, disputeEvents({ ...row, isChanged: type !== 'dispute.created' }));
      break;
    default:
      tellApp(planning, otherEvents(row.kind, type, row.id, occurredAt));
  }
  waitForPurchase(planning);
}

function tellApp({ input, route, plan }: Planning, told: readonly ToldEvent[]): void {
  plan.events.push(...tell(input, route, told));
}

function waitFor(plan: Plan, what: string): void {
  plan.waitsFor = what;
  plan.isUnrouted = true;
}

/** While the purchase is not stored, the Polar event waits for it, and Polar is asked for it (ADR 8). */
function waitForPurchase({ input, route, plan }: Planning): void {
  if (route.appId !== null) return;
  const { orderId, subscriptionId, productId } = input.observation.links;
  if (orderId !== null) waitFor(plan, `order:${orderId}`);
  else if (subscriptionId !== null) waitFor(plan, `subscription:${subscriptionId}`);
  else if (productId !== null) waitFor(plan, `product:${productId}`);
  plan.rereads.push(...rereadPurchase(input));
}

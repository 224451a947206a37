import { failureOfExpired } from './already-subscribed.rules.ts';
import {
  beginsSubscription,
  checkoutEvents,
  discountEvents,
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
  type OrderSnapshot,
  type OtherSnapshot,
  type RefundSnapshot,
  type Snapshot,
  type SnapshotRows,
  type SubscriptionSnapshot,
} from '../polar/snapshots.rules.ts';
import { kindOfOrder } from './payment-kind.rules.ts';
import type { Route } from './routing.rules.ts';
import {
  rereadGrantsOf,
  rereadMoved,
  rereadPurchase,
  rereadRefundedOrder,
  rereadRefunds,
  rereadUnowned,
  rereadUnpaid,
  grantedState,
} from './plan-rereads.rules.ts';
import type { Plan } from './changes.rules.ts';
import type { PlanInput } from './plan-input.rules.ts';
import { formerOwner, hintOfApp } from './route-observation.rules.ts';
import { isErased } from './erased.rules.ts';
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
  const { observation, rows } = input;
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
        // It is there already, unless it was pruned in this moment.
        kind: isOfCheckout(input, order) ? 'checkout' : kindOfOrder(order),
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
  const stored = rows.orders.find((row) => row.id === order.id && row.appId !== null);
  tellApp(planning, orderEvents(observation.type, order, route.paymentId, stored));
  tellApp(planning, discountEvents(order, rows.apps.find(({ id }) => id === route.appId)?.product));
  plan.events.push(...tellNewCustomer(input, route));
  if (order.refundedAmount > 0) plan.rereads.push(rereadRefunds(input, order));
  if (!stored) plan.arrived.push(`order:${order.id}`);
  if (order.subscriptionId) arrive(planning, order.subscriptionId);
  // Stored Polar events of the customer are applied again only if the app is new to it, or has had it for longer than
  // was known.
  const since = rows.relations.find((relation) => relation.appId === route.appId)?.since;
  if (since === undefined || order.createdAt < since) plan.arrived.push(`customer:${order.customerId}`);
  plan.rereads.push(
    ...rereadUnowned(input, { orderId: order.id, subscriptionId: order.subscriptionId }, order.customerId),
  );
}

function isOfCheckout({ rows }: PlanInput, { checkoutId }: OrderSnapshot): boolean {
  return checkoutId !== null && rows.payments.some((row) => row.checkoutId === checkoutId);
}

function planSubscription(planning: Planning, row: SubscriptionSnapshot): void {
  const { input, route, plan } = planning;
  const stored = input.rows.subscriptions.find(({ id, appId }) => id === row.id && appId !== null);
  noteSubscriber(planning, row);
  tellApp(planning, subscriptionEvents(input.observation.type, row, stored));
  plan.rereads.push(...rereadUnpaid(input, row));
  if (route.appId === null) return waitFor(plan, `product:${row.productId}`);
  arrive(planning, row.id);
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
    email: isErased(input, payment.appId, payment.createdAt) ? null : addressSeen(input),
  });
}

function planRefund(planning: Planning, row: RefundSnapshot): void {
  const { input, route, plan } = planning;
  if (route.paymentId !== null) plan.changes.push({ do: 'derive_payment', paymentId: route.paymentId });
  if (route.appId !== null && row.requestId !== null) {
    const { id: refundId, requestId, orderId } = row;
    plan.changes.push({ do: 'link_request', requestId, appId: route.appId, orderId, refundId });
  }
  tellApp(planning, refundEvents(row));
  plan.rereads.push(rereadRefundedOrder(input, row));
  waitForPurchase(planning);
}

function planGrant(planning: Planning): void {
  const { observation, rows } = planning.input;
  const stored = rows.grants.find(({ appId }) => appId !== null);
  tellApp(planning, grantEvents(observation, stored, rows.leftActionAt));
  waitForPurchase(planning);
}

function planProduct(planning: Planning, { id }: { id: string }): void {
  const { input, route, plan } = planning;
  const { type, occurredAt } = input.observation;
  tellApp(planning, otherEvents('product', type, id, occurredAt));
  // One that an order brought in part was owned at once, and woke nothing that waited for it.
  const isOwned = input.rows.products.some((row) => row.id === id && row.appId !== null && row.isWhole);
  if (route.appId !== null && !isOwned) plan.arrived.push(`product:${id}`);
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
      return planCheckout(planning, row);
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
      if (route.paymentId !== null) plan.changes.push({ do: 'derive_payment', paymentId: route.paymentId });
      tellApp(planning, disputeEvents({ ...row, isChanged: type !== 'dispute.created' }));
      break;
    default:
      tellApp(planning, otherEvents(row.kind, type, row.id, occurredAt));
  }
  waitForPurchase(planning);
}

function planCheckout(planning: Planning, checkout: OtherSnapshot): void {
  const { input, route, plan } = planning;
  const { paymentId } = route;
  if (paymentId === null) return;
  const payment = input.rows.payments.find(({ id }) => id === paymentId);
  const reason = failureOfExpired(checkout, payment, input.rows.isAlreadySubscribed);
  if (reason !== null) plan.changes.push({ do: 'note_failure', paymentId, reason });
  plan.changes.push({ do: 'derive_payment', paymentId });
  tellApp(planning, checkoutEvents(checkout.status, paymentId, reason));
}

function tellApp({ input, route, plan }: Planning, told: readonly ToldEvent[]): void {
  plan.events.push(...tell(input, route, told));
}

/**
 * What belonged to an app before has woken what waited for it, and a Polar event that comes later looks for itself
 * whether it still has to wait (`wakeIfCome`). So only a subscription that is new, or had no owner, wakes others.
 */
function arrive({ input, plan }: Planning, subscriptionId: string): void {
  const isKnown = input.rows.subscriptions.some(({ id, appId }) => id === subscriptionId && appId !== null);
  if (!isKnown) plan.arrived.push(`subscription:${subscriptionId}`);
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

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
} from './what-is-told.rules.ts';
import {
  isPaid,
  isRenewal,
  type OrderSnapshot,
  type OtherSnapshot,
  type SubscriptionSnapshot,
} from '../polar/snapshots.rules.ts';
import type { Route } from './routing.rules.ts';
import { customerOf } from './observed.rules.ts';
import {
  rereadGrantsOf,
  rereadTied,
  rereadMoved,
  rereadProduct,
  rereadPurchase,
  rereadRefundedOrder,
  rereadRefunds,
  rereadUnowned,
  rereadUnread,
  grantedState,
} from './plan-rereads.rules.ts';
import type { Change, Plan, Refresh } from './changes.rules.ts';
import type { PlanInput } from './plan-input.rules.ts';
import {
  findRoute,
  formerOwner,
  hintOfApp,
  NOBODY,
  ownerOfProduct,
  subscriptionOwner,
} from './route-observation.rules.ts';
import {
  addressSeen,
  carriedAddress,
  tell,
  tellCustomer,
  tellNewCustomer,
} from './tell-observation.rules.ts';
import { sellerSeen } from './who-sold.rules.ts';

/** Decides what an observation changes, from the rows that were read with it. */
export function planChanges(input: PlanInput): Plan {
  const { observation, rows } = input;
  const { main } = observation;
  const plan: Plan = {
    appId: null,
    waitsFor: null,
    isUnrouted: false,
    before: rereadTied(input),
    changes: [],
    rereads: [],
    after: [],
    events: [],
    arrived: [],
    refresh: [],
  };
  const route = findRoute(input);
  plan.appId = route.appId;

  plan.changes.push(...noteIfForgotten(input));
  const benefits = observation.embedded.flatMap((part) => (part.kind === 'benefit' ? [part.row] : []));
  plan.changes.push({ do: 'project_benefits', benefits });
  for (const part of observation.embedded) {
    if (part.kind === 'benefit') continue;
    const owner =
      part.kind === 'product'
        ? ownerOfProduct(rows, part.row)
        : part.kind === 'subscription'
          ? subscriptionOwner(input, route)
          : NOBODY;
    plan.changes.push({ do: 'project', snapshot: part, owner });
    if (part.kind === 'product' && part.row.data === null) {
      plan.rereads.push(rereadProduct(input, part.row));
    }
  }
  plan.rereads.push(...rereadUnread(input));
  plan.changes.push({ do: 'project', snapshot: main, owner: route });
  const seller = sellerSeen(input);
  if (seller) plan.changes.push({ do: 'note_seller', ...seller });
  // It runs after the rows are written and reads those, so the order of Polar events does not matter.
  const changed = whoseAddressMayChange(input);
  if (changed !== null) plan.changes.push({ do: 'follow_address', customerId: changed });

  switch (main.kind) {
    case 'order':
      planOrder(input, main.row, route, plan);
      break;
    case 'subscription': {
      const stored = rows.subscriptions.find((row) => row.id === main.row.id && row.appId !== null);
      plan.changes.push(...noteSubscriber(input, route, main.row));
      plan.events.push(...tell(input, route, subscriptionEvents(observation.type, main.row, stored)));
      if (route.appId === null) waitFor(plan, `product:${main.row.productId}`);
      else {
        plan.arrived.push(`subscription:${main.row.id}`);
        plan.rereads.push(
          ...rereadUnowned(input, { orderId: null, subscriptionId: main.row.id }, main.row.customerId),
        );
      }
      break;
    }
    case 'refund':
      if (route.paymentId !== null) plan.changes.push({ do: 'derive_payment', paymentId: route.paymentId });
      plan.events.push(...tell(input, route, refundEvents(main.row)));
      plan.rereads.push(rereadRefundedOrder(input, main.row));
      if (route.appId === null) waitForPurchase(input, plan);
      break;
    case 'grant':
      plan.events.push(
        ...tell(
          input,
          route,
          grantEvents(
            observation,
            rows.grants.find((row) => row.appId !== null),
          ),
        ),
      );
      if (route.appId === null) waitForPurchase(input, plan);
      break;
    case 'product':
      plan.events.push(
        ...tell(input, route, otherEvents('product', observation.type, main.row.id, observation.occurredAt)),
      );
      if (route.appId !== null) plan.arrived.push(`product:${main.row.id}`);
      break;
    case 'benefit':
      break;
    case 'customer':
      // The Polar event waits for apps that sell to this customer later (ADR 8).
      plan.waitsFor = `customer:${main.row.id}`;
      break;
    case 'other':
      planOther(input, main.row, route, plan);
      break;
  }
  plan.events.push(...tellCustomer(input));
  plan.refresh = whoseAccessMayChange(input, route);
  return plan;
}

function planOrder(input: PlanInput, order: OrderSnapshot, route: Route, plan: Plan): void {
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
  plan.events.push(...tell(input, route, orderEvents(observation.type, order, route.paymentId, stored)));
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

function planOther(input: PlanInput, row: OtherSnapshot, route: Route, plan: Plan): void {
  const { observation } = input;
  switch (row.kind) {
    case 'checkout':
      if (route.paymentId !== null) {
        plan.changes.push({ do: 'derive_payment', paymentId: route.paymentId });
        plan.events.push(...tell(input, route, checkoutEvents(row.status, route.paymentId)));
      }
      return;
    case 'seat':
      plan.events.push(...tell(input, route, seatEvents(observation.type, row.id, row.version)));
      if (route.appId === null) waitForPurchase(input, plan);
      return;
    case 'dispute':
      plan.events.push(
        ...tell(input, route, disputeEvents({ ...row, isChanged: observation.type !== 'dispute.created' })),
      );
      if (route.appId === null) waitForPurchase(input, plan);
      return;
    case 'customer_state': {
      const seen = grantedState(input, row);
      plan.rereads.push(rereadGrantsOf(input, seen));
      plan.after.push({ do: 'note_difference', ...seen });
      return;
    }
    default:
      plan.events.push(
        ...tell(input, route, otherEvents(row.kind, observation.type, row.id, observation.occurredAt)),
      );
      if (route.appId === null) waitForPurchase(input, plan);
  }
}

/** The subscription may come before its order; its address is then the one that the purchase came with. */
function noteSubscriber(input: PlanInput, { paymentId }: Route, row: SubscriptionSnapshot): Change[] {
  const payment = input.rows.payments.find(({ id }) => id === paymentId);
  const isFirst = payment && payment.checkoutId === row.checkoutId;
  if (!isFirst || (payment.orderId ?? payment.subscriptionId) !== null) return [];
  return [
    {
      do: 'note_purchaser',
      paymentId: payment.id,
      subscriptionId: row.id,
      customerId: row.customerId,
      email: addressSeen(input),
    },
  ];
}

/** The customers and payments whose access the observation may change. A deleted customer loses it in every app. */
function whoseAccessMayChange(input: PlanInput, { appId, paymentId }: Route): Refresh[] {
  const { observation, rows } = input;
  const { main, links } = observation;
  if (main.kind === 'customer') {
    if (main.row.deletedAt === null) return [];
    return rows.relations.flatMap((relation) =>
      relation.appId === null
        ? []
        : [{ appId: relation.appId, customerIds: [main.row.id], paymentIds: relation.paymentIds }],
    );
  }
  const isPurchase = ['order', 'subscription', 'grant', 'refund'].includes(main.kind);
  const isDispute = main.kind === 'other' && main.row.kind === 'dispute';
  if (appId === null || !(isPurchase || isDispute)) return [];
  const customerId =
    customerOf(observation) ?? rows.orders.find((row) => row.id === links.orderId)?.customerId ?? null;
  const customerIds = customerId === null ? [] : [customerId];
  const former = formerOwner(input, { appId, paymentId });
  return [
    { appId, customerIds, paymentIds: paymentId === null ? [] : [paymentId] },
    ...(former === undefined ? [] : [{ appId: former, customerIds, paymentIds: [] }]),
  ];
}

/**
 * The customer whose own address, or whose member's, may have changed or been removed. Its state counts too, since it
 * says whether the customer is a team.
 */
function whoseAddressMayChange({ observation: { main } }: PlanInput): string | null {
  if (main.kind === 'customer') return main.row.id;
  const says = main.kind === 'other' && (main.row.kind === 'member' || main.row.kind === 'customer_state');
  return says ? main.row.customerId : null;
}

/** It must come before the customer's row changes, which still has the address from before it was anonymized. */
function noteIfForgotten({ observation }: PlanInput): Change[] {
  const seen = [observation.main, ...observation.embedded].find((part) => part.kind === 'customer')?.row;
  const customerId = seen?.id ?? customerOf(observation);
  return customerId === null ? [] : [{ do: 'note_forgotten', customerId, seen }];
}

function waitFor(plan: Plan, what: string): void {
  plan.waitsFor = what;
  plan.isUnrouted = true;
}

/** The purchase is not stored yet: the Polar event waits for it, and Polar is asked for it (ADR 8). */
function waitForPurchase(input: PlanInput, plan: Plan): void {
  const { orderId, subscriptionId, productId } = input.observation.links;
  if (orderId !== null) waitFor(plan, `order:${orderId}`);
  else if (subscriptionId !== null) waitFor(plan, `subscription:${subscriptionId}`);
  else if (productId !== null) waitFor(plan, `product:${productId}`);
  plan.rereads.push(...rereadPurchase(input));
}

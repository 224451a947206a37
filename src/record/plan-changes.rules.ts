import { isErased } from './erased.rules.ts';
import { customerOf } from './observed.rules.ts';
import type { Change, PaidAt, Plan, Projection, Refresh } from './changes.rules.ts';
import { causesOfSeat, causesOfSubscription, grantChangeOf } from './grant-history.rules.ts';
import type { PlanInput } from './plan-input.rules.ts';
import { isPaid, type Observation, type Snapshot } from '../polar/snapshots.rules.ts';
import { planKind } from './plan-kinds.rules.ts';
import { rereadProduct, rereadTied, rereadUnread } from './plan-rereads.rules.ts';
import {
  findRoute,
  formerOwner,
  NOBODY,
  ownerOfProduct,
  subscriptionOwner,
} from './route-observation.rules.ts';
import type { Route } from './routing.rules.ts';
import { tellCustomer } from './tell-observation.rules.ts';
import { sellerSeen } from './who-sold.rules.ts';

type CustomerRow = (Snapshot & { kind: 'customer' })['row'];

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
    erased: whoIsErased(input),
    events: [],
    arrived: [],
    refresh: [],
  };
  const route = findRoute(input);
  plan.appId = route.appId;

  plan.changes.push(...noteIfForgotten(input));
  const benefits = observation.embedded.flatMap((part) => (part.kind === 'benefit' ? [part.row] : []));
  if (benefits.length > 0) plan.changes.push({ do: 'project_benefits', benefits });
  for (const part of observation.embedded) {
    if (part.kind === 'benefit') continue;
    const owner =
      part.kind === 'product'
        ? ownerOfProduct(input, part.row)
        : part.kind === 'subscription'
          ? subscriptionOwner(input, route)
          : NOBODY;
    plan.changes.push(...projectWith(input, { snapshot: part, owner }));
    if (part.kind === 'product' && part.row.data === null)
      plan.rereads.push(...rereadProduct(input, part.row));
  }
  plan.rereads.push(...rereadUnread(input));
  plan.changes.push(
    ...projectWith(input, { snapshot: main, owner: route, ...whenPaid(input) }),
    ...noteHistory(observation),
  );
  const seller = sellerSeen(input);
  const isSellerKnown = rows.subscriptions.some(
    (row) => row.id === seller?.subscriptionId && row.soldBy !== null,
  );
  if (seller && !isSellerKnown) plan.changes.push({ do: 'note_seller', ...seller });
  // It runs after the rows are written and reads those, so the order of Polar events does not matter.
  const changed = whoseAddressMayChange(input);
  if (changed !== null) plan.changes.push({ do: 'follow_address', customerId: changed });

  planKind({ input, route, plan }, main);
  plan.events.push(...tellCustomer(input));
  plan.refresh = whoseAccessMayChange(input, route);
  return plan;
}

/** A projection, and for a subscription whose product changes what its grants and their history need (ADR 98). */
function projectWith({ rows }: PlanInput, projection: Projection): Change[] {
  const { snapshot } = projection;
  const project: Change = { do: 'project', ...projection };
  if (snapshot.kind !== 'subscription') return [project];
  const { id: subscriptionId, productId, version } = snapshot.row;
  const causes = causesOfSubscription(snapshot.row).map((cause): Change => ({
    do: 'note_grant_cause',
    cause,
  }));
  const stored = rows.subscriptions.find(({ id }) => id === subscriptionId);
  const isMoved = stored !== undefined && stored.productId !== productId;
  const hadOthers = isMoved || (stored?.productSince ?? 0) > 0;
  return [
    ...(hadOthers
      ? [{ do: 'note_products' as const, subscriptionId, productId, at: Math.floor(version / 1000) }]
      : []),
    project,
    ...(isMoved ? [{ do: 'follow_product' as const, subscriptionId }] : []),
    ...causes,
  ];
}

/** What an observation says of the history of grants. */
function noteHistory(observation: Observation): Change[] {
  const { main } = observation;
  return [
    ...grantChangeOf(observation).map((change): Change => ({ do: 'note_grant_change', change })),
    ...(main.kind === 'other' ? causesOfSeat(main.row) : []).map((cause): Change => ({
      do: 'note_grant_cause',
      cause,
    })),
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

/** Only the Polar event of the payment says when an order was paid. */
function whenPaid({ observation: { main, type, occurredAt } }: PlanInput): { paid?: PaidAt } {
  if (main.kind !== 'order' || !isPaid(main.row.status)) return {};
  return { paid: { heard: type === 'order.paid' ? occurredAt : null } };
}

/** The customer at hand, and what is seen of it. */
function customerAtHand({
  observation,
}: PlanInput): { customerId: string; seen: CustomerRow | undefined } | null {
  const seen = [observation.main, ...observation.embedded].find((part) => part.kind === 'customer')?.row;
  const customerId = seen?.id ?? customerOf(observation);
  return customerId === null ? null : { customerId, seen };
}

/** It must come before the customer's row changes, which still has the address from before it was anonymized. */
function noteIfForgotten(input: PlanInput): Change[] {
  const at = customerAtHand(input);
  return at === null ? [] : [{ do: 'note_forgotten', ...at }];
}

function whoIsErased(input: PlanInput): Plan['erased'] {
  if (input.rows.erased.length === 0) return null;
  return customerAtHand(input) ?? (isOfErasedUser(input) ? { customerId: null, seen: undefined } : null);
}

/** A checkout that nobody has confirmed, of a user whom its app has erased. */
function isOfErasedUser(input: PlanInput): boolean {
  const payment = input.rows.payments.find((row) => row.checkoutId === input.observation.main.row.id);
  return payment !== undefined && isErased(input, payment.appId, payment.createdAt);
}

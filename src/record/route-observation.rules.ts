import { decideOwner } from './ownership.rules.ts';
import { beginsSubscription } from './what-is-told.rules.ts';
import { type Route, routeToApp } from './routing.rules.ts';
import type {
  OrderSnapshot,
  ProductSnapshot,
  Snapshot,
  SnapshotRows,
  SubscriptionSnapshot,
} from '../polar/snapshots.rules.ts';
import { checkoutOfSubscription, readHint } from './observed.rules.ts';
import type { PlanInput } from './plan-input.rules.ts';

/** Belongs to no app. */
export const NOBODY: Route = { appId: null, paymentId: null };

/** The app and payment of an observation's main object. */
export function findRoute(input: PlanInput): Route {
  return routeOf(input, input.observation.main);
}

function routeOf<K extends keyof SnapshotRows>(input: PlanInput, { kind, row }: Snapshot<K>): Route {
  return ROUTES[kind](input, row);
}

/** How each kind is routed. Benefits and customers belong to no single app. */
const ROUTES: { [K in keyof SnapshotRows]: (input: PlanInput, row: SnapshotRows[K]) => Route } = {
  order: routeOfOrder,
  subscription: routeOfSubscription,
  product: ownerOfProduct,
  refund: routeOfPurchase,
  grant: routeOfPurchase,
  other: routeOfOther,
  benefit: () => NOBODY,
  customer: () => NOBODY,
};

function routeOfOrder(input: PlanInput, order: OrderSnapshot): Route {
  const { rows } = input;
  const known = rows.orders.find((row) => row.id === order.id);
  const byCheckout = paymentOfCheckout(input);
  const appId = routeToApp({
    productId: order.productId,
    known: known ?? asRoute(rows.payments.find((row) => row.orderId === order.id)),
    byCheckout: asRoute(byCheckout),
    // For the order that began a subscription, the app that the subscription counted as before does not matter (ADR
    // 20).
    bySubscription:
      (beginsSubscription(order)
        ? undefined
        : rows.subscriptions.find((row) => row.id === order.subscriptionId && row.appId !== null)) ??
      asRoute(paymentOfItsSubscription(input)),
    byOperator: input.adoptedBy,
    byHint: asHint(paymentOfHint(input)),
    productOwner: productOwner(input, order.productId),
  });
  if (appId === undefined) return NOBODY;
  return { appId, paymentId: known?.paymentId ?? byCheckout?.id ?? input.newPaymentId };
}

function routeOfSubscription(input: PlanInput, subscription: SubscriptionSnapshot): Route {
  const known = input.rows.subscriptions.find((row) => row.id === subscription.id);
  const byCheckout = paymentOfCheckout(input);
  const hint = paymentOfHint(input);
  const appId = routeToApp({
    productId: subscription.productId,
    known,
    byCheckout: asRoute(byCheckout),
    bySubscription: undefined,
    byOperator: input.adoptedBy,
    byHint: asHint(hint),
    productOwner: productOwner(input, subscription.productId),
  });
  if (appId === undefined) return NOBODY;
  const hinted = hint?.appId === appId ? hint.id : null;
  return { appId, paymentId: known?.paymentId ?? byCheckout?.id ?? hinted };
}

function routeOfOther(input: PlanInput): Route {
  const purchase = routeOfPurchase(input);
  if (purchase.appId !== null) return purchase;
  const byCheckout = asRoute(paymentOfCheckout(input));
  if (byCheckout) return byCheckout;
  return { appId: productOwner(input, input.observation.links.productId) ?? null, paymentId: null };
}

/** A grant, refund or seat belongs to the app of its purchase, never to one of its benefit (trust rule 5). */
function routeOfPurchase({ observation: { links }, rows }: PlanInput): Route {
  const purchase =
    rows.orders.find((row) => row.id === links.orderId && row.appId !== null) ??
    rows.subscriptions.find((row) => row.id === links.subscriptionId && row.appId !== null);
  return purchase ? { appId: purchase.appId, paymentId: purchase.paymentId } : NOBODY;
}

/**
 * The app that a subscription counted as so far, when the order at hand began it with another app's product (ADR 20). A
 * subscription that was not bought through the gateway goes by its present product until that order comes, and its
 * product may have been changed before.
 */
export function formerOwner(input: PlanInput, route: Route): string | undefined {
  const { main } = input.observation;
  if (main.kind !== 'order' || route.appId === null || !beginsSubscription(main.row)) return undefined;
  const known = input.rows.subscriptions.find((row) => row.id === main.row.subscriptionId);
  return known?.appId && known.appId !== route.appId ? known.appId : undefined;
}

/** A subscription belongs to the payment that began it, not to that of a renewal or of a change in between. */
export function subscriptionOwner(input: PlanInput, route: Route): Route {
  const { main } = input.observation;
  if (main.kind !== 'order' || beginsSubscription(main.row)) return route;
  const began = [paymentOfItsSubscription(input), paymentOfHint(input)];
  return { appId: route.appId, paymentId: began.find((each) => each?.appId === route.appId)?.id ?? null };
}

/** The payment whose checkout began the subscription that an order is for. */
function paymentOfItsSubscription({ rows, observation }: PlanInput) {
  const checkoutId = checkoutOfSubscription(observation);
  return checkoutId === null ? undefined : rows.payments.find((row) => row.checkoutId === checkoutId);
}

function paymentOfCheckout({ rows, observation: { links } }: PlanInput) {
  return links.checkoutId === null
    ? undefined
    : rows.payments.find((row) => row.checkoutId === links.checkoutId);
}

function paymentOfHint({ rows, observation }: PlanInput) {
  const hint = readHint(observation);
  return hint === undefined ? undefined : rows.payments.find((row) => row.id === hint);
}

/** The hinted payment, if it belongs to the app that the purchase was routed to. */
export function hintOfApp(input: PlanInput, appId: string | null) {
  const hint = paymentOfHint(input);
  return hint?.appId === appId ? hint : undefined;
}

function asRoute(payment: { appId: string; id: string } | undefined): Route | undefined {
  return payment && { appId: payment.appId, paymentId: payment.id };
}

function asHint(payment: { appId: string; id: string; productId: string | null } | undefined) {
  return payment && { appId: payment.appId, paymentId: payment.id, productId: payment.productId };
}

/** The app that owns a product, as far as is known. */
export function productOwner(input: PlanInput, productId: string | null): string | undefined {
  const { rows, observation } = input;
  const stored = rows.products.find((row) => row.id === productId);
  if (stored) return stored.appId ?? undefined;
  const seen = observation.embedded.find((part) => part.kind === 'product' && part.row.id === productId);
  return seen?.kind === 'product' ? (ownerOfProduct(input, seen.row).appId ?? undefined) : undefined;
}

export function ownerOfProduct({ rows, ownerKeys }: PlanInput, product: ProductSnapshot): Route {
  const stored = rows.products.find((row) => row.id === product.id);
  return {
    appId:
      decideOwner({ ...product, assignedAppId: stored?.assignedAppId ?? null, ownerKeys }, rows.apps) ?? null,
    paymentId: null,
  };
}

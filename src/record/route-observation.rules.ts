import { decideOwner } from './ownership.rules.ts';
import { beginsSubscription } from './what-is-told.rules.ts';
import { type Route, routeToApp } from './routing.rules.ts';
import type { ProductSnapshot } from '../polar/snapshots.rules.ts';
import { checkoutOfSubscription, readHint } from './observed.rules.ts';
import type { RoutingRows } from './routing.rows.ts';
import type { PlanInput } from './plan-input.rules.ts';

/** Belongs to no app. */
export const NOBODY: Route = { appId: null, paymentId: null };

/** The app and payment of an observation's main object. */
export function findRoute(input: PlanInput): Route {
  const { observation, rows } = input;
  const { main, links } = observation;
  switch (main.kind) {
    case 'order': {
      const known = rows.orders.find((row) => row.id === main.row.id);
      const byCheckout = paymentOfCheckout(input);
      const appId = routeToApp({
        productId: main.row.productId,
        known: known ?? asRoute(rows.payments.find((row) => row.orderId === main.row.id)),
        byCheckout: asRoute(byCheckout),
        // What began a subscription says whose it is: whoever was taken for its owner before says nothing about that.
        bySubscription:
          (beginsSubscription(main.row)
            ? undefined
            : rows.subscriptions.find((row) => row.id === main.row.subscriptionId && row.appId !== null)) ??
          asRoute(paymentOfItsSubscription(input)),
        byHint: asHint(paymentOfHint(input)),
        productOwner: productOwner(input, main.row.productId),
      });
      if (appId === undefined) return NOBODY;
      return { appId, paymentId: known?.paymentId ?? byCheckout?.id ?? input.newPaymentId };
    }
    case 'subscription': {
      const known = rows.subscriptions.find((row) => row.id === main.row.id);
      const byCheckout = paymentOfCheckout(input);
      const hint = paymentOfHint(input);
      const appId = routeToApp({
        productId: main.row.productId,
        known,
        byCheckout: asRoute(byCheckout),
        bySubscription: undefined,
        byHint: asHint(hint),
        productOwner: productOwner(input, main.row.productId),
      });
      if (appId === undefined) return NOBODY;
      const hinted = hint?.appId === appId ? hint.id : null;
      return { appId, paymentId: known?.paymentId ?? byCheckout?.id ?? hinted };
    }
    case 'product':
      return ownerOfProduct(rows, main.row);
    case 'refund':
    case 'grant':
      return routeOfPurchase(input);
    case 'other': {
      const purchase = routeOfPurchase(input);
      if (purchase.appId !== null) return purchase;
      const byCheckout = asRoute(paymentOfCheckout(input));
      if (byCheckout) return byCheckout;
      return { appId: productOwner(input, links.productId) ?? null, paymentId: null };
    }
    case 'benefit':
    case 'customer':
      return NOBODY;
  }
}

/** What an app bought through is what routes a grant, a refund, a seat: never the benefit. */
function routeOfPurchase({ observation: { links }, rows }: PlanInput): Route {
  const purchase =
    rows.orders.find((row) => row.id === links.orderId && row.appId !== null) ??
    rows.subscriptions.find((row) => row.id === links.subscriptionId && row.appId !== null);
  return purchase ? { appId: purchase.appId, paymentId: purchase.paymentId } : NOBODY;
}

/**
 * The app that a subscription was taken for the one of, when the order at hand began it with another's product. A subscription
 * that was bought past the gateway goes by its product until that order is heard, and the product may have been changed since.
 */
export function formerOwner(input: PlanInput, route: Route): string | undefined {
  const { main } = input.observation;
  if (main.kind !== 'order' || route.appId === null || !beginsSubscription(main.row)) return undefined;
  const known = input.rows.subscriptions.find((row) => row.id === main.row.subscriptionId);
  return known?.appId && known.appId !== route.appId ? known.appId : undefined;
}

/** A subscription belongs to the payment that began it: that of a renewal, or of a change in between, is another. */
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

/** The hinted payment, if it is of the app that the purchase was routed to: another app's says nothing to this one. */
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

/** The app whose a product is, as far as is known. */
export function productOwner({ rows, observation }: PlanInput, productId: string | null): string | undefined {
  const stored = rows.products.find((row) => row.id === productId);
  if (stored) return stored.appId ?? undefined;
  const seen = observation.embedded.find((part) => part.kind === 'product' && part.row.id === productId);
  return seen?.kind === 'product' ? (ownerOfProduct(rows, seen.row).appId ?? undefined) : undefined;
}

export function ownerOfProduct(rows: RoutingRows, product: ProductSnapshot): Route {
  const stored = rows.products.find((row) => row.id === product.id);
  return {
    appId: decideOwner({ ...product, assignedAppId: stored?.assignedAppId ?? null }, rows.apps) ?? null,
    paymentId: null,
  };
}

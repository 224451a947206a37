import { beginsSubscription } from './what-is-told.rules.ts';
import type { OrderSnapshot, SubscriptionSnapshot } from '../polar/snapshots.rules.ts';
import type { PlanInput } from './plan-input.rules.ts';
import { productOwner } from './route-observation.rules.ts';

/*
 * At whose checkout a purchase began, and so whose what was typed there is (ADR 45). Whom it is routed to does not say it:
 * a subscription that is heard of only after it was moved belongs to the app of its product.
 */

type Order = Pick<OrderSnapshot, 'id' | 'productId' | 'checkoutId' | 'subscriptionId' | 'billingReason'>;

/** The app at whose checkout an order's data was typed; null: nothing says it. */
export function sellerOfOrder(input: PlanInput, order: Order): string | null {
  const begun = sellerByCheckout(input, order.checkoutId);
  if (order.subscriptionId === null || beginsSubscription(order))
    return begun ?? productOwner(input, order.productId) ?? null;
  // Polar copies it from the subscription, and adds what the checkout of an upgrade has.
  const seller = sellerOfSubscription(input, order.subscriptionId);
  return begun === null || begun === seller ? seller : null;
}

/** The same of a subscription, whose data its renewals copy. */
export function sellerOfSubscription(input: PlanInput, id: string): string | null {
  const stored = input.rows.subscriptions.find((row) => row.id === id);
  return stored?.soldBy ?? sellerSeen(input)?.appId ?? null;
}

/** What the observation itself says of the subscription that it shows: to be kept, since later ones do not say it. */
export function sellerSeen(input: PlanInput): { subscriptionId: string; appId: string } | undefined {
  const { main, embedded } = input.observation;
  const shown = [main, ...embedded].find((part) => part.kind === 'subscription');
  const seller =
    main.kind === 'order' && main.row.subscriptionId !== null && beginsSubscription(main.row)
      ? { subscriptionId: main.row.subscriptionId, appId: sellerOfOrder(input, main.row) }
      : shown?.kind === 'subscription'
        ? {
            subscriptionId: shown.row.id,
            appId: sellerByCheckout(input, shown.row.checkoutId) ?? ownerAtTheBeginning(input, shown.row),
          }
        : undefined;
  return seller && seller.appId !== null
    ? { subscriptionId: seller.subscriptionId, appId: seller.appId }
    : undefined;
}

/** The app whose checkout it was: what is paid through Floe has an address to return to. */
function sellerByCheckout({ rows }: PlanInput, checkoutId: string | null): string | null {
  if (checkoutId === null) return null;
  const payment = rows.payments.find((row) => row.checkoutId === checkoutId);
  return payment && payment.successUrl !== null ? payment.appId : null;
}

/** A subscription that was never changed has the product that it was sold as. */
function ownerAtTheBeginning(input: PlanInput, row: SubscriptionSnapshot): string | null {
  if (Math.floor(row.version / 1000) > row.createdAt) return null;
  return productOwner(input, row.productId) ?? null;
}

import { beginsSubscription } from './what-is-told.rules.ts';
import type { OrderSnapshot, SubscriptionSnapshot } from '../polar/snapshots.rules.ts';
import type { PlanInput } from './plan-input.rules.ts';
import { productOwner } from './route-observation.rules.ts';

/*
 * The app at whose checkout a purchase began, which may be told what was typed there (ADR 45). It need not be the app
 * that the purchase is routed to: a subscription that became known only after it was moved belongs to the app of its
 * product.
 */

type Order = Pick<OrderSnapshot, 'id' | 'productId' | 'checkoutId' | 'subscriptionId' | 'billingReason'>;

/** The app at whose checkout an order's data was typed; null: not known. */
export function sellerOfOrder(input: PlanInput, order: Order): string | null {
  const begun = sellerByCheckout(input, order.checkoutId);
  if (order.subscriptionId === null || beginsSubscription(order))
    return begun ?? productOwner(input, order.productId) ?? null;
  // Polar copies the data from the subscription, and adds what was typed at the checkout of an upgrade.
  const seller = sellerOfSubscription(input, order.subscriptionId);
  return begun === null || begun === seller ? seller : null;
}

/** The same of a subscription, whose data its renewals copy. */
export function sellerOfSubscription(input: PlanInput, id: string): string | null {
  const stored = input.rows.subscriptions.find((row) => row.id === id);
  return stored?.soldBy ?? sellerSeen(input)?.appId ?? null;
}

/**
 * The seller of the observation's subscription, if the observation itself says it. It must be stored, since later
 * observations do not say it.
 */
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

/** The app whose checkout it was, by the payment that it belongs to. */
function sellerByCheckout({ rows }: PlanInput, checkoutId: string | null): string | null {
  if (checkoutId === null) return null;
  const payment = rows.payments.find((row) => row.checkoutId === checkoutId);
  return payment && payment.successUrl !== null ? payment.appId : null;
}

/** The owner of the product of a subscription that was never changed, which was sold with that product. */
function ownerAtTheBeginning(input: PlanInput, row: SubscriptionSnapshot): string | null {
  if (Math.floor(row.version / 1000) > row.createdAt) return null;
  return productOwner(input, row.productId) ?? null;
}

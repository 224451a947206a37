import type { PaymentKind } from '../base/payment-states.rules.ts';
import { isRenewal, type OrderSnapshot } from '../polar/snapshots.rules.ts';

/** How the payment came about that is made for an order which no checkout of the gateway's began. */
export function kindOfOrder(
  order: Pick<OrderSnapshot, 'billingReason' | 'checkoutId'>,
): Exclude<PaymentKind, 'checkout'> {
  if (isRenewal(order)) return 'renewal';
  return order.billingReason === 'subscription_update' ? 'change' : 'direct';
}

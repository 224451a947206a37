import type { RoutingRows } from './routing-rows.rules.ts';

/** Why a payment failed whose checkout nobody could finish. */
const ALREADY_SUBSCRIBED = 'already_subscribed';

/**
 * Why the payment of a checkout that has expired failed; null: it has only expired. What was decided when the checkout
 * was first seen to be over stays, whatever becomes of the other subscription later.
 */
export function failureOfExpired(
  checkout: { status: string | null },
  payment: Pick<RoutingRows['payments'][0], 'status' | 'failureReason'> | undefined,
  isAlreadySubscribed: boolean,
): string | null {
  if (checkout.status !== 'expired' || !payment) return null;
  if (payment.failureReason !== null) return payment.failureReason;
  return payment.status === 'pending' && isAlreadySubscribed ? ALREADY_SUBSCRIBED : null;
}

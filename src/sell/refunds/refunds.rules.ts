import type { PaymentStatus } from '../../base/payment-states.rules.ts';
import type { PolarRefusal } from '../../base/polar-gateway.ts';
import type { FieldError, ProblemCode } from '../../base/problem.ts';

/* What may be refunded, and what Polar's refusals mean. */

/** What the gateway knows of a payment that is to be refunded. Amounts are minor units without tax. */
export interface Refundable {
  status: PaymentStatus;
  subscriptionId: string | null;
  isDisputed: boolean;
  /** What could be refunded if nothing had been. */
  most: number;
  /** What is neither refunded nor being refunded. */
  remaining: number;
}

export interface RefundWish {
  /** Undefined: all that is left. */
  amount?: number | undefined;
  revokeBenefits?: boolean | undefined;
  cancelSubscription?: 'now' | 'period_end' | undefined;
}

/** Why a refund is refused: a code, what to say to it, and the field that is wrong. */
export interface RefundRefusal {
  code: ProblemCode;
  detail?: string;
  errors?: FieldError[];
}

const PAID: readonly PaymentStatus[] = ['succeeded', 'partially_refunded', 'refunded'];

/** Why this payment cannot be refunded as wished; undefined when it can, as far as the gateway knows. */
export function refuseRefund(payment: Refundable, wish: RefundWish): RefundRefusal | undefined {
  if (!PAID.includes(payment.status)) return { code: 'not_paid' };
  const wrong = refuseFields(payment, wish);
  if (wrong) return wrong;
  if (payment.most <= 0) return { code: 'nothing_to_refund' };
  if (payment.isDisputed) return { code: 'payment_disputed' };
  if (payment.remaining <= 0) return { code: 'already_refunded' };
  if ((wish.amount ?? 1) > payment.remaining) return tooLarge(payment.remaining);
  return undefined;
}

function refuseFields({ subscriptionId }: Refundable, wish: RefundWish): RefundRefusal | undefined {
  if (subscriptionId !== null && wish.revokeBenefits === true)
    return wrongField(
      'body.revoke_benefits',
      'The benefits of a subscription end with the subscription: send cancel_subscription "now" or "period_end" instead.',
    );
  if (subscriptionId === null && wish.cancelSubscription !== undefined)
    return wrongField('body.cancel_subscription', 'This payment is of no subscription.');
  return undefined;
}

function wrongField(path: string, message: string): RefundRefusal {
  return { code: 'validation_failed', detail: `${path}: ${message}`, errors: [{ path, message }] };
}

/** More was asked for than is left, which the refusal says. `remaining`: minor units without tax. */
export function tooLarge(remaining: number): RefundRefusal {
  const message = `At most ${remaining} is left to be refunded, in minor units without tax.`;
  return {
    code: 'amount_too_large',
    detail: `body.amount: ${message}`,
    errors: [{ path: 'body.amount', message }],
  };
}

/** Polar's names for refusals of refunds (its `POST /v1/refunds/`). */
const OF_POLAR: Record<string, ProblemCode> = {
  RefundedAlready: 'already_refunded',
  RefundsBlocked: 'refunds_blocked',
  RefundUnknownPayment: 'nothing_to_refund',
  RefundDisputedPayment: 'payment_disputed',
};

/** What a refusal of Polar's means. */
export function readRefundRefusal({ name, errors }: PolarRefusal): ProblemCode {
  const isOfAmount = errors.some(({ path }) => /\bamount$/.test(path));
  return OF_POLAR[name] ?? (isOfAmount ? 'amount_too_large' : 'polar_rejected');
}

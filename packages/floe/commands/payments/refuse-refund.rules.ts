import { money } from '../../words/money.rules.ts';
import type { Payment } from './describe-payment.ts';

/**
 * Why nothing can be refunded, in the gateway's codes: said before anybody is asked. Undefined when it can, as far as the payment says.
 * `amount`: minor units; undefined: all that is left.
 */
export function refuseRefund(
  payment: Payment,
  amount: number | undefined,
): { code: string; message: string } | undefined {
  const { status, currency, refundable_amount: left } = payment;
  if (status === 'pending' || status === 'failed' || status === 'expired')
    return { code: 'not_paid', message: `This payment is ${status}: nothing was paid.` };
  if (payment.disputed)
    return {
      code: 'payment_disputed',
      message: 'The buyer’s bank has disputed this payment, so it cannot be refunded.',
    };
  if (left <= 0)
    return payment.refunded_amount > 0
      ? { code: 'already_refunded', message: 'Nothing of this payment is left to be refunded.' }
      : { code: 'nothing_to_refund', message: 'Nothing of this payment can be refunded.' };
  if (amount !== undefined && amount > left)
    return {
      code: 'amount_too_large',
      message: `${money(amount, currency)} is more than is left to be refunded, ${money(left, currency)} before tax.`,
    };
  return undefined;
}

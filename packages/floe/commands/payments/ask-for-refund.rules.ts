import { money } from '../../words/money.rules.ts';
import { customerName, productName } from '../../words/names.rules.ts';
import type { Payment } from './describe-payment.ts';

interface Refunding {
  /** Minor units; undefined: all that is left. */
  amount: number | undefined;
  /** Undefined: as the gateway decides, when all is given back. */
  revokes: boolean | undefined;
  cancelSubscription: 'now' | 'period_end' | undefined;
}

/** The question before a refund (ADR 94): how much goes to whom for what, and what else ends with it. */
export function askForRefund(payment: Payment, { amount, revokes, cancelSubscription }: Refunding): string {
  const { refundable_amount: left, currency, subscription_id } = payment;
  const isAll = amount === undefined || amount >= left;
  const what = `${amount === undefined ? 'all that is left, ' : ''}${money(amount ?? left, currency) ?? 'nothing'}`;
  const takesAway = subscription_id === null && (revokes ?? isAll);
  const consequences = [
    ...(takesAway ? ['takes away what the purchase gives'] : []),
    ...(cancelSubscription === 'now' ? ['ends the subscription now'] : []),
    ...(cancelSubscription === 'period_end' ? ['ends the subscription with its period'] : []),
  ];
  return [
    `Refund ${what}, and the tax on it, to ${customerName(payment.customer)} for ${productName(payment.product)} (${payment.id})?`,
    ...(consequences.length === 0 ? [] : [`This ${consequences.join(', and ')}.`]),
    ...(subscription_id !== null && cancelSubscription === undefined ? ['The subscription goes on.'] : []),
  ].join(' ');
}

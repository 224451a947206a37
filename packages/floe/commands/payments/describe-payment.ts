import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { money } from '../../words/money.rules.ts';
import { customerLines, metadataLines, productLines } from '../../words/names.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type Payment = Answer<'GET /v1/payments/{id}'>;

/** The lines of a payment: those that say something. */
export function describePayment(payment: Payment): Field[] {
  const { currency, discount, metadata } = payment;
  const taxed = (amount: number | null, tax: number | null) =>
    amount ? `${money(amount, currency)}${tax ? `, and ${money(tax, currency)} tax` : ''}` : null;
  return saying([
    ['payment', payment.id],
    ['status', payment.disputed ? `${payment.status}, disputed` : payment.status],
    ['failed because of', payment.failure_reason],
    ['kind', payment.kind],
    ['product', productLines(payment.product)],
    ['customer', customerLines(payment.customer)],
    ['amount', money(payment.amount, currency)],
    ['of which tax', payment.tax_amount ? money(payment.tax_amount, currency) : null],
    ['taken off', payment.discount_amount ? money(payment.discount_amount, currency) : null],
    ['discount', discount && (discount.code ?? discount.name ?? discount.id)],
    ['refunded', taxed(payment.refunded_amount, payment.refunded_tax_amount)],
    [
      'refundable',
      payment.refundable_amount ? `${money(payment.refundable_amount, currency)} before tax` : null,
    ],
    ['order', payment.order_id],
    ['subscription', payment.subscription_id],
    ['invoice', payment.invoice_number],
    ['metadata', metadataLines(metadata)],
    ['created', second(payment.created_at)],
    ['paid', second(payment.succeeded_at)],
    ['can be paid until', payment.checkout_url === null ? null : second(payment.expires_at)],
    ['checkout', payment.checkout_url],
  ]);
}

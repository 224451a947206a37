import { presentPayment } from '../../base/payment.rules.ts';
import type { PaymentStatus } from '../../base/payment-states.rules.ts';
import { AMOUNT, CUSTOMER, dispute, id, LINKS, MONEY, order, product } from './sample-objects.rules.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Without an order: `pending` of a sale and `expired`; with one, `refund` and `dispute` say what became of it. */
function statusOf(noun: string, verb: string): PaymentStatus {
  if (noun === 'payment' && (verb === 'pending' || verb === 'expired' || verb === 'failed')) return verb;
  if (verb === 'retry_scheduled') return 'pending';
  return noun === 'refund' && verb === 'succeeded' ? 'refunded' : 'succeeded';
}

/** The payment in a sample of `<noun>.<verb>`, as it is after Polar told what the sample carries. `now`: milliseconds. */
export function samplePayment(noun: string, verb: string, now: number): object {
  const at = new Date(now).toISOString();
  const status = statusOf(noun, verb);
  const isRetried = verb === 'retry_scheduled';
  // A grant belongs to the payment that began its subscription.
  const isRenewal = (noun === 'subscription' && verb === 'renewed') || isRetried;
  const isOrdered = isRetried || (status !== 'pending' && status !== 'expired');
  const isPaid = isOrdered && status !== 'failed' && !isRetried;
  const bought = order(isRenewal ? verb : isPaid ? 'succeeded' : 'failed', at);
  const refundedAmount = status === 'refunded' ? AMOUNT : 0;
  return presentPayment({
    id: `pay_${'0'.repeat(26)}`,
    status,
    kind: isRenewal ? 'renewal' : 'checkout',
    method: 'polar',
    disputed: noun === 'dispute' && !['won', 'prevented'].includes(dispute(verb, at).status),
    productId: id(5),
    productName: product(at).name,
    amount: bought.total_amount,
    netAmount: bought.net_amount,
    taxAmount: bought.tax_amount,
    discountAmount: bought.discount_amount,
    refundedAmount,
    refundedTaxAmount: 0,
    refundableAmount: isPaid ? AMOUNT - refundedAmount : 0,
    currency: MONEY.currency,
    billingReason: isOrdered ? bought.billing_reason : null,
    invoiceNumber: isOrdered ? bought.invoice_number : null,
    customerId: isOrdered ? LINKS.customer_id : null,
    externalCustomerId: 'sample-user',
    customerEmail: CUSTOMER.email,
    checkoutId: isRenewal ? null : id(6),
    orderId: isOrdered ? LINKS.order_id : null,
    subscriptionId: isOrdered ? LINKS.subscription_id : null,
    metadata: {},
    createdAt: now,
    succeededAt: isPaid ? now : null,
    expiresAt: isRenewal ? null : now + DAY_MS,
  });
}

import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { money } from '../../words/money.rules.ts';
import { metadataLines } from '../../words/names.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type Refund = Answer<'GET /v1/refunds/{id}'>;

/** The lines of a refund: those that say something. */
export function describeRefund(refund: Refund): Field[] {
  const { currency } = refund;
  return saying([
    ['refund', refund.id],
    ['status', refund.status],
    ['failed because of', refund.failure_reason],
    ['payment', refund.payment_id],
    ['amount', money(refund.amount, currency)],
    ['tax', money(refund.tax_amount, currency)],
    ['reason', refund.reason],
    ['comment', refund.comment],
    ['metadata', metadataLines(refund.metadata)],
    ['created', second(refund.created_at)],
  ]);
}

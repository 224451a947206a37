import type { Answer } from '../../gateway/client.ts';
import type { Field } from '../../terminal/output.ts';
import { money } from '../../words/money.rules.ts';
import { saying } from '../../words/saying.rules.ts';
import { second } from '../../words/times.rules.ts';

export type Dispute = Answer<'GET /v1/disputes/{id}'>;

/** How it stands, in a word or two. */
export const statusOf = ({ status, past_due }: Dispute): string =>
  past_due ? `${status}, too late for evidence` : status;

/** The lines of a dispute: those that say something. */
export function describeDispute(dispute: Dispute): Field[] {
  const { currency } = dispute;
  return saying([
    ['dispute', dispute.id],
    ['status', statusOf(dispute)],
    ['payment', dispute.payment_id],
    ['order', dispute.order_id],
    ['amount', money(dispute.amount, currency)],
    ['tax', dispute.tax_amount ? money(dispute.tax_amount, currency) : null],
    ['reason', dispute.reason],
    ['evidence until', second(dispute.evidence_due_by)],
    ['access', dispute.access],
    ['created', second(dispute.created_at)],
  ]);
}

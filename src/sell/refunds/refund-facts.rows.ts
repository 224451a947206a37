import type { Mode } from '../../base/mode.rules.ts';
import { query } from '../../base/db/sql.rows.ts';
import type { Refundable } from './refunds.rules.ts';

/** The sum of the order's refunds of this status. */
const sumOf = (status: 'pending' | 'succeeded') =>
  `(select coalesce(sum(r.amount), 0) from refunds as r where r.mode = p.mode and r.order_id = p.order_id and r.status = '${status}')`;

/**
 * What is left of the payment `p`: not refunded, not being refunded, and not asked for. A refund counts from when it is known, also
 * before the order is known again, whose total has it.
 */
const REMAINING = `max(0, p.refundable_amount
  - max(0, ${sumOf('succeeded')} - p.refunded_amount)
  - ${sumOf('pending')}
  - (select coalesce(sum(q.amount), 0) from refund_requests as q where q.payment_id = p.id and q.status = 'asked'))`;

/** A payment of the app with what there is to be refunded of it, as SQL; no row for another app's. */
export const REFUNDABLE = `
  select p.mode, p.id as paymentId, p.order_id as orderId, p.status, p.subscription_id as subscriptionId,
    p.disputed as isDisputed, p.currency, p.refunded_amount + p.refundable_amount as most, ${REMAINING} as remaining
  from payments as p where p.id = :paymentId and p.app_id = :appId`;

type Row = Omit<Refundable, 'isDisputed'> & { mode: Mode; isDisputed: 0 | 1 };

const FIND = query<{ appId: string; paymentId: string }, Row>(REFUNDABLE);

/** What there is to be refunded of a payment, for a batch; no row for another app's (invariant 5). */
export function refundableStatement(appId: string, paymentId: string) {
  return FIND({ appId, paymentId });
}

/** What the rules decide by. */
export function readRefundable({ isDisputed, ...row }: Row): Refundable {
  return { ...row, isDisputed: isDisputed === 1 };
}

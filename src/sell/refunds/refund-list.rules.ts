import { idOfUuid } from '../../base/ids.rules.ts';
import { parseJson } from '../../base/json.rules.ts';
import type { RefundView } from './refunds.answers.ts';

/** A refund as it is stored: Polar's, or a request that Polar does not show. */
export interface ShownRefund {
  /** Of its row, by which lists go: Polar's id, or that of the request. */
  rowId: string;
  /** Null: it was made elsewhere, such as in Polar's dashboard. */
  requestId: string | null;
  paymentId: string;
  /** Polar's, or the request's. */
  status: string;
  amount: number;
  /** Null: Polar has not said it. */
  taxAmount: number | null;
  currency: string;
  reason: string;
  comment: string | null;
  /** JSON; null for one made elsewhere. */
  metadata: string | null;
  /** Why a request was given up: a code of the gateway's problems. */
  error: string | null;
  createdAt: number;
}

const SHOWN: Record<string, RefundView['status']> = {
  succeeded: 'succeeded',
  failed: 'failed',
  canceled: 'failed',
  refused: 'failed',
};

/** A refund as apps see it. One made elsewhere has an id of ours, too, which encodes Polar's. */
export function presentRefund(row: ShownRefund): RefundView {
  return {
    id: row.requestId ?? idOfUuid('ref', row.rowId),
    payment_id: row.paymentId,
    status: SHOWN[row.status] ?? 'pending',
    amount: row.amount,
    tax_amount: row.taxAmount,
    currency: row.currency,
    reason: row.reason,
    comment: row.comment,
    failure_reason: row.error,
    metadata: (row.metadata === null ? {} : parseJson(row.metadata)) as RefundView['metadata'],
    created_at: new Date(row.createdAt).toISOString(),
  };
}

/** Two lists as one, newest first; of one time by the ids of their rows, as each list is. */
export function mergeRefunds(a: readonly ShownRefund[], b: readonly ShownRefund[]): ShownRefund[] {
  return [...a, ...b].toSorted(
    (x, y) => y.createdAt - x.createdAt || (x.rowId < y.rowId ? 1 : x.rowId > y.rowId ? -1 : 0),
  );
}

import type { NewEvent } from '../../tell/events/events.rules.ts';
import { passOn } from '../../tell/events/passed-on.rules.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { DisputeView } from './disputes.answers.ts';

/** A dispute as it is stored. */
export interface DisputeRow {
  id: string;
  status: string | null;
  orderId: string;
  paymentId: string | null;
  /** Minor units. */
  amount: number | null;
  taxAmount: number | null;
  currency: string | null;
  reason: string | null;
  /** As Polar writes it. */
  evidenceDueBy: string | null;
  /** As Polar writes it; '': stored before this was kept. */
  createdAt: string;
  /** When it changed last, milliseconds. */
  changedAt: number;
}

/** A dispute whose evidence is due soon, and of which its app was not told. */
export interface DueEvidence extends DisputeRow {
  mode: Mode;
  appId: string;
  appSlug: string;
  customerId: string | null;
  evidenceDueBy: string;
}

/** How Polar says that a dispute stands. `early_warning` and the next two are open. */
export const DISPUTE_STATUSES = [
  'early_warning',
  'needs_response',
  'under_review',
  'won',
  'lost',
  'prevented',
] as const;

const OVER: readonly (string | null)[] = ['won', 'lost', 'prevented'];

/** Whether a dispute is still to be decided. A status that Polar adds counts as open. */
export function isOpen(status: string | null): boolean {
  return !OVER.includes(status);
}

/** A dispute as its app sees it. `now`: milliseconds since 1970. */
export function presentDispute(row: DisputeRow, suspends: boolean, now: number): DisputeView {
  const open = isOpen(row.status);
  const due = row.evidenceDueBy;
  return {
    id: row.id,
    payment_id: row.paymentId,
    order_id: row.orderId,
    status: row.status ?? 'unknown',
    open,
    amount: row.amount,
    tax_amount: row.taxAmount,
    currency: row.currency,
    reason: row.reason,
    evidence_due_by: due,
    past_due: open && due !== null && Date.parse(due) <= now,
    access: open ? (suspends ? 'suspended' : 'kept') : 'ended',
    created_at: new Date(row.createdAt === '' ? row.changedAt : row.createdAt).toISOString(),
  };
}

/** How long before evidence is due its app is told. */
export const NOTICE_MS = 48 * 60 * 60_000;

/**
 * `dispute.evidence_due`, once for each time at which evidence is due. Polar sends no event for it: its object is put together from the
 * row, in Polar's form. `now`: milliseconds since 1970.
 */
export function eventOfDueEvidence(row: DueEvidence, now: number): NewEvent {
  const type = 'dispute.evidence_due';
  return {
    key: keyOfDueEvidence(row),
    type,
    appId: row.appId,
    appSlug: row.appSlug,
    mode: row.mode,
    paymentId: row.paymentId,
    customerId: row.customerId,
    occurredAt: now,
    polar: {
      type,
      data: passOn(
        type,
        {
          id: row.id,
          status: row.status,
          amount: row.amount,
          tax_amount: row.taxAmount,
          currency: row.currency,
          reason: row.reason,
          evidence_due_by: row.evidenceDueBy,
          order_id: row.orderId,
        },
        {
          email: null,
          ownsProduct: () => false,
          ownsBenefit: () => false,
          sold: { order: false, subscription: false },
        },
      ),
    },
  };
}

/** The statement that finds due evidence makes the same key in SQL. */
const keyOfDueEvidence = ({ id, evidenceDueBy }: DueEvidence) =>
  `dispute.evidence_due:${id}:${evidenceDueBy}`;

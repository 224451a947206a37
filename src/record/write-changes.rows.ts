import type { Mode } from '../base/mode.rules.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { noteForgotten } from '../people/forgotten.rows.ts';
import { endUnheldSessions, followCustomerAddress } from '../people/sessions.rows.ts';
import type { PlannedReread } from './plan-rereads.rules.ts';
import { projectBenefits } from './catalogue.rows.ts';
import type { Change } from './changes.rules.ts';
import { conditionSql, noteDifference } from './missing.rows.ts';
import {
  derivePayment,
  insertPaymentOfOrder,
  noteOrderPaid,
  notePurchaser,
  noteSeller,
  ownSubscription,
} from './payment.rows.ts';
import { requestReread, type RequestedRow, lastInLine } from './rereads.rows.ts';
import { projectSnapshot } from './snapshots.rows.ts';

interface At {
  mode: Mode;
  /** Milliseconds since 1970. */
  now: number;
}

/** The statements of one change, for the batch of its observation. */
export function writeChange(database: Database, { mode, now }: At, change: Change): Statement[] {
  switch (change.do) {
    case 'note_forgotten':
      return [noteForgotten(database, mode, change.customerId, change.seen)];
    case 'project_benefits':
      return projectBenefits(database, mode, change.benefits);
    case 'project':
      return projectSnapshot(database, mode, change.snapshot, change.owner);
    case 'note_seller':
      return [noteSeller(database, mode, change)];
    case 'follow_address':
      return [
        followCustomerAddress(database, mode, change.customerId),
        endUnheldSessions(database, mode, change.customerId, now),
      ];
    case 'note_order_paid':
      return [noteOrderPaid(database, mode, change)];
    case 'note_purchaser':
      return [notePurchaser(database, change)];
    case 'insert_payment':
      return [insertPaymentOfOrder(database, { mode, now }, change.payment)];
    case 'derive_payment':
      return [derivePayment(database, change.paymentId, now)];
    case 'own_subscription':
      return ownSubscription(database, mode, change);
    case 'note_difference':
      return [noteDifference(database, mode, change)];
  }
}

/** The statement that requests a reread, if its condition on the rows holds in the batch. */
export function writeReread(
  database: Database,
  { mode, now }: At,
  { kind, id, reason, at, onlyIf }: PlannedReread,
): Statement<RequestedRow[]> {
  return requestReread(
    database,
    { mode, kind, id, reason },
    { now, at: typeof at === 'number' ? at : lastInLine(at) },
    onlyIf && conditionSql(mode, onlyIf),
  );
}

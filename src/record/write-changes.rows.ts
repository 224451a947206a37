import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { noteForgotten } from '../people/note-forgotten.rows.ts';
import type { Change } from './changes.rules.ts';
import {
  followProduct,
  noteGrantCause,
  noteGrantChange,
  noteProducts,
  thinGrantChanges,
  thinProducts,
} from './grant-history.rows.ts';
import { isIndexed, isKnown } from './is-indexed.rules.ts';
import { knowBuyer } from './known-customers.rows.ts';
import { noteDifference } from './missing.rows.ts';
import { indexMetadata } from './payment-metadata.rows.ts';
import { derivePayment, insertPaymentOfOrder, noteFailure, notePurchaser } from './payment.rows.ts';
import { projectBenefits } from './project-catalogue.rows.ts';
import { linkRequest } from './refund-requests.rows.ts';
import type { RoutingRows } from './routing-rows.rules.ts';
import { projectSnapshot } from './snapshots.rows.ts';
import { noteSeller, ownSubscription } from './subscription-owner.rows.ts';

interface At {
  mode: Mode;
  /** Milliseconds since 1970. */
  now: number;
  /** Of the history of grants before that only what changed is kept; milliseconds. */
  thinnedBefore: number;
  /** Those that were read before. */
  rows: RoutingRows;
}

/** The statements of one change, for the batch of its observation. */
export function writeChange({ mode, now, thinnedBefore, rows }: At, change: Change): Statement[] {
  switch (change.do) {
    case 'note_forgotten':
      return [noteForgotten(mode, change.customerId, change.seen)];
    case 'project_benefits':
      return projectBenefits({ mode, now }, change.benefits);
    case 'project': {
      if (isKnown(rows, change)) return [];
      const { snapshot, owner, paid } = change;
      return projectSnapshot(snapshot, { mode, now, owner, paid, isIndexed: isIndexed(rows, change) });
    }
    case 'note_seller':
      return [noteSeller(mode, change)];
    case 'follow_address':
      // See record/write-people.rows.ts.
      return [];
    case 'note_purchaser':
      return [...notePurchaser({ mode, now }, change), ...knowBuyer(change.paymentId)];
    case 'insert_payment':
      return [
        ...insertPaymentOfOrder({ mode, now }, change.payment),
        // That of a payment which was there already was written with it.
        ...(rows.payments.some(({ id }) => id === change.payment.id) ? [] : indexMetadata(change.payment)),
      ];
    case 'note_failure':
      return [noteFailure(change)];
    case 'derive_payment':
      return [...derivePayment({ mode, now }, change.paymentId), ...knowBuyer(change.paymentId)];
    case 'link_request':
      return [linkRequest({ mode, now }, change)];
    case 'own_subscription':
      return ownSubscription({ mode, now }, change);
    case 'note_difference':
      return [noteDifference(mode, change)];
    case 'note_grant_change':
      return [
        noteGrantChange(mode, now, change.change),
        thinGrantChanges(mode, change.change.grantId, thinnedBefore),
      ];
    case 'note_grant_cause':
      return [noteGrantCause(mode, change.cause)];
    case 'note_products': {
      const { subscriptionId, productId, at } = change;
      return [
        noteProducts(mode, { subscriptionId, productId, at }),
        thinProducts(mode, subscriptionId, thinnedBefore),
      ];
    }
    case 'follow_product':
      return [followProduct(mode, change.subscriptionId)];
  }
}

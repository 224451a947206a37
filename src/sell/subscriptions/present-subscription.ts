import type { OwnerKeys } from '../../../packages/kit/product-owners.ts';
import { readPlanName } from '../../polar/product-names.rules.ts';
import type { SubscriptionView } from './subscriptions.answers.ts';
import type { ShownSubscription } from './subscriptions.rows.ts';

/**
 * A subscription as the API shows it. At Polar it can be moved to another app's product: of that one its id is shown, and not what
 * it is called or costs. What was typed at the checkout of another app is not shown either (trust rule 7). `ownerKeys`: by which keys of metadata
 * products name their plan; the gateway's own unless given.
 */
export function presentSubscription(row: ShownSubscription, ownerKeys?: OwnerKeys): SubscriptionView {
  const { details } = row;
  const isOwnProduct = row.productOwner === row.appId;
  const isOwnSale = row.soldBy === row.appId;
  return {
    id: row.id,
    status: row.status,
    product: {
      id: row.productId,
      ...(isOwnProduct && row.productName !== null
        ? {
            name: row.productName,
            plan: readPlanName({ name: row.productName, metadata: row.productMetadata ?? {} }, ownerKeys),
          }
        : { name: null, plan: null }),
    },
    amount: isOwnProduct ? row.amount : null,
    currency: row.currency,
    interval: row.recurringInterval,
    interval_count: row.recurringIntervalCount,
    current_period_start: toIso(row.currentPeriodStart),
    current_period_end: toIso(row.currentPeriodEnd),
    trial_start: toIso(row.trialStart),
    trial_end: toIso(row.trialEnd),
    cancel_at_period_end: row.cancelAtPeriodEnd,
    canceled_at: toIso(row.canceledAt),
    ends_at: toIso(row.endsAt),
    ended_at: toIso(row.endedAt),
    pause_at_period_end: row.pauseAtPeriodEnd,
    paused_at: toIso(row.pausedAt),
    resumes_at: toIso(row.resumesAt),
    past_due_at: toIso(row.pastDueAt),
    cancellation_reason: isOwnSale ? row.cancellationReason : null,
    cancellation_comment: isOwnSale ? row.cancellationComment : null,
    seats: isOwnProduct ? row.seats : null,
    units: isOwnProduct ? (details?.units ?? null) : null,
    discount: isOwnSale ? (details?.discount ?? null) : null,
    pending_update: presentPending(row, isOwnProduct),
    customer: { id: row.customerId, external_id: row.externalId, email: row.email },
    first_payment_id: row.paymentId,
    latest_payment_id: row.latestPaymentId ?? row.paymentId,
    created_at: toIso(row.createdAt),
  };
}

function presentPending(row: ShownSubscription, isOwnProduct: boolean): SubscriptionView['pending_update'] {
  const pending = row.details?.pendingUpdate;
  if (!pending) return null;
  const isOwnNext = row.nextProductOwner === row.appId;
  const isOwn = pending.productId === null ? isOwnProduct : isOwnNext;
  return {
    product_id: isOwnNext ? pending.productId : null,
    seats: isOwn ? pending.seats : null,
    units: isOwn ? pending.units : null,
    applies_at: toIso(pending.appliesAt),
  };
}

function toIso(at: number): string;
function toIso(at: number | null): string | null;
function toIso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

import type { SubscriptionDetails } from '../../base/subscription-details.rules.ts';

/*
 * What a subscription can be asked to do: one row a change says how Polar is asked, and how it is seen that it was done. Times are
 * milliseconds since 1970.
 */

/** When the difference of a change is charged; undefined: as the organization has set it at Polar. */
export type Proration = 'invoice' | 'prorate' | 'next_period';

export type Change =
  | { kind: 'cancel'; at: 'now' | 'period_end'; reason?: CancellationReason; comment?: string }
  | { kind: 'uncancel' }
  | { kind: 'pause'; resumesAt: number | null }
  | { kind: 'resume' }
  | { kind: 'product'; productId: string; proration?: Proration }
  | { kind: 'seats'; seats: number; proration?: Proration }
  | { kind: 'units'; units: number; proration?: Proration }
  | { kind: 'discount'; discountId: string | null }
  | { kind: 'trial'; trialEnd: number | 'now' };

export const CANCELLATION_REASONS = [
  'customer_service',
  'low_quality',
  'missing_features',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
  'other',
] as const;
type CancellationReason = (typeof CANCELLATION_REASONS)[number];

/** What is decided by, of a subscription as Polar shows it. */
export interface SubscriptionState {
  status: string;
  productId: string;
  cancelAtPeriodEnd: boolean;
  endedAt: number | null;
  pauseAtPeriodEnd: boolean | null;
  resumesAt: number | null;
  trialEnd: number | null;
  seats: number | null;
  discountId: string | null;
  details: SubscriptionDetails | null;
}

/** Whether the subscription is as the change would leave it, so that there is nothing (more) to do. */
export function isAsAsked(change: Change, state: SubscriptionState): boolean {
  const hasEnded = state.endedAt !== null;
  const pending = state.details?.pendingUpdate ?? null;
  switch (change.kind) {
    case 'cancel':
      return change.at === 'now' ? hasEnded : state.cancelAtPeriodEnd && !hasEnded;
    case 'uncancel':
      return !state.cancelAtPeriodEnd && !hasEnded;
    case 'pause':
      return state.pauseAtPeriodEnd === true && state.resumesAt === change.resumesAt;
    case 'resume':
      return !hasEnded && state.status !== 'paused' && !state.pauseAtPeriodEnd;
    case 'product':
      return isSet(change.productId, state.productId, pending?.productId ?? null, change.proration);
    case 'seats':
      return isSet(change.seats, state.seats, pending?.seats ?? null, change.proration);
    case 'units':
      return isSet(change.units, state.details?.units ?? null, pending?.units ?? null, change.proration);
    case 'discount':
      return state.discountId === change.discountId;
    case 'trial':
      return change.trialEnd === 'now'
        ? state.status !== 'trialing' && !hasEnded
        : state.status === 'trialing' && state.trialEnd === change.trialEnd;
  }
}

/** It is so already and nothing else is scheduled, or it is scheduled and need not be sooner. */
function isSet<T>(
  asked: T,
  present: T | null,
  scheduled: T | null,
  proration: Proration | undefined,
): boolean {
  if (scheduled === null) return asked === present;
  return asked === scheduled && proration !== 'invoice' && proration !== 'prorate';
}

/** Why a change is refused before Polar is asked. */
export type Refused = 'subscription_ended' | 'not_scheduled' | 'not_paused' | 'not_trialing';

/** What is to be done about a change, by the subscription as it is at Polar. */
export function decideChange(change: Change, state: SubscriptionState): 'ask' | 'done' | Refused {
  // What undoes something is no success when there was nothing to undo: the caller took it for something else.
  if (state.endedAt !== null) return isAsAsked(change, state) ? 'done' : 'subscription_ended';
  if (!isAsAsked(change, state)) return 'ask';
  if (change.kind === 'uncancel') return 'not_scheduled';
  if (change.kind === 'resume') return 'not_paused';
  if (change.kind === 'trial' && change.trialEnd === 'now') return 'not_trialing';
  return 'done';
}

/** Whether it may make an order, whose payment should be there when it is answered. */
export function mayBill({ kind }: Change): boolean {
  return kind === 'product' || kind === 'seats' || kind === 'units' || kind === 'resume' || kind === 'trial';
}

import type { SubscriptionChange } from '../../base/polar-gateway.ts';
import type { Change, Proration, SubscriptionState } from './changes.rules.ts';

/** A change in Polar's words. Its shapes are disjoint, and it refuses a field of another one. */
export function toPolarChange(change: Change, state: SubscriptionState): SubscriptionChange {
  switch (change.kind) {
    case 'cancel': {
      const why = {
        ...(change.reason === undefined ? {} : { customer_cancellation_reason: change.reason }),
        ...(change.comment === undefined ? {} : { customer_cancellation_comment: change.comment }),
      };
      return change.at === 'now' ? { revoke: true, ...why } : { cancel_at_period_end: true, ...why };
    }
    case 'uncancel':
      return { cancel_at_period_end: false };
    case 'pause':
      return {
        pause_at_period_end: true,
        ...(change.resumesAt === null ? {} : { resumes_at: toIso(change.resumesAt) }),
      };
    case 'resume':
      // One that is not paused yet only loses its schedule.
      return state.status === 'paused' ? { resume: true } : { pause_at_period_end: false };
    case 'product':
      // It has this product, and another one is scheduled: that is taken back, without a charge.
      return change.productId === state.productId
        ? { pending_update: null }
        : { product_id: change.productId, ...whenCharged(change.proration) };
    case 'seats':
      return { seats: change.seats, ...whenCharged(change.proration) };
    case 'units':
      return { units: change.units, ...whenCharged(change.proration) };
    case 'discount':
      return { discount_id: change.discountId };
    case 'trial':
      return { trial_end: change.trialEnd === 'now' ? 'now' : toIso(change.trialEnd) };
  }
}

function whenCharged(proration: Proration | undefined) {
  return proration === undefined ? {} : { proration_behavior: proration };
}

const toIso = (at: number) => new Date(at).toISOString();

import type { NewEvent } from '../tell/events/events.rules.ts';
import { passOn } from '../tell/events/passed-on.rules.ts';
import type { Ending } from './endings.rows.ts';

/** The key of the event of one end: told once, also over restarts and by two sweeps at once. */
function keyOfEnding({ id, endsAt }: Pick<Ending, 'id' | 'endsAt'>): string {
  return `subscription.ending:${id}:${endsAt}`;
}

/**
 * `subscription.ending` of a subscription as it was read. It is told only while the row is still that one, so never of an
 * end that came, or was taken back, in the same moment. Polar sends no event for it: its object is put together from the
 * row, in Polar's form. `now`: milliseconds since 1970.
 */
export function eventOfEnding(row: Ending, now: number): NewEvent {
  const type = 'subscription.ending';
  const isOwn = row.ownsProduct === 1;
  return {
    key: keyOfEnding(row),
    type,
    onlyWhile: { subscriptionId: row.id, version: row.version, seenVersion: row.seenVersion },
    appId: row.appId,
    appSlug: row.appSlug,
    mode: row.mode,
    paymentId: row.paymentId,
    customerId: row.customerId,
    occurredAt: now,
    polar: {
      type,
      // What was typed at a checkout is left out: the row does not say at whose.
      data: passOn(type, showEnding(row), {
        email: null,
        ownsProduct: () => isOwn,
        ownsBenefit: () => false,
        sold: { order: false, subscription: false },
      }),
    },
  };
}

function showEnding(row: Ending): Record<string, unknown> {
  return {
    id: row.id,
    created_at: toIso(row.createdAt),
    status: row.status,
    amount: row.amount,
    currency: row.currency,
    recurring_interval: row.recurringInterval,
    recurring_interval_count: row.recurringIntervalCount,
    seats: row.seats,
    current_period_start: toIso(row.currentPeriodStart),
    current_period_end: toIso(row.currentPeriodEnd),
    trial_start: toIso(row.trialStart),
    trial_end: toIso(row.trialEnd),
    cancel_at_period_end: row.cancelAtPeriodEnd === 1,
    canceled_at: toIso(row.canceledAt),
    started_at: toIso(row.startedAt),
    ends_at: toIso(row.endsAt),
    ended_at: null,
    past_due_at: toIso(row.pastDueAt),
    customer_id: row.customerId,
    product_id: row.productId,
    checkout_id: row.checkoutId,
  };
}

function toIso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

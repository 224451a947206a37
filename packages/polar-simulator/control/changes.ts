/** Changes that the JSON routes and the buttons of `/_sim` share. */

import { problem } from '../http/errors.ts';
import { keepCard } from '../life/cards.ts';
import { canPeriodEnd, endPeriod } from '../life/renewals.ts';
import type { Card, CustomerRow, SubscriptionRow } from '../state.ts';
import { isoFromMs } from '../time.ts';
import type { World } from '../world.ts';

/** The period ends now: the subscription renews, pauses or ends as it would have later. Throws 409 when it does none of them. */
export function endPeriodNow(world: World, subscription: SubscriptionRow): void {
  if (!canPeriodEnd(subscription)) {
    throw problem(
      409,
      'InactiveSubscription',
      'Only an active subscription renews, pauses or ends with its period.',
    );
  }
  const now = isoFromMs(world.now());
  subscription.current_period_end = now;
  if (subscription.status === 'trialing') subscription.trial_end = now;
  if (subscription.cancel_at_period_end) subscription.ends_at = now;
  endPeriod(world, subscription);
}

export function failNextPayment(world: World, subscription: SubscriptionRow): void {
  subscription.fail_next_payment = true;
  world.changed();
}

/** Replaces the card on file: by one that pays, and pays at once what is owed, or one that every later charge is refused on. */
export function setCard(world: World, customer: CustomerRow, outcome: Card['outcome']): void {
  keepCard(world, customer, { brand: 'visa', last4: outcome === 'pays' ? '4242' : '0341', outcome });
}

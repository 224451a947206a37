/** Changes that the JSON routes and the buttons of `/_sim` share. */

import { problem } from '../http/errors.ts';
import { renew } from '../life/renewals.ts';
import type { Card, CustomerRow, SubscriptionRow } from '../state.ts';
import { isoFromMs } from '../time.ts';
import type { World } from '../world.ts';

/** Starts the next period now. Throws 409 unless the subscription is active or on trial. */
export function renewNow(world: World, subscription: SubscriptionRow): void {
  if (subscription.status !== 'active' && subscription.status !== 'trialing') {
    throw problem(409, 'InactiveSubscription', 'Only an active subscription renews.');
  }
  subscription.current_period_end = isoFromMs(world.now());
  renew(world, subscription);
}

export function failNextPayment(world: World, subscription: SubscriptionRow): void {
  subscription.fail_next_payment = true;
  world.changed();
}

/** Replaces the card on file by one that pays, or one that every later charge is refused on. */
export function setCard(world: World, customer: CustomerRow, outcome: Card['outcome']): void {
  customer.card = { brand: 'visa', last4: outcome === 'pays' ? '4242' : '0341', outcome };
  world.touch(customer);
}

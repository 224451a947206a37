/** Cards, as confirmation tokens stand for them, and the one that is on file. */

import type { Card, CustomerRow } from '../state.ts';
import type { World } from '../world.ts';
import { runSubscriptionCharge } from './dunning.ts';

/**
 * The card behind a confirmation token. Any token pays, but one that contains
 * - `declined` is refused after the confirmation: the checkout goes back to open (`checkout.updated`),
 * - `3ds_failed` is the same: the buyer did not confirm it with their bank,
 * - `rejected` is refused at once: 400 `PaymentError`, nothing happens,
 * - `renewal_fails` pays now and is refused at every later charge,
 * - `processing` stays confirmed for a while before it is decided.
 */
export function cardOf(confirmationTokenId: string | null | undefined): {
  card: Card;
  pays: 'now' | 'never' | 'rejected';
} {
  const name = confirmationTokenId ?? '';
  const brand = 'visa';
  if (name.includes('rejected'))
    return { card: { brand, last4: '0002', outcome: 'declines' }, pays: 'rejected' };
  if (name.includes('3ds_failed'))
    return { card: { brand, last4: '3220', outcome: 'declines' }, pays: 'never' };
  if (name.includes('declined'))
    return { card: { brand, last4: '0002', outcome: 'declines' }, pays: 'never' };
  if (name.includes('renewal_fails'))
    return { card: { brand, last4: '0341', outcome: 'declines' }, pays: 'now' };
  return { card: { brand, last4: '4242', outcome: 'pays' }, pays: 'now' };
}

/** A new card on file. What is owed for past-due subscriptions is tried again at once (facts §1.5). */
export function keepCard(world: World, customer: CustomerRow, card: Card): void {
  customer.card = card;
  customer.default_payment_method_id = world.id();
  world.touch(customer);
  if (card.outcome !== 'pays') return;
  for (const subscription of world.tables.subscriptions.by('customer', customer.id)) {
    const order = world.tables.orders.get(subscription.dunning_order_id);
    if (subscription.status !== 'past_due' || order?.status !== 'pending') continue;
    const data = { subscription_id: subscription.id, order_id: order.id };
    runSubscriptionCharge(world, data, 'retry_dunning');
  }
}

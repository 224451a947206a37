/** Payments that are not known at once: the bank takes its time, and says yes or no later. */

import type { JobData } from '../jobs.ts';
import { PRIORITY } from '../jobs.ts';
import { runCharge } from '../life/checkouts.ts';
import type { CheckoutRow } from '../state.ts';
import { SECOND_MS } from '../time.ts';
import type { World } from '../world.ts';

const SETTLES_AFTER_S = 20;

type Charge = { serial: number; at: number; data: JobData['checkout.charge'] };

/**
 * A confirmation token that contains `processing` leaves the checkout confirmed for 20 seconds of simulated time;
 * `processing_90` for 90 seconds. What the rest of the token says (`declined`, …) decides how it settles.
 */
export function postponeIfProcessing(
  world: World,
  row: CheckoutRow,
  confirmationTokenId: string | null | undefined,
): void {
  const wanted = /processing(?:_(\d{1,7}))?/.exec(confirmationTokenId ?? '');
  const charge = wanted && row.is_payment_form_required ? chargeOf(world, row) : undefined;
  if (!wanted || !charge) return;
  world.queue.cancel(charge.serial);
  const delayMs = Number(wanted[1] ?? SETTLES_AFTER_S) * SECOND_MS;
  world.schedule('checkout.charge', charge.data, { delayMs, priority: PRIORITY.work });
}

/** When a confirmed checkout will be charged, ms; null when that is about to happen or has happened. */
export function settlesLaterAt(world: World, row: CheckoutRow): number | null {
  if (row.status !== 'confirmed') return null;
  const charge = chargeOf(world, row);
  return charge && charge.at > world.now() + world.delays.charge ? charge.at : null;
}

/** Decides a confirmed checkout now. False when it does not wait for anything. */
export function settleCheckout(
  world: World,
  row: CheckoutRow,
  outcome: 'succeeded' | 'failed' | 'as the card says',
): boolean {
  const charge = row.status === 'confirmed' ? chargeOf(world, row) : undefined;
  if (!charge) return false;
  world.queue.cancel(charge.serial);
  const outcomes = { succeeded: 'pays', failed: 'declines' } as const;
  const decided = outcome === 'as the card says' ? charge.data.outcome : outcomes[outcome];
  runCharge(world, { checkout_id: row.id, outcome: decided });
  return true;
}

function chargeOf(world: World, row: CheckoutRow): Charge | undefined {
  for (const job of world.queue.all()) {
    if (job.kind === 'checkout.charge' && job.data.checkout_id === row.id) return job;
  }
  return undefined;
}

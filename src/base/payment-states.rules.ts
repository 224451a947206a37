/** What a payment can be. A dispute is a flag beside it. */
export const PAYMENT_STATUSES = [
  'pending',
  'succeeded',
  'partially_refunded',
  'refunded',
  'failed',
  'expired',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/**
 * What can follow what; `start`: what it can be at first. A payment shows the newest that is known, so it may skip what came in
 * between, as when the first word of an order is that it was refunded. docs/payments.md draws it.
 */
export const PAYMENT_TRANSITIONS: Readonly<Record<'start' | PaymentStatus, readonly PaymentStatus[]>> = {
  start: ['pending', 'succeeded', 'partially_refunded', 'refunded', 'failed'],
  pending: ['succeeded', 'partially_refunded', 'refunded', 'failed', 'expired'],
  succeeded: ['partially_refunded', 'refunded'],
  // A refund can fail after it has succeeded.
  partially_refunded: ['succeeded', 'refunded'],
  refunded: ['succeeded', 'partially_refunded'],
  // Polar can take a void order back, and a buyer who was refused can still pay at the same checkout.
  failed: ['pending', 'succeeded', 'partially_refunded', 'refunded'],
  expired: [],
};

/** It was paid, whatever was given back of it since. */
const PAID_STATUSES: readonly PaymentStatus[] = ['succeeded', 'partially_refunded', 'refunded'];

/** Whether a payment was paid, even if all of it was refunded since. */
export function wasPaid({ status }: { status: PaymentStatus }): boolean {
  return PAID_STATUSES.includes(status);
}

/**
 * How a payment came about: at a checkout of the gateway's; by a subscription that went on; by a change of one, such as of
 * its plan or seats; or at Polar itself, past the gateway.
 */
export const PAYMENT_KINDS = ['checkout', 'renewal', 'change', 'direct'] as const;
export type PaymentKind = (typeof PAYMENT_KINDS)[number];

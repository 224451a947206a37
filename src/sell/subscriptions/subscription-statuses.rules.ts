/** Polar's statuses of a subscription (its API of 2026-10). New ones are only ever among the first five. */
export const SUBSCRIPTION_STATUSES = [
  'active',
  'trialing',
  'past_due',
  'paused',
  'canceled',
  'unpaid',
  'incomplete',
  'incomplete_expired',
] as const;

import { money } from '../../words/money.rules.ts';
import { day } from '../../words/times.rules.ts';
import type { Subscription } from './describe-subscription.ts';

interface Interval {
  interval: string | null;
  interval_count: number | null;
}

/** `$9.00 a month`, `$9.00 every 3 months`. Null when the amount is not known. */
export function priceOf(
  amount: number | null,
  currency: string | null,
  { interval, interval_count: count }: Interval,
): string | null {
  const price = money(amount, currency);
  if (price === null || interval === null) return price;
  return count === null || count === 1 ? `${price} a ${interval}` : `${price} every ${count} ${interval}s`;
}

/** What comes next of a subscription, and when: it renews, ends, pauses; or that it is over. */
export function nextOf(subscription: Subscription): string {
  const { status, current_period_end: periodEnd, ended_at, ends_at, resumes_at, trial_end } = subscription;
  if (ended_at !== null) return `ended ${day(ended_at)}`;
  if (subscription.cancel_at_period_end) return `ends ${day(ends_at ?? periodEnd)}`;
  if (status === 'paused') return resumes_at === null ? 'paused' : `resumes ${day(resumes_at)}`;
  if (subscription.pause_at_period_end) return `pauses ${day(periodEnd)}`;
  if (status === 'trialing') return `trial to ${day(trial_end ?? periodEnd)}`;
  if (status === 'active') return `renews ${day(periodEnd)}`;
  return status.replaceAll('_', ' ');
}

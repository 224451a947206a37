import type { ProductTerms, SubscriptionTerms } from '../../polar/terms.rules.ts';
import type { Proration } from './changes.rules.ts';
import { addInterval, costOf, discountOn, lowers, seatsUnder } from './pricing.rules.ts';

/*
 * What a change of product or seats costs by Polar's rules (ADR 75): the unused time of what was paid for is credited and the
 * remaining time of what comes is charged, both by the second and less the discount of this period. Nothing is charged during a
 * trial. Another interval begins a period at once. Amounts are minor units before tax; times are milliseconds since 1970.
 */

export interface PreviewItem {
  type: 'unused_time' | 'remaining_time' | 'seats' | 'period' | 'discount' | 'balance';
  amount: number;
}

/** `amount` is due then, or `credit` goes to the customer's balance, which pays what is due next. */
interface Bill {
  amount: number;
  credit: number;
  items: PreviewItem[];
}

export interface Preview {
  takesEffectAt: number;
  now: Bill;
  /** Null: it does not renew by itself, since a pause is scheduled. */
  nextRenewal: ({ at: number } & Bill) | null;
  /** What each period costs from then on. */
  amount: number;
}

export interface PreviewInput {
  subscription: SubscriptionTerms;
  /** One of both: the product that it is to have, or the number of seats. */
  product?: ProductTerms;
  seats?: number;
  proration: Proration;
  /** Whether the subscription's discount is for the product that it is to have. */
  isDiscounted: boolean;
  /** When the discount first lowered a period; null: it has not yet. */
  discountedSince: number | null;
  now: number;
}

/** What a change costs now and at the next renewal. */
export function previewChange(input: PreviewInput): Preview {
  const { subscription, proration, now } = input;
  const periodEnd = Date.parse(subscription.current_period_end);
  const later = { takesEffectAt: periodEnd, now: bill([]), ...fromThenOn(input, periodEnd, []) };
  if (proration === 'next_period') return later;
  if (subscription.status === 'trialing') return duringTrial(input);
  const items = difference(input);
  const startsPeriod = endOfNewPeriod(input);
  if (proration === 'prorate' && startsPeriod === undefined)
    return { ...later, takesEffectAt: now, ...fromThenOn(input, periodEnd, items) };
  const charged = bill(items);
  const balance: PreviewItem[] = charged.credit > 0 ? [{ type: 'balance', amount: -charged.credit }] : [];
  return { takesEffectAt: now, now: charged, ...fromThenOn(input, startsPeriod ?? periodEnd, balance) };
}

/** The trial becomes as long as the new product's. When that is over by now, or it has none, its first period begins. */
function duringTrial(input: PreviewInput): Preview {
  const { subscription, product, now } = input;
  const periodEnd = Date.parse(subscription.current_period_end);
  const trialEnd = product ? trialEndUnder(subscription, product) : periodEnd;
  if (trialEnd !== undefined && trialEnd > now)
    return { takesEffectAt: now, now: bill([]), ...fromThenOn(input, trialEnd, []) };
  const { interval, count } = intervalOf(input);
  const first = periodItems(input, now);
  const next = fromThenOn(input, addInterval(now, interval, count) ?? periodEnd, [], now);
  return { takesEffectAt: now, now: bill(first), ...next };
}

function trialEndUnder(subscription: SubscriptionTerms, product: ProductTerms): number | undefined {
  const { trial_interval: interval, trial_interval_count: count } = product;
  if (!subscription.trial_start || !interval || !count) return undefined;
  return addInterval(Date.parse(subscription.trial_start), interval, count);
}

/** What the present period is credited and charged for the change. */
function difference(input: PreviewInput): PreviewItem[] {
  const { subscription, seats } = input;
  const share = shareLeft(subscription, input.now);
  const discount = subscription.discount ?? null;
  const less = (cost: number, isDiscounted = true) =>
    cost - discountOn(cost, subscription.currency, isDiscounted ? discount : null);
  const before = less(costOf(subscription.prices, subscription.seats ?? null));
  if (seats !== undefined) {
    const after = less(costOf(subscription.prices, seats));
    return withAmount([{ type: 'seats', amount: Math.trunc((after - before) * share) }]);
  }
  const after = less(costAfter(input), input.isDiscounted);
  const isWhole = endOfNewPeriod(input) !== undefined;
  return withAmount([
    { type: 'unused_time', amount: -Math.round(before * share) },
    { type: 'remaining_time', amount: Math.round(after * (isWhole ? 1 : share)) },
  ]);
}

/** By the second. */
function shareLeft(subscription: SubscriptionTerms, now: number): number {
  const [start, end] = [subscription.current_period_start, subscription.current_period_end].map(Date.parse);
  if (start === undefined || end === undefined || end <= start) return 0;
  const left = Math.floor(Math.max(0, end - now) / 1000);
  return Math.min(1, left / Math.max(1, Math.round((end - start) / 1000)));
}

/** When the period ends that a change to another interval begins now; undefined: the present one goes on. */
function endOfNewPeriod(input: PreviewInput): number | undefined {
  const { subscription, now } = input;
  const { interval, count } = intervalOf(input);
  const isSame =
    interval === subscription.recurring_interval && count === subscription.recurring_interval_count;
  return isSame ? undefined : addInterval(now, interval, count);
}

function intervalOf({ subscription, product }: PreviewInput): { interval: string; count: number } {
  return {
    interval: product?.recurring_interval ?? subscription.recurring_interval,
    count: product ? (product.recurring_interval_count ?? 1) : subscription.recurring_interval_count,
  };
}

/** What a period costs after the change, without the discount. */
function costAfter({ subscription, product, seats }: PreviewInput): number {
  const prices = product ? pricesIn(product, subscription.currency) : subscription.prices;
  return costOf(prices, seats ?? seatsUnder(prices, subscription.seats ?? null));
}

/** The prices of a product in a currency. */
export function pricesIn(product: ProductTerms, currency: string): ProductTerms['prices'] {
  return product.prices.filter((price) => price.price_currency === currency && price.is_archived !== true);
}

/** A period that begins at `start`, and its discount. `since`: when the discount first lowered one. */
function periodItems(input: PreviewInput, start: number, since = input.discountedSince): PreviewItem[] {
  const { subscription, isDiscounted } = input;
  const cost = costAfter(input);
  const discount = subscription.discount ?? null;
  const isLowered = discount !== null && isDiscounted && lowers(discount, start, since);
  const off = isLowered ? discountOn(cost, subscription.currency, discount) : 0;
  return withAmount([
    { type: 'period', amount: cost },
    { type: 'discount', amount: -off },
  ]);
}

/** The next renewal, with what it carries besides its period. `since`: as in `periodItems`. */
function fromThenOn(
  input: PreviewInput,
  at: number,
  carried: readonly PreviewItem[],
  since = input.discountedSince,
): Pick<Preview, 'nextRenewal' | 'amount'> {
  const period = periodItems(input, at, since);
  const renewal = { at, ...bill([...period, ...carried]) };
  return {
    nextRenewal: input.subscription.pause_at_period_end ? null : renewal,
    amount: sumOf(period),
  };
}

function bill(items: PreviewItem[]): Bill {
  const sum = sumOf(items);
  return { amount: Math.max(0, sum), credit: Math.max(0, -sum), items };
}

const sumOf = (items: readonly PreviewItem[]) => items.reduce((sum, { amount }) => sum + amount, 0);

/** Without those of nothing: Polar does not list them, and −0 is no number to show. */
const withAmount = (items: PreviewItem[]) => items.filter(({ amount }) => amount !== 0);

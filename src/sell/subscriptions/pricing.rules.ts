import type { Discount, Price } from '../../polar/terms.rules.ts';

/* What a period costs, before tax, in minor units of whatever currency: yen are counted as cents are. Times are milliseconds. */

const DAY_MS = 86_400_000;

/**
 * Fixed prices and seats of one period. What the buyer chose to pay is not counted, since Polar does not prorate it, and neither is
 * usage.
 */
export function costOf(prices: readonly Price[], seats: number | null): number {
  return prices.reduce((sum, price) => {
    if (price.amount_type === 'fixed') return sum + (price.price_amount ?? 0);
    return price.amount_type === 'seat_based' && seats !== null ? sum + costOfSeats(price, seats) : sum;
  }, 0);
}

function costOfSeats({ seat_tiers: tiers }: Price, seats: number): number {
  const all = tiers?.tiers ?? [];
  if (tiers?.seat_tier_type === 'graduated') {
    // Each seat costs what its own tier says.
    return all.reduce((sum, { min_seats: first, max_seats: last, price_per_seat: each }) => {
      const upTo = Math.min(seats, last ?? seats);
      return sum + Math.max(0, upTo - first + 1) * each;
    }, 0);
  }
  const reached = all.find(
    ({ min_seats: first, max_seats: last }) => first <= seats && seats <= (last ?? Infinity),
  );
  return seats * (reached?.price_per_seat ?? 0);
}

/** How many seats a subscription has under these prices: a product with seats begins with as many as it asks for. */
export function seatsUnder(prices: readonly Price[], seats: number | null): number | null {
  const seated = prices.find((price) => price.amount_type === 'seat_based');
  return seats ?? seated?.seat_tiers?.minimum_seats ?? null;
}

/** What a discount takes off an amount. */
export function discountOn(amount: number, currency: string, discount: Discount | null): number {
  if (discount === null) return 0;
  if (discount.type === 'percentage') return Math.round((amount * (discount.basis_points ?? 0)) / 10_000);
  const own = discount.currency === currency ? (discount.amount ?? 0) : 0;
  return Math.min(amount, discount.amounts?.[currency] ?? own);
}

/** Whether a discount lowers a period that begins at `start`. `since`: when it first lowered one; null: not yet. */
export function lowers(discount: Discount, start: number, since: number | null): boolean {
  if (since === null || discount.duration === 'forever') return true;
  if (discount.duration !== 'repeating') return false;
  return start < (addInterval(since, 'month', discount.duration_in_months ?? 1) ?? start);
}

/** The end of a period: months end on the same day of the month, or on its last one. Undefined for an unknown interval. */
export function addInterval(start: number, interval: string, count: number): number | undefined {
  if (interval === 'day') return start + count * DAY_MS;
  if (interval === 'week') return start + count * 7 * DAY_MS;
  const months = { month: 1, year: 12 }[interval];
  if (months === undefined) return undefined;
  const day = new Date(start).getUTCDate();
  const end = new Date(start);
  end.setUTCDate(1);
  end.setUTCMonth(end.getUTCMonth() + months * count);
  const last = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(day, last));
  return end.getTime();
}

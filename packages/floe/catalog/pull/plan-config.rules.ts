import type { Product } from '../model/catalog.rules.ts';
import { type Price, priceModel } from '../model/prices.rules.ts';
import { isSame } from '../plan/differences.rules.ts';

/* A product as a plan of a configuration, in the shortest words that say it. */

/** `month`, `3 months`. */
export const describeTimes = (unit: string | null, count: number | null): string | undefined =>
  unit === null ? undefined : count === null || count === 1 ? unit : `${count} ${unit}s`;

/** `14 days`, `1 month`. */
export const describeTrial = ({ trial_interval: unit, trial_interval_count: count }: Product) =>
  unit === null ? undefined : `${count ?? 1} ${unit}${count === 1 || count === null ? '' : 's'}`;

/** `700`, `{ usd: 700, eur: 650 }`, a price as Polar has it, or a list of such. `nameOf`: of a meter. */
export function describePrices(
  prices: readonly Price[],
  currency: string,
  nameOf: (meter: string) => string,
): unknown {
  const short = prices.map((price) => shortPrice(price, currency, nameOf));
  if (short.length === 1) return short[0];
  const amounts = prices.flatMap((price) =>
    isPlain(price) ? [[price.price_currency, price.price_amount] as const] : [],
  );
  const byCurrency = Object.fromEntries(amounts);
  return amounts.length === prices.length && Object.keys(byCurrency).length === prices.length
    ? byCurrency
    : short;
}

type FixedPrice = Extract<Price, { amount_type: 'fixed' }>;
const isPlain = (price: Price): price is FixedPrice =>
  price.amount_type === 'fixed' && price.tax_behavior === null;

function shortPrice(price: Price, currency: string, nameOf: (meter: string) => string): unknown {
  if (isPlain(price))
    return price.price_currency === currency
      ? price.price_amount
      : { [price.price_currency]: price.price_amount };
  const named = price.amount_type === 'metered_unit' ? { ...price, meter: nameOf(price.meter) } : price;
  return withoutDefaults(named, (given) => priceModel.safeParse(given));
}

/** An object without the fields that mean the same when they are left out. `read`: what it means. */
export function withoutDefaults(
  whole: Readonly<Record<string, unknown>>,
  read: (given: Record<string, unknown>) => { success: boolean; data?: unknown },
): Record<string, unknown> {
  const meant = read({ ...whole });
  if (!meant.success) return { ...whole };
  const kept: Record<string, unknown> = { ...whole };
  for (const field of Object.keys(whole)) {
    const { [field]: _, ...rest } = kept;
    const without = read(rest);
    if (without.success && isSame(without.data, meant.data)) delete kept[field];
  }
  return kept;
}

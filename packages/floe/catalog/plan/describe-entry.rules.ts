import { formatAmount } from '../../../kit/amounts.ts';
import { count } from '../../words/names.rules.ts';
import type { Benefit } from '../model/benefits.rules.ts';
import { type Discount, type Entry, type Kind, placeOf, type Product } from '../model/catalog.rules.ts';
import type { Price } from '../model/prices.rules.ts';

/* What an entry is, in few words. */

export interface Wording {
  /** What people know an entry by, by `placeOf`. */
  names: ReadonlyMap<string, string>;
  /** Of the configuration: its prices come first. */
  currency: string;
}

/** What is new: words behind its name, and further lines. */
export function describeNew(
  kind: Kind,
  entry: Entry,
  wording: Wording,
): { words: string; lines: readonly string[] } {
  if (kind === 'benefits') return { words: ` (${(entry as Benefit).type})`, lines: [] };
  if (kind === 'discounts') return { words: `: ${describeDiscount(entry as Discount, wording)}`, lines: [] };
  if (kind !== 'products') return { words: '', lines: [] };
  const { prices, benefits, ...product } = entry as Product;
  const trial = timesOf(product.trial_interval, product.trial_interval_count);
  const every =
    product.recurring_interval_count === 1
      ? product.recurring_interval
      : timesOf(product.recurring_interval, product.recurring_interval_count);
  const words = [
    `${describePrices(prices, wording.currency)} ${every === null ? 'once' : `every ${every}`}`,
    ...(trial === null ? [] : [`trial of ${trial}`]),
  ];
  return {
    words: `: ${words.join(', ')}`,
    lines: benefits.length === 0 ? [] : [`gives ${describeBenefits(benefits, wording)}`],
  };
}

/** `14 days`. */
const timesOf = (unit: string | null, times: number | null): string | null =>
  unit === null ? null : count(times ?? 1, unit);

/** Of keys: what buyers read. */
export const describeBenefits = (keys: readonly string[], { names }: Wording): string =>
  listSome(keys.map((key) => names.get(placeOf('benefits', key)) ?? key));

/** `25% off once`. */
function describeDiscount(
  { type, basis_points, amounts, duration, duration_in_months, code }: Discount,
  { currency }: Wording,
): string {
  const off =
    type === 'percentage'
      ? `${(basis_points ?? 0) / 100}%`
      : Object.entries(amounts ?? {})
          .toSorted(([a], [b]) => (rankOf(a, currency) < rankOf(b, currency) ? -1 : 1))
          .map(([each, amount]) => formatAmount(amount, each, 'en'))
          .join(' or ');
  const time = duration === 'repeating' ? `for ${count(duration_in_months ?? 1, 'month')}` : duration;
  return `${off} off ${time}${code === null ? '' : `, code ${code}`}`;
}

const TYPES = ['fixed', 'custom', 'seat_based', 'unit_based', 'metered_unit'];

/** In one order, however Polar or the source has them: the catalogue's currency, US dollars, and the others by name. */
export function describePrices(prices: readonly Price[], currency: string): string {
  const placed = (price: Price) =>
    `${rankOf(price.price_currency, currency)} ${TYPES.indexOf(price.amount_type)} ${'meter' in price ? price.meter : ''}`;
  return prices
    .toSorted((a, b) => (placed(a) < placed(b) ? -1 : 1))
    .map(describePrice)
    .join(', ');
}

const rankOf = (each: string, currency: string): string =>
  `${each === currency ? 0 : each === 'usd' ? 1 : 2}${each}`;

/** `$5.00`, `from $5.00`, `free`. */
export function describePrice(price: Price): string {
  const amount = (value: number) => formatAmount(value, price.price_currency, 'en');
  switch (price.amount_type) {
    case 'fixed':
      return price.price_amount === 0 ? 'free' : amount(price.price_amount);
    case 'custom':
      return `from ${amount(price.minimum_amount)}`;
    case 'seat_based':
      return `${amount(price.seat_tiers.tiers[0]?.price_per_seat ?? 0)} a seat`;
    case 'metered_unit':
      return `${price.unit_amount} ${price.price_currency} a unit of ${price.meter}`;
    case 'unit_based':
      return `${price.tiers.tiers[0]?.unit_amount ?? 0} ${price.price_currency} a unit`;
    default:
      return (price as { amount_type: string }).amount_type;
  }
}

const SOME = 10;

/** The first ten, and how many more there are. */
function listSome(all: readonly string[]): string {
  const more = all.length > SOME ? ` and ${count(all.length - SOME, 'more', 'more')}` : '';
  return `${all
    .slice(0, SOME)
    .map((each) => each.replaceAll(/\s+/g, ' '))
    .join(', ')}${more}`;
}

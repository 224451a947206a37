import { formatAmount } from '../amounts.ts';
import type { Product } from './data.ts';
import type { Spoken } from './language.ts';
import { say } from './say.ts';

const INTERVALS = ['day', 'week', 'month', 'year'] as const;
/** `€9`, not `€9.00`, as prices are written. Older engines do not know it, and write the zeros. */
const SHORT = { trailingZeroDisplay: 'stripIfInteger' } as Intl.NumberFormatOptions;
/** From right to left a sign such as US$ would be torn apart. */
const CODE = { currencyDisplay: 'code' } as const;
type Interval = (typeof INTERVALS)[number];

type Price = Product['prices'][number];

/**
 * What a product costs as people read it: `€9 / month`, `€9 + €5 per seat / month`, `from €5`, `Free`; in several currencies
 * `€9 or $12`, since the checkout chooses among them.
 */
export function sayPrice(product: Product, spoken: Spoken): string {
  if (isFree(product)) return spoken.text.free;
  const currencies = [...new Set(product.prices.map(({ price_currency: currency }) => currency))];
  const said = currencies.map((currency) => sayIn(currency, product, spoken)).filter((each) => each !== '');
  return new Intl.ListFormat(spoken.locale, { type: 'disjunction' }).format(said);
}

const isZero = ({ amount_type: type, price_amount: amount }: Price) =>
  type === 'free' || (type === 'fixed' && amount === 0);
/** By the unit, or in tiers. */
const isByUse = ({ amount_type: type }: Price) => type.startsWith('metered');

function isFree({ prices }: Product): boolean {
  return prices.length > 0 && prices.every(isZero);
}

/** All that is charged in one currency: what comes each time, then what is charged by use. */
function sayIn(currency: string, product: Product, spoken: Spoken): string {
  const { text } = spoken;
  const { recurring_interval: interval, recurring_interval_count: count } = product;
  const prices = product.prices.filter((price) => price.price_currency === currency);
  const charged = prices.filter((price) => !isZero(price));
  if (charged.length === 0) return text.free;
  const amounts = charged.filter((price) => !isByUse(price)).map((price) => sayAmounts(price, spoken));
  const known = amounts.filter((each) => each !== undefined);
  const said = [
    ...(known.length === 0 ? [] : [sayPer(known.join(' + '), { interval, count }, spoken)]),
    ...(charged.some(isByUse) ? [text.byUse] : []),
  ].join(' + ');
  // A kind of price that Polar adds later is shown at the checkout.
  return said !== '' && known.length < amounts.length ? say(text.fromPrice, { price: said }) : said;
}

/** What one price says. Undefined for a kind that is not known. */
function sayAmounts(price: Price, spoken: Spoken): string | undefined {
  const { text } = spoken;
  const amountOf = (amount: number | null | undefined) =>
    typeof amount === 'number' ? sayAmount(amount, price.price_currency, spoken) : undefined;
  switch (price.amount_type) {
    case 'fixed':
      return amountOf(price.price_amount);
    case 'custom': {
      const least = price.minimum_amount ? amountOf(price.minimum_amount) : undefined;
      return least === undefined ? text.anyPrice : say(text.fromPrice, { price: least });
    }
    case 'seat_based': {
      const seat = amountOf(readSeatPrice(price.seat_tiers));
      return seat && say(text.perSeat, { price: seat });
    }
    default:
      return undefined;
  }
}

/** A price that is asked for, `€9`; what was paid is written with its zeros. */
export function sayAmount(
  amount: number,
  currency: string,
  { text, locale }: Pick<Spoken, 'text' | 'locale'>,
): string {
  return formatAmount(amount, currency, locale, text.dir === 'rtl' ? { ...SHORT, ...CODE } : SHORT);
}

/** `€9` for each time: `€9 / month`, `€9 / 3 months`. */
export function sayPer(
  price: string,
  { interval, count }: { interval: string | null; count: number | null },
  { text, locale }: Pick<Spoken, 'text' | 'locale'>,
): string {
  const unit = readInterval(interval);
  if (unit === undefined) return price;
  return say(text.perInterval, {
    price,
    interval: (count ?? 1) === 1 ? text[unit] : sayTime(count ?? 1, unit, locale),
  });
}

/** `Free trial: 7 days`, of a product that begins with one. */
export function sayTrial(product: Product, { text, locale }: Spoken): string | undefined {
  const { trial_interval: interval, trial_interval_count: count } = product;
  const unit = readInterval(interval);
  return unit === undefined ? undefined : say(text.trial, { time: sayTime(count ?? 1, unit, locale) });
}

/** What the button for a product says. */
export function sayButton(product: Product, text: Spoken['text']): string {
  if (readInterval(product.trial_interval) !== undefined) return text.startTrial;
  if (product.is_recurring) return text.subscribe;
  return isFree(product) ? text.getFree : text.buy;
}

/** `3 months`, in the plural that the language has for the number. */
function sayTime(count: number, unit: Interval, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

function readInterval(interval: string | null): Interval | undefined {
  return INTERVALS.find((each) => each === interval);
}

/** The price of one seat, when one is bought: that of the first tier. */
function readSeatPrice(tiers: unknown): number | undefined {
  const list: unknown = Object(tiers).tiers;
  const [first]: unknown[] = Array.isArray(list) ? list : [];
  const price: unknown = Object(first).price_per_seat;
  return typeof price === 'number' ? price : undefined;
}

/** What a checkout is to cost before discount and tax, minor units. */
export interface Money {
  amount: number;
  /** ISO 4217, in small letters. */
  currency: string;
}

/** What is expected of a product's price. */
export type Expected =
  | { kind: 'exactly'; money: Money[] }
  /** The buyer chooses. */
  | { kind: 'between'; least: number; most: number; currency: string }
  /** By seats or usage: only that a checkout can be made is checked. */
  | { kind: 'anything' };

/** A price as the product list shows it. */
export interface ListedPrice {
  amount_type: string;
  price_currency: string;
  price_amount?: number | null;
  minimum_amount?: number | null;
  maximum_amount?: number | null;
}

/** Reads `900usd`, an amount in minor units; undefined when it is none. */
export function readMoney(text: string): Money | undefined {
  const [, amount, currency] = /^(\d{1,9})\s*([a-z]{3})$/i.exec(text.trim()) ?? [];
  return amount === undefined || currency === undefined
    ? undefined
    : { amount: Number(amount), currency: currency.toLowerCase() };
}

/** What the listed prices of a product let one expect of its checkout. */
export function expectListed(prices: readonly ListedPrice[]): Expected {
  const fixed = prices.filter(({ amount_type }) => amount_type === 'fixed' || amount_type === 'free');
  if (fixed.length > 0)
    return {
      kind: 'exactly',
      money: fixed.map(({ price_amount, price_currency }) => ({
        amount: price_amount ?? 0,
        currency: price_currency,
      })),
    };
  const chosen = prices.find(({ amount_type }) => amount_type === 'custom');
  if (!chosen) return { kind: 'anything' };
  return {
    kind: 'between',
    least: chosen.minimum_amount ?? 0,
    most: chosen.maximum_amount ?? Number.MAX_SAFE_INTEGER,
    currency: chosen.price_currency,
  };
}

/** Why a checkout's price is not the expected one; undefined when it is. */
export function comparePrice(
  expected: Expected,
  found: { amount: number | null; currency: string | null },
): string | undefined {
  if (expected.kind === 'anything') return undefined;
  const { amount, currency } = found;
  const shown = amount === null || currency === null ? 'no price' : writeMoney({ amount, currency });
  if (expected.kind === 'exactly') {
    const isExpected = expected.money.some((each) => each.amount === amount && each.currency === currency);
    return isExpected
      ? undefined
      : `Polar asks for ${shown}, not ${expected.money.map(writeMoney).join(' or ')}.`;
  }
  const { least, most } = expected;
  const isWithin = currency === expected.currency && amount !== null && amount >= least && amount <= most;
  return isWithin ? undefined : `Polar asks for ${shown}, not for ${least} to ${most} ${expected.currency}.`;
}

/** As `readMoney` reads it. */
export const writeMoney = ({ amount, currency }: Money): string => `${amount}${currency}`;

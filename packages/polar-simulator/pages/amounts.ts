/*
 * The simulator's own copy of the kit's `amounts.ts`: it runs alone. A test compares the two over all currencies
 * (test/kit/amounts.test.ts).
 */

/** The currencies that Polar counts in whole units. It counts every other in hundredths, also those that are printed without. */
const WHOLE_CURRENCIES: ReadonlySet<string> = new Set(
  'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '),
);

/** How many minor units of Polar's make one of a currency: 1 or 100. */
export function minorUnitsIn(currency: string): 1 | 100 {
  return WHOLE_CURRENCIES.has(currency.toLowerCase()) ? 1 : 100;
}

/** `1250` in `usd` is `$12.50`: decimals as is usual for the currency, and never lost. */
export function formatAmount(amount: number, currency: string, locale: string): string {
  const style = { style: 'currency', currency } as const;
  const units = minorUnitsIn(currency);
  const exact = units === 1 ? 0 : 2;
  const usual = new Intl.NumberFormat(locale, style).resolvedOptions().maximumFractionDigits ?? exact;
  const shown = Math.min(usual, exact);
  const digits = amount % 10 ** (exact - shown) === 0 ? shown : exact;
  const options = { ...style, minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(locale, options).format(amount / units);
}

/**
 * The currencies that Polar counts in whole units. It counts every other in hundredths, also those that are printed
 * without decimals. `Intl` has other digits for ISK, HUF, IDR, UGX and more; by those a price would be shown a hundred
 * times too dear.
 */
const WHOLE_CURRENCIES: ReadonlySet<string> = /* @__PURE__ */ new Set(
  'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '),
);

/** How many minor units of Polar's make one of a currency: 1 or 100. */
export function minorUnitsIn(currency: string): 1 | 100 {
  return WHOLE_CURRENCIES.has(currency.toLowerCase()) ? 1 : 100;
}

/**
 * An amount of the gateway's or Polar's (minor units) as people read it: `1250` in `usd` is `$12.50`. Decimals are shown as
 * is usual for the currency, and never lost: `90050` in `isk` is `ISK 900.50`, `90000` is `ISK 900`.
 * `options` are those of `Intl.NumberFormat`. @throws {RangeError} for what is no currency code or no locale.
 */
export function formatAmount(
  amount: number,
  currency: string,
  locale?: string | string[],
  options: Intl.NumberFormatOptions = {},
): string {
  const style = { ...options, style: 'currency', currency } as const;
  const units = minorUnitsIn(currency);
  const exact = units === 1 ? 0 : 2;
  const usual = new Intl.NumberFormat(locale, style).resolvedOptions().maximumFractionDigits ?? exact;
  const shown = Math.min(usual, exact);
  const digits = amount % 10 ** (exact - shown) === 0 ? shown : exact;
  return new Intl.NumberFormat(locale, {
    ...style,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(amount / units);
}

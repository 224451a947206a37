/** Amounts as people read and write them. */

const WITHOUT_CENTS = new Set('jpy krw vnd clp xaf xof xpf djf gnf kmf mga pyg rwf ugx vuv'.split(' '));

/** How many minor units make one. */
export const minorUnitsIn = (currency: string): number => (WITHOUT_CENTS.has(currency) ? 1 : 100);

/** `1250` in `usd` is `$12.50`. */
export function money(minorUnits: number, currency: string): string {
  return new Intl.NumberFormat('en', { style: 'currency', currency: currency.toUpperCase() }).format(
    minorUnits / minorUnitsIn(currency),
  );
}

/** What was typed, in minor units; null when it is not an amount. */
export function parseMoney(typed: string, currency: string): number | null {
  if (!/^\d{1,8}([.,]\d{1,2})?$/.test(typed)) return null;
  return Math.round(Number(typed.replace(',', '.')) * minorUnitsIn(currency));
}

import { formatAmount, minorUnitsIn } from '../../kit/amounts.ts';

/** An amount in minor units as people write it: 1250 in `usd` is $12.50. Null when one of both is not known. */
export function money(amount: number | null, currency: string | null): string | null {
  if (amount === null || currency === null) return null;
  try {
    return formatAmount(amount, currency, 'en').replaceAll('\u00a0', ' ');
  } catch {
    // It is no ISO 4217 code.
    return `${amount} minor units of ${currency}`;
  }
}

/**
 * Minor units of what somebody has typed for a currency: `3.00` of `usd` is 300, `300` of `jpy` is 300. Of a currency with decimals both
 * must be there, so that nobody takes minor units for it.
 * @returns how it is written, when it is not written so
 */
export function readMoney(typed: string, currency: string): { amount: number } | { instead: string } {
  const code = currency.toUpperCase();
  if (minorUnitsIn(currency) === 1)
    return /^\d{1,12}$/.test(typed)
      ? { amount: Number(typed) }
      : { instead: `${code} is written without decimals: 300.` };
  const [, whole = '', cents = ''] = /^(\d{1,10})\.(\d\d)$/.exec(typed) ?? [];
  return whole === ''
    ? { instead: `${code} is written with two decimals: 3.00 for 300 minor units.` }
    : { amount: Number(whole) * 100 + Number(cents) };
}

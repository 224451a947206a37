/** Amounts as people read and write them. */

import { formatAmount, minorUnitsIn } from './amounts.ts';

/** `1250` in `usd` is `$12.50`. */
export const money = (amount: number, currency: string): string => formatAmount(amount, currency, 'en');

/** An amount as it is typed: `1250` in `usd` is `12.5`. */
export const asTyped = (amount: number, currency: string): string => String(amount / minorUnitsIn(currency));

/** What was typed, in minor units; null when it is not an amount of this currency. */
export function parseMoney(typed: string, currency: string): number | null {
  const units = minorUnitsIn(currency);
  if (!(units === 1 ? /^\d{1,8}$/ : /^\d{1,8}([.,]\d{1,2})?$/).test(typed)) return null;
  return Math.round(Number(typed.replace(',', '.')) * units);
}

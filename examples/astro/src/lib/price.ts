import { formatAmount } from '@floe/kit';
import type { Locale } from './locales.ts';

/** `$4` or `4,50 $`. */
export function showPrice(
  { amount, currency }: { amount: number; currency: string },
  locale: Locale,
): string {
  return formatAmount(amount, currency, locale, { trailingZeroDisplay: 'stripIfInteger' });
}

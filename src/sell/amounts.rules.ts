import * as z from 'zod/mini';
import { once } from '../base/once.rules.ts';

/** Polar's largest amount, in minor units of any currency. */
export const MAX_MINOR_UNITS = 99_999_999;

export const HAS_ITS_PRICE = 'This product has a price of its own: leave amount out.';

const price = once(() =>
  z.looseObject({
    amount_type: z.string(),
    price_currency: z.catch(z.string(), ''),
    minimum_amount: z.catch(z.number(), 0),
    maximum_amount: z.catch(z.nullable(z.number()), null),
    is_archived: z.catch(z.boolean(), false),
  }),
);

/**
 * Why these prices do not take an amount (minor units) that the buyer chose, as a sentence. Undefined: one of them does, or
 * they are not known, and Polar decides. The currency is chosen at the checkout, so an amount is refused only where it fits none. Polar's
 * least amount of a currency, which is above zero, is not in a price whose minimum is zero, and is Polar's to hold.
 */
export function refusalOfAmount(prices: readonly unknown[], amount: number): string | undefined {
  const read = prices.map((each) => price().safeParse(each).data);
  if (read.length === 0 || read.includes(undefined)) return undefined;
  const chosen = read.flatMap((each) =>
    each?.amount_type === 'custom' && !each.is_archived
      ? [
          {
            currency: each.price_currency,
            least: each.minimum_amount,
            most: each.maximum_amount ?? MAX_MINOR_UNITS,
          },
        ]
      : [],
  );
  if (chosen.length === 0) return HAS_ITS_PRICE;
  if (chosen.some(({ least, most }) => least <= amount && amount <= most)) return undefined;
  return `Must be ${chosen.map(({ currency, least, most }) => `from ${least} to ${most} (${currency})`).join(' or ')}, in minor units.`;
}

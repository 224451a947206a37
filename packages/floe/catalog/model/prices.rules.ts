import * as z from 'zod';

/*
 * Prices as Polar names them, in one spelling each, so that two lists say the same when they are equal. What Polar refers to by id is
 * referred to by key here.
 */

/** Of any amount at Polar, in minor units. */
const MAX_AMOUNT = 99_999_999;
const MAX_CAP = 2_147_483_647;

export const amountField = z
  .int('must be a whole number of minor units: 700 is $7.00')
  .min(0)
  .max(MAX_AMOUNT);
export const currencyField = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z]{3}$/, 'must be a currency of three letters, such as usd');

const common = {
  price_currency: currencyField.default('usd'),
  tax_behavior: z.enum(['location', 'inclusive', 'exclusive']).nullable().default(null),
};

const seatTier = z.strictObject({
  min_seats: z.int().min(1),
  max_seats: z.int().min(1).nullable().default(null),
  price_per_seat: amountField,
});

/** `0.050` and `.05` are one amount: Polar keeps up to twelve places. */
const decimalField = z
  .union([z.number().min(0).transform(String), z.string()])
  .pipe(
    z
      .string()
      .regex(
        /^\d{0,5}(?:\.\d{1,12})?$/,
        'must be a decimal number of minor units, with at most twelve places',
      ),
  )
  .transform(plainDecimal);

const unitTier = z.strictObject({
  /** The last unit of the tier; null: no end. */
  bound: z.int().min(1).nullable().default(null),
  unit_amount: decimalField,
});

/** Of a price list: what is asked for. */
export const priceModel = z.discriminatedUnion('amount_type', [
  z.strictObject({ ...common, amount_type: z.literal('fixed'), price_amount: amountField }),
  z.strictObject({
    ...common,
    amount_type: z.literal('custom'),
    minimum_amount: amountField.default(50),
    maximum_amount: amountField.nullable().default(null),
    preset_amount: amountField.nullable().default(null),
  }),
  z.strictObject({
    ...common,
    amount_type: z.literal('seat_based'),
    seat_tiers: z.strictObject({
      seat_tier_type: z.enum(['volume', 'graduated']).default('volume'),
      tiers: z.array(seatTier).min(1),
    }),
  }),
  z.strictObject({
    ...common,
    amount_type: z.literal('metered_unit'),
    /** The key of a meter. */
    meter: z.string(),
    unit_amount: decimalField,
    cap_amount: z.int().min(0).max(MAX_CAP).nullable().default(null),
  }),
  z.strictObject({
    ...common,
    amount_type: z.literal('unit_based'),
    tiers: z.strictObject({ type: z.enum(['volume', 'graduated']), tiers: z.array(unitTier).min(1) }),
    minimum_units: z.int().min(1).nullable().default(null),
    maximum_units: z.int().min(1).nullable().default(null),
  }),
]);
export type Price = z.output<typeof priceModel>;

/** `0700.50` → `700.5`. */
export function plainDecimal(text: string): string {
  const [whole = '', places = ''] = text.split('.');
  const kept = places.replace(/0+$/, '');
  const plain = whole.replace(/^0+(?=\d)/, '') || '0';
  return kept === '' ? plain : `${plain}.${kept}`;
}

/** What is wrong with a list of prices as a whole, in words; Polar refuses the same (FACTS.md, section 11). */
export function faultsOfPrices(prices: readonly Price[], isRecurring: boolean): string[] {
  const faults: string[] = [];
  const structures = new Set<string>();
  for (const currency of new Set(prices.map((each) => each.price_currency))) {
    const own = prices.filter((each) => each.price_currency === currency);
    const kinds = own.map(({ amount_type }) => amount_type);
    const flat = kinds.filter((kind) => kind === 'fixed' || kind === 'custom').length;
    const meters = own.flatMap((each) => (each.amount_type === 'metered_unit' ? [each.meter] : []));
    const times = (wanted: Price['amount_type']) => kinds.filter((kind) => kind === wanted).length;
    if (flat > 1 || times('seat_based') > 1 || times('unit_based') > 1)
      faults.push(`has more than one price in ${currency}`);
    if (kinds.includes('custom') && own.length > 1)
      faults.push('has a price that the buyer chooses beside others; it stands alone');
    if (new Set(meters).size < meters.length) faults.push(`prices a meter twice in ${currency}`);
    structures.add(kinds.toSorted().join());
  }
  if (structures.size > 1) faults.push('has other kinds of prices in one currency than in another');
  if (!isRecurring && prices.some(({ amount_type }) => amount_type === 'metered_unit'))
    faults.push('has a metered price, which only a subscription can have');
  for (const price of prices) {
    const least = leastAmount(price.price_currency);
    if (price.amount_type === 'fixed' && price.price_amount > 0 && price.price_amount < least)
      faults.push(`costs less than ${least}, the least that Polar takes in ${price.price_currency}`);
  }
  return faults;
}

/** In minor units. The API's description lists more of them; the others are as a rule 50. */
const LEAST: Readonly<Record<string, number>> = { gbp: 40 };
const LEAST_OF_OTHERS = 50;
const leastAmount = (currency: string): number => LEAST[currency] ?? LEAST_OF_OTHERS;

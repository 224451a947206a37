import * as z from 'zod/mini';
import type { CheckoutOptions } from './checkout-options.rules.ts';
import { MAX_MINOR_UNITS } from './amounts.rules.ts';
import { fitting, line, lines, text, uuid, wholeNumber } from '../http/shapes.ts';

/* The options of a checkout as requests have them. */

/** Polar is asked about each that was never seen. */
const MAX_PRODUCTS = 10;
const MAX_PRICES = 10;
const MAX_TIERS = 20;
export const MAX_SEATS = 10_000;
const MAX_ANSWERS = 50;
const MAX_ANSWER_CHARS = 2_000;

const amount = () => wholeNumber(0, MAX_MINOR_UNITS);
const flag = () => z.boolean('Must be true or false.');

/** ISO 4217, as Polar writes it. */
export const currency = () =>
  z
    .string()
    .check(
      z.maxLength(3, { error: 'Must be a currency’s three letters, such as eur.', abort: true }),
      z.toLowerCase(),
      z.regex(/^[a-z]{3}$/, 'Must be a currency’s three letters, such as eur.'),
    );

const ofEachPrice = {
  price_currency: currency(),
  tax_behavior: z.optional(z.enum(['location', 'inclusive', 'exclusive'])),
};

const seatTier = z.strictObject({
  min_seats: wholeNumber(1, MAX_SEATS),
  max_seats: z.optional(z.nullable(wholeNumber(1, MAX_SEATS))),
  price_per_seat: amount(),
});

const unitTier = z.strictObject({
  bound: z.optional(z.nullable(wholeNumber(1, MAX_MINOR_UNITS))),
  unit_amount: amount(),
});

const tiers = <T extends z.ZodMiniType>(tier: T) =>
  z
    .array(tier)
    .check(
      z.minLength(1, 'Name at least one tier.'),
      z.maxLength(MAX_TIERS, `Must have at most ${MAX_TIERS} tiers.`),
    );

/** Metered prices are not among them: a meter is the organization's, and counts for every app. */
const price = z.discriminatedUnion('amount_type', [
  z.strictObject({ amount_type: z.literal('fixed'), ...ofEachPrice, price_amount: amount() }),
  z.strictObject({
    amount_type: z.literal('custom'),
    ...ofEachPrice,
    minimum_amount: z.optional(amount()),
    maximum_amount: z.optional(z.nullable(wholeNumber(1, MAX_MINOR_UNITS))),
    preset_amount: z.optional(z.nullable(amount())),
  }),
  z.strictObject({
    amount_type: z.literal('seat_based'),
    ...ofEachPrice,
    seat_tiers: z.strictObject({
      seat_tier_type: z.optional(z.enum(['volume', 'graduated'])),
      tiers: tiers(seatTier),
    }),
  }),
  z.strictObject({
    amount_type: z.literal('unit_based'),
    ...ofEachPrice,
    tiers: z.strictObject({ type: z.enum(['volume', 'graduated']), tiers: tiers(unitTier) }),
    minimum_units: z.optional(z.nullable(wholeNumber(1, MAX_MINOR_UNITS))),
  }),
]);

/** Products to choose from; the first is chosen until the buyer chooses. */
const productIds = () =>
  z.array(uuid()).check(
    z.minLength(1, 'Name at least one product.'),
    z.maxLength(MAX_PRODUCTS, `Must have at most ${MAX_PRODUCTS} products.`),
    z.refine((ids) => new Set(ids).size === ids.length, 'Must name each product once.'),
  );

export const checkoutOptions = {
  product_ids: z.optional(productIds()),
  prices: z.optional(
    z.record(
      uuid(),
      z
        .array(price)
        .check(
          z.minLength(1, 'Name at least one price.'),
          z.maxLength(MAX_PRICES, `Must have at most ${MAX_PRICES} prices.`),
        ),
    ),
  ),
  min_seats: z.optional(wholeNumber(1, MAX_SEATS)),
  max_seats: z.optional(wholeNumber(1, MAX_SEATS)),
  min_units: z.optional(wholeNumber(1, MAX_MINOR_UNITS)),
  max_units: z.optional(wholeNumber(1, MAX_MINOR_UNITS)),
  trial_interval: z.optional(z.enum(['day', 'week', 'month', 'year'])),
  trial_interval_count: z.optional(wholeNumber(1, 1000)),
  allow_trial: z.optional(flag()),
  custom_field_data: z.optional(
    z
      .record(
        text(100),
        z.union(
          [lines(MAX_ANSWER_CHARS), z.int(), z.boolean()],
          'Must be text, a whole number or a boolean.',
        ),
      )
      .check(
        z.refine(
          (answers) => Object.keys(answers).length <= MAX_ANSWERS,
          `Must have at most ${MAX_ANSWERS} keys.`,
        ),
      ),
  ),
  require_billing_address: z.optional(flag()),
};

/** Of the buyer: what an invoice names. Polar keeps it, and no event shows it. */
export const billing = {
  billing_name: z.optional(line(256)),
  billing_address: z.optional(
    z.strictObject({
      country: fitting(2, /^[A-Z]{2}$/, 'Must be a country’s two letters, such as DE.'),
      state: z.optional(line(100)),
      city: z.optional(line(200)),
      postal_code: z.optional(line(40)),
      line1: z.optional(line(256)),
      line2: z.optional(line(256)),
    }),
  ),
  tax_id: z.optional(line(64)),
  is_business: z.optional(flag()),
};

type GivenOptions = z.output<z.ZodMiniObject<typeof checkoutOptions>> & {
  seats?: number | undefined;
  units?: number | undefined;
  currency?: string | undefined;
};
type GivenBilling = z.output<z.ZodMiniObject<typeof billing>>;

/** The options of a request that the schema let through. */
export function readOptions(
  body: GivenOptions,
  customer: GivenBilling = {},
): Omit<CheckoutOptions, 'otherProductIds'> {
  const { billing_address: address, billing_name: name, tax_id: taxId, is_business: isBusiness } = customer;
  return {
    prices: body.prices as CheckoutOptions['prices'],
    seats: body.seats,
    minSeats: body.min_seats,
    maxSeats: body.max_seats,
    units: body.units,
    minUnits: body.min_units,
    maxUnits: body.max_units,
    trial:
      body.trial_interval === undefined
        ? undefined
        : { interval: body.trial_interval, count: body.trial_interval_count ?? 1 },
    allowTrial: body.allow_trial,
    customFieldData: body.custom_field_data,
    requireBillingAddress: body.require_billing_address,
    billing: {
      address: address as NonNullable<CheckoutOptions['billing']>['address'],
      name,
      taxId,
      isBusiness,
    },
    currency: body.currency,
  };
}

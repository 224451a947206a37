import * as z from 'zod/mini';
import { once } from '../base/once.rules.ts';

/* What Polar sells on which terms, as far as a change of a subscription is computed from it. Amounts are minor units. */

const tier = once(() =>
  z.looseObject({ min_seats: z.int(), max_seats: z.nullish(z.int()), price_per_seat: z.int() }),
);
const price = once(() =>
  z.looseObject({
    amount_type: z.string(),
    price_currency: z.string(),
    is_archived: z.optional(z.boolean()),
    price_amount: z.nullish(z.int()),
    seat_tiers: z.nullish(
      z.looseObject({
        seat_tier_type: z.nullish(z.string()),
        tiers: z.array(tier()),
        minimum_seats: z.nullish(z.int()),
      }),
    ),
  }),
);
export type Price = z.output<ReturnType<typeof price>>;

const discount = once(() =>
  z.looseObject({
    id: z.string(),
    type: z.string(),
    basis_points: z.nullish(z.int()),
    amount: z.nullish(z.int()),
    currency: z.nullish(z.string()),
    amounts: z.nullish(z.record(z.string(), z.int())),
    duration: z.string(),
    duration_in_months: z.nullish(z.int()),
  }),
);
export type Discount = z.output<ReturnType<typeof discount>>;

/** A whole subscription. */
export const subscriptionTerms = once(() =>
  z.looseObject({
    id: z.string(),
    status: z.string(),
    currency: z.string(),
    product_id: z.string(),
    recurring_interval: z.string(),
    recurring_interval_count: z.int(),
    current_period_start: z.string(),
    current_period_end: z.string(),
    trial_start: z.nullish(z.string()),
    ended_at: z.nullish(z.string()),
    cancel_at_period_end: z.boolean(),
    pause_at_period_end: z.nullish(z.boolean()),
    seats: z.nullish(z.int()),
    prices: z.array(price()),
    discount: z.nullish(discount()),
    product: z.looseObject({ organization_id: z.string() }),
  }),
);
export type SubscriptionTerms = z.output<ReturnType<typeof subscriptionTerms>>;

/** A whole product. */
export const productTerms = once(() =>
  z.looseObject({
    id: z.string(),
    is_recurring: z.boolean(),
    recurring_interval: z.nullish(z.string()),
    recurring_interval_count: z.nullish(z.int()),
    trial_interval: z.nullish(z.string()),
    trial_interval_count: z.nullish(z.int()),
    prices: z.array(price()),
  }),
);
export type ProductTerms = z.output<ReturnType<typeof productTerms>>;

/** The products that a discount is for; none: all. */
export const discountProducts = once(() =>
  z.looseObject({ products: z.array(z.looseObject({ id: z.string() })) }),
);

/** When an organization has the difference of a change charged. */
export const organizationTerms = once(() =>
  z.looseObject({ subscription_settings: z.looseObject({ proration_behavior: z.string() }) }),
);

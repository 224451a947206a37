import * as z from 'zod/mini';
import { discount } from '../../base/payment.answers.ts';
import { list, timestamp } from '../../http/shapes.ts';

/** The product that a subscription is of. */
export const subscribedProduct = z.object({
  id: z.string(),
  name: z.nullable(z.string()),
  plan: z.nullable(z.string()),
});

/** Whose subscription it is. */
export const subscriber = z.object({
  id: z.string(),
  external_id: z.nullable(z.string()),
  email: z.nullable(z.string()),
});

/** What changes at the next renewal. */
export const pendingUpdate = z.object({
  product_id: z.nullable(z.string()),
  seats: z.nullable(z.int()),
  units: z.nullable(z.int()),
  applies_at: z.nullable(timestamp),
});

/** A subscription as apps see it. What Polar has not told yet of one from an earlier release is null. */
export const subscription = z.object({
  /** Polar's own. */
  id: z.string(),
  status: z.string(),
  product: subscribedProduct,
  /** What a period costs, less the discount and before tax. */
  amount: z.nullable(z.int()),
  currency: z.nullable(z.string()),
  interval: z.nullable(z.string()),
  interval_count: z.nullable(z.int()),
  current_period_start: timestamp,
  current_period_end: timestamp,
  trial_start: z.nullable(timestamp),
  trial_end: z.nullable(timestamp),
  cancel_at_period_end: z.boolean(),
  canceled_at: z.nullable(timestamp),
  /** When it is to end, and when it did. */
  ends_at: z.nullable(timestamp),
  ended_at: z.nullable(timestamp),
  pause_at_period_end: z.nullable(z.boolean()),
  paused_at: z.nullable(timestamp),
  resumes_at: z.nullable(timestamp),
  past_due_at: z.nullable(timestamp),
  cancellation_reason: z.nullable(z.string()),
  cancellation_comment: z.nullable(z.string()),
  seats: z.nullable(z.int()),
  units: z.nullable(z.int()),
  discount: z.nullable(discount),
  /** What changes at the next renewal; what is null in it stays. */
  pending_update: z.nullable(pendingUpdate),
  customer: subscriber,
  first_payment_id: z.nullable(z.string()),
  latest_payment_id: z.nullable(z.string()),
  created_at: timestamp,
});
export type SubscriptionView = z.output<typeof subscription>;
export const subscriptionList = list(subscription);

export const billItem = z.object({
  type: z.enum(['unused_time', 'remaining_time', 'seats', 'period', 'discount', 'balance']),
  amount: z.int(),
});

/** What is due at one time. */
export const bill = z.object({
  /** Due then. */
  amount: z.int(),
  /** Goes to the customer's balance, which pays what is due next. */
  credit: z.int(),
  items: z.array(billItem),
});

/** What is due at the next renewal. */
export const renewalBill = z.object({ at: timestamp, ...bill.shape });

/** What a change would cost, in minor units before tax. */
export const preview = z.object({
  estimated: z.literal(true),
  proration: z.enum(['invoice', 'prorate', 'next_period']),
  currency: z.string(),
  takes_effect_at: timestamp,
  now: bill,
  next_renewal: z.nullable(renewalBill),
  /** What each period costs from then on, less the discount. */
  amount: z.int(),
});
export type PreviewView = z.output<typeof preview>;

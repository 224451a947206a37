/** The disjoint shapes of `PATCH /v1/subscriptions/{id}` (facts §1.8). */

import * as z from 'zod';
import { metadataField, timeField, uuidField } from '../http/input.ts';

const proration = z.enum(['invoice', 'prorate', 'next_period', 'reset']).nullish();
export const reason = z
  .enum([
    'customer_service',
    'low_quality',
    'missing_features',
    'switched_service',
    'too_complex',
    'too_expensive',
    'unused',
    'other',
  ])
  .nullish();

const why = { customer_cancellation_reason: reason, customer_cancellation_comment: z.string().nullish() };

export const shapes = {
  cancel_at_period_end: z.strictObject({ cancel_at_period_end: z.boolean(), ...why }),
  revoke: z.strictObject({ revoke: z.literal(true), ...why }),
  pause_at_period_end: z.strictObject({ pause_at_period_end: z.boolean(), resumes_at: timeField.nullish() }),
  resume: z.strictObject({ resume: z.literal(true) }),
  pending_update: z.strictObject({ pending_update: z.null() }),
  seats: z.strictObject({ seats: z.number().int().min(1), proration_behavior: proration }),
  units: z.strictObject({ units: z.number().int().min(1), proration_behavior: proration }),
  current_billing_period_end: z.strictObject({ current_billing_period_end: timeField }),
  base: z.strictObject({
    metadata: metadataField.optional(),
    product_id: uuidField.nullish(),
    proration_behavior: proration,
    discount_id: uuidField.nullish(),
    trial_end: z.union([z.literal('now'), timeField]).nullish(),
  }),
};

/** Picks the shape by its telling key, so that a mistake is explained in the terms of that shape. */
export function shapeOf(input: unknown): z.ZodType<SubscriptionChange> {
  for (const [key, shape] of Object.entries(shapes)) {
    if (typeof input === 'object' && input !== null && key in input) return shape;
  }
  return shapes.base;
}

export type SubscriptionChange = {
  [Key in keyof typeof shapes]: z.output<(typeof shapes)[Key]>;
}[keyof typeof shapes];

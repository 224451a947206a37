import * as z from 'zod/mini';
import { list, timestamp } from '../../http/shapes.ts';
import { payer } from '../../base/payment.answers.ts';

/* What the routes of discounts answer. */

export const appDiscount = z.object({
  id: z.string(),
  name: z.string(),
  code: z.nullable(z.string()),
  status: z.enum(['active', 'scheduled', 'ended', 'exhausted']),
  type: z.enum(['percentage', 'fixed']),
  basis_points: z.nullable(z.int()),
  amounts: z.nullable(z.record(z.string(), z.int())),
  duration: z.enum(['once', 'forever', 'repeating']),
  duration_in_months: z.nullable(z.int()),
  starts_at: z.nullable(timestamp),
  ends_at: z.nullable(timestamp),
  max_redemptions: z.nullable(z.int()),
  max_redemptions_per_customer: z.nullable(z.int()),
  redemptions: z.int(),
  remaining: z.nullable(z.int()),
  product_ids: z.array(z.string()),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  created_at: timestamp,
});
export type AppDiscountView = z.output<typeof appDiscount>;
export const appDiscountList = list(appDiscount);

export const remainingOfDiscount = z.object({
  id: z.string(),
  remaining: z.nullable(z.int()),
  max_redemptions: z.nullable(z.int()),
  redemptions: z.int(),
  status: appDiscount.shape.status,
  ends_at: z.nullable(timestamp),
  as_of: timestamp,
});
export type RemainingView = z.output<typeof remainingOfDiscount>;

export const redemption = z.object({
  payment_id: z.string(),
  status: z.string(),
  product_id: z.nullable(z.string()),
  amount: z.nullable(z.int()),
  discount_amount: z.nullable(z.int()),
  currency: z.nullable(z.string()),
  customer: payer,
  redeemed_at: z.nullable(timestamp),
});
export type RedemptionView = z.output<typeof redemption>;
export const redemptionList = list(redemption);

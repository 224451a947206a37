import * as z from 'zod/mini';

/*
 * Polar's objects, as far as Floe reads them: from webhooks, from API answers, or embedded in another object.
 * Unknown keys and unknown enum values pass: Polar may add both tomorrow. Times stay ISO text here.
 */

const text = z.string();
const nullableText = z.nullish(z.string());
const metadata = z._default(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])), {});
const identity = { id: text, created_at: text, modified_at: nullableText };

export const customerObject = z.looseObject({
  ...identity,
  email: nullableText,
  name: nullableText,
  deleted_at: nullableText,
  organization_id: z.optional(text),
});

const productFields = {
  ...identity,
  name: text,
  is_archived: z.boolean(),
  is_recurring: z.boolean(),
  metadata,
};
/** A product inside an order has no prices and no benefits: enough to know it, not to sell it. */
export const productObject = z.looseObject({
  ...productFields,
  prices: z.optional(z.array(z.unknown())),
  benefits: z.optional(z.array(z.unknown())),
});

export const benefitObject = z.looseObject({
  ...identity,
  type: text,
  description: text,
  is_deleted: z._default(z.boolean(), false),
  metadata,
});

export const subscriptionObject = z.looseObject({
  ...identity,
  status: text,
  current_period_start: text,
  current_period_end: text,
  cancel_at_period_end: z.boolean(),
  canceled_at: nullableText,
  started_at: nullableText,
  ends_at: nullableText,
  ended_at: nullableText,
  past_due_at: nullableText,
  paused_at: nullableText,
  customer_id: text,
  product_id: text,
  checkout_id: nullableText,
  metadata,
  customer: z.optional(customerObject),
  product: z.nullish(productObject),
});

export const orderObject = z.looseObject({
  ...identity,
  status: text,
  billing_reason: text,
  net_amount: z.int(),
  total_amount: z.int(),
  refunded_amount: z.int(),
  currency: text,
  customer_id: text,
  product_id: nullableText,
  checkout_id: nullableText,
  subscription_id: nullableText,
  is_invoice_generated: z._default(z.boolean(), false),
  platform_fee_currency: nullableText,
  metadata,
  customer: z.optional(customerObject),
  product: z.nullish(productObject),
  subscription: z.nullish(subscriptionObject),
});

export const refundObject = z.looseObject({
  ...identity,
  status: text,
  reason: text,
  revoke_benefits: z.nullish(z.boolean()),
  amount: z.int(),
  currency: text,
  order_id: text,
  customer_id: text,
});

export const grantObject = z.looseObject({
  ...identity,
  benefit_id: text,
  customer_id: text,
  member_id: nullableText,
  member: z.nullish(z.looseObject({ id: text, role: nullableText })),
  order_id: nullableText,
  subscription_id: nullableText,
  is_granted: z.boolean(),
  is_revoked: z.boolean(),
  granted_at: nullableText,
  revoked_at: nullableText,
  properties: z._default(z.record(z.string(), z.unknown()), {}),
  customer: z.optional(customerObject),
  benefit: z.optional(benefitObject),
});

export const checkoutObject = z.looseObject({
  ...identity,
  status: text,
  customer_id: nullableText,
  product_id: nullableText,
  expires_at: text,
  total_amount: z.nullish(z.int()),
  currency: nullableText,
  metadata,
});

export const disputeObject = z.looseObject({
  ...identity,
  status: text,
  amount: z.int(),
  tax_amount: z.nullish(z.int()),
  currency: text,
  reason: nullableText,
  evidence_due_by: nullableText,
  order_id: text,
  customer: z.optional(z.looseObject({ id: text })),
});

/** A subscription or order of which seats were bought. */
export const seatPurchase = z.looseObject({ status: text, seats: z.int(), subscription_id: nullableText });

/** The seats of one purchase. */
export const seatsObject = z.looseObject({ seats: z.array(z.unknown()) });

/** Anything with an id: what is stored without being understood further. */
export const plainObject = z.looseObject({
  id: text,
  created_at: z.nullish(text),
  modified_at: nullableText,
});

/** The envelope of every webhook. */
export const envelope = z.looseObject({ type: text, timestamp: text, data: z.looseObject({}) });

export type CustomerObject = z.output<typeof customerObject>;
export type ProductObject = z.output<typeof productObject>;
export type BenefitObject = z.output<typeof benefitObject>;
export type SubscriptionObject = z.output<typeof subscriptionObject>;
export type OrderObject = z.output<typeof orderObject>;
export type RefundObject = z.output<typeof refundObject>;
export type GrantObject = z.output<typeof grantObject>;
export type DisputeObject = z.output<typeof disputeObject>;
export type PlainObject = z.output<typeof plainObject>;

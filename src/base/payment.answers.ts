import * as z from 'zod/mini';
import { PAYMENT_KINDS, PAYMENT_STATUSES } from './payment-states.rules.ts';

const timestamp = z.iso.datetime();

/** What was bought. `plan` is what stands behind the app's slug in the product's name. */
export const paidProduct = z.object({
  id: z.nullable(z.string()),
  name: z.nullable(z.string()),
  plan: z.nullable(z.string()),
});

/** The discount that was taken off. */
export const discount = z.object({
  id: z.string(),
  code: z.nullable(z.string()),
  name: z.nullable(z.string()),
});

/** Who pays. `id` is Polar's and is null until it is known. */
export const payer = z.object({
  id: z.nullable(z.string()),
  external_id: z.nullable(z.string()),
  email: z.nullable(z.string()),
});

/** A payment as apps see it: in `/v1/payments` and in every event about it. */
export const payment = z.object({
  id: z.string(),
  status: z.enum(PAYMENT_STATUSES),
  kind: z.enum(PAYMENT_KINDS),
  method: z.string(),
  /** A dispute of its order is open or was lost. */
  disputed: z.boolean(),
  product: paidProduct,
  /** Charged: `net_amount` and `tax_amount` together. */
  amount: z.nullable(z.int()),
  net_amount: z.nullable(z.int()),
  tax_amount: z.nullable(z.int()),
  discount_amount: z.nullable(z.int()),
  /** Without its tax. */
  refunded_amount: z.int(),
  refunded_tax_amount: z.int(),
  /** What is left to be refunded, without its tax. */
  refundable_amount: z.int(),
  currency: z.nullable(z.string()),
  billing_reason: z.nullable(z.string()),
  discount: z.nullable(discount),
  invoice_number: z.nullable(z.string()),
  failure_reason: z.nullable(z.string()),
  customer: payer,
  checkout_id: z.nullable(z.string()),
  checkout_url: z.nullable(z.string()),
  order_id: z.nullable(z.string()),
  subscription_id: z.nullable(z.string()),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  created_at: timestamp,
  succeeded_at: z.nullable(timestamp),
  expires_at: z.nullable(timestamp),
});
export type PaymentView = z.output<typeof payment>;

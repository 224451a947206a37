import * as z from 'zod/mini';

const timestamp = z.iso.datetime();

/** A payment as apps see it: in `/v1/payments` and in every event about it. */
export const payment = z.object({
  id: z.string(),
  status: z.string(),
  kind: z.string(),
  method: z.string(),
  product_id: z.nullable(z.string()),
  amount: z.nullable(z.int()),
  refunded_amount: z.int(),
  currency: z.nullable(z.string()),
  customer: z.object({
    id: z.nullable(z.string()),
    external_id: z.nullable(z.string()),
    email: z.nullable(z.string()),
  }),
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

import * as z from 'zod/mini';
import { document } from '../http/route-docs.ts';
import { getOnePayment, getPayments, postPayment } from './payments.routes.ts';
import { list, timestamp } from '../http/shapes.ts';

const tag = 'Payments';

/** A payment on the wire, see `viewPayment`. */
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

export const paymentsDocs = document([
  [
    postPayment,
    {
      tag,
      summary: 'Create a payment',
      description:
        'Opens a checkout and answers with its `checkout_url`. Name the product as `product_id` or as `metadata.polar_product_id`, which names the product only and is not kept as metadata. `success_url` and `return_url` must be beneath one of the app’s callback URLs; without `success_url` the first callback URL is used. `customer.external_id` is your name for your user; what it claims opens this purchase only, until you vouch for it. With `code_challenge` (S256) only the holder of the verifier can exchange the code that the buyer comes back with. A purchase is proven by `payment.succeeded`, never by the buyer’s return.',
      responses: { 201: { description: 'The pending payment', schema: payment } },
      problems: [
        'unsupported_method',
        'unknown_product',
        'product_archived',
        'disallowed_url',
        'mode_not_configured',
        'polar_rejected',
        'polar_failed',
        'polar_unavailable',
        'idempotency_in_progress',
        'idempotency_mismatch',
      ],
    },
  ],
  [
    getPayments,
    {
      tag,
      summary: 'List payments',
      description:
        'Newest first. `customer` is a Polar id or `external:<id>`; `created_after` is inclusive, `created_before` is not.',
      responses: { 200: { description: 'A page of payments', schema: list(payment) } },
    },
  ],
  [
    getOnePayment,
    {
      tag,
      summary: 'Read a payment',
      responses: { 200: { description: 'The payment', schema: payment } },
      problems: ['not_found'],
    },
  ],
]);

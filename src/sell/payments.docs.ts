import { payment } from '../base/payment.answers.ts';
import { document } from '../http/route-docs.ts';
import { getOnePayment, getPayments, postPayment } from './payments.routes.ts';
import { list } from '../http/shapes.ts';

const tag = 'Payments';

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

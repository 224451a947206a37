import { payment } from '../base/payment.answers.ts';
import { document } from '../http/route-docs.ts';
import { paymentList } from './payments.answers.ts';
import { getOnePayment, getPayments, postPayment } from './payments.routes.ts';

const tag = 'Payments';

export const paymentsDocs = document([
  [
    postPayment,
    {
      id: 'createPayment',
      tag,
      summary: 'Create a payment',
      description:
        'Opens a checkout and answers with its `checkout_url`. Name the product as `product_id` or as `metadata.polar_product_id`, which names the product only and is not kept as metadata. `success_url` and `return_url` must be beneath one of the app’s callback URLs; without `success_url` the first callback URL is used. `customer.external_id` is your name for your user; what it claims opens this purchase only, until you vouch for it. `discount_code` and `discount_id` must be the app’s: bound at Polar to its products only, or marked by `gateway_product` in the discount’s metadata. Buyers can type codes at Polar only with `allow_discount_codes`, which is taken when every code that applies to the product is the app’s. `amount`, in minor units, is for products whose price the buyer chooses, within the price’s limits; with any other it is `422`. `product_ids` lets the buyer choose among up to ten products; `product_id` is then the one that is chosen at first. `prices` are prices for this checkout alone, by product. `units`, `currency`, a trial (`trial_interval` and `trial_interval_count`, or `allow_trial: false`), `custom_field_data` by the slugs of the product’s custom fields, `require_billing_address` and the buyer’s `billing_name`, `billing_address`, `tax_id` and `is_business` are passed on to Polar, and not kept here. `embed_origin` must be one of the app’s origins and in Polar’s list of embed hosts. A user whose external id you vouched for, and who has a subscription where Polar allows one in all, is `409 already_subscribed`: with `subscription_id` when it is this app’s, so that it can be changed instead. With `code_challenge` (S256) only the holder of the verifier can exchange the code that the buyer comes back with. A purchase is proven by `payment.succeeded`, never by the buyer’s return.',
      responses: { 201: { description: 'The pending payment', schema: payment } },
      problems: [
        'unsupported_method',
        'unknown_product',
        'product_archived',
        'unknown_discount',
        'foreign_discount_codes',
        'already_subscribed',
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
      id: 'listPayments',
      tag,
      summary: 'List payments',
      description:
        'Newest first, or by `sort`; with an amount, payments whose amount is not known yet are left out. What is given must all be so. `customer` is a Polar id or `external:<id>`; `product` is another name of `product_id`; `metadata[key]=value` compares as text, for up to five keys; `created_after` is inclusive, `created_before` is not. A page may be short, also empty, and go on: follow `next_cursor` until it is null.',
      responses: { 200: { description: 'A page of payments', schema: paymentList } },
    },
  ],
  [
    getOnePayment,
    {
      id: 'getPayment',
      tag,
      summary: 'Read a payment',
      description: 'As it is now. `checkout_url` is there while it can still be paid.',
      responses: { 200: { description: 'The payment', schema: payment } },
      problems: ['not_found'],
    },
  ],
]);

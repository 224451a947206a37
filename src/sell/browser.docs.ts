import { document } from '../http/route-docs.ts';
import { startedCheckout } from './checkout.answers.ts';
import { getCheckout, getReturn, postCheckout } from './browser.routes.ts';

const tag = 'Checkout';

export const browserDocs = document([
  [
    postCheckout,
    {
      id: 'startCheckout',
      tag,
      summary: 'Start a checkout from a browser',
      description:
        'Opens a checkout for one of the app’s products and answers with its address. From a registered origin only. `discount_code` must be the app’s, and so must every code that a buyer could type with `allow_discount_codes`. `seats`, `units` and a `currency` of the product may be chosen. Send `code_challenge` (S256), and keep the verifier: only with it can the code that the buyer comes back with be exchanged by a browser.',
      responses: {
        201: {
          description: 'Send the buyer to `url`',
          schema: startedCheckout,
        },
      },
      problems: [
        'unknown_product',
        'product_archived',
        'unknown_discount',
        'foreign_discount_codes',
        'disallowed_url',
        'mode_not_configured',
        'polar_rejected',
        'polar_failed',
        'polar_unavailable',
        'rate_limited',
        'idempotency_in_progress',
        'idempotency_mismatch',
      ],
    },
  ],
  [
    getCheckout,
    {
      id: 'openCheckoutLink',
      tag,
      problemPages: true,
      summary: 'Start a checkout from a link',
      description:
        'A link to buy, for a person to follow: opens a checkout and redirects to it. HEAD, prefetching, images, frames and scripts never open one. Answers with a page when the browser prefers HTML; one that may be tried again (`429`, `503`) does so by itself.',
      responses: { 303: { description: 'To the checkout', headers: { Location: 'Its address at Polar' } } },
      problems: [
        'not_found',
        'method_not_allowed',
        'forbidden_origin',
        'unknown_product',
        'product_archived',
        'unknown_discount',
        'foreign_discount_codes',
        'disallowed_url',
        'mode_not_configured',
        'polar_rejected',
        'polar_failed',
        'polar_unavailable',
        'rate_limited',
      ],
    },
  ],
  [
    getReturn,
    {
      id: 'returnFromCheckout',
      tag: 'Pages',
      problemPages: true,
      summary: 'Where Polar sends buyers back',
      description:
        'Confirms the payment with Polar and redirects to the app’s `success_url` with `payment_id`, `status` and, once, a `code` for `POST /v1/sessions/exchange`. A buyer who has not paid is sent to `return_url`. Not to be called by apps.',
      responses: {
        303: { description: 'Back to the app', headers: { Location: 'Its `success_url` or `return_url`' } },
      },
      problems: [
        'invalid_return',
        'method_not_allowed',
        'mode_not_configured',
        'rate_limited',
        'polar_unavailable',
      ],
    },
  ],
]);

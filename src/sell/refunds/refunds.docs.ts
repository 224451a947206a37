import { document } from '../../http/route-docs.ts';
import { refund, refundList } from './refunds.answers.ts';
import { getOneRefund, getRefunds, getRefundsOfPayment, postRefund } from './refunds.routes.ts';

const tag = 'Refunds';

export const refundsDocs = document([
  [
    postRefund,
    {
      id: 'createRefund',
      tag,
      summary: 'Refund a payment',
      description:
        'Gives money back through Polar: all that is left, or a part, the `amount` in minor units without tax, which Polar adds in proportion. `revoke_benefits` takes the benefits of a one-time purchase away, by default when it is refunded whole. Those of a subscription end with the subscription: `cancel_subscription` ends it `now` or at the `period_end` once the refund is accepted. When Polar does not answer in time, this answers `202` with `pending`; the gateway then looks for the refund at Polar, and sends it again only when Polar surely has not got it. Send an `Idempotency-Key`: with the same key and body a payment is refunded once, for as long as the refund is known.',
      responses: {
        201: { description: 'The refund, as Polar has it', schema: refund },
        202: { description: 'The refund, `pending`: what became of it is not known yet', schema: refund },
      },
      problems: [
        'not_found',
        'not_paid',
        'already_refunded',
        'nothing_to_refund',
        'payment_disputed',
        'refunds_blocked',
        'amount_too_large',
        'mode_not_configured',
        'polar_rejected',
        'polar_failed',
        'polar_unavailable',
        'polar_scope_missing',
      ],
    },
  ],
  [
    getRefundsOfPayment,
    {
      id: 'listPaymentRefunds',
      tag,
      summary: 'List the refunds of a payment',
      description: 'Newest first, those made in Polar’s dashboard too.',
      responses: { 200: { description: 'A page of refunds', schema: refundList } },
      problems: ['not_found'],
    },
  ],
  [
    getRefunds,
    {
      id: 'listRefunds',
      tag,
      summary: 'List refunds',
      description:
        'Newest first, those made in Polar’s dashboard too. `created_after` is inclusive, `created_before` is not.',
      responses: { 200: { description: 'A page of refunds', schema: refundList } },
    },
  ],
  [
    getOneRefund,
    {
      id: 'getRefund',
      tag,
      summary: 'Read a refund',
      description:
        '`status` is `pending` until Polar says what became of it. `failed`: the money did not arrive, or Polar refused it, which `failure_reason` then says with the code of a problem. `comment` and `metadata` are those that it was asked for with; a refund made elsewhere has none.',
      responses: { 200: { description: 'The refund', schema: refund } },
      problems: ['not_found'],
    },
  ],
]);

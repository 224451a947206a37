import { document } from '../../http/route-docs.ts';
import { canceledGift, gift, giftList, newGift, resentGift } from './gifts.answers.ts';
import { getGiftPage, postGiftPage } from './gift-pages.routes.ts';
import { getGifts, getOneGift, postCancelGift, postClaim, postGift, postResend } from './gifts.routes.ts';

const tag = 'Gifts';

const pages = 'Pages';

export const giftsDocs = document([
  [
    postGift,
    {
      id: 'createGift',
      tag,
      summary: 'Sell a gift, or give a purchase away',
      description:
        'A one-time purchase for somebody else. With `product_id` a checkout is opened, and the giver pays at `checkout_url`; with `payment` a paid purchase of yours becomes a gift, and stops counting for its buyer at that moment. Until it is claimed a gift counts for nobody. With `to_email` the link is mailed once it is paid, and not before `send_at`; without it `claim_url` is in this answer, and in no other, for the giver to hand over. A link works once, for `expires_in_days`. The recipient accepts it on the gateway’s own page and goes on to `redirect_url`, signed in for this purchase. Subscriptions and products sold by the seat cannot be given.',
      responses: { 201: { description: 'The gift', schema: newGift } },
      problems: [
        'not_found',
        'not_giftable',
        'not_paid',
        'already_refunded',
        'payment_disputed',
        'conflict',
        'mail_not_configured',
        'disallowed_url',
        'unknown_product',
        'product_archived',
        'unknown_discount',
        'mode_not_configured',
        'polar_rejected',
        'polar_failed',
        'polar_unavailable',
        'polar_scope_missing',
      ],
    },
  ],
  [
    getGifts,
    {
      id: 'listGifts',
      tag,
      summary: 'List gifts',
      description:
        'Newest first. `payment` and `to_email` find those of a purchase or an address. `created_after` is inclusive, `created_before` is not.',
      responses: { 200: { description: 'A page of gifts', schema: giftList } },
    },
  ],
  [
    getOneGift,
    {
      id: 'getGift',
      tag,
      summary: 'Read a gift',
      description:
        '`status` follows from the gift and its payment at this moment: `awaiting_payment`, `unpaid` (its checkout has ended), `open`, `claimed`, `expired` (its link; a new one opens it again), `refunding`, `refunded`, `disputed`, `canceled`. `mail` says what has become of the mail.',
      responses: { 200: { description: 'The gift', schema: gift } },
      problems: ['not_found'],
    },
  ],
  [
    postClaim,
    {
      id: 'claimGift',
      tag,
      summary: 'Claim a gift for your user',
      description:
        'For an app whose users sign in to it: the user pastes the link, or its last part, and you say who they are. The purchase counts for that `customer` from then on: `external:<your id>`, or Polar’s id of a customer of this app’s. A gift is claimed once.',
      responses: { 200: { description: 'The gift, `claimed`', schema: gift } },
      problems: [
        'invalid_code',
        'not_found',
        'gift_claimed',
        'gift_ended',
        'gift_expired',
        'not_paid',
        'rate_limited',
      ],
    },
  ],
  [
    postResend,
    {
      id: 'resendGift',
      tag,
      summary: 'Send a new link',
      description:
        'Replaces the link of a gift that is not claimed: the former one is dead from then on, and an expired gift is open again. With `to_email` it goes to that address instead. A gift that is handed over gets its new link as `claim_url`.',
      responses: { 200: { description: 'The gift, with its new link', schema: resentGift } },
      problems: ['not_found', 'gift_claimed', 'gift_ended', 'mail_not_configured', 'rate_limited'],
    },
  ],
  [
    postCancelGift,
    {
      id: 'cancelGift',
      tag,
      summary: 'Take a gift back',
      description:
        'Ends a gift that nobody has claimed, and gives the money back. With `refund: false` it ends, and the purchase counts for its buyer. The link is dead in both cases. Once it is claimed this is refused: it is the recipient’s, and only a refund of the payment takes it away. `refund_id` is the refund; null where there was nothing to refund. A refund needs the scope `refunds:write` as well.',
      responses: { 200: { description: 'The gift, `canceled`', schema: canceledGift } },
      problems: [
        'not_found',
        'gift_claimed',
        'refunds_blocked',
        'nothing_to_refund',
        'already_refunded',
        'payment_disputed',
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
    getGiftPage,
    {
      id: 'showGift',
      tag: pages,
      problemPages: true,
      summary: 'The page of a gift',
      description:
        'What the link of a gift opens: who gives what, and a button. Opening it spends nothing, nor do HEAD and prefetching. The link of a gift that is over says why.',
      responses: {
        200: { description: 'The gift', contentType: 'text/html' },
        409: {
          description: 'It was accepted, refunded or taken back, or is not paid yet',
          contentType: 'text/html',
        },
        410: { description: 'The link has expired', contentType: 'text/html' },
      },
      problems: ['not_found', 'rate_limited', 'method_not_allowed'],
    },
  ],
  [
    postGiftPage,
    {
      id: 'acceptGift',
      tag: pages,
      problemPages: true,
      summary: 'Accept a gift',
      description:
        'The form of `GET /gift/:app/:code`, from that page only. The browser goes on to the gift’s `redirect_url` with a one-time `code`, which the site’s server exchanges as after a checkout, for a session of this purchase alone.',
      responses: {
        200: { description: 'It is accepted', contentType: 'text/html' },
        409: {
          description: 'It was accepted, refunded or taken back, or is not paid yet',
          contentType: 'text/html',
        },
        410: { description: 'The link has expired', contentType: 'text/html' },
        422: { description: 'What was typed is no address: the form once more', contentType: 'text/html' },
      },
      problems: ['not_found', 'rate_limited', 'forbidden_origin', 'invalid_form'],
    },
  ],
]);

import { document } from '../../http/route-docs.ts';
import { appDiscount, appDiscountList, redemptionList, remainingOfDiscount } from './discounts.answers.ts';
import {
  getDiscounts,
  getOneDiscount,
  getRedemptions,
  getRemaining,
  patchDiscount,
  postDiscount,
  removeDiscount,
} from './discounts.routes.ts';

const tag = 'Discounts';
const polar = ['mode_not_configured', 'polar_failed', 'polar_unavailable', 'polar_scope_missing'] as const;

export const discountsDocs = document([
  [
    postDiscount,
    {
      id: 'createDiscount',
      tag,
      summary: 'Make a discount',
      description:
        'A discount at Polar for products of this app, marked as the app’s. Without `product_ids` it is for all that the app sells now; products that come later are not in it. Give either `basis_points` (2550 is 25.5 %) or `amounts`, minor units by currency. With a `code` buyers can be given it; a code is of one discount in the whole organization, in whatever case, and the code of a campaign of this app is refused (409). `duration` matters to subscriptions: `once`, `forever`, or `repeating` for `duration_in_months`.',
      responses: { 201: { description: 'The discount', schema: appDiscount } },
      problems: ['conflict', ...polar, 'polar_rejected', 'idempotency_in_progress', 'idempotency_mismatch'],
    },
  ],
  [
    getDiscounts,
    {
      id: 'listDiscounts',
      tag,
      summary: 'List discounts',
      description:
        'Those of this app, oldest first, as Polar has them: also those that were made at Polar for products of this app only, or marked by `gateway_product`. `code` finds the one with a code. A page may be short, also empty, and go on: follow `next_cursor` until it is null.',
      responses: { 200: { description: 'A page of discounts', schema: appDiscountList } },
      problems: [...polar],
    },
  ],
  [
    getOneDiscount,
    {
      id: 'getDiscount',
      tag,
      summary: 'Read a discount',
      description: '`status` is `active`, `scheduled` (it has not begun), `ended`, or `exhausted`.',
      responses: { 200: { description: 'The discount', schema: appDiscount } },
      problems: ['not_found', ...polar],
    },
  ],
  [
    patchDiscount,
    {
      id: 'updateDiscount',
      tag,
      summary: 'Change a discount',
      description:
        'What is not named stays; null takes a code, a time or a limit away. The kind of discount and its duration stay as they are, and once it was redeemed so does what it takes off. The code of a campaign of this app is refused (409). `metadata` is replaced as a whole.',
      responses: { 200: { description: 'The discount', schema: appDiscount } },
      problems: ['not_found', 'conflict', 'polar_rejected', ...polar],
    },
  ],
  [
    removeDiscount,
    {
      id: 'deleteDiscount',
      tag,
      summary: 'Delete a discount',
      description: 'Nobody can use it any more. Subscriptions that have it keep it.',
      responses: { 204: { description: 'It is gone' } },
      problems: ['not_found', ...polar],
    },
  ],
  [
    getRedemptions,
    {
      id: 'listRedemptions',
      tag,
      summary: 'List who used a discount',
      description:
        'The paid purchases that it lowered, newest first; renewals are none. A page may be short, also empty, and go on: follow `next_cursor` until it is null.',
      responses: { 200: { description: 'A page of redemptions', schema: redemptionList } },
      problems: ['not_found', ...polar],
    },
  ],
  [
    getRemaining,
    {
      id: 'countRemaining',
      tag,
      summary: 'How many are left',
      description:
        'For a page that says “23 left”: `remaining` as of `as_of`, at most a minute ago, or longer while Polar is away; null when there is no limit. The answer may be cached for a minute.',
      responses: {
        200: {
          description: 'What is left',
          schema: remainingOfDiscount,
          headers: { 'Cache-Control': 'For how long it may be kept' },
        },
      },
      problems: ['not_found', ...polar],
    },
  ],
]);

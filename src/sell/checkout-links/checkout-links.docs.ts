import { document } from '../../http/route-docs.ts';
import { checkoutLink, checkoutLinkList } from './checkout-links.answers.ts';
import { getLinks, getOneLink, patchLink, postLink, removeLink } from './checkout-links.routes.ts';
import { getLinkPage } from './link-pages.routes.ts';

const tag = 'Checkout';
const settings = [
  'unknown_product',
  'product_archived',
  'unknown_discount',
  'foreign_discount_codes',
  'disallowed_url',
  'mode_not_configured',
  'polar_failed',
  'polar_unavailable',
  'polar_scope_missing',
] as const;

export const checkoutLinksDocs = document([
  [
    postLink,
    {
      id: 'createCheckoutLink',
      tag,
      summary: 'Make a checkout link',
      description:
        'An address to put into a mail or a page without code: whoever follows it gets a checkout of their own, with what `settings` say. They are those of a payment, without what names a buyer. Its payments are the app’s like any other, and have the link’s id as `metadata.checkout_link`, by which they can be listed. `?email=` fills in the address.',
      responses: { 201: { description: 'The link', schema: checkoutLink } },
      problems: ['conflict', ...settings, 'idempotency_in_progress', 'idempotency_mismatch'],
    },
  ],
  [
    getLinks,
    {
      id: 'listCheckoutLinks',
      tag,
      summary: 'List checkout links',
      description: 'Newest first. `opened` counts the checkouts that it began.',
      responses: { 200: { description: 'A page of links', schema: checkoutLinkList } },
    },
  ],
  [
    getOneLink,
    {
      id: 'getCheckoutLink',
      tag,
      summary: 'Read a checkout link',
      description: 'What it sells and how, its `url`, and how many checkouts it began (`opened`).',
      responses: { 200: { description: 'The link', schema: checkoutLink } },
      problems: ['not_found'],
    },
  ],
  [
    patchLink,
    {
      id: 'updateCheckoutLink',
      tag,
      summary: 'Change a checkout link',
      description: 'Its address stays. `settings` are replaced as a whole.',
      responses: { 200: { description: 'The link', schema: checkoutLink } },
      problems: ['not_found', ...settings],
    },
  ],
  [
    removeLink,
    {
      id: 'deleteCheckoutLink',
      tag,
      summary: 'Delete a checkout link',
      description: 'Whoever follows it finds nothing. Payments that it began can still be paid.',
      responses: { 204: { description: 'It is gone' } },
      problems: ['not_found'],
    },
  ],
  [
    getLinkPage,
    {
      id: 'followCheckoutLink',
      tag,
      problemPages: true,
      summary: 'Follow a checkout link',
      description:
        'For a person to follow: begins a payment with the link’s settings and redirects to its checkout. A discount that has ended or is used up is left out. HEAD, prefetching, images, frames and scripts never begin one.',
      responses: { 303: { description: 'To the checkout', headers: { Location: 'Its address at Polar' } } },
      problems: [
        'not_found',
        'method_not_allowed',
        'forbidden_origin',
        'unknown_product',
        'product_archived',
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
]);

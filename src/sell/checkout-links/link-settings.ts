import * as z from 'zod/mini';
import { metadata, uuid, wholeNumber } from '../../http/shapes.ts';
import { MAX_MINOR_UNITS } from '../amounts.rules.ts';
import { checkoutOptions, readOptions } from '../checkout-options.ts';
import { checkoutFields } from '../checkout-fields.ts';
import type { PaymentInput } from '../start-payment.ts';
import { LINK_KEY } from './checkout-links.rules.ts';

/* What a link says of the checkouts that it begins: what a payment has, but nothing of a buyer, since anybody may follow it. */

const { embed_origin: _1, code_challenge: _2, ...fields } = checkoutFields;

export const linkSettings = z.strictObject({
  product_id: z.optional(uuid()),
  ...fields,
  ...checkoutOptions,
  discount_id: z.optional(uuid()),
  amount: z.optional(wholeNumber(0, MAX_MINOR_UNITS)),
  metadata: z.optional(
    metadata().check(
      z.refine(
        (given) => !Object.hasOwn(given, LINK_KEY),
        `${LINK_KEY} is the link’s own: it is the link’s id.`,
      ),
      z.refine((given) => Object.keys(given).length < 48, 'Must have at most 47 keys.'),
    ),
  ),
});
export type LinkSettings = z.output<typeof linkSettings>;

/** The products of a link's checkouts; the first is chosen until the buyer chooses. */
export function productsOf({ product_id: first, product_ids: several = [] }: LinkSettings): string[] {
  return first === undefined ? several : [first, ...several.filter((id) => id !== first)];
}

/** What a payment of the link begins with. */
export function toPayment(settings: LinkSettings, linkId: string): PaymentInput {
  const [productId = '', ...otherProductIds] = productsOf(settings);
  return {
    ...readOptions(settings),
    method: 'polar',
    productId,
    otherProductIds,
    metadata: { ...settings.metadata, [LINK_KEY]: linkId },
    successUrl: settings.success_url,
    returnUrl: settings.return_url,
    discountId: settings.discount_id,
    discountCode: settings.discount_code,
    allowDiscountCodes: settings.allow_discount_codes,
    locale: settings.locale,
    amount: settings.amount,
  };
}

/** The settings as they are stored. */
export function readSettings(json: string): LinkSettings {
  return JSON.parse(json) as LinkSettings;
}

import * as z from 'zod/mini';
import { fitting, line, wholeNumber } from '../http/shapes.ts';
import { MAX_MINOR_UNITS } from './amounts.rules.ts';
import { currency, MAX_SEATS } from './checkout-options.ts';

/** The fields of a checkout, whoever starts it. */
export const checkoutFields = {
  success_url: z.optional(line(2048)),
  return_url: z.optional(line(2048)),
  discount_code: z.optional(line(256)),
  allow_discount_codes: z.optional(z.boolean()),
  locale: z.optional(
    line(35).check(
      z.regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'Must be a language tag such as de or pt-BR.'),
    ),
  ),
  seats: z.optional(wholeNumber(1, MAX_SEATS)),
  units: z.optional(wholeNumber(1, MAX_MINOR_UNITS)),
  currency: z.optional(currency()),
  embed_origin: z.optional(line(2048)),
  code_challenge: z.optional(
    fitting(43, /^[\w-]{43}$/, 'Must be a SHA-256 digest in base64url, 43 characters (RFC 7636, S256).'),
  ),
};

import * as z from 'zod/mini';
import type { Mode } from '../base/mode.rules.ts';
import type { CheckoutRequest, OpenedCheckout } from './payment-methods.rules.ts';
import { toMilliseconds } from '../polar/versions.rules.ts';
import type { CheckoutInput } from '../base/polar-gateway.ts';
import { type FieldError, Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';

const openCheckout = z.object({
  id: z.string(),
  url: z.string(),
  client_secret: z.string(),
  expires_at: z.string(),
  amount: z.catch(z.nullish(z.int()), null),
  discount_id: z.nullish(z.string()),
  // It is shown until the order has the amount.
  total_amount: z.catch(z.nullish(z.int()), null),
  currency: z.catch(z.nullish(z.string()), null),
  customer_email: z.catch(z.nullish(z.string()), null),
});

/**
 * Opens a checkout at Polar. It never sends Polar's `external_customer_id` (trust rule 2), which cannot be changed
 * later, is shared by all apps of the organization, and fills in the e-mail address of the customer who has it. A
 * customer that Polar does not know any more is left out; `customerId` is then null.
 * @throws {Problem} `unknown_product`, `product_archived`, `polar_rejected` with Polar's own paths, `validation_failed`
 * for a discount code, and what the gateway to Polar throws.
 */
export async function openPolarCheckout(
  services: Services,
  mode: Mode,
  request: CheckoutRequest,
): Promise<OpenedCheckout> {
  const polar = services.polar(mode);
  const create = (customerId: string | undefined) =>
    polar.createCheckout(toCheckoutInput(request, customerId)).catch((error: unknown) => {
      throw explainRejection(error);
    });
  let customerId = request.provenCustomerId;
  let read = await create(customerId).catch((error: unknown) => {
    if (customerId === undefined || !isAbout(error, 'body.customer_id')) throw error;
    customerId = undefined;
    return create(undefined);
  });
  const created = openCheckout.parse(read.data);
  refuseIgnored(request, created);
  if (request.discountCode !== undefined) {
    read = await polar
      .applyDiscountCode(created.client_secret, request.discountCode)
      .catch((error: unknown) => {
        throw isAbout(error, 'body.discount_code') ? badDiscountCode() : error;
      });
  }
  const checkout = openCheckout.parse(read.data);
  if (request.discountCode !== undefined && !checkout.discount_id) throw badDiscountCode();
  return {
    checkoutId: checkout.id,
    url: checkout.url,
    amount: checkout.total_amount ?? null,
    currency: checkout.currency ?? null,
    customerEmail: checkout.customer_email ?? null,
    customerId: customerId ?? null,
    expiresAt: toMilliseconds(checkout.expires_at),
  };
}

/**
 * Polar ignores an amount for a fixed price. The caller meant another price, so the request is refused and nobody gets
 * this checkout's address.
 */
function refuseIgnored(request: CheckoutRequest, created: z.output<typeof openCheckout>): void {
  if (request.amount === undefined || created.amount === request.amount) return;
  const message = 'This product has a price of its own: leave amount out.';
  throw refusedField('validation_failed', 'body.amount', message);
}

function toCheckoutInput(request: CheckoutRequest, customerId: string | undefined): CheckoutInput {
  const { customer } = request;
  return {
    products: [request.productId],
    metadata: {
      ...request.metadata,
      gateway_payment_id: request.paymentId,
      gateway_app: request.appSlug,
    },
    success_url: request.returnLink,
    return_url: request.returnUrl,
    ...(customer.email === undefined ? {} : { customer_email: customer.email }),
    ...(customer.name === undefined ? {} : { customer_name: customer.name }),
    ...(customerId === undefined ? {} : { customer_id: customerId }),
    ...(request.discountId === undefined ? {} : { discount_id: request.discountId }),
    ...(request.locale === undefined ? {} : { locale: request.locale }),
    ...(request.seats === undefined ? {} : { seats: request.seats }),
    ...(request.amount === undefined ? {} : { amount: request.amount }),
    ...(request.embedOrigin === undefined ? {} : { embed_origin: request.embedOrigin }),
  };
}

function rejectedFields(error: unknown): readonly FieldError[] {
  return error instanceof Problem && error.code === 'polar_rejected' ? (error.init.errors ?? []) : [];
}

function isAbout(error: unknown, path: string): boolean {
  return rejectedFields(error).some((field) => field.path === path || field.path.startsWith(`${path}.`));
}

/**
 * The product may have changed at Polar since it was stored here; Polar's refusal is then answered in the same words as
 * ours.
 */
function explainRejection(error: unknown): unknown {
  const about = rejectedFields(error).find((field) => /^body\.products?\b/.test(field.path));
  if (!about) return error;
  if (/archived/i.test(about.message)) return refusedProduct('product_archived', error);
  return /does not exist|draft/i.test(about.message) ? refusedProduct('unknown_product', error) : error;
}

const PRODUCT_FIELD = 'body.product_id';
const PRODUCT_MESSAGES = {
  unknown_product: 'This app has no such product.',
  product_archived: 'This product is archived and can no longer be bought.',
};

/**
 * The refusal of a product, always in the same words, so that an app does not learn which products others have
 * (invariant 5).
 */
export function refusedProduct(code: keyof typeof PRODUCT_MESSAGES, cause?: unknown): Problem {
  return refusedField(code, PRODUCT_FIELD, PRODUCT_MESSAGES[code], cause);
}

function badDiscountCode(): Problem {
  const message = 'There is no such discount code for this product.';
  return refusedField('validation_failed', 'body.discount_code', message);
}

function refusedField(
  code: keyof typeof PRODUCT_MESSAGES | 'validation_failed',
  path: string,
  message: string,
  cause?: unknown,
): Problem {
  return new Problem(code, { detail: `${path}: ${message}`, errors: [{ path, message }], cause });
}

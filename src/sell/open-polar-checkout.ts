import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
import * as z from 'zod/mini';
import type { Mode } from '../base/mode.rules.ts';
import { HAS_ITS_PRICE } from './amounts.rules.ts';
import { toPolarOptions } from './checkout-options.rules.ts';
import type { CheckoutRequest, OpenedCheckout } from './payment-methods.rules.ts';
import { readPlanName } from '../polar/product-names.rules.ts';
import { toMilliseconds } from '../polar/versions.rules.ts';
import type { CheckoutInput } from '../base/polar-gateway.ts';
import { describeErrors, type FieldError, Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';

const whole = z.catch(z.nullish(z.int()), null);
const text = z.catch(z.nullish(z.string()), null);

const openCheckout = z.object({
  id: z.string(),
  url: z.string(),
  expires_at: z.string(),
  discount_id: z.nullish(z.string()),
  amount: whole,
  // From here on: what is shown until there is an order.
  total_amount: whole,
  tax_amount: whole,
  discount_amount: whole,
  discount: z.catch(z.nullish(z.object({ name: text, code: text })), null),
  product: z.catch(
    z.nullish(z.object({ name: z.string(), metadata: z.catch(z.record(z.string(), z.unknown()), {}) })),
    null,
  ),
  currency: text,
  customer_email: text,
});

/**
 * Opens a checkout at Polar. It never sends Polar's `external_customer_id` (trust rule 2), which cannot be changed
 * later, is shared by all apps of the organization, and fills in the e-mail address of the customer who has it. A
 * customer that Polar does not know any more is left out; `customerId` is then null. So is what was said of a user once, if Polar does
 * not take it.
 * @throws {Problem} `unknown_product`, `product_archived`, `unknown_discount`, `polar_rejected` with Polar's own paths, `validation_failed`
 * for an amount, and what the gateway to Polar throws.
 */
export async function openPolarCheckout(
  services: Services,
  mode: Mode,
  request: CheckoutRequest,
): Promise<OpenedCheckout> {
  const polar = services.polar(mode);
  const create = (customerId: string | undefined, prepared: CheckoutRequest['prepared']) =>
    polar.createCheckout(toCheckoutInput({ ...request, prepared }, customerId)).catch((error: unknown) => {
      throw explainRejection(error, request);
    });
  let customerId = request.provenCustomerId;
  const read = await create(customerId, request.prepared).catch((error: unknown) => {
    if (customerId !== undefined && isAbout(error, 'body.customer_id')) {
      customerId = undefined;
      return create(undefined, request.prepared);
    }
    const isAboutPrepared = isAbout(error, 'body.customer_email') || isAbout(error, 'body.customer_name');
    if (request.prepared === undefined || !isAboutPrepared) throw error;
    return create(customerId, undefined);
  });
  const checkout = openCheckout.parse(read.data);
  refuseIgnored(request, checkout);
  return {
    checkoutId: checkout.id,
    url: checkout.url,
    ...readPrice(checkout, services.config.ownerKeys),
    currency: checkout.currency ?? null,
    customerEmail: checkout.customer_email ?? null,
    customerId: customerId ?? null,
    expiresAt: toMilliseconds(checkout.expires_at),
  };
}

/** What a payment shows of a checkout until there is an order. Tax that Polar does not know yet counts as none. */
function readPrice(checkout: z.output<typeof openCheckout>, ownerKeys: OwnerKeys) {
  const { discount, discount_id: discountId, product, total_amount: amount } = checkout;
  const taxAmount = checkout.tax_amount ?? 0;
  return {
    ...(amount === null || amount === undefined
      ? { amount: null, netAmount: null, taxAmount: null }
      : { amount, netAmount: amount - taxAmount, taxAmount }),
    discountAmount: checkout.discount_amount ?? null,
    discountId: discountId ?? null,
    discountCode: discount?.code ?? null,
    discountName: discount?.name ?? null,
    productName: product?.name ?? null,
    productPlan: product ? readPlanName(product, ownerKeys) : null,
  };
}

/**
 * Polar ignores an amount for a price of its own. The caller meant another price, so the request is refused. Here only
 * when the product has changed since it was stored: then nobody gets this checkout's address.
 */
function refuseIgnored(request: CheckoutRequest, created: z.output<typeof openCheckout>): void {
  if (request.amount !== undefined && created.amount !== request.amount) throw refusedAmount(HAS_ITS_PRICE);
}

/** The refusal of an amount that the product's prices do not take. */
export function refusedAmount(message: string): Problem {
  return refusedField('validation_failed', 'body.amount', message);
}

function toCheckoutInput(request: CheckoutRequest, customerId: string | undefined): CheckoutInput {
  const { prepared } = request;
  const customer = {
    email: request.customer.email ?? prepared?.email ?? undefined,
    name: request.customer.name ?? prepared?.name ?? undefined,
  };
  return {
    products: [request.productId, ...(request.otherProductIds ?? [])],
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
    // At Polar they are allowed unless a checkout says otherwise.
    allow_discount_codes: request.allowDiscountCodes,
    ...(request.locale === undefined ? {} : { locale: request.locale }),
    ...(request.amount === undefined ? {} : { amount: request.amount }),
    ...(request.embedOrigin === undefined ? {} : { embed_origin: request.embedOrigin }),
    ...toPolarOptions(request),
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
function explainRejection(error: unknown, { otherProductIds = [] }: CheckoutRequest): unknown {
  if (isAbout(error, DISCOUNT_FIELD))
    return refusedField('unknown_discount', DISCOUNT_FIELD, UNUSABLE_DISCOUNT, error);
  const about = rejectedFields(error).find((field) => /^body\.products?\b/.test(field.path));
  if (!about) return error;
  if (/currency/i.test(about.message))
    return refusedField(
      'validation_failed',
      'body.currency',
      'The product has no price in this currency.',
      error,
    );
  const isFirst = otherProductIds.length === 0 || /^body\.(product_id|products\.0)\b/.test(about.path);
  const path = isFirst ? PRODUCT_FIELD : 'body.product_ids';
  if (/archived/i.test(about.message)) return refusedProduct('product_archived', error, path);
  return /does not exist|draft/i.test(about.message) ? refusedProduct('unknown_product', error, path) : error;
}

const DISCOUNT_FIELD = 'body.discount_id';
/** It is the app's, so this says what Polar does not. */
const UNUSABLE_DISCOUNT =
  'This discount cannot be used here: it has not begun, has ended, is used up, or is of another product or currency.';
const PRODUCT_FIELD = 'body.product_id';
const PRODUCT_MESSAGES = {
  unknown_product: 'This app has no such product.',
  product_archived: 'This product is archived and can no longer be bought.',
};

/**
 * The refusal of a product, always in the same words, so that an app does not learn which products others have
 * (invariant 5).
 */
export function refusedProduct(
  code: keyof typeof PRODUCT_MESSAGES,
  cause?: unknown,
  path = PRODUCT_FIELD,
): Problem {
  return refusedField(code, path, PRODUCT_MESSAGES[code], cause);
}

/** The refusal of a code that is there, but not for this. */
export function refusedCode(message: string): Problem {
  return refusedField('unknown_discount', 'body.discount_code', message);
}

/** The refusal of options that do not fit what is to be sold. */
export function refusedOptions(errors: FieldError[]): Problem {
  return new Problem('validation_failed', { detail: describeErrors(errors), errors });
}

function refusedField(
  code: keyof typeof PRODUCT_MESSAGES | 'validation_failed' | 'unknown_discount',
  path: string,
  message: string,
  cause?: unknown,
): Problem {
  return new Problem(code, { detail: `${path}: ${message}`, errors: [{ path, message }], cause });
}

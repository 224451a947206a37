import type { CheckoutOptions } from './checkout-options.rules.ts';

/*
 * The methods by which the gateway can take money. Payments, return links, events and codes do not depend on Polar; a
 * second method needs an entry here and a driver beside sell/open-polar-checkout.ts.
 */

/** The method's own names in the API. */
interface PaymentMethodTerms {
  /** The metadata key that names the product: `{"metadata":{"polar_product_id":"…"}}` means top-level `product_id`. */
  productKey: string;
}

const PAYMENT_METHODS = {
  polar: { productKey: 'polar_product_id' },
} as const satisfies Record<string, PaymentMethodTerms>;

export type PaymentMethod = keyof typeof PAYMENT_METHODS;

/** Whether `name` is a method that this gateway can take money with. */
export function isPaymentMethod(name: string): name is PaymentMethod {
  return Object.hasOwn(PAYMENT_METHODS, name);
}

export type Metadata = Record<string, string | number | boolean>;

/**
 * The checkout that a driver has to open. The product and its owner are checked, and the gateway has chosen the
 * payment's id.
 */
export interface CheckoutRequest extends CheckoutOptions {
  paymentId: string;
  appSlug: string;
  productId: string;
  metadata: Metadata;
  /** The gateway's `/return` link with its nonce. */
  returnLink: string;
  /** The app's page for a buyer who goes back without paying. */
  returnUrl: string | null;
  customer: { email?: string | undefined; name?: string | undefined };
  /** What the app has said of its user before: used where the request says nothing, and left out if it is refused. */
  prepared: { email: string | null; name: string | null } | undefined;
  /** The one customer that the app has proven its external id to be. */
  provenCustomerId: string | undefined;
  /** It is the app's. */
  discountId: string | undefined;
  /** Buyers may type codes on the method's page. */
  allowDiscountCodes: boolean;
  locale?: string | undefined;
  /** Pay what you want; minor units. */
  amount?: number | undefined;
  embedOrigin?: string | undefined;
}

/** What a payment keeps of an open checkout. */
export interface OpenedCheckout {
  checkoutId: string;
  url: string;
  /** Minor units, as `netAmount` and `taxAmount` together; null when it is not known yet. */
  amount: number | null;
  netAmount: number | null;
  taxAmount: number | null;
  discountAmount: number | null;
  discountId: string | null;
  discountCode: string | null;
  discountName: string | null;
  productName: string | null;
  productPlan: string | null;
  currency: string | null;
  customerEmail: string | null;
  /** The customer it was opened for, when that one still exists. */
  customerId: string | null;
  /** Milliseconds. */
  expiresAt: number;
}

/**
 * The method and product of a request. The product may be named at the top level, in the metadata under the method's
 * own key, or both alike; the metadata key is then not kept as metadata.
 */
export function readProductChoice(
  method: PaymentMethod,
  named: { productId: string | undefined; metadata: Metadata },
): { productId: unknown; metadata: Metadata; agrees: boolean } {
  const { productKey } = PAYMENT_METHODS[method];
  const { [productKey]: inMetadata, ...metadata } = named.metadata;
  const fromMetadata = typeof inMetadata === 'string' ? inMetadata.toLowerCase() : inMetadata;
  return {
    productId: named.productId ?? fromMetadata,
    metadata,
    agrees: named.productId === undefined || fromMetadata === undefined || named.productId === fromMetadata,
  };
}

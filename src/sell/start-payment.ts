import { checkCallbackUrl, checkEmbedOrigin } from '../http/callback-urls.rules.ts';
import { newId } from '../base/ids.rules.ts';
import {
  type CheckoutRequest,
  isPaymentMethod,
  type Metadata,
  type OpenedCheckout,
  type PaymentMethod,
} from './payment-methods.rules.ts';
import type { CheckoutOptions } from './checkout-options.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Result } from '../base/result.rules.ts';
import { describeErrors, Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { type Batch, type ResultsOf } from '../base/db/database.rows.ts';
import { type FirstLease, leaseFirstAttempts, sendTold } from '../tell/deliveries/first-attempts.ts';
import { tellStatements } from '../tell/events/events.rows.ts';
import {
  begunSubscriptionsStatement,
  type ProvenCustomer,
  provenCustomersStatement,
  provenCustomerStatement,
  readHeld,
} from './held-subscriptions.rows.ts';
import { preparedCustomerStatement } from './prepared-customers.rows.ts';
import { insertPayment } from './payments.rows.ts';
import { embeddingStatement } from './embed-hosts.rows.ts';
import { requireEmbeddable } from './require-embeddable.ts';
import { refuseMethod } from './refuse-method.ts';
import { refuseSecondSubscription } from './refuse-second-subscription.ts';
import { readProduct, requireProduct, type SellableProduct } from './sold-product.ts';
import type { AppRow, PaymentRow } from '../base/db/schema.rows.ts';
import { hashSecret, randomSecret } from '../base/secrets.ts';
import { type IdempotentRequest, withIdempotency } from '../http/idempotency.ts';
import { indexMetadata } from '../record/payment-metadata.rows.ts';
import { campaignByCodeStatement } from './campaigns/campaigns.rows.ts';
import { openWithFirst } from './campaigns/open-with-first.ts';
import { resolveDiscounts } from './resolve-discount.ts';
import { openPolarCheckout } from './open-polar-checkout.ts';
import { sealCheckoutUrl } from '../base/present-payment.ts';
import { checkoutBudget } from '../polar/public-budget.ts';

export interface PaymentInput extends CheckoutOptions {
  method: string;
  productId: string;
  metadata: Metadata;
  /** Polar's id of a customer who is proven. */
  customerId?: string | undefined;
  email?: string | undefined;
  name?: string | undefined;
  externalId?: string | undefined;
  successUrl?: string | undefined;
  returnUrl?: string | undefined;
  embedOrigin?: string | undefined;
  discountId?: string | undefined;
  discountCode?: string | undefined;
  /** Buyers may type codes on the method's page. */
  allowDiscountCodes?: boolean | undefined;
  locale?: string | undefined;
  amount?: number | undefined;
  /** S256, from the browser that starts the checkout. */
  codeChallenge?: string | undefined;
}

/** The names of the fields in the request, for refusals. */
export interface FieldNames {
  where: 'body' | 'query';
  email: string;
  product: string;
}

const drivers: Record<
  PaymentMethod,
  (services: Services, mode: Mode, request: CheckoutRequest) => Promise<OpenedCheckout>
> = { polar: openPolarCheckout };

/**
 * Opens a checkout and remembers it as a pending payment. Two D1 round trips and one call of the method's provider: the
 * key, the product and the customer are read together; the payment, its event and the kept answer are written together.
 * A crash between the two leaves a checkout whose address nobody has (ADR 4). `present` makes the answer's body.
 * @throws {Problem} `unsupported_method`, `disallowed_url`, `unknown_product`, `product_archived`, `unknown_discount`,
 * `foreign_discount_codes`, `already_subscribed`, `polar_…`, `idempotency_…`
 */
export async function startPayment(
  services: Services,
  app: AppRow,
  input: PaymentInput,
  request: Pick<IdempotentRequest<Batch>, 'route' | 'key' | 'fingerprint'> & {
    fields: FieldNames;
    /**
     * The caller may be a stranger, so the provider is called only while the budget for strangers has room (ADR 56).
     */
    isPublic?: boolean;
    /** What a checkout is beside a payment: the products that it may not be of, and what is written along with it. */
    along?: {
      refuse: (product: SellableProduct) => void;
      prepare: (payment: PaymentRow) => Promise<Batch>;
    };
    present: (payment: PaymentRow, checkoutUrl: string) => unknown;
  },
): Promise<{ status: number; body: unknown }> {
  if (!isPaymentMethod(input.method)) throw refuseMethod(services, input.method);
  const { method } = input;
  const urls = checkUrls(app, input, services.config, request.fields.where);
  const budget = request.isPublic ? checkoutBudget(services, app, input) : undefined;
  const wanted = { ...input, asksWhatItIs: request.along !== undefined };
  // The product is read in the batch that takes room for the request.
  const prefetch = {
    ...readProduct(app, wanted, budget),
    customers: whoIsProven(app, input),
    prepared: input.externalId === undefined ? [] : [preparedCustomerStatement(app.id, input.externalId)],
    campaign: input.discountCode === undefined ? [] : [campaignByCodeStatement(app, input.discountCode)],
    embedding: urls.embedOrigin === undefined ? [] : embeddingStatement(services.config, app.mode),
    begun: input.externalId === undefined ? [] : [begunSubscriptionsStatement(app, input.externalId)],
  };
  const discountField = input.discountCode === undefined ? 'discount_id' : 'discount_code';
  const inTheirWords = (error: unknown): never => {
    throw renameFields(error, { ...request.fields, discount: discountField });
  };
  const asking = budget?.opening ?? services;
  return withIdempotency(services, { ...request, appId: app.id, prefetch }, async (found) => {
    const product = await requireProduct(services, app, wanted, found, budget).catch(inTheirWords);
    request.along?.refuse(product);
    await requireEmbeddable(asking, app, {
      origin: urls.embedOrigin,
      known: found.embedding.flat()[0],
      where: request.fields.where,
    });
    const customers = found.customers.flat();
    const proven = customers.length === 1 ? customers[0] : undefined;
    if (input.customerId !== undefined && !proven) throw refusedCustomer(request.fields.where);
    const prepared = proven ? undefined : found.prepared.flat()[0];
    if (product.isRecurring)
      await refuseSecondSubscription(services, app, [...found.begun.flat(), ...readHeld(proven, app.id)]);
    const [campaign] = found.campaign.flat();
    const wish = campaign ? { ...input, discountCode: undefined } : input;
    const discount = await resolveDiscounts(asking, app, wish, request.fields.where);
    const id = newId('pay');
    const nonce = randomSecret();
    const open = (discountId: string | undefined) =>
      drivers[method](asking, app.mode, {
        ...input,
        ...discount,
        discountId,
        paymentId: id,
        appSlug: app.slug,
        returnLink: `${services.config.url}/return?payment=${id}&nonce=${nonce}`,
        returnUrl: urls.returnUrl,
        embedOrigin: urls.embedOrigin,
        customer: { email: input.email, name: input.name },
        prepared,
        provenCustomerId: proven?.customerId,
      });
    const opening = campaign
      ? openWithFirst(
          asking,
          app,
          { campaign, products: [input.productId, ...(input.otherProductIds ?? [])] },
          open,
        )
      : open(discount.discountId);
    const opened = await opening.catch(inTheirWords);
    const now = services.now();
    const payment: PaymentRow = {
      id,
      mode: app.mode,
      appId: app.id,
      method,
      status: 'pending',
      kind: 'checkout',
      productId: input.productId,
      productName: opened.productName,
      productPlan: opened.productPlan,
      amount: opened.amount,
      netAmount: opened.netAmount,
      taxAmount: opened.taxAmount,
      discountAmount: opened.discountAmount,
      refundedAmount: 0,
      refundedTaxAmount: 0,
      refundableAmount: 0,
      disputed: false,
      billingReason: null,
      discountId: opened.discountId,
      discountCode: opened.discountCode,
      discountName: opened.discountName,
      invoiceNumber: null,
      country: null,
      failureReason: null,
      currency: opened.currency,
      customerId: opened.customerId,
      externalCustomerId: input.externalId ?? null,
      customerEmail: addressOf(opened, proven),
      customerProven: opened.customerId !== null,
      checkoutId: opened.checkoutId,
      sealedCheckoutUrl: await sealCheckoutUrl(services, id, opened.url),
      orderId: null,
      subscriptionId: null,
      successUrl: urls.successUrl,
      returnUrl: urls.returnUrl,
      codeChallenge: input.codeChallenge ?? null,
      nonceHash: await hashSecret(nonce),
      nonceUsedAt: null,
      metadata: input.metadata,
      createdAt: now,
      updatedAt: now,
      succeededAt: null,
      expiresAt: opened.expiresAt,
    };
    const along = (await request.along?.prepare(payment)) ?? [];
    const first = leaseFirstAttempts(services);
    const commit = {
      payment: insertPayment(payment),
      along,
      metadata: indexMetadata(payment),
      ...tellPending(app, payment, { isPublic: request.isPublic ?? false, first }),
    };
    return {
      status: 201,
      body: request.present(payment, opened.url),
      commit,
      committed: ({ deliveries }: ResultsOf<typeof commit>) => {
        services.wake(sendTold(services, deliveries.flat(), first));
      },
    };
  });
}

/** Of a customer Polar has the present address, which may have been typed at another app's checkout (ADR 45). */
function addressOf(opened: OpenedCheckout, proven: ProvenCustomer | undefined): string | null {
  const own = opened.customerId === null ? null : (proven?.ownAddress ?? null);
  return own === null ? opened.customerEmail : own || null;
}

function whoIsProven(app: AppRow, { customerId, externalId }: PaymentInput) {
  if (customerId !== undefined) return [provenCustomerStatement(app, customerId)];
  return externalId === undefined ? [] : [provenCustomersStatement(app, externalId)];
}

/** In the same words for another app's customer, for one who has proven nothing, and for nobody. */
function refusedCustomer(where: FieldNames['where']): Problem {
  const path = `${where}.customer.id`;
  const message =
    'No customer of this app whom you or a code by mail has proven. Say which user it is: PUT /v1/customers/{id}/external-ids/{external_id}.';
  return new Problem('validation_failed', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

function tellPending(app: AppRow, payment: PaymentRow, how: { isPublic: boolean; first: FirstLease }) {
  const event = {
    key: `payment.pending:${payment.id}`,
    type: 'payment.pending',
    appId: app.id,
    appSlug: app.slug,
    mode: app.mode,
    paymentId: payment.id,
    customerId: payment.customerId,
    occurredAt: payment.createdAt,
    polar: null,
  };
  return tellStatements([event], { ...how, origin: 'api', polarEventId: null, now: payment.createdAt });
}

function checkUrls(
  app: AppRow,
  input: PaymentInput,
  { development }: { development: boolean },
  where: string,
) {
  const registrant = { slug: app.slug, development };
  const errors: { path: string; message: string }[] = [];
  const take = (name: string, checked: Result<string, string> | undefined): string | undefined => {
    if (checked?.ok === false) errors.push({ path: `${where}.${name}`, message: checked.error });
    return checked?.ok ? checked.value : undefined;
  };
  const check = (url: string | undefined) =>
    url === undefined ? undefined : checkCallbackUrl(url, app.callbackUrls, registrant);
  const successUrl = take('success_url', check(input.successUrl ?? app.callbackUrls[0]));
  const returnUrl = take('return_url', check(input.returnUrl));
  const embedOrigin = take(
    'embed_origin',
    input.embedOrigin === undefined
      ? undefined
      : checkEmbedOrigin(input.embedOrigin, app.origins, registrant),
  );
  if (errors.length > 0 || successUrl === undefined) {
    const detail = describeErrors(errors);
    throw new Problem('disallowed_url', { errors, ...(detail === '' ? {} : { detail }) });
  }
  return { successUrl, returnUrl: returnUrl ?? null, embedOrigin };
}

/** Replaces Polar's names of fields in a refusal by those of the request. */
function renameFields(
  error: unknown,
  { where, email, product, discount }: FieldNames & { discount: string },
): unknown {
  if (!(error instanceof Problem) || error.init.errors === undefined) return error;
  const errors = error.init.errors.map(({ path, message }) => ({
    path: path
      .replace(/^body\.product_id\b/, `body.${product}`)
      .replace(/^body\.discount_id\b/, `body.${discount}`)
      .replace(/^body\.customer_email\b/, `body.${email}`)
      .replace(/^body\.customer_name\b/, 'body.customer.name')
      .replace(/^body\.customer_(billing_(?:name|address)|tax_id)\b/, 'body.customer.$1')
      .replace(/^body\.is_business_customer\b/, 'body.customer.is_business')
      .replace(/^body\b/, where),
    message,
  }));
  const detail = describeErrors(errors);
  return new Problem(error.code, { ...error.init, errors, detail, cause: error.init.cause ?? error });
}

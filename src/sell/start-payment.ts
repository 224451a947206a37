import { checkCallbackUrl, checkEmbedOrigin } from '../http/callback-urls.rules.ts';
import { newId } from '../base/ids.rules.ts';
import {
  type CheckoutRequest,
  isPaymentMethod,
  type Metadata,
  type OpenedCheckout,
  type PaymentMethod,
} from './payment-methods.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Result } from '../base/result.rules.ts';
import { describeErrors, Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { type Batch, type ResultsOf, runBatch } from '../base/db/database.rows.ts';
import { deliveryWakeUps, tellStatements } from '../tell/events/events.rows.ts';
import { insertPayment, productStatement, provenCustomersStatement } from './payments.rows.ts';
import type { AppRow, PaymentRow } from '../base/db/schema.rows.ts';
import { hashSecret, randomSecret } from '../base/secrets.ts';
import { type IdempotentRequest, withIdempotency } from '../http/idempotency.ts';
import { learnProduct } from './learn-product.ts';
import { openPolarCheckout, refusedProduct } from './open-polar-checkout.ts';
import { sealCheckoutUrl } from '../base/present-payment.ts';
import { type CheckoutBudget, checkoutBudget, noRoom } from '../polar/public-budget.ts';
import { isAdmitted } from '../polar/public-budget.rows.ts';

export interface PaymentInput {
  method: string;
  productId: string;
  metadata: Metadata;
  email?: string | undefined;
  name?: string | undefined;
  externalId?: string | undefined;
  successUrl?: string | undefined;
  returnUrl?: string | undefined;
  embedOrigin?: string | undefined;
  discountId?: string | undefined;
  discountCode?: string | undefined;
  locale?: string | undefined;
  seats?: number | undefined;
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
 * @throws {Problem} `unsupported_method`, `disallowed_url`, `unknown_product`, `product_archived`, `polar_…`, `idempotency_…`
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
    present: (payment: PaymentRow, checkoutUrl: string) => unknown;
  },
): Promise<{ status: number; body: unknown }> {
  if (!isPaymentMethod(input.method)) throw new Problem('unsupported_method');
  const { method } = input;
  const { database } = services;
  const urls = checkUrls(app, input, services.config.development, request.fields.where);
  const budget = request.isPublic ? checkoutBudget(services, app, input) : undefined;
  // The product is read in the batch that takes room for the request.
  const prefetch = {
    ...readProduct(services, app.mode, input.productId, budget),
    customers:
      input.externalId === undefined ? [] : [provenCustomersStatement(database, app.id, input.externalId)],
  };
  const inTheirWords = (error: unknown): never => {
    throw renameFields(error, request.fields);
  };
  return withIdempotency(services, { ...request, appId: app.id, prefetch }, async (found) => {
    await requireProduct(services, app, input.productId, budget, found).catch(inTheirWords);
    const id = newId('pay');
    const nonce = randomSecret();
    const customers = found.customers.flat();
    const provenCustomerId = customers.length === 1 ? customers[0]?.customerId : undefined;
    const opened = await drivers[method](budget?.opening ?? services, app.mode, {
      ...input,
      paymentId: id,
      appSlug: app.slug,
      returnLink: `${services.config.url}/return?payment=${id}&nonce=${nonce}`,
      returnUrl: urls.returnUrl,
      embedOrigin: urls.embedOrigin,
      customer: { email: input.email, name: input.name },
      provenCustomerId,
    }).catch(inTheirWords);
    const now = services.now();
    const payment: PaymentRow = {
      id,
      mode: app.mode,
      appId: app.id,
      method,
      status: 'pending',
      kind: 'checkout',
      productId: input.productId,
      amount: opened.amount,
      refundedAmount: 0,
      currency: opened.currency,
      customerId: opened.customerId,
      externalCustomerId: input.externalId ?? null,
      customerEmail: opened.customerEmail,
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
    const commit = {
      payment: insertPayment(database, payment),
      ...tellPending(services, app, payment, request.isPublic ?? false),
    };
    return {
      status: 201,
      body: request.present(payment, opened.url),
      commit,
      committed: ({ deliveries }: ResultsOf<typeof commit>) => {
        const { main, slow } = deliveryWakeUps(deliveries.flat());
        services.wake(main);
        services.wake(slow, 'slow');
      },
    };
  });
}

function tellPending(services: Services, app: AppRow, payment: PaymentRow, isPublic: boolean) {
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
  const how = { origin: 'api', isPublic, polarEventId: null, now: payment.createdAt } as const;
  return tellStatements(services.database, [event], how);
}

/** The product's row, and room for what it needs of Polar: a server has always room. */
function readProduct(
  { database }: Services,
  mode: Mode,
  productId: string,
  budget: CheckoutBudget | undefined,
) {
  return { product: productStatement(database, mode, productId), room: budget ? [budget.statements] : [] };
}

type ProductFound = ResultsOf<ReturnType<typeof readProduct>>;

/** Another app's product, an unowned one and one that does not exist are refused in the same words (invariant 5). */
async function requireProduct(
  services: Services,
  app: AppRow,
  productId: string,
  budget: CheckoutBudget | undefined,
  found: ProductFound,
): Promise<void> {
  if (found.product.length > 0) return refuseProduct(app, found);
  if (!found.room.every(({ learn }) => isAdmitted(learn))) throw noRoom();
  const isLearned = await learnProduct(budget?.learning ?? services, app.mode, productId);
  if (!isLearned) throw refusedProduct('unknown_product');
  const read = readProduct(services, app.mode, productId, budget);
  refuseProduct(app, await runBatch(services.database, read));
}

function refuseProduct(app: AppRow, { product: [product], room }: ProductFound): void {
  if (product?.appId !== app.id) throw refusedProduct('unknown_product');
  if (product.isArchived) throw refusedProduct('product_archived');
  if (!room.every(({ store }) => isAdmitted(store))) throw noRoom();
}

function checkUrls(app: AppRow, input: PaymentInput, development: boolean, where: string) {
  const errors: { path: string; message: string }[] = [];
  const take = (name: string, checked: Result<string, string> | undefined): string | undefined => {
    if (checked?.ok === false) errors.push({ path: `${where}.${name}`, message: checked.error });
    return checked?.ok ? checked.value : undefined;
  };
  const check = (url: string | undefined) =>
    url === undefined ? undefined : checkCallbackUrl(url, app.callbackUrls, development);
  const successUrl = take('success_url', check(input.successUrl ?? app.callbackUrls[0]));
  const returnUrl = take('return_url', check(input.returnUrl));
  const embedOrigin = take(
    'embed_origin',
    input.embedOrigin === undefined ? undefined : checkEmbedOrigin(input.embedOrigin, app.origins),
  );
  if (errors.length > 0 || successUrl === undefined) {
    const detail = describeErrors(errors);
    throw new Problem('disallowed_url', { errors, ...(detail === '' ? {} : { detail }) });
  }
  return { successUrl, returnUrl: returnUrl ?? null, embedOrigin };
}

/** Replaces Polar's names of fields in a refusal by those of the request. */
function renameFields(error: unknown, { where, email, product }: FieldNames): unknown {
  if (!(error instanceof Problem) || error.init.errors === undefined) return error;
  const errors = error.init.errors.map(({ path, message }) => ({
    path: path
      .replace(/^body\.product_id\b/, `body.${product}`)
      .replace(/^body\.customer_email\b/, `body.${email}`)
      .replace(/^body\.customer_name\b/, 'body.customer.name')
      .replace(/^body\b/, where),
    message,
  }));
  const detail = describeErrors(errors);
  return new Problem(error.code, { ...error.init, errors, detail, cause: error.init.cause ?? error });
}

import * as z from 'zod/mini';
import { MAX_MINOR_UNITS } from './amounts.rules.ts';
import { checkoutFields } from './checkout-fields.ts';
import { billing, checkoutOptions, readOptions } from './checkout-options.ts';
import { isPaymentMethod, readProductChoice } from './payment-methods.rules.ts';
import { PAYMENT_KINDS, PAYMENT_STATUSES } from '../base/payment-states.rules.ts';
import { PAYMENT_SORTS } from './payment-sorts.rules.ts';
import { presentPayment } from '../base/payment.rules.ts';
import { fingerprintOf } from '../http/idempotency.ts';
import { getPayment, listPayments } from './list-payments.ts';
import { refuseContradictions } from './refuse-contradictions.ts';
import { startPayment } from './start-payment.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { refuseMethod } from './refuse-method.ts';
import { type App, defineRoute, mount } from '../http/route.ts';
import {
  createdRange,
  customer,
  externalId,
  line,
  metadata,
  page,
  readInstant,
  text,
  uuid,
  wholeNumber,
  email,
} from '../http/shapes.ts';

/** Each is looked up for each payment that a page looks at. */
const MAX_METADATA_ASKED = 5;

const oneOf = <const Values extends readonly string[]>(values: Values) =>
  z.enum(values, `Must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}.`);

/** A field that is refused; `why` says what to do instead. */
export const refused = (why: string) => z.optional(z.never(why));

/** Who is to pay, as far as the app knows. */
export const buyer = z.strictObject({
  id: z.optional(uuid()),
  email: z.optional(email()),
  name: z.optional(line(256)),
  external_id: z.optional(externalId()),
});

/** The same, with what an invoice names. */
export const payer = z.strictObject({ ...buyer.shape, ...billing });

/** @throws {Problem} `validation_failed` for somebody who is named twice */
export function refuseMixedBuyer({ id, email: address, name }: z.output<typeof buyer>): void {
  if (id !== undefined && (address ?? name) !== undefined)
    throw invalid('body.customer.id', 'Give the id alone, or email and name: Polar has those of a customer.');
}

export const postPayment = defineRoute({
  method: 'post',
  path: '/v1/payments',
  auth: ['secret'],
  scope: 'payments:write',
  idempotent: true,
  body: z.strictObject({
    method: z._default(line(40), 'polar'),
    product_id: z.optional(uuid()),
    metadata: z._default(metadata(), {}),
    customer: z._default(payer, {}),
    ...checkoutFields,
    ...checkoutOptions,
    discount_id: z.optional(uuid()),
    amount: z.optional(wholeNumber(0, MAX_MINOR_UNITS)),
  }),
});

/** What lists of payments can be asked for. `metadata` is nested. */
export const paymentFilters = {
  status: z.optional(oneOf(PAYMENT_STATUSES)),
  kind: z.optional(oneOf(PAYMENT_KINDS)),
  customer: z.optional(customer()),
  product: z.optional(uuid()),
  product_id: z.optional(uuid()),
  order_id: z.optional(uuid()),
  subscription_id: z.optional(uuid()),
  discount_id: z.optional(uuid()),
  metadata: z._default(
    z
      .record(text(40), text(500))
      .check(
        z.refine(
          (asked) => Object.keys(asked).length <= MAX_METADATA_ASKED,
          `Must have at most ${MAX_METADATA_ASKED} keys.`,
        ),
      ),
    {},
  ),
  ...createdRange,
};

export const getPayments = defineRoute({
  method: 'get',
  path: '/v1/payments',
  auth: ['secret'],
  scope: 'payments:read',
  nested: ['metadata'],
  query: z.strictObject({
    ...paymentFilters,
    sort: z._default(oneOf(PAYMENT_SORTS), '-created_at'),
    ...page,
  }),
});

/** A query's `paymentFilters`. @throws {Problem} `validation_failed` */
export function readPaymentFilters(
  query: Omit<z.output<NonNullable<typeof getPayments.query>>, 'sort' | 'cursor' | 'limit'>,
) {
  const { product, product_id: productId = product } = query;
  if (product !== undefined && product !== productId)
    throw invalid('query.product_id', 'Must be the same as product, which is another name of it.');
  return {
    status: query.status,
    kind: query.kind,
    customer: query.customer,
    productId,
    orderId: query.order_id,
    subscriptionId: query.subscription_id,
    discountId: query.discount_id,
    metadata: query.metadata,
    createdAfter: readInstant(query.created_after),
    createdBefore: readInstant(query.created_before),
  };
}

export const getOnePayment = defineRoute({
  method: 'get',
  path: '/v1/payments/:id',
  auth: ['secret'],
  scope: 'payments:read',
  params: z.object({ id: line(64) }),
});

export function mountPayments(app: App): void {
  mount(app, postPayment, async (c, { caller, body, rawBody }) => {
    const { productId, otherProductIds, metadata: kept } = chooseProducts(c.get('services'), body);
    const options = { ...readOptions(body, body.customer), otherProductIds };
    refuseContradictions(body, options, [productId, ...otherProductIds]);
    refuseMixedBuyer(body.customer);
    const answer = await startPayment(
      c.get('services'),
      caller.app,
      {
        method: body.method,
        productId,
        metadata: kept,
        customerId: body.customer.id,
        email: body.customer.email,
        name: body.customer.name,
        externalId: body.customer.external_id,
        successUrl: body.success_url,
        returnUrl: body.return_url,
        embedOrigin: body.embed_origin,
        discountId: body.discount_id,
        discountCode: body.discount_code,
        allowDiscountCodes: body.allow_discount_codes,
        locale: body.locale,
        amount: body.amount,
        codeChallenge: body.code_challenge,
        ...options,
      },
      {
        route: 'POST /v1/payments',
        key: c.req.header('idempotency-key'),
        fingerprint: () => fingerprintOf('POST', '/v1/payments', rawBody),
        fields: { where: 'body', email: 'customer.email', product: 'product_id' },
        present: presentPayment,
      },
    );
    return c.json(answer.body, 201);
  });
  mount(app, getPayments, async (c, { caller, query }) => {
    const { sort, cursor, limit, ...filters } = query;
    return c.json(
      await listPayments(c.get('services'), caller.app, {
        ...readPaymentFilters(filters),
        sort,
        cursor,
        limit,
      }),
    );
  });
  mount(app, getOnePayment, async (c, { caller, params }) =>
    c.json(await getPayment(c.get('services'), caller.app, params.id)),
  );
}

/** The products of a checkout: by `product_ids`, or one as `product_id` or in the metadata; it then comes first. */
function chooseProducts(services: Services, body: z.output<NonNullable<typeof postPayment.body>>) {
  if (!isPaymentMethod(body.method)) throw refuseMethod(services, body.method);
  const { product_ids: several } = body;
  const choice = readProductChoice(body.method, { productId: body.product_id, metadata: body.metadata });
  if (!choice.agrees) throw invalid('body.product_id', 'Must be the same as metadata.polar_product_id.');
  const id = uuid().safeParse(choice.productId ?? several?.[0]);
  if (!id.success) {
    throw choice.productId === undefined
      ? invalid('body.product_id', 'Name the product: product_id, product_ids or metadata.polar_product_id.')
      : invalid('body.metadata.polar_product_id', 'Must be a UUID.');
  }
  if (several !== undefined && !several.includes(id.data))
    throw invalid('body.product_id', 'Must be one of product_ids: the one that is chosen at first.');
  const otherProductIds = (several ?? []).filter((each) => each !== id.data);
  return { productId: id.data, otherProductIds, metadata: choice.metadata };
}

function invalid(path: string, message: string): Problem {
  return new Problem('validation_failed', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

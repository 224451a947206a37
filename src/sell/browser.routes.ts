import * as z from 'zod/mini';
import { finishReturn } from './finish-return.ts';
import { findApp } from '../http/find-app.ts';
import { startPublicCheckout } from './start-public-checkout.ts';
import { type App, defineRoute, mount } from '../http/route.ts';
import { admitBrowser, admitVisitor } from '../http/caller.ts';
import { addressOf, redirect, refuseLookahead, refuseUnlessFollowed } from '../http/navigation.ts';
import { checkoutFields } from './checkout-fields.ts';
import { refused } from './payments.routes.ts';
import { email, fitting, line, text, uuid } from '../http/shapes.ts';

const SERVER_ONLY = 'Needs a secret key: create the payment on your server, with POST /v1/payments.';
/** Fields that only a server may send (trust rule 4). They are named here so that the refusal says why. */
const serverOnly = {
  customer: refused(SERVER_ONLY),
  customer_id: refused(SERVER_ONLY),
  external_id: refused(SERVER_ONLY),
  external_customer_id: refused(SERVER_ONLY),
  discount_id: refused(SERVER_ONLY),
  amount: refused(SERVER_ONLY),
  metadata: refused(SERVER_ONLY),
  product_ids: refused(SERVER_ONLY),
  prices: refused(SERVER_ONLY),
  min_seats: refused(SERVER_ONLY),
  max_seats: refused(SERVER_ONLY),
  min_units: refused(SERVER_ONLY),
  max_units: refused(SERVER_ONLY),
  trial_interval: refused(SERVER_ONLY),
  trial_interval_count: refused(SERVER_ONLY),
  allow_trial: refused(SERVER_ONLY),
  custom_field_data: refused(SERVER_ONLY),
  require_billing_address: refused(SERVER_ONLY),
};

export const postCheckout = defineRoute({
  method: 'post',
  path: '/v1/checkout',
  auth: ['publishable'],
  admit: admitBrowser('checkout'),
  idempotent: true,
  body: z.strictObject({
    product_id: uuid(),
    email: z.optional(email()),
    ...checkoutFields,
    ...serverOnly,
  }),
});

export const getCheckout = defineRoute({
  method: 'get',
  path: '/checkout/:app',
  auth: [],
  admit: async (c) => refuseUnlessFollowed(c) ?? admitVisitor(c, 'checkout'),
  params: z.object({ app: line(80) }),
  query: z.object({
    product: uuid(),
    email: z.optional(email()),
    ...checkoutFields,
    allow_discount_codes: z.optional(
      z.pipe(
        z.enum(['true', 'false'], 'Must be true or false.'),
        z.transform((value) => value === 'true'),
      ),
    ),
    seats: z.optional(
      z.pipe(fitting(3, /^[1-9]\d{0,2}$/, 'Must be a whole number from 1 to 999.'), z.transform(Number)),
    ),
    units: z.optional(
      z.pipe(fitting(8, /^[1-9]\d{0,7}$/, 'Must be a whole number from 1 to 99999999.'), z.transform(Number)),
    ),
    ...serverOnly,
  }),
});

export const getReturn = defineRoute({
  method: 'get',
  path: '/return',
  auth: [],
  admit: async (c) => refuseLookahead(c),
  // Other parameters that Polar appends, such as a customer session token, are not read, logged or passed on.
  query: z.object({ payment: z._default(text(80), ''), nonce: z._default(text(80), '') }),
});

/** What a page's script calls. */
export function mountCheckout(app: App): void {
  mount(app, postCheckout, async (c, { caller, body, rawBody }) => {
    const started = await startPublicCheckout(
      c.get('services'),
      caller.app,
      { ...readCheckout(body), productId: body.product_id },
      {
        route: 'POST /v1/checkout',
        key: c.req.header('idempotency-key'),
        address: addressOf(c),
        rawBody,
        fields: { where: 'body', email: 'email', product: 'product_id' },
      },
    );
    return c.json(started, 201);
  });
}

/** What buyers open. */
export function mountCheckoutPages(app: App): void {
  mount(app, getCheckout, async (c, { params, query }) => {
    const services = c.get('services');
    const owner = await findApp(services, params.app);
    try {
      const { url } = await startPublicCheckout(
        services,
        owner,
        { ...readCheckout(query), productId: query.product },
        {
          route: 'GET /checkout/:app',
          key: undefined,
          address: addressOf(c),
          rawBody: '',
          fields: { where: 'query', email: 'email', product: 'product' },
        },
      );
      return redirect(c, url ?? '');
    } catch (error) {
      const { showRefusedCheckout } = await import('./show-refused-checkout.routes.ts');
      return showRefusedCheckout(c, owner, error);
    }
  });

  mount(app, getReturn, async (c, { query }) => {
    const location = await finishReturn(c.get('services'), {
      paymentId: query.payment,
      nonce: query.nonce,
    });
    return redirect(c, location);
  });
}

type CheckoutQuery = Pick<
  z.output<NonNullable<typeof postCheckout.body>>,
  keyof typeof checkoutFields | 'email'
>;

function readCheckout(fields: CheckoutQuery) {
  return {
    email: fields.email,
    successUrl: fields.success_url,
    returnUrl: fields.return_url,
    embedOrigin: fields.embed_origin,
    discountCode: fields.discount_code,
    allowDiscountCodes: fields.allow_discount_codes,
    locale: fields.locale,
    seats: fields.seats,
    units: fields.units,
    currency: fields.currency,
    codeChallenge: fields.code_challenge,
  };
}

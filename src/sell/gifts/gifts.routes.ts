import * as z from 'zod/mini';
import { readNamed } from '../../base/subject.rules.ts';
import { Problem } from '../../base/problem.ts';
import { doerOf } from '../../http/doer.ts';
import { requireScope } from '../../http/require-caller.ts';
import { type App, defineRoute, mount } from '../../http/route.ts';
import {
  createdRange,
  customer,
  email,
  instant,
  line,
  lines,
  metadata,
  page,
  readInstant,
  uuid,
  wholeNumber,
} from '../../http/shapes.ts';
import { MAX_MINOR_UNITS } from '../amounts.rules.ts';
import { checkoutFields } from '../checkout-fields.ts';
import { buyer, refuseMixedBuyer } from '../payments.routes.ts';
import { cancelGift } from './cancel-gift.ts';
import { claimForUser } from './claim-gift.ts';
import { readGiftCode } from './gift-links.ts';
import { DAY_MS, DEFAULT_LINK_DAYS, MAX_AHEAD_DAYS, MAX_LINK_DAYS } from './gifts.rules.ts';
import { getGift, listGifts } from './list-gifts.ts';
import { resendGift } from './resend-gift.ts';
import { giveAway, sellGift } from './start-gift.ts';

const MAX_NAME = 80;
const MAX_MESSAGE = 1000;
/** Of a checkout only: a payment that is there has had them. */
const CHECKOUT_FIELDS = [
  'customer',
  'metadata',
  'success_url',
  'return_url',
  'discount_id',
  'discount_code',
  'amount',
  'locale',
] as const;

export const postGift = defineRoute({
  method: 'post',
  path: '/v1/gifts',
  auth: ['secret'],
  scope: 'gifts:write',
  idempotent: true,
  body: z
    .strictObject({
      product_id: z.optional(uuid()),
      payment: z.optional(line(64)),
      to_email: z.optional(email()),
      send_at: z.optional(instant()),
      from_name: z.optional(line(MAX_NAME)),
      message: z.optional(lines(MAX_MESSAGE)),
      redirect_url: z.optional(line(2048)),
      expires_in_days: z._default(wholeNumber(1, MAX_LINK_DAYS), DEFAULT_LINK_DAYS),
      customer: z.optional(buyer),
      metadata: z.optional(metadata()),
      success_url: checkoutFields.success_url,
      return_url: checkoutFields.return_url,
      discount_id: z.optional(uuid()),
      discount_code: checkoutFields.discount_code,
      amount: z.optional(wholeNumber(0, MAX_MINOR_UNITS)),
      locale: checkoutFields.locale,
    })
    .check(
      z.refine(
        ({ product_id, payment }) => (product_id === undefined) !== (payment === undefined),
        'Give either product_id, to sell a gift, or payment, to give a purchase away.',
      ),
      z.refine(({ send_at, to_email }) => send_at === undefined || to_email !== undefined, {
        path: ['send_at'],
        error: 'Needs to_email: a link that you hand over is there at once.',
      }),
      z.refine(({ discount_code, discount_id }) => discount_code === undefined || discount_id === undefined, {
        path: ['discount_code'],
        error: 'Give discount_code or discount_id, not both.',
      }),
      z.refine(
        (body) => body.payment === undefined || CHECKOUT_FIELDS.every((field) => body[field] === undefined),
        `With payment there is no checkout: leave out ${CHECKOUT_FIELDS.join(', ')}.`,
      ),
    ),
});

export const getGifts = defineRoute({
  method: 'get',
  path: '/v1/gifts',
  auth: ['secret'],
  scope: 'gifts:read',
  query: z.strictObject({
    payment: z.optional(line(64)),
    to_email: z.optional(email()),
    ...createdRange,
    ...page,
  }),
});

export const getOneGift = defineRoute({
  method: 'get',
  path: '/v1/gifts/:id',
  auth: ['secret'],
  scope: 'gifts:read',
  params: z.object({ id: line(64) }),
});

export const postResend = defineRoute({
  method: 'post',
  path: '/v1/gifts/:id/resend',
  auth: ['secret'],
  scope: 'gifts:write',
  idempotent: true,
  bodyOptional: true,
  params: z.object({ id: line(64) }),
  body: z.strictObject({ to_email: z.optional(email()) }),
});

export const postCancelGift = defineRoute({
  method: 'post',
  path: '/v1/gifts/:id/cancel',
  auth: ['secret'],
  scope: 'gifts:write',
  bodyOptional: true,
  params: z.object({ id: line(64) }),
  body: z.strictObject({ refund: z._default(z.boolean('Must be true or false.'), true) }),
});

export const postClaim = defineRoute({
  method: 'post',
  path: '/v1/gift-claims',
  auth: ['secret'],
  scope: 'gifts:write',
  idempotent: true,
  body: z.strictObject({ code: line(2048), customer: customer() }),
});

/** What apps call about gifts. */
export function mountGifts(app: App): void {
  mount(app, postGift, async (c, { caller, body, rawBody }) => {
    const services = c.get('services');
    const sendAt = readInstant(body.send_at);
    if (sendAt !== undefined && sendAt > services.now() + MAX_AHEAD_DAYS * DAY_MS)
      throw invalid('body.send_at', `Must be within ${MAX_AHEAD_DAYS} days.`);
    const gift = {
      toEmail: body.to_email,
      fromName: body.from_name,
      message: body.message,
      redirectUrl: body.redirect_url,
      sendAt,
      linkDays: body.expires_in_days,
    };
    const request = { key: c.req.header('idempotency-key'), rawBody, by: doerOf(c, caller) };
    const answer =
      body.payment === undefined
        ? await sellGift(services, caller.app, { gift, checkout: readCheckout(body) }, request)
        : await giveAway(services, caller.app, { gift, paymentId: body.payment }, request);
    return c.json(answer.body, 201);
  });
  mount(app, getGifts, async (c, { caller, query }) =>
    c.json(
      await listGifts(c.get('services'), caller.app, {
        paymentId: query.payment,
        toEmail: query.to_email,
        createdAfter: readInstant(query.created_after),
        createdBefore: readInstant(query.created_before),
        cursor: query.cursor,
        limit: query.limit,
      }),
    ),
  );
  mount(app, getOneGift, async (c, { caller, params }) =>
    c.json(await getGift(c.get('services'), caller.app, params.id)),
  );
  mount(app, postClaim, async (c, { caller, body, rawBody }) => {
    const named = readNamed({ customer: body.customer });
    if (!named.ok || named.value.kind === 'member') throw invalid('body.customer', 'Name the customer.');
    const answer = await claimForUser(
      c.get('services'),
      caller.app,
      { code: readGiftCode(body.code), subject: named.value, by: doerOf(c, caller) },
      { key: c.req.header('idempotency-key'), rawBody },
    );
    return c.json(answer.body);
  });
  mount(app, postResend, async (c, { caller, params, body, rawBody }) => {
    const answer = await resendGift(
      c.get('services'),
      caller.app,
      { id: params.id, toEmail: body.to_email, by: doerOf(c, caller) },
      { key: c.req.header('idempotency-key'), rawBody },
    );
    return c.json(answer.body);
  });
  mount(app, postCancelGift, async (c, { caller, params, body }) => {
    if (body.refund) requireScope(caller, 'refunds:write', 'refund');
    const canceled = await cancelGift(c.get('services'), caller.app, {
      id: params.id,
      refund: body.refund,
      by: doerOf(c, caller),
    });
    return c.json(canceled);
  });
}

function readCheckout(body: z.output<NonNullable<typeof postGift.body>>) {
  refuseMixedBuyer(body.customer ?? {});
  return {
    method: 'polar',
    productId: body.product_id ?? '',
    metadata: body.metadata ?? {},
    customerId: body.customer?.id,
    email: body.customer?.email,
    name: body.customer?.name,
    externalId: body.customer?.external_id,
    successUrl: body.success_url,
    returnUrl: body.return_url,
    discountId: body.discount_id,
    discountCode: body.discount_code,
    locale: body.locale,
    amount: body.amount,
  };
}

function invalid(path: string, message: string): Problem {
  return new Problem('validation_failed', { detail: `${path}: ${message}`, errors: [{ path, message }] });
}

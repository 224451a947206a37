import * as z from 'zod/mini';
import { roundNumber } from '../base/json.rules.ts';
import { once } from '../base/once.rules.ts';
import { toMicroseconds } from './versions.rules.ts';

/*
 * Polar's objects, as far as Floe reads them: from webhooks, from API answers, or embedded in another object.
 * Unknown keys and unknown enum values pass: Polar may add both tomorrow. Times stay ISO text here.
 *
 * What money, access and routing need is read strictly: an object without it cannot be applied, and its Polar event is kept as
 * failed. Everything else is `loose`: what cannot be understood counts as left out, and fails nothing. What is embedded
 * is read by itself, see observe.ts.
 */

const text = once(() => z.string());
const nullableText = once(() => z.nullish(z.string()));
const whole = once(() => z.pipe(z.transform(roundNumber), z.int()));
/**
 * Metadata says what products and benefits open, so it must not be dropped as not understood: that would close content.
 */
const metadata = once(() => z.record(z.string(), z.unknown()));
const identity = () => ({ id: text(), created_at: text(), modified_at: nullableText() });

const loose = {
  text: once(() => z.catch(text(), '')),
  nullableText: once(() => z.catch(nullableText(), undefined)),
  nullableWhole: once(() => z.catch(z.nullish(whole()), undefined)),
  boolean: once(() => z.catch(z.boolean(), false)),
  nullableBoolean: once(() => z.catch(z.nullish(z.boolean()), undefined)),
  time: once(() => z.catch(z.nullish(text().check(z.refine(isTime))), undefined)),
  list: once(() => z.catch(z.optional(z.array(z.unknown())), undefined)),
  fields: once(() => z.catch(z.record(z.string(), z.unknown()), {})),
};

function isTime(value: string): boolean {
  try {
    toMicroseconds(value);
    return true;
  } catch {
    return false;
  }
}

export const customerObject = once(() =>
  z.looseObject({
    ...identity(),
    email: nullableText(),
    deleted_at: nullableText(),
    name: loose.nullableText(),
  }),
);

export const productObject = once(() =>
  z.looseObject({
    ...identity(),
    name: text(),
    is_archived: z.boolean(),
    is_recurring: loose.boolean(),
    metadata: metadata(),
    prices: loose.list(),
    benefits: loose.list(),
  }),
);
/** A product inside an order has no prices and no benefits, which selling it needs; the whole product is read again. */
export const productPart = once(() =>
  z.looseObject({
    id: text(),
    created_at: loose.time(),
    modified_at: loose.time(),
    name: loose.text(),
    is_archived: loose.boolean(),
    is_recurring: loose.boolean(),
    metadata: loose.fields(),
    prices: loose.list(),
    benefits: loose.list(),
  }),
);

export const benefitObject = once(() =>
  z.looseObject({
    ...identity(),
    type: text(),
    description: loose.text(),
    is_deleted: loose.boolean(),
    metadata: metadata(),
    properties: loose.fields(),
  }),
);

/** What a benefit that gives files says of them. */
export const filesOfBenefit = once(() =>
  z.object({ files: z.array(text()), archived: z.catch(z.record(z.string(), z.boolean()), {}) }),
);

/** The discount inside an order or a subscription. */
const discountPart = once(() =>
  z.catch(
    z.nullish(
      z.looseObject({
        id: text(),
        name: loose.nullableText(),
        code: loose.nullableText(),
        max_redemptions: loose.nullableWhole(),
        redemptions_count: loose.nullableWhole(),
        metadata: loose.fields(),
      }),
    ),
    undefined,
  ),
);

export const subscriptionObject = once(() =>
  z.looseObject({
    ...identity(),
    status: text(),
    current_period_start: text(),
    current_period_end: text(),
    cancel_at_period_end: z.boolean(),
    canceled_at: nullableText(),
    started_at: nullableText(),
    ends_at: nullableText(),
    ended_at: nullableText(),
    past_due_at: nullableText(),
    paused_at: nullableText(),
    amount: loose.nullableWhole(),
    currency: loose.nullableText(),
    recurring_interval: loose.nullableText(),
    recurring_interval_count: loose.nullableWhole(),
    trial_start: loose.time(),
    trial_end: loose.time(),
    pause_at_period_end: loose.nullableBoolean(),
    resumes_at: loose.time(),
    seats: loose.nullableWhole(),
    units: loose.nullableWhole(),
    discount_id: loose.nullableText(),
    discount: discountPart(),
    customer_cancellation_reason: loose.nullableText(),
    customer_cancellation_comment: loose.nullableText(),
    pending_update: z.catch(
      z.nullish(
        z.looseObject({
          applies_at: loose.time(),
          product_id: loose.nullableText(),
          seats: loose.nullableWhole(),
          units: loose.nullableWhole(),
        }),
      ),
      undefined,
    ),
    customer_id: text(),
    product_id: text(),
    checkout_id: nullableText(),
    metadata: loose.fields(),
  }),
);

export const orderObject = once(() =>
  z.looseObject({
    ...identity(),
    status: text(),
    billing_reason: text(),
    net_amount: whole(),
    total_amount: whole(),
    refunded_amount: whole(),
    refunded_tax_amount: loose.nullableWhole(),
    discount_amount: loose.nullableWhole(),
    applied_balance_amount: loose.nullableWhole(),
    discount_id: loose.nullableText(),
    discount: discountPart(),
    invoice_number: loose.nullableText(),
    billing_address: z.catch(z.nullish(z.looseObject({ country: loose.nullableText() })), undefined),
    next_payment_attempt_at: loose.time(),
    product: z.catch(
      z.nullish(z.looseObject({ name: loose.nullableText(), metadata: loose.fields() })),
      undefined,
    ),
    currency: text(),
    customer_id: text(),
    product_id: nullableText(),
    checkout_id: nullableText(),
    subscription_id: nullableText(),
    is_invoice_generated: loose.boolean(),
    platform_fee_currency: loose.nullableText(),
    metadata: loose.fields(),
    subscription: z.catch(z.nullish(z.looseObject({ ended_at: loose.nullableText() })), undefined),
  }),
);

export const refundObject = once(() =>
  z.looseObject({
    ...identity(),
    status: text(),
    revoke_benefits: z.catch(z.nullish(z.boolean()), null),
    amount: whole(),
    tax_amount: loose.nullableWhole(),
    metadata: loose.fields(),
    currency: text(),
    order_id: text(),
    customer_id: text(),
    reason: loose.text(),
  }),
);

export const grantObject = once(() =>
  z.looseObject({
    ...identity(),
    benefit_id: text(),
    customer_id: text(),
    member_id: nullableText(),
    order_id: nullableText(),
    subscription_id: nullableText(),
    is_granted: z.boolean(),
    is_revoked: z.boolean(),
    granted_at: nullableText(),
    revoked_at: nullableText(),
    member: z.catch(z.nullish(z.looseObject({ id: text(), role: loose.nullableText() })), undefined),
    properties: loose.fields(),
    benefit: z.catch(z.optional(z.looseObject({ type: text(), metadata: loose.fields() })), undefined),
    error: z.catch(
      z.nullish(z.looseObject({ type: text(), message: text(), timestamp: loose.time() })),
      undefined,
    ),
  }),
);

export const checkoutObject = once(() =>
  z.looseObject({
    ...identity(),
    status: text(),
    customer_id: nullableText(),
    product_id: nullableText(),
  }),
);

/** As far as a list of checkouts is read. */
export const checkoutStatus = once(() => z.looseObject({ status: text() }));

export const disputeObject = once(() =>
  z.looseObject({
    ...identity(),
    status: text(),
    amount: whole(),
    currency: text(),
    order_id: text(),
    tax_amount: loose.nullableWhole(),
    reason: loose.nullableText(),
    evidence_due_by: loose.nullableText(),
    customer: z.catch(z.optional(z.looseObject({ id: text() })), undefined),
  }),
);

/** A subscription or order of which seats were bought. */
export const seatPurchase = once(() =>
  z.looseObject({ status: text(), seats: z.int(), subscription_id: nullableText() }),
);

/** The seats of one purchase. */
export const seatsObject = once(() => z.looseObject({ seats: z.array(z.unknown()) }));

/** Any object with an id, of which nothing else is read. */
export const plainObject = once(() =>
  z.looseObject({
    id: text(),
    created_at: loose.time(),
    modified_at: loose.time(),
  }),
);

/** The id of any object; null when not even that is understood. */
export const namedObject = once(() =>
  z.catch(z.object({ id: z.catch(z.nullable(text()), null) }), { id: null }),
);

/** The envelope of every webhook. */
export const envelope = once(() =>
  z.looseObject({ type: text(), timestamp: text(), data: z.looseObject({}) }),
);

export type ProductObject = z.output<ReturnType<typeof productPart>>;
export type PlainObject = z.output<ReturnType<typeof plainObject>>;

/*
 * What an app is told of Polar's objects (trust rule 7, ADR 45). The customer in an object is shared by all apps of the
 * organization, so what was typed at another app's checkout is in it. Therefore only what is listed here is passed on,
 * by kind.
 */

import { parseJson } from '../../base/json.rules.ts';

/**
 * The number of this list; each stored body has the number of the list by which it was cut. Raise it with every change
 * that removes something.
 */
export const PASSING_LIST = 2;

type Fields = Record<string, unknown>;

/** What is known of the app that is told. */
export interface Passing {
  /** The address that the app's own purchase came with. */
  email: string | null;
  /** Of another app's product no more than the id is told. */
  ownsProduct: (id: unknown) => boolean;
  /** The same of a benefit. */
  ownsBenefit: (id: unknown) => boolean;
  /**
   * Whether the order, and the subscription, was begun at this app's checkout; then this app may know what was typed
   * there.
   */
  sold: { order: boolean; subscription: boolean };
}

/** Gives what is passed on of one field; undefined leaves it out. `whole`: the object that has the field. */
type Cut = (value: unknown, passing: Passing, whole: Fields) => unknown;

interface Kind {
  /** Text fields that pass. Numbers, booleans, null and times pass without being listed. */
  text: readonly string[];
  /** Objects, lists, and texts that pass in part. */
  parts?: Readonly<Record<string, Cut>>;
}

/** Text fields that pass in every kind, and the only ones in a type that Polar adds later. */
const COMMON =
  'id type status reason currency order_id subscription_id checkout_id product_id refund_id benefit_id customer_id member_id'.split(
    ' ',
  );

const words = (list: string) => [...COMMON, ...list.split(' ')];

const whole: Cut = (value) => value;
const ofOwnProduct: Cut = (value, passing, { product_id: id }) =>
  passing.ownsProduct(id) ? value : undefined;
const as =
  (kind: Kind): Cut =>
  (value, passing) =>
    isFields(value) ? cut(kind, value, passing) : null;
/**
 * Fields that were typed or chosen at a checkout. A subscription keeps them when it is moved to another app's product,
 * which must not get them.
 */
const typedAt =
  (purchase: keyof Passing['sold'], each: Cut): Cut =>
  (value, passing, data) =>
    passing.sold[purchase] ? each(value, passing, data) : undefined;
const listOf =
  (kind: Kind): Cut =>
  (value, passing) =>
    Array.isArray(value) ? value.filter(isFields).map((each) => cut(kind, each, passing)) : [];

/** Metadata and custom fields: plain values, without the gateway's own keys. */
const notes: Cut = (value) =>
  isFields(value)
    ? Object.fromEntries(
        Object.entries(value).filter(([name, each]) => isPlain(each) && !name.startsWith('gateway_')),
      )
    : null;

const benefit: Kind = {
  text: words('description visibility'),
  parts: {
    metadata: notes,
    properties: as({
      text: ['note', 'prefix', 'guild_id', 'role_id', 'repository_owner', 'repository_name', 'permission'],
      parts: { expires: notes, activations: notes, files: whole, archived: notes },
    }),
  },
};

const product: Kind = {
  text: words('name description visibility recurring_interval trial_interval meter_interval'),
  parts: {
    metadata: notes,
    prices: whole,
    benefits: listOf(benefit),
    medias: whole,
    attached_custom_fields: whole,
  },
};

/**
 * Of the customer only what this app knows by its own purchase. Polar's name is the first that was typed at any app.
 */
const customer: Cut = (value, { email }) => (isFields(value) ? { id: value['id'], email } : null);
const member: Cut = (value) => (isFields(value) ? { id: value['id'], role: value['role'] ?? null } : null);
const productOfApp: Cut = (value, passing) => {
  if (!isFields(value)) return null;
  return passing.ownsProduct(value['id']) ? cut(product, value, passing) : { id: value['id'] };
};
const benefitOfApp: Cut = (value, passing) => {
  if (!isFields(value)) return null;
  return passing.ownsBenefit(value['id'])
    ? cut(benefit, value, passing)
    : { id: value['id'], type: value['type'] };
};

const meters = listOf({ text: ['id', 'meter_id'] });

const dispute: Kind = { text: words('payment_id') };

const subscription: Kind = {
  text: words('recurring_interval'),
  parts: {
    metadata: typedAt('subscription', notes),
    custom_field_data: typedAt('subscription', notes),
    discount_id: typedAt('subscription', whole),
    customer_cancellation_reason: typedAt('subscription', whole),
    customer_cancellation_comment: typedAt('subscription', whole),
    customer,
    product: productOfApp,
    // Only the app that owns the product is told what it costs and how much of it is used.
    amount: ofOwnProduct,
    seats: ofOwnProduct,
    units: ofOwnProduct,
    price_id: ofOwnProduct,
    prices: ofOwnProduct,
    meters: (value, passing, data) =>
      passing.ownsProduct(data['product_id']) ? meters(value, passing, data) : undefined,
    pending_update: (value, { ownsProduct }, { product_id: current }) => {
      if (!isFields(value)) return null;
      const next = value['product_id'] ?? null;
      return {
        applies_at: value['applies_at'] ?? null,
        seats: ownsProduct(next ?? current) ? (value['seats'] ?? null) : null,
        product_id: ownsProduct(next) ? next : null,
      };
    },
  },
};

const order: Kind = {
  text: words('billing_reason platform_fee_currency invoice_number receipt_number'),
  parts: {
    metadata: typedAt('order', notes),
    custom_field_data: typedAt('order', notes),
    discount_id: typedAt('order', whole),
    description: ofOwnProduct,
    product_price_id: ofOwnProduct,
    seats: ofOwnProduct,
    units: ofOwnProduct,
    customer,
    product: productOfApp,
    subscription: as(subscription),
    // An item may be for a part of a period with the product before, which can be another app's; its label names that
    // product.
    items: (value, passing, { product_id: id }) =>
      Array.isArray(value)
        ? value.filter(isFields).map((item) => {
            const isOwn = passing.ownsProduct(id) && item['proration'] !== true;
            return cut({ text: isOwn ? ['id', 'label', 'product_price_id'] : ['id'] }, item, passing);
          })
        : [],
  },
};

/** A team's seats come from its subscription or from an order. */
function typedForSeat(each: Cut): Cut {
  return (value, passing, data) =>
    typedAt(typeof data['subscription_id'] === 'string' ? 'subscription' : 'order', each)(
      value,
      passing,
      data,
    );
}

/** What was typed there. A checkout that was opened for a customer has the customer's present address, which is not told. */
function addressOfCheckout(value: unknown, { email }: Passing, data: Fields): unknown {
  const isPreset = typeof data['customer_id'] === 'string' && /^(open|expired)$/.test(String(data['status']));
  return isPreset ? email : value;
}

/** By the noun of Polar's type. */
const KINDS: Partial<Record<string, Kind>> = {
  order,
  subscription,
  product,
  benefit,
  dispute,
  refund: {
    text: COMMON,
    parts: { comment: typedAt('order', whole), metadata: typedAt('order', notes), dispute: as(dispute) },
  },
  benefit_grant: {
    text: COMMON,
    parts: {
      customer,
      member,
      benefit: benefitOfApp,
      error: as({ text: ['type', 'message'] }),
      properties: as({
        text: words(
          'license_key_id display_key guild_id role_id repository_owner repository_name permission',
        ),
        parts: { files: whole },
      }),
    },
  },
  customer_seat: {
    text: COMMON,
    parts: {
      email: typedForSeat(whole),
      customer_email: typedForSeat(whole),
      seat_metadata: typedForSeat(notes),
      member,
    },
  },
  // A checkout also has its `client_secret`, and our return link with the nonce, so little of it passes.
  checkout: {
    text: words('product_price_id'),
    parts: {
      customer_email: typedAt('order', addressOfCheckout),
      discount_id: typedAt('order', whole),
      metadata: typedAt('order', notes),
      custom_field_data: typedAt('order', notes),
    },
  },
};

/** What is passed on of `data`, which Polar sent as `type`. */
export function passOn(type: string, data: Fields, passing: Passing): Fields {
  const [noun = ''] = type.split('.', 1);
  if (noun === 'customer')
    return { id: data['id'], email: passing.email, deleted_at: data['deleted_at'] ?? null };
  return cut(KINDS[noun] ?? { text: COMMON }, data, passing);
}

/** An event's body as it is sent and shown: cut by the present list. `passedOn`: the list that it was stored under. */
export function readBody({ body, passedOn }: { body: string; passedOn: number }): string {
  return passedOn < PASSING_LIST ? passOnAgain(body, passedOn) : body;
}

/**
 * Cuts a body that was stored under the list `before` by the present one, before it is sent or shown. Only the body
 * says what belonged to the app then: the list before this one left only the id of another app's product, and a
 * checkout that is the payment's own was the app's. Bodies from before there was a list do not say it.
 */
function passOnAgain(body: string, before: number): string {
  const event = parseJson(body);
  if (!isFields(event) || !isFields(event['data'])) return body;
  const { payment, polar } = event['data'];
  const paid = isFields(payment) ? payment : {};
  const buyer = isFields(paid['customer']) ? paid['customer'] : {};
  const isCut = isFields(polar) && typeof polar['type'] === 'string' && isFields(polar['data']);
  const told = isCut ? (polar['data'] as Fields) : {};
  const { product } = told;
  const isOwn = before > 0 && isFields(product) && Object.keys(product).length > 1;
  const { checkout_id: checkoutId } = told;
  const isOfPayment = isOwn && typeof checkoutId === 'string' && checkoutId === paid['checkout_id'];
  const passing: Passing = {
    email: typeof buyer['email'] === 'string' ? buyer['email'] : null,
    ownsProduct: (id) => isOwn && id === product['id'],
    ownsBenefit: () => before > 0,
    sold: { order: isOfPayment, subscription: isOfPayment },
  };
  const data = {
    ...event['data'],
    payment: isFields(payment) ? { ...payment, checkout_url: null } : payment,
    polar: isCut ? { ...polar, data: passOn(String(polar['type']), told, passing) } : null,
  };
  return JSON.stringify({ ...event, data });
}

function cut({ text, parts = {} }: Kind, data: Fields, passing: Passing): Fields {
  return Object.fromEntries(
    Object.entries(data).flatMap(([name, value]): [string, unknown][] => {
      const part = Object.hasOwn(parts, name) ? parts[name] : undefined;
      if (part) {
        const passed = part(value, passing, data);
        return passed === undefined ? [] : [[name, passed]];
      }
      const passes = typeof value === 'string' ? text.includes(name) || isTime(value) : isPlain(value);
      return passes ? [[name, value]] : [];
    }),
  );
}

function isPlain(value: unknown): boolean {
  return (
    value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value) || isRawNumber(value)
  );
}

/** A number that JavaScript cannot hold is an object of `JSON.rawJSON`, which TypeScript's library does not know yet. */
function isRawNumber(value: unknown): boolean {
  return JSON.isRawJSON(value);
}

const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

function isTime(value: string): boolean {
  return value.length <= 40 && TIME.test(value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isRawNumber(value);
}

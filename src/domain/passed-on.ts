/*
 * What an app is told of Polar's objects (trust rule 7, ADR 45). An object of Polar's holds the customer of the whole
 * organization: what was typed at another app's checkout is in it. So only what is listed here is passed on, by kind.
 */

import { parseJson } from './json.ts';

/** Which list a stored body was cut by: raise it with every change that takes something away. */
export const PASSING_LIST = 1;

type Fields = Record<string, unknown>;

/** What is known of the app that is told. */
export interface Passing {
  /** The address that the app's own purchase came with. */
  email: string | null;
  /** Of another app's product no more than the id is told. */
  ownsProduct: (id: unknown) => boolean;
  /** The same of a benefit. */
  ownsBenefit: (id: unknown) => boolean;
}

/** How one field is passed on; undefined leaves it out. `whole`: the object that it is a field of. */
type Cut = (value: unknown, passing: Passing, whole: Fields) => unknown;

interface Kind {
  /** Fields that pass when they are text. Numbers, booleans, null and times pass by themselves. */
  text: readonly string[];
  /** Objects, lists, and texts that pass in part. */
  parts?: Readonly<Record<string, Cut>>;
}

/** Text of every kind, and all the text of a type that Polar adds tomorrow. */
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
const listOf =
  (kind: Kind): Cut =>
  (value, passing) =>
    Array.isArray(value) ? value.filter(isFields).map((each) => cut(kind, each, passing)) : [];

/** What sellers and buyers noted: plain values, without the notes of the gateway itself. */
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

/** Of the customer what this app knows by its own purchase. The name is the first that was typed anywhere. */
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

const dispute: Kind = { text: words('payment_id') };

const subscription: Kind = {
  text: words(
    'recurring_interval discount_id price_id customer_cancellation_reason customer_cancellation_comment',
  ),
  parts: {
    metadata: notes,
    custom_field_data: notes,
    customer,
    product: productOfApp,
    prices: ofOwnProduct,
    meters: listOf({ text: ['id', 'meter_id'] }),
    pending_update: (value, { ownsProduct }) =>
      isFields(value)
        ? {
            applies_at: value['applies_at'] ?? null,
            seats: value['seats'] ?? null,
            product_id: ownsProduct(value['product_id']) ? value['product_id'] : null,
          }
        : null,
  },
};

const order: Kind = {
  text: words(
    'billing_reason platform_fee_currency invoice_number receipt_number product_price_id discount_id',
  ),
  parts: {
    metadata: notes,
    custom_field_data: notes,
    description: ofOwnProduct,
    customer,
    product: productOfApp,
    subscription: as(subscription),
    // A part of a period may be of the product before, which can be another app's: its label names it.
    items: (value, passing, { product_id: id }) =>
      Array.isArray(value)
        ? value.filter(isFields).map((item) => {
            const isOwn = passing.ownsProduct(id) && item['proration'] !== true;
            return cut({ text: isOwn ? ['id', 'label', 'product_price_id'] : ['id'] }, item, passing);
          })
        : [],
  },
};

/** By the noun of Polar's type. */
const KINDS: Partial<Record<string, Kind>> = {
  order,
  subscription,
  product,
  benefit,
  dispute,
  refund: { text: words('comment'), parts: { metadata: notes, dispute: as(dispute) } },
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
  customer_seat: { text: words('email customer_email'), parts: { seat_metadata: notes, member } },
  // Beside how it stands, a checkout has its `client_secret`, and our return link with the nonce.
  checkout: {
    text: words('customer_email product_price_id discount_id'),
    parts: { metadata: notes, custom_field_data: notes },
  },
};

/** What is passed on of `data`, which Polar sent as `type`. */
export function passOn(type: string, data: Fields, passing: Passing): Fields {
  const [noun = ''] = type.split('.', 1);
  if (noun === 'customer')
    return { id: data['id'], email: passing.email, deleted_at: data['deleted_at'] ?? null };
  return cut(KINDS[noun] ?? { text: COMMON }, data, passing);
}

/**
 * A body that was stored when another list was in force, as it may be sent and shown now. What belonged to the app then
 * is not known any more: of products and benefits no more than the id is left.
 */
export function passOnAgain(body: string): string {
  const fact = parseJson(body);
  if (!isFields(fact) || !isFields(fact['data'])) return body;
  const { payment, polar } = fact['data'];
  const buyer = isFields(payment) && isFields(payment['customer']) ? payment['customer'] : {};
  const passing: Passing = {
    email: typeof buyer['email'] === 'string' ? buyer['email'] : null,
    ownsProduct: () => false,
    ownsBenefit: () => false,
  };
  const isCut = isFields(polar) && typeof polar['type'] === 'string' && isFields(polar['data']);
  const data = {
    ...fact['data'],
    payment: isFields(payment) ? { ...payment, checkout_url: null } : payment,
    polar: isCut ? { ...polar, data: passOn(String(polar['type']), polar['data'] as Fields, passing) } : null,
  };
  return JSON.stringify({ ...fact, data });
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

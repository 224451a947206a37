import { $ZodError } from 'zod/v4/core';
import { polarEventAsId, type Observation, type Snapshot, type UnreadKind } from './snapshots.rules.ts';
import { toMicroseconds } from './versions.rules.ts';
import * as objects from './objects.rules.ts';
import {
  readBenefit,
  readCustomer,
  readDispute,
  readGrant,
  readOrder,
  readOther,
  readProduct,
  readRefund,
  readSubscription,
} from './read-objects.rules.ts';

/** The objects whose reads and Polar events Floe understands column by column. */
export type ObjectKind =
  | 'order'
  | 'subscription'
  | 'refund'
  | 'grant'
  | 'product'
  | 'benefit'
  | 'customer'
  | 'checkout'
  | 'dispute'
  | 'member'
  | 'seat';

const NO_PARTS: Pick<Observation, 'embedded' | 'unread'> = { embedded: [], unread: [] };
const NO_LINKS = { orderId: null, subscriptionId: null, checkoutId: null, productId: null };

/** The types of version 2026-10, by noun. */
const KNOWN: Record<string, readonly string[]> = {
  checkout: ['created', 'updated', 'expired'],
  customer: ['created', 'updated', 'deleted', 'state_changed'],
  customer_seat: ['assigned', 'claimed', 'revoked'],
  member: ['created', 'updated', 'deleted'],
  order: ['created', 'updated', 'paid', 'refunded'],
  subscription: 'created updated active canceled uncanceled cycled revoked past_due paused resumed'.split(
    ' ',
  ),
  refund: ['created', 'updated'],
  product: ['created', 'updated'],
  discount: ['created', 'updated', 'deleted'],
  organization: ['updated'],
  benefit: ['created', 'updated'],
  benefit_grant: ['created', 'updated', 'cycled', 'revoked'],
};

/** All of them: what an endpoint of Polar's must be registered for. */
export const POLAR_EVENT_TYPES: readonly string[] = Object.entries(KNOWN).flatMap(([noun, verbs]) =>
  verbs.map((verb) => `${noun}.${verb}`),
);

/**
 * What one webhook tells. Objects that have no columns of their own, and types that Polar adds tomorrow, become `other` snapshots.
 * @throws when a known type's data is not what Polar documents: the Polar event is then kept as failed.
 */
export function observePolarEvent(
  type: string,
  timestamp: string,
  data: Record<string, unknown>,
): Observation {
  const seen = toMicroseconds(timestamp);
  const [noun = type, verb = ''] = type.split('.', 2);
  const seenAs = { type, seen, data };
  if (!KNOWN[noun]?.includes(verb)) return observeUnknown(noun, seenAs);
  if (type === 'customer.state_changed') return observeOther('customer_state', seenAs);
  const kind = kindOf(noun);
  if (kind) return observe(kind, seenAs);
  const other = observeOther(noun === 'customer_seat' ? 'seat' : noun, seenAs);
  return type === 'member.deleted' ? asDeleted(other) : other;
}

function kindOf(noun: string): ObjectKind | undefined {
  switch (noun) {
    case 'order':
    case 'subscription':
    case 'refund':
    case 'product':
    case 'benefit':
    case 'customer':
    case 'checkout':
      return noun;
    case 'benefit_grant':
      return 'grant';
    default:
      return undefined;
  }
}

/**
 * Nothing in a member's object says that it is gone, only the Polar event does. It is a version like any other: an older update
 * that comes late does not bring the member back, a newer one does. Of two that are as new, the deletion was the later.
 */
function asDeleted(observation: Observation & { main: { kind: 'other' } }): Observation {
  const { main } = observation;
  const row = { ...main.row, status: 'deleted', digest: Number.MAX_SAFE_INTEGER };
  return { ...observation, main: { kind: 'other', row } };
}

/**
 * The benefits of a product that is seen whole. One that is not as Polar documents it does not keep the product from being
 * sold: its own Polar event, or the list of benefits, says what is wrong with it.
 */
function readBenefits({ benefits = [] }: objects.ProductObject, seen: number): Snapshot[] {
  return benefits.flatMap((part) => {
    try {
      return [readBenefit(objects.benefitObject.parse(part), seen)];
    } catch {
      return [];
    }
  });
}

/** A type of tomorrow: kept under its whole name, and routed by the object it holds or the ids it names. */
function observeUnknown(noun: string, seenAs: Seen): Observation {
  const { seen, data } = seenAs;
  const named = { ...data, id: asText(data['id']) ?? polarEventAsId(seenAs.type, seen) };
  const other = observeOther(seenAs.type, { ...seenAs, data: named });
  const kind = kindOf(noun);
  if (!kind) return { ...other, data };
  try {
    const object = observe(kind, seenAs);
    return {
      ...other,
      data,
      embedded: [object.main, ...object.embedded],
      unread: object.unread,
      links: object.links,
    };
  } catch {
    return { ...other, data };
  }
}

/** What an answer of Polar's API tells. `requestedAt`: when it was asked for, milliseconds. @throws as `observePolarEvent` */
export function observeRead(kind: ObjectKind, data: unknown, requestedAt: number): Observation {
  const plain = objects.plainObject.parse(data);
  return observe(kind, { type: 'read', seen: requestedAt * 1000, data: plain });
}

interface Seen {
  type: string;
  seen: number;
  data: Record<string, unknown>;
}

function observe(kind: ObjectKind, { type, seen, data }: Seen): Observation {
  const base = { type, occurredAt: Math.floor(seen / 1000), data };
  switch (kind) {
    case 'order': {
      const order = objects.orderObject.parse(data);
      return {
        ...base,
        main: { kind, row: readOrder(order, seen) },
        ...readParts(data, seen, ['customer', 'product', 'subscription'], {
          customer: order.customer_id,
          product: order.product_id,
          subscription: order.subscription_id,
        }),
        links: {
          orderId: order.id,
          subscriptionId: order.subscription_id ?? null,
          checkoutId: order.checkout_id ?? null,
          productId: order.product_id ?? null,
        },
      };
    }
    case 'subscription': {
      const subscription = objects.subscriptionObject.parse(data);
      return {
        ...base,
        main: readSubscription(subscription, seen),
        ...readParts(data, seen, ['customer', 'product'], {
          customer: subscription.customer_id,
          product: subscription.product_id,
        }),
        links: {
          orderId: null,
          subscriptionId: subscription.id,
          checkoutId: subscription.checkout_id ?? null,
          productId: subscription.product_id,
        },
      };
    }
    case 'refund': {
      const refund = objects.refundObject.parse(data);
      return {
        ...base,
        main: { kind, row: readRefund(refund, seen) },
        ...NO_PARTS,
        links: { ...NO_LINKS, orderId: refund.order_id },
      };
    }
    case 'grant': {
      const grant = objects.grantObject.parse(data);
      return {
        ...base,
        main: { kind, row: readGrant(grant, seen) },
        ...readParts(data, seen, ['customer', 'benefit'], { customer: grant.customer_id }),
        links: {
          ...NO_LINKS,
          orderId: grant.order_id ?? null,
          subscriptionId: grant.subscription_id ?? null,
        },
      };
    }
    case 'product': {
      const product = objects.productObject.parse(data);
      return {
        ...base,
        main: readProduct(product, seen),
        embedded: readBenefits(product, seen),
        unread: [],
        links: { ...NO_LINKS, productId: product.id },
      };
    }
    case 'benefit':
      return {
        ...base,
        main: readBenefit(objects.benefitObject.parse(data), seen),
        ...NO_PARTS,
        links: NO_LINKS,
      };
    case 'customer':
      return {
        ...base,
        main: readCustomer(objects.customerObject.parse(data), seen),
        ...NO_PARTS,
        links: NO_LINKS,
      };
    case 'checkout': {
      const checkout = objects.checkoutObject.parse(data);
      return {
        ...base,
        main: {
          kind: 'other',
          row: readOther('checkout', checkout, seen, {
            status: checkout.status,
            customerId: checkout.customer_id ?? null,
          }),
        },
        ...NO_PARTS,
        links: { ...NO_LINKS, checkoutId: checkout.id, productId: checkout.product_id ?? null },
      };
    }
    case 'member':
    case 'seat':
      return observeOther(kind, { type, seen, data });
    case 'dispute': {
      const row = readDispute(objects.disputeObject.parse(data), seen);
      return {
        ...base,
        data: row.data,
        main: { kind: 'other', row },
        ...NO_PARTS,
        links: { ...NO_LINKS, orderId: asText(data['order_id']) },
      };
    }
  }
}

function observeOther(kind: string, { type, seen, data }: Seen): Observation & { main: { kind: 'other' } } {
  const plain = objects.plainObject.parse(data);
  const status = asText(plain['status']);
  const customerId = asText(plain['customer_id']) ?? (kind === 'customer_state' ? plain.id : null);
  return {
    type,
    occurredAt: Math.floor(seen / 1000),
    data,
    main: { kind: 'other', row: readOther(kind, plain, seen, { status, customerId }) },
    ...NO_PARTS,
    links: {
      orderId: asText(plain['order_id']),
      subscriptionId: asText(plain['subscription_id']),
      checkoutId: asText(plain['checkout_id']),
      productId: asText(plain['product_id']),
    },
  };
}

function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

type ReadPart = (part: unknown, seen: number) => Snapshot[];
const PARTS: Record<UnreadKind | 'benefit', ReadPart> = {
  customer: (part, seen) => [readCustomer(objects.customerObject.parse(part), seen)],
  product: (part, seen) => {
    const product = objects.productPart.parse(part);
    return [readProduct(product, seen), ...readBenefits(product, seen)];
  },
  subscription: (part, seen) => [readSubscription(objects.subscriptionObject.parse(part), seen)],
  benefit: (part, seen) => [readBenefit(objects.benefitObject.parse(part), seen)],
};

/**
 * What is embedded in an object, each read by itself: one that cannot be must not fail its holder. `ids`: those that
 * should be there and can be asked for.
 */
function readParts(
  holder: Record<string, unknown>,
  seen: number,
  names: readonly (keyof typeof PARTS)[],
  ids: Partial<Record<UnreadKind, string | null | undefined>>,
): Pick<Observation, 'embedded' | 'unread'> {
  const embedded: Snapshot[] = [];
  const unread: Observation['unread'] = [];
  for (const name of names) {
    const part = attempt(() => PARTS[name](holder[name], seen));
    if (part) embedded.push(...part);
    else if (name !== 'benefit' && ids[name]) unread.push({ kind: name, id: ids[name] });
  }
  return { embedded, unread };
}

/** Undefined for what is not there, or is not what Polar documents. */
function attempt(read: () => Snapshot[]): Snapshot[] | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError || error instanceof $ZodError) return undefined;
    throw error;
  }
}

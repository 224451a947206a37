import type { OwnerKeys } from '../../packages/kit/product-owners.ts';
import { POLAR_KINDS, type PolarKind, type RereadKind } from '../base/polar-kinds.rules.ts';
import {
  parseBenefit,
  parseCheckout,
  parseCustomer,
  parseDispute,
  parseGrant,
  parseProduct,
} from './parse-objects.rules.ts';
import { parseOrder, parseRefund, parseSubscription } from './parse-purchases.rules.ts';
import type { Links, Snapshot, UnreadKind } from './snapshots.rules.ts';

/** The other objects that an object may embed: one of each kind, or a product's list of benefits. */
export type EmbeddedName = UnreadKind | 'benefit' | 'benefits';

/** What the gateway knows of one of Polar's kinds. Fields have Polar's names. */
interface KindRules {
  /** The noun and verbs in the types of its Polar events, as of version 2026-10; null: Polar sends none. */
  events: { noun: string; verbs: string } | null;
  /** The object column by column; without it, anything with an id is kept as it is. `seen`: microseconds. */
  parse?: (data: unknown, seen: number, ownerKeys: OwnerKeys) => Snapshot;
  /** The fields of the ids that can route it. */
  links?: Partial<Record<keyof Links, string>>;
  /** The objects inside it, each with the field of its id: by that it is read again when it cannot be read there. */
  embeds?: Partial<Record<EmbeddedName, string | null>>;
  /** The reread that shows it again, and the field with the id for that. */
  reread?: { kind: RereadKind; by: string };
  /** The type of the Polar event that says that it was deleted, when the object itself does not show it. */
  deletedBy?: string;
  /** Apps are told only what was parsed of it, not all that came: its customer spans all apps. */
  isCut?: true;
  /** The only field that is compared, when it is not the whole content. */
  comparedBy?: 'status';
  /** The type of the Polar event that was missed (Polar may not even have one), when a read shows a change. */
  missed?: (found: { status: string | null; isNew: boolean }) => string | undefined;
}

/** Where any object names what it belongs to. */
export const PLAIN_LINKS = {
  orderId: 'order_id',
  subscriptionId: 'subscription_id',
  checkoutId: 'checkout_id',
  productId: 'product_id',
} as const;

/** The type of Polar event by a seat's status. */
const SEAT_EVENTS: Record<string, string> = {
  pending: 'customer_seat.assigned',
  claimed: 'customer_seat.claimed',
  revoked: 'customer_seat.revoked',
};

export const KINDS: Record<PolarKind, KindRules> = {
  checkout: {
    events: { noun: 'checkout', verbs: 'created updated expired' },
    parse: parseCheckout,
    links: { checkoutId: 'id', productId: 'product_id' },
    // A checkout changes while the buyer types; only its status matters to a payment.
    comparedBy: 'status',
  },
  customer: {
    events: { noun: 'customer', verbs: 'created updated deleted state_changed' },
    parse: parseCustomer,
    reread: { kind: 'customer', by: 'id' },
    missed: ({ isNew }) => (isNew ? undefined : 'customer.updated'),
  },
  seat: {
    events: { noun: 'customer_seat', verbs: 'assigned claimed revoked' },
    links: PLAIN_LINKS,
    missed: ({ status }) => SEAT_EVENTS[status ?? ''],
  },
  member: {
    events: { noun: 'member', verbs: 'created updated deleted' },
    links: PLAIN_LINKS,
    deletedBy: 'member.deleted',
  },
  order: {
    events: { noun: 'order', verbs: 'created updated paid refunded' },
    parse: parseOrder,
    links: { ...PLAIN_LINKS, orderId: 'id' },
    embeds: { customer: 'customer_id', product: 'product_id', subscription: 'subscription_id' },
    reread: { kind: 'order', by: 'id' },
  },
  subscription: {
    events: {
      noun: 'subscription',
      verbs: 'created updated active canceled uncanceled cycled revoked past_due paused resumed',
    },
    parse: parseSubscription,
    links: { subscriptionId: 'id', checkoutId: 'checkout_id', productId: 'product_id' },
    embeds: { customer: 'customer_id', product: 'product_id' },
    reread: { kind: 'subscription', by: 'id' },
  },
  refund: {
    events: { noun: 'refund', verbs: 'created updated' },
    parse: parseRefund,
    links: { orderId: 'order_id' },
    reread: { kind: 'refunds', by: 'order_id' },
  },
  product: {
    events: { noun: 'product', verbs: 'created updated' },
    parse: parseProduct,
    links: { productId: 'id' },
    embeds: { benefits: null },
    reread: { kind: 'product', by: 'id' },
  },
  benefit: {
    events: { noun: 'benefit', verbs: 'created updated' },
    parse: parseBenefit,
  },
  grant: {
    events: { noun: 'benefit_grant', verbs: 'created updated cycled revoked' },
    parse: parseGrant,
    links: { orderId: 'order_id', subscriptionId: 'subscription_id' },
    embeds: { customer: 'customer_id', benefit: null },
    reread: { kind: 'grants', by: 'customer_id' },
  },
  dispute: {
    events: null,
    parse: parseDispute,
    links: { orderId: 'order_id' },
    isCut: true,
    missed: ({ isNew }) => (isNew ? 'dispute.created' : undefined),
  },
};

/** Other nouns of Polar events; their objects are kept as they are, and not compared. */
const OTHERS = [
  { noun: 'discount', verbs: 'created updated deleted' },
  { noun: 'organization', verbs: 'updated' },
];

/** All types of version 2026-10: what an endpoint of Polar's must be registered for. */
export const POLAR_EVENT_TYPES: readonly string[] = [
  ...Object.values(KINDS).flatMap(({ events }) => events ?? []),
  ...OTHERS,
].flatMap(({ noun, verbs }) => verbs.split(' ').map((verb) => `${noun}.${verb}`));

/** The kind of object that Polar events with this noun are about. */
export function kindOfNoun(noun: string): PolarKind | undefined {
  return POLAR_KINDS.find((kind) => KINDS[kind].events?.noun === noun);
}

import type { Version } from './versions.rules.ts';

/* What Floe keeps of Polar's objects. Times are milliseconds, amounts minor units. */

interface Base extends Version {
  id: string;
}

export interface OrderSnapshot extends Base {
  customerId: string;
  productId: string | null;
  checkoutId: string | null;
  subscriptionId: string | null;
  status: string;
  billingReason: string;
  netAmount: number;
  totalAmount: number;
  refundedAmount: number;
  currency: string;
  createdAt: number;
  /** Pays for a further period: not for usage in between, nor for what was used before the end. */
  renews: boolean;
  /** Tells more than the payment itself: fees, an invoice, a refund. */
  hasLaterNews: boolean;
  metadata: Record<string, unknown>;
}

export interface SubscriptionSnapshot extends Base {
  customerId: string;
  productId: string;
  checkoutId: string | null;
  status: string;
  currentPeriodStart: number;
  currentPeriodEnd: number;
  cancelAtPeriodEnd: boolean;
  canceledAt: number | null;
  startedAt: number | null;
  endsAt: number | null;
  endedAt: number | null;
  pastDueAt: number | null;
  pausedAt: number | null;
  createdAt: number;
  metadata: Record<string, unknown>;
}

export interface RefundSnapshot extends Base {
  orderId: string;
  customerId: string;
  status: string;
  reason: string;
  /** It takes the benefits away as well; null: Polar did not say. */
  revokesBenefits: boolean | null;
  amount: number;
  currency: string;
  createdAt: number;
}

interface GrantSnapshot extends Base {
  benefitId: string;
  customerId: string;
  memberId: string | null;
  memberRole: string | null;
  orderId: string | null;
  subscriptionId: string | null;
  isGranted: boolean;
  isRevoked: boolean;
  grantedAt: number | null;
  revokedAt: number | null;
  properties: Record<string, unknown>;
  createdAt: number;
}

export interface ProductSnapshot extends Base {
  name: string;
  isArchived: boolean;
  isRecurring: boolean;
  metadata: Record<string, unknown>;
  /** Polar's whole product; null when only the part inside another object was seen. */
  data: Record<string, unknown> | null;
}

export interface BenefitSnapshot extends Base {
  type: string;
  description: string;
  isDeleted: boolean;
  metadata: Record<string, unknown>;
}

interface CustomerSnapshot extends Base {
  email: string | null;
  name: string | null;
  createdAt: number;
  deletedAt: number | null;
}

/** Without columns of its own. `data` is the whole object; what of it is kept says record/kept.rules.ts. */
export interface OtherSnapshot extends Base {
  /** `checkout`, `seat`, `member`, `discount`, `customer_state`, `organization` or, for what Polar adds tomorrow, the type's own noun. */
  kind: string;
  customerId: string | null;
  status: string | null;
  data: Record<string, unknown>;
}

/** Stands for the id of a Polar event of an unknown type whose data has none: it names the Polar event, and no object. */
export function polarEventAsId(type: string, seen: number): string {
  return `${type}@${seen}`;
}

/** Whether there is no object to keep, only the Polar event, which has a row of its own. */
export function isPolarEventOnly({ kind, id }: OtherSnapshot): boolean {
  return id.startsWith(`${kind}@`);
}

/** What is kept of each kind that has a table of its own, and of all others. */
export interface SnapshotRows {
  order: OrderSnapshot;
  subscription: SubscriptionSnapshot;
  refund: RefundSnapshot;
  grant: GrantSnapshot;
  product: ProductSnapshot;
  benefit: BenefitSnapshot;
  customer: CustomerSnapshot;
  other: OtherSnapshot;
}

/** One object as it was seen; `Snapshot<'order'>`: an order. */
export type Snapshot<K extends keyof SnapshotRows = keyof SnapshotRows> = {
  [Kind in K]: { kind: Kind; row: SnapshotRows[Kind] };
}[K];

/** What is embedded in other objects, and can be read by itself. */
export type UnreadKind = 'customer' | 'product' | 'subscription';

/** Ids that can route what has no purchase of its own. */
export interface Links {
  orderId: string | null;
  subscriptionId: string | null;
  checkoutId: string | null;
  productId: string | null;
}

/** One look at Polar: a Polar event, or an answer of its API. */
export interface Observation {
  /** Polar's Polar event type; `read` for an API answer. */
  type: string;
  /** When it was seen, milliseconds. */
  occurredAt: number;
  main: Snapshot;
  /** Customers, products, benefits and subscriptions inside `main`: projected as their own. */
  embedded: Snapshot[];
  /** Those that should be inside `main` and cannot be read there: to be asked for, unless they are known. */
  unread: { kind: UnreadKind; id: string }[];
  links: Links;
  /** Polar's object as it came, for `data.polar`. */
  data: Record<string, unknown>;
}

const PAID = new Set(['paid', 'partially_refunded', 'refunded']);

const RENEWAL_REASONS = new Set([
  'subscription_cycle',
  'subscription_cycle_after_trial',
  'subscription_meter_cycle',
]);

/** Whether an order's status means that money (or a free order's nothing) was taken. Later refunds do not undo that. */
export function isPaid(status: string): boolean {
  return PAID.has(status);
}

/** Whether the order pays for a further period of a subscription. */
export function isRenewal(order: Pick<OrderSnapshot, 'billingReason' | 'checkoutId'>): boolean {
  return RENEWAL_REASONS.has(order.billingReason) && order.checkoutId === null;
}

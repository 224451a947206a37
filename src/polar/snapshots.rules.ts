import type { GrantState } from '../base/grant-states.rules.ts';
import type { SubscriptionDetails } from '../base/subscription-details.rules.ts';
import type { GrantError, GrantFacts } from './grant-facts.rules.ts';
import type { Version } from './versions.rules.ts';

/* What Floe keeps of Polar's objects. Times are milliseconds, amounts minor units. */

interface Base extends Version {
  id: string;
}

/** A discount of which nothing is left. */
export interface UsedUpDiscount {
  id: string;
  /** The product slug that it is marked with; null: none. */
  owner: string | null;
  most: number;
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
  refundedTaxAmount: number;
  discountAmount: number;
  /** Of the customer's balance: below 0 it paid a part, above 0 a debt was paid along. */
  balanceAmount: number;
  discountId: string | null;
  discountCode: string | null;
  discountName: string | null;
  invoiceNumber: string | null;
  /** ISO 3166-1 alpha-2. Polar fills it from the customer where nothing was typed. */
  billingCountry: string | null;
  /** While the payment of a renewal failed and is tried again. */
  nextPaymentAttemptAt: number | null;
  productName: string | null;
  productPlan: string | null;
  currency: string;
  createdAt: number;
  /** Its discount, when that was used up by then. It is not kept. */
  usedUp?: UsedUpDiscount;
  /** It pays for a further period, not only for usage. */
  renews: boolean;
  /** It shows more than the payment itself: fees, an invoice, a refund. */
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
  amount: number | null;
  currency: string | null;
  recurringInterval: string | null;
  recurringIntervalCount: number | null;
  trialStart: number | null;
  trialEnd: number | null;
  pauseAtPeriodEnd: boolean | null;
  resumesAt: number | null;
  seats: number | null;
  discountId: string | null;
  cancellationReason: string | null;
  cancellationComment: string | null;
  /** Null for a subscription inside an order, which lacks them. */
  details: SubscriptionDetails | null;
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
  /** Null: Polar did not say. */
  taxAmount: number | null;
  /** The gateway's own id that its metadata names. */
  requestId: string | null;
  currency: string;
  createdAt: number;
}

interface GrantSnapshot extends Base, GrantFacts {
  benefitId: string;
  /** Empty: Polar did not say. It never changes. */
  benefitType: string;
  customerId: string;
  memberId: string | null;
  memberRole: string | null;
  orderId: string | null;
  subscriptionId: string | null;
  isGranted: boolean;
  isRevoked: boolean;
  grantedAt: number | null;
  revokedAt: number | null;
  error: GrantError | null;
  state: GrantState;
  /** `pending` once a benefit that people fulfil is granted (ADR 98). */
  fulfilment: 'pending' | null;
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
  /** Of one that gives files: their ids, and whether each is archived. Null: it gives none, or it was not said. */
  files: Record<string, boolean> | null;
}

interface CustomerSnapshot extends Base {
  email: string | null;
  name: string | null;
  createdAt: number;
  deletedAt: number | null;
}

/**
 * An object of a kind without a table of its own. `data` is the whole object; record/kept.rules.ts says what is kept of
 * it.
 */
export interface OtherSnapshot extends Base {
  /**
   * `checkout`, `seat`, `member`, `discount`, `customer_state`, `organization` or, for a type that Polar adds later,
   * its noun.
   */
  kind: string;
  customerId: string | null;
  status: string | null;
  data: Record<string, unknown>;
}

/** The id for a Polar event of an unknown type whose data has none. It names the Polar event, and no object. */
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

/** Kinds that are embedded in other objects and can be read by themselves. */
export type UnreadKind = 'customer' | 'product' | 'subscription';

/** Ids by which the app of an object without a purchase of its own is found. */
export interface Links {
  orderId: string | null;
  subscriptionId: string | null;
  checkoutId: string | null;
  productId: string | null;
}

/** What one Polar event, or one answer of Polar's API, shows. */
export interface Observation {
  /** The Polar event's type; `read` for an API answer. */
  type: string;
  /** When it was seen, milliseconds. */
  occurredAt: number;
  main: Snapshot;
  /** Customers, products, benefits and subscriptions inside `main`: projected as their own. */
  embedded: Snapshot[];
  /** Objects inside `main` that could not be parsed: they are read again, unless they are stored. */
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

/** Whether an order's status means that it was paid, or was free. Later refunds do not change that. */
export function isPaid(status: string): boolean {
  return PAID.has(status);
}

/** Whether the order pays for a further period of a subscription. */
export function isRenewal(order: Pick<OrderSnapshot, 'billingReason' | 'checkoutId'>): boolean {
  return RENEWAL_REASONS.has(order.billingReason) && order.checkoutId === null;
}

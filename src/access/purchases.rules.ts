/*
 * What was bought, and whether it still counts: one-time orders and subscriptions. Times are milliseconds since 1970. An
 * end of null: none is known.
 */

/** What Polar has said about one benefit of a purchase. */
interface HeardGrant {
  benefitId: string;
  /** Null: it is not revoked. */
  revokedAt: number | null;
}

export interface Purchase {
  id: string;
  /** The subject bought it. False: it is only behind a grant that the subject holds. */
  own: boolean;
  /** Grants of this purchase, whoever holds them. Complete while benefits of it are awaited. */
  heardGrants: readonly HeardGrant[];
  /** Its customer was deleted at Polar then. */
  customerDeletedAt: number | null;
  /** One of its grants is live, whoever holds it. */
  hasLiveGrant: boolean;
}

/** A refund or a dispute of an order. */
export interface Reversal {
  kind: 'refund' | 'dispute';
  status: string;
  /** A refund that takes the benefits away as well; null: Polar did not say. */
  revokesBenefits: boolean | null;
  at: number;
}

export interface HeldOrder extends Purchase {
  productId: string | null;
  subscriptionId: string | null;
  status: string;
  paidAt: number;
  changedAt: number;
  reversals: readonly Reversal[];
  /** One of its grants is revoked, whoever held it. */
  hasRevokedGrant: boolean;
}

export interface HeldSubscription extends Purchase {
  productId: string;
  status: string;
  currentPeriodEnd: number;
  cancelAtPeriodEnd: boolean;
  startedAt: number | null;
  createdAt: number;
  endsAt: number | null;
  endedAt: number | null;
  changedAt: number;
  /** When the latest of its orders was paid; null: none was lately, or it is free. */
  paidAt: number | null;
  /** When it was first seen with its product, where it was seen with another one before. Null: its product is its first. */
  productSince: number | null;
}

/** Why something that was had is had no longer, and since when. */
export interface Lapse {
  reason: 'revoked' | 'expired';
  at: number;
}

/** The one that says why: the last, and of two at one time what was taken back. */
export function newest(known: Lapse | undefined, how: Lapse): Lapse {
  const wins = !known || how.at > known.at || (how.at === known.at && how.reason === 'revoked');
  return wins ? how : known;
}

export interface ReadPurchase {
  row: Purchase;
  productId: string | null;
  isLive: boolean;
  /** It has ended for good, and holds nothing: its grants do not count either. */
  isOver: boolean;
  /** When it was paid last: from then on its benefits are awaited. Null: they are not. */
  paidAt: number | null;
  endsAt: number | null;
  /** Why it is not live any more; undefined: it is, or never was. */
  lapse: Lapse | undefined;
}

/**
 * A one-time order (ADR 49): over when nothing of the money is left with the seller or its customer is gone; taken back when
 * part of the money went, or a dispute was won, and Polar took the benefits with it. Then it counts only while one of its
 * grants has come back. An order of a subscription is no purchase of its own.
 */
export function readOrder(order: HeldOrder): ReadPurchase {
  const isPaid = isLiveOrder(order);
  const over = orderOver(order);
  const takenBack = lastOf(order.reversals.filter((reversal) => takesBenefits(reversal, order)));
  const isTakenBack = takenBack !== undefined && !order.hasLiveGrant;
  const lapsedAt = over ?? (isTakenBack ? takenBack : undefined);
  return {
    row: order,
    productId: order.subscriptionId === null ? order.productId : null,
    isLive: isPaid && lapsedAt === undefined,
    isOver: over !== undefined || order.status === 'void',
    paidAt: isPaid && takenBack === undefined && isUnderstood(order) ? order.paidAt : null,
    endsAt: null,
    lapse: lapsedAt === undefined ? undefined : { reason: 'revoked', at: lapsedAt },
  };
}

/**
 * A subscription counts while Polar says that it does, and its customer exists. Its benefits are awaited from what was paid
 * last (ADR 51): the beginning, a renewal, a recovered or resumed one's order, a change with an invoice; and from a change of
 * product whose difference comes with a later order.
 */
export function readSubscription(row: HeldSubscription): ReadPurchase {
  const isDeleted = row.customerDeletedAt !== null;
  const isLive = isLiveSubscription(row) && !isDeleted;
  const hasEnded = !isLive && (isDeleted || ENDED_STATUSES.includes(row.status));
  const reason = ranItsCourse(row) ? 'expired' : 'revoked';
  return {
    row,
    productId: row.productId,
    isLive,
    isOver: isDeleted || (row.status === 'canceled' && row.endedAt !== null),
    paidAt: Math.max(row.startedAt ?? row.createdAt, row.paidAt ?? 0, row.productSince ?? 0),
    endsAt: fixedEnd(row),
    lapse: hasEnded ? { reason, at: row.endedAt ?? row.customerDeletedAt ?? row.changedAt } : undefined,
  };
}

/** A one-time order counts while it is not refunded whole; orders of a subscription never do, their subscription does. */
export function isLiveOrder(order: Pick<HeldOrder, 'status' | 'subscriptionId'>): boolean {
  return order.subscriptionId === null && (order.status === 'paid' || order.status === 'partially_refunded');
}

/**
 * Whether it is known that a partial refund left the benefits: while its refund is not heard, Polar may be taking what it
 * has not granted yet, and that is not for us to give ahead.
 */
function isUnderstood({ status, reversals }: HeldOrder): boolean {
  const isKnown = reversals.some((reversal) => reversal.kind === 'refund' && reversal.status === 'succeeded');
  return status !== 'partially_refunded' || isKnown;
}

/** When an order stopped holding anything; undefined: it has not. */
function orderOver(order: HeldOrder): number | undefined {
  if (order.status === 'refunded') return order.changedAt;
  const lost = lastOf(
    order.reversals.filter(({ kind, status }) => kind === 'dispute' && LOST.includes(status)),
  );
  return lost ?? order.customerDeletedAt ?? undefined;
}

/** Disputes after which the money is the buyer's again. */
const LOST: readonly string[] = ['lost', 'prevented'];

/** Whether Polar takes the order's benefits away for it: it does for a dispute that was won as well. */
function takesBenefits({ kind, status, revokesBenefits }: Reversal, order: HeldOrder): boolean {
  if (kind === 'dispute') return status === 'won';
  return status === 'succeeded' && (revokesBenefits ?? order.hasRevokedGrant);
}

function lastOf(reversals: readonly Reversal[]): number | undefined {
  return reversals.length === 0 ? undefined : Math.max(...reversals.map(({ at }) => at));
}

/** Whether a subscription counts. Unpaid ones do as long as Polar leaves a grant, which is the organization's grace period. */
export function isLiveSubscription(subscription: Pick<HeldSubscription, 'status' | 'hasLiveGrant'>): boolean {
  const { status } = subscription;
  if (status === 'active' || status === 'trialing') return true;
  return (status === 'past_due' || status === 'unpaid') && subscription.hasLiveGrant;
}

/** States after having been live; `incomplete` ones never were. */
const ENDED_STATUSES: readonly string[] = ['canceled', 'unpaid', 'past_due', 'paused'];

/** When a subscription is known to end; null when it renews. */
export function fixedEnd(subscription: HeldSubscription): number | null {
  return subscription.cancelAtPeriodEnd ? subscription.endsAt : null;
}

/** It ended because its last period was over, not in the middle of one. A revocation sets `ends_at` too: compare periods. */
export function ranItsCourse(subscription: HeldSubscription): boolean {
  const end = subscription.endedAt ?? fixedEnd(subscription);
  return end !== null && end >= subscription.currentPeriodEnd;
}

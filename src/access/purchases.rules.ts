/*
 * Whether a purchase, a one-time order or a subscription, still counts. Times are milliseconds since 1970. An end of
 * null: none is known.
 */

/** What Polar has said about one benefit of a purchase. */
export interface HeardGrant {
  benefitId: string;
  /** Null: it is not revoked. */
  revokedAt: number | null;
}

export interface Purchase {
  id: string;
  /** The subject bought it. False: the subject only holds a grant that comes from it. */
  own: boolean;
  /**
   * Grants of this purchase, whoever holds them. Complete as long as its benefits can count before they are granted.
   */
  heardGrants: readonly HeardGrant[];
  /** Its customer was deleted at Polar then. */
  customerDeletedAt: number | null;
  /** One of its grants is live, whoever holds it. */
  hasLiveGrant: boolean;
  /** Since when its app does not count it, because a payment of it is disputed (ADR 115); null or left out: it counts. */
  suspendedAt?: number | null;
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
  /** Null: it is not past due, or its app lets no such subscription go on. */
  grace: Grace | null;
}

/** For how long an app lets a subscription go on that is past due (ADR 76). */
interface Grace {
  /** When Polar failed to charge it. */
  since: number;
  lastsMs: number;
  /** The order for which it was paid last was refunded or disputed. */
  isTakenBack: boolean;
  /** Sold by the seat: the members who have one. Null: it is not. */
  seated: readonly (string | null)[] | null;
}

/** Why the subject does not have something any more, and since when. */
export interface Lapse {
  reason: 'revoked' | 'expired';
  at: number;
}

/** The lapse that is reported: the latest, and of two at the same time the revocation. */
export function newest(known: Lapse | undefined, how: Lapse): Lapse {
  const wins = !known || how.at > known.at || (how.at === known.at && how.reason === 'revoked');
  return wins ? how : known;
}

export interface ReadPurchase {
  row: Purchase;
  productId: string | null;
  isLive: boolean;
  /** It has ended for good: its grants do not count either (ADR 50). */
  isOver: boolean;
  /** When it was bought, with its present product. */
  boughtAt: number;
  /** When it was paid last: from then on its benefits count before they are granted (ADR 51). Null: they do not. */
  paidAt: number | null;
  endsAt: number | null;
  /** Why it is not live any more; undefined: it is, or never was. */
  lapse: Lapse | undefined;
}

/**
 * A one-time order. It is over when the seller has nothing of the money left or its customer was deleted (ADR 50). It
 * is taken back when Polar took the benefits away for a partial refund or a dispute that was won; then it counts only
 * while Polar has given one of its grants back (ADR 49). While it is suspended, nothing of it counts. An order of a subscription is no
 * purchase of its own.
 */
export function readOrder(order: HeldOrder): ReadPurchase {
  const isPaid = isLiveOrder(order);
  const over = orderOver(order);
  const takenBack = lastOf(order.reversals.filter((reversal) => takesBenefits(reversal, order)));
  const isTakenBack = takenBack !== undefined && !order.hasLiveGrant;
  const suspendedAt = order.suspendedAt ?? undefined;
  const lapsedAt = over ?? (isTakenBack ? takenBack : undefined) ?? suspendedAt;
  const isSuspended = suspendedAt !== undefined;
  return {
    row: order,
    productId: order.subscriptionId === null ? order.productId : null,
    isLive: isPaid && lapsedAt === undefined,
    isOver: over !== undefined || order.status === 'void' || isSuspended,
    boughtAt: order.paidAt,
    paidAt: isPaid && takenBack === undefined && !isSuspended && isUnderstood(order) ? order.paidAt : null,
    endsAt: null,
    lapse: lapsedAt === undefined ? undefined : { reason: 'revoked', at: lapsedAt },
  };
}

/**
 * A subscription counts while Polar says that it is live, and its customer exists. Its benefits count before they are
 * granted from the latest payment (the beginning, a renewal, an order after it was overdue or paused, a change with an
 * invoice), and from a change of product that is billed later (ADR 51). While it counts only because its app lets it go
 * on, no benefit is awaited: it goes on with what it had.
 */
export function readSubscription(row: HeldSubscription): ReadPurchase {
  const isDeleted = row.customerDeletedAt !== null;
  const suspendedAt = row.suspendedAt ?? null;
  const isLiveAtPolar = isLiveSubscription(row);
  const graceEnd = isLiveAtPolar ? null : endOfGrace(row);
  const isCounted = (isLiveAtPolar || graceEnd !== null) && !isDeleted;
  const isLive = isCounted && suspendedAt === null;
  const hasEnded = !isCounted && (isDeleted || ENDED_STATUSES.includes(row.status));
  const reason = ranItsCourse(row) ? 'expired' : 'revoked';
  const boughtAt = Math.max(row.startedAt ?? row.createdAt, row.productSince ?? 0);
  return {
    row,
    productId: row.productId,
    isLive,
    isOver: isDeleted || suspendedAt !== null || (row.status === 'canceled' && row.endedAt !== null),
    boughtAt,
    paidAt: graceEnd === null && suspendedAt === null ? Math.max(boughtAt, row.paidAt ?? 0) : null,
    endsAt: graceEnd ?? fixedEnd(row),
    lapse: hasEnded
      ? { reason, at: row.endedAt ?? row.customerDeletedAt ?? row.changedAt }
      : suspendedAt === null
        ? undefined
        : { reason: 'revoked', at: suspendedAt },
  };
}

/**
 * A one-time order counts while it is not wholly refunded; for orders of a subscription the subscription counts
 * instead.
 */
export function isLiveOrder(order: Pick<HeldOrder, 'status' | 'subscriptionId'>): boolean {
  return order.subscriptionId === null && (order.status === 'paid' || order.status === 'partially_refunded');
}

/**
 * False while the order says that a part was refunded and the refund itself is not known: it may take the benefits
 * away, so they must not count before they are granted.
 */
function isUnderstood({ status, reversals }: HeldOrder): boolean {
  const isKnown = reversals.some((reversal) => reversal.kind === 'refund' && reversal.status === 'succeeded');
  return status !== 'partially_refunded' || isKnown;
}

/** When an order was over; undefined: it is not. */
function orderOver(order: HeldOrder): number | undefined {
  if (order.status === 'refunded') return order.changedAt;
  const lost = lastOf(
    order.reversals.filter(({ kind, status }) => kind === 'dispute' && LOST.includes(status)),
  );
  return lost ?? order.customerDeletedAt ?? undefined;
}

/** Disputes after which the buyer has the money back. */
const LOST: readonly string[] = ['lost', 'prevented'];

/** Whether Polar takes the order's benefits away because of it. It does so after a dispute that was won as well. */
function takesBenefits({ kind, status, revokesBenefits }: Reversal, order: HeldOrder): boolean {
  if (kind === 'dispute') return status === 'won';
  return status === 'succeeded' && (revokesBenefits ?? order.hasRevokedGrant);
}

function lastOf(reversals: readonly Reversal[]): number | undefined {
  return reversals.length === 0 ? undefined : Math.max(...reversals.map(({ at }) => at));
}

/**
 * Whether a subscription counts. An overdue one does as long as Polar leaves a grant, which is the organization's grace
 * period.
 */
export function isLiveSubscription(subscription: Pick<HeldSubscription, 'status' | 'hasLiveGrant'>): boolean {
  const { status } = subscription;
  if (status === 'active' || status === 'trialing') return true;
  return (status === 'past_due' || status === 'unpaid') && subscription.hasLiveGrant;
}

/** Statuses of subscriptions that were live before; `incomplete` ones never were. */
const ENDED_STATUSES: readonly string[] = ['canceled', 'unpaid', 'past_due', 'paused'];

/** When a subscription is known to end; null when it renews. */
export function fixedEnd(subscription: HeldSubscription): number | null {
  return subscription.cancelAtPeriodEnd ? subscription.endsAt : null;
}

/**
 * When the time is over for which the app lets a subscription go on that is past due, in whole seconds as tokens have it;
 * null: it does not. The end may have passed.
 */
export function endOfGrace(subscription: HeldSubscription): number | null {
  const { status, grace, suspendedAt = null } = subscription;
  if (status !== 'past_due' || !grace || grace.isTakenBack || suspendedAt !== null) return null;
  const end = Math.floor((grace.since + grace.lastsMs) / 1000) * 1000;
  return Math.min(end, fixedEnd(subscription) ?? end);
}

/**
 * It ended with its last period, not in the middle of one. A revocation sets `ends_at` too, so the period's end is
 * compared.
 */
export function ranItsCourse(subscription: HeldSubscription): boolean {
  const end = subscription.endedAt ?? fixedEnd(subscription);
  return end !== null && end >= subscription.currentPeriodEnd;
}

import {
  benefitResources,
  isForeign,
  productResources,
  type SoldBenefit,
  type SoldProduct,
} from './resources.ts';

/* Times are milliseconds since 1970. An end of null: none is known. */

export interface HeldGrant {
  benefitId: string;
  memberId: string | null;
  memberRole: string | null;
  orderId: string | null;
  subscriptionId: string | null;
  isGranted: boolean;
  isRevoked: boolean;
  revokedAt: number | null;
}

interface Purchase {
  id: string;
  /** The subject bought it. False: it is only behind a grant that the subject holds. */
  own: boolean;
  /** Benefits that have a grant from this purchase, live or not; whoever holds it. Complete while they are awaited. */
  heardBenefitIds: readonly string[];
}

export interface HeldOrder extends Purchase {
  productId: string | null;
  subscriptionId: string | null;
  status: string;
  createdAt: number;
  changedAt: number;
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
  /** One of its grants is live, whoever holds it. */
  hasLiveGrant: boolean;
}

/** Everything that one subject's entitlements in one app come from. The order of rows means nothing. */
export interface Holdings {
  /** Set: the subject is this member of a team. Null: the buyer. */
  memberId: string | null;
  grants: readonly HeldGrant[];
  orders: readonly HeldOrder[];
  subscriptions: readonly HeldSubscription[];
  products: readonly SoldProduct[];
  benefits: readonly SoldBenefit[];
}

/** Why something that was had is had no longer, and since when. */
export interface Lapse {
  reason: 'revoked' | 'expired';
  at: number;
}

export interface Entitlements {
  /** Resource → when it ends, or null. */
  current: Map<string, number | null>;
  /** What was had once and is not current. */
  former: Map<string, Lapse>;
}

/** Polar grants in the background: between payment and grants, what was bought counts for this long (invariant 4). */
export const PENDING_BENEFITS_MS = 15 * 60_000;
/** Polar grants these without the buyer doing anything, so waiting for them is only a matter of time. */
const PENDING_TYPES: readonly string[] = ['custom', 'downloadables', 'feature_flag'];

/**
 * What the subject has at `now`, and what it had: the union over all live grants and purchases, never one event's word.
 * `appProduct` is the app's product slug, for plans.
 */
export function deriveEntitlements(holdings: Holdings, appProduct: string, now: number): Entitlements {
  const benefits = byId(holdings.benefits);
  const shelf: Shelf = { products: byId(holdings.products), benefits, appProduct, now };
  const orders = byId(holdings.orders);
  const subscriptions = byId(holdings.subscriptions);
  const ledger = openLedger(now);
  const behindLiveGrant = new Set<Purchase>();
  const behindLostGrant = new Map<Purchase, Lapse>();

  for (const grant of holdings.grants) {
    if (!isHeldBy(grant, holdings.memberId)) continue;
    const subscription = subscriptions.get(grant.subscriptionId ?? '');
    const purchase = subscription ?? orders.get(grant.orderId ?? '');
    const productId = subscription?.productId ?? orders.get(grant.orderId ?? '')?.productId;
    const product = shelf.products.get(productId ?? '');
    // Another app's product came with another app's benefits: their contents and flags are not this app's to open.
    const benefit = product && isForeign(product, appProduct) ? undefined : benefits.get(grant.benefitId);
    const resources = benefitResources(grant.benefitId, benefit);
    if (grant.isGranted) {
      ledger.give(resources, subscription ? fixedEnd(subscription) : null);
      if (purchase) behindLiveGrant.add(purchase);
    } else if (grant.isRevoked) {
      const reason = subscription && ranItsCourse(subscription) ? 'expired' : 'revoked';
      const lapse: Lapse = { reason, at: grant.revokedAt ?? 0 };
      ledger.lapse(resources, lapse);
      if (purchase) behindLostGrant.set(purchase, newest(behindLostGrant.get(purchase), lapse));
    }
  }

  for (const purchase of [
    ...holdings.orders.map(readOrder),
    ...holdings.subscriptions.map(readSubscription),
  ]) {
    const { row, productId } = purchase;
    if (productId === null) continue;
    const resources = resourcesOf(shelf, productId);
    if (purchase.isLive && (row.own || behindLiveGrant.has(row))) {
      ledger.give(resources, purchase.endsAt);
      for (const id of awaitedBenefits(shelf, row, productId))
        ledger.giveUntil(
          benefitResources(id, benefits.get(id)),
          purchase.endsAt,
          purchase.paidAt + PENDING_BENEFITS_MS,
        );
    } else {
      const lapse = row.own ? purchase.lapse : behindLostGrant.get(row);
      if (lapse) ledger.lapse(resources, lapse);
    }
  }
  return ledger.close();
}

interface Shelf {
  products: Map<string, SoldProduct>;
  benefits: Map<string, SoldBenefit>;
  appProduct: string;
  now: number;
}

interface ReadPurchase {
  row: Purchase;
  productId: string | null;
  isLive: boolean;
  paidAt: number;
  endsAt: number | null;
  /** Why it is not live any more; undefined: it is, or never was. */
  lapse: Lapse | undefined;
}

function readOrder(order: HeldOrder): ReadPurchase {
  return {
    row: order,
    productId: order.subscriptionId === null ? order.productId : null,
    isLive: isLiveOrder(order),
    paidAt: order.createdAt,
    endsAt: null,
    lapse: order.status === 'refunded' ? { reason: 'revoked', at: order.changedAt } : undefined,
  };
}

function readSubscription(row: HeldSubscription): ReadPurchase {
  const isLive = isLiveSubscription(row);
  const hasEnded = !isLive && ENDED_STATUSES.includes(row.status);
  return {
    row,
    productId: row.productId,
    isLive,
    paidAt: row.startedAt ?? row.createdAt,
    endsAt: fixedEnd(row),
    lapse: hasEnded
      ? { reason: ranItsCourse(row) ? 'expired' : 'revoked', at: row.endedAt ?? row.changedAt }
      : undefined,
  };
}

function resourcesOf({ products, appProduct }: Shelf, productId: string): string[] {
  const product = products.get(productId);
  return product ? productResources(product, appProduct) : [`product:${productId}`];
}

/** Benefits of a purchase that Polar has not decided on yet. The buyer of seats waits for none: a member claims them. */
function awaitedBenefits(
  { products, benefits, appProduct }: Shelf,
  purchase: Purchase,
  productId: string,
): string[] {
  const product = products.get(productId);
  if (!product || product.seatBased || !purchase.own || isForeign(product, appProduct)) return [];
  return product.benefitIds.filter((id) => {
    const benefit = benefits.get(id);
    return benefit && PENDING_TYPES.includes(benefit.type) && !purchase.heardBenefitIds.includes(id);
  });
}

/** Collects what is had and what was, in any order. */
function openLedger(now: number) {
  const current = new Map<string, number | null>();
  const former = new Map<string, Lapse>();
  const lapse = (resources: readonly string[], how: Lapse) => {
    for (const resource of resources) former.set(resource, newest(former.get(resource), how));
  };
  const give = (resources: readonly string[], endsAt: number | null) => {
    if (endsAt !== null && endsAt <= now) return lapse(resources, { reason: 'expired', at: endsAt });
    for (const resource of resources) {
      const known = current.get(resource);
      current.set(resource, known === undefined ? endsAt : latest(known, endsAt));
    }
  };
  return {
    give,
    lapse,
    /** What Polar did not grant in time was never had: it leaves no trace. */
    giveUntil(resources: readonly string[], endsAt: number | null, until: number) {
      if (until > now) give(resources, Math.min(endsAt ?? until, until));
    },
    close(): Entitlements {
      for (const resource of current.keys()) former.delete(resource);
      return { current, former };
    },
  };
}

/** Members apart from the buyer: a grant that names a member is that member's, and the buyer's only as the owner. */
function isHeldBy(grant: Pick<HeldGrant, 'memberId' | 'memberRole'>, memberId: string | null): boolean {
  if (memberId !== null) return grant.memberId === memberId;
  return grant.memberId === null || grant.memberRole === 'owner';
}

/** A one-time order counts while it is not refunded whole; orders of a subscription never do, their subscription does. */
export function isLiveOrder(order: Pick<HeldOrder, 'status' | 'subscriptionId'>): boolean {
  return order.subscriptionId === null && (order.status === 'paid' || order.status === 'partially_refunded');
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
function fixedEnd(subscription: HeldSubscription): number | null {
  return subscription.cancelAtPeriodEnd ? subscription.endsAt : null;
}

/** It ended because its last period was over, not in the middle of one. A revocation sets `ends_at` too: compare periods. */
function ranItsCourse(subscription: HeldSubscription): boolean {
  const end = subscription.endedAt ?? fixedEnd(subscription);
  return end !== null && end >= subscription.currentPeriodEnd;
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

function newest(known: Lapse | undefined, how: Lapse): Lapse {
  const wins = !known || how.at > known.at || (how.at === known.at && how.reason === 'revoked');
  return wins ? how : known;
}

function byId<T extends { id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

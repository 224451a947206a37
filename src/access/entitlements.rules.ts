import { benefitResources, isAwaited, type SoldBenefit } from './benefits.rules.ts';
import {
  fixedEnd,
  type HeldOrder,
  type HeldSubscription,
  type Lapse,
  newest,
  type Purchase,
  ranItsCourse,
  readOrder,
  type ReadPurchase,
  readSubscription,
} from './purchases.rules.ts';
import { isForeign, productResources, type SoldProduct } from './resources.rules.ts';

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
  /** Its customer was deleted at Polar then. */
  customerDeletedAt: number | null;
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

export interface Entitlements {
  /** Resource → when it ends, or null. */
  current: Map<string, number | null>;
  /** What was had once and is not current. */
  former: Map<string, Lapse>;
}

/** Polar grants in the background: between payment and grants, what was bought counts for this long (invariant 4). */
export const PENDING_BENEFITS_MS = 15 * 60_000;

/**
 * What the subject has at `now`, and what it had: the union over all live grants and purchases, never one event's word.
 * `appProduct` is the app's product slug, for plans.
 */
export function deriveEntitlements(holdings: Holdings, appProduct: string, now: number): Entitlements {
  const benefits = byId(holdings.benefits);
  const shelf: Shelf = { products: byId(holdings.products), benefits, appProduct, now };
  const purchases = [...holdings.orders.map(readOrder), ...holdings.subscriptions.map(readSubscription)];
  const byRow = new Map(purchases.map((purchase) => [purchase.row, purchase]));
  const orders = byId(holdings.orders);
  const subscriptions = byId(holdings.subscriptions);
  const ledger = openLedger(now);
  const behindLiveGrant = new Set<Purchase>();
  const behindLostGrant = new Map<Purchase, Lapse>();

  for (const grant of holdings.grants) {
    if (!isHeldBy(grant, holdings.memberId)) continue;
    const subscription = subscriptions.get(grant.subscriptionId ?? '');
    const row = subscription ?? orders.get(grant.orderId ?? '');
    const purchase = row && byRow.get(row);
    const product = shelf.products.get(row?.productId ?? '');
    // Another app's product came with another app's benefits: their contents and flags are not this app's to open.
    const benefit = product && isForeign(product, appProduct) ? undefined : benefits.get(grant.benefitId);
    const resources = benefitResources(grant.benefitId, benefit);
    const lapse = lapseOf(grant, purchase, subscription);
    if (lapse) {
      ledger.lapse(resources, lapse);
      if (row) behindLostGrant.set(row, newest(behindLostGrant.get(row), lapse));
    } else if (grant.isGranted && !purchase?.isOver) {
      ledger.give(resources, subscription ? fixedEnd(subscription) : null);
      if (row) behindLiveGrant.add(row);
    }
  }

  for (const purchase of purchases) {
    const { row, productId, paidAt } = purchase;
    if (productId === null) continue;
    const resources = resourcesOf(shelf, productId);
    if (purchase.isLive && (row.own || behindLiveGrant.has(row))) {
      ledger.give(resources, purchase.endsAt);
      if (paidAt === null) continue;
      for (const id of awaitedBenefits(shelf, purchase, { productId, paidAt }))
        ledger.giveUntil(
          benefitResources(id, benefits.get(id)),
          purchase.endsAt,
          paidAt + PENDING_BENEFITS_MS,
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

/**
 * Why a grant gives nothing any more; undefined: it does, or never did. A purchase that is over takes its grants along,
 * also those that Polar left or gave it afterwards.
 */
function lapseOf(
  grant: HeldGrant,
  purchase: ReadPurchase | undefined,
  subscription: HeldSubscription | undefined,
): Lapse | undefined {
  if (grant.isRevoked) {
    const reason = subscription && ranItsCourse(subscription) ? 'expired' : 'revoked';
    return { reason, at: grant.revokedAt ?? 0 };
  }
  if (!grant.isGranted) return undefined;
  if (grant.customerDeletedAt !== null) return { reason: 'revoked', at: grant.customerDeletedAt };
  return purchase?.isOver ? purchase.lapse : undefined;
}

function resourcesOf({ products, appProduct }: Shelf, productId: string): string[] {
  const product = products.get(productId);
  return product ? productResources(product, appProduct) : [`product:${productId}`];
}

/**
 * Benefits that Polar has not decided on since the purchase was paid last. The buyer of seats waits for none: a member
 * claims them.
 */
function awaitedBenefits(
  { products, benefits, appProduct }: Shelf,
  { row }: ReadPurchase,
  { productId, paidAt }: { productId: string; paidAt: number },
): string[] {
  const product = products.get(productId);
  if (!product || product.seatBased || !row.own || isForeign(product, appProduct)) return [];
  // One that was revoked before is given back under the same id: what was last paid for decides, not what was before.
  const isDecided = (id: string) =>
    row.heardGrants.some(
      (heard) => heard.benefitId === id && (heard.revokedAt === null || heard.revokedAt >= paidAt),
    );
  return product.benefitIds.filter((id) => {
    const benefit = benefits.get(id);
    return benefit && isAwaited(benefit) && !isDecided(id);
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

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

function byId<T extends { id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

import { benefitResources, featureOf, isAwaited, type SoldBenefit } from './benefits.rules.ts';
import { type Feature, type FeatureSource, mergeFeature } from './features.rules.ts';
import { openGrace } from './grace.rules.ts';
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

/** What the app has given by itself (ADR 100). */
export interface HeldOwnGrant {
  id: string;
  resources: readonly string[];
  expiresAt: number | null;
  revokedAt: number | null;
  /** It was given to a customer who was deleted at Polar then. */
  customerDeletedAt: number | null;
}

/** Everything that one subject's entitlements in one app follow from. The order of rows does not matter. */
export interface Holdings {
  /** The member of a team that the subject is; null when it is the buyer. */
  memberId: string | null;
  grants: readonly HeldGrant[];
  orders: readonly HeldOrder[];
  subscriptions: readonly HeldSubscription[];
  own: readonly HeldOwnGrant[];
  products: readonly SoldProduct[];
  benefits: readonly SoldBenefit[];
}

export interface Entitlements {
  /** Resource → when it ends, or null. */
  current: Map<string, number | null>;
  /** Of those that are features, by their name in its one spelling (`spellName`), what they are worth. */
  features: Map<string, Feature>;
  /** What the subject had and does not have any more. */
  former: Map<string, Lapse>;
}

/**
 * Polar grants in the background, after the payment. Until it has, a purchase opens its benefits for this long
 * (invariant 4, ADR 51).
 */
export const PENDING_BENEFITS_MS = 15 * 60_000;

/** What a grant or a purchase gives, or gave: its row, the resources, and until when or how they were lost. */
export interface Seen {
  by: HeldGrant | HeldOwnGrant | Purchase;
  resources: readonly string[];
  /** Null: no end is known; undefined: it does not give them. */
  endsAt?: number | null;
  lapse?: Lapse;
  /** Polar has not granted it yet: it is awaited for some minutes. */
  isAwaited?: boolean;
}

/**
 * What the subject has at `now`, and what it had: the union over all live grants and purchases (invariant 4).
 * `appProduct` is the app's product slug, for plans. `note` is told what each row adds, for who explains it (ADR 102).
 */
export function deriveEntitlements(
  holdings: Holdings,
  appProduct: string,
  now: number,
  note?: (seen: Seen) => void,
): Entitlements {
  const benefits = byId(holdings.benefits);
  const shelf: Shelf = { products: byId(holdings.products), benefits, appProduct, now };
  const purchases = [...holdings.orders.map(readOrder), ...holdings.subscriptions.map(readSubscription)];
  const byRow = new Map(purchases.map((purchase) => [purchase.row, purchase]));
  const orders = byId(holdings.orders);
  const subscriptions = byId(holdings.subscriptions);
  const ledger = openLedger(now, note);
  const graceOf = openGrace(holdings.grants, now);
  const behindLiveGrant = new Set<Purchase>();
  const behindLostGrant = new Map<Purchase, Lapse>();

  for (const grant of holdings.grants) {
    if (!isHeldBy(grant, holdings.memberId)) continue;
    const subscription = subscriptions.get(grant.subscriptionId ?? '');
    const row = subscription ?? orders.get(grant.orderId ?? '');
    const purchase = row && byRow.get(row);
    const product = shelf.products.get(row?.productId ?? '');
    // When the product belongs to another app now, so do the contents and flags of its benefits, and this app does not
    // open them (ADR 20).
    const benefit = product && isForeign(product, appProduct) ? undefined : benefits.get(grant.benefitId);
    const resources = benefitResources(grant.benefitId, benefit);
    const graceEnd = graceOf(grant, subscription, product);
    const source = { benefit, boughtAt: purchase?.boughtAt ?? null };
    const isInGrace = graceEnd !== null && graceEnd > now;
    const lapse = isInGrace ? undefined : lapseOf(grant, purchase, subscription, graceEnd);
    if (isInGrace) {
      ledger.give(grant, resources, graceEnd, { from: source });
      if (row) behindLiveGrant.add(row);
    } else if (lapse) {
      ledger.lapse(grant, resources, lapse);
      if (row) behindLostGrant.set(row, newest(behindLostGrant.get(row), lapse));
    } else if (grant.isGranted && !purchase?.isOver) {
      ledger.give(grant, resources, subscription ? fixedEnd(subscription) : null, { from: source });
      if (row) behindLiveGrant.add(row);
    }
  }

  for (const purchase of purchases) {
    const { row, productId, paidAt } = purchase;
    if (productId === null) continue;
    const resources = resourcesOf(shelf, productId);
    if (purchase.isLive && (row.own || behindLiveGrant.has(row))) {
      ledger.give(row, resources, purchase.endsAt);
      if (paidAt === null) continue;
      for (const id of awaitedBenefits(shelf, purchase, { productId, paidAt })) {
        const benefit = benefits.get(id);
        ledger.giveUntil(row, benefitResources(id, benefit), purchase.endsAt, {
          until: paidAt + PENDING_BENEFITS_MS,
          from: { benefit, boughtAt: purchase.boughtAt },
        });
      }
    } else {
      const lapse = row.own ? purchase.lapse : behindLostGrant.get(row);
      if (lapse) ledger.lapse(row, resources, lapse);
    }
  }
  for (const grant of holdings.own) {
    const takenAt = earliest(grant.revokedAt, grant.customerDeletedAt);
    if (takenAt !== null && takenAt <= now && (grant.expiresAt === null || takenAt < grant.expiresAt))
      ledger.lapse(grant, grant.resources, { reason: 'revoked', at: takenAt });
    else ledger.give(grant, grant.resources, grant.expiresAt);
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
 * Why a grant gives nothing any more; undefined: it still does, or never did. A purchase that is over gives nothing by
 * its grants, also by those that Polar left or granted afterwards (ADR 50). `graceEnd`: until when it counted although
 * Polar had revoked it.
 */
function lapseOf(
  grant: HeldGrant,
  purchase: ReadPurchase | undefined,
  subscription: HeldSubscription | undefined,
  graceEnd: number | null,
): Lapse | undefined {
  if (graceEnd !== null) return { reason: 'expired', at: graceEnd };
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
 * Benefits that Polar has neither granted nor revoked since the purchase was paid last (ADR 51). For the buyer of seats
 * there are none, since Polar grants only when a member claims a seat.
 */
function awaitedBenefits(
  { products, benefits, appProduct, now }: Shelf,
  { row }: ReadPurchase,
  { productId, paidAt }: { productId: string; paidAt: number },
): string[] {
  if (paidAt + PENDING_BENEFITS_MS <= now) return [];
  const product = products.get(productId);
  if (!product || product.seatBased || !row.own || isForeign(product, appProduct)) return [];
  // Polar gives a revoked grant back under the same id, so a revocation before the last payment does not count.
  const decided = new Set(
    row.heardGrants
      .filter(({ revokedAt }) => revokedAt === null || revokedAt >= paidAt)
      .map(({ benefitId }) => benefitId),
  );
  return product.benefitIds.filter((id) => {
    const benefit = benefits.get(id);
    return benefit && isAwaited(benefit) && !decided.has(id);
  });
}

/** What gives something: a feature is worth what its benefit says. */
interface Source {
  /** Undefined: it is not stored, or means nothing to this app. */
  benefit: SoldBenefit | undefined;
  /** Null: that is not known. */
  boughtAt: number | null;
}

/** Collects what the subject has and had, in any order. */
function openLedger(now: number, note?: (seen: Seen) => void) {
  const current = new Map<string, number | null>();
  const sources = new Map<string, FeatureSource[]>();
  const former = new Map<string, Lapse>();
  const lapse = (by: Seen['by'], resources: readonly string[], how: Lapse) => {
    note?.({ by, resources, lapse: how });
    for (const resource of resources) former.set(resource, newest(former.get(resource), how));
  };
  const give = (
    by: Seen['by'],
    resources: readonly string[],
    endsAt: number | null,
    { from, isAwaited = false }: { from?: Source; isAwaited?: boolean } = {},
  ) => {
    if (endsAt !== null && endsAt <= now) return lapse(by, resources, { reason: 'expired', at: endsAt });
    note?.({ by, resources, endsAt, isAwaited });
    for (const resource of resources) {
      const known = current.get(resource);
      current.set(resource, known === undefined ? endsAt : latest(known, endsAt));
    }
    const feature = featureOf(from?.benefit);
    if (!feature || !from?.benefit) return;
    const source = { benefitId: from.benefit.id, values: feature.values, boughtAt: from.boughtAt, endsAt };
    sources.set(feature.name, [...(sources.get(feature.name) ?? []), source]);
  };
  return {
    give,
    lapse,
    /** A benefit that Polar did not grant in time is not reported as a lapse, since the subject never had it. */
    giveUntil(
      by: Seen['by'],
      resources: readonly string[],
      endsAt: number | null,
      { until, from }: { until: number; from: Source },
    ) {
      if (until > now) give(by, resources, Math.min(endsAt ?? until, until), { from, isAwaited: true });
    },
    close(): Entitlements {
      for (const resource of current.keys()) former.delete(resource);
      const features = new Map([...sources].map(([name, given]) => [name, mergeFeature(given)]));
      return { current, features, former };
    },
  };
}

/** A grant that names a member belongs to that member, and to the buyer only if the member is the owner. */
function isHeldBy(grant: Pick<HeldGrant, 'memberId' | 'memberRole'>, memberId: string | null): boolean {
  if (memberId !== null) return grant.memberId === memberId;
  return grant.memberId === null || grant.memberRole === 'owner';
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}

function latest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.max(a, b);
}

function byId<T extends { id: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.id, row]));
}

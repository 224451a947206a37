import type { Decision } from '../access.rules.ts';
import { PENDING_PAYMENT_MS } from '../access.rules.ts';
import { benefitResources } from '../benefits.rules.ts';
import { namesSold, openDecisions } from '../decide-access.rules.ts';
import { deriveEntitlements, type HeldGrant, type Holdings, type Seen } from '../entitlements.rules.ts';
import type { HeldOrder, HeldSubscription } from '../purchases.rules.ts';
import {
  type AskedResource,
  isForeign,
  productResources,
  type SoldProduct,
  spellName,
} from '../resources.rules.ts';
import type { PendingPayment } from '../access.rules.ts';

/*
 * Why a decision is as it is: which grants and purchases gave the resource, or what was missing. It is made of the same rows
 * and by the same rules as the decision itself. Times are milliseconds since 1970.
 */

/** Rows beside those that a decision reads: which ids they have, and which payment they belong to. */
export type Fact =
  | [
      kind: 'grant',
      id: string,
      paymentId: string | null,
      benefitId: string,
      memberId: string | null,
      orderId: string | null,
      subscriptionId: string | null,
      grantedAt: number | null,
    ]
  | [kind: 'order' | 'subscription', id: string, paymentId: string | null]
  | [kind: 'own_grant', id: string, createdAt: number]
  | [
      kind: 'payment',
      id: string,
      paymentId: string,
      subscriptionId: string | null,
      productId: string | null,
      createdAt: number,
    ];

/** What one read says of a subject at a time. */
export interface Read {
  known: boolean;
  holdings: Holdings;
  pending: readonly PendingPayment[];
  shelf: readonly SoldProduct[] | undefined;
  facts: readonly Fact[];
}

/** A grant or a purchase, and the ids by which a person finds it. */
export interface Named {
  kind: 'grant' | 'own_grant' | 'order' | 'subscription';
  id: string;
  paymentId: string | null;
  productId: string | null;
  benefitId: string | null;
  orderId: string | null;
  subscriptionId: string | null;
  memberId: string | null;
}

export interface Support extends Named {
  /** Those of the names asked for that it gives. */
  resources: string[];
  from: number | null;
  /** Null: no end is known. */
  until: number | null;
  /** It is only awaited: Polar has not granted it yet, and it counts for some minutes (ADR 51). */
  isAwaited: boolean;
}

type MissingReason =
  | 'revoked'
  | 'expired'
  | 'not_paid'
  | 'not_active'
  | 'not_granted_yet'
  | 'payment_under_way'
  | 'not_bought'
  | 'not_sold'
  | 'unknown_customer';

export interface Missing {
  why: MissingReason;
  /** Undefined where nothing stored is at fault. */
  of?: Named;
  /** What has to be bought. */
  product?: { id: string; name: string };
  paymentId?: string;
  /** A purchase's own status, and what took its money back. */
  status?: string;
  takenBack?: string[];
  since?: number;
}

export interface Explained {
  decision: Decision;
  supports: Support[];
  missing: Missing[];
}

/** Products that are named among what would have to be bought. */
const MAX_PRODUCTS = 20;

/** Decides at `now` from what was read, by the rules of a live question, and says why. */
export function explainDecision(
  read: Read,
  asked: AskedResource,
  appProduct: string,
  now: number,
): Explained {
  const { known, holdings, pending, shelf = [] } = read;
  const { products, benefits } = holdings;
  const seen: Seen[] = [];
  const entitlements = deriveEntitlements(holdings, appProduct, now, (each) => seen.push(each));
  const sold = namesSold(shelf, benefits, appProduct);
  const decide = openDecisions({ known, pending, entitlements, products, benefits, sold }, appProduct, now);
  const decision = decide(asked);
  const of = openNames(read);
  const names = new Set(asked.coveredBy);
  const covering = (resources: readonly string[]) =>
    resources.filter((resource) => names.has(spellName(resource) ?? ''));

  const supports = seen.flatMap(({ by, resources, endsAt, isAwaited = false }): Support[] => {
    const given = covering(resources);
    if (endsAt === undefined || given.length === 0) return [];
    return [{ ...of.name(by), resources: given, from: of.from(by), until: endsAt, isAwaited }];
  });
  if (decision.allow) return { decision, supports: supports.toSorted(byEnd), missing: [] };
  if (!known) return { decision, supports: [], missing: [{ why: 'unknown_customer' }] };

  const lapses = seen.flatMap(({ by, resources, lapse }): Missing[] => {
    if (!lapse || covering(resources).length === 0) return [];
    return [{ why: lapse.reason, of: of.name(by), since: lapse.at, ...stateOf(by, of.purchase(by)) }];
  });
  const isGiving = (productId: string | null) => {
    const product = products.find(({ id }) => id === productId);
    return product !== undefined && covering(resourcesOf(product, read, appProduct)).length > 0;
  };
  const unfinished = [
    ...holdings.grants
      .filter(({ isGranted, isRevoked, benefitId }) => {
        if (isGranted || isRevoked) return false;
        return covering(resourcesOfBenefit(benefitId, read)).length > 0;
      })
      .map((grant): Missing => ({ why: 'not_granted_yet', of: of.name(grant) })),
    ...unpaid(holdings.orders, isGiving, seen).map((order): Missing => ({
      why: 'not_paid',
      of: of.name(order),
      status: order.status,
    })),
    ...unpaid(holdings.subscriptions, isGiving, seen).map((subscription): Missing => ({
      why: 'not_active',
      of: of.name(subscription),
      status: subscription.status,
    })),
    ...of.payments
      .filter(({ productId, createdAt }) => isGiving(productId) && createdAt > now - PENDING_PAYMENT_MS)
      .map(({ id, createdAt }): Missing => ({ why: 'payment_under_way', paymentId: id, since: createdAt })),
  ];
  const toBuy = shelf.filter((product) => covering(resourcesOf(product, read, appProduct)).length > 0);
  const offers =
    toBuy.length === 0
      ? [{ why: 'not_sold' } satisfies Missing]
      : toBuy
          .slice(0, MAX_PRODUCTS)
          .map(({ id, name }): Missing => ({ why: 'not_bought', product: { id, name } }));
  return { decision, supports: [], missing: [...lapses.toSorted(byTime), ...unfinished, ...offers] };
}

function byTime(a: Missing, b: Missing): number {
  return (b.since ?? 0) - (a.since ?? 0);
}

/** What lasts longest first. */
function byEnd(a: Support, b: Support): number {
  const end = ({ until }: Support) => until ?? Number.MAX_SAFE_INTEGER;
  return end(b) - end(a);
}

function resourcesOfBenefit(id: string, { holdings }: Read): string[] {
  return benefitResources(
    id,
    holdings.benefits.find((benefit) => benefit.id === id),
  );
}

function resourcesOf(product: SoldProduct, read: Read, appProduct: string): string[] {
  const own = productResources(product, appProduct);
  if (isForeign(product, appProduct)) return own;
  return [...own, ...product.benefitIds.flatMap((id) => resourcesOfBenefit(id, read))];
}

/** Purchases of what would give it that do not count and never did, as far as is known. */
function unpaid<P extends HeldOrder | HeldSubscription>(
  purchases: readonly P[],
  isGiving: (productId: string | null) => boolean,
  seen: readonly Seen[],
): P[] {
  const isSeen = new Set(seen.map(({ by }) => by));
  return purchases.filter((purchase) => {
    const isOfSubscription = 'reversals' in purchase && purchase.subscriptionId !== null;
    return !isSeen.has(purchase) && !isOfSubscription && purchase.own && isGiving(purchase.productId);
  });
}

/** How the purchase stands that is lost, or behind the grant that is. */
function stateOf(
  by: Seen['by'],
  purchase: HeldOrder | HeldSubscription | undefined,
): Pick<Missing, 'status' | 'takenBack'> {
  const reversals = purchase && 'reversals' in purchase ? purchase.reversals : [];
  const takenBack = [
    ...reversals.map((reversal) => `${reversal.kind}_${reversal.status}`),
    ...(by.customerDeletedAt === null ? [] : ['customer_deleted']),
  ];
  return {
    ...(purchase ? { status: purchase.status } : {}),
    ...(takenBack.length === 0 ? {} : { takenBack }),
  };
}

/** Of what an app gave by itself there is no purchase. */
const OWN = {
  kind: 'own_grant',
  paymentId: null,
  productId: null,
  benefitId: null,
  orderId: null,
  subscriptionId: null,
  memberId: null,
} as const;

/** What rows are called. */
function openNames({ holdings, facts }: Read) {
  const grants = new Map<string, Fact & { 0: 'grant' }>();
  const payments = new Map<string, string | null>();
  const givenAt = new Map<string, number>();
  const begun: { id: string; productId: string | null; createdAt: number }[] = [];
  for (const fact of facts) {
    if (fact[0] === 'own_grant') givenAt.set(fact[1], fact[2]);
    else if (fact[0] === 'grant') grants.set(JSON.stringify(fact.slice(3, 7)), fact);
    else if (fact[0] === 'payment') begun.push({ id: fact[1], productId: fact[4], createdAt: fact[5] });
    else payments.set(fact[1], fact[2]);
  }
  const factOf = ({ benefitId, memberId, orderId, subscriptionId }: HeldGrant) =>
    grants.get(JSON.stringify([benefitId, memberId, orderId, subscriptionId]));
  const isOrder = new Set<object>(holdings.orders);
  const purchaseOf = ({ orderId, subscriptionId }: HeldGrant) =>
    holdings.subscriptions.find(({ id }) => id === subscriptionId) ??
    holdings.orders.find(({ id }) => id === orderId);
  return {
    payments: begun,
    purchase(by: Seen['by']): HeldOrder | HeldSubscription | undefined {
      if ('isGranted' in by) return purchaseOf(by);
      return 'resources' in by ? undefined : (by as HeldOrder | HeldSubscription);
    },
    from(by: Seen['by']): number | null {
      if ('isGranted' in by) return factOf(by)?.[7] ?? null;
      if ('resources' in by) return givenAt.get(by.id) ?? null;
      const { paidAt, startedAt, createdAt } = by as HeldOrder & Partial<HeldSubscription>;
      return isOrder.has(by) ? paidAt : (startedAt ?? createdAt ?? null);
    },
    name(by: Seen['by']): Named {
      if ('isGranted' in by) {
        const fact = factOf(by);
        const { benefitId, memberId, orderId, subscriptionId } = by;
        return {
          kind: 'grant',
          id: fact?.[1] ?? '',
          paymentId: fact?.[2] ?? null,
          productId: purchaseOf(by)?.productId ?? null,
          benefitId,
          orderId,
          subscriptionId,
          memberId,
        };
      }
      if ('resources' in by) return { ...OWN, id: by.id };
      const kind = isOrder.has(by) ? 'order' : 'subscription';
      return {
        kind,
        id: by.id,
        paymentId: payments.get(by.id) ?? null,
        productId: (by as HeldOrder | HeldSubscription).productId,
        benefitId: null,
        orderId: kind === 'order' ? by.id : null,
        subscriptionId: kind === 'subscription' ? by.id : null,
        memberId: null,
      };
    },
  };
}

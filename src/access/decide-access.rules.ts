import { benefitResources, type SoldBenefit } from './benefits.rules.ts';
import {
  type AccessReason,
  type AccessState,
  type Decision,
  deny,
  type PendingPayment,
} from './access.rules.ts';
import { type Lapse, newest } from './purchases.rules.ts';
import { type AskedResource, productResources, type SoldProduct, spellName } from './resources.rules.ts';

/** A payment under way counts as the reason of a "no" for this long. */
const PENDING_PAYMENT_MS = 60 * 60_000;

/**
 * Answers whether the subject may use a resource at `now`, and why (not). Indexes what the subject has and had and what
 * the app sells once, so that a question takes as long in a large shop as in a small one (ADR 57). `appProduct` is the
 * app's product slug.
 */
export function openDecisions(
  state: AccessState,
  appProduct: string,
  now: number,
): (asked: AskedResource) => Decision {
  const ends = indexEnds(state.entitlements.current, now);
  // Only a no needs it, and most answers are yes.
  let shelf: Shelf | undefined;
  return (asked) => {
    const endsAt = latestEnd(ends, asked);
    if (endsAt !== undefined) return { allow: true, reason: 'granted', endsAt };
    if (!state.known) return deny('unknown_customer');
    shelf ??= openShelf(state, appProduct, now);
    return deny(explainNo(shelf, asked));
  };
}

/** What the app sells; names are spelled by `spellName` (ADR 61). */
interface Shelf {
  sold: ReadonlySet<string>;
  /** What the payments under way buy. */
  awaited: ReadonlySet<string>;
  lapses: ReadonlyMap<string, Lapse>;
}

function openShelf(
  { entitlements, pending, products, benefits }: AccessState,
  app: string,
  now: number,
): Shelf {
  const namesOf = listGiven(benefits, app);
  const underWay = new Set(
    pending.filter((payment) => isUnderWay(payment, now)).map((payment) => payment.productId),
  );
  const lapses = new Map<string, Lapse>();
  for (const [entitlement, lapse] of entitlements.former) {
    const name = spellName(entitlement);
    if (name !== undefined) lapses.set(name, newest(lapses.get(name), lapse));
  }
  return {
    sold: namesOf(products),
    awaited: namesOf(products.filter(({ id }) => underWay.has(id))),
    lapses,
  };
}

function explainNo({ sold, awaited, lapses }: Shelf, { coveredBy: names }: AskedResource): AccessReason {
  // Before a lapse: someone who is buying it again right now is told so, and not that it was revoked last year (ADR
  // 19).
  if (names.some((name) => awaited.has(name))) return 'pending_payment';
  let last: Lapse | undefined;
  for (const name of names) {
    const lapse = lapses.get(name);
    if (lapse) last = newest(last, lapse);
  }
  if (last) return last.reason;
  return names.some((name) => sold.has(name)) ? 'not_granted' : 'unknown_resource';
}

/** What products give, with their benefits: each name is spelled once, however many products give it. */
function listGiven(benefits: readonly SoldBenefit[], appProduct: string) {
  const byId = new Map(benefits.map((benefit) => [benefit.id, benefit]));
  return (products: readonly SoldProduct[]): Set<string> => {
    const benefitIds = new Set(products.flatMap((product) => product.benefitIds));
    const given = new Set(products.flatMap((product) => productResources(product, appProduct)));
    for (const id of benefitIds) for (const name of benefitResources(id, byId.get(id))) given.add(name);
    return new Set([...given].map(spellName).filter((name) => name !== undefined));
  };
}

/** Until when the subject has each name, spelled by `spellName`, as of `now`; null: no end. */
export function indexEnds(
  current: Iterable<readonly [string, number | null]>,
  now: number,
): ReadonlyMap<string, number | null> {
  const ends = new Map<string, number | null>();
  for (const [entitlement, endsAt] of current) {
    const name = endsAt !== null && endsAt <= now ? undefined : spellName(entitlement);
    if (name !== undefined) ends.set(name, later(ends.get(name), endsAt));
  }
  return ends;
}

/** Until when the subject's entitlements open the resource; null: no end, undefined: they do not. */
export function latestEnd(
  ends: ReadonlyMap<string, number | null>,
  { coveredBy: names }: AskedResource,
): number | null | undefined {
  let latest: number | null | undefined;
  for (const name of names) {
    const endsAt = ends.get(name);
    if (endsAt !== undefined) latest = later(latest, endsAt);
  }
  return latest;
}

function later(known: number | null | undefined, endsAt: number | null): number | null {
  if (known === undefined) return endsAt;
  return known === null || endsAt === null ? null : Math.max(known, endsAt);
}

function isUnderWay(payment: PendingPayment, now: number): boolean {
  return payment.isSubject || (payment.isConfirmed && payment.createdAt > now - PENDING_PAYMENT_MS);
}

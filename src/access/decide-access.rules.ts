import { benefitResources, type SoldBenefit } from './benefits.rules.ts';
import {
  type AccessReason,
  type AccessState,
  type Decision,
  deny,
  PENDING_PAYMENT_MS,
  type PendingPayment,
} from './access.rules.ts';
import { askedFeature } from './features.rules.ts';
import { type Lapse, newest } from './purchases.rules.ts';
import { type AskedResource, productResources, type SoldProduct, spellName } from './resources.rules.ts';

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
  const ends = indexEnds(state.entitlements.current);
  // Only a no needs it, and most answers are yes.
  let shelf: Shelf | undefined;
  return (asked) => {
    const endsAt = latestEnd(ends, asked, now);
    if (endsAt !== undefined) return { allow: true, reason: 'granted', endsAt, ...worthOf(state, asked) };
    if (!state.known) return deny('unknown_customer');
    shelf ??= openShelf(state, appProduct, now);
    return deny(explainNo(shelf, asked));
  };
}

/** What a feature is worth; of any other resource nothing. */
function worthOf({ entitlements }: AccessState, asked: AskedResource): Pick<Decision, 'values'> {
  if (askedFeature(asked) === undefined) return {};
  return { values: entitlements.features.get(asked.coveredBy[0] ?? '')?.values ?? {} };
}

/** What a "no" is explained by; names are spelled by `spellName` (ADR 61). */
interface Shelf {
  /** What the app sells. */
  sold: readonly ReadonlySet<string>[];
  /** What the payments under way buy. */
  awaited: ReadonlySet<string>;
  lapses: ReadonlyMap<string, Lapse>;
}

function openShelf(
  { entitlements, pending, products, benefits, sold }: AccessState,
  app: string,
  now: number,
): Shelf {
  const underWay = new Set(
    pending.filter((payment) => isUnderWay(payment, now)).map((payment) => payment.productId),
  );
  const lapses = new Map<string, Lapse>();
  for (const [entitlement, lapse] of entitlements.former) {
    const name = spellName(entitlement);
    if (name !== undefined) lapses.set(name, newest(lapses.get(name), lapse));
  }
  return {
    sold: [sold, namesSold(products, benefits, app)],
    awaited: namesSold(
      products.filter(({ id }) => underWay.has(id)),
      benefits,
      app,
    ),
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
  const isSold = sold.some((each) => names.some((name) => each.has(name)));
  return isSold ? 'not_granted' : 'unknown_resource';
}

/**
 * What products give, with their benefits, as `spellName` spells it. Each name is spelled once, however many products
 * give it.
 */
export function namesSold(
  products: readonly SoldProduct[],
  benefits: readonly SoldBenefit[],
  appProduct: string,
): ReadonlySet<string> {
  if (products.length === 0) return new Set();
  const byId = new Map(benefits.map((benefit) => [benefit.id, benefit]));
  const benefitIds = new Set(products.flatMap((product) => product.benefitIds));
  const given = new Set(products.flatMap((product) => productResources(product, appProduct)));
  for (const id of benefitIds) for (const name of benefitResources(id, byId.get(id))) given.add(name);
  return new Set([...given].map(spellName).filter((name) => name !== undefined));
}

/** Until when the subject has each name, spelled by `spellName`; null: no end. */
function indexEnds(current: Iterable<readonly [string, number | null]>): ReadonlyMap<string, number | null> {
  const ends = new Map<string, number | null>();
  for (const [entitlement, endsAt] of current) {
    const name = spellName(entitlement);
    if (name !== undefined) ends.set(name, later(ends.get(name), endsAt));
  }
  return ends;
}

/** Until when the subject's entitlements open the resource at `now`; null: no end, undefined: they do not. */
export function latestEnd(
  ends: ReadonlyMap<string, number | null>,
  { coveredBy: names }: AskedResource,
  now: number,
): number | null | undefined {
  let latest: number | null | undefined;
  for (const name of names) {
    const endsAt = ends.get(name);
    if (endsAt !== undefined && (endsAt === null || endsAt > now)) latest = later(latest, endsAt);
  }
  return latest;
}

/** The later of two ends; null: no end, undefined: none is known yet. */
export function later(known: number | null | undefined, endsAt: number | null): number | null {
  if (known === undefined) return endsAt;
  return known === null || endsAt === null ? null : Math.max(known, endsAt);
}

function isUnderWay(payment: PendingPayment, now: number): boolean {
  return payment.isSubject || (payment.isConfirmed && payment.createdAt > now - PENDING_PAYMENT_MS);
}

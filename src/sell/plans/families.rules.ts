import type { ProductTerms } from '../../polar/terms.rules.ts';
import { costOf, seatsUnder } from '../subscriptions/pricing.rules.ts';

/*
 * An app's recurring products as families: in each, which is up from which (ADR 114). All that differs only by its interval is one
 * plan, so that a year instead of a month is up, however much cheaper it is.
 */

/** A recurring product, as far as families go by it. */
export interface PlanProduct {
  id: string;
  name: string;
  /** What it names as its plan; null: nothing, so it is a plan of its own. */
  plan: string | null;
  /** The family that its metadata names; null: that of all the others. */
  family: string | null;
  /** What its metadata says of how high its plan is; null: nothing. */
  rank: number | null;
  terms: ProductTerms;
}

/** A product in its family. `level`: the higher, the further up; null: it cannot be compared with the others. */
interface PlacedProduct extends PlanProduct {
  level: number | null;
}

export interface Family {
  name: string | null;
  /** In which the products were compared; null when ranks say it all. */
  currency: string | null;
  /** From the lowest up; those without a level last. */
  products: PlacedProduct[];
}

const DAYS: Readonly<Record<string, number>> = { day: 1, week: 7, month: 30.436_875, year: 365.2425 };

/** Families by name, the one without a name first. */
export function sortIntoFamilies(products: readonly PlanProduct[]): Family[] {
  const byName = Map.groupBy(products, ({ family }) => family);
  return [...byName]
    .map(([name, members]) => placeAll(name, members))
    .toSorted((a, b) => compareText(a.name ?? '', b.name ?? ''));
}

const INTERVAL_AT_END =
  /(^|[-_])(daily|weekly|monthly|quarterly|yearly|annual|annually|day|week|month|year)$/i;

/** A plan's name without its interval: `pro-yearly` is `pro`, and `monthly` and `yearly` are one plan. */
function withoutInterval(plan: string): string {
  return plan.replace(INTERVAL_AT_END, '');
}

/** By what a product is compared with the others of its family, one after the other. */
interface Measured {
  product: PlanProduct;
  /** How high its plan is: the rank, or what a day of the plan's shortest interval costs. */
  height: number;
  days: number;
  /** What a day of it costs; 0 where ranks count. */
  perDay: number;
}

const compare = (a: Measured, b: Measured) => a.height - b.height || a.days - b.days || a.perDay - b.perDay;

function placeAll(name: string | null, members: readonly PlanProduct[]): Family {
  const isRanked = members.every(({ rank }) => rank !== null);
  const currency = isRanked ? null : commonCurrency(members);
  const plans = Map.groupBy(members, ({ plan, id }) =>
    plan === null ? `product:${id}` : withoutInterval(plan),
  );
  const measured = [...plans.values()]
    .flatMap((plan) => (isRanked ? measureRanks(plan) : measurePrices(plan, currency)))
    .toSorted((a, b) => compare(a, b) || compareText(a.product.id, b.product.id));
  // Two that nothing tells apart are on one level.
  let level = 0;
  const placed = measured.map((each, at): PlacedProduct => {
    const before = measured[at - 1];
    if (before && compare(before, each) !== 0) level += 1;
    return { ...each.product, level };
  });
  const others = members
    .filter(({ id }) => !placed.some((product) => product.id === id))
    .map((product): PlacedProduct => ({ ...product, level: null }));
  return { name, currency, products: [...placed, ...others] };
}

function measureRanks(plan: readonly PlanProduct[]): Measured[] {
  const height = Math.max(...plan.map(({ rank }) => rank ?? 0));
  return plan.map((product) => ({ product, height, days: daysOf(product) ?? 0, perDay: 0 }));
}

/** Those that have a price to compare. The others are not among them. */
function measurePrices(plan: readonly PlanProduct[], currency: string | null): Measured[] {
  const priced = plan
    .flatMap((product) => {
      const days = daysOf(product);
      const cost = costIn(product, currency);
      return days === undefined || cost === undefined ? [] : [{ product, days, perDay: cost / days }];
    })
    .toSorted((a, b) => a.days - b.days || a.perDay - b.perDay);
  // The longer intervals are the same plan with a rebate.
  const height = priced[0]?.perDay ?? 0;
  return priced.map((each) => ({ ...each, height }));
}

function daysOf({ terms }: PlanProduct): number | undefined {
  const unit = DAYS[terms.recurring_interval ?? ''];
  return unit === undefined ? undefined : unit * (terms.recurring_interval_count ?? 1);
}

/** Of these prices it is known what a period costs at least: usage is paid beside them. `free` is how Polar once said 0. */
const KNOWN_PRICES: ReadonlySet<string> = new Set(['fixed', 'free', 'seat_based', 'metered_unit']);

/** What a period costs; undefined when it has no price in the currency, or one that the buyer chooses, or that goes by units. */
function costIn({ terms }: PlanProduct, currency: string | null): number | undefined {
  const prices = terms.prices.filter(
    (price) => price.price_currency === currency && price.is_archived !== true,
  );
  if (prices.length === 0 || prices.some((price) => !KNOWN_PRICES.has(price.amount_type))) return undefined;
  return costOf(prices, seatsUnder(prices, null) ?? 1);
}

/** The currency that most of them have a price in; of several the first by name. */
function commonCurrency(members: readonly PlanProduct[]): string | null {
  const counts = new Map<string, number>();
  for (const { terms } of members) {
    const own = new Set(terms.prices.flatMap((price) => (price.is_archived ? [] : [price.price_currency])));
    for (const currency of own) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted(([a, n], [b, m]) => m - n || compareText(a, b));
  return most?.[0] ?? null;
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Which way a change goes; undefined: neither, or it cannot be said. */
export function directionOf(
  families: readonly Family[],
  from: string,
  to: string,
): 'up' | 'down' | undefined {
  const family = families.find(({ products }) => products.some(({ id }) => id === from));
  const levelOf = (id: string) => family?.products.find((product) => product.id === id)?.level ?? null;
  const [before, after] = [levelOf(from), levelOf(to)];
  if (before === null || after === null || before === after) return undefined;
  return after > before ? 'up' : 'down';
}

/** Metadata of a product: the family it is in, and how high it is there. */
const FAMILY_METADATA_KEY = 'gateway_family';
const RANK_METADATA_KEY = 'gateway_rank';

/** What a product's metadata says of its family. */
export function readFamily(metadata: Readonly<Record<string, unknown>>): {
  family: string | null;
  rank: number | null;
} {
  const { [FAMILY_METADATA_KEY]: named, [RANK_METADATA_KEY]: ranked } = metadata;
  const family = typeof named === 'string' && named.trim() !== '' ? named.trim() : null;
  const text = typeof ranked === 'string' ? ranked.trim() : '';
  const rank =
    typeof ranked === 'number' ? ranked : /^-?\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : null;
  return { family, rank };
}

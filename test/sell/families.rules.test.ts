import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { productTerms } from '../../src/polar/terms.rules.ts';
import {
  directionOf,
  type PlanProduct,
  readFamily,
  sortIntoFamilies,
} from '../../src/sell/plans/families.rules.ts';

/* Which product is up from which. */

interface Sold {
  plan?: string | null;
  interval?: string;
  price?: number | null;
  currency?: string;
  family?: string;
  rank?: number;
}

function product(id: string, sold: Sold = {}): PlanProduct {
  const { plan = id, interval = 'month', price = 900, currency = 'usd', family = null, rank = null } = sold;
  const amount =
    price === null
      ? { amount_type: 'custom' }
      : { amount_type: price === 0 ? 'free' : 'fixed', price_amount: price };
  const terms = productTerms().parse({
    id,
    is_recurring: true,
    recurring_interval: interval,
    recurring_interval_count: 1,
    prices: [{ ...amount, price_currency: currency }],
  });
  return { id, name: `quay:${id}`, plan, family, rank, terms };
}

const way = (products: PlanProduct[], from: string, to: string) =>
  directionOf(sortIntoFamilies(products), from, to);

const SHOP = [
  product('free', { price: 0 }),
  product('basic', { price: 900 }),
  product('basic-year', { plan: 'basic', interval: 'year', price: 9_000 }),
  product('pro', { price: 2_900 }),
  product('pro-year', { plan: 'pro', interval: 'year', price: 29_000 }),
];

describe('a change', () => {
  test.each([
    ['free', 'basic', 'up'],
    ['basic', 'pro', 'up'],
    ['pro', 'basic', 'down'],
    ['basic', 'free', 'down'],
    // The same plan for longer is up, though a month of it is cheaper.
    ['pro', 'pro-year', 'up'],
    ['pro-year', 'pro', 'down'],
    // A lower plan is down, for however long.
    ['pro', 'basic-year', 'down'],
    ['basic-year', 'pro', 'up'],
    ['pro', 'pro', undefined],
    ['pro', 'elsewhere', undefined],
  ] as const)('from %s to %s is %s', (from, to, expected) => {
    expect(way(SHOP, from, to)).toBe(expected);
  });

  test('goes by ranks, once all of a family have one', () => {
    const ranked = [product('a', { price: 900, rank: 2 }), product('b', { price: 100, rank: 3 })];
    expect(way(ranked, 'a', 'b')).toBe('up');
    expect(way([...ranked, product('c', { price: 500 })], 'a', 'b')).toBe('down');
  });

  test('from one family to another goes neither way', () => {
    expect(way([product('a'), product('b', { family: 'teams', price: 5_000 })], 'a', 'b')).toBeUndefined();
  });

  test('between products that cost the same goes neither way', () => {
    expect(way([product('a'), product('b')], 'a', 'b')).toBeUndefined();
    // Neither does it when one of them has a longer interval as well.
    const year = product('a-year', { plan: 'a', interval: 'year', price: 9_000 });
    expect(way([product('a'), year, product('b')], 'a', 'b')).toBeUndefined();
    expect(way([product('a'), year, product('b')], 'b', 'a-year')).toBe('up');
  });

  test('between products named by their interval goes by the interval', () => {
    const shop = [product('monthly', { price: 900 }), product('yearly', { interval: 'year', price: 5_000 })];
    expect(way(shop, 'monthly', 'yearly')).toBe('up');
    const pro = [
      product('pro-monthly', { price: 2_900 }),
      product('pro_annual', { interval: 'year', price: 20_000 }),
    ];
    expect(way([...shop, ...pro], 'pro-monthly', 'pro_annual')).toBe('up');
    expect(way([...shop, ...pro], 'pro_annual', 'monthly')).toBe('down');
  });

  test('between two currencies of one plan goes neither way', () => {
    const euro = product('basic-eur', { plan: 'basic', currency: 'eur', price: 800 });
    expect(way([...SHOP, euro], 'basic', 'basic-eur')).toBeUndefined();
  });

  test('to what has no price to compare goes neither way', () => {
    const shop = [...SHOP, product('gift', { price: null }), product('euro', { currency: 'eur', price: 10 })];
    expect(way(shop, 'pro', 'gift')).toBeUndefined();
    expect(way(shop, 'pro', 'euro')).toBeUndefined();
  });

  test('to what costs by the unit, or by a price that Polar adds tomorrow, goes neither way', () => {
    for (const type of ['unit_based', 'auctioned']) {
      const licences = product('licences');
      for (const price of licences.terms.prices) price.amount_type = type;
      expect(way([...SHOP, licences], 'basic', 'licences')).toBeUndefined();
      expect(way([...SHOP, licences], 'licences', 'free')).toBeUndefined();
    }
  });
});

test('families are the same in whatever order products come, and up is the other way of down', () => {
  const one = fc.record({
    plan: fc.constantFrom('a', 'b', null),
    interval: fc.constantFrom('month', 'year', 'fortnight'),
    price: fc.constantFrom(0, 900, 2_900, null),
    family: fc.option(fc.constant('teams'), { nil: undefined }),
    rank: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 7 }), (shop) => {
      const products = shop.map((each, at) =>
        product(
          `p${at}`,
          Object.fromEntries(Object.entries(each).filter(([, value]) => value !== undefined)),
        ),
      );
      const levels = (all: PlanProduct[]) =>
        Object.fromEntries(
          sortIntoFamilies(all)
            .flatMap((family) => family.products.map(({ id, level }) => [id, level] as const))
            .toSorted(([a], [b]) => (a < b ? -1 : 1)),
        );
      expect(levels(products.toReversed())).toEqual(levels(products));
      for (const { id: from } of products)
        for (const { id: to } of products) {
          const there = way(products, from, to);
          const back = way(products, to, from);
          expect(back).toBe(there && { up: 'down', down: 'up' }[there]);
        }
    }),
    { numRuns: 50 },
  );
});

test.each([
  [{}, { family: null, rank: null }],
  [
    { gateway_family: ' teams ', gateway_rank: '2' },
    { family: 'teams', rank: 2 },
  ],
  [
    { gateway_family: '', gateway_rank: 'high' },
    { family: null, rank: null },
  ],
  [{ gateway_rank: -1.5 }, { family: null, rank: -1.5 }],
])('metadata %j says %j', (metadata, expected) => {
  expect(readFamily(metadata)).toEqual(expected);
});

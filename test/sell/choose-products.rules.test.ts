import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  cutProducts,
  isChosen,
  PRODUCT_SORTS,
  type ProductPlace,
} from '../../src/sell/choose-products.rules.ts';
import { presentProduct, type ProductView } from '../../src/sell/product.rules.ts';

/* Which products are listed, and in which order. */

function shown(change: object = {}): ProductView {
  const view = presentProduct(
    { id: 'a', name: 'quay:a', is_recurring: false, prices: [], benefits: [], ...change },
    'server',
  );
  if (!view) throw new Error('it is not shown');
  return view;
}

const BENEFIT = { id: 'b1', type: 'custom', description: 'Reader' };

describe('a filter', () => {
  const metadata = { collection: ' essays ', content_id: 'blog/one, blog/two', color: 'red', size: 3 };
  const product = { view: shown({ metadata, benefits: [BENEFIT] }), metadata };
  test.each([
    [{}, true],
    [{ collection: 'essays' }, true],
    [{ collection: 'other' }, false],
    [{ contentId: 'blog/two' }, true],
    [{ contentId: 'blog' }, false],
    [{ benefit: 'b1' }, true],
    [{ benefit: 'b2' }, false],
    [{ recurring: false }, true],
    [{ recurring: true }, false],
    [{ archived: false }, true],
    [{ archived: true }, false],
    [{ metadata: { color: 'red', size: '3' } }, true],
    [{ metadata: { color: 'red', size: '4' } }, false],
    [{ metadata: { toString: 'x' } }, false],
  ])('%j is met: %s', (filter, expected) => {
    expect(isChosen(product, filter)).toBe(expected);
  });

  test('finds no benefit that is not shown', () => {
    const secret = {
      id: 'a',
      name: 'a',
      is_recurring: false,
      prices: [],
      benefits: [{ ...BENEFIT, visibility: 'private' }],
    };
    const view = presentProduct(secret, 'public');
    expect(view && isChosen({ view, metadata: {} }, { benefit: 'b1' })).toBe(false);
  });
});

test('pages have every product once, in order', () => {
  const one = fc.record({
    name: fc.constantFrom('a', 'b', 'Ä', ''),
    created_at: fc.constantFrom(undefined, '2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'),
  });
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 9 }),
      fc.constantFrom(...PRODUCT_SORTS),
      fc.integer({ min: 1, max: 4 }),
      (all, sort, limit) => {
        const products = all.map((each, at) => shown({ ...each, id: `p${at}` }));
        const whole = cutProducts(products, { sort, after: undefined, limit: undefined });
        expect(whole.next).toBeNull();
        const pages: ProductView[] = [];
        let after: ProductPlace | undefined;
        do {
          const page = cutProducts(products.toReversed(), { sort, after, limit });
          expect(page.products.length).toBeLessThanOrEqual(limit);
          pages.push(...page.products);
          after = page.next ?? undefined;
        } while (after);
        expect(pages.map(({ id }) => id)).toEqual(whole.products.map(({ id }) => id));
        expect(pages).toHaveLength(products.length);
      },
    ),
    { numRuns: 50 },
  );
});

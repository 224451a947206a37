import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  canBeTyped,
  type Discount,
  hasCode,
  isCode,
  isOwnDiscount,
  readDiscount,
} from '../../src/sell/discounts.rules.ts';

const discount = (change: Partial<Discount> = {}): Discount => ({
  id: 'd1',
  code: 'HALF50',
  productIds: [],
  owner: null,
  endsAt: null,
  isUsedUp: false,
  ...change,
});

describe('whose a discount is', () => {
  const quay = { product: 'quay', isAlone: false, ownProductIds: new Set(['q1', 'q2']) };

  test.each<[string, Partial<Discount>, boolean]>([
    ['of one product of the app', { productIds: ['q1'] }, true],
    ['of two products of the app', { productIds: ['q1', 'q2'] }, true],
    ['of a product of the app and another’s', { productIds: ['q1', 'a1'] }, false],
    ['of another’s product', { productIds: ['a1'] }, false],
    ['of all products', {}, false],
    ['marked as the app’s', { owner: 'quay' }, true],
    ['marked as the app’s, of another’s product', { owner: 'quay', productIds: ['a1'] }, true],
    ['marked as another’s, of the app’s product', { owner: 'atlas', productIds: ['q1'] }, false],
  ])('%s', (_name, change, isOwn) => {
    expect(isOwnDiscount(discount(change), quay)).toBe(isOwn);
  });

  test('of all products is the app’s that is alone and owns what nobody claims, unless marked otherwise', () => {
    const alone = { ...quay, isAlone: true };
    expect(isOwnDiscount(discount(), alone)).toBe(true);
    expect(isOwnDiscount(discount({ owner: 'atlas' }), alone)).toBe(false);
  });

  test('is never two apps’', () => {
    const ids = fc.subarray(['q1', 'q2', 'a1', 'a2', 'x']);
    fc.assert(
      fc.property(ids, fc.constantFrom(null, 'quay', 'atlas', 'other'), (productIds, owner) => {
        const found = discount({ productIds, owner });
        const atlas = { product: 'atlas', isAlone: false, ownProductIds: new Set(['a1', 'a2']) };
        expect(isOwnDiscount(found, quay) && isOwnDiscount(found, atlas)).toBe(false);
      }),
    );
  });
});

describe('a code that a buyer could type', () => {
  test.each<[string, Partial<Discount>, boolean]>([
    ['of all products', {}, true],
    ['of the product', { productIds: ['p1', 'p2'] }, true],
    ['of another product', { productIds: ['p2'] }, false],
    ['that ends now', { endsAt: 1_000 }, false],
    ['that ends later', { endsAt: 1_001 }, true],
    ['that is used up', { isUsedUp: true }, false],
    ['that is none', { code: null }, false],
  ])('%s', (_name, change, can) => {
    expect(canBeTyped(discount(change), 'p1', 1_000)).toBe(can);
  });

  test('is compared whatever its case, and whole', () => {
    expect(hasCode(discount(), 'half50')).toBe(true);
    expect(hasCode(discount(), 'HALF')).toBe(false);
    expect(hasCode(discount({ code: null }), '')).toBe(false);
  });

  test.each([
    ['HALF50', true],
    ['abc', true],
    ['ab', false],
    ['HALF 50', false],
    ['50%', false],
    ['a_b', false],
    ['', false],
  ])('%j has the form of one: %s', (text, is) => expect(isCode(text)).toBe(is));
});

describe('a discount of Polar’s', () => {
  const wire = { id: 'd1', code: 'HALF50', products: [], metadata: {} };

  test('is read, with what is odd left out', () => {
    expect(readDiscount({ ...wire, ends_at: 'soon', max_redemptions: 'few', metadata: null })).toEqual(
      discount(),
    );
    expect(
      readDiscount({
        ...wire,
        code: null,
        products: [{ id: 'p1' }],
        metadata: { gateway_product: ' Quay ' },
        ends_at: '1970-01-01T00:00:01Z',
        max_redemptions: 2,
        redemptions_count: 2,
      }),
    ).toEqual(discount({ code: null, productIds: ['p1'], owner: 'quay', endsAt: 1_000, isUsedUp: true }));
  });

  test('without its list of products is not understood: it would count as one of all', () => {
    expect(() => readDiscount({ ...wire, products: null })).toThrow();
  });
});

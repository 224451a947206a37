import { describe, expect, test } from 'vitest';
import {
  presentDiscount,
  remainingOf,
  statusOf,
  toPolarChange,
  toPolarDiscount,
} from '../../src/sell/discounts/app-discount.rules.ts';
import { discountsFor } from '../../src/sell/campaigns/campaigns.rules.ts';

const count = { maxRedemptions: 10, redemptions: 4, startsAt: null, endsAt: null };

describe('a discount in Polar’s words', () => {
  test('is bound to products and marked as the app’s, whatever its metadata says', () => {
    const input = toPolarDiscount(
      {
        name: 'Launch',
        basisPoints: 5000,
        duration: 'once',
        productIds: ['a', 'b'],
        metadata: { gateway_product: 'atlas', ours: 1 },
      },
      { owner: 'quay', request: 'digest' },
    );
    expect(input).toMatchObject({
      type: 'percentage',
      basis_points: 5000,
      products: ['a', 'b'],
      metadata: { gateway_product: 'quay', gateway_request: 'digest', ours: 1 },
    });
  });

  test('keeps the gateway’s own metadata when it is changed, and replaces the app’s', () => {
    const kept = { gateway_product: 'quay', gateway_request: 'digest', old: 1 };
    expect(toPolarChange({ metadata: { fresh: 2 } }, { owner: 'quay', kept }).metadata).toEqual({
      fresh: 2,
      gateway_product: 'quay',
      gateway_request: 'digest',
    });
    expect(toPolarChange({ name: 'Other' }, { owner: 'quay', kept }).metadata).toEqual(kept);
    expect(toPolarChange({ code: null }, { owner: 'quay', kept })).toMatchObject({ code: null });
  });
});

describe('a discount as the app sees it', () => {
  test('shows of its products the app’s alone, and none of the gateway’s metadata', () => {
    const data = {
      id: 'd',
      name: 'Launch',
      code: 'LAUNCH',
      type: 'fixed',
      duration: 'once',
      amounts: { usd: 500 },
      max_redemptions: 10,
      redemptions_count: 10,
      products: [{ id: 'own' }, { id: 'foreign' }],
      metadata: { gateway_product: 'quay', ours: 1 },
      created_at: '2026-01-01T00:00:00Z',
    };
    const shown = presentDiscount(data, { ownProductIds: new Set(['own']), now: 0 });
    expect(shown).toMatchObject({
      product_ids: ['own'],
      metadata: { ours: 1 },
      remaining: 0,
      status: 'exhausted',
      basis_points: null,
      amounts: { usd: 500 },
    });
  });

  test('counts what is left, and never less than nothing', () => {
    expect(remainingOf(count)).toBe(6);
    expect(remainingOf({ ...count, redemptions: 12 })).toBe(0);
    expect(remainingOf({ ...count, maxRedemptions: null })).toBeNull();
  });

  test('has ended, is used up, has not begun, or can be used', () => {
    expect(statusOf(count, 100)).toBe('active');
    expect(statusOf({ ...count, startsAt: 101 }, 100)).toBe('scheduled');
    expect(statusOf({ ...count, redemptions: 10 }, 100)).toBe('exhausted');
    expect(statusOf({ ...count, redemptions: 10, endsAt: 100 }, 100)).toBe('ended');
  });
});

test('a campaign tries the discounts for the product in order, each once', () => {
  const rules = [
    { discountId: 'first', productIds: ['a'] },
    { discountId: 'second', productIds: null },
    { discountId: 'first', productIds: null },
  ];
  expect(discountsFor(rules, ['a'])).toEqual(['first', 'second']);
  expect(discountsFor(rules, ['b'])).toEqual(['second', 'first']);
  expect(discountsFor([{ discountId: 'first', productIds: ['a'] }], ['b'])).toEqual([]);
});

test('a campaign tries only what is for every product that a buyer can choose', () => {
  const rules = [
    { discountId: 'half', productIds: ['a'] },
    { discountId: 'tenth', productIds: ['b', 'a'] },
  ];
  expect(discountsFor(rules, ['a', 'b'])).toEqual(['tenth']);
  expect(discountsFor(rules, ['a', 'b', 'c'])).toEqual([]);
});

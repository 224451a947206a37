import { describe, expect, test } from 'vitest';
import { findOffered } from '../../src/sell/offered.rules.ts';

/* Which products are offered for a resource. */

const FIXED = { id: 'price-1', amount_type: 'fixed', price_currency: 'eur', price_amount: 900 };
const SEATS = { id: 'price-2', amount_type: 'seat_based', price_currency: 'eur', seat_tiers: null };
const READER = { id: 'b1', type: 'custom', description: 'Reader', metadata: { content_id: 'blog/one' } };

const stored = (id: string, change: { prices?: object[]; benefits?: object[]; metadata?: object } = {}) => ({
  id,
  name: `quay:${id}`,
  metadata: { ...change.metadata },
  data: {
    id,
    name: `quay:${id}`,
    is_recurring: false,
    visibility: 'public',
    prices: [FIXED],
    benefits: [],
    ...change,
  },
});

const offered = (...rows: ReturnType<typeof stored>[]) =>
  findOffered(rows, [READER], { resource: 'content:blog/one', app: 'quay' }).map(({ id }) => id);

describe('what is offered for a page', () => {
  test('opens it by itself or by a benefit', () => {
    const own = { metadata: { content_id: 'blog/one' } };
    expect(offered(stored('a', own), stored('b', { benefits: [READER] }), stored('c'))).toEqual(['a', 'b']);
  });

  test('opens it for who buys: what is for whoever claims a seat does not', () => {
    const seats = { prices: [FIXED, SEATS], benefits: [READER] };
    expect(offered(stored('a', seats))).toEqual([]);
    expect(offered(stored('a', { ...seats, metadata: { content_id: 'blog/one' } }))).toEqual(['a']);
  });
});

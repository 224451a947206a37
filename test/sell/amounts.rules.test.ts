import { expect, test } from 'vitest';
import { HAS_ITS_PRICE, refusalOfAmount } from '../../src/sell/amounts.rules.ts';

const price = (amount_type: string, more: object = {}) => ({ amount_type, price_currency: 'usd', ...more });
const yen = price('custom', { price_currency: 'jpy', minimum_amount: 2000, maximum_amount: 9000 });

test.each<[string, unknown[], string | undefined]>([
  ['a fixed price', [price('fixed')], HAS_ITS_PRICE],
  ['seats', [price('seat_based')], HAS_ITS_PRICE],
  ['a price that the buyer chooses', [price('custom')], undefined],
  ['a fixed price, and one to choose in another currency', [price('fixed'), price('custom')], undefined],
  [
    'a price to choose that is archived',
    [price('fixed'), price('custom', { is_archived: true })],
    HAS_ITS_PRICE,
  ],
  ['no price that is known', [], undefined],
  ['a price that is not understood', [price('fixed'), { amount: 900 }], undefined],
  ['a least amount that is met', [price('custom', { minimum_amount: 1000 })], undefined],
  [
    'a least amount above it in one currency only',
    [yen, price('custom', { minimum_amount: 500 })],
    undefined,
  ],
  [
    'a least amount above it',
    [price('custom', { minimum_amount: 1001 })],
    'Must be from 1001 to 99999999 (usd), in minor units.',
  ],
  [
    'limits that it is outside of in each currency',
    [yen, price('custom', { minimum_amount: 100, maximum_amount: 999 })],
    'Must be from 2000 to 9000 (jpy) or from 100 to 999 (usd), in minor units.',
  ],
])('10.00 for a product with %s: %s', (_name, prices, refusal) => {
  expect(refusalOfAmount(prices, 1000)).toBe(refusal);
});

import { expect, test } from 'vitest';
import { answersIn, isShown } from './shown.rules.ts';

const ANSWER = {
  id: 'pay_01kb7n8w2efz9rk3v5s1d4x7ma',
  amount: 900,
  note: null,
  created_at: '2026-11-29T10:00:00.000Z',
  data: [{ sequence: 3, status: 'paid' }],
};

test.each([
  [{ id: 'pay_00000000000000000000000000', amount: 900 }, true],
  [{ id: 'ref_00000000000000000000000000' }, false],
  [{ amount: 901 }, false],
  [{ amount: '900' }, false],
  [{ created_at: '2027-01-01T00:00:00.000Z', note: null }, true],
  [{ created_at: 'now' }, false],
  [{ note: '' }, false],
  [{ data: [{ sequence: 12, status: 'paid' }] }, true],
  [{ data: [{ status: 'open' }] }, false],
  [{ data: {} }, false],
  [{ nothing: undefined, more: 1 }, false],
])('%j is printed of the answer: %s', (printed, is) => {
  expect(isShown(printed, ANSWER)).toBe(is);
});

test('answers are found among what else was printed, and what is inside them', () => {
  expect(answersIn('one\n{"a":{"b":1}}\n{not json}\nverified: {}\n[{"c":2}]')).toEqual([
    { a: { b: 1 } },
    { b: 1 },
    [{ c: 2 }],
    { c: 2 },
  ]);
});

import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { isEventFilter, simplifyEventFilters } from '../../src/domain/event-filter.ts';

describe('isEventFilter', () => {
  test.each(['*', 'payment.*', 'payment.succeeded', 'polar.order.*', 'polar.customer_seat.assigned', 'a'])(
    'takes %s',
    (text) => expect(isEventFilter(text)).toBe(true),
  );

  test.each([
    '',
    '**',
    '*.succeeded',
    'pay*',
    'payment.*.x',
    'payment.**',
    'payment.',
    '.payment',
    'payment..succeeded',
    'Payment.succeeded',
    'payment succeeded',
    'payment.?',
    'payment.[a-z]',
    'payment.succeeded\n',
    'zahlung.bezahlt✓',
    'a'.repeat(65),
  ])('refuses %j', (text) => expect(isEventFilter(text)).toBe(false));
});

test('SQLite’s glob, which matches, understands filters as they are meant', () => {
  const sqlite = new DatabaseSync(':memory:');
  const matches = (type: string, filter: string) =>
    sqlite.prepare('select ? glob ? as yes').get(type, filter)?.['yes'] === 1;
  expect(matches('payment.succeeded', '*')).toBe(true);
  expect(matches('payment.succeeded', 'payment.*')).toBe(true);
  expect(matches('polar.order.paid', 'polar.*')).toBe(true);
  expect(matches('payment.succeeded', 'payment.succeeded')).toBe(true);
  expect(matches('payments.succeeded', 'payment.*')).toBe(false);
  expect(matches('payment', 'payment.*')).toBe(false);
  expect(matches('payment.succeeded', 'payment')).toBe(false);
  // `_` is a wildcard in LIKE, not in GLOB.
  expect(matches('pastxdue', 'past_due')).toBe(false);
});

test('filters are stored once each, and * alone', () => {
  expect(simplifyEventFilters(['payment.*', 'refund.*', 'payment.*'])).toEqual(['payment.*', 'refund.*']);
  expect(simplifyEventFilters(['payment.*', '*'])).toEqual(['*']);
});

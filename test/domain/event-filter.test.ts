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

test('filters are stored once each, and * alone', () => {
  expect(simplifyEventFilters(['payment.*', 'refund.*', 'payment.*'])).toEqual(['payment.*', 'refund.*']);
  expect(simplifyEventFilters(['payment.*', '*'])).toEqual(['*']);
});

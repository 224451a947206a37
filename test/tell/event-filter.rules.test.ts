import { describe, expect, test } from 'vitest';
import { isEventFilter, simplifyEventFilters } from '../../src/base/event-filter.rules.ts';

describe('isEventFilter', () => {
  test.each([
    '*',
    'payment.*',
    'payment.succeeded',
    'polar.*',
    'polar.order.*',
    'polar.customer_seat.assigned',
    'polar.a',
  ])('takes %s', (text) => expect(isEventFilter(text)).toBe(true));

  test.each([
    '',
    // Nobody is ever told these: whoever asks for them waits for ever.
    'a',
    'payment',
    'payment.paid',
    'payments.*',
    'refund.succeeded.*',
    'order.paid',
    'polar',
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
    `polar.${'a'.repeat(59)}`,
  ])('refuses %j', (text) => expect(isEventFilter(text)).toBe(false));
});

test('filters are stored once each, and * alone', () => {
  expect(simplifyEventFilters(['payment.*', 'refund.*', 'payment.*'])).toEqual(['payment.*', 'refund.*']);
  expect(simplifyEventFilters(['payment.*', '*'])).toEqual(['*']);
});

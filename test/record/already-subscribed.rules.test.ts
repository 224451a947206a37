import { describe, expect, test } from 'vitest';
import { failureOfExpired } from '../../src/record/already-subscribed.rules.ts';
import { checkoutEvents } from '../../src/record/what-is-told.rules.ts';

const pending = { status: 'pending' as const, failureReason: null };

describe('a checkout that is over', () => {
  test.each([
    ['of a buyer who is subscribed already', { status: 'expired' }, pending, true, 'already_subscribed'],
    ['of anybody else', { status: 'expired' }, pending, false, null],
    ['that is still open', { status: 'open' }, pending, true, null],
    ['that was paid', { status: 'expired' }, { ...pending, status: 'succeeded' as const }, true, null],
    [
      'that was told as expired',
      { status: 'expired' },
      { ...pending, status: 'expired' as const },
      true,
      null,
    ],
    [
      'that was told as failed, of a buyer who has ended the other one',
      { status: 'expired' },
      { status: 'failed' as const, failureReason: 'already_subscribed' },
      false,
      'already_subscribed',
    ],
    ['of no payment', { status: 'expired' }, undefined, true, null],
  ])('%s', (_name, checkout, payment, isSubscribed, reason) => {
    expect(failureOfExpired(checkout, payment, isSubscribed)).toBe(reason);
  });

  test('is told as failed or as expired, and never as both', () => {
    const [failed] = checkoutEvents('expired', 'pay_1', 'already_subscribed');
    const [expired] = checkoutEvents('expired', 'pay_1');
    expect([failed?.type, expired?.type]).toEqual(['payment.failed', 'payment.expired']);
    for (const [one, other] of [
      [failed, expired],
      [expired, failed],
    ]) {
      const { from = '', to = '' } = one?.unlessTold?.key ?? {};
      const key = other?.key ?? '';
      expect(key >= from && key < to).toBe(true);
    }
  });
});

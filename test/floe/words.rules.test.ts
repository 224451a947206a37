import { describe, expect, test } from 'vitest';
import { askForRefund } from '../../packages/floe/commands/payments/ask-for-refund.rules.ts';
import { nextOf, priceOf } from '../../packages/floe/commands/subscriptions/next-of.rules.ts';
import { money, readMoney } from '../../packages/floe/words/money.rules.ts';
import { minute, second } from '../../packages/floe/words/times.rules.ts';
import examples from '../../src/example-answers.json' with { type: 'json' };

describe('money', () => {
  test('is shown as people write it, in currencies with and without decimals', () => {
    expect(money(900, 'usd')).toBe('$9.00');
    expect(money(123_456, 'eur')).toBe('€1,234.56');
    expect(money(-500, 'usd')).toBe('-$5.00');
    expect(money(900, 'jpy')).toBe('¥900');
    expect(money(900, 'chf')).toBe('CHF 9.00');
    expect(money(null, 'usd')).toBeNull();
    expect(money(900, null)).toBeNull();
  });

  test('of what is no currency is still shown', () => {
    expect(money(900, '<b>')).toBe('900 minor units of <b>');
  });

  test('is read as people write it, and minor units are not taken for it', () => {
    expect(readMoney('3.00', 'usd')).toEqual({ amount: 300 });
    expect(readMoney('1234567.89', 'eur')).toEqual({ amount: 123_456_789 });
    expect(readMoney('300', 'jpy')).toEqual({ amount: 300 });
    for (const typed of ['300', '3', '3.0', '3,00', '-3.00', '+3.00', '1e3', '3.000', '.50', '$3.00', ''])
      expect(readMoney(typed, 'usd'), typed).toEqual({ instead: expect.stringContaining('3.00') });
    for (const typed of ['3.00', '-3', '', '1e3'])
      expect(readMoney(typed, 'jpy'), typed).toEqual({ instead: expect.stringContaining('300') });
  });
});

describe('times', () => {
  test('are shown in UTC', () => {
    expect(minute('2027-06-15T12:34:56.000Z')).toBe('2027-06-15 12:34');
    expect(second('2027-06-15T12:34:56.000Z')).toBe('2027-06-15 12:34:56 UTC');
    expect([minute(null), second(null)]).toEqual([null, null]);
  });
});

describe('what comes next of a subscription', () => {
  const subscription = {
    ...examples['GET /v1/subscriptions']['200'].data[0],
    current_period_end: '2027-07-15T12:00:00.000Z',
  } as Parameters<typeof nextOf>[0];
  const next = (more: Partial<typeof subscription>) => nextOf({ ...subscription, ...more });

  test('is said in words', () => {
    expect(next({})).toBe('renews 2027-07-15');
    expect(next({ cancel_at_period_end: true, ends_at: '2027-07-15T12:00:00.000Z' })).toBe('ends 2027-07-15');
    expect(next({ status: 'canceled', ended_at: '2027-06-20T12:00:00.000Z' })).toBe('ended 2027-06-20');
    expect(next({ pause_at_period_end: true })).toBe('pauses 2027-07-15');
    expect(next({ status: 'paused' })).toBe('paused');
    expect(next({ status: 'paused', resumes_at: '2027-09-01T00:00:00.000Z' })).toBe('resumes 2027-09-01');
    expect(next({ status: 'trialing', trial_end: '2027-06-29T12:00:00.000Z' })).toBe('trial to 2027-06-29');
    expect(next({ status: 'past_due' })).toBe('past due');
  });

  test('has a price', () => {
    expect(priceOf(900, 'usd', { interval: 'month', interval_count: 1 })).toBe('$9.00 a month');
    expect(priceOf(900, 'usd', { interval: 'month', interval_count: 3 })).toBe('$9.00 every 3 months');
    expect(priceOf(null, 'usd', { interval: 'month', interval_count: 1 })).toBeNull();
  });
});

const [PAYMENT] = examples['GET /v1/payments']['200'].data;

describe('the question before a refund', () => {
  const payment = {
    ...PAYMENT,
    id: 'pay_1',
    customer: { ...PAYMENT?.customer, email: 'dee@readers.dev' },
    product: { ...PAYMENT?.product, name: 'quay:team' },
    subscription_id: null,
    refundable_amount: 420,
  } as Parameters<typeof askForRefund>[0];
  const ask = (more: Partial<typeof payment>, what: Partial<Parameters<typeof askForRefund>[1]> = {}) =>
    askForRefund(
      { ...payment, ...more },
      { amount: undefined, revokes: undefined, cancelSubscription: undefined, ...what },
    );
  const TAKES = 'This takes away what the purchase gives.';

  test('says how much goes to whom for what', () => {
    expect(ask({})).toBe(
      `Refund all that is left, $4.20, and the tax on it, to dee@readers.dev for quay:team (pay_1)? ${TAKES}`,
    );
    expect(ask({}, { amount: 100 })).toBe(
      'Refund $1.00, and the tax on it, to dee@readers.dev for quay:team (pay_1)?',
    );
    expect(ask({ currency: 'jpy' }, { amount: 100 })).toContain('Refund ¥100,');
  });

  test('says what ends with it', () => {
    expect(ask({}, { amount: 420 })).toContain(TAKES);
    expect(ask({}, { amount: 100, revokes: true })).toContain(TAKES);
    expect(ask({}, { revokes: false })).not.toContain('takes away');
    const subscription_id = '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607';
    expect(ask({ subscription_id })).toMatch(/The subscription goes on\.$/);
    expect(ask({ subscription_id }, { cancelSubscription: 'now' })).toMatch(
      /This ends the subscription now\.$/,
    );
    expect(ask({ subscription_id }, { cancelSubscription: 'period_end' })).toMatch(
      /ends the subscription with its period\.$/,
    );
  });
});

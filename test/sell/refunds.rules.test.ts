import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOfUuid, isId, timeOfId, newId, uuidOfId } from '../../src/base/ids.rules.ts';
import { decideUnseen, MAX_SENDS, nextLook } from '../../src/sell/refunds/pursuit.rules.ts';
import { mergeRefunds, type ShownRefund } from '../../src/sell/refunds/refund-list.rules.ts';
import { readRefundRefusal, type Refundable, refuseRefund } from '../../src/sell/refunds/refunds.rules.ts';

const MINUTE = 60_000;
const paid: Refundable = {
  status: 'succeeded',
  subscriptionId: null,
  isDisputed: false,
  most: 900,
  remaining: 900,
};

describe('what is refused', () => {
  it.each([
    [{}, {}, undefined],
    [{}, { amount: 900 }, undefined],
    [{}, { amount: 901 }, 'amount_too_large'],
    [{ remaining: 0 }, {}, 'already_refunded'],
    [{ remaining: 0 }, { amount: 1 }, 'already_refunded'],
    [{ status: 'refunded', remaining: 0 }, {}, 'already_refunded'],
    [{ status: 'partially_refunded', remaining: 5 }, { amount: 5 }, undefined],
    [{ most: 0, remaining: 0 }, {}, 'nothing_to_refund'],
    [{ isDisputed: true }, {}, 'payment_disputed'],
    [{ status: 'pending' }, {}, 'not_paid'],
    [{ status: 'failed' }, {}, 'not_paid'],
    [{ status: 'expired' }, {}, 'not_paid'],
    [{}, { cancelSubscription: 'now' }, 'validation_failed'],
    [{ subscriptionId: 's' }, { cancelSubscription: 'now' }, undefined],
    [{ subscriptionId: 's' }, { revokeBenefits: true }, 'validation_failed'],
    [{ subscriptionId: 's' }, { revokeBenefits: false }, undefined],
  ] as [Partial<Refundable>, Parameters<typeof refuseRefund>[1], string | undefined][])(
    'of %j a refund %j: %s',
    (of, wish, code) => {
      expect(refuseRefund({ ...paid, ...of }, wish)?.code).toBe(code);
    },
  );

  it.each([
    ['RefundedAlready', 'already_refunded'],
    ['RefundsBlocked', 'refunds_blocked'],
    ['RefundUnknownPayment', 'nothing_to_refund'],
    ['RefundDisputedPayment', 'payment_disputed'],
    ['RevokeSubscriptionBenefitsProhibited', 'polar_rejected'],
  ])('Polar’s %s is %s', (name, code) => {
    expect(readRefundRefusal({ status: 403, name, errors: [], cause: null })).toBe(code);
  });

  it('Polar’s word on the amount is amount_too_large', () => {
    const errors = [{ path: 'body.amount', message: 'Too high.' }];
    expect(readRefundRefusal({ status: 422, name: '', errors, cause: null })).toBe('amount_too_large');
  });
});

describe('when Polar is looked at, and when it is sent again', () => {
  it('is not sent within 15 minutes of its first send, and each further one is given twice the time', () => {
    for (let sends = 1; sends < MAX_SENDS; sends++) {
      const patience = 15 * MINUTE * 2 ** (sends - 1);
      expect(decideUnseen({ sends, sentAt: 0 }, patience - 1)).toBe('look_again');
      expect(decideUnseen({ sends, sentAt: 0 }, patience)).toBe('send');
    }
    expect(decideUnseen({ sends: MAX_SENDS, sentAt: 0 }, 15 * MINUTE * 2 ** MAX_SENDS)).toBe('give_up');
  });

  it('is looked for soon, then seldom, and not behind the time at which a look is trusted', () => {
    const looks: number[] = [];
    for (let at = 0; at < 15 * MINUTE; at = nextLook({ sends: 1, sentAt: 0 }, at)) looks.push(at / 1000);
    expect(looks).toEqual([0, 15, 30, 60, 120, 240, 480]);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 0, max: 10 * 24 * 60 * MINUTE }),
        (sends, now) => {
          const next = nextLook({ sends, sentAt: 0 }, now);
          const trusted = 15 * MINUTE * 2 ** (sends - 1);
          expect(next).toBeGreaterThan(now);
          expect(next - now).toBeLessThanOrEqual(60 * MINUTE);
          if (now < trusted) expect(next).toBeLessThanOrEqual(trusted);
        },
      ),
    );
  });
});

describe('ids and lists', () => {
  it('an id of a refund made elsewhere says Polar’s, and nothing else', () => {
    fc.assert(
      fc.property(fc.uuid(), (uuid) => {
        const id = idOfUuid('ref', uuid);
        expect(isId('ref', id)).toBe(true);
        expect(uuidOfId(id)).toBe(uuid);
      }),
    );
  });

  it('an id says when it was made', () => {
    const before = Date.now();
    const at = timeOfId(newId('pay'));
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
  });

  it('two lists become one, newest first, of one time in one order', () => {
    const row = (rowId: string, createdAt: number) => ({ rowId, createdAt }) as ShownRefund;
    const a = [row('c', 5), row('a', 5), row('x', 1)];
    const b = [row('ref_2', 6), row('ref_1', 5)];
    const merged = mergeRefunds(a, b).map(({ rowId }) => rowId);
    expect(merged).toEqual(['ref_2', 'ref_1', 'c', 'a', 'x']);
    expect(mergeRefunds(b, a).map(({ rowId }) => rowId)).toEqual(merged);
  });
});

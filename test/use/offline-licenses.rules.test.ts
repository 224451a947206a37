import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildLicense,
  endOfLicense,
  RENEWAL_GRACE_DAYS,
  type Terms,
} from '../../src/use/offline-licenses/offline-licenses.rules.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2027, 5, 15, 12);
const terms: Terms = {
  now: NOW,
  days: undefined,
  maxDays: 30,
  keyEndsAt: null,
  subscription: undefined,
  pastDueGraceDays: 0,
};
const renewing = (periodDays: number) => ({
  currentPeriodEnd: NOW + periodDays * DAY,
  cancelAtPeriodEnd: false,
  endsAt: null,
});
const daysOf = (change: Partial<Terms>) => (endOfLicense({ ...terms, ...change }) - NOW) / DAY;

describe('a licence ends', () => {
  it.each<[string, Partial<Terms>, number]>([
    ['after the gateway’s longest time', {}, 30],
    ['after the days that were asked for', { days: 7 }, 7],
    ['after the gateway’s longest time, however many days were asked for', { days: 365 }, 30],
    ['with its key', { keyEndsAt: NOW + 2 * DAY }, 2],
    [
      'with a subscription that was canceled',
      { subscription: { ...renewing(4), cancelAtPeriodEnd: true, endsAt: NOW + 4 * DAY } },
      4,
    ],
    [
      'with its period, where Polar does not say when it ends',
      { subscription: { ...renewing(4), cancelAtPeriodEnd: true } },
      4,
    ],
    ['some days behind a period that renews', { subscription: renewing(4) }, 4 + RENEWAL_GRACE_DAYS],
    ['as many days behind it as the app lets go on', { subscription: renewing(4), pastDueGraceDays: 10 }, 14],
    ['after a day, while a renewal is overdue', { subscription: renewing(-20) }, 1],
    ['after the longest time, of a year’s subscription', { subscription: renewing(300) }, 30],
  ])('%s', (_when, change, days) => {
    expect(daysOf(change)).toBe(days);
  });

  it('never later than any of what limits it, and in whole seconds', () => {
    fc.assert(
      fc.property(
        fc.record({
          days: fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined }),
          maxDays: fc.integer({ min: 1, max: 400 }),
          keyEndsAt: fc.option(fc.integer({ min: NOW + 1_000, max: NOW + 500 * DAY })),
          end: fc.option(fc.integer({ min: NOW + 1_000, max: NOW + 500 * DAY })),
        }),
        ({ days, maxDays, keyEndsAt, end }) => {
          const subscription =
            end === null ? undefined : { currentPeriodEnd: end, cancelAtPeriodEnd: true, endsAt: end };
          const ends = endOfLicense({ ...terms, days, maxDays, keyEndsAt, subscription });
          expect(ends).toBeLessThanOrEqual(NOW + maxDays * DAY);
          expect(ends).toBeLessThanOrEqual(NOW + (days ?? maxDays) * DAY);
          expect(ends).toBeLessThanOrEqual(keyEndsAt ?? Infinity);
          expect(ends).toBeLessThanOrEqual(end ?? Infinity);
          expect(ends % 1000).toBe(0);
        },
      ),
    );
  });
});

describe('a licence says', () => {
  const licensed = {
    keyId: 'key-id',
    displayKey: '****-B7A4C1',
    benefitId: 'b1',
    activationId: 'activation',
    fingerprint: 'hash',
  };
  const who = { issuer: 'https://pay.example.com/live', app: 'quay-live' };
  const build = (current: [string, number | null][]) =>
    buildLicense(
      who,
      licensed,
      { current: new Map(current), features: new Map() },
      { now: NOW, endsAt: NOW + 10 * DAY },
    );

  it('whose it is, what for, and nothing that is no claim of a licence', () => {
    expect(build([['plan:quay:tides', null]])).toEqual({
      iss: 'https://pay.example.com/live',
      aud: 'license:quay-live',
      sub: 'license_key:key-id',
      display_key: '****-B7A4C1',
      activation_id: 'activation',
      fingerprint: 'hash',
      ent: ['benefit:b1', 'plan:quay:tides'],
      iat: NOW / 1000,
      exp: (NOW + 10 * DAY) / 1000,
    });
  });

  it('when something ends before the licence, and not when it ends later', () => {
    const claims = build([
      ['feature:soon', NOW + DAY],
      ['feature:later', NOW + 20 * DAY],
      ['feature:over', NOW - 1],
    ]);
    expect(claims.ent).toEqual(['benefit:b1', 'feature:later', 'feature:soon']);
    expect(claims.ends).toEqual({ 'feature:soon': (NOW + DAY) / 1000 });
  });

  it('that the key’s own benefit is there, also before the gateway has heard of its grant', () => {
    expect(build([]).ent).toEqual(['benefit:b1']);
  });
});

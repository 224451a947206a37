import { describe, expect, test } from 'vitest';
import type { AccessState } from '../../src/access/access.rules.ts';
import { readCustomer, subjectName, subjectOfSession } from '../../src/base/subject.rules.ts';
import { openDecisions } from '../../src/access/decide-access.rules.ts';
import type { Lapse } from '../../src/access/purchases.rules.ts';
import { readAsked } from '../../src/access/resources.rules.ts';

const NOW = Date.UTC(2026, 10, 21);
const HOUR = 3_600_000;
const UUID = '0f4c1c9e-8f0e-4c5e-9b62-6d7a1f1d2c3b';

const state = (more: Partial<AccessState> = {}): AccessState => ({
  known: true,
  entitlements: { current: new Map(), features: new Map(), former: new Map() },
  pending: [],
  products: [
    {
      id: 'p1',
      name: 'quay:pro',
      metadata: { content_id: 'courses/git/*' },
      knowsBenefits: true,
      benefitIds: ['b1'],
      seatBased: false,
      isOwn: true,
    },
  ],
  benefits: [{ id: 'b1', type: 'feature_flag', description: 'Dark mode', metadata: {} }],
  sold: new Set(),
  ...more,
});
const having = (...current: [string, number | null][]) =>
  state({ entitlements: { current: new Map(current), features: new Map(), former: new Map() } });
const formerly = (...former: [string, Lapse][]) =>
  state({ entitlements: { current: new Map(), features: new Map(), former: new Map(former) } });
const decide = (resource: string, given: AccessState) =>
  openDecisions(given, 'quay', NOW)(readAsked(resource));
const no = (reason: string) => ({ allow: false, reason, endsAt: null });

describe('decideAccess', () => {
  test('granted, with the end of what grants it', () => {
    expect(decide('plan:quay:pro', having(['plan:quay:pro', null]))).toEqual({
      allow: true,
      reason: 'granted',
      endsAt: null,
    });
    expect(decide('plan:quay:pro', having(['plan:quay:pro', NOW + 1]))).toMatchObject({ endsAt: NOW + 1 });
  });

  test('of several that grant it, the one that lasts longest', () => {
    const both = having(['content:courses/git/intro', NOW + 1], ['content:courses/git/*', NOW + 2]);
    expect(decide('content:courses/git/intro', both)).toMatchObject({ allow: true, endsAt: NOW + 2 });
    const forever = having(['content:courses/git/*', null], ['content:courses/git/intro', NOW + 1]);
    expect(decide('content:courses/git/intro', forever)).toMatchObject({ allow: true, endsAt: null });
  });

  test('never after its end', () => {
    expect(decide('plan:quay:pro', having(['plan:quay:pro', NOW]))).toEqual(no('not_granted'));
  });

  test.each(['product:p1', 'plan:quay:pro', 'content:courses/git/intro', 'benefit:b1', 'feature:dark-mode'])(
    'not_granted: %s is sold, but not to them',
    (resource) => expect(decide(resource, state())).toEqual(no('not_granted')),
  );

  test.each([
    'content:courses/svn',
    'plan:quay:basic',
    'plan:atlas:pro',
    'product:p2',
    'dark-mode',
    'contnet:x',
  ])('unknown_resource: %s is not sold', (resource) =>
    expect(decide(resource, state())).toEqual(no('unknown_resource')),
  );

  test('unknown_customer comes before what is known of the resource', () => {
    expect(decide('product:p1', state({ known: false }))).toEqual(no('unknown_customer'));
  });

  test.each(['revoked', 'expired'] as const)('%s', (reason) => {
    expect(
      decide('content:courses/git/intro', formerly(['content:courses/git/*', { reason, at: 1 }])),
    ).toEqual(no(reason));
  });

  test('of several losses the last one says why', () => {
    const lost = formerly(
      ['content:courses/git/*', { reason: 'revoked', at: 1 }],
      ['content:courses/git/intro', { reason: 'expired', at: 2 }],
    );
    expect(decide('content:courses/git/intro', lost)).toEqual(no('expired'));
  });

  describe('pending_payment', () => {
    const payment = { productId: 'p1', createdAt: NOW - 1, isConfirmed: true, isSubject: false };
    const paying = (more: Partial<typeof payment>) => state({ pending: [{ ...payment, ...more }] });

    test.each(['product:p1', 'content:courses/git', 'benefit:b1', 'feature:dark-mode'])(
      'for %s',
      (resource) => expect(decide(resource, paying({}))).toEqual(no('pending_payment')),
    );

    test('only once the buyer has confirmed, and for an hour', () => {
      expect(decide('product:p1', paying({ isConfirmed: false }))).toEqual(no('not_granted'));
      expect(decide('product:p1', paying({ createdAt: NOW - HOUR + 1 }))).toEqual(no('pending_payment'));
      expect(decide('product:p1', paying({ createdAt: NOW - HOUR }))).toEqual(no('not_granted'));
    });

    test('the purchase itself needs no more than to be pending', () => {
      expect(decide('product:p1', paying({ isConfirmed: false, isSubject: true }))).toEqual(
        no('pending_payment'),
      );
    });

    test('not for what it does not buy', () => {
      const two = paying({ productId: 'p2' });
      expect(decide('product:p1', two)).toEqual(no('not_granted'));
    });

    test('before what was: buying again after a refund', () => {
      const again = {
        ...formerly(['product:p1', { reason: 'revoked' as const, at: 1 }]),
        pending: [payment],
      };
      expect(decide('product:p1', again)).toEqual(no('pending_payment'));
    });
  });
});

describe('whom a session speaks for', () => {
  const nobody = { paymentId: null, customerId: null, externalId: null, memberId: null };

  test.each([
    [{ paymentId: 'pay_1' }, 'purchase:pay_1'],
    [{ customerId: UUID }, UUID],
    [{ customerId: UUID, paymentId: 'pay_1' }, UUID],
    [{ customerId: UUID, memberId: 'm1' }, `${UUID}/m1`],
    [{ externalId: 'u1' }, 'external:u1'],
    [{ externalId: 'u1', customerId: UUID }, 'external:u1'],
  ])('%j: %s', (some, name) => {
    const subject = subjectOfSession({ ...nobody, ...some });
    expect(subject && subjectName(subject)).toBe(name);
  });

  test('an external id that a checkout claimed opens that purchase only', () => {
    expect(subjectOfSession({ ...nobody, paymentId: 'pay_1', externalId: 'victim' })).toEqual({
      kind: 'purchase',
      paymentId: 'pay_1',
    });
    expect(
      subjectOfSession({ ...nobody, paymentId: 'pay_1', externalId: 'victim', customerId: UUID }),
    ).toEqual({ kind: 'customer', customerId: UUID });
  });

  test('nobody', () => expect(subjectOfSession(nobody)).toBeUndefined());
});

test('a customer is named by Polar’s id or the app’s own', () => {
  expect(readCustomer(UUID.toUpperCase())).toEqual({ kind: 'customer', customerId: UUID });
  expect(readCustomer('external:u/1')).toEqual({ kind: 'external', externalId: 'u/1' });
  for (const wrong of ['', 'external:', 'u1', `${UUID}/m1`, 'purchase:pay_1', `${UUID}'--`])
    expect(readCustomer(wrong)).toBeUndefined();
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  deriveEntitlements,
  type HeldGrant,
  type Holdings,
  PENDING_BENEFITS_MS,
} from '../../src/access/entitlements.rules.ts';
import {
  type HeldOrder,
  type HeldSubscription,
  isLiveOrder,
  isLiveSubscription,
  type Reversal,
} from '../../src/access/purchases.rules.ts';

const NOW = Date.UTC(2026, 10, 21);
const DAY = 86_400_000;

const product = (id: string, more: Partial<Holdings['products'][number]> = {}) => ({
  id,
  name: `quay:${id}`,
  metadata: { content_id: `of/${id}` },
  knowsBenefits: true,
  benefitIds: ['b1'],
  seatBased: false,
  isOwn: true,
  ...more,
});
const benefit = (id: string, more: Partial<Holdings['benefits'][number]> = {}) => ({
  id,
  type: 'custom',
  description: id,
  metadata: { content_id: `in/${id}` },
  ...more,
});
const grant = (more: Partial<HeldGrant> = {}): HeldGrant => ({
  benefitId: 'b1',
  memberId: null,
  memberRole: null,
  orderId: null,
  subscriptionId: null,
  isGranted: true,
  isRevoked: false,
  revokedAt: null,
  customerDeletedAt: null,
  ...more,
});
const lost = (more: Partial<HeldGrant> = {}) =>
  grant({ isGranted: false, isRevoked: true, revokedAt: NOW - DAY, ...more });
const order = (more: Partial<HeldOrder> = {}): HeldOrder => ({
  id: 'o1',
  own: true,
  heardGrants: [],
  customerDeletedAt: null,
  hasLiveGrant: false,
  hasRevokedGrant: false,
  reversals: [],
  productId: 'p1',
  subscriptionId: null,
  status: 'paid',
  paidAt: NOW - DAY,
  changedAt: NOW - DAY,
  ...more,
});
const subscription = (more: Partial<HeldSubscription> = {}): HeldSubscription => ({
  id: 's1',
  own: true,
  heardGrants: [],
  customerDeletedAt: null,
  productId: 'p1',
  status: 'active',
  currentPeriodEnd: NOW + 10 * DAY,
  cancelAtPeriodEnd: false,
  startedAt: NOW - 20 * DAY,
  createdAt: NOW - 20 * DAY,
  endsAt: null,
  endedAt: null,
  changedAt: NOW - DAY,
  paidAt: NOW - 20 * DAY,
  productSince: NOW - 20 * DAY,
  hasLiveGrant: false,
  grace: null,
  ...more,
});
const ended = (more: Partial<HeldSubscription> = {}) =>
  subscription({
    status: 'canceled',
    endedAt: NOW - DAY,
    endsAt: NOW - DAY,
    currentPeriodEnd: NOW - DAY,
    ...more,
  });

function derive(holdings: Partial<Holdings>, now = NOW) {
  const { current, former } = deriveEntitlements(
    {
      memberId: null,
      grants: [],
      orders: [],
      subscriptions: [],
      own: [],
      products: [product('p1'), product('p2')],
      benefits: [benefit('b1'), benefit('b2')],
      ...holdings,
    },
    'quay',
    now,
  );
  return { current: Object.fromEntries(current), former: Object.fromEntries(former) };
}
const names = (holdings: Partial<Holdings>, now = NOW) => Object.keys(derive(holdings, now).current).sort();

const OF_PRODUCT = ['content:of/p1', 'plan:quay:p1', 'product:p1'];
const OF_BENEFIT = ['benefit:b1', 'content:in/b1'];

describe('what is live', () => {
  test.each([
    ['paid', true],
    ['partially_refunded', true],
    ['refunded', false],
    ['pending', false],
    ['void', false],
    ['draft', false],
  ])('an order that is %s: %s', (status, live) => expect(isLiveOrder(order({ status }))).toBe(live));

  test('an order of a subscription is no purchase of its own', () => {
    expect(isLiveOrder(order({ subscriptionId: 's1' }))).toBe(false);
    expect(names({ orders: [order({ subscriptionId: 's1' })] })).toEqual([]);
  });

  test.each([
    ['active', false, true],
    ['trialing', false, true],
    ['past_due', false, false],
    ['past_due', true, true],
    ['unpaid', true, true],
    ['paused', true, false],
    ['canceled', true, false],
    ['incomplete', true, false],
  ])('a subscription that is %s, with a live grant %s: %s', (status, hasLiveGrant, live) =>
    expect(isLiveSubscription({ status, hasLiveGrant })).toBe(live),
  );
});

describe('a union over all live grants and purchases', () => {
  test('a live purchase gives product, plan and content; a live grant its benefit and content', () => {
    expect(names({ orders: [order()] })).toEqual(OF_PRODUCT);
    expect(names({ grants: [grant()] })).toEqual(OF_BENEFIT);
  });

  test('a thing bought twice and refunded once stays', () => {
    const holdings = {
      orders: [order(), order({ id: 'o2', status: 'refunded' })],
      grants: [grant({ orderId: 'o1' }), lost({ orderId: 'o2' })],
    };
    expect(names(holdings)).toEqual([...OF_BENEFIT, ...OF_PRODUCT].sort());
    expect(derive(holdings).former).toEqual({});
  });

  test('a refund of everything takes what the grant gives as well, though Polar leaves the grant', () => {
    const { current, former } = derive({
      orders: [order({ status: 'refunded' })],
      grants: [grant({ orderId: 'o1' })],
    });
    expect(current).toEqual({});
    expect(former['product:p1']?.reason).toBe('revoked');
    expect(former['benefit:b1']?.reason).toBe('revoked');
  });

  test('the latest end wins, and no end beats any', () => {
    const ending = subscription({ cancelAtPeriodEnd: true, endsAt: NOW + DAY });
    const later = subscription({ id: 's2', cancelAtPeriodEnd: true, endsAt: NOW + 2 * DAY });
    expect(derive({ subscriptions: [later, ending] }).current['product:p1']).toBe(NOW + 2 * DAY);
    expect(derive({ subscriptions: [ending], orders: [order()] }).current['product:p1']).toBeNull();
  });
});

describe('fixed ends', () => {
  const ending = subscription({ cancelAtPeriodEnd: true, endsAt: NOW, currentPeriodEnd: NOW });
  const holdings = { subscriptions: [ending], grants: [grant({ subscriptionId: 's1' })] };

  test('a cancelled subscription gives until its end, its grants too', () => {
    const { current } = derive(holdings, NOW - 1);
    expect(current['product:p1']).toBe(NOW);
    expect(current['benefit:b1']).toBe(NOW);
  });

  test('at its end it is over, though Polar has not said so', () => {
    const { current, former } = derive(holdings, NOW);
    expect(current).toEqual({});
    expect(former['product:p1']).toEqual({ reason: 'expired', at: NOW });
    expect(former['benefit:b1']).toEqual({ reason: 'expired', at: NOW });
  });

  test('one that renews has no end', () => {
    expect(derive({ subscriptions: [subscription({ endsAt: null })] }).current['product:p1']).toBeNull();
  });
});

const reversal = (more: Partial<Reversal> = {}): Reversal => ({
  kind: 'refund',
  status: 'succeeded',
  revokesBenefits: true,
  at: NOW - 1000,
  ...more,
});
const dispute = (status: string) => reversal({ kind: 'dispute', status, revokesBenefits: null });
const ofOrder = (more: Partial<HeldGrant> = {}) => grant({ orderId: 'o1', ...more });
/** Every grant of it was revoked. */
const emptied = (more: Partial<HeldOrder> = {}) => order({ hasRevokedGrant: true, ...more });

describe('an order that was taken back', () => {
  test.each([
    ['a refund of a part that revokes benefits', reversal()],
    ['a dispute that was won: Polar takes the benefits all the same', dispute('won')],
    ['a dispute that was lost', dispute('lost')],
    ['a dispute that was prevented', dispute('prevented')],
  ])('gives its product no longer: %s', (_name, what) => {
    for (const bought of [order(), emptied(), emptied({ status: 'partially_refunded' })]) {
      const { current, former } = derive({ orders: [{ ...bought, reversals: [what] }] });
      expect(current).toEqual({});
      expect(former['product:p1']).toEqual({ reason: 'revoked', at: NOW - 1000 });
    }
  });

  test.each([
    ['a refund that leaves the benefits', reversal({ revokesBenefits: false })],
    ['a refund under way', reversal({ status: 'pending' })],
    ['a refund that failed', reversal({ status: 'failed' })],
    ['a dispute that is open', dispute('needs_response')],
    ['an early warning', dispute('early_warning')],
    ['nothing', undefined],
  ])('is not what has only lost its grants to something else: %s', (_name, what) => {
    const bought = emptied({ status: 'partially_refunded', reversals: what ? [what] : [] });
    const holdings = { orders: [bought], grants: [lost({ orderId: 'o1' })] };
    expect(names(holdings)).toEqual(OF_PRODUCT);
  });

  test('is told by its grants where Polar does not say whether a refund took the benefits', () => {
    const unsaid = [reversal({ revokesBenefits: null })];
    expect(names({ orders: [emptied({ reversals: unsaid })] })).toEqual([]);
    expect(names({ orders: [order({ reversals: unsaid })] })).toEqual(OF_PRODUCT);
  });

  test.each([reversal(), dispute('won')])('is open again when one of its grants comes back', (what) => {
    const bought = order({ reversals: [what], hasLiveGrant: true });
    expect(names({ orders: [bought], grants: [ofOrder()] })).toEqual([...OF_BENEFIT, ...OF_PRODUCT]);
  });

  test.each([
    ['refunded whole', { status: 'refunded' }],
    ['lost', { reversals: [dispute('lost')] }],
    ['prevented', { reversals: [dispute('prevented')] }],
    ['of a customer who was deleted', { customerDeletedAt: NOW - 1000 }],
    ['never paid', { status: 'void' }],
  ])('holds nothing once it is over, whatever Polar grants afterwards: %s', (_name, how) => {
    const bought = order({ ...how, hasLiveGrant: true, paidAt: NOW });
    expect(names({ orders: [bought], grants: [ofOrder()] })).toEqual([]);
    const seat = { memberId: 'm1', memberRole: 'member' };
    const team = { memberId: 'm1', orders: [{ ...bought, own: false }] };
    expect(names({ ...team, grants: [ofOrder(seat)] })).toEqual([]);
  });

  test('is not waited for, however new', () => {
    expect(names({ orders: [order({ paidAt: NOW, reversals: [reversal()] })] })).toEqual([]);
    expect(names({ orders: [order({ paidAt: NOW, status: 'partially_refunded' })] })).toEqual(OF_PRODUCT);
  });

  test('takes nothing from another purchase of the same', () => {
    const orders = [order({ reversals: [dispute('lost')] }), order({ id: 'o2' })];
    const grants = [ofOrder(), grant({ orderId: 'o2' })];
    expect(names({ orders, grants })).toEqual([...OF_BENEFIT, ...OF_PRODUCT]);
  });
});

describe('what is over holds no grants', () => {
  test('a subscription that has ended', () => {
    const held = { grants: [grant({ subscriptionId: 's1' })] };
    const { current, former } = derive({ ...held, subscriptions: [ended()] });
    expect(current).toEqual({});
    expect(former['benefit:b1']?.reason).toBe('expired');
    expect(names({ ...held, subscriptions: [subscription()] })).toEqual([...OF_BENEFIT, ...OF_PRODUCT]);
  });

  test('a deleted customer’s subscription, and a grant without a purchase', () => {
    const gone = { customerDeletedAt: NOW - 1000 };
    const { current, former } = derive({
      subscriptions: [subscription(gone)],
      grants: [grant({ subscriptionId: 's1' }), grant({ ...gone, benefitId: 'b2' })],
    });
    expect(current).toEqual({});
    expect(former['product:p1']).toEqual({ reason: 'revoked', at: NOW - 1000 });
    expect(former['benefit:b2']).toEqual({ reason: 'revoked', at: NOW - 1000 });
  });
});

describe('between payment and grants', () => {
  const justPaid = order({ paidAt: NOW });

  test('the benefits count until 15 minutes after the payment', () => {
    const until = NOW + PENDING_BENEFITS_MS;
    expect(derive({ orders: [justPaid] }).current['benefit:b1']).toBe(until);
    expect(names({ orders: [justPaid] }, until - 1)).toContain('content:in/b1');
    expect(names({ orders: [justPaid] }, until)).toEqual(OF_PRODUCT);
    expect(derive({ orders: [justPaid] }, until).former).toEqual({});
  });

  test('a partial refund that leaves the benefits ends no waiting for them, one that is not heard yet does', () => {
    const reversal = { kind: 'refund', status: 'succeeded', revokesBenefits: false, at: NOW } as const;
    const partly = { status: 'partially_refunded', paidAt: NOW };
    expect(names({ orders: [order({ ...partly, reversals: [reversal] })] })).toContain('content:in/b1');
    expect(names({ orders: [order(partly)] })).toEqual(OF_PRODUCT);
    const taking = { ...reversal, revokesBenefits: true };
    expect(names({ orders: [order({ ...partly, reversals: [reversal, taking] })] })).toEqual([]);
  });

  test('of a subscription too, and no longer than that lives', () => {
    const endsAt = NOW + 60_000;
    const trial = subscription({ status: 'trialing', startedAt: NOW, cancelAtPeriodEnd: true, endsAt });
    expect(derive({ subscriptions: [trial] }).current['benefit:b1']).toBe(endsAt);
  });

  test('not once Polar has decided: a revoked grant is not waited for', () => {
    expect(
      names({ orders: [order({ paidAt: NOW, heardGrants: [{ benefitId: 'b1', revokedAt: NOW }] })] }),
    ).toEqual(OF_PRODUCT);
  });

  describe('of a subscription count from what was paid last', () => {
    const old = [{ benefitId: 'b1', revokedAt: NOW - DAY }];
    test.each([
      ['an order of it', { paidAt: NOW }],
      ['a change of its product', { productSince: NOW }],
      ['its beginning', { startedAt: NOW }],
    ])('%s', (_name, what) => {
      const until = NOW + PENDING_BENEFITS_MS;
      for (const heardGrants of [[], old]) {
        const subscriptions = [subscription({ heardGrants, ...what })];
        const grants = heardGrants.length > 0 ? [lost({ subscriptionId: 's1' })] : [];
        expect(derive({ subscriptions, grants }).current['benefit:b1']).toBe(until);
        expect(names({ subscriptions, grants }, until)).toEqual(OF_PRODUCT);
      }
    });

    test('not what was revoked since, nor what has a grant that is live or waits', () => {
      for (const revokedAt of [NOW, NOW + 1, null]) {
        const heardGrants = [...old, { benefitId: 'b1', revokedAt }];
        expect(names({ subscriptions: [subscription({ heardGrants, paidAt: NOW })] })).toEqual(OF_PRODUCT);
      }
    });

    test.each(['past_due', 'paused', 'canceled', 'unpaid'])('not while it is %s', (status) =>
      expect(names({ subscriptions: [subscription({ status, paidAt: NOW })] })).toEqual([]),
    );
  });

  test.each([
    ['custom', true],
    ['downloadables', true],
    ['feature_flag', true],
    ['license_keys', false],
    ['discord', false],
    ['github_repository', false],
    ['meter_credit', false],
    ['slack_shared_channel', false],
  ])('%s: %s', (type, counts) => {
    const benefits = [benefit('b1', { type })];
    expect(names({ orders: [justPaid], benefits }).includes('benefit:b1')).toBe(counts);
  });

  test('not for the buyer of seats, who has no grant until one is claimed', () => {
    expect(names({ orders: [justPaid], products: [product('p1', { seatBased: true })] })).toEqual(OF_PRODUCT);
  });

  test('not for whoever only holds another grant of the purchase', () => {
    const team = { memberId: 'm1', orders: [order({ paidAt: NOW, own: false })] };
    const held = grant({ benefitId: 'b2', memberId: 'm1', memberRole: 'member', orderId: 'o1' });
    expect(names({ ...team, grants: [held] })).toEqual(['benefit:b2', 'content:in/b2', ...OF_PRODUCT]);
  });

  test('not for an order that is not paid', () => {
    expect(names({ orders: [order({ paidAt: NOW, status: 'pending' })] })).toEqual([]);
  });
});

describe('members apart from the buyer', () => {
  const seat = grant({ memberId: 'm1', memberRole: 'member', subscriptionId: 's1' });
  const owners = grant({ memberId: 'm0', memberRole: 'owner', benefitId: 'b2' });

  test('the buyer has the purchase and the owner’s grants, not a member’s', () => {
    expect(names({ subscriptions: [subscription()], grants: [seat, owners] })).toEqual([
      'benefit:b2',
      'content:in/b2',
      ...OF_PRODUCT,
    ]);
  });

  test('a grant of a member whose role is unknown is not the buyer’s', () => {
    expect(names({ grants: [grant({ memberId: 'm1', memberRole: null })] })).toEqual([]);
  });

  test('a member has their grant and the live purchase behind it, nothing of others', () => {
    const team = { memberId: 'm1', subscriptions: [subscription({ own: false })] };
    expect(names({ ...team, grants: [seat, owners] })).toEqual([...OF_BENEFIT, ...OF_PRODUCT]);
    expect(names({ ...team, memberId: 'm2', grants: [seat, owners] })).toEqual([]);
  });

  test('a member whose seat was taken hears that, for the plan too', () => {
    const { current, former } = derive({
      memberId: 'm1',
      subscriptions: [subscription({ own: false })],
      grants: [lost({ memberId: 'm1', memberRole: 'member', subscriptionId: 's1' })],
    });
    expect(current).toEqual({});
    expect(former['plan:quay:p1']?.reason).toBe('revoked');
  });
});

describe('why it is gone', () => {
  test.each([
    ['refunded', { orders: [order({ status: 'refunded' })] }, 'revoked'],
    ['ran to the end of its period', { subscriptions: [ended({ cancelAtPeriodEnd: true })] }, 'expired'],
    ['revoked in its period', { subscriptions: [ended({ currentPeriodEnd: NOW + DAY })] }, 'revoked'],
    ['not paid', { subscriptions: [subscription({ status: 'past_due' })] }, 'revoked'],
    ['paused', { subscriptions: [subscription({ status: 'paused' })] }, 'revoked'],
  ])('%s', (_name, holdings, reason) => expect(derive(holdings).former['product:p1']?.reason).toBe(reason));

  test('a grant follows its subscription', () => {
    const gone = { grants: [lost({ subscriptionId: 's1' })] };
    expect(derive({ ...gone, subscriptions: [ended()] }).former['benefit:b1']?.reason).toBe('expired');
    expect(derive({ ...gone, subscriptions: [subscription()] }).former['benefit:b1']?.reason).toBe('revoked');
  });

  test('the latest of several', () => {
    const { former } = derive({
      subscriptions: [ended({ endedAt: NOW - 400 * DAY, currentPeriodEnd: NOW - 400 * DAY })],
      orders: [order({ status: 'refunded', changedAt: NOW - 7 * DAY })],
    });
    expect(former['product:p1']).toEqual({ reason: 'revoked', at: NOW - 7 * DAY });
  });

  test.each(['incomplete', 'incomplete_expired'])('%s was never had', (status) =>
    expect(derive({ subscriptions: [subscription({ status })] })).toEqual({ current: {}, former: {} }),
  );

  test('a grant that waits for the buyer was never had', () => {
    expect(derive({ grants: [grant({ isGranted: false })] })).toEqual({ current: {}, former: {} });
  });
});

const ids = (prefix: string) => fc.integer({ min: 1, max: 3 }).map((n) => `${prefix}${n}`);
const time = fc.integer({ min: -3, max: 3 }).map((days) => NOW + days * DAY + 1);
const anyGrant: fc.Arbitrary<HeldGrant> = fc
  .record({
    benefitId: ids('b'),
    member: fc.constantFrom(null, 'owner', 'member'),
    orderId: fc.option(ids('o')),
    subscriptionId: fc.option(ids('s')),
    state: fc.constantFrom('granted', 'revoked', 'waiting'),
    revokedAt: time,
  })
  .map(({ member, state, revokedAt, ...rest }) => ({
    ...rest,
    memberId: member === null ? null : `m-${member}`,
    memberRole: member,
    isGranted: state === 'granted',
    isRevoked: state === 'revoked',
    revokedAt: state === 'revoked' ? revokedAt : null,
    customerDeletedAt: null,
  }));
const anyOrder = fc
  .record({
    id: ids('o'),
    own: fc.boolean(),
    productId: ids('p'),
    status: fc.constantFrom('paid', 'partially_refunded', 'refunded', 'pending', 'void'),
    paidAt: time,
    changedAt: time,
  })
  .map((some) => order(some));
const anySubscription = fc
  .record({
    id: ids('s'),
    own: fc.boolean(),
    productId: ids('p'),
    status: fc.constantFrom('active', 'trialing', 'past_due', 'canceled', 'paused', 'unpaid', 'incomplete'),
    cancelAtPeriodEnd: fc.boolean(),
    currentPeriodEnd: time,
    endsAt: fc.option(time),
    endedAt: fc.option(time),
    startedAt: fc.option(time),
    paidAt: fc.option(time),
    productSince: fc.option(time),
    hasLiveGrant: fc.boolean(),
  })
  .map((some) => subscription(some));
const anyOwn = fc.record({
  id: ids('g'),
  resources: fc.subarray(['content:courses/git/*', 'product:p1', 'benefit:b1'], { minLength: 1 }),
  expiresAt: fc.option(time),
  revokedAt: fc.option(time),
  customerDeletedAt: fc.option(time),
});
const anyHoldings: fc.Arbitrary<Holdings> = fc.record({
  memberId: fc.constantFrom(null, 'm-member'),
  grants: fc.array(anyGrant, { maxLength: 6 }),
  orders: fc.uniqueArray(anyOrder, { maxLength: 3, selector: ({ id }) => id }),
  subscriptions: fc.uniqueArray(anySubscription, { maxLength: 3, selector: ({ id }) => id }),
  own: fc.array(anyOwn, { maxLength: 3 }),
  products: fc.constant([product('p1'), product('p2', { benefitIds: ['b2'] })]),
  benefits: fc.constant([benefit('b1'), benefit('b2')]),
});
const sorted = (holdings: Holdings) => {
  const { current, former } = deriveEntitlements(holdings, 'quay', NOW);
  return { current: [...current].sort(), former: [...former].sort() };
};

describe('whatever the rows', () => {
  test('their order never matters', () => {
    fc.assert(
      fc.property(
        anyHoldings.chain((holdings) =>
          fc.record({
            holdings: fc.constant(holdings),
            grants: fc.shuffledSubarray([...holdings.grants], { minLength: holdings.grants.length }),
            own: fc.shuffledSubarray([...holdings.own], { minLength: holdings.own.length }),
            orders: fc.shuffledSubarray([...holdings.orders], { minLength: holdings.orders.length }),
            subscriptions: fc.shuffledSubarray([...holdings.subscriptions], {
              minLength: holdings.subscriptions.length,
            }),
          }),
        ),
        ({ holdings, ...shuffled }) => {
          expect(sorted({ ...holdings, ...shuffled })).toEqual(sorted(holdings));
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('more rows never take a live thing away', () => {
    fc.assert(
      fc.property(anyHoldings, fc.array(anyGrant, { maxLength: 3 }), anyOrder, (holdings, grants, bought) => {
        const before = deriveEntitlements(holdings, 'quay', NOW).current;
        const after = deriveEntitlements(
          {
            ...holdings,
            grants: [
              ...holdings.grants,
              ...grants.map((some) => ({ ...some, orderId: 'o9', subscriptionId: null })),
            ],
            orders: [...holdings.orders, { ...bought, id: 'o9' }],
          },
          'quay',
          NOW,
        ).current;
        for (const [resource, endsAt] of before) {
          const now = after.get(resource);
          expect(now === null || (now !== undefined && endsAt !== null && now >= endsAt)).toBe(true);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('nothing is given past its end, and nothing is both had and gone', () => {
    fc.assert(
      fc.property(anyHoldings, (holdings) => {
        const { current, former } = deriveEntitlements(holdings, 'quay', NOW);
        for (const [resource, endsAt] of current) {
          expect(endsAt === null || endsAt > NOW).toBe(true);
          expect(former.has(resource)).toBe(false);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

import { assert, property, shuffledSubarray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyOf, type NotedChange } from '../../src/use/grants/history.rules.ts';
import { type Fact, factsFrom, type KnownCauses, reasonOf } from '../../src/use/grants/reasons.rules.ts';

/* What happened to a grant follows from the snapshots that are known of it, whatever order they came in. */

const MINUTE = 60_000;
const T = Date.UTC(2026, 10, 29);
const change = (at: number, what: NotedChange['what'], more: Partial<NotedChange> = {}): NotedChange => ({
  version: (T + at) * 1000,
  what,
  state: 'granted',
  grantedAt: T,
  revokedAt: null,
  seenAt: T + at + 5,
  ...more,
});
const revoked = (at: number): NotedChange =>
  change(at, 'revoked', { state: 'revoked', grantedAt: null, revokedAt: T + at });
const brief = (noted: readonly NotedChange[], facts: readonly Fact[] = []) =>
  historyOf(noted, facts, { createdAt: T - 1 }).map(({ what, at, state, why }) =>
    [what, at - T, state, ...(why === null ? [] : [why])].join(' '),
  );

describe('a grant’s history', () => {
  const life = [
    change(0, 'created'),
    change(10 * MINUTE, 'renewed'),
    revoked(20 * MINUTE),
    change(30 * MINUTE, 'created', { grantedAt: T + 30 * MINUTE }),
    change(40 * MINUTE, 'updated', { grantedAt: T + 40 * MINUTE }),
    revoked(50 * MINUTE),
  ];
  const told = [
    'created 0 granted',
    `renewed ${10 * MINUTE} granted`,
    `revoked ${20 * MINUTE} revoked past_due`,
    `created ${30 * MINUTE} granted`,
    `updated ${40 * MINUTE} granted`,
    `revoked ${50 * MINUTE} revoked canceled`,
  ];
  const facts: Fact[] = [
    { why: 'past_due', at: T + 20 * MINUTE - 3 },
    { why: 'canceled', at: T + 50 * MINUTE },
  ];

  it('has what happened, oldest first, and why it went', () => expect(brief(life, facts)).toEqual(told));

  it('is the same in whatever order it was heard, and heard twice', () =>
    assert(
      property(shuffledSubarray([...life, ...life], { minLength: 12 }), (noted) => {
        expect(brief([...new Set(noted)], facts.toReversed())).toEqual(told);
      }),
    ));

  it('says nothing twice when a read shows what an event has said', () =>
    expect(brief([...life, ...life.map((each) => ({ ...each, what: 'read' as const }))], facts)).toEqual(
      told,
    ));

  it('has what only a read has found', () =>
    expect(brief([change(0, 'created'), { ...revoked(MINUTE), what: 'read' }])).toEqual([
      'created 0 granted',
      `revoked ${MINUTE} revoked unknown`,
    ]));

  it('begins with the grant’s own time when its first event was lost', () =>
    expect(brief([change(MINUTE, 'renewed'), change(2 * MINUTE, 'renewed')])).toEqual([
      'created 0 granted',
      `renewed ${MINUTE} granted`,
      `renewed ${2 * MINUTE} granted`,
    ]));

  it('shows how a connection came about', () =>
    expect(
      brief([
        change(0, 'created', { state: 'pending_action', grantedAt: null }),
        change(MINUTE, 'updated', { grantedAt: T + MINUTE }),
        change(2 * MINUTE, 'updated', { state: 'failed', grantedAt: null }),
      ]),
    ).toEqual(['created 0 pending_action', `updated ${MINUTE} granted`, `updated ${2 * MINUTE} failed`]));
});

describe('why a grant was taken away', () => {
  const why = (...facts: Fact[]) => reasonOf({ revokedAt: T, grantedAt: T - 86_400_000 }, facts);

  it('is unknown without a cause, and then what is known to be so now', () => {
    expect(why()).toBe('unknown');
    expect(why({ why: 'license_key_revoked', at: null })).toBe('license_key_revoked');
    expect(why({ why: 'license_key_revoked', at: null }, { why: 'product_changed', at: null })).toBe(
      'product_changed',
    );
    expect(why({ why: 'product_changed', at: null }, { why: 'canceled', at: T })).toBe('canceled');
  });

  it('is the most exact of what came together', () => {
    const canceled: Fact = { why: 'canceled', at: T - 1 };
    expect(why(canceled, { why: 'dispute', at: T - 2 })).toBe('dispute');
    expect(why(canceled, { why: 'customer_deleted', at: T - 3 })).toBe('customer_deleted');
  });

  it('is what came last, not what came minutes before', () => {
    expect(why({ why: 'past_due', at: T - 5 * MINUTE }, { why: 'canceled', at: T - 1 })).toBe('canceled');
    expect(why({ why: 'refunded', at: T - 5 * MINUTE }, { why: 'canceled', at: T - 1 })).toBe('canceled');
  });

  it('is the last of what lasts, when the revocation came later', () => {
    expect(why({ why: 'past_due', at: T - 7 * 3_600_000 })).toBe('past_due');
    expect(why({ why: 'past_due', at: T - 7 * 3_600_000 }, { why: 'paused', at: T - 3_600_000 })).toBe(
      'paused',
    );
  });

  it('is nothing that came after it, or before it was given', () => {
    expect(why({ why: 'canceled', at: T + 1 })).toBe('unknown');
    expect(why({ why: 'refunded', at: T - 86_400_001 })).toBe('unknown');
  });

  it('is no moment of long ago', () => {
    expect(why({ why: 'seat_revoked', at: T - 3_600_000, isMoment: true })).toBe('unknown');
    expect(why({ why: 'seat_revoked', at: T - 1_000, isMoment: true })).toBe('seat_revoked');
  });

  it('is a change of product each time, also back to the first one', () => {
    const known: KnownCauses = {
      noted: [
        ['product:a', T + 30],
        ['product:b', T + 20],
        ['product:a', T + 10],
        ['product:b', T + 25],
      ],
      refunds: [],
      disputes: [],
      disputesOfSubscription: [],
      customerDeletedAt: null,
      benefitDeletedAt: null,
      isOfProduct: 1,
      isOfMember: 0,
      type: 'custom',
    };
    expect(factsFrom(known)).toEqual([
      { why: 'product_changed', at: T + 20, isMoment: true },
      { why: 'product_changed', at: T + 30, isMoment: true },
    ]);
    expect(
      factsFrom({
        ...known,
        noted: [],
        refunds: [
          ['dispute_prevention', 5],
          ['other', 6],
        ],
      }),
    ).toEqual([
      { why: 'dispute', at: 5 },
      { why: 'refunded', at: 6 },
    ]);
  });
});

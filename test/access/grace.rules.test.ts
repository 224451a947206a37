import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildClaims, isFresh, readEnds } from '../../src/access/entitlement-token.rules.ts';
import { deriveEntitlements, type HeldGrant, type Holdings } from '../../src/access/entitlements.rules.ts';
import { REVOKING_MS } from '../../src/access/grace.rules.ts';
import type { HeldSubscription } from '../../src/access/purchases.rules.ts';
import { readAsked } from '../../src/access/resources.rules.ts';

/*
 * What a subscription opens while it is past due, held against a small model that knows why each grant was revoked. The
 * code sees only what Polar shows: when.
 */

const START = Date.UTC(2026, 10, 21);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BENEFITS = ['b1', 'b2'] as const;
type Benefit = (typeof BENEFITS)[number];

/** Why a grant is not live. */
type Cause = 'past_due' | 'alone' | 'ended';

interface Life {
  now: number;
  status: string;
  since: number | null;
  takenBack: boolean;
  deletedAt: number | null;
  endedAt: number | null;
  product: Set<Benefit>;
  grants: Map<Benefit, { revokedAt: number; cause: Cause } | null>;
}

const HAPPENINGS = [
  'fail',
  'fail',
  'fail and revoke',
  'fail and revoke',
  'fail and revoke',
  'revoke',
  'recover',
  'revoke b2 alone',
  'remove b2',
  'pause',
  'cancel',
  'unpaid',
  'refund',
  'dispute',
  'delete the customer',
] as const;
type Happening = (typeof HAPPENINGS)[number];

function begin(): Life {
  return {
    now: START,
    status: 'active',
    since: null,
    takenBack: false,
    deletedAt: null,
    endedAt: null,
    product: new Set(BENEFITS),
    grants: new Map(BENEFITS.map((id) => [id, null])),
  };
}

const isLiveAt = (life: Life, id: Benefit) => life.grants.get(id) === null;
function revoke(life: Life, id: Benefit, cause: Cause, at = life.now) {
  if (isLiveAt(life, id)) life.grants.set(id, { revokedAt: at, cause });
}

/** Applies what happens, as Polar does it; `see` looks in between, where Polar works in the background. */
function happen(life: Life, what: Happening, see: () => void): void {
  const isOver = life.endedAt !== null || life.deletedAt !== null;
  if (isOver) return;
  const end = (status: string) => {
    life.status = status;
    for (const id of BENEFITS) revoke(life, id, 'ended');
  };
  const revokeAll = () => {
    for (const id of BENEFITS) {
      revoke(life, id, 'past_due');
      see();
      life.now += 7 * MINUTE;
    }
  };
  switch (what) {
    case 'fail':
    case 'fail and revoke':
      if (life.status !== 'active') return;
      Object.assign(life, { status: 'past_due', since: life.now, takenBack: false });
      if (what === 'fail and revoke') revokeAll();
      return;
    case 'revoke':
      if (life.status === 'past_due') revokeAll();
      return;
    case 'recover':
      if (life.status !== 'past_due' && life.status !== 'paused') return;
      Object.assign(life, { status: 'active', since: null, takenBack: false });
      for (const id of life.product) if (life.grants.get(id)?.cause !== 'alone') life.grants.set(id, null);
      return;
    case 'revoke b2 alone':
      return revoke(life, 'b2', 'alone');
    case 'remove b2':
      life.product.delete('b2');
      return revoke(life, 'b2', 'ended');
    case 'pause':
      if (life.status === 'active') end('paused');
      return;
    case 'cancel':
      life.endedAt = life.now;
      return end('canceled');
    case 'unpaid':
      if (life.status === 'past_due') end('unpaid');
      return;
    case 'refund':
    case 'dispute':
      if (life.status === 'past_due') life.takenBack = true;
      return;
    case 'delete the customer':
      life.deletedAt = life.now;
  }
}

/** What the statement reads of such a life (`entitlements.rows.ts`). */
function holdingsOf(life: Life, graceDays: number): Holdings {
  const grants = BENEFITS.map((benefitId): HeldGrant => {
    const revoked = life.grants.get(benefitId) ?? null;
    return {
      benefitId,
      memberId: null,
      memberRole: null,
      orderId: null,
      subscriptionId: 's1',
      isGranted: revoked === null,
      isRevoked: revoked !== null,
      revokedAt: revoked?.revokedAt ?? null,
      customerDeletedAt: life.deletedAt,
    };
  });
  const subscription: HeldSubscription = {
    id: 's1',
    own: true,
    heardGrants: [],
    customerDeletedAt: life.deletedAt,
    productId: 'p1',
    status: life.status,
    currentPeriodEnd: START + 365 * DAY,
    cancelAtPeriodEnd: false,
    startedAt: START - 90 * DAY,
    createdAt: START - 90 * DAY,
    endsAt: life.endedAt,
    endedAt: life.endedAt,
    changedAt: life.now,
    paidAt: null,
    productSince: null,
    hasLiveGrant: grants.some(({ isGranted }) => isGranted),
    grace:
      graceDays > 0 && life.status === 'past_due' && life.since !== null
        ? { since: life.since, lastsMs: graceDays * DAY, isTakenBack: life.takenBack, seated: null }
        : null,
  };
  const product = { id: 'p1', name: 'quay:pro', metadata: {}, seatBased: false, isOwn: true };
  return {
    memberId: null,
    grants,
    orders: [],
    subscriptions: [subscription],
    own: [],
    products: [{ ...product, knowsBenefits: true, benefitIds: [...life.product] }],
    benefits: BENEFITS.map((id) => ({
      id,
      type: 'custom',
      description: id,
      metadata: { content_id: `in/${id}` },
    })),
  };
}

type Answer = { allow: boolean; end: number | null };
const NO: Answer = { allow: false, end: null };

/** The model: until when grace lasts in this life; undefined: there is none. */
function graceOf(life: Life, graceDays: number): number | undefined {
  if (life.status !== 'past_due' || life.since === null || life.takenBack || life.deletedAt !== null)
    return undefined;
  return graceDays === 0 ? undefined : Math.floor((life.since + graceDays * DAY) / 1000) * 1000;
}

function modelOf(life: Life, graceDays: number, at: number, asked: Benefit | 'plan'): Answer {
  const grace = graceOf(life, graceDays);
  const inGrace: Answer = grace !== undefined && at < grace ? { allow: true, end: grace } : NO;
  if (life.deletedAt !== null) return NO;
  const someLive = BENEFITS.some((id) => isLiveAt(life, id));
  if (asked === 'plan') {
    if (life.status === 'active') return { allow: true, end: null };
    if (life.status !== 'past_due') return NO;
    return someLive ? { allow: true, end: null } : inGrace;
  }
  const revoked = life.grants.get(asked);
  if (revoked === null) return { allow: true, end: null };
  return revoked?.cause === 'past_due' && life.product.has(asked) ? inGrace : NO;
}

const RESOURCES = [
  ['plan', 'plan:quay:pro'],
  ['b1', 'content:in/b1'],
  ['b2', 'content:in/b2'],
] as const;

function compare(life: Life, graceDays: number, at: number, isBackground: boolean): void {
  const { current, former } = deriveEntitlements(holdingsOf(life, graceDays), 'quay', at);
  const claims = buildClaims({ iss: 'i', aud: 'a', sub: 's' }, current, at);
  for (const [name, resource] of RESOURCES) {
    const expected = modelOf(life, graceDays, at, name);
    const end = current.get(resource);
    const seen = { allow: end !== undefined, end: end ?? null };
    const revoked = name === 'plan' ? null : life.grants.get(name);
    // Whether a grant was revoked alone shows when no other follows within the hour.
    const isUnclear =
      revoked !== null && life.status === 'past_due' && at - (revoked?.revokedAt ?? 0) < REVOKING_MS;
    if (isBackground && expected.allow && expected.end !== null) expect(seen.allow).toBe(true);
    else if (!isUnclear) expect([resource, seen]).toEqual([resource, expected]);
    const limit = graceOf(life, graceDays);
    if (seen.end !== null) expect(seen.end).toBeLessThanOrEqual(limit ?? 0);
    if (!seen.allow && !isUnclear) expect(former.get(resource)?.reason).toBe(reasonOf(life, graceDays, name));
    // No cached token says yes beyond the end (invariant 7), whoever reads it.
    if (seen.allow && seen.end !== null) {
      expect(claims.exp * 1000).toBeLessThanOrEqual(seen.end);
      expect(readEnds(claims, seen.end)(readAsked(resource))).toBeUndefined();
      expect(isFresh(claims, 300, seen.end)).toBe(false);
    }
  }
}

/** Of a no: that the time is over, where there was one. */
function reasonOf(life: Life, graceDays: number, name: Benefit | 'plan'): string {
  const isGrace = graceOf(life, graceDays) !== undefined;
  if (name === 'plan') return isGrace ? 'expired' : 'revoked';
  const isExtended = life.grants.get(name)?.cause === 'past_due' && life.product.has(name);
  return isGrace && isExtended ? 'expired' : 'revoked';
}

describe('a subscription that is past due', () => {
  const step = fc.record({
    what: fc.constantFrom(...HAPPENINGS),
    // Longer than what Polar does in the background takes.
    wait: fc.integer({ min: 2 * HOUR, max: 3 * DAY }),
  });

  test('opens what it opened for as long as its app says, and not more, in every life', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.constantFrom(0, 1, 3, 21), (steps, graceDays) => {
        const life = begin();
        for (const { what, wait } of steps) {
          happen(life, what, () => compare(life, graceDays, life.now, true));
          const next = life.now + wait;
          const end = graceOf(life, graceDays);
          const edges =
            end === undefined ? [] : [end - 1, end, end + 1].filter((at) => at > life.now && at < next);
          for (const at of [life.now, ...edges, next - 1]) compare(life, graceDays, at, false);
          life.now = next;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a grant that Polar revoked', () => {
  const failed = (more: (life: Life) => void = () => undefined) => {
    const life = begin();
    more(life);
    happen(life, 'fail and revoke', () => undefined);
    life.now += 2 * HOUR;
    return life;
  };
  const opens = (life: Life, change: (holdings: Holdings) => Holdings = (same) => same) =>
    deriveEntitlements(change(holdingsOf(life, 3)), 'quay', life.now).current.has('content:in/b2');

  test('because of the charge that failed still counts', () => {
    expect(opens(failed())).toBe(true);
  });

  test('before the charge failed does not come back', () => {
    expect(opens(failed((life) => revoke(life, 'b2', 'alone', life.now - 1)))).toBe(false);
  });

  test('while Polar’s own grace period ran does not come back when Polar revokes the others', () => {
    const life = begin();
    happen(life, 'fail', () => undefined);
    life.now += DAY;
    happen(life, 'revoke b2 alone', () => undefined);
    life.now += DAY;
    happen(life, 'revoke', () => undefined);
    expect(opens(life)).toBe(false);
  });

  test('counts no longer than until the end that the cancelled subscription has', () => {
    const life = failed();
    const endsAt = life.now + HOUR;
    const scheduled = (holdings: Holdings) => ({
      ...holdings,
      subscriptions: holdings.subscriptions.map((row) => ({ ...row, cancelAtPeriodEnd: true, endsAt })),
    });
    const { current } = deriveEntitlements(scheduled(holdingsOf(life, 3)), 'quay', life.now);
    expect([current.get('content:in/b2'), current.get('plan:quay:pro')]).toEqual([endsAt, endsAt]);
  });

  test.each([
    ['who has a seat', ['m1'], true],
    ['whose seat was taken back', ['m2'], false],
  ])('of a member %s counts: %s', (_who, seated, expected) => {
    const ofMember = (holdings: Holdings): Holdings => ({
      ...holdings,
      memberId: 'm1',
      grants: holdings.grants.map((row) => ({ ...row, memberId: 'm1', memberRole: 'member' })),
      subscriptions: holdings.subscriptions.map((row) => ({
        ...row,
        own: false,
        grace: row.grace && { ...row.grace, seated },
      })),
    });
    expect(opens(failed(), ofMember)).toBe(expected);
    const { current } = deriveEntitlements(ofMember(holdingsOf(failed(), 3)), 'quay', failed().now);
    expect(current.has('plan:quay:pro')).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { namesOfDifferences } from '../../src/compare/drift-fields.rules.ts';
import type { Snapshot } from '../../src/polar/snapshots.rules.ts';

const names = (kind: Snapshot['kind'], row: object, stored: Record<string, unknown>) =>
  namesOfDifferences({ kind, row } as Snapshot, stored);

describe('the fields in which an object differs', () => {
  it('are named as their columns, sorted, and without what says how new it is', () => {
    expect(
      names(
        'order',
        {
          id: 'o1',
          version: 2,
          seenVersion: 2,
          digest: 2,
          status: 'refunded',
          refundedAmount: 900,
          currency: 'usd',
        },
        {
          id: 'o1',
          version: 1,
          seen_version: 1,
          digest: 1,
          status: 'paid',
          refunded_amount: 0,
          currency: 'usd',
        },
      ),
    ).toEqual(['refunded_amount', 'status']);
  });

  it('are not those of which nothing is kept', () => {
    expect(names('order', { metadata: { a: 1 }, renews: true }, { status: 'paid' })).toEqual([]);
  });

  it('know that SQLite keeps a boolean as a number, and nothing as null', () => {
    expect(
      names(
        'grant',
        { isGranted: true, isRevoked: false, revokedAt: null },
        { is_granted: 1, is_revoked: 1, revoked_at: null },
      ),
    ).toEqual(['is_revoked']);
  });

  it('are those inside a product and a subscription’s details', () => {
    expect(
      names(
        'product',
        { name: 'a', data: { name: 'a', prices: [2], x: 1 } },
        { name: 'a', data: { name: 'a', prices: [1], x: 1 } },
      ),
    ).toEqual(['prices']);
    expect(names('product', { name: 'b', data: { name: 'b' } }, { name: 'a', data: { name: 'a' } })).toEqual([
      'name',
    ]);
    expect(
      names(
        'subscription',
        { details: { pendingUpdate: { seats: 2 }, units: 1 } },
        { details: { pendingUpdate: null, units: 1 } },
      ),
    ).toEqual(['pending_update']);
  });

  it('of a dispute or member are its status and what is kept of it', () => {
    expect(
      names(
        'other',
        { kind: 'member', status: null, data: { email: 'b@x.dev', role: 'member', name: 'B' } },
        { kind: 'member', status: null, data: { email: 'a@x.dev', role: 'member' } },
      ),
    ).toEqual(['email']);
    expect(
      names(
        'other',
        { kind: 'dispute', status: 'lost', data: {} },
        { kind: 'dispute', status: 'under_review', data: {} },
      ),
    ).toEqual(['status']);
  });

  it('do not depend on the order of keys in JSON', () => {
    expect(names('grant', { properties: { a: 1, b: 2 } }, { properties: { b: 2, a: 1 } })).toEqual([]);
  });
});

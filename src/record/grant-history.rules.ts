import type { GrantState } from '../base/grant-states.rules.ts';
import { asText } from '../polar/content.rules.ts';
import type { Observation, OtherSnapshot, SubscriptionSnapshot } from '../polar/snapshots.rules.ts';
import { toMilliseconds } from '../polar/versions.rules.ts';

/** A snapshot of a grant, as its history keeps it. Times are milliseconds, the version microseconds. */
export type GrantChange = {
  grantId: string;
  version: number;
  what: 'created' | 'updated' | 'renewed' | 'revoked' | 'read';
  state: GrantState;
  grantedAt: number | null;
  revokedAt: number | null;
};

/** Something that may have taken the grants of a purchase away. */
export type GrantCause = {
  /** `subscription:<id>` or `order:<id>`. */
  purchase: string;
  at: number;
  what: 'canceled' | 'past_due' | 'paused' | 'seat_revoked';
};

const WHAT: Readonly<Record<string, GrantChange['what']>> = {
  'benefit_grant.created': 'created',
  'benefit_grant.updated': 'updated',
  'benefit_grant.cycled': 'renewed',
  'benefit_grant.revoked': 'revoked',
};

/** What an observation of a grant adds to its history. */
export function grantChangeOf({ type, main }: Observation): GrantChange[] {
  if (main.kind !== 'grant') return [];
  const { id: grantId, version, state, grantedAt, revokedAt } = main.row;
  return [{ grantId, version, what: WHAT[type] ?? 'read', state, grantedAt, revokedAt }];
}

/** What of a subscription takes its grants away: that it has ended, could not be charged, or is paused. */
export function causesOfSubscription(row: SubscriptionSnapshot): GrantCause[] {
  const purchase = `subscription:${row.id}`;
  const cause = (what: GrantCause['what'], at: number | null): GrantCause[] =>
    at === null ? [] : [{ purchase, at, what }];
  switch (row.status) {
    case 'canceled':
    case 'unpaid':
      return cause('canceled', row.endedAt);
    case 'past_due':
      return cause('past_due', row.pastDueAt);
    case 'paused':
      return cause('paused', row.pausedAt);
    default:
      return [];
  }
}

/** That a seat was taken back: a revoked seat says no more whose it was, only of which purchase. */
export function causesOfSeat({ kind, status, data, version }: OtherSnapshot): GrantCause[] {
  if (kind !== 'seat' || status !== 'revoked') return [];
  const subscriptionId = asText(data['subscription_id']);
  const orderId = asText(data['order_id']);
  const purchase = subscriptionId === null ? orderId && `order:${orderId}` : `subscription:${subscriptionId}`;
  const at = readTime(data['revoked_at']) ?? Math.floor(version / 1000);
  return purchase === null ? [] : [{ purchase, at, what: 'seat_revoked' }];
}

function readTime(value: unknown): number | null {
  try {
    return typeof value === 'string' ? toMilliseconds(value) : null;
  } catch {
    return null;
  }
}

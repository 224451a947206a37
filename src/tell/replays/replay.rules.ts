/**
 * How many deliveries of an app may be sent again within `REPLAY_WINDOW_MS`, so that a script in a loop does not flood
 * a receiver (ADR 29).
 */
export const REPLAYS_PER_HOUR = 10_000;
export const REPLAY_WINDOW_MS = 60 * 60_000;
/**
 * The least time between two replays of one delivery. The hour's bound counts a delivery once, by its last replay, so
 * without this one delivery could be sent without end.
 */
export const REPLAY_GAP_MS = 10_000;

/** What is decided from. Times are milliseconds since 1970. */
export interface Replayable {
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  leaseUntil: number;
  replayedAt: number | null;
  /** Its endpoint was deleted. */
  isOrphaned: boolean;
}

/**
 * `underway`: a replay is under way already; `sending`: an attempt is being made, whose result must not be lost;
 * `too_soon`: a replay of it ended moments ago; `gone`: its endpoint was deleted.
 */
export type ReplayDecision = 'replay' | 'underway' | 'sending' | 'too_soon' | 'gone';

/** Decides whether a delivery may be sent again now. */
export function decideReplay(delivery: Replayable, now: number): ReplayDecision {
  if (delivery.status === 'canceled' || delivery.isOrphaned) return 'gone';
  if (delivery.leaseUntil > now) return 'sending';
  if (delivery.replayedAt === null || delivery.replayedAt <= now - REPLAY_GAP_MS) return 'replay';
  return delivery.status === 'pending' ? 'underway' : 'too_soon';
}

/**
 * How many replays are left in the hour, and in how many milliseconds there will be more. `oldest`: when the first that
 * counts was made.
 */
export function readBudget(usage: { used: number; oldest: number | null }, now: number) {
  return {
    left: Math.max(0, REPLAYS_PER_HOUR - usage.used),
    moreInMs: usage.oldest === null ? 0 : Math.max(0, usage.oldest + REPLAY_WINDOW_MS - now),
  };
}

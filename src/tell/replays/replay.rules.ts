/** How many deliveries of an app may be sent again within `REPLAY_WINDOW_MS`: a mistake must not flood a receiver. */
export const REPLAYS_PER_HOUR = 10_000;
export const REPLAY_WINDOW_MS = 60 * 60_000;
/**
 * One delivery waits this long between two replays. The bound counts deliveries by their last replay, so without it the
 * same one could be sent without end.
 */
export const REPLAY_GAP_MS = 10_000;

/** What a replay needs to know of a delivery. Times are milliseconds since 1970. */
export interface Replayable {
  status: 'pending' | 'succeeded' | 'failed' | 'canceled';
  leaseUntil: number;
  replayedAt: number | null;
  /** Its endpoint was deleted. */
  isOrphaned: boolean;
}

/**
 * `underway`: that is happening already; `sending`: an attempt is being made, whose result must not be lost;
 * `too_soon`: it was replayed and ended moments ago; `gone`: there is no endpoint any more.
 */
export type ReplayDecision = 'replay' | 'underway' | 'sending' | 'too_soon' | 'gone';

/** Decides whether a delivery may be sent again now. */
export function decideReplay(delivery: Replayable, now: number): ReplayDecision {
  if (delivery.status === 'canceled' || delivery.isOrphaned) return 'gone';
  if (delivery.leaseUntil > now) return 'sending';
  if (delivery.replayedAt === null || delivery.replayedAt <= now - REPLAY_GAP_MS) return 'replay';
  return delivery.status === 'pending' ? 'underway' : 'too_soon';
}

/** What is left of the hour's replays, and when (milliseconds from `now`) more will be. `oldest`: the first that counts. */
export function readBudget(usage: { used: number; oldest: number | null }, now: number) {
  return {
    left: Math.max(0, REPLAYS_PER_HOUR - usage.used),
    moreInMs: usage.oldest === null ? 0 : Math.max(0, usage.oldest + REPLAY_WINDOW_MS - now),
  };
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/*
 * The pace of an endpoint whose receiver says "slow down": additive increase, multiplicative decrease, as TCP does it
 * (ADR 55). The row's statements (tell/deliveries/endpoint-outcomes.rows.ts, tell/deliveries/delivery-turns.rows.ts)
 * keep to these numbers. A pace is halved only when something was taken since the last time: a receiver that takes
 * nothing is away rather than too busy, and is sent nothing for a while instead.
 */

/** Sends a minute that are assumed to have been too many at the first "slow down". The pace begins at half of it. */
export const ASSUMED_PACE = 120;
export const MIN_PACE = 1;
/** Above this the pace is forgotten, and the endpoint is sent to as fast as it answers. */
export const MAX_PACE = 6_000;
/**
 * Sends a minute that each delivery which arrives adds, so a pace grows by a factor of seven a minute until the next
 * "slow down".
 */
export const PACE_GAIN = 2;
/** A pace is forgotten after this time without a "slow down". */
export const PACE_KEPT_MS = 60 * MINUTE_MS;

/**
 * An endpoint that says "slow down" again and again and takes nothing is sent nothing for a quarter of the time that it
 * has failed, or for as long as it asks if that is longer; but it is tried every minute.
 */
export const HELD_PART = 4;
export const MAX_OWN_HOLD_MS = MINUTE_MS;
const UNSAID_HOLD_MS = SECOND_MS;
/** An endpoint that asks for a longer pause is tried every ten minutes, with one delivery. */
const MAX_HOLD_MS = 10 * MINUTE_MS;

/** For how long an endpoint that said "slow down" is to be sent nothing at all, milliseconds. */
export function slowDownHold(askedMs: number | undefined): number {
  return Math.min(askedMs ?? UNSAID_HOLD_MS, MAX_HOLD_MS);
}

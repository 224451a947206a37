const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/*
 * The pace of an endpoint whose receiver says "slow down": additive increase, multiplicative decrease, as TCP does it (ADR 55).
 * The row's statements (tell/deliveries/delivery-attempts.rows.ts, tell/deliveries/delivery-turns.rows.ts) keep to these numbers. A pace is halved only
 * when something was taken since the last time: who takes nothing at all is away rather than too busy, and is held instead.
 */

/** Sends a minute that the first "slow down" is taken to have been too many: half of it is where learning begins. */
export const ASSUMED_PACE = 120;
export const MIN_PACE = 1;
/** Above that no pace is kept: it is sent to as fast as it answers. */
export const MAX_PACE = 6_000;
/** Each that arrives adds so much, so a pace that is not contradicted grows by a factor of seven a minute. */
export const PACE_GAIN = 2;
/** A pace is forgotten when nothing has contradicted it for so long. */
export const PACE_KEPT_MS = 60 * MINUTE_MS;

/**
 * An endpoint that goes on saying so, and takes nothing, is held for a quarter of the time that it has failed, if that is
 * longer than it asks for; and it is asked every minute whether it is back.
 */
export const HELD_PART = 4;
export const MAX_OWN_HOLD_MS = MINUTE_MS;
const UNSAID_HOLD_MS = SECOND_MS;
/** An endpoint that asks for a longer pause is asked every ten minutes, with one delivery, whether it is back before. */
const MAX_HOLD_MS = 10 * MINUTE_MS;

/** For how long an endpoint that said "slow down" is to be sent nothing at all, milliseconds. */
export function slowDownHold(askedMs: number | undefined): number {
  return Math.min(askedMs ?? UNSAID_HOLD_MS, MAX_HOLD_MS);
}

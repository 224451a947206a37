const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** How long to wait after the first, second … failed attempt. The first attempt is made at once. */
const WAITS_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  1 * HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

/** Attempts in the whole schedule, about 67 hours, as long as nothing brings one forward. */
export const MAX_ATTEMPTS = WAITS_MS.length + 1;
/** ±20 %, so that deliveries which failed together are not tried again together. */
const JITTER = 0.2;

/** When each further attempt is due, from the first one on: 5 s, 35 s, … 67 h. */
const DUE_AFTER_MS = WAITS_MS.map((_, i) => WAITS_MS.slice(0, i + 1).reduce((sum, wait) => sum + wait, 0));
const GIVE_UP_AFTER_MS = WAITS_MS.reduce((sum, wait) => sum + wait, 0);

const MIN_WAIT_MS = SECOND_MS;
const MAX_WAIT_MS = 24 * HOUR_MS;
/** The wait after a "slow down" that does not say for how long. */
const UNSAID_WAIT_MS = 5 * SECOND_MS;
/**
 * A receiver that always says "one second" is tried again after a quarter of the time that it has said so. That is some
 * fifty times in 67 hours, and the delivery arrives at most a quarter of the outage's length after its end.
 */
const SLOWED_PART = 1 / 4;
/**
 * How often one delivery is brought forward in its run. Without a limit one that the receiver never takes would be sent
 * again with each one that it takes.
 */
export const MAX_REVIVALS = 8;

export interface FailedAttempt {
  /** 1, 2, … since the delivery's run through the schedule began. */
  attempt: number;
  /** From the run's first attempt to this one. */
  elapsedMs: number;
  /** In [0, 1), for jitter. */
  random: number;
  /** The endpoint takes other deliveries, so the wait does not grow with the time in which it took nothing. */
  isTakingOthers?: boolean;
}

/**
 * Milliseconds from a failed attempt to the next; undefined when it was the last. A step of the schedule is over when
 * its time has passed and its attempt was made, so early attempts use up no step, and neither does time without
 * attempts (ADR 55).
 */
export function nextWait({ attempt, elapsedMs, random, isTakingOthers }: FailedAttempt): number | undefined {
  const stepsPassed = DUE_AFTER_MS.filter((due) => elapsedMs >= due * (1 - JITTER)).length;
  const base = WAITS_MS[Math.min(attempt - 1, stepsPassed)];
  if (base === undefined) return undefined;
  return Math.round((isTakingOthers ? WAITS_MS[0] : base) * (1 - JITTER + 2 * JITTER * random));
}

/**
 * The same after an attempt that was answered with "slow down". `askedMs`: for how long, undefined when the receiver
 * did not say. The wait is at least as long and at most 20 % longer. The delivery is given up only when the schedule's
 * whole time has passed.
 */
export function nextSlowedWait(failed: FailedAttempt, askedMs: number | undefined): number | undefined {
  const { attempt, elapsedMs, random, isTakingOthers } = failed;
  if (attempt >= MAX_ATTEMPTS && elapsedMs >= GIVE_UP_AFTER_MS) return undefined;
  const asked = (askedMs ?? UNSAID_WAIT_MS) * (1 + JITTER * random);
  const patience = isTakingOthers
    ? 0
    : Math.min(elapsedMs * SLOWED_PART, Math.max(0, GIVE_UP_AFTER_MS - elapsedMs));
  return Math.round(Math.min(Math.max(asked, patience, MIN_WAIT_MS), MAX_WAIT_MS));
}

/** `Retry-After` (RFC 9110 §10.2.3: seconds or a date) as milliseconds from `now`; undefined when absent or nonsense. */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * SECOND_MS;
  // An HTTP date begins with the day's name; Date.parse alone would take `-5` and `2030` for dates.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

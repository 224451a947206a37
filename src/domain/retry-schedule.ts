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

/** Attempts in the whole schedule, about 67 hours. */
export const MAX_ATTEMPTS = WAITS_MS.length + 1;
/** So that what failed together does not come back together: ±20 %. */
const JITTER = 0.2;

const MIN_RETRY_AFTER_MS = SECOND_MS;
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;
/**
 * From the seventh attempt on, `Retry-After` can only lengthen the wait: a receiver that says "1 second" for the length
 * of an outage must not use up the attempts that should outlast it.
 */
const SHORTENED_ATTEMPTS = 6;

/**
 * Milliseconds from the failed `attempt` (1, 2, …) to the next one; undefined after the last. `random` in [0, 1) decides
 * the jitter; `retryAfterMs` is what the receiver asked for, met or exceeded by at most 20 %.
 */
export function nextWait(attempt: number, random: number, retryAfterMs?: number): number | undefined {
  const base = WAITS_MS[attempt - 1];
  if (base === undefined) return undefined;
  const scheduled = Math.round(base * (1 - JITTER + 2 * JITTER * random));
  if (retryAfterMs === undefined) return scheduled;
  const asked = Math.min(retryAfterMs * (1 + JITTER * random), MAX_RETRY_AFTER_MS);
  const wait = Math.max(Math.round(asked), MIN_RETRY_AFTER_MS);
  return attempt <= SHORTENED_ATTEMPTS ? wait : Math.max(wait, scheduled);
}

/** `Retry-After` (RFC 9110 §10.2.3: seconds or a date) as milliseconds from `now`; undefined when absent or nonsense. */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d{1,10}$/.test(text)) return Number(text) * SECOND_MS;
  // An HTTP date begins with the day's name; Date.parse alone would take `-5` and `2030` for dates.
  const date = /^[A-Z][a-z]{2,8},? /.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

import type { Mode } from '../base/mode.rules.ts';

/** Far below Polar's own limits, 500 a minute live and 100 in the sandbox: checkouts and returns need them more. */
export const REQUESTS_PER_MINUTE: Record<Mode, number> = { live: 60, sandbox: 20 };

/** A step's requests at most, so that it ends long before its lease. */
const MAX_REQUESTS_PER_STEP = 10;
const STEPS_PER_MINUTE = 6;
const FIRST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** The longest `Retry-After` of Polar's that is obeyed. */
const LONGEST_RETRY_AFTER_MS = 60 * 60_000;

/** Requests that one step may make. */
export function requestsPerStep(perMinute: number): number {
  return Math.max(1, Math.min(MAX_REQUESTS_PER_STEP, Math.floor(perMinute / STEPS_PER_MINUTE)));
}

/**
 * When the step after one that began at `startedAt` and made `requests` may begin, milliseconds. No sixty seconds in a
 * row have more than `perMinute` requests.
 */
export function nextStepAt(startedAt: number, requests: number, perMinute: number): number {
  const spread = Math.max(1, perMinute - requestsPerStep(perMinute));
  return startedAt + Math.ceil((requests * 60_000) / spread);
}

/** How long to wait for Polar, the first, second … time in a row (`waits` from 0), milliseconds. */
export function waitForPolar(waits: number, retryAfterSeconds: number | undefined): number {
  const backOff = Math.min(FIRST_WAIT_MS * 2 ** waits, LONGEST_WAIT_MS);
  const asked = Math.min((retryAfterSeconds ?? 0) * 1000, LONGEST_RETRY_AFTER_MS);
  return Math.max(backOff, asked);
}

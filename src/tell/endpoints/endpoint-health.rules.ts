const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** An endpoint that failed this often in a row is served in the slow lane, where it does not delay healthy ones. */
export const SLOW_AFTER_FAILURES = 3;
/** An endpoint that takes this long to answer is served there too, until it is quicker again. */
export const SLOW_ANSWER_MS = 5 * SECOND_MS;
/** An endpoint that has only failed for this long is disabled (ADR 24); it goes on collecting deliveries. */
export const DISABLE_AFTER_MS = 5 * DAY_MS;
/** Its app is warned half-way. */
export const WARN_AFTER_MS = DISABLE_AFTER_MS / 2;

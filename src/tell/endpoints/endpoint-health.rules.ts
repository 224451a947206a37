const SECOND_MS = 1000;
const DAY_MS = 24 * 60 * 60 * SECOND_MS;

/** An endpoint that failed this often in a row waits in the second lane, where it delays nobody. */
export const SLOW_AFTER_FAILURES = 3;
/** One that answers, but takes this long, waits there too, until it is quicker again. */
export const SLOW_ANSWER_MS = 5 * SECOND_MS;
/** An endpoint that has only failed for so long is disabled: it goes on collecting what it is to be sent. */
export const DISABLE_AFTER_MS = 5 * DAY_MS;
/** Its app is warned half-way. */
export const WARN_AFTER_MS = DISABLE_AFTER_MS / 2;

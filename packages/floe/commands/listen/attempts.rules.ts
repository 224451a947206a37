/** What an attempt led to. */
export type Verdict =
  | { kind: 'delivered' }
  /** A deployed endpoint would be disabled. */
  | { kind: 'gone' }
  | { kind: 'again'; waitMs: number }
  | { kind: 'skipped' };

const SECOND_MS = 1_000;
/** After these the developer has been told, and the server is asked now and then. */
const FIRST_WAITS_MS = [1, 2, 5, 10].map((seconds) => seconds * SECOND_MS);
const LATER_WAIT_MS = 30 * SECOND_MS;
/** How many attempts an event gets before `--skip-failed` leaves it out. */
const ATTEMPTS_BEFORE_SKIP = FIRST_WAITS_MS.length + 1;
const GONE = 410;

/**
 * What follows an attempt. Only a 2xx counts as received, as for deployed endpoints.
 * @param attempt which one it was, from 1
 * @param status null when there was no answer
 */
export function decideNext(status: number | null, attempt: number, skipFailed: boolean): Verdict {
  if (status !== null && status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === GONE) return { kind: 'gone' };
  if (skipFailed && attempt >= ATTEMPTS_BEFORE_SKIP) return { kind: 'skipped' };
  return { kind: 'again', waitMs: FIRST_WAITS_MS[attempt - 1] ?? LATER_WAIT_MS };
}

import { slowDownHold } from './endpoint-pace.rules.ts';
import {
  type FailedAttempt,
  MAX_REVIVALS,
  nextSlowedWait,
  nextWait,
  readRetryAfter,
} from './retry-schedule.rules.ts';

/** Why no HTTP answer came. */
export type SendError =
  | 'timeout'
  | 'dns'
  | 'tls'
  | 'refused'
  | 'connection_lost'
  | 'connection_failed'
  | 'disallowed_url'
  /** The operator has bound no such queue or Worker for the app. */
  | 'not_bound'
  | 'queue_refused'
  | 'worker_failed'
  /** Of a message for a queue. */
  | 'too_large'
  /** The gateway itself failed before anything was sent, which is not the endpoint's fault. */
  | 'gateway_error';

/** An endpoint's answer, or why there was none. */
export type SendAnswer = { status: number; retryAfter: string | null } | { error: SendError };

/** What an attempt means for its delivery. `nextAttemptAt`: milliseconds since 1970. */
export type DeliveryOutcome =
  | { kind: 'succeeded' }
  /** `holdMs`: the receiver said "slow down", and is to be sent nothing for that time. */
  | { kind: 'retry'; nextAttemptAt: number; waitMs: number; holdMs?: number }
  /** The receiver is gone for good: its endpoint is disabled, the delivery waits for it to be enabled again. */
  | { kind: 'gone'; nextAttemptAt: number }
  /** The schedule is exhausted. */
  | { kind: 'failed' };

const GONE = 410;
const TOO_MANY = 429;
/** Means "slow down" when it comes with `Retry-After` (RFC 9110 §15.6.4); otherwise it is like any other failure. */
const UNAVAILABLE = 503;

/** Decides what follows from the answer to an attempt. `now`: milliseconds since 1970. */
export function decideOutcome(answer: SendAnswer, attempt: FailedAttempt & { now: number }): DeliveryOutcome {
  if ('status' in answer && answer.status >= 200 && answer.status < 300) return { kind: 'succeeded' };
  // Neither the body nor what a queue takes ever changes, and what waits behind it for its turn need not wait.
  if ('error' in answer && answer.error === 'too_large') return { kind: 'failed' };
  const { now } = attempt;
  if ('status' in answer && answer.status === GONE) return { kind: 'gone', nextAttemptAt: now };
  const slowDown = readSlowDown(answer, now);
  const waitMs = slowDown ? nextSlowedWait(attempt, slowDown.askedMs) : nextWait(attempt);
  if (waitMs === undefined) return { kind: 'failed' };
  const retry = { kind: 'retry', nextAttemptAt: now + waitMs, waitMs } as const;
  return slowDown ? { ...retry, holdMs: slowDownHold(slowDown.askedMs) } : retry;
}

/** What is known of a delivery and its endpoint beside the attempt itself. */
export interface Standing {
  /** The endpoint has taken something in the same batch. */
  tookOthers: boolean;
  /** The endpoint's failures in a row, before the batch. */
  failures: number;
  /** How often the delivery was brought forward in its run. */
  revivals: number;
}

/**
 * Whether a delivery that failed is brought forward because its endpoint takes others (ADR 55). It was refused at the
 * end of an outage or because too much came at once, and maybe no later success comes that would bring it forward.
 * After a failure other than "slow down" it is brought forward only when the endpoint has come back in this batch:
 * otherwise the failure is due to the delivery itself.
 */
export function isBroughtForward(
  outcome: DeliveryOutcome,
  { tookOthers, failures, revivals }: Standing,
): boolean {
  if (outcome.kind !== 'retry' || revivals >= MAX_REVIVALS) return false;
  return isSlowDown(outcome) ? tookOthers || failures === 0 : tookOthers && failures > 0;
}

/** Whether the receiver said "slow down". */
export function isSlowDown(outcome: DeliveryOutcome): outcome is DeliveryOutcome & { holdMs: number } {
  return outcome.kind === 'retry' && outcome.holdMs !== undefined;
}

/** Whether a receiver asks to be sent less. `askedMs`: for how long, undefined when it does not say. */
function readSlowDown(answer: SendAnswer, now: number): { askedMs: number | undefined } | undefined {
  if (!('status' in answer)) return undefined;
  if (answer.status !== TOO_MANY && answer.status !== UNAVAILABLE) return undefined;
  const askedMs = readRetryAfter(answer.retryAfter, now);
  return answer.status === TOO_MANY || askedMs !== undefined ? { askedMs } : undefined;
}

/** An attempt without success, in plain words; null when it succeeded. */
export function describeFailure(status: number | null, error: string | null): string | null {
  if (status === null) return describeError(error);
  if (status >= 200 && status < 300) return null;
  if (status === GONE) return 'The endpoint says it is gone (410), so it was disabled.';
  if (status >= 300 && status < 400) {
    return `The endpoint redirects (${status}). Redirects are not followed: register the final URL.`;
  }
  return `The endpoint answered ${status}. Only 2xx counts as received.`;
}

function describeError(error: string | null): string {
  switch (error as SendError | null) {
    case 'timeout':
      return 'The endpoint did not answer within 15 seconds.';
    case 'dns':
      return 'The endpoint’s host name does not resolve.';
    case 'tls':
      return 'The TLS connection failed. Check the endpoint’s certificate.';
    case 'refused':
      return 'The endpoint refused the connection.';
    case 'connection_lost':
      // workerd says the same of a refused connection.
      return 'The connection was refused, or lost before an answer came.';
    case 'disallowed_url':
      return 'The endpoint’s URL is not (or no longer) one that may be sent to.';
    case 'not_bound':
      return 'The operator has bound no such queue or Worker for this app.';
    case 'queue_refused':
      return 'The queue did not take the message.';
    case 'worker_failed':
      return 'The other Worker threw an error, or answered nothing.';
    case 'too_large':
      return 'The event is larger than the 128 KB that a queue takes. Read it: GET /v1/events/{id}.';
    case 'gateway_error':
      return 'The gateway could not send it. Its operator finds the reason in the log.';
    case 'connection_failed':
    case null:
      return 'No connection to the endpoint could be made.';
  }
}

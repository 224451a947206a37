import { PolarClientError, PolarNetworkError, PolarRateLimitError, PolarServerError } from '@polar-sh/sdk';
import type { Mode } from '../base/mode.rules.ts';
import { UNNAMED_SCOPE } from '../base/polar-scopes.rules.ts';
import { describeErrors, Problem } from '../base/problem.ts';
import { NotDone } from './not-done.ts';
import { readFieldErrors } from './refusals.ts';

/* What goes wrong at Polar, as problems of the gateway. */

/** Whether Polar refused for good (a scope that the token lacks, a filter it does not take): waiting changes nothing. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof Problem &&
    error.cause instanceof PolarClientError &&
    !(error.cause instanceof PolarRateLimitError)
  );
}

/**
 * Whether Polar did not do what it was to be asked: it answered so, for good or for now (its rate limit, a token that is not valid), or
 * was never asked.
 */
export function wasNotDone(error: unknown): boolean {
  return (
    error instanceof Problem && (error.cause instanceof PolarClientError || error.cause instanceof NotDone)
  );
}

export function isRateLimit(error: unknown): boolean {
  return error instanceof PolarRateLimitError;
}

export function isTransient(error: unknown): boolean {
  return isRateLimit(error) || isNetworkError(error) || error instanceof PolarServerError;
}

/** The SDK hands on what goes wrong while an answer's body is read as the platform says it. */
function isNetworkError(error: unknown): boolean {
  if (error instanceof PolarNetworkError) return true;
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'TimeoutError' || error.name === 'AbortError' || /network|terminated/i.test(error.message)
  );
}

const RETRY_AFTER_SECONDS = 5;

/** Waiting changes nothing, so there is no `Retry-After`. */
export function scopeMissing(scope: string, mode: Mode, cause: unknown): Problem {
  const name = scope === UNNAMED_SCOPE ? 'a scope for this' : `the scope ${scope}`;
  const detail = `POLAR_${mode.toUpperCase()}_ACCESS_TOKEN lacks ${name}. The operator of this gateway can add it to the token at Polar.`;
  return new Problem('polar_scope_missing', { detail, cause });
}

/** The problem that an error of the SDK is; what it is not is given back as it is. */
export function toProblem(cause: unknown): unknown {
  if (cause instanceof PolarRateLimitError) {
    return new Problem('polar_unavailable', {
      detail: 'Polar’s rate limit is reached. Try again shortly.',
      retryAfter: cause.retryAfter ?? RETRY_AFTER_SECONDS,
      cause,
    });
  }
  if (isNetworkError(cause))
    return new Problem('polar_unavailable', { retryAfter: RETRY_AFTER_SECONDS, cause });
  // What stands before Polar answers with a page of HTML at times, whatever the status.
  if (cause instanceof PolarServerError || cause instanceof SyntaxError)
    return new Problem('polar_failed', { retryAfter: RETRY_AFTER_SECONDS, cause });
  if (cause instanceof PolarClientError && cause.statusCode === 422) {
    const errors = readFieldErrors(cause.error);
    const detail = describeErrors(errors);
    return new Problem('polar_rejected', { ...(detail ? { detail, errors } : {}), cause });
  }
  if (cause instanceof PolarClientError) {
    return new Problem('polar_failed', {
      detail: `Polar answered ${cause.statusCode}.`,
      retryAfter: RETRY_AFTER_SECONDS,
      cause,
    });
  }
  return cause;
}

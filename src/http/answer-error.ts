import { log } from '../base/log.ts';
import { Problem, problemResponse } from '../base/problem.ts';
import { ConfigError } from '../base/settings.ts';

/** A failure as problem+json. The client gets a code and plain words; the cause is logged. */
export function answerError(error: unknown, requestId: string): Response {
  const problem = toProblem(error);
  if (problem.status >= 500)
    log('error', 'request failed', { requestId, code: problem.code, error: problem.init.cause ?? error });
  return problemResponse(problem, requestId);
}

/** `Retry-After` when D1 was away. */
const RETRY_SECONDS = 2;

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ConfigError)
    return new Problem('unavailable', { detail: `Configuration: ${error.message}`, cause: error });
  if (isOfDatabase(error)) return new Problem('unavailable', { retryAfter: RETRY_SECONDS, cause: error });
  return new Problem('internal_error', { cause: error });
}

/**
 * Whether an error comes from D1 and not from our code. D1's errors are plain `Error`s, recognised by their message;
 * drizzle wraps them.
 */
function isOfDatabase(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes('D1_')) return true;
  }
  return false;
}

import type { ErrorHandler, NotFoundHandler } from 'hono';
import { ConfigError } from '../base/settings.ts';
import { Problem, problemResponse } from '../base/problem.ts';
import { type App, type AppEnv, routesAt } from './route.ts';
import { log } from '../base/log.ts';

/** Answers every failure with problem+json. The client gets a code and plain words; the cause is logged. */
export const answerErrors: ErrorHandler<AppEnv> = (error, c) => {
  const requestId = c.get('requestId');
  const problem = toProblem(error);
  if (problem.status >= 500)
    log('error', 'request failed', { requestId, code: problem.code, error: problem.init.cause ?? error });
  return problemResponse(problem, requestId);
};

/** `Retry-After` when D1 was away. */
const RETRY_SECONDS = 2;

function toProblem(error: Error): Problem {
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

/** Answers 404 for an unknown address, and 405 for one that does not take the method. `app` has the routes. */
export function answerNotFound(app: App): NotFoundHandler<AppEnv> {
  return (c) => problemResponse(explainMissing(app, c.req.method, c.req.path), c.get('requestId'));
}

function explainMissing(app: App, method: string, path: string): Problem {
  const methods = new Set(routesAt(app, path).map((route) => route.method.toUpperCase()));
  if (methods.has('GET')) methods.add('HEAD');
  if (methods.size > 0) {
    const allow = [...methods].sort();
    return new Problem('method_not_allowed', {
      detail: `${method} is not answered here. This address takes ${allow.join(', ')}.`,
      allow,
    });
  }
  const shorter = path.replace(/\/$/, '');
  const isMeant = shorter !== path && routesAt(app, shorter).length > 0;
  return new Problem('not_found', {
    detail: isMeant
      ? `The address is ${shorter}, without a slash at its end.`
      : 'No such address. /docs lists them all.',
  });
}

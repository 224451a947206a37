import type { ErrorHandler, NotFoundHandler } from 'hono';
import { Problem, problemResponse } from '../base/problem.ts';
import { type App, type AppEnv, routesAt } from './route.ts';
import { answerError } from './answer-error.ts';

/** Answers every failure with problem+json. */
export const answerErrors: ErrorHandler<AppEnv> = (error, c) => answerError(error, c.get('requestId'));

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

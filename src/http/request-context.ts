import type { MiddlewareHandler } from 'hono';
import type { Bindings } from '../base/config.ts';
import type { Services } from '../base/services.ts';
import { markAnswer, newRequestId, refuseOtherHosts } from './every-answer.ts';
import type { AppEnv } from './route.ts';

/**
 * Gives a request its id and its services, and refuses other hosts (trust rule 11). Answers are private unless a route
 * says otherwise.
 */
export function requestContext(
  createServices: (env: Bindings, context: Pick<ExecutionContext, 'waitUntil'>) => Services,
): MiddlewareHandler<AppEnv & { Bindings: Bindings }> {
  return async function requestContextMiddleware(c, next) {
    const requestId = newRequestId();
    c.set('requestId', requestId);
    const services = createServices(c.env, c.executionCtx);
    c.set('services', services);
    refuseOtherHosts(services, c.req.url);
    await next();
    markAnswer(c.res.headers, requestId);
  };
}

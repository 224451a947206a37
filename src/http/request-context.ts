import type { MiddlewareHandler } from 'hono';
import type { Bindings } from '../base/config.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { AppEnv } from './route.ts';

/**
 * Gives a request its id and its services, and refuses other hosts (trust rule 11). Answers are private unless a route
 * says otherwise.
 */
export function requestContext(
  createServices: (env: Bindings, context: Pick<ExecutionContext, 'waitUntil'>) => Services,
): MiddlewareHandler<AppEnv & { Bindings: Bindings }> {
  return async function requestContextMiddleware(c, next) {
    const requestId = `req_${crypto.randomUUID()}`;
    c.set('requestId', requestId);
    const services = createServices(c.env, c.executionCtx);
    c.set('services', services);
    // The runtime normalizes a request's URL, and the configuration its origin, so a comparison of texts is enough.
    if (!c.req.url.startsWith(`${services.config.url}/`)) {
      throw new Problem('misdirected_request', {
        detail: `This gateway answers at ${services.config.url} only.`,
      });
    }
    await next();
    c.res.headers.set('x-request-id', requestId);
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'private, no-store');
    c.res.headers.set('x-content-type-options', 'nosniff');
    if (!c.res.headers.has('referrer-policy')) c.res.headers.set('referrer-policy', 'no-referrer');
  };
}

import type { MiddlewareHandler } from 'hono';
import type { Bindings } from '../base/config.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { AppEnv } from './route.ts';

/** Gives a request its id and its services, and refuses hosts that are not ours. Answers are private unless a route says more. */
export function requestContext(
  createServices: (env: Bindings, context: Pick<ExecutionContext, 'waitUntil'>) => Services,
): MiddlewareHandler<AppEnv & { Bindings: Bindings }> {
  return async function requestContextMiddleware(c, next) {
    const requestId = `req_${crypto.randomUUID()}`;
    c.set('requestId', requestId);
    const services = createServices(c.env, c.executionCtx);
    c.set('services', services);
    // The runtime writes a request's URL normalized, as configuration does the origin: no need to take it apart.
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

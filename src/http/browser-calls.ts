import type { MiddlewareHandler } from 'hono';
import { Problem } from '../base/problem.ts';
import { explainForeignOrigin, type Registrant } from './how-to-register.rules.ts';
import type { AppEnv } from './route.ts';

const METHODS = 'GET, POST, DELETE';
const HEADERS = 'Authorization, Content-Type, Idempotency-Key';
const PREFLIGHT_SECONDS = 600;

/**
 * Cross-origin calls from browsers. A preflight has no key, so the app is unknown and any origin is allowed. A page may
 * read the answer to the call itself only from an origin that the app has registered. Two answers every page may read,
 * since they tell nothing about anybody: the one to an unknown caller, so that a page can tell a session that has ended
 * from a gateway that is away, and `forbidden_origin`, so that its developer reads how the page is registered.
 * Credentials are never allowed, since these routes do not use cookies (trust rule 9).
 */
export function browserCalls(): MiddlewareHandler<AppEnv> {
  return async function browserCallsMiddleware(c, next) {
    const origin = c.req.header('origin');
    if (
      origin !== undefined &&
      c.req.method === 'OPTIONS' &&
      c.req.header('access-control-request-method') !== undefined
    ) {
      return c.body(null, 204, {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': HEADERS,
        'access-control-max-age': String(PREFLIGHT_SECONDS),
        vary: 'Origin',
      });
    }
    await next();
    if (origin === undefined) return;
    c.res.headers.append('vary', 'Origin');
    const principal = c.get('principal');
    const isReadable = principal
      ? isForeignOrigin(c.error) || (principal.kind !== 'operator' && principal.app.origins.includes(origin))
      : c.res.status >= 400;
    if (isReadable) {
      c.res.headers.set('access-control-allow-origin', origin);
      c.res.headers.set('access-control-expose-headers', 'Retry-After, X-Request-Id');
    }
    return;
  };
}

/** Whether a call was refused before anything was done, for its origin alone. */
function isForeignOrigin(error: unknown): boolean {
  return error instanceof Problem && error.code === 'forbidden_origin';
}

/**
 * Refuses a browser on an origin that the app did not register. A caller that sends no Origin is no browser.
 * @throws {Problem} `forbidden_origin`, which says how the origin is registered
 */
export function requireRegisteredOrigin(
  origin: string | undefined,
  registered: readonly string[],
  registrant: Registrant,
): void {
  if (origin === undefined || registered.includes(origin)) return;
  throw new Problem('forbidden_origin', { detail: explainForeignOrigin(origin, registrant) });
}

import { isRecord } from './claims.ts';
import type { Gate, GateAnswer } from './gate.ts';
import type { Handled } from './gate-handle.ts';
import { applyAnswer, respondSignedOut } from './respond.ts';

/* The gate as a middleware for Hono. Its types are described here, not imported: the kit depends on nothing. */

const SWITCHING_PROTOCOLS = 101;

/** As much of Hono's context as is used. */
interface HonoContext {
  req: { raw: Request };
  env?: unknown;
  get res(): Response;
  set res(response: Response | undefined);
  set(key: string, value: unknown): void;
}

/** For `new Hono<{ Variables: FloeVariables }>()`: handlers read `c.var.floe`. */
export interface FloeVariables {
  floe: GateAnswer;
}

export interface HonoGateOptions<Context> {
  /** False: handlers run whatever the decision, and show a preview where it is a no. Default true. */
  enforce?: boolean;
  /**
   * Where `app.mount` has put this app, such as `/docs`: it takes that part off the address, and without it a buyer who
   * comes back is at another address than the gateway was told. `app.route` leaves the address alone, and needs nothing.
   * The gate's own pages are beneath it then: `pages: { path: '/docs/floe/' }`.
   */
  base?: string;
  /** Makes the answer for a no, such as a paywall, instead of the gate's page. */
  deny?: (c: Context, answer: GateAnswer) => Response | Promise<Response>;
}

/**
 * Lets through what the gate allows, with `c.var.floe`; answers the gate's own pages, and 303, 308, 401, 402, 403 or 503
 * otherwise. Give the gate a `resource` function that returns null for public pages: its own pages are beneath `/floe/`, so the
 * middleware has to see those too.
 * @example
 * app.use(gateHono(gate));
 */
export function gateHono<Context extends HonoContext>(gate: Gate, options: HonoGateOptions<Context> = {}) {
  const { base = '' } = options;
  if (!/^(\/[^/?#]+)*$/.test(base)) throw new TypeError('gateHono: base is a path such as /docs.');
  return async function gateMiddleware(c: Context, next: () => Promise<void>): Promise<Response | void> {
    const request = base === '' ? c.req.raw : putBack(gate, c.req.raw, base);
    refuseMounted(request, c.env);
    const enforce = options.enforce !== false && !options.deny;
    const { response: made, answer } = await handleMounted(gate, request, { base, enforce });
    if (answer) c.set('floe', answer);
    if (made) return made;
    if (answer.decision.allow || !options.deny) {
      await next();
      // A WebSocket's answer cannot be copied, and is not cached anyway.
      if (c.res.status === SWITCHING_PROTOCOLS) return;
      // A new `Response`, since the headers of a fetched one cannot be changed.
      const response = new Response(c.res.body, c.res);
      applyAnswer(response.headers, answer);
      // Hono keeps the headers of an answer that is replaced, so that one goes first.
      c.res = undefined;
      c.res = response;
      return;
    }
    const denied = await options.deny(c, answer);
    const response = new Response(denied.body, denied);
    applyAnswer(response.headers, answer);
    return response;
  };
}

/**
 * The request with the browser's path. It is joined as text: `//elsewhere.example` would be resolved to another host.
 */
function putBack(gate: Gate, request: Request, base: string): Request {
  const { method, headers } = request;
  const { origin, pathname, search } = new URL(request.url);
  const url = `${origin}${base}${pathname}${search}`;
  // The body is the handlers', unless it is a form of the gate's own pages.
  return gate.hasPage(url) ? new Request(url, request) : new Request(url, { method, headers });
}

/**
 * `app.mount` turns both `/docs` and `/docs/` into `/`, and a code fits only one of them. An exchange with the wrong
 * one is refused without using the code up, so the other is tried. A reload with a used code costs one request more.
 */
async function handleMounted(
  gate: Gate,
  request: Request,
  { base, enforce }: { base: string; enforce: boolean },
): Promise<Handled> {
  const handled = await gate.handle(request, { enforce });
  const { origin, pathname, search } = new URL(request.url);
  const { answer } = handled;
  const { reason } = answer?.decision ?? {};
  const isRefused = reason === 'not_kept' || (reason === 'returning' && answer?.setCookies.length === 0);
  if (!isRefused || base === '' || pathname !== `${base}/`) return handled;
  return gate.handle(new Request(`${origin}${base}${search}`, request), { enforce });
}

/**
 * Where the server says what the browser asked for (`@hono/node-server`), an app that is mounted without `base` fails at
 * once, not when the first buyer comes back. Elsewhere nothing tells.
 */
function refuseMounted({ url }: Request, env: unknown): void {
  const incoming = isRecord(env) && isRecord(env['incoming']) ? env['incoming'] : {};
  // Express's name for it, where the app is behind one.
  const asked = incoming['originalUrl'] ?? incoming['url'];
  if (typeof asked !== 'string' || !asked.startsWith('/')) return;
  const { pathname } = new URL(url);
  const { pathname: askedPath } = new URL(`http://site${asked}`);
  // Of `/docs` itself `/` is left.
  const rest = pathname === '/' && !askedPath.endsWith('/') ? '' : pathname;
  if (askedPath === pathname || !askedPath.endsWith(rest)) return;
  const base = askedPath.slice(0, askedPath.length - rest.length);
  throw new Error(
    `floe: the gate sees ${pathname} where ${askedPath} was asked for. Use app.route, or gateHono(gate, { base: '${base}' }).`,
  );
}

/** A handler that signs out and leads on, for `app.post('/sign-out', signOutHono(gate))`. `to`: a path of the site. */
export function signOutHono(gate: Gate, to = '/') {
  return async (c: { req: { raw: Request } }): Promise<Response> => respondSignedOut(gate, c.req.raw, to);
}

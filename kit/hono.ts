import type { Gate, GateAnswer } from './gate.ts';
import { applyAnswer, respondDenied, respondSignedOut } from './respond.ts';

/* The gate as a middleware for Hono. Its types are described here, not imported: the kit depends on nothing. */

const SWITCHING_PROTOCOLS = 101;

/** As much of Hono's context as is used. */
interface HonoContext {
  req: { raw: Request };
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
  /** Makes the answer for a no, such as a paywall, instead of the plain one. */
  deny?: (c: Context, answer: GateAnswer) => Response | Promise<Response>;
}

/**
 * Lets through what the gate allows, with `c.var.floe`; answers 303, 401, 402, 403 or 503 otherwise.
 * @example
 * app.use('/premium/*', gateHono(gate));
 */
export function gateHono<Context extends HonoContext>(gate: Gate, options: HonoGateOptions<Context> = {}) {
  return async function gateMiddleware(c: Context, next: () => Promise<void>): Promise<Response | void> {
    const answer = await gate(c.req.raw);
    c.set('floe', answer);
    const goesOn = answer.decision.allow || (options.enforce === false && answer.redirect === undefined);
    if (goesOn) {
      await next();
      // A WebSocket's answer cannot be made anew, and nobody caches it.
      if (c.res.status === SWITCHING_PROTOCOLS) return;
      // Made anew: headers of an answer that was fetched cannot be changed.
      const response = new Response(c.res.body, c.res);
      applyAnswer(response.headers, answer);
      // Hono keeps the headers of an answer that is replaced, so that one goes first.
      c.res = undefined;
      c.res = response;
      return;
    }
    const isOwn = answer.redirect === undefined && options.deny;
    const denied = isOwn ? await isOwn(c, answer) : respondDenied(c.req.raw, answer);
    const response = new Response(denied.body, denied);
    applyAnswer(response.headers, answer);
    return response;
  };
}

/** A handler that signs out and leads on, for `app.post('/sign-out', signOutHono(gate))`. `to`: a path of the site. */
export function signOutHono(gate: Gate, to = '/') {
  return async (c: { req: { raw: Request } }): Promise<Response> => respondSignedOut(gate, c.req.raw, to);
}

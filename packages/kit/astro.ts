import type { Gate, GateAnswer } from './gate.ts';
import { applyAnswer, respondDenied, respondSignedOut } from './respond.ts';

/* The gate as a middleware for Astro. Its types are described here, not imported: the kit depends on nothing. */

/** As much of Astro's context as is used. */
interface AstroContext {
  request: Request;
  locals: object;
  isPrerendered?: boolean;
}

type AstroNext = (rewriteTo?: string) => Promise<Response>;

/** For `declare namespace App { interface Locals extends FloeLocals {} }`: pages read `Astro.locals.floe`. */
export interface FloeLocals {
  floe: GateAnswer;
}

export interface AstroGateOptions<Context> {
  /** False: pages are rendered whatever the decision, and show a preview where it is a no. Default true. */
  enforce?: boolean;
  /**
   * Makes the answer for a no instead of the plain one. `next('/paywall')` renders that page with the same `locals.floe`;
   * `context.rewrite` would run the gate once more, for the paywall.
   */
  deny?: (context: Context, answer: GateAnswer, next: AstroNext) => Response | Promise<Response>;
}

/**
 * Lets through what the gate allows, with `locals.floe`; answers 303, 308, 401, 402, 403 or 503 otherwise. Give the gate a
 * `resource` function that returns null for public pages: Astro's middleware sees every request.
 * @example
 * export const onRequest = gateAstro(gate);
 * @throws {Error} at build time, when a page that is gated is prerendered: a file cannot be gated.
 */
export function gateAstro<Context extends AstroContext>(gate: Gate, options: AstroGateOptions<Context> = {}) {
  return async function onRequest(context: Context, next: AstroNext): Promise<Response> {
    const isBuild = context.isPrerendered === true;
    const answer = await (isBuild ? askAtBuild(gate, context.request.url) : gate(context.request));
    if (isBuild) {
      if (answer.decision.reason !== 'public')
        throw new Error(
          `floe: ${new URL(context.request.url).pathname} is gated and prerendered. Add \`export const prerender = false\`.`,
        );
      return next();
    }
    Object.assign(context.locals, { floe: answer });
    const goesOn = answer.decision.allow || (options.enforce === false && answer.redirect === undefined);
    const made = goesOn ? await next() : await denied(context, answer, next, options);
    // A new `Response`, since the headers of a fetched one cannot be changed.
    const response = new Response(made.body, made);
    applyAnswer(response.headers, answer);
    return response;
  };
}

/**
 * Without headers, since there is no visitor and Astro warns when they are read. A redirect to another spelling does
 * not count here.
 */
async function askAtBuild(gate: Gate, url: string): Promise<GateAnswer> {
  const answer = await gate(new Request(url));
  const { decision, redirect } = answer;
  return decision.reason === 'respelled' && redirect !== undefined
    ? gate(new Request(new URL(redirect, url)))
    : answer;
}

/** A handler that signs out and leads on, for `export const POST = signOutAstro(gate)`. `to`: a path of the site. */
export function signOutAstro(gate: Gate, to = '/') {
  return async ({ request }: { request: Request }): Promise<Response> => respondSignedOut(gate, request, to);
}

async function denied<Context extends AstroContext>(
  context: Context,
  answer: GateAnswer,
  next: AstroNext,
  { deny }: AstroGateOptions<Context>,
): Promise<Response> {
  return deny && answer.redirect === undefined
    ? deny(context, answer, next)
    : respondDenied(context.request, answer);
}

import type { Gate, GateAnswer } from './gate.ts';
import { handleByAllNames, withoutHtml, withOrWithoutSlash } from './other-names.ts';
import { applyAnswer, isForAll, respondSignedOut } from './respond.ts';

/* The gate as a middleware for Astro. Its types are described here, not imported: the kit depends on nothing. */

/** As much of Astro's context as is used. */
interface AstroContext {
  request: Request;
  locals: object;
  isPrerendered?: boolean;
  /** Astro's route caching, where the site has turned it on. */
  cache?: { enabled: boolean; set(input: false): void };
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
   * Makes the answer for a no instead of the gate's page. `next('/paywall')` renders that page with the same `locals.floe`;
   * `context.rewrite` would run the gate once more, for the paywall.
   */
  deny?: (context: Context, answer: GateAnswer, next: AstroNext) => Response | Promise<Response>;
}

/**
 * Lets through what the gate allows, with `locals.floe`; answers the gate's own pages, and 303, 308, 401, 402, 403 or 503 otherwise. Give the gate a
 * `resource` function that returns null for public pages: Astro's middleware sees every request.
 * @example
 * export const onRequest = gateAstro(gate);
 * @throws {Error} at build time, when a page that is gated is prerendered: a file cannot be gated.
 */
export function gateAstro<Context extends AstroContext>(gate: Gate, options: AstroGateOptions<Context> = {}) {
  return async function onRequest(context: Context, next: AstroNext): Promise<Response> {
    if (context.isPrerendered === true) {
      if (!(await gate.isPublic(context.request)))
        throw new Error(
          `floe: ${new URL(context.request.url).pathname} is gated and prerendered. Add \`export const prerender = false\`.`,
        );
      return next();
    }
    const enforce = options.enforce !== false && !options.deny;
    const handled = await orClosed(() => handleByAllNames(gate, context.request, { enforce }, namesOf));
    if (handled instanceof Response) return withoutCache(context, handled);
    const { response: own, answer } = handled;
    if (answer) Object.assign(context.locals, { floe: answer });
    if (own) return withoutCache(context, own);
    const { deny } = options;
    const made =
      deny && !answer.decision.allow ? await orClosed(async () => deny(context, answer, next)) : await next();
    // A new `Response`, since the headers of a fetched one cannot be changed.
    const response = new Response(made.body, made);
    applyAnswer(response.headers, answer);
    return isForAll(answer) ? response : withoutCache(context, response);
  };
}

/**
 * Astro writes what a page or a route has said by `cache.set` behind all middleware, for caches that look at no `Cache-Control` besides: whoever asks next
 * would get what one reader may read.
 */
function withoutCache({ cache }: AstroContext, response: Response): Response {
  if (cache?.enabled === true) cache.set(false);
  return response;
}

/**
 * When a middleware throws, Astro renders the route of `/500` without it, at the address that was asked for: where no page is called so, a route for every path is
 * that one, and it would show the gated page. So a gate that cannot decide (a setting is missing) answers by itself, and not with 404 or
 * 500, which Astro renders anew.
 */
async function orClosed<Made>(work: () => Promise<Made>): Promise<Made | Response> {
  try {
    return await work();
  } catch (error) {
    console.error(error);
    return new Response(
      'Whether you may read this cannot be said at the moment. The log of the server says why.\n',
      {
        status: 503,
        headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'private, no-store' },
      },
    );
  }
}

/** Astro serves a page at `/blog/diff/`, `/blog/diff.html` and `/blog/diff/index.html` too, and only its router knows where. */
function namesOf(pathname: string): string[] {
  const bare = withoutHtml(pathname);
  return [bare, ...withOrWithoutSlash(bare)];
}

/** A handler that signs out and leads on, for `export const POST = signOutAstro(gate)`. `to`: a path of the site. */
export function signOutAstro(gate: Gate, to = '/') {
  return async ({ request }: { request: Request }): Promise<Response> => respondSignedOut(gate, request, to);
}

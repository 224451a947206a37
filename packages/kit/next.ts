import type { Gate, GateAnswer } from './gate.ts';
import type { HandleOptions } from './gate-handle.ts';
import { handleByAllNames, withOrWithoutSlash } from './other-names.ts';
import { applyAnswer } from './respond.ts';

/* The gate for Next.js' app router. Nothing of Next is imported: the kit depends on nothing. */

/**
 * What `NextResponse.next()` makes, and `next()` of `@vercel/functions`: the request goes on to its page, and the headers here are
 * added to what the page answers.
 */
const GOES_ON = { 'x-middleware-next': '1' };

/**
 * The proxy of a site (`proxy.ts`; until Next 15 `middleware.ts`): lets through what the gate allows, and answers everything
 * else itself. Its matcher must have the gated pages and `/floe/:path*`, where the gate's own pages are.
 * @example
 * export const proxy = gateNext(gate);
 * export const config = { matcher: ['/blog/:path*', '/floe/:path*'] };
 */
export function gateNext(gate: Gate, options: HandleOptions = {}) {
  return async function proxy(request: Request): Promise<Response> {
    const { response, answer } = await handleByAllNames(gate, request, options, withOrWithoutSlash);
    if (response) return absolute(response, request.url);
    const onward = new Response(null, { headers: GOES_ON });
    applyAnswer(onward.headers, answer);
    return onward;
  };
}

/** Next reads a redirect without the address that was asked for, and fails with a path. */
function absolute(response: Response, url: string): Response {
  const location = response.headers.get('location');
  if (location?.startsWith('/')) response.headers.set('location', new URL(url).origin + location);
  return response;
}

/**
 * The gate's answer for a page, a route handler or a server action: not every way to a page leads through the proxy (after
 * CVE-2025-29927, Next asks to check where the data is). It makes no request for a reader who may read. Cookies are the proxy's.
 * @param path the page's own, as `encodeURI` writes it
 * @example
 * const { decision } = await askNext(gate, await headers(), '/blog/premium-article');
 */
export async function askNext(
  gate: Gate,
  headers: Iterable<[string, string]>,
  path: string,
): Promise<GateAnswer> {
  const own = new Headers([...headers]);
  const host = own.get('host') ?? '';
  // The site's name decides nothing here, except which cookies are read on this machine.
  const isLocal = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host);
  return gate(new Request(`${isLocal ? `http://${host}` : 'https://site.invalid'}${path}`, { headers: own }));
}

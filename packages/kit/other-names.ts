import type { Gate } from './gate.ts';
import type { Handled, HandleOptions } from './gate-handle.ts';

/*
 * A router may serve a page at more addresses than a site's `resource` function knows. What is public by one name must be
 * public by all.
 */

/** The paths at which a router may serve the same page, each made from one of them. The path itself may be among them. */
type OtherNames = (pathname: string) => readonly string[];

/** With the slash at the end, or without. */
export const withOrWithoutSlash: OtherNames = (pathname) =>
  pathname.endsWith('/') ? [pathname.slice(0, -1) || '/'] : [`${pathname}/`];

/** Of a file, what it is served as: `/blog/diff.html` as `/blog/diff`, `/blog/diff/index.html` as `/blog/diff/`. */
export const withoutHtml = (pathname: string): string =>
  pathname.replace(/\/index\.html$/, '/').replace(/\.html$/, '');

/** In lower case, as far as routers go: escapes stay as they are. */
export const inLowerCase = (pathname: string): string =>
  pathname.replace(/%[0-9a-f]{2}|[A-Z]/gi, (found) => (found.length === 1 ? found.toLowerCase() : found));

/** `gate.handle`, which asks about the other names too where the page is public by its own. The first no, or sale, counts. */
export async function handleByAllNames(
  gate: Gate,
  request: Request,
  options: HandleOptions,
  otherNames: OtherNames,
): Promise<Handled> {
  const handled = await gate.handle(request, options);
  if (handled.answer?.decision.reason !== 'public') return handled;
  const { method, headers, url: asked } = request;
  const { pathname: own } = new URL(asked);
  for (const pathname of new Set(otherNames(own))) {
    const url = new URL(asked);
    url.pathname = pathname;
    // The gate's own pages are at their own addresses only.
    if (pathname === own || gate.hasPage(url.href)) continue;
    const other = await gate.handle(new Request(url, { method, headers }), options);
    if (other.answer?.decision.reason !== 'public') return other;
  }
  return handled;
}

import type { GateAnswer } from './gate.ts';
import type { GateSettings } from './gate-settings.ts';
import type { OwnPages } from './pages/index.ts';
import { applyAnswer, asksForHtml, respondDenied } from './respond.ts';

/**
 * What becomes of a request.
 *
 * With `response`: send it as it is. It is a page of the gate's own, a redirect, or a no, and has all its headers and cookies.
 * `answer` says which, and is undefined for the gate's own pages.
 *
 * Without: go on. Run the site's handler with `answer`, then write `answer` into the headers of what it has made
 * (`applyAnswer`).
 */
export type Handled =
  | { response: Response; answer: GateAnswer | undefined }
  | { response?: undefined; answer: GateAnswer };

export interface HandleOptions {
  /**
   * False: a no goes on too, for a site that shows a preview or a paywall of its own. Redirects and the gate's own pages are
   * answered all the same. Default true.
   */
  enforce?: boolean;
}

/** The gate's own pages, loaded when one of them is needed for the first time. Undefined: the site has switched them off. */
export type LoadPages = (() => Promise<OwnPages>) | undefined;

/** What every adapter calls: see `Gate.handle`. */
export async function handleRequest(
  settings: GateSettings,
  { decide, loadPages }: { decide: (request: Request) => Promise<GateAnswer>; loadPages: LoadPages },
  request: Request,
  { enforce = true }: HandleOptions,
): Promise<Handled> {
  if (loadPages && isOwnAddress(settings, request.url)) {
    const pages = await loadPages();
    return { response: await pages.answer(request), answer: undefined };
  }
  const answer = await decide(request);
  const { decision, redirect } = answer;
  if (decision.allow || (!enforce && redirect === undefined)) return { answer };
  const isPage = loadPages !== undefined && redirect === undefined && asksForHtml(request);
  const made = isPage ? await (await loadPages()).deny(request, answer) : respondDenied(request, answer);
  // A new `Response`, since the headers of one that a site's function made may not be changed.
  const response = new Response(made.body, made);
  applyAnswer(response.headers, answer);
  return { response, answer };
}

/** Whether the address is one of the gate's own pages. */
export function isOwnAddress({ pages }: GateSettings, url: string): boolean {
  if (pages === undefined) return false;
  const { pathname } = new URL(url);
  const name = pathname.slice(pages.path.length).replace(/\/$/, '');
  return pathname.startsWith(pages.path) && (OWN_NAMES.has(name) || nameOfDownload(name) !== undefined);
}

/** The file in `download/tides.csv`, as it is written in the address. */
export const nameOfDownload = (name: string): string | undefined => /^download\/([^/]+)$/.exec(name)?.[1];

/** What is beneath the pages' path. Any other name there is the site's. */
const OWN_NAMES: ReadonlySet<string> = new Set([
  'account',
  'buy',
  'code',
  'invoice',
  'link.js',
  'sign-in',
  'sign-out',
  'style.css',
]);

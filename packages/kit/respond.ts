import type { Gate, GateAnswer } from './gate.ts';
import type { GateReason } from './gate-decision.ts';

const TITLES: Partial<Record<GateReason, readonly [title: string, detail: string]>> = {
  no_session: ['For readers who have bought this', 'Buy it, or sign in if you have bought it before.'],
  not_kept: [
    'Thank you for your purchase',
    'If you have just paid, sign in with the e-mail address of your purchase to go on: this browser has not kept the purchase.',
  ],
  not_granted: ['For readers who have bought this', 'What you have bought does not include this.'],
  revoked: ['No longer yours', 'Access to this was taken back, for instance because it was refunded.'],
  expired: ['It has run out', 'Your subscription has ended. Renew it to read on.'],
  unknown_resource: ['Not for sale', 'This cannot be opened.'],
  pending_payment: [
    'Your payment is being confirmed',
    'That takes a few seconds, with some banks a few days.',
  ],
  unavailable: ['One moment, please', 'This cannot be checked right now.'],
};
/**
 * How often the plain page asks again by itself. No sooner, since a bank transfer takes days and such a page stays open; and
 * at the same pace throughout, since only a script or a cookie of its own would know how long it has been waiting. It is
 * 1 KB, and nobody reads or types in it: that is not known of a page of the site's own, which says `Refresh` itself or not.
 */
const REFRESH_SECONDS = 5;
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** What caches on the way obey instead of `Cache-Control` (RFC 9213 section 2.1: such names end so), and older names of it. */
const FOR_SHARED_CACHES = /-cache-control$|^(surrogate-control|edge-control|x-accel-expires)$/;

/**
 * The plain answer, without links, for a request that may not go on (`gate.handle` makes whole pages): 303 or 308 to where the answer leads; else 401, 402, 403 or 503, as a page
 * for whoever asks for HTML and as a problem (RFC 9457) for programs. Cookies are not in it: `applyAnswer` adds them.
 */
export function respondDenied(request: Request, answer: GateAnswer): Response {
  const { decision, redirect } = answer;
  const { reason, status, retryAfter } = decision;
  if (redirect !== undefined) return new Response(null, { status, headers: { location: redirect } });
  const [title, detail] = TITLES[reason] ?? ['Not yours', 'This cannot be opened.'];
  return sendProblem(request, {
    status,
    code: reason,
    title,
    detail,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

interface PlainProblem {
  status: number;
  code: string;
  title: string;
  detail: string;
  /** Seconds. A page then tries again by itself. */
  retryAfter?: number;
}

/** A plain page for whoever asks for HTML, a problem (RFC 9457) for programs. */
export function sendProblem(
  request: Request,
  { status, code, title, detail, retryAfter }: PlainProblem,
): Response {
  const headers = new Headers({ vary: 'Accept', 'x-content-type-options': 'nosniff' });
  // RFC 9110 section 15.5.2 wants a challenge; a scheme that no browser asks a password for.
  if (status === 401) headers.set('www-authenticate', 'Session realm="floe"');
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  if (!asksForHtml(request)) {
    headers.set('content-type', 'application/problem+json');
    const problem = { type: 'about:blank', title, status, code, detail };
    return new Response(JSON.stringify(problem), { status, headers });
  }
  headers.set('content-type', 'text/html; charset=utf-8');
  headers.set('content-security-policy', POLICY);
  if (retryAfter === undefined) return new Response(page(title, detail), { status, headers });
  // What was posted would not be posted again.
  const goesOn = request.method === 'GET';
  if (goesOn) headers.set('refresh', String(Math.max(retryAfter, REFRESH_SECONDS)));
  const then = goesOn ? 'This page tries again by itself.' : 'Please try again then.';
  return new Response(page(title, `${detail} ${then}`), { status, headers });
}

/** Whether people are to read the answer, not a program. */
export function asksForHtml({ headers }: Request): boolean {
  return (headers.get('accept') ?? '').includes('text/html');
}

/**
 * Writes an answer's cookies, that nobody may keep a copy, and when to try again into the headers of what is sent. Gated
 * pages are one reader's own, whatever their handler says of caching. A public page that is sent to somebody signed in is for
 * no shared cache; sent to nobody it is left as it is, so a page that differs for the two says `Vary: Cookie` itself.
 */
export function applyAnswer(headers: Headers, answer: GateAnswer): void {
  const { decision, setCookies, redirect } = answer;
  for (const cookie of setCookies) headers.append('set-cookie', cookie);
  // What a handler has set stays.
  if (decision.retryAfter !== undefined && !headers.has('retry-after'))
    headers.set('retry-after', String(decision.retryAfter));
  if (isForAll(answer)) return;
  const isPublic = decision.reason === 'public' && setCookies.length === 0;
  forbidSharing(headers);
  headers.set('cache-control', isPublic ? privately(headers.get('cache-control')) : 'private, no-store');
  // A code is in the address that is left.
  if (redirect !== undefined) headers.set('referrer-policy', 'no-referrer');
  if (!/(^|[\s,])(cookie|\*)([\s,]|$)/i.test(headers.get('vary') ?? '')) headers.append('vary', 'Cookie');
}

/** Whether everybody gets the same answer, and caches may keep it. */
export const isForAll = ({ decision, session, setCookies }: GateAnswer): boolean =>
  decision.reason === 'public' && setCookies.length === 0 && session === undefined;

/** Removes what caches on the way would obey instead of `Cache-Control`. */
export function forbidSharing(headers: Headers): void {
  const shared = [...headers.keys()].filter((name) => FOR_SHARED_CACHES.test(name));
  for (const name of shared) headers.delete(name);
}

/** A `Cache-Control` for the reader's own browser, which may keep as long what it might have kept. */
function privately(cacheControl: string | null): string {
  const directives = (cacheControl ?? '').split(',').map((directive) => directive.trim());
  const own = directives.filter(
    (directive) => !/^(public|private|s-maxage|proxy-revalidate|)(=|$)/i.test(directive),
  );
  return ['private', ...own].join(', ');
}

/** Signs out and leads on to `to`, a path of the site; 403 or 405 when the request is not of the site's own. */
export async function respondSignedOut(gate: Gate, request: Request, to: string): Promise<Response> {
  const { ok, status, setCookies } = await gate.signOut(request);
  const headers = new Headers({ 'cache-control': 'private, no-store' });
  for (const cookie of setCookies) headers.append('set-cookie', cookie);
  if (!ok) return new Response(null, { status, headers });
  headers.set('location', to);
  return new Response(null, { status: 303, headers });
}

function page(title: string, detail: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>body{font:1.05rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.5rem}h1{font-size:1.35rem}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p role="status">${detail}</p>
</main>
</body>
</html>
`;
}

import { RETURN_PARAMETERS } from './exchange.ts';
import type { Cookies } from './cookies.ts';
import { exchangeCode, type Exchange } from './gate-gateway.ts';
import type { GateSettings } from './gate-settings.ts';

const LONGEST_USER_AGENT = 500;

/** A buyer's return: the code, and the address that the purchase named. */
export interface Return {
  code: string;
  callbackUrl: string;
}

/**
 * The return in this request, if it is one: a page load with a code of the gateway's. A `code` of somebody else's (the
 * site's own OAuth) has no `payment_id` beside it. Fetching ahead spends nothing.
 */
export function readReturn(request: Request, url: URL): Return | undefined {
  if (request.method !== 'GET') return undefined;
  const codes = url.searchParams.getAll('code');
  const [code = ''] = codes;
  if (codes.length !== 1 || !/^[\w-]{43}$/.test(code)) return undefined;
  if (!/^pay_[0-9a-z]{26}$/.test(url.searchParams.get('payment_id') ?? '')) return undefined;
  const { headers } = request;
  if ((headers.get('sec-fetch-mode') ?? 'navigate') !== 'navigate') return undefined;
  if (/prefetch|prerender/i.test(`${headers.get('sec-purpose')} ${headers.get('purpose')}`)) return undefined;
  // Taken out as text: printing a query anew may write the site's own parameters differently.
  const others = url.search
    .slice(1)
    .split('&')
    .filter((pair) => !RETURN_PARAMETERS.includes(pair.split('=', 1)[0] ?? ''));
  const query = others.length === 0 ? '' : `?${others.join('&')}`;
  return { code, callbackUrl: `${url.origin}${url.pathname}${query}` };
}

/**
 * Exchanges the code. Undefined when this browser must prove that it began the purchase and cannot. A used code changes
 * nothing, so a reload and the back button are harmless.
 */
export async function finishReturn(
  settings: GateSettings,
  back: Return,
  visit: { cookies: Cookies; request: Request; signal: AbortSignal },
): Promise<Exchange | undefined> {
  const { cookies, request, signal } = visit;
  const { verifier } = cookies;
  const isProven = verifier !== undefined && isVerifier(verifier);
  if (!isProven && settings.needsVerifier) return undefined;
  // So that the buyer recognizes it in a list of sessions.
  const userAgent = request.headers.get('user-agent')?.slice(0, LONGEST_USER_AGENT);
  const first = await exchangeCode(settings, {
    ...back,
    userAgent,
    signal,
    verifier: isProven ? verifier : undefined,
  });
  // The browser may have a verifier of another purchase, while this one began without. The refused exchange has not
  // used the code up (ADR 14), so it is tried without.
  if (first.kind !== 'refused' || !isProven || settings.needsVerifier) return first;
  return exchangeCode(settings, { ...back, userAgent, signal, verifier: undefined });
}

/** Whether it can be a PKCE verifier (RFC 7636 section 4.1). */
export function isVerifier(value: string): boolean {
  return /^[\w.~-]{43,128}$/.test(value);
}

import { fail, ok, type Result } from '../base/result.rules.ts';
import { withoutEnd } from '../base/without-end.rules.ts';
import { howToRegister, type Registrant } from './how-to-register.rules.ts';

/*
 * Where buyers may be sent (trust rule 3). A URL is parsed once, by the rules of browsers, and compared part by part.
 * Only the parsed form is used from then on, so that browsers get exactly what was checked. A text that two parsers
 * could read differently is refused before parsing.
 */

// oxlint-disable-next-line no-control-regex -- control characters are exactly what it refuses
const AMBIGUOUS = /[\u0000-\u0020\u007f-\u00a0\u2028\u2029\ufeff\\]/;
/**
 * `//` with a host right behind it. Parsers read `https:host` and `https:///host` as `https://host`, but people do not.
 */
const EXPLICIT = /^https?:\/\/[^/?#]/i;
const AUTHORITY = /^https?:\/\/([^/?#]*)/i;
/**
 * `.` and `..` segments and encoded separators, also encoded twice, since a server may decode what was compared
 * encoded.
 */
const TRAVERSAL = /(^|\/)(\.|%(25)*2e){1,2}(\/|$)|%(25)*(2f|5c|00)/i;

/** The placeholder that Polar's guides put into a success URL. */
const POLARS_PLACEHOLDER = /(?:\{|%7b)checkout_id(?:\}|%7d)/i;

/** Whether `host` (as in `URL.hostname`) is this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/**
 * Checks a success or return URL against the app's registered ones: scheme, host and port equal, path beneath a
 * registered path at a segment boundary. Gives the parsed form, or a text for the caller that says why it is refused.
 * In development plain http on loopback is allowed.
 */
export function checkCallbackUrl(
  value: string,
  registered: readonly string[],
  registrant: Registrant,
): Result<string, string> {
  if (AMBIGUOUS.test(value))
    return fail('Must not contain spaces, backslashes or control characters: percent-encode them.');
  if (POLARS_PLACEHOLDER.test(value)) {
    return fail(
      'Must not contain {CHECKOUT_ID}: it is Polar’s and stays as it is here. The buyer comes back with payment_id, the payment’s id.',
    );
  }
  const authority = AUTHORITY.exec(value)?.[1];
  const url = EXPLICIT.test(value) ? URL.parse(value) : null;
  if (url === null || authority === undefined) return fail('Must be an absolute URL with a host.');
  if (authority.includes('@')) return fail('Must not contain a user name or password.');
  const rawPath = value.slice(value.indexOf(authority) + authority.length).split(/[?#]/, 1)[0] ?? '';
  if (TRAVERSAL.test(rawPath) || TRAVERSAL.test(url.pathname))
    return fail('The path must not contain . or .. segments or encoded separators.');
  if (!isAllowedScheme(url, registrant.development)) return fail('Must use https.');
  if (!registered.some((entry) => isBeneath(url, entry)))
    return fail(
      `Must be one of the app’s registered callback URLs, or beneath one. ${howToRegister('callback', `${url.origin}/`, registrant)}`,
    );
  return ok(url.href);
}

/** Checks the origin of a page that embeds the checkout against the app's origins, and gives it back normalized. */
export function checkEmbedOrigin(
  value: string,
  origins: readonly string[],
  registrant: Registrant,
): Result<string, string> {
  const origin = AMBIGUOUS.test(value) ? undefined : URL.parse(value)?.origin;
  // Only a bare origin equals its own origin: a path, a user name or a query would be dropped silently.
  if (origin === undefined || origin !== value.toLowerCase().replace(/\/$/, ''))
    return fail('Must be an origin such as https://shop.example.com, with no path.');
  if (origins.includes(origin)) return ok(origin);
  return fail(`Must be one of the app’s registered origins. ${howToRegister('origin', origin, registrant)}`);
}

/** The parameters that the gateway adds to the address that a buyer comes back to. */
const OURS = ['code', 'payment_id', 'status'] as const;
type OurParameters = Partial<Record<(typeof OURS)[number], string>>;

/**
 * The part of a callback URL that a code is bound to: all but the fragment, which browsers do not send, and parameters
 * with the same names as ours, which the site cannot tell apart (ADR 14). Undefined when it is no URL.
 */
export function callbackIdentity(value: string): string | undefined {
  const url = AMBIGUOUS.test(value) ? null : URL.parse(value);
  if (url === null) return undefined;
  url.hash = '';
  url.search = ownPairs(url, OURS).join('&');
  return url.href;
}

/** Adds the gateway's parameters to a checked URL and keeps the app's, except those with the same names. */
export function withParameters(href: string, parameters: OurParameters): string {
  const url = new URL(href);
  url.search = [...ownPairs(url, Object.keys(parameters)), new URLSearchParams(parameters)].join('&');
  return url.href;
}

/** Keeps the site's own query as it is written: `URLSearchParams` would write `%20` as `+` and `?flag` as `?flag=`. */
function ownPairs(url: URL, ours: readonly string[]): string[] {
  return url.search
    .slice(1)
    .split('&')
    .filter(
      (pair) => pair !== '' && ![...new URLSearchParams(pair).keys()].some((name) => ours.includes(name)),
    );
}

function isAllowedScheme(url: URL, development: boolean): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && development && isLoopback(url.hostname);
}

function isBeneath(url: URL, entry: string): boolean {
  const allowed = URL.parse(entry);
  if (allowed === null || allowed.protocol !== url.protocol || allowed.host !== url.host) return false;
  const prefix = withoutEnd(allowed.pathname, '/');
  return url.pathname === prefix || url.pathname.startsWith(`${prefix}/`);
}

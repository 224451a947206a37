import { getCookie, setCookie } from 'hono/cookie';
import { Problem } from '../base/problem.ts';
import type { AppContext } from './route.ts';
import { equalSecrets, hashSecret, randomSecret } from '../base/secrets.ts';

/*
 * Cookies of the gateway's own pages (trust rule 9). `__Host-` ones cannot be set by a sibling domain or over http. On
 * loopback over http browsers disagree about `Secure`, so there, and only there, they go without it and the prefix.
 */

const COOKIES = {
  /** The session token. */
  visit: { name: 'floe', maxAgeSeconds: 24 * 60 * 60, sameSite: 'Lax' },
  /** `<attempt>.<browser token>` while a code is awaited. */
  attempt: { name: 'floe-attempt', maxAgeSeconds: 15 * 60, sameSite: 'Strict' },
  /** What a form's token is made from. */
  form: { name: 'floe-form', maxAgeSeconds: 24 * 60 * 60, sameSite: 'Lax' },
} as const;
type CookieKind = keyof typeof COOKIES;

/** One of the gateway's cookies; undefined when the browser does not have it. */
export function readCookie(c: AppContext, kind: CookieKind): string | undefined {
  return getCookie(c, cookieName(c, kind));
}

export function writeCookie(c: AppContext, kind: CookieKind, value: string): void {
  put(c, kind, value, COOKIES[kind].maxAgeSeconds);
}

export function dropCookie(c: AppContext, kind: CookieKind): void {
  put(c, kind, '', 0);
}

function put(c: AppContext, kind: CookieKind, value: string, maxAge: number): void {
  setCookie(c, cookieName(c, kind), value, {
    path: '/',
    httpOnly: true,
    secure: isSecure(c),
    sameSite: COOKIES[kind].sameSite,
    maxAge,
  });
}

function cookieName(c: AppContext, kind: CookieKind): string {
  return `${isSecure(c) ? '__Host-' : ''}${COOKIES[kind].name}`;
}

function isSecure(c: AppContext): boolean {
  return c.get('services').config.url.startsWith('https://');
}

/** The token for a page's forms, bound to this browser by a cookie. */
export async function formToken(c: AppContext): Promise<string> {
  let secret = readCookie(c, 'form');
  if (secret === undefined) {
    secret = randomSecret();
    writeCookie(c, 'form', secret);
  }
  return tokenOf(secret);
}

/**
 * Refuses a form that was not sent from a page of ours in this browser: exact Origin, and the token (trust rule 9).
 * @throws {Problem} `forbidden_origin`, `invalid_form`
 */
export async function requireOwnForm(c: AppContext, token: string): Promise<void> {
  requireOwnOrigin(c);
  const secret = readCookie(c, 'form');
  if (secret === undefined || !(await equalSecrets(token, await tokenOf(secret))))
    throw new Problem('invalid_form');
}

/** @throws {Problem} `forbidden_origin` for a form that a page of another origin has sent. */
export function requireOwnOrigin(c: AppContext): void {
  if (c.req.header('origin') !== c.get('services').config.url)
    throw new Problem('forbidden_origin', { detail: 'This form is sent from the gateway’s own page only.' });
}

function tokenOf(secret: string): Promise<string> {
  return hashSecret(`form ${secret}`);
}

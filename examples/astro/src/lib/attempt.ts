import type { AstroCookies } from 'astro';

/*
 * Between asking for a code and typing it, the browser keeps a token that ties the two together, so that a code mailed
 * to somebody else, or a link opened in another browser, signs nobody in.
 */

const COOKIE = '__Host-margin_sign_in';
const MINUTES = 15;

export interface Attempt {
  attempt: string;
  browserToken: string;
  /** Where to go on to. */
  next: string;
}

export function keepAttempt(cookies: AstroCookies, { attempt, browserToken, next }: Attempt): void {
  cookies.set(COOKIE, `${attempt}.${browserToken}.${next}`, {
    httpOnly: true,
    secure: true,
    sameSite: 'lax',
    path: '/',
    maxAge: MINUTES * 60,
  });
}

/** The attempt of this browser, if it has begun one. */
export function readAttempt(cookies: AstroCookies): Attempt | undefined {
  const [attempt = '', browserToken = '', ...next] = (cookies.get(COOKIE)?.value ?? '').split('.');
  return attempt === '' || browserToken === '' ? undefined : { attempt, browserToken, next: next.join('.') };
}

export function forgetAttempt(cookies: AstroCookies): void {
  cookies.delete(COOKIE, { path: '/', secure: true });
}

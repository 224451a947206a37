import { fromBase64Url, toBase64Url } from '../encoding.ts';
import type { Cookies } from '../cookies.ts';
import type { Visit } from './visit.ts';

/** A sign-in by mail that this browser has begun. */
export interface Attempt {
  id: string;
  /** Without it neither code nor link is right. */
  browserToken: string;
  email: string;
}

/** As long as the gateway takes a code. */
const ATTEMPT_SECONDS = 15 * 60;

/** What the cookie holds: `<id>.<browser token>.<address, base64url>`. */
export function readAttempt({ attempt = '' }: Cookies): Attempt | undefined {
  const [, id, browserToken, address] =
    /^(sia_\w{10,60})\.([\w-]{20,80})\.([\w-]{1,1100})$/.exec(attempt) ?? [];
  if (id === undefined || browserToken === undefined || address === undefined) return undefined;
  try {
    return { id, browserToken, email: new TextDecoder().decode(fromBase64Url(address)) };
  } catch {
    return undefined;
  }
}

export function keepAttempt({ jar, setCookies }: Visit, { id, browserToken, email }: Attempt): void {
  const address = toBase64Url(new TextEncoder().encode(email));
  const line = jar.set('attempt', `${id}.${browserToken}.${address}`, ATTEMPT_SECONDS);
  if (line !== undefined) setCookies.push(line);
}

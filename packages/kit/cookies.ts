import { fromBase64Url, toBase64Url } from './encoding.ts';

/*
 * The site's own cookies. `__Host-` (RFC 6265bis section 4.1.3.2) is what makes them the site's own: a browser takes such
 * a name only from this very host, over https, so no subdomain and no network can plant one.
 */

/** `form` and `attempt` are those of the gate's own pages. */
type CookieName = 'session' | 'token' | 'verifier' | 'form' | 'attempt';

/** The cookies of a request that are well formed. None of them is verified. */
export type Cookies = Record<CookieName, string | undefined>;

/** A browser drops what is larger, name included. */
const MAX_COOKIE_CHARS = 4096;

/** Names, and the `Set-Cookie` lines for them. */
export interface CookieJar {
  read(request: Request): Cookies;
  /** `maxAge`: seconds. Undefined when a browser would not keep it, being too large. */
  set(name: CookieName, value: string, maxAge: number): string | undefined;
  clear(name: CookieName): string;
}

/** The cookies of one app on one site. `isPlain`: over http on this machine, for browsers that want https even there. */
export function openJar(app: string, isPlain: boolean): CookieJar {
  const nameOf = (name: CookieName) => `${isPlain ? '' : '__Host-'}floe_${app}_${name}`;
  const attributes = `; Path=/; HttpOnly; SameSite=Lax${isPlain ? '' : '; Secure'}`;
  return {
    read(request) {
      const header = request.headers.get('cookie') ?? '';
      const readOne = (name: CookieName) => readCookie(header, nameOf(name));
      return {
        session: readOne('session'),
        token: readOne('token'),
        verifier: readOne('verifier'),
        form: readOne('form'),
        attempt: readOne('attempt'),
      };
    },
    set(name, value, maxAge) {
      const pair = `${nameOf(name)}=${value}`;
      return pair.length > MAX_COOKIE_CHARS
        ? undefined
        : `${pair}${attributes}; Max-Age=${Math.max(0, Math.floor(maxAge))}`;
    },
    clear: (name) => `${nameOf(name)}=${attributes}; Max-Age=0`,
  };
}

/**
 * The value of a cookie that comes once. When the name comes twice, somebody has planted one of them, and neither
 * counts.
 */
function readCookie(header: string, name: string): string | undefined {
  let found: string | undefined;
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    // Only spaces are removed: browsers do not apply the rules of `__Host-` to a name behind other white space.
    if (at < 0 || pair.slice(0, at).replace(/^ +/, '') !== name) continue;
    if (found !== undefined) return undefined;
    found = pair.slice(at + 1);
  }
  return found !== undefined && name.length + 1 + found.length <= MAX_COOKIE_CHARS ? found : undefined;
}

/** Ties a token to the session that it was given to. */
export interface TokenBinding {
  /** The cookie's value for a token of this session. */
  seal(session: string, token: string): Promise<string>;
  /** The token of a cookie that was sealed for this session; undefined for any other. */
  open(session: string, value: string): Promise<string | undefined>;
}

const encoder = new TextEncoder();

/**
 * With a secret key nobody but this site can make such a cookie, so a token that was stolen from somebody else does not
 * count beside one's own session. With a publishable key the seal only keeps apart two people who use one browser (ADR
 * 38).
 */
export function bindTokens(key: string): TokenBinding {
  let imported: CryptoKey | undefined;
  const macKey = async () =>
    (imported ??= await crypto.subtle.importKey(
      'raw',
      encoder.encode(`floe/kit token cookie\n${key}`),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign', 'verify'],
    ));
  const content = (session: string, token: string) => encoder.encode(`${session}\n${token}`);
  return {
    async seal(session, token) {
      const mac = await crypto.subtle.sign('HMAC', await macKey(), content(session, token));
      return `${toBase64Url(new Uint8Array(mac))}.${token}`;
    },
    async open(session, value) {
      const [mac = ''] = value.split('.', 1);
      if (!/^[\w-]{43}$/.test(mac)) return undefined;
      const token = value.slice(mac.length + 1);
      const isOurs = await crypto.subtle.verify(
        'HMAC',
        await macKey(),
        fromBase64Url(mac),
        content(session, token),
      );
      return isOurs ? token : undefined;
    },
  };
}

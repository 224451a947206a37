import { bindTokens, type CookieJar, openJar, type TokenBinding } from './cookies.ts';
import type { Fetch } from './jwks.ts';
import { tellConsole } from './gate-told.ts';
import { requireText } from './options.ts';
import { type PagesOptions, type PagesSettings, readPagesOptions } from './pages/options.ts';

/** The resource that a request needs; null: the page is public. No other value means "public". */
export type ResourceOf = (request: Request) => string | null | Promise<string | null>;

export interface CommonOptions {
  /** The gateway's origin, `https://floe.example.com`. */
  gateway: string;
  /** The app's slug, such as `quay-live`. */
  app: string;
  /**
   * What is gated. A function that returns null lets a request pass; undefined or '' is refused, and so is an address that
   * a router may read in another way than the function does: `//`, `%2f`, `%3F`. It sees a path in one spelling only, that of
   * `encodeURI`: `/%62log`, `/%7Euser` and `/caf%c3%a9` are led to `/blog`, `/~user` and `/caf%C3%A9` first.
   */
  resource: string | ResourceOf;
  /**
   * How late a revocation may be noticed, seconds: a token older than this is not believed while the gateway answers.
   * 0 asks each time. Default 300, which is as long as a token lives.
   */
  maxAge?: number;
  /** The site's own origin, when a proxy in front of it changes the address. Default: the request's. */
  origin?: string;
  /** Only codes of purchases that began in the same browser (`gate.challenge`) are exchanged. */
  pkce?: boolean;
  /**
   * The gate's own pages: what is sold here, signing in by mail, the account (ADR 82). They need `secretKey`. False: none, and
   * a no is a plain page without links.
   */
  pages?: false | PagesOptions;
  /** For browsers that keep no Secure cookie on `http://localhost` (Safari): plain cookies, there and nowhere else. */
  plainCookiesOnLocalhost?: boolean;
  /**
   * Is told what the site's owner should know: a wrong key or app, a gateway that cannot be reached or is answered for by
   * something in front of it, a purchase that found no place, a code that is refused. Default: a line on the console
   * (`console.error`), the same one at most once a minute.
   */
  onError?: (error: unknown) => void;
  fetch?: Fetch;
  /** For all that a decision asks of the gateway, its keys as well. Default 5000. */
  timeoutMs?: number;
  /** The time, milliseconds since 1970. */
  now?: () => number;
}

/** With the secret key on a server; with a publishable one, codes need `gate.challenge`. */
export type GateOptions = CommonOptions & ({ secretKey: string } | { publishableKey: string });

export interface GateSettings {
  gateway: string;
  app: string;
  mode: 'live' | 'sandbox';
  key: string;
  resourceOf: ResourceOf;
  /** The address decides what is asked for. */
  isByAddress: boolean;
  maxAge: number;
  needsVerifier: boolean;
  binding: TokenBinding;
  /** Undefined: the gate has no pages of its own. */
  pages: PagesSettings | undefined;
  /** The address as the browser knows it. */
  urlOf(request: Request): URL;
  jarOf(url: URL): CookieJar;
  onError(error: unknown): void;
  fetch: Fetch;
  timeoutMs: number;
  now(): number;
}

const MAX_AGE_SECONDS = 300;
const TIMEOUT_MS = 5000;

/** Checks the options once, when a site starts. @throws {TypeError} which names what is wrong. */
export function readSettings(options: GateOptions): GateSettings {
  const { resource, origin, maxAge = MAX_AGE_SECONDS } = options;
  const isSecret = 'secretKey' in options;
  const key = isSecret
    ? requireText('createGate', 'secretKey', options.secretKey)
    : requireText('createGate', 'publishableKey', options.publishableKey);
  const app = requireText('createGate', 'app', options.app);
  const mode = readMode('createGate', isSecret ? 'secretKey' : 'publishableKey', key);
  if (!/^[a-z0-9-]{1,64}$/.test(app))
    throw new TypeError('createGate: app is the app’s slug, such as quay-live.');
  if (!(maxAge >= 0 && maxAge <= 86_400)) throw new TypeError('createGate: maxAge is 0 to 86400 seconds.');
  if (resource === '') throw new TypeError('createGate: resource is empty.');
  const gateway = originOf('gateway', requireText('createGate', 'gateway', options.gateway));
  const own = origin === undefined ? undefined : originOf('origin', origin);
  const now = options.now ?? (() => Date.now());
  const [host, plain] = [openJar(app, false), openJar(app, true)];
  return {
    gateway,
    app,
    mode,
    key,
    resourceOf: typeof resource === 'string' ? () => resource : resource,
    isByAddress: typeof resource !== 'string',
    maxAge,
    needsVerifier: !isSecret || options.pkce === true,
    binding: bindTokens(key),
    pages: isSecret && options.pages !== false ? readPagesOptions(options.pages ?? {}) : undefined,
    urlOf(request) {
      const url = new URL(request.url);
      // It is joined as text: if `//elsewhere.example` were resolved against the origin, it would be another host.
      return own === undefined ? url : new URL(`${own}${url.pathname}${url.search}`);
    },
    jarOf: (url) => (options.plainCookiesOnLocalhost === true && isPlainLocalhost(url) ? plain : host),
    onError: options.onError ?? tellConsole({ gateway, key, now }),
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    now,
  };
}

/**
 * The mode that a key is for.
 * @throws {TypeError} which names the option or variable, never what it holds
 */
export function readMode(
  who: string,
  name: 'secretKey' | 'publishableKey' | 'FLOE_SECRET_KEY',
  key: string,
): 'live' | 'sandbox' {
  const kind = name === 'publishableKey' ? 'pk' : 'sk';
  const [, mode] = /^floe_[ps]k_(live|sandbox)_/.exec(key) ?? [];
  if ((mode === 'live' || mode === 'sandbox') && key.startsWith(`floe_${kind}_`)) return mode;
  const other = kind === 'sk' ? 'publishable' : 'secret';
  const what = mode === undefined ? 'not a key of Floe' : `a ${other} key`;
  throw new TypeError(
    `${who}: ${name} is ${what}: ${mode === undefined ? 'it begins' : 'the right one begins'} with floe_${kind}_sandbox_ or floe_${kind}_live_.`,
  );
}

function originOf(name: string, value: string): string {
  let origin: string | undefined;
  try {
    origin = new URL(value).origin;
  } catch {
    // Said below.
  }
  if (origin === undefined || origin !== value.replace(/\/$/, '').toLowerCase())
    throw new TypeError(`createGate: ${name} is an origin such as https://example.com.`);
  return origin;
}

/** Whether it is a page on this machine, over http. */
export function isPlainLocalhost({ protocol, hostname }: URL): boolean {
  return (
    protocol === 'http:' &&
    (hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname))
  );
}

import { type BrowserPage, currentPage, openStorage, type PageStorage } from './browser-page.ts';
import type { Fetch } from './jwks.ts';
import { requireText } from './options.ts';

export interface FloeOptions {
  /** The gateway's origin, `https://floe.example.com`. */
  gateway: string;
  /** The app's slug, such as `quay-live`. */
  app: string;
  /** `floe_pk_…`. It is public: it starts checkouts and signs in, nothing else. */
  publishableKey: string;
  /** How late a revocation may be noticed, seconds. Default 300, which is as long as a token lives. 0 asks each time. */
  maxAge?: number;
  fetch?: Fetch;
  /** The time, milliseconds since 1970. */
  now?: () => number;
  /** The window. */
  page?: BrowserPage;
}

export interface BrowserSettings {
  gateway: string;
  app: string;
  mode: 'live' | 'sandbox';
  key: string;
  maxAge: number;
  page: BrowserPage | undefined;
  /** Of the browser: all tabs. */
  storage: PageStorage;
  /** Of this tab: a reload keeps it. */
  tabStorage: PageStorage;
  fetch: Fetch;
  now: () => number;
}

const MAX_AGE_SECONDS = 300;

/** Checks the options once. @throws {TypeError} which names what is wrong */
export function readBrowserSettings(options: FloeOptions): BrowserSettings {
  const { maxAge = MAX_AGE_SECONDS } = options;
  const key = requireText('floe', 'publishableKey', options.publishableKey);
  const app = requireText('floe', 'app', options.app);
  if (key.startsWith('floe_sk_'))
    throw new TypeError(
      'floe: this is the secret key. It must never be in a page: replace it at the gateway.',
    );
  const mode = /^floe_pk_(live|sandbox)_/.exec(key)?.[1];
  if (mode !== 'live' && mode !== 'sandbox') throw new TypeError('floe: the key is no publishable key.');
  if (!/^[a-z0-9-]{1,64}$/.test(app)) throw new TypeError('floe: app is the app’s slug, such as quay-live.');
  if (!(maxAge >= 0 && maxAge <= 86_400)) throw new TypeError('floe: maxAge is 0 to 86400 seconds.');
  const gateway = readOrigin(requireText('floe', 'gateway', options.gateway));
  if (gateway === undefined)
    throw new TypeError('floe: gateway is an origin such as https://floe.example.com.');
  const page = options.page ?? currentPage();
  return {
    gateway,
    app,
    mode,
    key,
    maxAge,
    page,
    storage: openStorage(page, 'localStorage'),
    tabStorage: openStorage(page, 'sessionStorage'),
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    now: options.now ?? (() => Date.now()),
  };
}

function readOrigin(value: string): string | undefined {
  try {
    const { origin } = new URL(value);
    return origin === value.replace(/\/$/, '').toLowerCase() ? origin : undefined;
  } catch {
    return undefined;
  }
}

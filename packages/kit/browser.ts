import { type AccessWatch, watchAccess } from './browser-access.ts';
import { type Account, readAccount, signOut } from './browser-account.ts';
import { type CheckoutInput, linkCheckout, startCheckout } from './browser-checkout.ts';
import { type DownloadableFile, openDownload, readDownloads } from './browser-downloads.ts';
import { openQuestions } from './browser-questions.ts';
import { openReturns, type ReturnOutcome } from './browser-return.ts';
import { type FloeOptions, readBrowserSettings } from './browser-settings.ts';
import {
  finishSignInLink,
  type LinkOutcome,
  openSignIn,
  type SignIn,
  takeSignInLink,
} from './browser-sign-in.ts';
import { type HeldSession, openStore } from './browser-store.ts';
import type { EntitlementClaims } from './claims.ts';

/** Floe in a page, which the elements and hooks use. */
export interface Floe {
  readonly gateway: string;
  readonly app: string;
  /** What came with the page's address: a return from checkout, a sign-in link. Already taken out of it. */
  readonly arrival: Promise<{ checkout: ReturnOutcome; link: LinkOutcome }>;
  /** Watches a resource: the same watch for all who ask for it. */
  access(resource: string): AccessWatch;
  /** Opens a checkout that is tied to this browser. @returns where to go @throws {FloeError} */
  startCheckout(input: CheckoutInput): Promise<string>;
  /** The same as a link to follow. */
  linkCheckout(input: CheckoutInput): Promise<string>;
  /** Whether a purchase could come back to this browser. Where it keeps nothing, buyers sign in by mail afterwards. */
  canReturn(): boolean;
  /** Whether somebody came back from a checkout who may have paid, and has no session for it. */
  isUnconfirmed(): boolean;
  /** Goes to another page. */
  go(url: string): void;
  readonly signIn: SignIn;
  /** Who is signed in here. Bearer credentials: they go to the gateway and nowhere else. */
  sessions(): readonly HeldSession[];
  /**
   * What the tokens that are kept here say now, those of a proven address first. It asks nobody, so a page reads features
   * of it at once, and offline: `hasFeature(floe, 'dark-mode')`.
   */
  readClaims(): readonly EntitlementClaims[];
  /** Calls back when somebody signs in or out, in any tab. */
  subscribe(listener: () => void): () => void;
  /** @throws {FloeError} */
  readAccount(): Promise<Account>;
  /** The files that this browser's sessions may download. @throws {FloeError} */
  readDownloads(): Promise<DownloadableFile[]>;
  /** The address of a file, made for this click; it is a secret of whoever clicked. @throws {FloeError} */
  openDownload(id: string): Promise<string>;
  /** @returns whether the gateway knows; what is kept here is gone in any case */
  signOut(isEverywhere?: boolean): Promise<boolean>;
  /** The gateway's page that leads to Polar's portal: invoices, cards, subscriptions. */
  readonly portalUrl: string;
}

/**
 * Opens Floe in this page, once. First of all it takes a code or a sign-in out of the address. Safe where there is no
 * window: nobody is signed in there.
 * @throws {TypeError} when an option is wrong
 */
export function openFloe(options: FloeOptions): Floe {
  const settings = readBrowserSettings(options);
  const store = openStore(settings);
  const [returns, link] = [openReturns(settings, store), takeSignInLink(settings)];
  const arrival = Promise.all([returns.settle(), finishSignInLink(settings, store, link)]).then(
    ([checkout, signedIn]) => ({ checkout, link: signedIn }),
  );
  const watching = { settings, store, returns, arrival, ask: openQuestions(settings, store) };
  const watches = new Map<string, AccessWatch>();
  return {
    gateway: settings.gateway,
    app: settings.app,
    arrival,
    access(resource) {
      const watch = watches.get(resource) ?? watchAccess(watching, resource);
      watches.set(resource, watch);
      return watch;
    },
    startCheckout: (input) => startCheckout(settings, input),
    linkCheckout: (input) => linkCheckout(settings, input),
    canReturn: () => settings.storage.isLasting(),
    isUnconfirmed: () => returns.isUnconfirmed(),
    go: (url) => settings.page?.location.assign(url),
    signIn: openSignIn(settings, store),
    sessions: () => store.read(),
    readClaims: () =>
      store.read().flatMap(({ token }) => {
        const claims = token === null ? undefined : store.readToken(token);
        return claims && claims.exp * 1000 > settings.now() ? [claims] : [];
      }),
    subscribe: (listener) => store.subscribe(listener),
    readAccount: () => readAccount(settings, store),
    readDownloads: () => readDownloads(settings, store),
    openDownload: (id) => openDownload(settings, store, id),
    signOut(isEverywhere = false) {
      returns.forget();
      return signOut(settings, store, isEverywhere);
    },
    portalUrl: `${settings.gateway}/portal?app=${encodeURIComponent(settings.app)}`,
  };
}

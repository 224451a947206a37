import { ownAddress, readJson } from './browser-checkout.ts';
import { beginEra } from './browser-era.ts';
import type { BrowserSettings } from './browser-settings.ts';
import { isSessionOf, type SessionStore } from './browser-store.ts';
import { createClient } from './client.ts';
import { FloeError } from './problem.ts';

/** Signing in by mail. The attempt belongs to this browser; its code and link cannot be used in another. */
export interface SignIn {
  /** Has a code and a link mailed. The same whether the address is known or not. @throws {FloeError} */
  start(email: string): Promise<void>;
  /** Whether a code is awaited, as begun in any tab. */
  isAwaited(): boolean;
  /** Six digits, however they are grouped. @throws {FloeError} `invalid_code` */
  enter(code: string): Promise<void>;
  /** Gives up the attempt. */
  cancel(): void;
}

/** What the mail's link carries, behind `#`: no server, log or Referer gets it. */
export interface SignInLink {
  attempt: string;
  linkToken: string;
}

export type LinkOutcome = 'none' | 'signed_in' | 'other_browser' | 'refused' | 'unavailable';

interface Attempt {
  attempt: string;
  browserToken: string;
}

/** The mail's code and link are right for as long. */
const ATTEMPT_MS = 15 * 60_000;

/** Takes a sign-in link's part out of the page's address. */
export function takeSignInLink({ page }: BrowserSettings): SignInLink | undefined {
  if (page === undefined) return undefined;
  const url = new URL(page.location.href);
  const match = /^#floe_sign_in=(sia_[0-9a-z]{26})\.([\w-]{20,80})$/.exec(url.hash);
  if (!match) return undefined;
  page.history.replaceState(page.history.state, '', `${url.pathname}${url.search}`);
  return { attempt: match[1] ?? '', linkToken: match[2] ?? '' };
}

/** Signs in with a link, in the browser that asked for it only. */
export async function finishSignInLink(
  settings: BrowserSettings,
  store: SessionStore,
  link: SignInLink | undefined,
): Promise<LinkOutcome> {
  if (link === undefined) return 'none';
  const awaited = recallAttempt(settings);
  if (awaited?.attempt !== link.attempt) return 'other_browser';
  try {
    await verify(settings, store, awaited, { link_token: link.linkToken });
    return 'signed_in';
  } catch (error) {
    return error instanceof FloeError && error.code === 'invalid_code' ? 'refused' : 'unavailable';
  }
}

export function openSignIn(settings: BrowserSettings, store: SessionStore): SignIn {
  return {
    async start(email) {
      const floe = clientOf(settings);
      const returnUrl = ownAddress(settings);
      const mail = (link: { return_url?: string }) => floe('POST /v1/sign-in', { body: { email, ...link } });
      const started = await mail(returnUrl === undefined ? {} : { return_url: returnUrl }).catch(
        (error: unknown) => {
          // The app has not registered this page: a code alone does too.
          if (error instanceof FloeError && error.code === 'disallowed_url') return mail({});
          throw error;
        },
      );
      const kept = {
        attempt: started.attempt,
        browserToken: started.browser_token,
        // By this clock: one that is wrong must not end it, or keep it.
        expiresAt: settings.now() + ATTEMPT_MS,
      };
      settings.storage.setItem(attemptKey(settings), JSON.stringify(kept));
    },
    isAwaited: () => recallAttempt(settings) !== undefined,
    async enter(code) {
      const awaited = recallAttempt(settings);
      if (!awaited)
        throw new FloeError({ status: 400, code: 'invalid_code', message: 'There is no code to wait for.' });
      await verify(settings, store, awaited, { code });
    },
    cancel: () => settings.storage.removeItem(attemptKey(settings)),
  };
}

async function verify(
  settings: BrowserSettings,
  store: SessionStore,
  { attempt, browserToken }: Attempt,
  guess: { code: string } | { link_token: string },
): Promise<void> {
  // A purchase that turns out to be theirs is part of the new session.
  const sessions = store.read();
  const before = (sessions.find(({ proof }) => proof === 'purchase') ?? sessions[0])?.session;
  const answer = await clientOf(settings)('POST /v1/sign-in/verify', {
    body: {
      attempt,
      browser_token: browserToken,
      ...guess,
      ...(before === undefined ? {} : { session: before }),
    },
  });
  // An address may stand for a customer and for members of teams. An older gateway knows of one only.
  const [first, ...others] = [answer, ...(answer.others ?? [])].map(({ session, expires_at: end }) => {
    const held = { session, expiresAt: Date.parse(end), proof: 'email', token: null } as const;
    if (isSessionOf(session, settings.mode) && !Number.isNaN(held.expiresAt)) return held;
    throw new FloeError({ status: 0, code: 'unavailable', message: 'The answer is no session.' });
  });
  settings.storage.removeItem(attemptKey(settings));
  // A return that still waits may be another person's, so it is dropped. If it was bought with this address, the new
  // session opens it.
  beginEra(settings);
  for (const held of others) store.add(held);
  if (first) store.add(first, answer.replaced ? before : undefined);
}

function recallAttempt(settings: BrowserSettings): Attempt | undefined {
  const { attempt, browserToken, expiresAt } = readJson(settings.storage.getItem(attemptKey(settings)));
  if (typeof attempt !== 'string' || typeof browserToken !== 'string') return undefined;
  return typeof expiresAt === 'number' && expiresAt > settings.now() ? { attempt, browserToken } : undefined;
}

function clientOf({ gateway, key, fetch }: BrowserSettings) {
  return createClient({ gateway, key, fetch });
}

function attemptKey({ app }: BrowserSettings): string {
  return `floe:${app}:sign-in`;
}

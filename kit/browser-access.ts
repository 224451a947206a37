import type { BrowserSettings } from './browser-settings.ts';
import type { HeldSession, SessionStore } from './browser-store.ts';
import { opens } from './claims.ts';
import { createClient } from './client.ts';
import { FloeError, readRetryAfter } from './problem.ts';

/** Whether a resource is open, as far as a page can know. Only `open` shows anything. */
export interface AccessState {
  status:
    /** The gateway is being asked. Nothing is sold meanwhile: who has paid sees no paywall. */
    | 'checking'
    | 'open'
    | 'closed'
    /** Paid, and not settled yet. Asked again by itself. */
    | 'pending'
    /** Nothing can be said. Asked again by itself. */
    | 'unavailable';
  /** `no_session`, or the gateway's reason. Null while nothing is known. */
  reason: string | null;
  /** The entitlement token that opens it: what a site's server verifies. Null unless open. */
  token: string | null;
}

export interface AccessWatch {
  /** The same object until something changes. */
  getState: () => AccessState;
  /** Watches, for as long as there is a listener. */
  subscribe: (listener: () => void) => () => void;
  /** Asks the gateway; `anew`: its database, whatever is known already. */
  check(anew?: boolean): Promise<void>;
}

export const CHECKING: AccessState = Object.freeze({ status: 'checking', reason: null, token: null });
const RETRY_SECONDS = 2;
const LONGEST_RETRY_SECONDS = 30;
/** Between two checks of what is open. */
const LEAST_SECONDS = 60;
const LONGEST_TIMER_MS = 86_400_000;

/** Watches one resource. `ready`: resolves when a buyer who is just back has a session, or will have none. */
export function watchAccess(
  settings: BrowserSettings,
  store: SessionStore,
  resource: string,
  ready: Promise<unknown>,
): AccessWatch {
  const listeners = new Set<() => void>();
  let state = CHECKING;
  let isReady = false;
  let generation = 0;
  let patience = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unsubscribe: (() => void) | undefined;
  let known = '';
  const sessionsNow = () =>
    store
      .read()
      .map(({ session }) => session)
      .join(' ');

  const show = (next: AccessState) => {
    const isSame = next.status === state.status && next.reason === state.reason && next.token === state.token;
    if (isSame) return;
    state = next;
    for (const listener of listeners) listener();
  };
  const again = (seconds: number) => {
    clearTimeout(timer);
    if (listeners.size === 0) return;
    timer = setTimeout(() => void check(), Math.min(Math.max(seconds, 1) * 1000, LONGEST_TIMER_MS));
  };

  async function check(anew = false): Promise<void> {
    const mine = ++generation;
    await ready;
    isReady = true;
    known = sessionsNow();
    const held = anew ? undefined : store.findToken(resource);
    const answer = held
      ? { state: openWith(held), retryAfter: 0 }
      : await ask(settings, store, resource, anew ? 0 : settings.maxAge);
    // Asked again meanwhile, or somebody else's sessions by now: that answer counts.
    if (mine !== generation || known !== sessionsNow()) return;
    const { status, token } = answer.state;
    show(answer.state);
    clearTimeout(timer);
    if (status === 'open' && token !== null) {
      patience = 0;
      again(secondsLeft(token));
    } else if (status === 'pending' || status === 'unavailable') {
      // Slower each time: a transfer may settle tomorrow.
      again(Math.min(Math.max(answer.retryAfter, RETRY_SECONDS) * 1.5 ** patience++, LONGEST_RETRY_SECONDS));
    }
  }

  /** Until a token is too old to be believed without asking. */
  function secondsLeft(token: string): number {
    const claims = store.readToken(token);
    if (!claims) return settings.maxAge;
    const until = Math.min(claims.exp * 1000, claims.ver + settings.maxAge * 1000);
    const left = (until - settings.now()) / 1000;
    // Over already, by a clock that is wrong or because each check is to be fresh: not more than once a minute.
    return left > 0 ? left : Math.max(Math.min(claims.exp - claims.iat, settings.maxAge), LEAST_SECONDS);
  }

  return {
    getState: () => state,
    check,
    subscribe(listener) {
      listeners.add(listener);
      if (listeners.size === 1) {
        unsubscribe = store.subscribe(() => {
          // A token that was kept is no news; somebody who signed in or out is.
          if (!isReady || sessionsNow() === known) return;
          patience = 0;
          if (store.read().length === 0) {
            generation++;
            known = '';
            show({ status: 'closed', reason: 'no_session', token: null });
          } else {
            // Who sees a paywall sees no more of it until this is known.
            if (state.status !== 'open' || !store.findToken(resource)) show(CHECKING);
            void check();
          }
        });
        void check();
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearTimeout(timer);
        unsubscribe?.();
      };
    },
  };
}

interface Said {
  state: AccessState;
  /** Seconds. */
  retryAfter: number;
}

/** Asks session by session, newest first, until one opens it. */
async function ask(
  settings: BrowserSettings,
  store: SessionStore,
  resource: string,
  maxAge: number,
): Promise<Said> {
  let best: Said = { state: { status: 'closed', reason: 'no_session', token: null }, retryAfter: 0 };
  for (const held of store.read()) {
    const said = await askOne(settings, store, held, { resource, maxAge });
    if (said?.state.status === 'open') return said;
    if (said && weight(said) > weight(best)) best = said;
  }
  return best;
}

/** Of several who may not read, which one decides what is shown: whoever has paid waits, and sees no paywall. */
function weight({ state }: Said): number {
  if (state.status === 'pending') return 3;
  if (state.status === 'unavailable') return 2;
  return state.reason === 'no_session' ? 0 : 1;
}

async function askOne(
  settings: BrowserSettings,
  store: SessionStore,
  held: HeldSession,
  question: { resource: string; maxAge: number },
): Promise<Said | undefined> {
  const { resource, maxAge } = question;
  let retryAfter = RETRY_SECONDS;
  const floe = createClient({
    gateway: settings.gateway,
    key: held.session,
    // It is asked again by whoever watches.
    retries: 0,
    async fetch(url, init) {
      const response = await settings.fetch(url, init);
      retryAfter = readRetryAfter(response.headers) ?? RETRY_SECONDS;
      return response;
    },
  });
  try {
    const answer = await floe('GET /v1/access', { query: { resource, max_age: Math.floor(maxAge) } });
    // A yes counts with its token only, which says for which app it is.
    if (answer.allow && (answer.token === null || !store.readToken(answer.token)))
      return { state: say('unavailable', 'unavailable'), retryAfter };
    if (answer.allow && answer.token !== null) {
      const kept = store.keepToken(held.session, answer.token);
      // A cache somewhere is behind what this browser has seen already: the database decides.
      if (kept !== answer.token && maxAge > 0)
        return await askOne(settings, store, held, { resource, maxAge: 0 });
      return { state: openWith(kept), retryAfter: 0 };
    }
    // It says yes to what the gateway has just said no to.
    const claims = held.token === null ? undefined : store.readToken(held.token);
    if (claims && opens(claims, resource, settings.now())) store.forgetToken(held.session);
    const status = answer.reason === 'pending_payment' ? 'pending' : 'closed';
    return { state: say(status, answer.reason), retryAfter };
  } catch (error) {
    const status = error instanceof FloeError ? error.status : 0;
    if (status === 401) {
      store.remove(held.session);
      return undefined;
    }
    // The question itself is wrong: it will not get better.
    if (status === 422) return { state: say('closed', 'unknown_resource'), retryAfter: 0 };
    // Still signed, and not yet over. Whoever wants to hear of a revocation at once (0) gets no such yes.
    const spare = maxAge > 0 ? store.findToken(resource, Infinity) : undefined;
    return { state: spare ? openWith(spare) : say('unavailable', 'unavailable'), retryAfter };
  }
}

function openWith(token: string): AccessState {
  return { status: 'open', reason: 'granted', token };
}

function say(status: AccessState['status'], reason: string): AccessState {
  return { status, reason, token: null };
}

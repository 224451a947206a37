import { type Ask, openWith, say } from './browser-questions.ts';
import type { Returns } from './browser-return.ts';
import type { BrowserSettings } from './browser-settings.ts';
import type { SessionStore } from './browser-store.ts';

/** Whether a resource is open, as far as a page can know. Only `open` shows anything. */
export interface AccessState {
  status:
    /** The gateway is being asked. Nothing is sold meanwhile: who has paid sees no paywall. */
    | 'checking'
    | 'open'
    | 'closed'
    /** Paid, and not settled yet; or just back from checkout, and not known yet. Asked again by itself. */
    | 'pending'
    /** Nothing can be said. Asked again by itself. */
    | 'unavailable';
  /**
   * `no_session`, or the gateway's reason; `unconfirmed`: somebody is back from a checkout who may have paid, and this
   * browser has no session for it. Signing in by mail helps. Null while nothing is known.
   */
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
/** A gateway that asks for more patience than that gets as much of it. */
export const LONGEST_PATIENCE_SECONDS = 300;
/** So long a timer waits for those of other watches, which were set by the same answer: one request, in an outage too. */
const COLLECT_MS = 50;
/** Between two checks of what is open. */
const LEAST_SECONDS = 60;
const LONGEST_TIMER_MS = 86_400_000;

/** Somebody who is back from checkout is told so when it takes longer than this. */
const PATIENCE_MS = 1_000;

/** What all watches of a page share. */
export interface Watching {
  settings: BrowserSettings;
  store: SessionStore;
  returns: Returns;
  /** Resolves when what came with the address is settled. */
  arrival: Promise<unknown>;
  ask: Ask;
}

/** Watches one resource. */
export function watchAccess(
  { settings, store, returns, arrival, ask }: Watching,
  resource: string,
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
    timer = setTimeout(
      () => void check(false, COLLECT_MS),
      Math.min(Math.max(seconds, 1) * 1000, LONGEST_TIMER_MS),
    );
  };

  async function check(anew = false, waitMs = 0): Promise<void> {
    const mine = ++generation;
    await returned(mine);
    isReady = true;
    known = sessionsNow();
    const held = anew ? undefined : store.findToken(resource);
    const answer = held
      ? { state: openWith(held), retryAfter: 0 }
      : await ask(resource, anew ? 0 : settings.maxAge, waitMs);
    // Asked again meanwhile: that answer counts.
    if (mine !== generation) return;
    // A session has ended meanwhile, or run out, and nobody else has noticed.
    if (known !== sessionsNow()) return check(anew);
    const next = withReturn(answer.state);
    const { status, token } = next;
    show(next);
    clearTimeout(timer);
    if (status === 'open' && token !== null) {
      patience = 0;
      again(secondsLeft(token));
    } else if (status === 'pending' || status === 'unavailable') {
      // Slower each time: a transfer may settle tomorrow.
      const { retryAfter } = answer;
      const slower = Math.min(Math.max(retryAfter, RETRY_SECONDS) * 1.5 ** patience++, LONGEST_RETRY_SECONDS);
      again(Math.max(slower, Math.min(retryAfter, LONGEST_PATIENCE_SECONDS)));
    }
  }

  /** Waits for a purchase that is on its way back. */
  async function returned(mine: number): Promise<void> {
    const slow = setTimeout(() => {
      if (mine === generation && state.status === 'checking' && returns.isWaiting())
        show(say('pending', 'unconfirmed'));
    }, PATIENCE_MS);
    await arrival;
    // It could not be exchanged: once more, each time somebody asks.
    if (isReady) await returns.settle();
    clearTimeout(slow);
  }

  /** A no to somebody who may have paid is no plain no. */
  function withReturn(answer: AccessState): AccessState {
    if (answer.status !== 'closed' || !returns.isUnconfirmed()) return answer;
    if (returns.isWaiting()) return say('unavailable', 'unconfirmed');
    // Their address is proven: what they have bought would be among it.
    return store.read().some(({ proof }) => proof === 'email') ? answer : say('closed', 'unconfirmed');
  }

  /** Nothing of what was known before: it may have been somebody else. */
  function forget(): void {
    generation++;
    patience = 0;
    const held = store.findToken(resource);
    state = held === undefined ? CHECKING : openWith(held);
    known = held === undefined ? '' : sessionsNow();
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
    check: (anew) => check(anew),
    subscribe(listener) {
      if (listeners.size === 0) forget();
      listeners.add(listener);
      if (listeners.size === 1) {
        unsubscribe = store.subscribe(() => {
          // A token that was kept is no news; somebody who signed in or out is.
          if (sessionsNow() === known) return;
          patience = 0;
          if (store.read().length === 0) {
            known = '';
            // A first check goes on: it has asked nobody yet.
            if (isReady) generation++;
            const next = withReturn(say('closed', 'no_session'));
            show(next);
            if (next.status === 'closed') clearTimeout(timer);
            else again(RETRY_SECONDS);
          } else if (isReady) {
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
        // What nobody watches is not kept up to date.
        generation++;
        state = CHECKING;
      };
    },
  };
}

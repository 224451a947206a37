import { type Ask, openWith, say } from './browser-questions.ts';
import type { Returns } from './browser-return.ts';
import type { BrowserSettings } from './browser-settings.ts';
import type { SessionStore } from './browser-store.ts';

/** Whether a resource is open, as far as a page can know. Only `open` shows anything. */
export interface AccessState {
  status:
    /** The gateway is being asked. Nothing is offered meanwhile, so that people who have paid see no paywall. */
    | 'checking'
    | 'open'
    | 'closed'
    /** The payment is not settled yet, or a buyer is just back from checkout. It is asked again by itself. */
    | 'pending'
    /** The gateway could not be asked. It is asked again by itself. */
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
/** The longest `Retry-After` that is obeyed. */
export const LONGEST_PATIENCE_SECONDS = 300;
/** A timer waits this long for those of other watches that the same answer has set, so that they make one request. */
const COLLECT_MS = 50;
/** Between two checks of what is open. */
const LEAST_SECONDS = 60;
const LONGEST_TIMER_MS = 86_400_000;

/** A buyer who is back from checkout is shown `pending` when the exchange takes longer than this. */
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
    // It was asked again meanwhile, and only the later answer counts.
    if (mine !== generation) return;
    // A session has ended or expired meanwhile.
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

  /** Turns a no into `unconfirmed` for somebody who may have paid. */
  function withReturn(answer: AccessState): AccessState {
    if (answer.status !== 'closed' || !returns.isUnconfirmed()) return answer;
    if (returns.isWaiting()) return say('unavailable', 'unconfirmed');
    // Their address is proven: what they have bought would be among it.
    return store.read().some(({ proof }) => proof === 'email') ? answer : say('closed', 'unconfirmed');
  }

  /** Forgets what was known before, since another person may be here now. */
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
    // When it is over already, because this clock is wrong or each check is to be fresh, it is checked once a minute.
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
          // A change of a kept token does not matter here, only that somebody signed in or out.
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
            // The offer is hidden until this is known.
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
        // Without listeners it is not checked any more.
        generation++;
        state = CHECKING;
      };
    },
  };
}

import { LONGEST_PATIENCE_SECONDS } from './browser-access.ts';
import { dropReturn, mayHaveBegun, readJson, recallVerifier } from './browser-checkout.ts';
import { onEra, readEra } from './browser-era.ts';
import type { BrowserSettings } from './browser-settings.ts';
import { isSessionOf, type SessionStore } from './browser-store.ts';
import { isRecord } from './claims.ts';
import { createClient } from './client.ts';
import { isExchangeRefused, nameExchange } from './exchange.ts';
import { isVerifier, readReturn, type Return } from './gate-return.ts';
import { FloeError } from './problem.ts';

/** The result of a return from checkout. */
export type ReturnOutcome =
  /** No return: an ordinary visit. */
  | 'none'
  | 'signed_in'
  /** No purchase under way began in this browser: the code is somebody else's, and was not used. */
  | 'not_ours'
  /** The code is used or too old. A buyer signs in by mail. */
  | 'refused'
  /** The gateway could not be asked; it is tried again. */
  | 'unavailable';

/** The returns of this tab. */
export interface Returns {
  /** Exchanges what waits for it, one run at a time. @returns what became of it */
  settle(): Promise<ReturnOutcome>;
  /** Whether a code waits to be exchanged. */
  isWaiting(): boolean;
  /** Whether somebody came back to this tab lately who may have paid, and has no session for it. */
  isUnconfirmed(): boolean;
  /** Forgets all returns, so that nobody who signs out is signed in again by one that was under way. */
  forget(): void;
}

/** A return that is not exchanged yet. */
interface Waiting extends Return {
  verifier: string;
  /** When it came, milliseconds. */
  since: number;
}

interface Kept {
  waiting: readonly Waiting[];
  /** When a return came whose exchange failed for good. */
  failedAt: number | null;
}

/** Between the first attempts. After that it is tried whenever access is checked. */
const WAITS_MS = [1_000, 2_000, 4_000];
const LONGEST_WAIT_SECONDS = 8;
const NOTHING: Kept = { waiting: [], failedAt: null };
/** A code lives two minutes; the answer to an exchange that was made is given again for a day. */
const WAITING_MS = (2 + 24 * 60) * 60_000;
/** How long a buyer is told how to open what they may have paid for. */
const FAILED_MS = 60 * 60_000;
/** How many purchases may wait while the gateway is away. */
const MAX_WAITING = 4;

/** Takes a return out of the page's address, before anything else can read or keep it. */
function takeReturn({ page }: BrowserSettings): Return | undefined {
  if (page === undefined) return undefined;
  const url = new URL(page.location.href);
  if (!/^pay_[0-9a-z]{26}$/.test(url.searchParams.get('payment_id') ?? '')) return undefined;
  const back = readReturn(new Request(url.href.split('#', 1)[0] ?? url.href), url);
  page.history.replaceState(page.history.state, '', `${url.pathname}${dropReturn(url)}${url.hash}`);
  return back;
}

/**
 * Opens the returns of this tab: the one in the address, and those that an earlier page could not exchange. They stay
 * in the tab's storage until they are exchanged, so that a reload repeats the same exchange (ADR 41).
 */
export function openReturns(settings: BrowserSettings, store: SessionStore): Returns {
  const { tabStorage, app, now } = settings;
  const key = `floe:${app}:return`;
  const read = (): Kept => {
    const kept = readJson(tabStorage.getItem(key));
    const era = readEra(settings);
    // Somebody has signed out since, or another person in, in any tab.
    return era !== null && kept['era'] !== era ? NOTHING : parse(kept, now());
  };
  const write = ({ waiting, failedAt }: Kept) => {
    if (waiting.length === 0 && failedAt === null) tabStorage.removeItem(key);
    else tabStorage.setItem(key, JSON.stringify({ era: readEra(settings), waiting, failedAt }));
  };
  const without = (code: string) => read().waiting.filter((each) => each.code !== code);

  let outcome: ReturnOutcome = 'none';
  let isForeign = false;
  const back = takeReturn(settings);
  if (back !== undefined) {
    const verifier = recallVerifier(settings);
    if (verifier === undefined) {
      outcome = 'not_ours';
      // Otherwise anybody may have made the link, or a bank's app has opened another browser; then only this page says
      // so.
      if (mayHaveBegun(settings) || readEra(settings) !== null) write({ ...read(), failedAt: now() });
      else isForeign = true;
    } else {
      const waiting = [{ ...back, verifier, since: now() }, ...without(back.code)].slice(0, MAX_WAITING);
      write({ waiting, failedAt: null });
    }
  }

  /** One attempt for each. @returns seconds until the next makes sense; undefined when none is left to make */
  async function exchangeAll(): Promise<number | undefined> {
    let retryAfter: number | undefined;
    for (const each of read().waiting) {
      const said = await exchange(settings, each);
      // Somebody signed out meanwhile, here or in another tab, or another Floe of this page was faster.
      const isKept = read().waiting.some(({ code }) => code === each.code);
      if (!isKept) continue;
      if ('retryAfter' in said) {
        retryAfter = Math.max(retryAfter ?? 0, said.retryAfter);
        outcome = 'unavailable';
        continue;
      }
      const isDone = said.session !== null;
      write({ waiting: without(each.code), failedAt: isDone ? null : now() });
      outcome = isDone ? 'signed_in' : 'refused';
      if (said.session !== null)
        store.add({ session: said.session, expiresAt: said.expiresAt, proof: 'purchase', token: null });
    }
    notBefore = now() + Math.min(retryAfter ?? 0, LONGEST_PATIENCE_SECONDS) * 1000;
    return retryAfter;
  }

  let notBefore = 0;
  const isTooEarly = () => {
    const left = notBefore - now();
    // More than it can have been: the clock was set.
    return left > 0 && left <= LONGEST_PATIENCE_SECONDS * 1000;
  };

  let wake = () => {};
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, ms);
    });
  // The wait ends, so that the next person does not wait for the last one's exchange.
  onEra(settings, () => wake());

  let waits: readonly number[] = WAITS_MS;
  async function run(): Promise<ReturnOutcome> {
    for (let attempt = 0; ; attempt++) {
      const retryAfter = await exchangeAll();
      const wait = waits[attempt];
      // What takes longer is for a later check: what else is on the page need not wait for it.
      if (retryAfter === undefined || wait === undefined || retryAfter > LONGEST_WAIT_SECONDS) break;
      await sleep(Math.max(wait, retryAfter * 1000));
    }
    waits = [];
    return outcome;
  }

  let running: Promise<ReturnOutcome> | undefined;
  return {
    settle() {
      if (running === undefined && (read().waiting.length === 0 || isTooEarly()))
        return Promise.resolve(outcome);
      return (running ??= run().finally(() => {
        running = undefined;
      }));
    },
    isWaiting: () => read().waiting.length > 0,
    isUnconfirmed() {
      const { waiting, failedAt } = read();
      return isForeign || waiting.length > 0 || failedAt !== null;
    },
    forget() {
      outcome = 'none';
      isForeign = false;
      write(NOTHING);
      wake();
    },
  };
}

type Exchanged =
  | { session: string; expiresAt: number }
  | { session: null }
  /** Seconds. */
  | { retryAfter: number };

/** Exchanges one code, once. */
async function exchange(settings: BrowserSettings, waiting: Waiting): Promise<Exchanged> {
  const { gateway, key, fetch, mode } = settings;
  const { code, callbackUrl, verifier } = waiting;
  const floe = createClient({ gateway, key, fetch, retries: 0 });
  try {
    const { session, expires_at: expires } = await floe('POST /v1/sessions/exchange', {
      body: { code, callback_url: callbackUrl, code_verifier: verifier },
      idempotencyKey: await nameExchange(code, verifier),
    });
    const expiresAt = Date.parse(expires);
    const isSession = isSessionOf(session, mode) && !Number.isNaN(expiresAt);
    return isSession ? { session, expiresAt } : { retryAfter: 0 };
  } catch (error) {
    if (!(error instanceof FloeError)) return { session: null };
    const { status, code: problem, retryAfter = 0 } = error;
    return isExchangeRefused(status, problem) ? { session: null } : { retryAfter };
  }
}

/** Reads what is stored, without entries that have another form or are too old. */
function parse({ waiting, failedAt }: Record<string, unknown>, now: number): Kept {
  const isRecent = (at: unknown, ms: number): at is number =>
    typeof at === 'number' && Math.abs(now - at) < ms;
  return {
    failedAt: isRecent(failedAt, FAILED_MS) ? failedAt : null,
    waiting: (Array.isArray(waiting) ? waiting : []).flatMap((each: unknown): Waiting[] => {
      if (!isRecord(each)) return [];
      const { code, callbackUrl, verifier, since } = each;
      if (typeof code !== 'string' || typeof callbackUrl !== 'string') return [];
      if (typeof verifier !== 'string' || !isVerifier(verifier)) return [];
      return isRecent(since, WAITING_MS) ? [{ code, callbackUrl, verifier, since }] : [];
    }),
  };
}

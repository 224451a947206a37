import { isRecord } from './claims.ts';

/** A JSON Web Key Set (RFC 7517), as the gateway publishes it. */
export interface Jwks {
  keys: readonly object[];
}

/** The part of `fetch` that the kit uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Why there is no key: the set does not have it, or the set cannot be had. */
export type NoKey = 'unknown_key' | 'unavailable';

/** How long a set is kept when its `Cache-Control` does not say. */
const DEFAULT_LIFETIME_SECONDS = 3600;
const MAX_LIFETIME_SECONDS = 86_400;
/** How much longer it is used while the gateway cannot be reached. A withdrawn key must stop some time (ADR 39). */
const STALE_SECONDS = 3600;
/** Unknown key ids cause at most one request in this time. New keys are published an hour before they sign. */
const UNKNOWN_KEY_SECONDS = 30;
/** After a failure the set is not requested again for this time. */
const FAILURE_PAUSE_SECONDS = 5;
const TIMEOUT_MS = 5000;
/** How long the caller that requests a new set waits for it while the old one can be used. */
const PATIENCE_MS = 500;
const MAX_BYTES = 65_536;

const shared = new WeakMap<Fetch, Map<string, KeyCache>>();
const given = new WeakMap<Jwks, Map<string, CryptoKey>>();

/** Keys that sign nothing any more, and are published for the offline licences that they have signed (ADR 96). */
const forLicensesOnly = new WeakSet<CryptoKey>();

/** Whether a key counts for offline licences alone. */
export function isForLicensesOnly(key: CryptoKey): boolean {
  return forLicensesOnly.has(key);
}

/** The key `kid` of a set that the caller holds. @throws {TypeError} when it is no key set */
export async function findGivenKey(jwks: Jwks, kid: string): Promise<CryptoKey | NoKey> {
  const set: unknown = jwks;
  if (!isRecord(set) || !Array.isArray(set['keys']) || !set['keys'].every(isRecord))
    throw new TypeError('jwks is a JSON Web Key Set, { keys: [ … ] } of objects.');
  let keys = given.get(jwks);
  if (!keys) given.set(jwks, (keys = await importKeys(jwks)));
  return keys.get(kid) ?? 'unknown_key';
}

/** The key `kid` of an issuer, from its set in memory or fetched. `now`: milliseconds. `signal` ends this wait alone. */
export function findIssuersKey(
  issuer: string,
  kid: string,
  { now, fetch, signal }: { now: () => number; fetch: Fetch; signal?: AbortSignal | undefined },
): Promise<CryptoKey | NoKey> {
  let caches = shared.get(fetch);
  if (!caches) shared.set(fetch, (caches = new Map()));
  let cache = caches.get(issuer);
  // The issuer comes from the caller's configuration, not from the token, so strangers cannot fill this map.
  if (!cache) caches.set(issuer, (cache = new KeyCache(`${issuer}/.well-known/jwks.json`, fetch)));
  return cache.find(kid, now, signal);
}

/** A request for the set that is under way. `at`: when it began, milliseconds. */
interface Asking {
  at: number;
  /** Never rejects. */
  done: Promise<void>;
}

/** One issuer's keys. Times are milliseconds. */
class KeyCache {
  readonly #url: string;
  readonly #fetch: Fetch;
  #keys = new Map<string, CryptoKey>();
  /** Until when the set is believed. */
  #freshUntil = Number.NEGATIVE_INFINITY;
  /** When the last request ended, and how. */
  #endedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #asking: Asking | undefined;

  constructor(url: string, fetcher: Fetch) {
    this.#url = url;
    this.#fetch = fetcher;
  }

  async find(kid: string, now: () => number, signal?: AbortSignal): Promise<CryptoKey | NoKey> {
    const fresh = this.#keyAt(kid, now());
    if (fresh) return fresh;
    if (signal?.aborted) return this.#keyAt(kid, now(), STALE_SECONDS) ?? 'unavailable';
    this.#forgetLate(now());
    const isFirst = !this.#asking && this.#mayAsk(now());
    if (isFirst) this.#ask(now);
    // While the old set can be used, only the caller that requests the new one waits, and briefly: in Workers a fetch
    // ends with the request that began it, so a set that nobody waits for might never come (ADR 39).
    const asking = this.#asking;
    const old = this.#keyAt(kid, now(), STALE_SECONDS);
    const waitMs = !old ? TIMEOUT_MS : isFirst ? PATIENCE_MS : 0;
    const waited = asking && waitMs > 0 ? await waitFor(asking.done, waitMs, signal) : 'done';
    const key = this.#keyAt(kid, now(), STALE_SECONDS);
    if (key) return key;
    const isKnown = waited === 'done' && !this.#hasFailed && now() < this.#freshUntil;
    return isKnown ? 'unknown_key' : 'unavailable';
  }

  #keyAt(kid: string, time: number, staleSeconds = 0): CryptoKey | undefined {
    return time < this.#freshUntil + staleSeconds * 1000 ? this.#keys.get(kid) : undefined;
  }

  #mayAsk(time: number): boolean {
    const pause = this.#hasFailed ? FAILURE_PAUSE_SECONDS : time < this.#freshUntil ? UNKNOWN_KEY_SECONDS : 0;
    // The absolute value, so that a clock that was set back does not stop further requests.
    return Math.abs(time - this.#endedAt) >= pause * 1000;
  }

  /** Asks once for all who wait. */
  #ask(now: () => number): void {
    const asking: Asking = { at: now(), done: Promise.resolve() };
    this.#asking = asking;
    asking.done = this.#take(asking, now);
  }

  async #take(asking: Asking, now: () => number): Promise<void> {
    const set = await this.#fetchSet();
    // This request was given up, and there may be a newer set by now.
    if (this.#asking !== asking) return;
    if (!set) return this.#fail(asking, now());
    // The keys are replaced, so that one which is not published any more does not count.
    this.#keys = set.keys;
    this.#freshUntil = asking.at + set.lifetimeSeconds * 1000;
    this.#hasFailed = false;
    this.#endedAt = now();
    this.#asking = undefined;
  }

  /** Gives up a request that takes too long: in Workers a fetch silently ends with the request that began it. */
  #forgetLate(time: number): void {
    const asking = this.#asking;
    if (!asking || Math.abs(time - asking.at) < TIMEOUT_MS) return;
    this.#fail(asking, Math.min(time, asking.at + TIMEOUT_MS));
  }

  #fail(asking: Asking, time: number): void {
    if (this.#asking !== asking) return;
    this.#hasFailed = true;
    this.#endedAt = time;
    this.#asking = undefined;
  }

  /** The set as it is published now; undefined when it cannot be had. */
  async #fetchSet(): Promise<KeySet | undefined> {
    // `AbortSignal.timeout` would leave its timer behind after every answer, and Workers count them.
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), TIMEOUT_MS);
    try {
      const response = await this.#fetch(this.#url, {
        headers: { accept: 'application/json' },
        // Only the set at this address counts, so redirects are not followed.
        redirect: 'manual',
        signal: giveUp.signal,
      });
      const text = response.status === 200 ? await response.text() : '';
      if (text === '' || text.length > MAX_BYTES) return undefined;
      const set: unknown = JSON.parse(text);
      const list = isRecord(set) && Array.isArray(set['keys']) ? set['keys'] : undefined;
      if (!list) return undefined;
      const keys = await importKeys({ keys: list.filter(isRecord) });
      return { keys, lifetimeSeconds: lifetimeOf(response) };
    } catch {
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  }
}

interface KeySet {
  keys: Map<string, CryptoKey>;
  lifetimeSeconds: number;
}

type Waited = 'done' | 'late' | 'aborted';

/** Waits for `done`, but no longer than `ms` or until `signal`, and leaves neither timer nor listener behind. */
async function waitFor(done: Promise<void>, ms: number, signal: AbortSignal | undefined): Promise<Waited> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: () => void = () => undefined;
  const end = new Promise<'late' | 'aborted'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
    stop = () => resolve('aborted');
  });
  signal?.addEventListener('abort', stop);
  const outcome = await Promise.race([done.then(() => 'done' as const), end]);
  clearTimeout(timer);
  signal?.removeEventListener('abort', stop);
  return outcome;
}

function lifetimeOf(response: Response): number {
  const seconds = /(?:^|[\s,])max-age=(\d+)/i.exec(response.headers.get('cache-control') ?? '')?.[1];
  if (seconds === undefined) return DEFAULT_LIFETIME_SECONDS;
  return Math.min(Math.max(Number(seconds), UNKNOWN_KEY_SECONDS), MAX_LIFETIME_SECONDS);
}

/** The Ed25519 keys of a set by id (RFC 8037). Keys of other kinds are not ours, and skipped. */
async function importKeys({ keys }: Jwks): Promise<Map<string, CryptoKey>> {
  const imported = new Map<string, CryptoKey>();
  for (const key of keys) {
    const { kty, crv, x, kid, use, licenses_only } = key as Record<string, unknown>;
    if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || typeof kid !== 'string') continue;
    if (use !== undefined && use !== 'sig') continue;
    try {
      const made = await crypto.subtle.importKey('jwk', { kty, crv, x }, { name: 'Ed25519' }, false, [
        'verify',
      ]);
      imported.set(kid, made);
      if (licenses_only === true) forLicensesOnly.add(made);
    } catch {
      // Malformed: the others still count.
    }
  }
  return imported;
}

import { isRecord } from './claims.ts';

/** A JSON Web Key Set (RFC 7517), as the gateway publishes it. */
export interface Jwks {
  keys: readonly object[];
}

/** The part of `fetch` that the kit uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Why there is no key: the set does not have it, or the set cannot be had. */
export type NoKey = 'unknown_key' | 'unavailable';

/** How long a set is believed when its `Cache-Control` says nothing. */
const DEFAULT_LIFETIME_SECONDS = 3600;
const MAX_LIFETIME_SECONDS = 86_400;
/** Afterwards, while the gateway cannot be reached, for this long: a key that was taken back must stop some time. */
const STALE_SECONDS = 3600;
/** Made-up key ids make at most one request in this time. New keys are published an hour before their use. */
const UNKNOWN_KEY_SECONDS = 30;
/** After a failure. */
const RETRY_SECONDS = 5;
const TIMEOUT_MS = 5000;
const MAX_BYTES = 65_536;

const shared = new WeakMap<Fetch, Map<string, KeyCache>>();
const given = new WeakMap<Jwks, Promise<Map<string, CryptoKey>>>();

/** The key `kid` of a set that the caller holds. */
export async function findGivenKey(jwks: Jwks, kid: string): Promise<CryptoKey | NoKey> {
  let keys = given.get(jwks);
  if (!keys) given.set(jwks, (keys = importKeys(jwks)));
  return (await keys).get(kid) ?? 'unknown_key';
}

/** The key `kid` of an issuer, from its set in memory or fetched. `now`: milliseconds. */
export function findIssuersKey(
  issuer: string,
  kid: string,
  now: number,
  fetcher: Fetch,
): Promise<CryptoKey | NoKey> {
  let caches = shared.get(fetcher);
  if (!caches) shared.set(fetcher, (caches = new Map()));
  let cache = caches.get(issuer);
  // The issuer is the caller's configuration, never the token's word, so this cannot be filled up from outside.
  if (!cache) caches.set(issuer, (cache = new KeyCache(`${issuer}/.well-known/jwks.json`, fetcher)));
  return cache.find(kid, now);
}

/** One issuer's keys. */
class KeyCache {
  readonly #url: string;
  readonly #fetch: Fetch;
  #keys = new Map<string, CryptoKey>();
  /** Milliseconds: until when the set is believed; when it was last asked for. */
  #freshUntil = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #hasFailed = false;
  #asking: Promise<void> | undefined;

  constructor(url: string, fetcher: Fetch) {
    this.#url = url;
    this.#fetch = fetcher;
  }

  async find(kid: string, now: number): Promise<CryptoKey | NoKey> {
    const isFresh = now < this.#freshUntil;
    const known = this.#keys.get(kid);
    if (known && isFresh) return known;
    const pause = this.#hasFailed ? RETRY_SECONDS : isFresh ? UNKNOWN_KEY_SECONDS : 0;
    // A clock that was set back must not stop the asking.
    const since = Math.abs(now - this.#askedAt);
    if (this.#asking || since >= pause * 1000) await this.#ask(now);
    const key = this.#keys.get(kid);
    if (key && now < this.#freshUntil + STALE_SECONDS * 1000) return key;
    return this.#hasFailed || now >= this.#freshUntil ? 'unavailable' : 'unknown_key';
  }

  /** Asks once for all who wait. Never rejects. */
  async #ask(now: number): Promise<void> {
    this.#asking ??= this.#refresh(now).finally(() => (this.#asking = undefined));
    // Not for ever: in Workers a fetch belongs to one request, and is gone when that request is.
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, TIMEOUT_MS, 'late');
    });
    const outcome = await Promise.race([this.#asking, timeout]);
    clearTimeout(timer);
    if (outcome !== 'late') return;
    this.#asking = undefined;
    this.#hasFailed = true;
  }

  async #refresh(now: number): Promise<void> {
    this.#askedAt = now;
    // `AbortSignal.timeout` would leave its timer behind after every answer, and Workers count them.
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), TIMEOUT_MS);
    try {
      const response = await this.#fetch(this.#url, {
        headers: { accept: 'application/json' },
        // The set of this address, not of wherever it may lead.
        redirect: 'manual',
        signal: giveUp.signal,
      });
      const text = response.status === 200 ? await response.text() : '';
      if (text === '' || text.length > MAX_BYTES) throw new TypeError('no key set');
      const set: unknown = JSON.parse(text);
      const list = isRecord(set) && Array.isArray(set['keys']) ? set['keys'] : undefined;
      if (!list) throw new TypeError('no key set');
      // Replaced, not added to: what is no longer published is no longer believed.
      this.#keys = await importKeys({ keys: list.filter(isRecord) });
      this.#freshUntil = now + lifetimeOf(response) * 1000;
      this.#hasFailed = false;
    } catch {
      this.#hasFailed = true;
    } finally {
      clearTimeout(timer);
    }
  }
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
    const { kty, crv, x, kid, use } = key as Record<string, unknown>;
    if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || typeof kid !== 'string') continue;
    if (use !== undefined && use !== 'sig') continue;
    try {
      imported.set(
        kid,
        await crypto.subtle.importKey('jwk', { kty, crv, x }, { name: 'Ed25519' }, false, ['verify']),
      );
    } catch {
      // Malformed: the others still count.
    }
  }
  return imported;
}

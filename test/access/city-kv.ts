/*
 * Workers KV as several cities see it. https://developers.cloudflare.com/kv/concepts/how-kv-works/: a city answers from
 * its own copy, of a value or of a miss, until that copy is old; a write is seen where it was made and reaches the others
 * as their copies run out; the last write wins; one write a second for each key, else 429; no life under 60 s.
 */

export interface KvNetwork {
  /** One more city, with nothing copied yet. */
  openCity(): KVNamespace;
  /** The central value, whatever cities have copied. */
  peek(key: string): string | null;
}

interface Kept {
  value: string;
  until: number;
}

const MIN_TTL_SECONDS = 60;
const WRITE_EVERY_MS = 1_000;

/**
 * `copyMs`: for how long the next copy will do, milliseconds. `landMs`: how long the next write is on its way to the
 * middle. Writes that overlap may land in another order than they were made.
 */
export function openKvNetwork(world: { now(): number; copyMs(): number; landMs(): number }): KvNetwork {
  const middle = new Map<string, Kept>();
  const onTheWay: (Kept & { key: string; landsAt: number })[] = [];
  const writtenAt = new Map<string, number>();

  const peek = (key: string): string | null => {
    const now = world.now();
    onTheWay.sort((a, b) => a.landsAt - b.landsAt);
    for (let first = onTheWay[0]; first && first.landsAt <= now; first = onTheWay[0]) {
      middle.set(first.key, first);
      onTheWay.shift();
    }
    const kept = middle.get(key);
    return kept && kept.until > now ? kept.value : null;
  };

  return {
    peek,
    openCity() {
      const copies = new Map<string, { value: string | null; until: number }>();
      const copy = (key: string, value: string | null) => {
        copies.set(key, { value, until: world.now() + world.copyMs() });
        return value;
      };
      const readOne = (key: string): string | null => {
        const known = copies.get(key);
        // A copy may outlive the value's expiry, so that no code relies on KV to forget in time.
        return known && known.until > world.now() ? known.value : copy(key, peek(key));
      };
      const get = async (keys: string | string[]) =>
        typeof keys === 'string' ? readOne(keys) : new Map(keys.map((key) => [key, readOne(key)]));
      const put = async (key: string, value: string, { expirationTtl }: { expirationTtl: number }) => {
        const now = world.now();
        if (expirationTtl < MIN_TTL_SECONDS)
          throw new Error(`KV PUT failed: 400 Invalid expiration_ttl of ${expirationTtl}`);
        if (now - (writtenAt.get(key) ?? -Infinity) < WRITE_EVERY_MS)
          throw new Error('KV PUT failed: 429 Too Many Requests');
        writtenAt.set(key, now);
        onTheWay.push({ key, value, until: now + expirationTtl * 1000, landsAt: now + world.landMs() });
        copy(key, value);
      };
      return { get, put } as unknown as KVNamespace;
    },
  };
}

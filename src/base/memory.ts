/**
 * A bounded map that lives as long as the isolate and drops the least recently used entry first. It must hold only
 * positive answers, never a "no" (invariant 7).
 */
export class MemoryCache<V> {
  readonly #entries = new Map<string, { value: V; bytes: number; until: number }>();
  readonly #limits: { maxEntries: number; maxBytes: number; ttlMs: number };
  #bytes = 0;

  constructor(limits: { maxEntries: number; maxBytes: number; ttlMs: number }) {
    this.#limits = limits;
  }

  get(key: string, now: number): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    if (entry.until <= now) {
      this.#bytes -= entry.bytes;
      return undefined;
    }
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** `bytes` is the caller's estimate of what the value holds in memory. */
  set(key: string, value: V, bytes: number, now: number): void {
    this.delete(key);
    if (bytes > this.#limits.maxBytes) return;
    this.#entries.set(key, { value, bytes, until: now + this.#limits.ttlMs });
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limits.maxEntries && this.#bytes <= this.#limits.maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#bytes -= entry.bytes;
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  get size(): { entries: number; bytes: number } {
    return { entries: this.#entries.size, bytes: this.#bytes };
  }
}

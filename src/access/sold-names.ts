import { MemoryCache } from '../base/memory.ts';
import type { AskedResource } from './resources.rules.ts';

/*
 * The names that an app was seen to sell, in this isolate. They only tell `not_granted` from `unknown_resource`, so that
 * not every "no" reads all that the app sells. A name that is not among them may be sold since: then the database is
 * asked (ADR 68).
 */

/** As long as keys and sessions may be remembered. */
const MEMORY_MS = 30_000;
const NAME_OVERHEAD_BYTES = 50;
const memory = new MemoryCache<ReadonlySet<string>>({
  maxEntries: 1_000,
  maxBytes: 8_000_000,
  ttlMs: MEMORY_MS,
});
const NOTHING: ReadonlySet<string> = new Set();

export function recallSold(appId: string, now: number): ReadonlySet<string> {
  return memory.get(appId, now) ?? NOTHING;
}

/** `names` are spelled by `spellName`. */
export function rememberSold(appId: string, names: ReadonlySet<string>, now: number): void {
  let bytes = 0;
  for (const name of names) bytes += 2 * name.length + NAME_OVERHEAD_BYTES;
  memory.set(appId, names, bytes, now);
}

/** Whether a resource is known to be sold; also what is no name, which nobody can sell. */
export function isSold(sold: ReadonlySet<string>, { coveredBy }: AskedResource): boolean {
  return coveredBy.length === 0 || coveredBy.some((name) => sold.has(name));
}

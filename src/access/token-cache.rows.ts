import type { Config, ModeConfig } from '../base/config.ts';
import { type Subject, subjectName } from '../base/subject.rules.ts';
import { type EntitlementClaims, isFromAhead, saySame } from './entitlement-token.rules.ts';
import { MemoryCache } from '../base/memory.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { signClaims, verifyToken } from '../base/signing.ts';

/*
 * The caches of entitlement tokens: this isolate's memory, then KV. Both may be out of date, so a cached token may only
 * say yes, and only for as long as the caller allows (invariant 7). A token from KV is not believed before its
 * signature is verified (trust rule 8).
 */

/** A token whose signature has been verified, or was made here. */
export interface HeldToken {
  token: string;
  claims: EntitlementClaims;
}

/** The cache key of an app's subject, and what a token there must say to be believed. */
export interface Slot {
  key: string;
  mode: ModeConfig;
  scope: { iss: string; aud: string; sub: string };
}

/** What is in a slot. `isPresent` without `held`: there is a token, but it cannot be believed. */
export interface Found {
  isPresent: boolean;
  held: HeldToken | undefined;
}

/**
 * Saves reads of KV and signature checks while a page asks ten questions. `max_age` still holds, since it counts from
 * the read of D1.
 */
const MEMORY_MS = 5_000;
const ENTRY_OVERHEAD_BYTES = 500;
const memory = new MemoryCache<HeldToken>({ maxEntries: 5_000, maxBytes: 8_000_000, ttlMs: MEMORY_MS });

/** KV refuses longer keys. A subject with such a long name is read from D1 each time. */
const MAX_KEY_BYTES = 512;
/** KV refuses a shorter time to live. */
const MIN_TTL_SECONDS = 60;
/** How many keys KV reads in one operation. */
const BULK = 100;
/** A token that says the same is not written again before this age, so that repeated questions write little. */
const REWRITE_AFTER_MS = 60_000;

/** The slot of a subject. Mode and app are in the key, and are compared with those in the token as well. */
export function openSlot(config: Config, mode: ModeConfig, app: AppRow, subject: Subject): Slot {
  const sub = subjectName(subject);
  return {
    key: `entitlements:${app.mode}:${app.id}:${sub}`,
    mode,
    scope: { iss: `${config.url}/${app.mode}`, aud: app.slug, sub },
  };
}

export function recallToken({ key }: Slot, now: number): HeldToken | undefined {
  return memory.get(key, now);
}

/** Keeps a token in memory, unless one of a newer read is there. */
export function rememberToken({ key }: Slot, held: HeldToken, now: number): void {
  const known = memory.get(key, now);
  if (known && known.claims.ver > held.claims.ver) return;
  // The text and the claims, which are about as long, at two bytes a character.
  memory.set(key, held, 4 * held.token.length + 2 * key.length + ENTRY_OVERHEAD_BYTES, now);
}

export function forgetToken({ key }: Slot): void {
  memory.delete(key);
}

export function forgetAllTokens(): void {
  memory.clear();
}

/** One KV read and at most one verification. Rejects when KV does. */
export async function findToken(kv: KVNamespace, slot: Slot, now: () => number): Promise<Found> {
  const token = fits(slot) ? await kv.get(slot.key) : null;
  return believe(slot, token, now());
}

/** The slots of many that hold something, by one KV operation for each hundred. */
export async function findTokens(
  kv: KVNamespace,
  slots: readonly Slot[],
  now: () => number,
): Promise<{ slot: Slot; found: Found }[]> {
  const usable = slots.filter(fits);
  const present: { slot: Slot; found: Found }[] = [];
  for (let i = 0; i < usable.length; i += BULK) {
    const some = usable.slice(i, i + BULK);
    const values = await kv.get(some.map(({ key }) => key));
    for (const slot of some) {
      const token = values.get(slot.key) ?? null;
      if (token !== null) present.push({ slot, found: await believe(slot, token, now()) });
    }
  }
  return present;
}

/**
 * Writes what was read to KV, unless the same or a newer read is there. KV answers from copies up to a minute old, so
 * of two racing writers the older may still win; `max_age`, which counts from the read, limits that too. For a subject
 * that has nothing, a token that says so is written only in place of another, so that no older read brings that back.
 */
export async function keepToken(
  kv: KVNamespace,
  slot: Slot,
  made: { claims: EntitlementClaims; token?: string; found?: Found | undefined },
  now: () => number,
): Promise<void> {
  const { claims } = made;
  const { isPresent, held } = made.found ?? (await findToken(kv, slot, now));
  if (!isPresent && claims.ent.length === 0) return;
  if (held && isAsGood(held.claims, claims)) return;
  await writeToken(kv, slot, { token: made.token ?? (await signClaims(slot.mode, claims)), claims }, now());
}

/** Puts a token into KV until it expires. KV takes one write a second for each key and throws for more. */
export async function writeToken(
  kv: KVNamespace,
  slot: Slot,
  { token, claims }: HeldToken,
  now: number,
): Promise<void> {
  if (!fits(slot)) return;
  const seconds = Math.ceil(claims.exp - now / 1000);
  await kv.put(slot.key, token, { expirationTtl: Math.max(MIN_TTL_SECONDS, seconds) });
}

/** Whether the token in KV is as good as what was read now. */
function isAsGood(there: EntitlementClaims, read: EntitlementClaims): boolean {
  if (there.ver > read.ver) return true;
  return saySame(there, read) && (read.ent.length === 0 || read.ver - there.ver < REWRITE_AFTER_MS);
}

/**
 * `now` must be taken after the wait for KV: a token that another city wrote meanwhile would look as if its clock were
 * ahead.
 */
async function believe(slot: Slot, token: string | null, now: number): Promise<Found> {
  if (token === null) return { isPresent: false, held: undefined };
  const claims = await verifyToken(slot.mode, token, slot.scope, now);
  return { isPresent: true, held: claims && !isFromAhead(claims, now) ? { token, claims } : undefined };
}

function fits({ key }: Slot): boolean {
  // One UTF-16 unit becomes three bytes at most.
  return key.length * 3 <= MAX_KEY_BYTES || new TextEncoder().encode(key).byteLength <= MAX_KEY_BYTES;
}

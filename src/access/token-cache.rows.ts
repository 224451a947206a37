import type { Config, ModeConfig } from '../base/config.ts';
import { type Subject, subjectName } from '../base/subject.rules.ts';
import { type EntitlementClaims, isFromAhead, saySame } from './entitlement-token.rules.ts';
import { MemoryCache } from '../base/memory.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { signClaims, verifyToken } from '../base/signing.ts';

/*
 * Entitlement tokens where checks find them first: this isolate's memory, then KV. Both may be old, so what is found
 * can only ever say yes, and for as long as the caller allows. What KV holds is text until its signature is verified.
 */

/** A token whose signature has been verified, or was made here. */
export interface HeldToken {
  token: string;
  claims: EntitlementClaims;
}

/** The place of one (app, subject), and what a token must say to be believed there. */
export interface Slot {
  key: string;
  mode: ModeConfig;
  scope: { iss: string; aud: string; sub: string };
}

/** What lies in a slot. Present without being held: it is not to be believed. */
export interface Found {
  isPresent: boolean;
  held: HeldToken | undefined;
}

/** Spares KV and a signature check while a page asks ten questions. Bounded by every `max_age`, which counts from the read. */
const MEMORY_MS = 5_000;
const ENTRY_OVERHEAD_BYTES = 500;
const memory = new MemoryCache<HeldToken>({ maxEntries: 5_000, maxBytes: 8_000_000, ttlMs: MEMORY_MS });

/** KV refuses longer keys. A subject with such a name is read from D1 each time. */
const MAX_KEY_BYTES = 512;
/** KV refuses shorter lives. */
const MIN_TTL_SECONDS = 60;
/** How many keys KV reads in one operation. */
const BULK = 100;
/** A token that says the same is not written again before this age, so that repeated questions write little. */
const REWRITE_AFTER_MS = 60_000;

/** The slot of a subject. Mode and app are in the key as well as in the token: neither is trusted for the other. */
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

/** Remembers a token, unless one of a newer read is remembered. */
export function rememberToken({ key }: Slot, held: HeldToken, now: number): void {
  const known = memory.get(key, now);
  if (known && known.claims.ver > held.claims.ver) return;
  // The text, and the claims that say about the same once more, at two bytes a character.
  memory.set(key, held, 4 * held.token.length + 2 * key.length + ENTRY_OVERHEAD_BYTES, now);
}

export function forgetToken({ key }: Slot): void {
  memory.delete(key);
}

/** Forgets what this isolate remembers. */
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
 * Leaves what was read in KV, unless that holds the like already or a newer read. KV answers from copies up to a minute
 * old, so of two racing writers the older may still win: `max_age`, which counts from the read, bounds that too.
 * Entitled to nothing is written only over something, as a token that says so: an older read does not replace it.
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

/** Whether what lies in KV is as good as what was read now. */
function isAsGood(there: EntitlementClaims, read: EntitlementClaims): boolean {
  if (there.ver > read.ver) return true;
  return saySame(there, read) && (read.ent.length === 0 || read.ver - there.ver < REWRITE_AFTER_MS);
}

/** `now`: after the wait for KV, in which other cities may have written. What their clocks say must not look ahead by it. */
async function believe(slot: Slot, token: string | null, now: number): Promise<Found> {
  if (token === null) return { isPresent: false, held: undefined };
  const claims = await verifyToken(slot.mode, token, slot.scope, now);
  return { isPresent: true, held: claims && !isFromAhead(claims, now) ? { token, claims } : undefined };
}

function fits({ key }: Slot): boolean {
  // Three bytes are the most that one UTF-16 unit becomes.
  return key.length * 3 <= MAX_KEY_BYTES || new TextEncoder().encode(key).byteLength <= MAX_KEY_BYTES;
}

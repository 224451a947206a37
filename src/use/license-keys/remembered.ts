import * as z from 'zod/mini';
import { revocationsHeard } from '../../base/heard-revocations.ts';
import { MemoryCache } from '../../base/memory.ts';
import { once } from '../../base/once.rules.ts';
import { type CheckRow, readAnswer, type Slot } from './license-checks.rows.ts';
import type { PolarLicenseKey } from '../../polar/license-keys.rules.ts';

/*
 * A plain yes may be remembered for as long as the caller says (`max_age`): for some seconds in the memory of an isolate, and in
 * D1 for all of them. A no never is.
 */

/** What is remembered of a key that was good. The key itself is not in it. Times are milliseconds since 1970. */
export interface RememberedKey {
  id: string;
  customerId: string;
  benefitId: string;
  displayKey: string;
  expiresAt: number | null;
  usage: number;
  limitUsage: number | null;
  limitActivations: number | null;
  activations: number;
}

export interface RememberedYes {
  key: RememberedKey;
  /** Before Polar was asked. */
  checkedAt: number;
}

/** Without the key itself. */
export function summarize(key: PolarLicenseKey): RememberedKey {
  const { id, customerId, benefitId, displayKey, expiresAt, usage, limitUsage, limitActivations } = key;
  const activations = key.activations.length;
  return {
    id,
    customerId,
    benefitId,
    displayKey,
    expiresAt,
    usage,
    limitUsage,
    limitActivations,
    activations,
  };
}

const remembered = once(() =>
  z.object({
    id: z.string(),
    customerId: z.string(),
    benefitId: z.string(),
    displayKey: z.string(),
    expiresAt: z.nullable(z.int()),
    usage: z.int(),
    limitUsage: z.nullable(z.int()),
    limitActivations: z.nullable(z.int()),
    activations: z.int(),
  }),
);

/** The yes that a row of D1 holds; undefined when it holds none, or its grant has ended since. */
export function yesOf(row: CheckRow | undefined): RememberedYes | undefined {
  if (!row || row.checkedAt === null || row.isRevoked === 1) return undefined;
  const key = readAnswer(row, (value) => remembered().safeParse(value).data);
  return key && { key, checkedAt: row.checkedAt };
}

/** Whether a yes answers a question. `maxAge`: seconds; `now`: milliseconds. */
export function isUsable(
  { key, checkedAt }: RememberedYes,
  { maxAge, benefitId, now }: { maxAge: number; benefitId: string | undefined; now: number },
): boolean {
  if (key.expiresAt !== null && key.expiresAt <= now) return false;
  if (benefitId !== undefined && benefitId !== key.benefitId) return false;
  return now - checkedAt < maxAge * 1000;
}

/** So long an isolate may believe what D1 said, when it is not the one that heard of a revocation. */
const MEMORY_MS = 5_000;
const ENTRY_BYTES = 700;
const memory = new MemoryCache<{ yes: RememberedYes; heard: number }>({
  maxEntries: 5_000,
  maxBytes: 4_000_000,
  ttlMs: MEMORY_MS,
});

const nameOf = ({ appId, keyHash }: Slot) => `${appId} ${keyHash}`;

/** What this isolate remembers, unless it has heard of a revocation since. */
export function recall(slot: Slot, now: number): RememberedYes | undefined {
  const entry = memory.get(nameOf(slot), now);
  return entry && entry.heard === revocationsHeard() ? entry.yes : undefined;
}

/** `heard`: how many revocations had been heard of before D1 or Polar was asked. */
export function remember(slot: Slot, yes: RememberedYes, heard: number, now: number): void {
  memory.set(nameOf(slot), { yes, heard }, ENTRY_BYTES, now);
}

export function forgetRemembered(slot: Slot): void {
  memory.delete(nameOf(slot));
}

/** As a new isolate begins. */
export function forgetAllRemembered(): void {
  memory.clear();
}

import { SETTLE_SECONDS } from '../../base/key-lives.rules.ts';
import { newestKey } from '../../base/newest-key.rules.ts';
import { TOKEN_TTL_SECONDS } from '../../access/entitlement-token.rules.ts';

/* In which part of its life each key is, so that a rotation knows what comes next without a note of its own (ADR 92). */

/**
 * `coming`: known, and not used yet; `current`: what is made now is made with it; `kept`: it is needed for what was made
 * with it; `removable`: nothing needs it.
 */
type KeyState = 'coming' | 'current' | 'kept' | 'removable';

/** A key, whichever it is for. */
export interface LivingKey {
  id: string;
  /** Unix seconds; before that it is not used. */
  begins: number;
  /** When the gateway first ran with it, milliseconds. */
  since: number;
}

/** Clocks of isolates and verifiers may differ by this. Seconds. */
const CLOCKS_SECONDS = 60;
/** The longest that a token by an older key is still believed somewhere, after every isolate signs with the new one. */
export const SIGNING_KEPT_SECONDS = SETTLE_SECONDS + TOKEN_TTL_SECONDS + CLOCKS_SECONDS;
/** Codes to sign in with live so long under the key that they were made with, and are not encrypted again. Seconds. */
const SIGN_IN_SECONDS = 15 * 60;
export const ENCRYPTION_KEPT_SECONDS = SETTLE_SECONDS + SIGN_IN_SECONDS + CLOCKS_SECONDS;

export interface JudgedKey extends LivingKey {
  state: KeyState;
  /** When nothing needs it any more, milliseconds. Null: it is needed, or that is not known yet. */
  removableAt: number | null;
}

/** From when on every new thing is made with a key, by isolates that know it. Milliseconds. */
export function switchedAt({ begins, since }: LivingKey): number {
  return Math.max(begins * 1000, since);
}

/**
 * The state of each key at `now` (milliseconds). An older key is kept for `keptSeconds` after the switch to the current
 * one, and as long as `isNeeded`.
 */
export function judgeKeys(
  keys: readonly LivingKey[],
  { now, keptSeconds, isNeeded }: { now: number; keptSeconds: number; isNeeded: boolean },
): JudgedKey[] {
  const current = newestKey(keys, ({ begins }) => begins, now / 1000);
  return keys.map((key) => {
    if (!current || key === current) return { ...key, state: 'current', removableAt: null };
    if (key.begins * 1000 > now) return { ...key, state: 'coming', removableAt: null };
    const keptUntil = switchedAt(current) + keptSeconds * 1000;
    const removableAt = isNeeded ? null : keptUntil;
    return { ...key, state: isNeeded || now < keptUntil ? 'kept' : 'removable', removableAt };
  });
}

import { buildClaims } from '../domain/entitlement-token.ts';
import type { Subject } from '../domain/access.ts';
import type { Services } from '../services.ts';
import { readConcerned } from '../storage/concerned-subjects.ts';
import type { AppRow } from '../storage/schema.ts';
import { signClaims } from '../storage/signing.ts';
import { findTokens, type Found, rememberToken, type Slot, writeToken } from '../storage/token-cache.ts';
import { readState, slotOf } from './check-access.ts';

/** How many tokens are rebuilt at once: an invocation has six connections. */
const AT_ONCE = 5;

/**
 * Rebuilds the cached tokens of everyone whom a change of these customers' and payments' grants and purchases concerns:
 * the customers, their team's members, the app's own names for them, and single purchases. Only tokens that lie in KV
 * are rebuilt: whoever never asked costs one bulk read. Each key is written once, however often it is named.
 * Throws what KV and D1 throw, so that the queue tries again.
 */
export async function refreshEntitlements(
  services: Services,
  message: { appId: string; customerIds: string[]; paymentIds: string[] },
): Promise<void> {
  const { app, subjects } = await readConcerned(services.database, message);
  if (!app || !services.config.modes[app.mode]) return;
  const places = new Map<string, { slot: Slot; subject: Subject }>();
  for (const subject of subjects) {
    const slot = slotOf(services, app, subject);
    places.set(slot.key, { slot, subject });
  }
  const slots = [...places.values()].map(({ slot }) => slot);
  const present = await findTokens(services.entitlements, slots, () => services.now());
  for (let i = 0; i < present.length; i += AT_ONCE) {
    await Promise.all(
      present.slice(i, i + AT_ONCE).map(async ({ slot, found }) => {
        const place = places.get(slot.key);
        if (place) await rebuild(services, app, { ...place, found });
      }),
    );
  }
}

/**
 * Writes even what seems to lie there already: KV shows this location a copy that may be a minute old, and the change
 * has been told. What is left when nothing is: a token that says so, which no older read replaces. One by a clock ahead
 * of ours lends its `ver`: the change must not look older than what it takes away.
 */
async function rebuild(
  services: Services,
  app: AppRow,
  { slot, subject, found }: { slot: Slot; subject: Subject; found: Found },
): Promise<void> {
  const now = services.now();
  const { entitlements } = await readState(services, { app, subject }, now);
  const ver = Math.max(now, found.held?.claims.ver ?? now);
  const claims = buildClaims(slot.scope, entitlements.current, ver);
  const token = await signClaims(slot.mode, claims);
  rememberToken(slot, { token, claims }, now);
  await writeToken(services.entitlements, slot, { token, claims }, now);
}

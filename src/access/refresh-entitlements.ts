import { buildClaims } from './entitlement-token.rules.ts';
import type { Subject } from '../base/subject.rules.ts';
import { rebuildMessages } from '../base/messages.ts';
import type { Services } from '../base/services.ts';
import { selectConcerned, selectApp } from './concerned-subjects.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { STATEMENTS } from '../base/db/statement-budget.ts';
import { signClaims } from '../base/signing.ts';
import { findTokens, type Found, rememberToken, type Slot, writeToken } from './token-cache.rows.ts';
import { readState, slotOf } from './check-access.ts';

/** How many tokens are rebuilt at once: an invocation has six connections. */
const AT_ONCE = 5;

/**
 * Rebuilds the cached tokens of all subjects whom a change of these customers', payments' and external ids' grants and purchases
 * concerns: the customers, their teams' members, their external ids and those of the ids, and single purchases (ADR 18). Only tokens that
 * are in KV are rebuilt; the others cost a bulk read. Each key is written once, however often it is named. Tokens that
 * this invocation has no room for get messages of their own. Throws what KV, D1 and the queue throw, so that the queue
 * tries again; all that could be written is written by then.
 */
export async function refreshEntitlements(
  services: Services,
  message: { appId: string; customerIds: string[]; paymentIds: string[]; externalIds?: string[] },
): Promise<void> {
  const { app, subjects } = await selectConcerned(services.database, { externalIds: [], ...message });
  if (app) await rebuildTokens(services, app, subjects);
}

/** Rebuilds the tokens of an app's subjects that are in KV. Throws as `refreshEntitlements` does. */
export async function rebuildEntitlements(
  services: Services,
  { appId, subjects }: { appId: string; subjects: readonly Subject[] },
): Promise<void> {
  const app = await selectApp(services.database, appId);
  if (app) await rebuildTokens(services, app, subjects);
}

async function rebuildTokens(services: Services, app: AppRow, subjects: readonly Subject[]): Promise<void> {
  if (!services.config.modes[app.mode]) return;
  const places = new Map<string, { slot: Slot; subject: Subject }>();
  for (const subject of subjects) {
    const slot = slotOf(services, app, subject);
    places.set(slot.key, { slot, subject });
  }
  const slots = [...places.values()].map(({ slot }) => slot);
  const present = await findTokens(services.entitlements, slots, () => services.now());
  const left: Subject[] = [];
  const failures: unknown[] = [];
  for (let i = 0; i < present.length; i += AT_ONCE) {
    await Promise.all(
      present.slice(i, i + AT_ONCE).map(async ({ slot, found }) => {
        const place = places.get(slot.key);
        if (!place) return;
        // When one token cannot be written, the others are written all the same, now and each time that the queue tries
        // again.
        const rebuilding = () =>
          rebuild(services, app, { ...place, found }).catch((error: unknown) => failures.push(error));
        if (!(await services.budget.spend(STATEMENTS.rebuildToken, rebuilding))) left.push(place.subject);
      }),
    );
  }
  if (left.length > 0) await services.handOn(rebuildMessages(app.id, left));
  if (failures.length > 0) throw failures[0];
}

/**
 * Writes even what seems to be there already, since KV's copy here may be a minute old. For a subject that has nothing
 * left it writes a token that says so, which no older read replaces. When the stored token was made by a clock ahead of
 * ours, the new one takes over its `ver`, or it would count as older than the token that it must replace (ADR 18).
 */
async function rebuild(
  services: Services,
  app: AppRow,
  { slot, subject, found }: { slot: Slot; subject: Subject; found: Found },
): Promise<void> {
  const now = services.now();
  const { current, features } = (await readState(services, { app, subject, asked: [] }, now)).entitlements;
  const ver = Math.max(now, found.held?.claims.ver ?? now);
  const claims = buildClaims(slot.scope, current, ver, features);
  const token = await signClaims(slot.mode, claims);
  rememberToken(slot, { token, claims }, now);
  // As costly as a statement, and there is one for each token.
  services.budget.count(1);
  await writeToken(services.entitlements, slot, { token, claims }, now);
}

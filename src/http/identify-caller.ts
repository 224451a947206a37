import { log } from '../base/log.ts';
import type { Services } from '../base/services.ts';
import { MemoryCache } from '../base/memory.ts';
import type { AppRow, SessionRow } from '../base/db/schema.rows.ts';
import { Problem } from '../base/problem.ts';
import { equalSecrets, hashSecret, readTokenKind } from '../base/secrets.ts';
import { noteKeyUsed, selectKey, selectSession } from './callers.rows.ts';
import { hasEnded, type KeyLimits } from './key-scopes.rules.ts';

export type Credential = 'secret' | 'publishable' | 'session' | 'operator';

/** Who is calling, proven. */
export type Principal =
  | ({ kind: 'secret'; app: AppRow; keyId: string } & KeyLimits)
  | ({ kind: 'publishable'; app: AppRow; keyId: string } & KeyLimits)
  | { kind: 'session'; app: AppRow; session: SessionRow }
  | { kind: 'operator' };

/** Who is calling a route that takes these credentials. */
export type Caller<C extends Credential> = Extract<Principal, { kind: C }>;

/** How long an isolate may remember a key or session, also when it was revoked elsewhere (invariant 7). */
const MEMORY_MS = 30_000;
/** How exact "last used" is: at most one write in this time for each key. */
const LAST_USED_STEP_MS = 10 * 60_000;
const ENTRY_BYTES = 2_000;
const known = new MemoryCache<Principal>({ maxEntries: 2_000, maxBytes: 4_000_000, ttlMs: MEMORY_MS });

/** Forgets what this isolate remembers, so that a revocation made here takes effect here at once. */
export function forgetCallers(): void {
  known.clear();
}

/** The caller with this Bearer token, if this isolate remembers it and it has not ended since. */
export function recallCaller(token: string, now: number): Principal | undefined {
  const remembered = known.get(token, now);
  return remembered && hasExpired(remembered, now) ? undefined : remembered;
}

/**
 * The caller with this Bearer token; undefined when it is unknown or revoked, or a session that has ended. One D1 round
 * trip, none while remembered. Its end counts at that moment, whatever is remembered.
 * @throws {Problem} `unauthorized` for a key that has ended, which says so
 */
export async function identifyCaller(services: Services, token: string): Promise<Principal | undefined> {
  const claim = readTokenKind(token);
  if (!claim) {
    const { adminTokens } = services.config;
    const equal = await Promise.all(adminTokens.map((each) => equalSecrets(token, each)));
    return equal.includes(true) ? { kind: 'operator' } : undefined;
  }
  const now = services.now();
  // The memory's key is the token itself, which is in memory with the request anyway; hashing it would cost more than
  // the rest.
  const remembered = known.get(token, now);
  if (remembered) return stillValid(remembered, now);
  const hash = await hashSecret(token);
  const found =
    claim.kind === 'session' ? await findSession(services, hash, now) : await findKey(services, hash, now);
  if (!found) return undefined;
  known.set(token, found, ENTRY_BYTES, now);
  return stillValid(found, now);
}

/**
 * A visitor's session at an app, of a token that somebody else passes on. Another app's session is none there, and a key speaks for
 * no visitor.
 */
export async function identifyVisitor(
  services: Services,
  slug: string,
  token: string,
): Promise<Caller<'session'> | undefined> {
  if (readTokenKind(token)?.kind !== 'session') return undefined;
  const principal = await identifyCaller(services, token);
  return principal?.kind === 'session' && principal.app.slug === slug ? principal : undefined;
}

/** @throws {Problem} `unauthorized` for a key that has ended: only who holds it learns that it was one. */
function stillValid(principal: Principal, now: number): Principal | undefined {
  if (!hasExpired(principal, now)) return principal;
  if (principal.kind === 'session' || principal.kind === 'operator') return undefined;
  const end = new Date(principal.expiresAt ?? now).toISOString();
  throw new Problem('unauthorized', { detail: `This key ended at ${end}. Use another key of the app.` });
}

function hasExpired(principal: Principal, now: number): boolean {
  if (principal.kind === 'session') return principal.session.expiresAt <= now;
  return principal.kind !== 'operator' && hasEnded(principal, now);
}

async function findKey(services: Services, hash: string, now: number): Promise<Principal | undefined> {
  const { database } = services;
  const found = await selectKey(database, hash);
  if (!found) return undefined;
  const { app, key } = found;
  if ((key.lastUsedAt ?? 0) < now - LAST_USED_STEP_MS) {
    services.waitUntil(
      noteKeyUsed(database, key.id, now).catch((error: unknown) =>
        log('warn', 'the use of a key was not noted', { error }),
      ),
    );
  }
  const { kind, id: keyId, scopes, expiresAt } = key;
  return { kind, app, keyId, scopes: scopes ?? undefined, expiresAt: expiresAt ?? undefined };
}

async function findSession(
  { database }: Services,
  hash: string,
  now: number,
): Promise<Principal | undefined> {
  const found = await selectSession(database, hash, now);
  return found && { kind: 'session', ...found };
}

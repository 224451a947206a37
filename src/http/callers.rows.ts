import { and, eq, gt, isNull } from 'drizzle-orm';
import type { Database } from '../base/db/database.rows.ts';
import {
  apiKeys,
  type AppRow,
  apps,
  type KeyRow,
  type SessionRow,
  sessions,
} from '../base/db/schema.rows.ts';

/** An app by slug. */
export async function selectApp(database: Database, slug: string): Promise<AppRow | undefined> {
  const [app] = await database.select().from(apps).where(eq(apps.slug, slug)).limit(1);
  return app;
}

/** The key of this hash with its app, unless it is revoked. */
export async function selectKey(
  database: Database,
  hash: string,
): Promise<{ app: AppRow; key: KeyRow } | undefined> {
  const [row] = await database
    .select({ app: apps, key: apiKeys })
    .from(apiKeys)
    .innerJoin(apps, eq(apps.id, apiKeys.appId))
    .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt)))
    .limit(1);
  return row;
}

/** Notes when a key was last used, milliseconds. */
export async function noteKeyUsed(database: Database, keyId: string, now: number): Promise<void> {
  await database.update(apiKeys).set({ lastUsedAt: now }).where(eq(apiKeys.id, keyId));
}

/** The live session of this hash with its app. */
export async function selectSession(
  database: Database,
  hash: string,
  now: number,
): Promise<{ app: AppRow; session: SessionRow } | undefined> {
  const [row] = await database
    .select({ app: apps, session: sessions })
    .from(sessions)
    .innerJoin(apps, eq(apps.id, sessions.appId))
    .where(
      and(
        eq(sessions.hash, hash),
        // Sessions in the gateway's own cookie are not accepted as Bearer tokens (ADR 33).
        eq(sessions.holder, 'app'),
        isNull(sessions.revokedAt),
        gt(sessions.expiresAt, now),
      ),
    )
    .limit(1);
  return row;
}

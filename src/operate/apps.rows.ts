import { and, desc, eq } from 'drizzle-orm';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { apiKeys, type AppRow, apps, type KeyRow } from '../base/db/schema.rows.ts';

/** A new app. Fails on a unique index when its product has one, or another of its mode owns what is unclaimed. */
export function insertApp(database: Database, app: AppRow): Statement {
  return database.insert(apps).values(app);
}

/** An app as it is now. Without the id: writing it, even unchanged, makes SQLite look through every table that refers to it. */
export function updateAppStatement(database: Database, { id, ...columns }: AppRow): Statement {
  return database.update(apps).set(columns).where(eq(apps.id, id));
}

/** All apps, newest first. */
export async function selectApps(database: Database): Promise<AppRow[]> {
  return database.select().from(apps).orderBy(desc(apps.id));
}

/** New keys. */
export function insertKeys(database: Database, keys: KeyRow[]): Statement {
  return database.insert(apiKeys).values(keys);
}

/** An app's keys, newest first. */
export async function selectKeys(database: Database, appId: string): Promise<KeyRow[]> {
  return database.select().from(apiKeys).where(eq(apiKeys.appId, appId)).orderBy(desc(apiKeys.id));
}

function whereKey(appId: string, keyId: string) {
  return and(eq(apiKeys.id, keyId), eq(apiKeys.appId, appId));
}

/** One key of an app. */
export async function selectKeyOf(
  database: Database,
  appId: string,
  keyId: string,
): Promise<KeyRow | undefined> {
  const [key] = await database.select().from(apiKeys).where(whereKey(appId, keyId)).limit(1);
  return key;
}

/** Ends a key of an app. */
export function revokeKeyStatement(database: Database, key: KeyRow, now: number): Statement {
  return database.update(apiKeys).set({ revokedAt: now }).where(whereKey(key.appId, key.id));
}

import { and, desc, eq, gt, isNull, or } from 'drizzle-orm';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { apiKeys, type AppRow, apps, type KeyRow } from '../base/db/schema.rows.ts';

/**
 * Inserts an app. Violates a unique index when the product has an app in this mode, or another app owns the unclaimed
 * products.
 */
export function insertApp(database: Database, app: AppRow): Statement {
  return orm(database).insert(apps).values(app);
}

/**
 * Writes an app's columns except the id: SQLite would look through every table that refers to the app, even if the id
 * did not change.
 */
export function updateAppStatement(database: Database, { id, ...columns }: AppRow): Statement {
  return orm(database).update(apps).set(columns).where(eq(apps.id, id));
}

/** All apps, newest first. */
export async function selectApps(database: Database): Promise<AppRow[]> {
  return orm(database).select().from(apps).orderBy(desc(apps.id));
}

/** Inserts keys. */
export function insertKeys(database: Database, keys: KeyRow[]): Statement {
  return orm(database).insert(apiKeys).values(keys);
}

/** An app's keys, newest first. */
export async function selectKeys(database: Database, appId: string): Promise<KeyRow[]> {
  return orm(database).select().from(apiKeys).where(eq(apiKeys.appId, appId)).orderBy(desc(apiKeys.id));
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
  const [key] = await orm(database).select().from(apiKeys).where(whereKey(appId, keyId)).limit(1);
  return key;
}

/** Sets the end of a key, unless it ends sooner. */
export function endKeyStatement(database: Database, key: KeyRow, expiresAt: number): Statement {
  return orm(database)
    .update(apiKeys)
    .set({ expiresAt })
    .where(and(whereKey(key.appId, key.id), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, expiresAt))));
}

/** Revokes a key of an app. */
export function revokeKeyStatement(database: Database, key: KeyRow, now: number): Statement {
  return orm(database).update(apiKeys).set({ revokedAt: now }).where(whereKey(key.appId, key.id));
}

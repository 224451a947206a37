import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Doer } from '../base/audit-actions.rules.ts';
import { auditRead } from '../base/audit.rows.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { keepBefore } from '../base/db/row-history.rows.ts';
import { apiKeys, type AppRow, apps, type KeyRow } from '../base/db/schema.rows.ts';

/**
 * Inserts an app. Violates a unique index when the product has an app in this mode, or another app owns the unclaimed
 * products.
 */
export function insertApp(database: Database, app: AppRow): Statement {
  return orm(database).insert(apps).values(app);
}

/** Writes columns of an app. Those that are not given stay as they are by then. `now`: milliseconds. */
export function updateAppStatements(
  database: Database,
  { id, mode }: Pick<AppRow, 'id' | 'mode'>,
  columns: Partial<Omit<AppRow, 'id'>>,
  now: number,
): Statement[] {
  const { pastDueGraceDays, disputeAccess } = columns;
  const isDecisive = pastDueGraceDays !== undefined || disputeAccess !== undefined;
  const decisive = { pastDueGraceDays: pastDueGraceDays ?? null, disputeAccess: disputeAccess ?? null };
  return [
    ...(isDecisive ? [keepDecisive({ mode, now, id, ...decisive })] : []),
    orm(database).update(apps).set(columns).where(eq(apps.id, id)),
  ];
}

/** The settings that decide about access; null: it stays as it is. */
type Decisive = { pastDueGraceDays: number | null; disputeAccess: string | null };
const keepDecisive = keepBefore<Decisive & { mode: string; id: string }>('app', {
  from: 'apps',
  where: `apps.id = :id and (apps.past_due_grace_days <> coalesce(:pastDueGraceDays, apps.past_due_grace_days)
    or apps.dispute_access <> coalesce(:disputeAccess, apps.dispute_access))`,
});

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

/** A key, if it has not changed since it was read. */
function unchangedKey({ appId, id, expiresAt, revokedAt }: KeyRow): SQL {
  return sql`${apiKeys.id} = ${id} and ${apiKeys.appId} = ${appId} and ${apiKeys.expiresAt} is ${expiresAt} and ${apiKeys.revokedAt} is ${revokedAt}`;
}

/** Who changes a key, and what the audit log says of it before and after. */
interface KeyChange {
  by: Doer;
  now: number;
  action: 'key.ends' | 'key.revoked';
  before: object;
  after: object;
}

/** Changes a key, if it has not changed since it was read. `changed` is empty when it has. */
export function changeKey(
  database: Database,
  key: KeyRow,
  change: Partial<Pick<KeyRow, 'expiresAt' | 'revokedAt'>>,
  { by, now, action, before, after }: KeyChange,
) {
  const line = {
    action,
    appId: key.appId,
    target: key.id,
    before: sql`${JSON.stringify(before)}`,
    after: sql`${JSON.stringify(after)}`,
  };
  return {
    noted: auditRead(database, by, now, line, sql`from ${apiKeys} where ${unchangedKey(key)}`),
    changed: orm(database).update(apiKeys).set(change).where(unchangedKey(key)).returning({ id: apiKeys.id }),
  };
}

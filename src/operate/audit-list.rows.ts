import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { AuditAction, Doer } from '../base/audit-actions.rules.ts';
import type { Cursor } from '../base/db/cursor.ts';
import type { Database } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { isInPart } from '../base/db/pages.rows.ts';
import { apps, auditLog } from '../base/db/schema.rows.ts';

/** Times are milliseconds since 1970. */
export interface AuditFilter {
  actor?: Doer['actor'] | undefined;
  action?: AuditAction | undefined;
  /** An app's slug. */
  app?: string | undefined;
  target?: string | undefined;
  /** The id of an app's key. */
  key?: string | undefined;
  /** Inclusive. */
  since?: number | undefined;
  /** Exclusive. */
  until?: number | undefined;
}

export type AuditRow = typeof auditLog.$inferSelect & { app: string | null };

/** How many rows one page looks at for what no index has. */
const MAX_LOOKED_AT = 1_000;

/** Lines of the audit log, newest first. A page may be short; `lookedUntil` then says where to go on. */
export async function selectAuditLog(
  database: Database,
  filter: AuditFilter,
  page: { limit: number; after: Cursor | undefined },
): Promise<{ rows: AuditRow[]; lookedUntil: Cursor | undefined }> {
  const { where, chosen } = findOf(filter, page.after);
  const newestFirst = [desc(auditLog.at), desc(auditLog.id)];
  const lookedAt = chosen.length === 0 ? page.limit : MAX_LOOKED_AT;
  const looked = orm(database)
    .select({ id: auditLog.id })
    .from(auditLog)
    .where(where)
    .orderBy(...newestFirst)
    .limit(lookedAt)
    .as('looked');
  const [rows, [end]] = await orm(database).batch([
    orm(database)
      .select({ line: auditLog, app: apps.slug })
      .from(looked)
      .innerJoin(auditLog, eq(auditLog.id, looked.id))
      .leftJoin(apps, eq(apps.id, auditLog.appId))
      .where(and(...chosen))
      .orderBy(...newestFirst)
      .limit(page.limit),
    orm(database)
      .select({ at: auditLog.at, id: auditLog.id })
      .from(auditLog)
      .where(where)
      .orderBy(...newestFirst)
      .limit(1)
      .offset(lookedAt - 1),
  ]);
  return { rows: rows.map(({ line, app }) => ({ ...line, app })), lookedUntil: end };
}

/** What an index finds (`where`), and what is then `chosen` among those. The most telling of the filters has the index. */
function findOf(
  { actor, action, app, target, key, since, until }: AuditFilter,
  after: Cursor | undefined,
): { where: SQL | undefined; chosen: SQL[] } {
  const isOfApp =
    app === undefined
      ? undefined
      : eq(auditLog.appId, sql`(select ${apps.id} from ${apps} where ${apps.slug} = ${app})`);
  const isOfTarget = target === undefined ? undefined : eq(auditLog.target, target);
  const found = isOfTarget ?? isOfApp;
  // The + keeps SQLite from another index.
  const chosen = [
    actor === undefined ? [] : [sql`+${auditLog.actor} = ${actor}`],
    action === undefined ? [] : [sql`+${auditLog.action} = ${action}`],
    key === undefined ? [] : [sql`+${auditLog.keyId} = ${key}`],
    isOfTarget && app !== undefined ? [sql`${apps.slug} = ${app}`] : [],
  ].flat();
  const isThen = isInPart(sql`${auditLog.at}`, sql`${auditLog.id}`, { since, until, after });
  return { where: and(found, isThen), chosen };
}

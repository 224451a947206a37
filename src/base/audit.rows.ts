import { type SQL, sql } from 'drizzle-orm';
import type { AuditAction, Doer } from './audit-actions.rules.ts';
import { newId } from './ids.rules.ts';
import type { Database, Statement } from './db/database.rows.ts';
import { orm } from './db/orm.rows.ts';
import { auditLog } from './db/schema.rows.ts';

/** What was done to what. Nothing in it may be a secret or personal: it is kept for a year, and read by people. */
export interface AuditLine {
  action: AuditAction;
  appId: string | null;
  /** The id or slug of what was changed; null: many. */
  target: string | null;
  /** The settings before and after, of a change. */
  before?: object | undefined;
  after?: object | undefined;
  /** What was asked for, of what is no change of settings. */
  detail?: object | undefined;
}

/** Lines of the audit log, for the batch that makes the change. `now`: milliseconds. */
export function audit(
  database: Database,
  { actor, keyId, requestId }: Doer,
  now: number,
  ...lines: readonly AuditLine[]
): Statement {
  return orm(database)
    .insert(auditLog)
    .values(
      lines.map(({ before, after, detail, ...line }) => ({
        id: newId('aud'),
        at: now,
        actor,
        keyId,
        requestId,
        ...line,
        before: before && { ...before },
        after: after && { ...after },
        detail: detail && { ...detail },
      })),
    );
}

/** A line of which the database says more. */
interface ReadLine {
  /** `newId('aud')`, to find the line by; by default a new one. */
  id?: string;
  action: AuditAction;
  appId: SQL | string | null;
  target: string | null;
  /** JSON. */
  before?: SQL;
  after?: SQL;
  detail?: SQL;
}

/**
 * A line for each row of `from`, so none when there is no such row, in the batch that makes the change: what it says cannot be
 * older than the change. `from`: `from … where …`.
 */
export function auditRead(
  database: Database,
  { actor, keyId, requestId }: Doer,
  now: number,
  { id, action, appId, target, before, after, detail }: ReadLine,
  from: SQL,
): Statement {
  const none = sql`null`;
  return orm(database).run(sql`
    insert into ${auditLog} (id, at, actor, key_id, request_id, action, app_id, target, before, after, detail)
    select ${id ?? newId('aud')}, ${now}, ${actor}, ${keyId ?? null}, ${requestId ?? null}, ${action}, ${appId}, ${target},
      ${before ?? none}, ${after ?? none}, ${detail ?? none} ${from}`);
}

/** Notes in a line of the same batch how it is after the change. `after`: a query of JSON. */
export function auditAfter(database: Database, id: string, after: SQL): Statement {
  return orm(database).run(sql`update ${auditLog} set after = (${after}) where id = ${id}`);
}

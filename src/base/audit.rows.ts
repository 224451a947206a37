import { newId } from './ids.rules.ts';
import type { Database, Statement } from './db/database.rows.ts';
import { orm } from './db/orm.rows.ts';
import { auditLog } from './db/schema.rows.ts';

/** One line of the audit log, for the batch that makes the change. `now`: milliseconds. `actor`: who did it. */
export function audit(
  database: Database,
  now: number,
  action: string,
  appId: string | null,
  target: string,
  actor: 'operator' | 'app' | 'gateway' = 'operator',
): Statement {
  return orm(database)
    .insert(auditLog)
    .values({ id: newId('aud'), at: now, actor, action, appId, target });
}

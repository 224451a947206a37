import { sql } from 'drizzle-orm';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { auditLog, deliveries, deliveryAttempts, polarEvents, events } from '../base/db/schema.rows.ts';
import { PRUNED_BODY } from './unpaid.rows.ts';

/** Deliveries that ended by `before`, the earliest first. */
export async function selectOldDeliveries(
  database: Database,
  before: number,
  limit: number,
): Promise<string[]> {
  const rows = await database.all<{ id: string }>(sql`
    select id from ${deliveries} where status <> 'pending' and finished_at <= ${before}
    order by finished_at limit ${limit}`);
  return rows.map(({ id }) => id);
}

/** Deletes deliveries, with their attempts, unless they were replayed meanwhile. */
export function deleteDeliveries(database: Database, ids: readonly string[]): Statement[] {
  const chosen = sql`(select d.id from ${deliveries} as d
    where d.id in (select value from json_each(${JSON.stringify(ids)})) and d.status <> 'pending')`;
  return [
    database.run(sql`delete from ${deliveryAttempts} where delivery_id in ${chosen}`),
    database.run(sql`delete from ${deliveries} where id in ${chosen}`),
  ];
}

/** Empties the bodies of events that were told by `before` and have no delivery left. */
export function emptyEvents(database: Database, before: number, limit: number): Statement {
  return database.run(sql`
    update ${events} set body = ${PRUNED_BODY} where id in (
      select f.id from ${events} as f where f.body <> '{}' and f.created_at <= ${before}
        and not exists (select 1 from ${deliveries} as d where d.event_id = f.id) limit ${limit})`);
}

/** Deletes Polar events that were received by `before` and whose bodies are gone. */
export function deleteOldPolarEvents(database: Database, before: number, limit: number): Statement {
  return database.run(sql`
    delete from ${polarEvents} where id in (
      select id from ${polarEvents} where received_at <= ${before} and sealed_body is null and +status <> 'pending' limit ${limit})`);
}

export function deleteOldAudit(database: Database, before: number, limit: number): Statement {
  return database.run(sql`
    delete from ${auditLog} where id in (select id from ${auditLog} where at <= ${before} limit ${limit})`);
}

import { and, eq, sql } from 'drizzle-orm';
import { type Database, runBatch, type Statement } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { deliveries, endpoints } from '../../base/db/schema.rows.ts';

/** The most rows that are written. The first delivery that arrives brings the others forward. */
const MAX_BROUGHT_FORWARD = 5_000;

/**
 * Makes what waits for an enabled endpoint due at `now` (milliseconds), and resets what slowed it down. Its deliveries
 * keep their step in the schedule. Resolves to how many are due. `alongside`: statements for the same batch.
 */
export async function makeAllDue(
  database: Database,
  { id, now }: { id: string; now: number },
  alongside: Statement[],
): Promise<number> {
  const isEnabled = and(eq(endpoints.id, id), eq(endpoints.enabled, true));
  const { counted } = await runBatch(database, {
    alongside,
    endpoint: orm(database)
      .update(endpoints)
      .set({
        pace: null,
        // `rate_limit` still holds, but the next send waits no longer than one interval of it.
        rateAt: sql`case when rate_limit is null then 0 else min(rate_at, ${now} + 60000 / rate_limit) end`,
        // Otherwise a chain that waits for its next step would keep a new one from starting.
        drainToken: null,
        drainUntil: 0,
      })
      .where(isEnabled),
    deliveries: orm(database).run(sql`
      update ${deliveries} set next_attempt_at = ${now} where id in (
        select d.id from ${deliveries} as d join ${endpoints} as e on e.id = d.endpoint_id and e.enabled
        where d.endpoint_id = ${id} and d.status = 'pending' and d.next_attempt_at > ${now}
        order by d.next_attempt_at limit ${MAX_BROUGHT_FORWARD})`),
    counted: orm(database).all<{ due: number }>(sql`
      select count(*) as due from ${deliveries} where endpoint_id = ${id} and status = 'pending' and next_attempt_at <= ${now}`),
  });
  return counted[0]?.due ?? 0;
}

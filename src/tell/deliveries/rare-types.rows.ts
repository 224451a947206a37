import { sql } from 'drizzle-orm';
import type { Database } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { events } from '../../base/db/schema.rows.ts';
import type { KeyRange } from '../events/events.rules.ts';

/**
 * Types of which an app was told so many events are looked for among all of its events, newest first. Of fewer, all are
 * read, which costs about as much.
 */
const MANY = 400;

/** Whether an app was told few events with such keys, and the sequence of its last event; 0: it has none. */
export async function measureKeys(
  database: Database,
  appId: string,
  { from, to }: KeyRange,
): Promise<{ isRare: boolean; last: number }> {
  const [row] = await orm(database).all<{ count: number; last: number | null }>(sql`
    select (select count(*) from (
        select 1 from ${events} where app_id = ${appId} and key >= ${from} and key < ${to} limit ${MANY})) as count,
      (select max(sequence) from ${events} where app_id = ${appId}) as last`);
  return { isRare: (row?.count ?? 0) < MANY, last: row?.last ?? 0 };
}

import { sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { polarEvents } from '../base/db/schema.rows.ts';

/**
 * Makes stored Polar events pending that wait for what has come, and returns their ids. `but`: the Polar event that
 * brought it.
 */
export function wakeArrived(
  database: Database,
  mode: Mode,
  arrived: readonly string[],
  but: string | undefined,
): Statement<{ id: string }[]> {
  return database.all<{ id: string }>(sql`
        update ${polarEvents} set status = 'pending' where mode = ${mode} and waits_for in (select value from json_each(${JSON.stringify(arrived)}))
          and status in ('unrouted', 'applied') and id <> ${but ?? ''} and sealed_body is not null returning id`);
}

/**
 * Makes an unrouted Polar event pending if what it waits for, `order:<id>`, is stored by now and belongs to an app.
 * Returns its id.
 */
export function wakeIfCome(
  database: Database,
  mode: Mode,
  polarEventId: string,
  waitsFor: string,
): Statement<{ id: string }[]>[] {
  const [kind, id] = waitsFor.split(':');
  const table =
    kind === 'order' || kind === 'subscription' || kind === 'product' ? sql.raw(`${kind}s`) : undefined;
  if (!table) return [];
  return [
    database.all<{ id: string }>(sql`
        update ${polarEvents} set status = 'pending' where id = ${polarEventId} and status = 'unrouted'
          and exists (select 1 from ${table} as t where t.mode = ${mode} and t.id = ${id ?? ''} and t.app_id is not null) returning id`),
  ];
}

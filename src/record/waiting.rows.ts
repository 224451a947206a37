import { sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { polarEvents } from '../base/db/schema.rows.ts';

/** Stored Polar events that wait for what has come are to be applied again. Returns their ids. `but`: the Polar event that brought it. */
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
 * A Polar event that was not routed is to be applied again when what it waits for, `order:<id>`, is there and owned by now. Returns
 * its id. None for what has no row of its own.
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

import { type SQL, sql } from 'drizzle-orm';
import { firstIdAt, type IdKind } from '../base/ids.rules.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { type deliveries, type events, type polarEvents, walks } from '../base/db/schema.rows.ts';

/*
 * Rows that are over are found without an index of their own: ids sort by time, so the cron goes through a table in
 * their order and remembers how far it came (ADR 70). A row that is not over yet when the walk passes it must be found
 * in another way.
 */

type Table = typeof deliveries | typeof events | typeof polarEvents;

/** A way through a part of a table, in the order of ids. */
export interface Walk {
  /** It must not change, or the walk begins anew. */
  name: string;
  table: Table;
  /** Ids from `from` on and before `to` are gone through. */
  from: string;
  to: string;
}

/** A walk through the rows of a table that were made by `madeBy` (milliseconds). `prefix`: of their ids. */
export function walkTo(
  name: string,
  table: Table,
  kind: IdKind,
  madeBy: number,
  prefix: string = kind,
): Walk {
  const to = firstIdAt(kind, madeBy + 1).slice(kind.length);
  return { name, table, from: `${prefix}_`, to: `${prefix}${to}` };
}

/** The next rows of walks through one table, `limit` of each at most; `columns` has the `id`. */
export function nextRows<Row extends { id: string } = { id: string }>(
  database: Database,
  through: readonly Walk[],
  limit: number,
  columns: SQL = sql`id`,
): Statement<Row[]> {
  const next = through.map(
    ({ name, table, from, to }) => sql`select * from (
      select ${columns} from ${table}
      where id > coalesce((select after from ${walks} where name = ${name}), ${from}) and id < ${to}
      order by id limit ${limit})`,
  );
  return orm(database).all<Row>(sql.join(next, sql` union all `));
}

/** Notes that walks have seen these rows; to be written in the batch that does what they are for. */
export function noteSeen(
  database: Database,
  through: readonly Walk[],
  seen: readonly { id: string }[],
): Statement[] {
  return through.flatMap(({ name, from, to }) => {
    const last = seen.findLast(({ id }) => id > from && id < to);
    if (!last) return [];
    // Two runs at once may see the same rows; the walk does not go back.
    return orm(database).run(sql`
      insert into ${walks} (name, after) values (${name}, ${last.id})
      on conflict (name) do update set after = max(after, excluded.after)`);
  });
}

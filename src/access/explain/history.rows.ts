import { command, query } from '../../base/db/sql.rows.ts';

/* Since when `row_history` is without gaps, and how what is too old leaves it. */

const NOTE = command<{ now: number; gap: number; every: number }>(`
  insert into history_marks (name, began_at, seen_at) values ('rows', :now, :now)
  on conflict (name) do update set began_at = iif(seen_at < :now - :gap, :now, began_at), seen_at = :now
  where seen_at < :now - :every`);

/** Notes that a release runs which keeps history; after a gap it begins anew. Milliseconds. */
export function noteHistory(now: number, { gap, every }: { gap: number; every: number }) {
  return NOTE({ now, gap, every });
}

const WALK = 'rows as they were';

export interface Version {
  mode: string;
  kind: string;
  id: string;
  nth: number;
  isOver: 0 | 1;
}

const NEXT = query<{ before: number; limit: number }, Version>(`
  with walked(at) as materialized (
    select coalesce((select after from walks where name = '${WALK}'), '["","","",0]'))
  select h.mode, h.kind, h.id, h.nth, h.until < :before as isOver from walked cross join row_history as h
  where (h.mode, h.kind, h.id, h.nth) > (at ->> '$[0]', at ->> '$[1]', at ->> '$[2]', at ->> '$[3]')
  order by h.mode, h.kind, h.id, h.nth limit :limit`);

/** The next versions of a walk through all of them, in the order of their keys; `before`: milliseconds. */
export function nextVersions(before: number, limit: number) {
  return NEXT({ before, limit });
}

const DELETE = command<{ versions: string }>(`
  delete from row_history where (mode, kind, id, nth) in (
    select v.value ->> '$.mode', v.value ->> '$.kind', v.value ->> '$.id', v.value ->> '$.nth' from json_each(:versions) as v)`);
const WALKED = command<{ after: string }>(`
  insert into walks (name, after) values ('${WALK}', :after)
  on conflict (name) do update set after = excluded.after where walks.after <> excluded.after`);

/** Deletes those that are over, and notes how far the walk has come; after the last one it begins again. */
export function passVersions(versions: readonly Version[], isEnd: boolean) {
  const over = versions.filter(({ isOver }) => isOver === 1);
  const last = versions.at(-1);
  const after = isEnd || !last ? '["","","",0]' : JSON.stringify([last.mode, last.kind, last.id, last.nth]);
  return [...(over.length === 0 ? [] : [DELETE({ versions: JSON.stringify(over) })]), WALKED({ after })];
}

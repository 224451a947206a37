import type { Database } from '../../base/db/database.rows.ts';
import { command, query, runOne } from '../../base/db/sql.rows.ts';

/** How many cursors an app may have. */
export const MAX_CURSORS = 100;

/** Times are milliseconds since 1970. */
export interface CursorRow {
  name: string;
  sequence: number;
  createdAt: number;
  updatedAt: number;
}

const COLUMNS = 'name, sequence, created_at as createdAt, updated_at as updatedAt';

const PAGE = query<{ appId: string; after: string; limit: number }, CursorRow>(
  `select ${COLUMNS} from cursors where app_id = :appId and name > :after order by name limit :limit`,
);

/** An app's cursors in order of their names, those after a name. */
export function selectCursors(
  database: Database,
  page: { appId: string; after: string; limit: number },
): Promise<CursorRow[]> {
  return runOne(database, PAGE(page));
}

const BY_NAME = query<{ appId: string; name: string }, CursorRow>(
  `select ${COLUMNS} from cursors where app_id = :appId and name = :name`,
);

export async function selectCursor(
  database: Database,
  appId: string,
  name: string,
): Promise<CursorRow | undefined> {
  const [row] = await runOne(database, BY_NAME({ appId, name }));
  return row;
}

/** Where a cursor is to go. */
export interface Move {
  appId: string;
  name: string;
  sequence: number;
  /** Where it must be; null: there must be none of the name; undefined: anywhere before, or nowhere. */
  expected: number | null | undefined;
  now: number;
}

// It compares and sets at once, so of two who read one place a single one moves the cursor from there.
const MOVE = query<Omit<Move, 'expected'> & { expected: number | null; isAnyExpected: boolean }, CursorRow>(`
  insert into cursors (app_id, name, sequence, created_at, updated_at)
  select :appId, :name, :sequence, :now, :now
  where :sequence <= (select coalesce(max(sequence), 0) from events where app_id = :appId)
    and (exists (select 1 from cursors where app_id = :appId and name = :name)
      or (:expected is null and (select count(*) from cursors where app_id = :appId) < ${MAX_CURSORS}))
  on conflict (app_id, name) do update set sequence = excluded.sequence, updated_at = excluded.updated_at
    where sequence <= excluded.sequence and (:isAnyExpected or sequence = :expected)
  returning ${COLUMNS}`);

/** Moves a cursor forward, or makes it; undefined when it may not go there: see `selectWhyNot`. */
export async function moveCursor(
  database: Database,
  { expected, ...move }: Move,
): Promise<CursorRow | undefined> {
  const [row] = await runOne(
    database,
    MOVE({ ...move, expected: expected ?? null, isAnyExpected: expected === undefined }),
  );
  return row;
}

const WHY_NOT = query<
  { appId: string; name: string },
  { last: number; count: number; sequence: number | null }
>(`
  select (select coalesce(max(sequence), 0) from events where app_id = :appId) as last,
    (select count(*) from cursors where app_id = :appId) as count,
    (select sequence from cursors where app_id = :appId and name = :name) as sequence`);

/** The number of the app's last event, how many cursors it has, and where this one is; null: there is none. */
export async function selectWhyNot(database: Database, appId: string, name: string) {
  const [row] = await runOne(database, WHY_NOT({ appId, name }));
  return row ?? { last: 0, count: 0, sequence: null };
}

const REMOVE = command<{ appId: string; name: string }>(
  'delete from cursors where app_id = :appId and name = :name',
);

/** Deletes a cursor; whether there was one. */
export async function removeCursor(database: Database, appId: string, name: string): Promise<boolean> {
  return (await runOne(database, REMOVE({ appId, name }))) > 0;
}

import { type SQL, sql } from 'drizzle-orm';
import type { Cursor } from './cursor.ts';

/** What part of a newest-first list a page is of. Times are milliseconds since 1970. */
interface Part {
  /** Inclusive. */
  since?: number | undefined;
  /** Exclusive. */
  until?: number | undefined;
  /** The page goes on behind this row. */
  after?: Cursor | undefined;
}

/**
 * A row's time (`at`) is in the part of the list. It has exactly one upper bound: of two SQLite begins at one, which may be
 * the later, and a page far behind would go through all that is newer.
 */
export function isInPart(at: SQL, id: SQL, { since = 0, until = Number.MAX_SAFE_INTEGER, after }: Part): SQL {
  const upper =
    after && after.at < until ? sql`(${at}, ${id}) < (${after.at}, ${after.id})` : sql`${at} < ${until}`;
  return sql`${at} >= ${since} and ${upper}`;
}

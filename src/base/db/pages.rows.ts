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

/** workerd's SQLite takes this many terms in a compound SELECT. */
const MAX_TERMS = 5;

/**
 * The first of all that these SELECTs find, each of which has `at` and `id`, in this order. Where an index has each in it, SQLite reads
 * them side by side, until there are enough.
 */
export function firstOfAll(terms: readonly SQL[], way: SQL, limit: number): SQL {
  const first = (some: readonly SQL[]) =>
    sql`select at, id from (${sql.join([...some], sql` union all `)}) order by at ${way}, id ${way} limit ${limit}`;
  if (terms.length <= MAX_TERMS) return first(terms);
  const groups: SQL[] = [];
  for (let from = 0; from < terms.length; from += MAX_TERMS)
    groups.push(sql`select at, id from (${first(terms.slice(from, from + MAX_TERMS))})`);
  return firstOfAll(groups, way, limit);
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

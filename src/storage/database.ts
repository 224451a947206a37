import { drizzle } from 'drizzle-orm/d1';

/** Drizzle over the D1 binding. Reads and writes go to the primary: every "no" must be true now. */
export function openDatabase(d1: D1Database) {
  return drizzle(d1);
}

export type Database = ReturnType<typeof openDatabase>;
/** A statement for `database.batch`: one round trip, all or nothing. */
export type Statement = Parameters<Database['batch']>[0][number];

/** Runs statements in one atomic round trip; none at all is no round trip. */
export async function runBatch(database: Database, statements: readonly Statement[]): Promise<unknown[]> {
  const [first, ...rest] = statements;
  return first ? database.batch([first, ...rest]) : [];
}

import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type Database, openDatabase } from '../../src/base/db/database.rows.ts';

/** D1 as the gateway calls it, over a database in memory, so that its statements run on rows of a release before. */
export function openAsD1(database: DatabaseSync): Database {
  const prepare = (text: string, values: readonly SQLInputValue[] = []) => {
    const all = () => {
      const statement = database.prepare(text);
      const results = statement.all(...values);
      const { changes } = database.prepare('select changes() as changes').get() as { changes: number };
      return { results, success: true, meta: { changes } };
    };
    return {
      bind: (...bound: SQLInputValue[]) => prepare(text, bound),
      all: () => Promise.resolve(all()),
      run: () => Promise.resolve(all()),
      raw: () => {
        const statement = database.prepare(text);
        statement.setReturnArrays(true);
        return Promise.resolve(statement.all(...values));
      },
      now: all,
    };
  };
  const batch = (statements: ReturnType<typeof prepare>[]) => {
    database.exec('begin');
    try {
      const results = statements.map((statement) => statement.now());
      database.exec('commit');
      return Promise.resolve(results);
    } catch (error) {
      database.exec('rollback');
      return Promise.reject(error);
    }
  };
  return openDatabase({ prepare, batch } as unknown as D1Database);
}

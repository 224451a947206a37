import { type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { SQLiteRaw } from 'drizzle-orm/sqlite-core/query-builders/raw';
import type { Database, Statement } from './database.rows.ts';

const opened = new WeakMap<Database, ReturnType<typeof open>>();

/**
 * Drizzle over a database, for statements that are composed. What every webhook and every question runs is constant SQL
 * instead (see `sql.rows.ts`): Drizzle is not loaded for it.
 */
export function orm(database: Database): ReturnType<typeof open> {
  let known = opened.get(database);
  if (!known) {
    known = open(database);
    opened.set(database, known);
  }
  return known;
}

function open({ d1, onStatements }: Database) {
  const drizzled = drizzle(d1, { logger: { logQuery: () => onStatements(1) } });
  const batch = drizzled.batch.bind(drizzled);
  // drizzle-orm 0.45 forgets to prepare `run(sql…)` and `all(sql…)` in a batch when they have parameters.
  drizzled.batch = (statements) => {
    for (const statement of statements) {
      if (statement instanceof SQLiteRaw)
        Object.assign(statement, { stmt: d1.prepare(statement.getQuery().sql) });
    }
    onStatements(statements.length);
    return batch(statements);
  };
  return drizzled;
}

/**
 * Makes its batch do nothing unless `condition` holds. D1 has no explicit rollback, but a statement that fails undoes
 * its batch, and `json` fails for a text that is no JSON.
 */
export function failUnless(database: Database, condition: SQL): Statement {
  return orm(database).all(sql`select json(iif(${condition}, '1', 'unmet')) as met`);
}

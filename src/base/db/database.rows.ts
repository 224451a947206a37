import { type SQL, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import type { RunnableQuery } from 'drizzle-orm/runnable-query';
import { SQLiteRaw } from 'drizzle-orm/sqlite-core/query-builders/raw';

/**
 * Drizzle over the D1 binding. Reads go to the primary, as writes do, since every "no" must be up to date (invariant
 * 7). `onStatements` is called with the number of statements, each of a batch counted.
 */
export function openDatabase(d1: D1Database, onStatements: (count: number) => void = () => undefined) {
  const database = drizzle(d1, { logger: { logQuery: () => onStatements(1) } });
  const batch = database.batch.bind(database);
  // drizzle-orm 0.45 forgets to prepare `database.run(sql…)` and `database.all(sql…)` in a batch when they have parameters.
  database.batch = (statements) => {
    for (const statement of statements) {
      if (statement instanceof SQLiteRaw)
        Object.assign(statement, { stmt: d1.prepare(statement.getQuery().sql) });
    }
    onStatements(statements.length);
    return batch(statements);
  };
  return database;
}

export type Database = ReturnType<typeof openDatabase>;
/** A statement for a batch, and what it results in. */
export type Statement<Result = unknown> = RunnableQuery<Result, 'sqlite'>;

/** Statements by name, in lists, or both. */
export type Batch = Statement | Batches | { readonly [name: string]: Batch };
/** An interface, since TypeScript resolves a type alias at once and would not end with one that contains itself. */
interface Batches extends ReadonlyArray<Batch> {}

/** The same shape, with each statement's result in its place. */
export type ResultsOf<B> =
  B extends Statement<infer Result> ? Result : { [Name in keyof B]: ResultsOf<B[Name]> };

/**
 * Runs statements in one atomic round trip, in the order in which they are written; none at all is no round trip. The
 * results have the shape of the batch: `const { row } = await runBatch(database, { writes: [a, b], row: select })`.
 * @throws what D1 throws; nothing is written then.
 */
export function runBatch<const B extends Batch>(database: Database, batch: B): Promise<ResultsOf<B>> {
  return run(database, batch) as Promise<ResultsOf<B>>;
}

async function run(database: Database, batch: Batch): Promise<unknown> {
  const statements: Statement[] = [];
  replaceStatements(batch, (statement) => statements.push(statement));
  const [first, ...rest] = statements;
  const results: unknown[] = first ? await database.batch([first, ...rest]) : [];
  return replaceStatements(batch, () => results.shift());
}

function replaceStatements(batch: Batch, replace: (statement: Statement) => unknown): unknown {
  if (isStatement(batch)) return replace(batch);
  if (Array.isArray(batch)) return batch.map((part: Batch) => replaceStatements(part, replace));
  return Object.fromEntries(
    Object.entries(batch).map(([name, part]) => [name, replaceStatements(part, replace)]),
  );
}

function isStatement(batch: Batch): batch is Statement {
  return 'getSQL' in batch;
}

/** How many rows each of a batch's statements has changed. */
export function countChanges(results: readonly unknown[]): number[] {
  return results.map((result) => {
    const { meta }: { meta?: { changes?: unknown } } = Object(result);
    return typeof meta?.changes === 'number' ? meta.changes : 0;
  });
}

/**
 * Whether a write failed because of a constraint, so that nothing of its batch was written: `UNIQUE: polar_events.mode,
 * polar_events.webhook_id`, `NOT NULL: sessions.app_id`. SQLite names a constraint by its columns, a partial index too.
 */
export function violates(
  error: unknown,
  constraint: `${'UNIQUE' | 'NOT NULL' | 'CHECK'}: ${string}`,
): boolean {
  const [kind, columns] = constraint.split(': ');
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause.message.includes(`${kind} constraint failed: ${columns}`)) return true;
  return false;
}

/**
 * Makes its batch do nothing unless `condition` holds. D1 has no explicit rollback, but a statement that fails undoes
 * its batch, and `json` fails for a text that is no JSON.
 */
export function failUnless(database: Database, condition: SQL): Statement {
  return database.all(sql`select json(iif(${condition}, '1', 'unmet')) as met`);
}

/** Whether a batch failed because of `failUnless`, so that nothing was written. */
export function isUnmet(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (/malformed JSON/.test(cause.message)) return true;
  return false;
}

import type { RunnableQuery } from 'drizzle-orm/runnable-query';
import type { Bound } from './sql.rows.ts';

/**
 * D1, and what counts the statements that run on it. Reads go to the primary, as writes do, since every "no" must be up to
 * date (invariant 7).
 */
export interface Database {
  readonly d1: D1Database;
  /** Called with the number of statements that run, each of a batch counted. */
  readonly onStatements: (count: number) => void;
}

export function openDatabase(
  d1: D1Database,
  onStatements: (count: number) => void = () => undefined,
): Database {
  return { d1, onStatements };
}

/** A statement for a batch, and what it results in: constant SQL, or one that Drizzle has composed. */
export type Statement<Result = unknown> = Bound<Result> | Composed<Result>;
type Composed<Result> = RunnableQuery<Result, 'sqlite'>;
/** What Drizzle's statements have, and its types do not say. */
interface Runnable {
  _prepare(): {
    getQuery(): { sql: string; params: unknown[] };
    mapResult(result: D1Result, isFromBatch: true): unknown;
  };
}

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

async function run({ d1, onStatements }: Database, batch: Batch): Promise<unknown> {
  const statements: Prepared[] = [];
  replaceStatements(batch, (statement) => statements.push(prepare(d1, statement)));
  if (statements.length === 0) return replaceStatements(batch, () => undefined);
  onStatements(statements.length);
  const results = await d1.batch(statements.map(({ prepared }) => prepared));
  let next = 0;
  return replaceStatements(batch, () => {
    const at = next++;
    const result = results[at];
    return result && statements[at]?.read(result);
  });
}

interface Prepared {
  prepared: D1PreparedStatement;
  read: (result: D1Result) => unknown;
}

function prepare(d1: D1Database, statement: Statement): Prepared {
  if ('text' in statement) {
    const { text, values, read } = statement;
    return { prepared: d1.prepare(text).bind(...values), read };
  }
  const composed = (statement as unknown as Runnable)._prepare();
  const { sql, params } = composed.getQuery();
  return {
    prepared: d1.prepare(sql).bind(...params),
    read: (result) => composed.mapResult(result, true),
  };
}

function replaceStatements(batch: Batch, replace: (statement: Statement) => unknown): unknown {
  if (isStatement(batch)) return replace(batch);
  if (Array.isArray(batch)) return batch.map((part: Batch) => replaceStatements(part, replace));
  return Object.fromEntries(
    Object.entries(batch).map(([name, part]) => [name, replaceStatements(part, replace)]),
  );
}

function isStatement(batch: Batch): batch is Statement {
  return 'getSQL' in batch || 'read' in batch;
}

/** How many rows each of a batch's statements has changed. */
export function countChanges(results: readonly unknown[]): number[] {
  return results.map((result) => {
    if (typeof result === 'number') return result;
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

/** Whether a batch failed because of `failUnless`, so that nothing was written. */
export function isUnmet(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (/malformed JSON/.test(cause.message)) return true;
  return false;
}

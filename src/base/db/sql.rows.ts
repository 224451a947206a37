import type { Database } from './database.rows.ts';

/*
 * Constant SQL: a statement whose text is the same for every call, with parameters by name. Nothing is built for a call,
 * and D1 compiles the text once.
 */

/** What a parameter may be; a boolean is bound as 1 or 0. */
export type Value = string | number | boolean | null;

/** A statement with what is bound to it, for `runBatch` or `runOne`. */
export interface Bound<Result = unknown> {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
  /** What the caller gets of D1's result. */
  readonly read: (result: D1Result) => Result;
}

type Params<Names extends string> = { readonly [Name in Names]: Value };
type Statement<P extends Params<string>, Result> = (params: P) => Bound<Result>;

/**
 * A statement that gives rows, as `where id = :id` and `{ id: string }`. Columns are named as `Row` has them (`app_id as
 * appId`); SQLite gives numbers, texts and null only, which `Row` must say: a boolean is 0 or 1, JSON is text.
 */
export function query<P extends Params<string>, Row>(text: string): Statement<P, Row[]> {
  return bindTo<P, Row[]>(text, ({ results }) => results as Row[]);
}

/** A statement that writes; gives how many rows it changed. */
export function command<P extends Params<string>>(text: string): Statement<P, number> {
  return bindTo<P, number>(text, ({ meta }) => meta.changes);
}

/** A statement's text that makes its batch do nothing unless `condition` holds, as `failUnless` does (`isUnmet`). */
export const unmetUnless = (condition: string) => `select json(iif(${condition}, '1', 'unmet')) as met`;

/** Runs one statement. Counted as each of a batch is. @throws what D1 throws */
export async function runOne<Result>(
  { d1, onStatements }: Database,
  { text, values, read }: Bound<Result>,
): Promise<Result> {
  onStatements(1);
  return read(
    await d1
      .prepare(text)
      .bind(...values)
      .all(),
  );
}

function bindTo<P extends Params<string>, Result>(
  text: string,
  read: (result: D1Result) => Result,
): Statement<P, Result> {
  let compiled: { text: string; names: string[] } | undefined;
  return (params) => {
    // Only when it is used first: an isolate uses few of all statements.
    compiled ??= numberParameters(text);
    const given: Readonly<Record<string, Value | undefined>> = params;
    const values = compiled.names.map((name) => {
      // A slip in a name would be null, which matches nothing.
      if (!(name in given)) throw new TypeError(`The statement has :${name}, and no value for it.`);
      const value = given[name] ?? null;
      return typeof value === 'boolean' ? Number(value) : value;
    });
    return { text: compiled.text, values, read };
  };
}

/** `:name` as SQLite's `?1`, and the names by number; D1 knows numbers only. */
function numberParameters(text: string): { text: string; names: string[] } {
  const names: string[] = [];
  const numbered = text.replaceAll(/:([a-z]\w*)/gi, (_, name: string) => {
    if (!names.includes(name)) names.push(name);
    return `?${names.indexOf(name) + 1}`;
  });
  return { text: numbered, names };
}

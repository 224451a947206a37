import { columnOf } from '../base/db/columns.rules.ts';
import { type HistoryKind, keepBefore, keptOf } from '../base/db/row-history.rows.ts';
import type { Bound } from '../base/db/sql.rows.ts';
import { command, type Value } from '../base/db/sql.rows.ts';

/**
 * How a table keeps the newest snapshot of each object. Columns are given by the names of their parameters (`appId`), in
 * SQL as they are in the table; there `excluded` is the snapshot, and the table's name the stored row.
 */
interface Kept<Name extends string> {
  table: string;
  key: readonly Name[];
  /** They are those of the newest snapshot. */
  columns: readonly Name[];
  /** They are written when the row is made, and later become what the SQL says, whichever snapshot is the newer one. */
  derived?: Partial<Record<Name, { first?: string; later: string }>>;
  /** Those that an index has. */
  indexed?: readonly Name[];
  /** When the row is written although the snapshot is no newer: SQL. */
  also?: { indexed?: string; others?: string };
}

/** How the snapshots of a table are kept that have these columns. */
export type KeptOf<Params> = Kept<keyof Params & string>;

interface Upsert<Params> {
  /** For a row that may be new, or may differ in any column. */
  all: (params: Params) => Bound<number>;
  /**
   * For a row that has what its indexes hold already. SQLite writes each index of which a column is named in `set`, even
   * if the value stays, and each such entry is a row that is paid for.
   */
  others: (params: Params) => Bound<number>;
}

const VERSION = ['version', 'seen_version', 'digest'];

/**
 * The newer snapshot always wins (invariant 3). It is the comparison of polar/versions.rules.ts in SQL, where no other
 * writer comes in between.
 */
export function isNewer(table: string): string {
  const of = (name: string) => VERSION.map((column) => `${name}.${column}`).join(', ');
  return `(${of('excluded')}) > (${of(table)})`;
}

/** The statements that keep a snapshot. */
export function upsert<Params extends { readonly [Name in keyof Params]: Value }>(
  kept: Kept<keyof Params & string>,
): Upsert<Params> {
  return { all: statement(kept, false), others: statement(kept, true) };
}

function statement<Params extends { readonly [Name in keyof Params]: Value }>(
  { table, key, columns, derived = {}, indexed = [], also = {} }: Kept<keyof Params & string>,
  isIndexedAlready: boolean,
) {
  type Name = keyof Params & string;
  const derivations: Partial<Record<Name, { first?: string; later: string }>> = derived;
  const ofDerived = Object.keys(derivations) as Name[];
  const others = [isIndexedAlready ? undefined : also.indexed, also.others].filter(
    (sql) => sql !== undefined,
  );
  // Any column stays as it is when the row is written for another reason than a newer snapshot.
  const follow = (column: string) =>
    others.length === 0
      ? `${column} = excluded.${column}`
      : `${column} = iif(${isNewer(table)}, excluded.${column}, ${table}.${column})`;
  const named = (name: Name) => !isIndexedAlready || !indexed.includes(name);
  const set = [
    ...[...columns.filter(named).map(columnOf), ...VERSION].map(follow),
    ...ofDerived.filter(named).map((name) => `${columnOf(name)} = ${derivations[name]?.later}`),
  ];
  const all = [...key, ...columns, ...ofDerived];
  return command<Params>(`
    insert into ${table} (${[...all.map(columnOf), ...VERSION].join(', ')})
    values (${[...all.map((name) => derivations[name]?.first ?? `:${name}`), ':version', ':seenVersion', ':digest'].join(', ')})
    on conflict (${key.map(columnOf).join(', ')}) do update set ${set.join(', ')}
    where ${[isNewer(table), ...others].join(' or ')}`);
}

/**
 * A statement that keeps the stored row as it is, before the snapshot replaces it: where it will be written, and differs
 * in what decisions about access read. For a row that is new it keeps that there was none, where `newWhen` holds: SQL over `excluded`.
 */
export function keepStored<Params extends { readonly [Name in keyof Params]: Value }>(
  kind: HistoryKind,
  { table, key, columns, derived = {}, also = {} }: Kept<keyof Params & string>,
  newWhen = 'true',
): (params: Params & { now: number }) => Bound<number> {
  type Name = keyof Params & string;
  const derivations: Partial<Record<Name, { first?: string; later: string }>> = derived;
  const all = [...key, ...columns, ...(Object.keys(derivations) as Name[])];
  const excluded = [
    ...all.map((name) => `${derivations[name]?.first ?? `:${name}`} as ${columnOf(name)}`),
    ':version as version, :seenVersion as seen_version, :digest as digest',
  ];
  const byColumn = new Map(
    (Object.keys(derivations) as Name[]).map((name) => [columnOf(name), derivations[name]?.later]),
  );
  const keys = new Set(key.map(columnOf));
  const news = new Map(keptOf(kind, 'excluded').columns);
  const compared = keptOf(kind).columns.filter(([name]) => !keys.has(name));
  const next = ([name, stored]: [string, string]) =>
    byColumn.get(name) ?? `iif(${isNewer(table)}, ${news.get(name)}, ${stored})`;
  const isWritten = [isNewer(table), also.indexed, also.others].filter((sql) => sql !== undefined);
  const differs = `(${isWritten.join(' or ')})
    and (${compared.map(([, stored]) => stored).join(', ')}) is not (${compared.map(next).join(', ')})`;
  return keepBefore<Params>(kind, {
    from: `(select ${excluded.join(', ')}) as excluded
      left join ${table} on ${key.map((name) => `${table}.${columnOf(name)} = excluded.${columnOf(name)}`).join(' and ')}`,
    where: `iif(${table}.id is null, ${newWhen}, ${differs})`,
    id: 'excluded.id',
    isNew: `${table}.id is null`,
  });
}

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isContract } from '../packages/floe/release/migrations.rules.ts';

/*
 * Whether each migration keeps the rules of ADR 92. One that expands is applied while the release before still runs, so it only adds. One that contracts
 * takes something away: its name begins with `contract` behind the number (`0042_contract_drop_hint.sql`), and it is applied when the new release has been
 * verified.
 */

/** Migrations up to this one were written before there were rules. */
const BEFORE_RULES = '0014_money_that_adds_up.sql';

interface Column {
  type: string;
  notnull: number;
  dflt_value: string | null;
}
interface Schema {
  /** By table and column. */
  columns: Map<string, Map<string, Column>>;
  /** By name. */
  indexes: Map<string, { table: string; sql: string }>;
}

/** What is wrong with the migrations of a folder, in words that name the file. */
export function findBrokenRules(folder: string): string[] {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted();
  const sqlOf = (name: string) => readFileSync(path.join(folder, name), 'utf8');
  const database = new DatabaseSync(':memory:');
  const problems: string[] = [];
  for (const name of files) {
    const before = readSchema(database);
    database.exec(sqlOf(name));
    if (name <= BEFORE_RULES || isContract(name)) continue;
    for (const problem of [...findTaken(before, readSchema(database)), ...findStatements(sqlOf(name))])
      problems.push(
        `${name} ${problem}. The release before still runs then: make it a migration that contracts.`,
      );
  }
  const inOrder = describe(readSchema(database));
  const expandedFirst = new DatabaseSync(':memory:');
  for (const name of [...files.filter((each) => !isContract(each)), ...files.filter(isContract)]) {
    try {
      expandedFirst.exec(sqlOf(name));
    } catch (error) {
      return [
        ...problems,
        `${name} needs a migration that contracts, which is applied later (${String(error)}).`,
      ];
    }
  }
  if (describe(readSchema(expandedFirst)) !== inOrder)
    problems.push('Migrations that contract give another schema when they are applied behind all others.');
  return problems;
}

/** What the release before had and would miss, or could not fill. */
function findTaken(before: Schema, after: Schema): string[] {
  const problems: string[] = [];
  for (const [table, columns] of before.columns) {
    const now = after.columns.get(table);
    if (!now) {
      problems.push(`takes the table ${table} away`);
      continue;
    }
    for (const [name, column] of columns) {
      const left = now.get(name);
      if (!left) problems.push(`takes ${table}.${name} away`);
      else if (left.type !== column.type || left.notnull > column.notnull)
        problems.push(`changes ${table}.${name}`);
    }
    for (const [name, { notnull, dflt_value }] of now)
      if (!columns.has(name) && notnull === 1 && dflt_value === null)
        problems.push(`adds ${table}.${name}, which cannot be left out`);
  }
  for (const [name, { table, sql }] of after.indexes)
    if (!before.indexes.has(name) && before.columns.has(table) && /^create unique/i.test(sql))
      problems.push(`makes ${table} unique by ${name}`);
  for (const [name, { sql }] of before.indexes)
    if (after.indexes.get(name)?.sql !== sql) problems.push(`takes the index ${name} away`);
  return problems;
}

/** Statements that take rows, or could hide what they take in a table of the same name. */
function findStatements(sql: string): string[] {
  const statements = sql.replaceAll(/--[^\n]*/g, '').split(';');
  return statements.flatMap((statement) => {
    const [, verb] = /^\s*(delete|drop|replace)\b/i.exec(statement) ?? [];
    return verb === undefined ? [] : [`has ${verb.toUpperCase()}`];
  });
}

function readSchema(database: DatabaseSync): Schema {
  const of = (type: string) =>
    database
      .prepare(
        "select name, tbl_name as tbl, sql from sqlite_master where type = ? and name not like 'sqlite_%'",
      )
      .all(type) as {
      name: string;
      tbl: string;
      sql: string | null;
    }[];
  const columnsOf = (table: string) =>
    new Map(
      (
        database
          .prepare('select name, type, "notnull", dflt_value from pragma_table_info(?)')
          .all(table) as unknown as (Column & { name: string })[]
      ).map(({ name, ...column }) => [name, column]),
    );
  return {
    columns: new Map(of('table').map(({ name }) => [name, columnsOf(name)])),
    indexes: new Map(of('index').map(({ name, tbl, sql }) => [name, { table: tbl, sql: sql ?? '' }])),
  };
}

const describe = ({ columns, indexes }: Schema): string =>
  JSON.stringify([
    [...columns].map(([table, of]) => [table, [...of].toSorted()]).toSorted(),
    [...indexes].toSorted(),
  ]);

import { type SQL, sql } from 'drizzle-orm';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { endpoints, idempotencyKeys, payments, polarEvents } from '../../base/db/schema.rows.ts';

/*
 * Where encrypted values are. Each place is gone through in the order of a column that every row has an index on, since an
 * index by key id would cost a row written with every Polar event (ADR 70). Rows that are added meanwhile are encrypted
 * with the new key already.
 */

export type PlaceName =
  | 'polar_events'
  | 'payments'
  | 'idempotency_keys'
  | 'endpoints'
  | 'endpoints.previous_secrets'
  | 'endpoints.url';

/** A row with a value that another key than the new one has encrypted. */
export interface SealedRow {
  /** Where it stands in its place. */
  at: string | number;
  /** The encrypted value; of replaced secrets of an endpoint the JSON that they stand in. */
  sealed: string;
  /** What its encryption is bound to: the id of its row, or the parts of its key. */
  id: string;
  appId: string | null;
  route: string | null;
}

interface Place {
  table: SQL;
  column: SQL;
  /** By which it is gone through, and how a position is compared with it. */
  at: SQL;
  after: (position: string) => SQL;
  id: SQL;
  appId?: SQL;
  route?: SQL;
  /** Whether another key than that of the prefix was used. */
  isOld: (prefix: string) => SQL;
}

const isOldText = (column: SQL) => (prefix: string) =>
  sql`${column} is not null and substr(${column}, 1, ${prefix.length}) <> ${prefix}`;
const byId = { at: sql`id`, after: (position: string) => sql`id > ${position}`, id: sql`id` };

const PLACES: Readonly<Record<PlaceName, Place>> = {
  polar_events: {
    table: sql`${polarEvents}`,
    column: sql`sealed_body`,
    ...byId,
    isOld: isOldText(sql`sealed_body`),
  },
  payments: {
    table: sql`${payments}`,
    column: sql`checkout_url`,
    ...byId,
    isOld: isOldText(sql`checkout_url`),
  },
  idempotency_keys: {
    table: sql`${idempotencyKeys}`,
    column: sql`sealed_body`,
    at: sql`rowid`,
    after: (position) => sql`rowid > ${Number(position)}`,
    id: sql`key`,
    appId: sql`app_id`,
    route: sql`route`,
    isOld: isOldText(sql`sealed_body`),
  },
  endpoints: {
    table: sql`${endpoints}`,
    column: sql`sealed_secret`,
    ...byId,
    isOld: isOldText(sql`sealed_secret`),
  },
  'endpoints.url': {
    table: sql`${endpoints}`,
    column: sql`sealed_url`,
    ...byId,
    isOld: isOldText(sql`sealed_url`),
  },
  'endpoints.previous_secrets': {
    table: sql`${endpoints}`,
    column: sql`previous_secrets`,
    ...byId,
    isOld: (prefix) =>
      sql`exists (select 1 from json_each(previous_secrets) as p where substr(p.value ->> 'sealed', 1, ${prefix.length}) <> ${prefix})`,
  },
};
export const PLACE_NAMES = Object.keys(PLACES) as PlaceName[];

/** Rows that one piece looks at, and how much of them it takes. A body has up to 1.2 million characters; an invocation has 128 MB. */
const ROWS_SCANNED = 1_000;
const ROWS_TAKEN = 200;
const CHARS_TAKEN = 400_000;
/** More are not counted. */
const MAX_LEFT = 10_000;

/**
 * The next rows behind `after` to be encrypted again, and how far was looked for them: `last` is null at the end of the
 * place. `keyId`: of the new key.
 */
export function nextSealed(database: Database, name: PlaceName, after: string, keyId: string) {
  const { table, column, at, id, isOld, after: isAfter, appId = sql`null`, route = sql`null` } = PLACES[name];
  const scanned = sql`select ${at} as at, ${column}, ${id} as id, ${appId} as appId, ${route} as route from ${table} where ${isAfter(after)} order by ${at} limit ${ROWS_SCANNED}`;
  return {
    rows: orm(database).all<SealedRow>(sql`
      select at, sealed, id, appId, route from (
        select at, ${column} as sealed, id, appId, route,
          sum(length(${column})) over (order by at) as chars, row_number() over (order by at) as nth
        from (select * from (${scanned}) where ${isOld(`${keyId}.`)} order by at limit ${ROWS_TAKEN}))
      where chars <= ${CHARS_TAKEN} or nth = 1 order by at`) as Statement<SealedRow[]>,
    scanned: orm(database).all<{ last: string | number | null }>(sql`
      select max(at) as last from (select ${at} as at from ${table} where ${isAfter(after)} order by ${at} limit ${ROWS_SCANNED})`) as Statement<
      { last: string | number | null }[]
    >,
  };
}

/** How many rows are behind `after`, old or not; `MAX_LEFT` also when there are more. */
export function countLeft(database: Database, name: PlaceName, after: string): Statement<{ rows: number }[]> {
  const { table, at, after: isAfter } = PLACES[name];
  return orm(database).all(sql`
    select count(*) as rows from (select ${at} from ${table} where ${isAfter(after)} order by ${at} limit ${MAX_LEFT})`);
}

/** Replaces values, each only if it is what was read: meanwhile another invocation may have written it. */
export function replaceSealed(
  database: Database,
  name: PlaceName,
  changed: readonly { at: string | number; before: string; sealed: string }[],
): Statement[] {
  const { table, column, at } = PLACES[name];
  const [only, ...more] = changed;
  if (!only) return [];
  // One alone may be as large as D1 takes a value.
  if (more.length === 0)
    return [
      orm(database).run(
        sql`update ${table} set ${column} = ${only.sealed} where ${at} = ${only.at} and ${column} = ${only.before}`,
      ),
    ];
  const all = JSON.stringify(changed);
  return [
    orm(database).run(sql`
      update ${table} set ${column} = n.value ->> 'sealed' from json_each(${all}) as n
      where ${table}.${at} = n.value ->> 'at' and ${column} = n.value ->> 'before'`),
  ];
}

import { type SQL, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { PolarKind } from '../base/polar-kinds.rules.ts';
import { toMilliseconds } from '../polar/versions.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { customers, snapshots } from '../base/db/schema.rows.ts';

/* Kinds whose deleted objects are not in Polar's lists (ADR 53), and how it is found that one is missing there. */

interface Range {
  /** Milliseconds, both included. */
  from: number;
  to: number;
  /** What Polar's list has shown of that time. */
  listed: readonly string[];
  limit: number;
}

/** A row's version, microseconds, as Polar writes times. */
const MODIFIED_AT = sql`strftime('%Y-%m-%dT%H:%M:%S', version / 1000000, 'unixepoch') || printf('.%06dZ', version % 1000000)`;

interface DeletableRows {
  /** Those that are not deleted as far as is known, were created in a range and are not listed, oldest first. */
  unlisted: (mode: Mode, range: Range) => SQL;
  /** One that is not deleted as far as is known, in Polar's form, with the stored time of its last change. */
  kept: (mode: Mode, id: string) => SQL;
}

const DELETABLE = {
  customer: {
    unlisted: (mode, { from, to, listed, limit }) => sql`
      select id, created_at from ${customers} where mode = ${mode} and created_at >= ${from} and created_at <= ${to} and deleted_at is null
        and id not in (select value from json_each(${JSON.stringify(listed)})) order by created_at limit ${limit}`,
    kept: (mode, id) => sql`
      select json_object('id', id, 'email', email, 'name', name, 'modified_at', ${MODIFIED_AT},
        'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(created_at, 0) / 1000.0, 'unixepoch')) as data
      from ${customers} where mode = ${mode} and id = ${id} and deleted_at is null`,
  },
  member: {
    unlisted(mode, { from, to, listed, limit }) {
      const [first, last] = [from, to + 1].map((at) => new Date(at).toISOString().replace('Z', ''));
      return sql`
        select id, data ->> '$.created_at' as created_at from ${snapshots} where mode = ${mode} and kind = 'member'
          and data ->> '$.created_at' >= ${first} and data ->> '$.created_at' <= ${last} and status is not 'deleted'
          and id not in (select value from json_each(${JSON.stringify(listed)})) order by data ->> '$.created_at' limit ${limit}`;
    },
    kept: (mode, id) => sql`
      select json_set(data, '$.customer_id', customer_id, '$.modified_at', ${MODIFIED_AT}) as data
      from ${snapshots} where mode = ${mode} and kind = 'member' and id = ${id} and status is not 'deleted'`,
  },
} satisfies Partial<Record<PolarKind, DeletableRows>>;

export type DeletableKind = keyof typeof DELETABLE;

/** Whether a kind is one of those. */
export function isDeletable(kind: PolarKind): kind is DeletableKind {
  return kind in DELETABLE;
}

/**
 * Stored objects that were created in the range and are not among `listed`, although Polar's list would have them there
 * unless they are deleted. Oldest first; `createdAt` in milliseconds.
 */
export async function selectUnlisted(
  database: Database,
  mode: Mode,
  kind: DeletableKind,
  range: Range,
): Promise<{ id: string; createdAt: number }[]> {
  const rows = await orm(database).all<{ id: string; created_at: number | string }>(
    DELETABLE[kind].unlisted(mode, range),
  );
  return rows.map(({ id, created_at: at }) => ({
    id,
    createdAt: typeof at === 'number' ? at : toMilliseconds(at),
  }));
}

/** A stored object that is not deleted as far as is known, in Polar's form, with the stored time of its last change. */
export async function selectKept(
  database: Database,
  mode: Mode,
  kind: DeletableKind,
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const [row] = await orm(database).all<{ data: string }>(DELETABLE[kind].kept(mode, id));
  return row && (JSON.parse(row.data) as Record<string, unknown>);
}

/**
 * Stores the creation time of customers that were stored before it was kept. `materialized` makes SQLite look each up
 * by its id.
 */
export async function noteCreation(
  database: Database,
  mode: Mode,
  listed: readonly { id: string; createdAt: number }[],
): Promise<void> {
  await orm(database).run(sql`
    with w(id, created_at) as materialized (
      select value ->> '$.id', value ->> '$.createdAt' from json_each(${JSON.stringify(listed)}))
    update ${customers} set created_at = w.created_at from w
    where customers.mode = ${mode} and customers.id = w.id and customers.created_at is null`);
}

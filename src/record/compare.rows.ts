import { sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Stored } from './compare.rules.ts';
import { KEPT_KINDS } from './kinds.rows.ts';
import type { PolarKind } from '../base/polar-kinds.rules.ts';
import { toMilliseconds } from '../polar/versions.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { apps, customers, payments, snapshots } from '../base/db/schema.rows.ts';

interface Found extends Record<string, unknown> {
  id: string;
  version: number;
  seen_version: number;
  digest: number;
  status: string | null;
  is_whole: number;
  is_orphan: number;
}

/** What is stored of a page of Polar's objects, by id, in one query. */
export async function selectStored(
  database: Database,
  mode: Mode,
  kind: PolarKind,
  ids: readonly string[],
): Promise<Map<string, Stored>> {
  const { table, status = sql`null`, isWhole = sql`1`, canBeOwned } = KEPT_KINDS[kind];
  const isOrphan = canBeOwned ? sql`(t.app_id is null and (${canBeOwned}))` : sql`0`;
  const ofKind = table === snapshots ? sql`t.kind = ${kind} and` : sql``;
  const rows = await database.all<Found>(sql`
    select t.id, t.version, t.seen_version, t.digest, ${status} as status, ${isWhole} as is_whole, ${isOrphan} as is_orphan
    from ${table} as t where t.mode = ${mode} and ${ofKind} t.id in (select value from json_each(${JSON.stringify(ids)}))`);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        version: row.version,
        seenVersion: row.seen_version,
        digest: row.digest,
        status: row.status,
        isWhole: row.is_whole === 1,
        isOrphan: row.is_orphan === 1,
      },
    ]),
  );
}

/** A pending payment, with its order if it has one, or else its checkout. */
export interface PendingPayment extends Record<string, unknown> {
  order_id: string | null;
  checkout_id: string | null;
  created_at: number;
}

/**
 * Pending payments of a mode that Polar has probably settled: their order is not in `openOrders`, or their checkout's
 * time is up. Oldest first, created in (`after`, `before`).
 */
export async function selectPendingPayments(
  database: Database,
  mode: Mode,
  range: {
    after: number;
    before: number;
    checkoutsBefore: number;
    openOrders: readonly string[];
    limit: number;
  },
): Promise<PendingPayment[]> {
  return database.all<PendingPayment>(sql`
    select order_id, checkout_id, created_at from ${payments}
    where app_id in (select id from ${apps} where mode = ${mode}) and status = 'pending'
      and created_at > ${range.after} and created_at < ${range.before}
      and (order_id is not null or (checkout_id is not null and created_at < ${range.checkoutsBefore}))
      and (order_id is null or order_id not in (select value from json_each(${JSON.stringify(range.openOrders)})))
    order by created_at limit ${range.limit}`);
}

/** Disputes of a mode that are stored as open, without those that Polar has just listed as open, after an id. */
export async function selectOpenDisputes(
  database: Database,
  mode: Mode,
  { listed, after, limit }: { listed: readonly string[]; after: string; limit: number },
): Promise<{ id: string }[]> {
  return database.all<{ id: string }>(sql`
    select id from ${snapshots} where mode = ${mode} and kind = 'dispute'
      and status in ('early_warning', 'needs_response', 'under_review')
      and id > ${after} and id not in (select value from json_each(${JSON.stringify(listed)}))
    order by id limit ${limit}`);
}

/**
 * Stored customers or members that were created in [`from`, `to`] (milliseconds) and are not among `listed`, although
 * Polar's list would have them there unless they are deleted. Oldest first.
 */
export async function selectUnlisted(
  database: Database,
  mode: Mode,
  kind: 'customer' | 'member',
  { from, to, listed, limit }: { from: number; to: number; listed: readonly string[]; limit: number },
): Promise<{ id: string; created_at: number }[]> {
  const known = sql`select value from json_each(${JSON.stringify(listed)})`;
  if (kind === 'customer') {
    return database.all<{ id: string; created_at: number }>(sql`
      select id, created_at from ${customers} where mode = ${mode} and created_at >= ${from} and created_at <= ${to} and deleted_at is null
        and id not in (${known}) order by created_at limit ${limit}`);
  }
  const [first, last] = [from, to + 1].map((at) => new Date(at).toISOString().replace('Z', ''));
  const rows = await database.all<{ id: string; created_at: string }>(sql`
    select id, data ->> '$.created_at' as created_at from ${snapshots} where mode = ${mode} and kind = 'member' and data ->> '$.created_at' >= ${first}
      and data ->> '$.created_at' <= ${last} and status is not 'deleted' and id not in (${known})
    order by data ->> '$.created_at' limit ${limit}`);
  return rows.map((row) => ({ id: row.id, created_at: toMilliseconds(row.created_at) }));
}

/**
 * A stored customer or member that is not deleted as far as is known, in Polar's form, with the stored time of its last
 * change.
 */
export async function selectKept(
  database: Database,
  mode: Mode,
  kind: 'customer' | 'member',
  id: string,
): Promise<Record<string, unknown> | undefined> {
  const [row] =
    kind === 'customer'
      ? await database.all<{ data: string }>(sql`
          select json_object('id', id, 'email', email, 'name', name, 'modified_at', ${MODIFIED_AT},
            'created_at', strftime('%Y-%m-%dT%H:%M:%fZ', coalesce(created_at, 0) / 1000.0, 'unixepoch')) as data
          from ${customers} where mode = ${mode} and id = ${id} and deleted_at is null`)
      : await database.all<{ data: string }>(sql`
          select json_set(data, '$.customer_id', customer_id, '$.modified_at', ${MODIFIED_AT}) as data from ${snapshots} where mode = ${mode} and kind = 'member' and id = ${id} and status is not 'deleted'`);
  return row && (JSON.parse(row.data) as Record<string, unknown>);
}

/** A row's version, microseconds, as Polar writes times. */
const MODIFIED_AT = sql`strftime('%Y-%m-%dT%H:%M:%S', version / 1000000, 'unixepoch') || printf('.%06dZ', version % 1000000)`;

/**
 * Stores the creation time of customers that were stored before it was kept. `materialized` makes SQLite look each up
 * by its id.
 */
export async function noteCreation(
  database: Database,
  mode: Mode,
  listed: readonly { id: string; createdAt: number }[],
): Promise<void> {
  await database.run(sql`
    with w(id, created_at) as materialized (
      select value ->> '$.id', value ->> '$.createdAt' from json_each(${JSON.stringify(listed)}))
    update ${customers} set created_at = w.created_at from w
    where customers.mode = ${mode} and customers.id = w.id and customers.created_at is null`);
}

/** The customer of a member; undefined when the member is not stored. */
export async function selectMemberCustomer(
  database: Database,
  mode: Mode,
  id: string,
): Promise<string | undefined> {
  const [row] = await database.all<{ customer_id: string | null }>(
    sql`select customer_id from ${snapshots} where mode = ${mode} and kind = 'member' and id = ${id}`,
  );
  return row?.customer_id ?? undefined;
}

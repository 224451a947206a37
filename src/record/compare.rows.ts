import { sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Stored } from './compare.rules.ts';
import { KEPT_KINDS } from './kinds.rows.ts';
import type { PolarKind } from '../base/polar-kinds.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { apps, payments, snapshots } from '../base/db/schema.rows.ts';

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

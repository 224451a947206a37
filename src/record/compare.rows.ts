import { sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import { PAYMENT_KINDS } from '../base/payment-states.rules.ts';
import type { Stored } from './compare.rules.ts';
import { KEPT_KINDS } from './kinds.rows.ts';
import { POLAR_KINDS, type PolarKind } from '../base/polar-kinds.rules.ts';
import type { Database } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { query, runOne } from '../base/db/sql.rows.ts';
import { apps, payments, snapshots } from '../base/db/schema.rows.ts';

interface Found {
  id: string;
  version: number;
  seenVersion: number;
  digest: number;
  status: string | null;
  isWhole: number;
  isFilled: number;
  isOrphan: number;
}

/** What is stored of a page of Polar's objects, by id, in one query. */
export async function selectStored(
  database: Database,
  mode: Mode,
  kind: PolarKind,
  ids: readonly string[],
): Promise<Map<string, Stored>> {
  const rows = await runOne(database, SELECT_STORED[kind]({ mode, ids: JSON.stringify(ids) }));
  return new Map(
    rows.map((row) => [
      row.id,
      {
        version: row.version,
        seenVersion: row.seenVersion,
        digest: row.digest,
        status: row.status,
        isWhole: row.isWhole === 1,
        isFilled: row.isFilled === 1,
        isOrphan: row.isOrphan === 1,
      },
    ]),
  );
}

function selectStoredOf(kind: PolarKind) {
  const { table, status = 'null', isWhole = '1', isFilled = '1', canBeOwned } = KEPT_KINDS[kind];
  const isOrphan = canBeOwned === undefined ? '0' : `t.app_id is null and (${canBeOwned})`;
  return query<{ mode: Mode; ids: string }, Found>(`
    select t.id, t.version, t.seen_version as seenVersion, t.digest, ${status} as status, ${isWhole} as isWhole, ${isFilled} as isFilled, ${isOrphan} as isOrphan
    from ${table} as t
    where t.mode = :mode ${table === 'snapshots' ? `and t.kind = '${kind}'` : ''} and t.id in (select value from json_each(:ids))`);
}

const SELECT_STORED = Object.fromEntries(POLAR_KINDS.map((kind) => [kind, selectStoredOf(kind)])) as Record<
  PolarKind,
  ReturnType<typeof selectStoredOf>
>;

const AWAITED = query<{ mode: Mode; ids: string }, { id: string }>(`
  select checkout_id as id from payments where mode = :mode and checkout_id in (select value from json_each(:ids))`);

/** Those of checkouts that a payment is of. */
export async function selectAwaited(
  database: Database,
  mode: Mode,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await runOne(database, AWAITED({ mode, ids: JSON.stringify(ids) }));
  return new Set(rows.map(({ id }) => id));
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
  // The first of each app and kind are merged: all of the range sorted together would be read for every step.
  const first = sql`
    select p.id, p.created_at from ${payments} as p where p.app_id = a.id and p.kind = k.value and p.status = 'pending'
      and p.created_at > ${range.after} and p.created_at < ${range.before}
      and (p.order_id is not null or (p.checkout_id is not null and p.created_at < ${range.checkoutsBefore}))
      and (p.order_id is null or p.order_id not in (select value from json_each(${JSON.stringify(range.openOrders)})))
    order by p.created_at limit ${range.limit}`;
  return orm(database).all<PendingPayment>(sql`
    select p.order_id, p.checkout_id, p.created_at from ${apps} as a cross join json_each(${JSON.stringify(PAYMENT_KINDS)}) as k
    cross join json_each((select json_group_array(id) from (${first}))) as own
    cross join ${payments} as p on p.id = own.value
    where a.mode = ${mode} order by p.created_at limit ${range.limit}`);
}

/** Disputes of a mode that are stored as open, without those that Polar has just listed as open, after an id. */
export async function selectOpenDisputes(
  database: Database,
  mode: Mode,
  { listed, after, limit }: { listed: readonly string[]; after: string; limit: number },
): Promise<{ id: string }[]> {
  return orm(database).all<{ id: string }>(sql`
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
  const [row] = await orm(database).all<{ customer_id: string | null }>(
    sql`select customer_id from ${snapshots} where mode = ${mode} and kind = 'member' and id = ${id}`,
  );
  return row?.customer_id ?? undefined;
}

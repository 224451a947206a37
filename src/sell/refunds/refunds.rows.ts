import { and, type SQL, sql } from 'drizzle-orm';
import type { Cursor } from '../../base/db/cursor.ts';
import { type Database, runBatch } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { isInPart } from '../../base/db/pages.rows.ts';
import { refundRequests, refunds } from '../../base/db/schema.rows.ts';
import { isId, uuidOfId } from '../../base/ids.rules.ts';
import type { Mode } from '../../base/mode.rules.ts';
import type { ShownRefund } from './refund-list.rules.ts';

/** Polar's refunds `r`, each with the request `q` that it is of. */
const OF_POLAR = sql`select r.id as "rowId", q.id as "requestId", r.payment_id as "paymentId", r.status, r.amount,
  r.tax_amount as "taxAmount", r.currency, r.reason, q.comment, q.metadata, null as error, r.created_at as "createdAt"
  from ${refunds} as r left join ${refundRequests} as q on q.mode = r.mode and q.polar_refund_id = r.id`;

/** Requests `q` that Polar's refunds do not show. */
const ASKED = sql`select q.id as "rowId", q.id as "requestId", q.payment_id as "paymentId", q.status, q.amount,
  null as "taxAmount", q.currency, q.reason, q.comment, q.metadata, q.error, q.created_at as "createdAt"
  from ${refundRequests} as q`;

/** One refund of the app, by our id for it. */
export async function findRefund(
  database: Database,
  { appId, mode }: { appId: string; mode: Mode },
  id: string,
): Promise<ShownRefund | undefined> {
  if (!isId('ref', id)) return undefined;
  const db = orm(database);
  const found = await runBatch(database, {
    asked: db.all<ShownRefund>(
      sql`${ASKED} where q.id = ${id} and q.app_id = ${appId} and q.polar_refund_id is null`,
    ),
    ofRequest: db.all<ShownRefund>(
      sql`${OF_POLAR} where r.app_id = ${appId} and r.mode = ${mode} and r.id = (
        select polar_refund_id from ${refundRequests} where id = ${id} and app_id = ${appId})`,
    ),
    elsewhere: db.all<ShownRefund>(
      sql`${OF_POLAR} where r.mode = ${mode} and r.id = ${uuidOfId(id)} and r.app_id = ${appId} and q.id is null`,
    ),
  });
  return found.asked[0] ?? found.ofRequest[0] ?? found.elsewhere[0];
}

export interface RefundFilter {
  status?: 'pending' | 'succeeded' | 'failed' | undefined;
  paymentId?: string | undefined;
  /** Milliseconds, inclusive. */
  createdAfter?: number | undefined;
  /** Milliseconds, exclusive. */
  createdBefore?: number | undefined;
  cursor?: Cursor | undefined;
  limit: number;
}

/** The statuses in the rows that a refund's status is shown for. */
const STATUSES = {
  pending: { polar: ['pending'], asked: ['asked'] },
  succeeded: { polar: ['succeeded'], asked: [] },
  failed: { polar: ['failed', 'canceled'], asked: ['refused'] },
} as const;
const ALL = { polar: ['pending', 'succeeded', 'failed', 'canceled'], asked: ['asked', 'refused'] } as const;

/**
 * The newest of both sources, each with as many as the page is long: what of them is on the page, `mergeRefunds` says. A
 * page reads about its length for each status at most; with a payment, that payment's refunds.
 */
export async function selectRefunds(
  database: Database,
  appId: string,
  filter: RefundFilter,
): Promise<{ ofPolar: ShownRefund[]; asked: ShownRefund[] }> {
  const { polar, asked } = filter.status === undefined ? ALL : STATUSES[filter.status];
  const db = orm(database);
  const page = (rows: SQL, table: 'r' | 'q', ids: SQL) =>
    db.all<ShownRefund>(
      sql`${rows} where ${sql.raw(table)}.rowid in (${ids}) order by ${sql.raw(table)}.created_at desc, ${sql.raw(table)}.id desc limit ${filter.limit}`,
    );
  const found = await runBatch(database, {
    ofPolar: [page(OF_POLAR, 'r', findRows(refunds, sql`true`, polar, appId, filter))],
    asked:
      asked.length === 0
        ? []
        : [page(ASKED, 'q', findRows(refundRequests, sql`polar_refund_id is null`, asked, appId, filter))],
  });
  return { ofPolar: found.ofPolar.flat(), asked: found.asked.flat() };
}

function findRows(
  table: typeof refunds | typeof refundRequests,
  which: SQL,
  statuses: readonly string[],
  appId: string,
  { paymentId, createdAfter, createdBefore, cursor, limit }: RefundFilter,
): SQL {
  const part = { since: createdAfter, until: createdBefore, after: cursor };
  const inTime = isInPart(sql`created_at`, sql`id`, part);
  const newest = sql`order by created_at desc, id desc limit ${limit}`;
  if (paymentId !== undefined) {
    // The + keeps SQLite from the index on the app's statuses, by which it would read the refunds of all payments.
    const own = and(
      which,
      inTime,
      sql`payment_id = ${paymentId} and +app_id = ${appId} and +status in ${statuses}`,
    );
    return sql`select rowid from (select rowid, created_at, id from ${table} where ${own} ${newest})`;
  }
  const found = statuses.map(
    (status) =>
      sql`select rowid, created_at, id from ${table} where app_id = ${appId} and status = ${status} and ${which} and ${inTime}`,
  );
  return sql`select rowid from (${sql.join(found, sql` union all `)} ${newest})`;
}

import { type SQL, sql } from 'drizzle-orm';
import { type Database, runBatch } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { type AppRow, snapshots } from '../../base/db/schema.rows.ts';
import { DISPUTE_COLUMNS, PAYMENT_ID } from './due-evidence.rows.ts';
import type { DisputeRow } from './disputes.rules.ts';

const SHOWN = sql.raw(`select ${DISPUTE_COLUMNS}, ${PAYMENT_ID} as "paymentId" from snapshots as d`);
/** As in the index. */
const CREATED = sql.raw(`case when data ->> '$.created_at' is null then '' else data ->> '$.created_at' end`);

export interface DisputeFilter {
  status?: string | undefined;
  /** A payment's id. */
  paymentId?: string | undefined;
  /** As Polar writes times; inclusive. */
  since?: string | undefined;
  /** Exclusive. */
  until?: string | undefined;
}

/** The place of a dispute in the list. */
export interface DisputePlace {
  createdAt: string;
  id: string;
}

/** How many disputes one page looks at for what no index has. */
const MAX_LOOKED_AT = 500;
/** Behind every time that Polar writes. */
const BEHIND_ALL = '~';

/** Disputes of an app, newest first. A page may be short; `lookedUntil` then says where to go on. */
export async function selectDisputes(
  database: Database,
  { id: appId, mode }: Pick<AppRow, 'id' | 'mode'>,
  { status, paymentId, since = '', until = BEHIND_ALL }: DisputeFilter,
  page: { after: DisputePlace | undefined; limit: number },
): Promise<{ rows: DisputeRow[]; lookedUntil: DisputePlace | undefined }> {
  const { after, limit } = page;
  const upper =
    after && after.createdAt < until
      ? sql`(${CREATED}, id) < (${after.createdAt}, ${after.id})`
      : sql`${CREATED} < ${until}`;
  const chosen = status === undefined ? undefined : sql`+d.status = ${status}`;
  const lookedAt = chosen ? MAX_LOOKED_AT : limit;
  // A payment has few. The + before the app keeps SQLite from the index on all disputes of the app; without the one before the order's
  // id, which removes the column's type, it does not use the index on the expression.
  const which =
    paymentId === undefined
      ? sql`app_id = ${appId}`
      : sql`mode = ${mode} and +app_id = ${appId} and data ->> '$.order_id' = (
          select +order_id from payments where id = ${paymentId} and app_id = ${appId})`;
  const looked = (columns: SQL) => sql`select ${columns} from ${snapshots}
    where ${which} and kind = 'dispute' and ${CREATED} >= ${since} and ${upper}
    order by ${CREATED} desc, id desc limit ${lookedAt}`;
  const { rows, end } = await runBatch(database, {
    rows: orm(database).all<DisputeRow>(
      sql`${SHOWN} where d.mode = ${mode} and d.kind = 'dispute' and d.id in (select id from (${looked(sql`id`)}))
        and ${chosen ?? sql`true`} order by coalesce(d.data ->> '$.created_at', '') desc, d.id desc limit ${limit}`,
    ),
    end: chosen
      ? [
          orm(database).all<DisputePlace>(
            sql`select created_at as "createdAt", id from (${looked(sql`${CREATED} as created_at, id`)})
              order by 1 desc, 2 desc limit 1 offset ${lookedAt - 1}`,
          ),
        ]
      : [],
  });
  return { rows, lookedUntil: end.flat()[0] };
}

/** One dispute of an app; undefined for another app's too (invariant 5). */
export async function findDispute(
  database: Database,
  { id: appId, mode }: Pick<AppRow, 'id' | 'mode'>,
  id: string,
): Promise<DisputeRow | undefined> {
  const [row] = await orm(database).all<DisputeRow>(
    sql`${SHOWN} where d.mode = ${mode} and d.kind = 'dispute' and d.id = ${id} and +d.app_id = ${appId}`,
  );
  return row;
}

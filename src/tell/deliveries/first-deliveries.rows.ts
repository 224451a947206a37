import { type SQL, sql } from 'drizzle-orm';
import { deliveries, endpoints } from '../../base/db/schema.rows.ts';

/*
 * Deliveries of an app in the order in which they were made. No index has that order: an app has few endpoints, and a
 * delivery one of four statuses, so the first of each pair are found by `deliveries_endpoint` and merged. Whatever an
 * app has, a page reads its length for each pair at most (ADR 70).
 */

const STATUSES = ['pending', 'succeeded', 'failed', 'canceled'] as const;

export interface Which {
  appId: string;
  endpointId?: string | undefined;
  status?: (typeof STATUSES)[number] | undefined;
  /** Only of endpoints, `e`, for which this holds. */
  endpoint?: SQL | undefined;
}

/**
 * The first `limit` deliveries as an SQL table with `id` and `created_at`. `where`: a condition on the delivery, `d`,
 * which a bound of `created_at` makes a range of the index.
 */
export function firstDeliveries(
  { appId, endpointId, status, endpoint = sql`true` }: Which,
  where: SQL,
  { limit, order }: { limit: number; order: 'asc' | 'desc' },
): SQL {
  const way = sql.raw(order);
  const chosen = endpointId === undefined ? endpoint : sql`e.id = ${endpointId} and ${endpoint}`;
  const first = sql`select d.created_at, d.id from ${deliveries} as d
    where d.endpoint_id = e.id and d.status = s.value and ${where} order by d.created_at ${way}, d.id ${way} limit ${limit}`;
  return sql`(
    select own.value ->> 1 as id, own.value ->> 0 as created_at
    from ${endpoints} as e
    cross join json_each(${JSON.stringify(status === undefined ? STATUSES : [status])}) as s
    cross join json_each((select json_group_array(json_array(created_at, id)) from (${first}))) as own
    where e.app_id = ${appId} and ${chosen}
    order by 2 ${way}, 1 ${way} limit ${limit})`;
}

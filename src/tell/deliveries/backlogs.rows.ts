import { type SQL, sql } from 'drizzle-orm';
import type { Database } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { USES_SLOW_LANE } from './delivery-turns.rows.ts';
import { deliveries, endpoints } from '../../base/db/schema.rows.ts';

const usesSlowLane = sql.raw(USES_SLOW_LANE);

/** Fewer due deliveries than this are sent without a chain. */
const SMALL_BACKLOG = 24;

/**
 * Due deliveries of an endpoint that no chain is sending: their ids when they are few, otherwise a chain is to send
 * them (ADR 22).
 */
export interface Backlog {
  endpointId: string;
  isSlow: boolean;
  deliveryIds: string[] | undefined;
}

/**
 * Endpoints with deliveries that are due and that no chain is sending. The query goes through the index from one
 * endpoint with pending deliveries to the next, never over all deliveries, so that a large backlog of one endpoint does
 * not hide the others. When there are more endpoints than `limit`, they are chosen at random; failing ones have places
 * of their own.
 */
export function findBacklogs(database: Database, find: { now: number; limit: number; slowLimit: number }) {
  const due = sql`exists (select 1 from ${deliveries} as p
    where p.endpoint_id = e.id and p.status = 'pending' and p.next_attempt_at <= ${find.now} and p.lease_until <= ${find.now})`;
  const some = (which: SQL, limit: number) => sql`
    select * from (
      select e.id, ${usesSlowLane} as isSlow, e.catch_up_to is not null as inOrder
      from waiting join ${endpoints} as e on e.id = waiting.endpoint_id
      where e.enabled and e.deleted_at is null and e.drain_until <= ${find.now} and ${which} and ${due}
      order by random() limit ${limit})`;
  return orm(database).all<BacklogRow>(sql`
    with recursive waiting (endpoint_id) as (
      select min(endpoint_id) from ${deliveries} where status = 'pending' and endpoint_id > ''
      union all
      select (select min(n.endpoint_id) from ${deliveries} as n where n.status = 'pending' and n.endpoint_id > waiting.endpoint_id)
      from waiting where waiting.endpoint_id is not null
    )
    select e.id as endpointId, e.isSlow, e.inOrder, ${dueIds(find.now)} as ids
    from (${some(sql`not ${usesSlowLane}`, find.limit)} union all ${some(usesSlowLane, find.slowLimit)}) as e`);
}

interface BacklogRow {
  endpointId: string;
  isSlow: number;
  inOrder: number;
  ids: string;
}

/**
 * Reads a row of `findBacklogs`. A failing endpoint is tried by a chain, and only a chain sends in order to one that
 * catches up.
 */
export function readBacklog({ endpointId, isSlow, inOrder, ids }: BacklogRow): Backlog {
  const due = JSON.parse(ids) as string[];
  const isSmall = due.length <= SMALL_BACKLOG && isSlow === 0 && inOrder === 0;
  return { endpointId, isSlow: isSlow === 1, deliveryIds: isSmall ? due : undefined };
}

function dueIds(now: number): SQL {
  return sql`(select json_group_array(id) from (
    select p.id from ${deliveries} as p
    where p.endpoint_id = e.id and p.status = 'pending' and p.next_attempt_at <= ${now} and p.lease_until <= ${now}
    order by p.next_attempt_at limit ${SMALL_BACKLOG + 1}))`;
}

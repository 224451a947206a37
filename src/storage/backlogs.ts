import { sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { usesSlowLane } from './delivery-claims.ts';
import { deliveries, endpoints } from './schema.ts';

/**
 * Endpoints with deliveries that are due and that no chain is sending, by lane. The walk goes from endpoint to endpoint with
 * anything pending through the index, never over the deliveries: a large backlog of one never hides the others.
 */
export function findBacklogs(database: Database, find: { now: number; limit: number }) {
  return database.all<{ id: string; slow: number }>(sql`
    with recursive waiting (endpoint_id) as (
      select min(endpoint_id) from ${deliveries} where status = 'pending' and endpoint_id > ''
      union all
      select (select min(n.endpoint_id) from ${deliveries} as n where n.status = 'pending' and n.endpoint_id > waiting.endpoint_id)
      from waiting where waiting.endpoint_id is not null
    )
    select e.id, ${usesSlowLane} as slow
    from waiting join ${endpoints} as e on e.id = waiting.endpoint_id
    where e.enabled and e.deleted_at is null and e.drain_until <= ${find.now} and exists (
      select 1 from ${deliveries} as p
      where p.endpoint_id = e.id and p.status = 'pending' and p.next_attempt_at <= ${find.now} and p.lease_until <= ${find.now})
    limit ${find.limit}`);
}

import { and, desc, eq, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { Cursor } from './cursor.ts';
import type { Database } from './database.ts';
import { SLOW_AFTER_FAILURES } from './facts.ts';
import { deliveries, deliveryAttempts, endpoints, facts } from './schema.ts';

export type DeliveryRow = typeof deliveries.$inferSelect;
export type AttemptRow = typeof deliveryAttempts.$inferSelect;

/** A delivery that is now ours to send, with everything that takes. */
export interface ClaimedDelivery {
  id: string;
  endpointId: string;
  /** Attempts made before this one. */
  attempts: number;
  factId: string;
  body: string;
  url: string;
  sealedSecret: string;
  /** Failures of the endpoint in a row, before this attempt. */
  failures: number;
}

export interface DueDelivery {
  id: string;
  failures: number;
}

/**
 * Takes what is due of `ids` for `leaseToken` until `leaseUntil`, so that no one else sends it meanwhile: one round trip.
 * In the main lane deliveries to failing endpoints are left alone and returned as `slow`, so that they delay nobody there.
 */
export async function claimDeliveries(
  database: Database,
  claim: {
    ids: readonly string[];
    lane: 'main' | 'slow';
    leaseToken: string;
    leaseUntil: number;
    now: number;
  },
): Promise<{ claimed: ClaimedDelivery[]; slow: string[] }> {
  const wanted = sql`(select value from json_each(${JSON.stringify(claim.ids)}))`;
  const due = sql`d.status = 'pending' and d.next_attempt_at <= ${claim.now} and d.lease_until <= ${claim.now}`;
  const tooSlow = sql`${claim.lane === 'main'} and e.failures >= ${SLOW_AFTER_FAILURES}`;
  const [, claimed, slow] = await database.batch([
    database.run(sql`
      update ${deliveries} as d set lease_token = ${claim.leaseToken}, lease_until = ${claim.leaseUntil}
      where d.id in ${wanted} and ${due}
        and exists (select 1 from ${endpoints} as e
          where e.id = d.endpoint_id and e.enabled and e.deleted_at is null and not (${tooSlow}))`),
    database.all<ClaimedDelivery>(sql`
      select d.id, d.endpoint_id as endpointId, d.attempts, f.id as factId, f.body, e.url, e.sealed_secret as sealedSecret, e.failures
      from ${deliveries} as d join ${facts} as f on f.id = d.fact_id join ${endpoints} as e on e.id = d.endpoint_id
      where d.id in ${wanted} and d.lease_token = ${claim.leaseToken}
      order by f.sequence`),
    database.all<{ id: string }>(sql`
      select d.id from ${deliveries} as d join ${endpoints} as e on e.id = d.endpoint_id
      where d.id in ${wanted} and ${due} and e.enabled and e.deleted_at is null and ${tooSlow}`),
  ]);
  return { claimed, slow: slow.map((row) => row.id) };
}

/** What is to be written after one attempt. Times are milliseconds since 1970. */
export interface AttemptRecord {
  deliveryId: string;
  attemptId: string;
  at: number;
  httpStatus: number | null;
  error: string | null;
  latencyMs: number;
  response: string | null;
  /** The delivery's from now on. */
  status: DeliveryRow['status'];
  nextAttemptAt: number;
  finishedAt: number | null;
  succeeded: boolean;
  /** The endpoint said 410. */
  gone: boolean;
}

/**
 * Writes attempts and what follows from them, in one round trip. Only for deliveries that still carry `leaseToken`: one
 * whose lease ran out and was taken over, or that was canceled meanwhile, is left as it is. Returns the ids written.
 */
export async function recordAttempts(
  database: Database,
  leaseToken: string,
  records: readonly AttemptRecord[],
  now: number,
): Promise<Set<string>> {
  const json = JSON.stringify(records);
  const [, , written] = await database.batch([
    database.run(sql`
      insert into ${deliveryAttempts} (id, delivery_id, attempt, at, status, error, latency_ms, response)
      select r.value ->> 'attemptId', d.id, d.attempts + 1, r.value ->> 'at', r.value ->> 'httpStatus', r.value ->> 'error',
        r.value ->> 'latencyMs', r.value ->> 'response'
      from json_each(${json}) as r join ${deliveries} as d on d.id = r.value ->> 'deliveryId'
      where d.lease_token = ${leaseToken}`),
    // A healthy endpoint's row stays unwritten: it is the hottest of all.
    database.run(sql`
      update ${endpoints} as e set
        failures = case when r.succeeded > 0 then 0 else e.failures + r.failed end,
        failing_since = case when r.succeeded > 0 then null else coalesce(e.failing_since, ${now}) end,
        enabled = e.enabled and not r.gone,
        updated_at = ${now}
      from (
        select d.endpoint_id as id, sum(r.value ->> 'succeeded') as succeeded, sum(not (r.value ->> 'succeeded')) as failed,
          max(r.value ->> 'gone') as gone
        from json_each(${json}) as r join ${deliveries} as d on d.id = r.value ->> 'deliveryId'
        where d.lease_token = ${leaseToken} group by d.endpoint_id
      ) as r
      where e.id = r.id and (r.succeeded = 0 or r.gone or e.failures > 0)`),
    database.all<{ id: string }>(sql`
      update ${deliveries} as d set
        status = r.value ->> 'status', attempts = d.attempts + 1, next_attempt_at = r.value ->> 'nextAttemptAt',
        last_status = r.value ->> 'httpStatus', finished_at = r.value ->> 'finishedAt', lease_token = null, lease_until = 0
      from json_each(${json}) as r
      where d.id = r.value ->> 'deliveryId' and d.lease_token = ${leaseToken}
      returning id`),
  ]);
  return new Set(written.map((row) => row.id));
}

/**
 * Pending deliveries whose time has come and that nobody is sending, oldest first. At most `perEndpoint` of a healthy
 * endpoint and `perFailing` of a failing one, so that a large backlog of one never hides the others. The walk goes from
 * endpoint to endpoint with anything pending through the index, never over the whole table.
 */
export function findDueDeliveries(
  database: Database,
  find: { now: number; limit: number; perEndpoint: number; perFailing: number },
) {
  // Two halves, because a LIMIT cannot depend on the row.
  const half = (which: SQL, limit: number) => sql`
    select d.id, e.failures, d.next_attempt_at
    from waiting
    join ${endpoints} as e on e.id = waiting.endpoint_id and e.enabled and e.deleted_at is null and ${which}
    join ${deliveries} as d on d.id in (
      select p.id from ${deliveries} as p
      where p.endpoint_id = e.id and p.status = 'pending' and p.next_attempt_at <= ${find.now} and p.lease_until <= ${find.now}
      order by p.next_attempt_at limit ${limit}
    )`;
  return database.all<DueDelivery>(sql`
    with recursive waiting (endpoint_id) as (
      select min(endpoint_id) from ${deliveries} where status = 'pending' and endpoint_id > ''
      union all
      select (select min(n.endpoint_id) from ${deliveries} as n where n.status = 'pending' and n.endpoint_id > waiting.endpoint_id)
      from waiting where waiting.endpoint_id is not null
    )
    ${half(sql`e.failures < ${SLOW_AFTER_FAILURES}`, find.perEndpoint)}
    union all
    ${half(sql`e.failures >= ${SLOW_AFTER_FAILURES}`, find.perFailing)}
    order by 3 limit ${find.limit}`);
}

export interface DeliveryFilter {
  appId: string;
  endpointId?: string | undefined;
  status?: DeliveryRow['status'] | undefined;
  factId?: string | undefined;
}

/** Deliveries of an app, newest first. */
export async function selectDeliveries(
  database: Database,
  filter: DeliveryFilter,
  page: { limit: number; after: Cursor | undefined },
): Promise<DeliveryRow[]> {
  // Few are open or failed among many that arrived: by endpoint and status they are found without reading those.
  const isRare = filter.status !== undefined && filter.status !== 'succeeded';
  const own = database.select({ id: endpoints.id }).from(endpoints).where(eq(endpoints.appId, filter.appId));
  return database
    .select()
    .from(deliveries)
    .where(
      and(
        // The + keeps SQLite from walking the app's whole list for the sake of its order.
        isRare || filter.factId !== undefined
          ? sql`+${deliveries.appId} = ${filter.appId}`
          : eq(deliveries.appId, filter.appId),
        filter.factId === undefined ? undefined : eq(deliveries.factId, filter.factId),
        filter.endpointId === undefined ? undefined : eq(deliveries.endpointId, filter.endpointId),
        filter.status === undefined ? undefined : eq(deliveries.status, filter.status),
        isRare && filter.endpointId === undefined ? inArray(deliveries.endpointId, own) : undefined,
        page.after && sql`(${deliveries.createdAt}, ${deliveries.id}) < (${page.after.at}, ${page.after.id})`,
      ),
    )
    .orderBy(desc(deliveries.createdAt), desc(deliveries.id))
    .limit(page.limit);
}

/** One delivery of an app and its attempts, first to last; undefined when the app has no such delivery. */
export async function selectDelivery(
  database: Database,
  appId: string,
  id: string,
): Promise<{ delivery: DeliveryRow; attempts: AttemptRow[] } | undefined> {
  const [[delivery], attempts] = await database.batch([
    database
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.id, id), eq(deliveries.appId, appId))),
    database
      .select()
      .from(deliveryAttempts)
      .where(eq(deliveryAttempts.deliveryId, id))
      .orderBy(deliveryAttempts.attempt),
  ]);
  return delivery ? { delivery, attempts } : undefined;
}

export type FactRow = typeof facts.$inferSelect;

/** Facts of an app, newest (highest sequence) first. */
export async function selectFacts(
  database: Database,
  filter: { appId: string; type?: string | undefined; paymentId?: string | undefined },
  page: { limit: number; beforeSequence: number | undefined },
): Promise<FactRow[]> {
  return database
    .select()
    .from(facts)
    .where(
      and(
        // See selectDeliveries: a payment has few facts.
        filter.paymentId === undefined
          ? eq(facts.appId, filter.appId)
          : sql`+${facts.appId} = ${filter.appId}`,
        filter.type === undefined ? undefined : eq(facts.type, filter.type),
        filter.paymentId === undefined ? undefined : eq(facts.paymentId, filter.paymentId),
        page.beforeSequence === undefined ? undefined : lt(facts.sequence, page.beforeSequence),
      ),
    )
    .orderBy(desc(facts.sequence))
    .limit(page.limit);
}

/** One fact of an app. */
export async function selectFact(
  database: Database,
  appId: string,
  id: string,
): Promise<FactRow | undefined> {
  const [row] = await database
    .select()
    .from(facts)
    .where(and(eq(facts.id, id), eq(facts.appId, appId)))
    .limit(1);
  return row;
}

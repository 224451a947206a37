import type { Database } from '../../base/db/database.rows.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';

/* What waits for longer than it should. Rows are counted to a bound: nobody needs a large number exactly. */

export const MAX_COUNTED = 1_000;
const MAX_ENDPOINTS = 500;

/** Rows of one kind, with the oldest of them. Times are milliseconds since 1970. */
export interface Pile {
  count: number;
  oldestAt: number;
  oldestId: string;
  /** Of what the oldest is: Polar's type of event, the kind of an object. */
  kind: string;
}

const SELECT_FAILED = query<{ mode: Mode; most: number }, Pile>(`
  select count(*) as count, min(receivedAt) as oldestAt, id as oldestId, type as kind from (
    select received_at as receivedAt, id, type from polar_events
    where status = 'failed' and status <> 'applied' and received_at > 0 and +mode = :mode
    order by received_at limit :most)
  having count(*) > 0`);

/** Polar events that could not be applied. */
export async function findFailedPolarEvents(database: Database, mode: Mode): Promise<Pile | undefined> {
  return (await runOne(database, SELECT_FAILED({ mode, most: MAX_COUNTED })))[0];
}

const SELECT_UNROUTED = query<{ mode: Mode; since: number; before: number; most: number }, Pile>(`
  select count(*) as count, min(receivedAt) as oldestAt, id as oldestId, waitsFor as kind from (
    select received_at as receivedAt, id, waits_for as waitsFor from (
      select received_at, id, waits_for, mode from polar_events
      where status = 'unrouted' and status <> 'applied' and received_at >= :since and received_at < :before
      order by received_at desc limit :most)
    where mode = :mode and substr(waits_for, 1, instr(waits_for, ':') - 1) in ('order', 'subscription', 'product'))
  having count(*) > 0`);

/** Purchases and products that fit no app, told between the two times. Those of customers who bought nothing do not count. */
export async function findUnroutedPolarEvents(
  database: Database,
  mode: Mode,
  { since, before }: { since: number; before: number },
): Promise<Pile | undefined> {
  return (await runOne(database, SELECT_UNROUTED({ mode, since, before, most: MAX_COUNTED })))[0];
}

const SELECT_REREADS = query<{ before: number; most: number }, Pile>(`
  select count(*) as count, min(requestedAt) as oldestAt, id as oldestId, kind from (
    select requested_at as requestedAt, id, kind from rereads
    where next_attempt_at < :before order by next_attempt_at limit :most)
  having count(*) > 0`);

/** Objects that were to be read again from Polar before then, and were not. */
export async function findLateRereads(database: Database, before: number): Promise<Pile | undefined> {
  return (await runOne(database, SELECT_REREADS({ before, most: MAX_COUNTED })))[0];
}

const SELECT_REFUNDS = query<{ before: number; most: number }, Pile>(`
  select count(*) as count, min(createdAt) as oldestAt, id as oldestId, 'refund' as kind from (
    select created_at as createdAt, id from refund_requests
    where next_attempt_at is not null and next_attempt_at > 0 and created_at < :before and status = 'asked'
    limit :most)
  having count(*) > 0`);

/** Refunds that were asked for before then, and of which Polar has not said yes or no. */
export async function findLateRefunds(database: Database, before: number): Promise<Pile | undefined> {
  return (await runOne(database, SELECT_REFUNDS({ before, most: MAX_COUNTED })))[0];
}

/** An endpoint with deliveries that wait. */
export interface WaitingEndpoint {
  id: string;
  app: string;
  url: string;
  /** When its oldest delivery was due; milliseconds since 1970. */
  dueAt: number;
}

const SELECT_LATE = query<{ before: number; most: number; limit: number }, WaitingEndpoint>(`
  with recursive waiting (endpoint_id) as (
    select min(endpoint_id) from deliveries where status = 'pending' and endpoint_id > ''
    union all
    select (select min(n.endpoint_id) from deliveries as n where n.status = 'pending' and n.endpoint_id > waiting.endpoint_id)
    from waiting where waiting.endpoint_id is not null
    limit :most
  ), late as (
    select waiting.endpoint_id, (
      select min(p.next_attempt_at) from deliveries as p where p.endpoint_id = waiting.endpoint_id and p.status = 'pending') as dueAt
    from waiting where waiting.endpoint_id is not null
  )
  select e.id, a.slug as app, e.url, late.dueAt
  from late join endpoints as e on e.id = late.endpoint_id join apps as a on a.id = e.app_id
  where late.dueAt < :before and e.enabled and e.deleted_at is null
  order by late.dueAt limit :limit`);

/** Endpoints that are sent to, and whose oldest delivery was due before then. */
export function selectLateEndpoints(
  database: Database,
  before: number,
  limit: number,
): Promise<WaitingEndpoint[]> {
  return runOne(database, SELECT_LATE({ before, most: MAX_ENDPOINTS, limit }));
}

export interface GivenUp {
  id: string;
  app: string;
  url: string;
  count: number;
}

const SELECT_GIVEN_UP = query<{ since: number; most: number; limit: number }, GivenUp>(`
  select id, app, url, count from (
    select e.id, a.slug as app, e.url, (
      select count(*) from (
        select 1 from deliveries as d
        where d.endpoint_id = e.id and d.status = 'failed' and d.created_at >= :since limit :most)) as count
    from apps as a cross join endpoints as e on e.app_id = a.id
    where e.deleted_at is null)
  where count > 0 order by count desc limit :limit`);

/** Endpoints with deliveries, made since then, that were tried for days and given up. */
export function selectGivenUp(database: Database, since: number, limit: number): Promise<GivenUp[]> {
  return runOne(database, SELECT_GIVEN_UP({ since, most: MAX_COUNTED, limit }));
}

import { type SQL, sql } from 'drizzle-orm';
import { REPLAY_WINDOW_MS, REPLAYS_PER_HOUR } from './replay.rules.ts';
import { wantsContent, wantsType } from '../endpoints/event-filters.rows.ts';
import { type Database, type Statement, violates } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import type { DeliveryRow } from '../deliveries/deliveries.rows.ts';
import { firstDeliveries } from '../deliveries/first-deliveries.rows.ts';
import { deliveries, endpoints, events } from '../../base/db/schema.rows.ts';

/* Statements of replays. Each that writes also checks what the decision was based on: see `replayStatements` (ADR 28). */

export interface ReplayUsage {
  /** Deliveries of the app that were replayed within the window. */
  used: number;
  /** When the first of them was; milliseconds since 1970. */
  oldest: number | null;
}

const inWindow = (appId: string, now: number) =>
  sql`app_id = ${appId} and replayed_at > ${now - REPLAY_WINDOW_MS}`;

/** How many of the hour's replays an app has used: `[ReplayUsage]`, from the index alone. */
export function usageStatement(database: Database, appId: string, now: number) {
  return orm(database).all<ReplayUsage>(
    sql`select count(*) as used, min(replayed_at) as oldest from ${deliveries} where ${inWindow(appId, now)}`,
  );
}

/** A delivery as it was when its replay was decided. */
export type SeenDelivery = Pick<DeliveryRow, 'id' | 'endpointId' | 'status' | 'attempts' | 'replays'>;

/** A new delivery, to an endpoint that did not have the event. */
export type FreshDelivery = Pick<DeliveryRow, 'id' | 'eventId' | 'endpointId' | 'sequence'>;

/**
 * Makes deliveries due now, and creates those that are missing, marked as replays. The answer is written in the same
 * batch and says what was read before. So if another replay, an attempt or a deletion came in between, or the hour's
 * bound would be exceeded, these statements violate a `not null` (or the unique index of event and endpoint), and the
 * whole batch does nothing. See `isOvertaken`.
 */
export function replayStatements(
  database: Database,
  plan: { appId: string; again: readonly SeenDelivery[]; fresh: readonly FreshDelivery[] },
  now: number,
): Statement[] {
  const { appId, again, fresh } = plan;
  const fits = (count: number) =>
    sql`(select count(*) from ${deliveries} where ${inWindow(appId, now)}) + ${count} <= ${REPLAYS_PER_HOUR}`;
  const isThere = (endpointId: SQL) =>
    sql`exists (select 1 from ${endpoints} as e where e.id = ${endpointId} and e.deleted_at is null)`;
  const statements: Statement[] = [];
  if (again.length > 0) {
    const seen = JSON.stringify(
      again.map(({ id, status, attempts, replays }) => ({ id, status, attempts, replays })),
    );
    statements.push(
      orm(database).run(sql`
        update ${deliveries} as d set
          status = case when d.status = s.value ->> 'status' and d.attempts = s.value ->> 'attempts' and d.replays = s.value ->> 'replays'
            and d.lease_until <= ${now} and ${isThere(sql`d.endpoint_id`)} and ${fits(again.length + fresh.length)} then 'pending' end,
          next_attempt_at = ${now}, schedule_step = 0, run_started_at = null, revivals = 0, finished_at = null, replays = d.replays + 1, replayed_at = ${now}
        from json_each(${seen}) as s
        where d.id = s.value ->> 'id' and +d.app_id = ${appId}`),
    );
  }
  if (fresh.length > 0) {
    statements.push(
      orm(database).run(sql`
        insert into ${deliveries} (id, event_id, endpoint_id, app_id, sequence, status, attempts, next_attempt_at, replays, replayed_at, lease_until, created_at)
        select n.value ->> 'id', n.value ->> 'eventId', n.value ->> 'endpointId', ${appId}, n.value ->> 'sequence',
          case when ${isThere(sql`n.value ->> 'endpointId'`)} and ${fits(fresh.length)} then 'pending' end,
          0, ${now}, 1, ${now}, 0, ${now}
        from json_each(${JSON.stringify(fresh)}) as n`),
    );
  }
  return statements;
}

/** Whether a batch failed because what the replay was decided from has changed; then it must be decided again. */
export function isOvertaken(error: unknown): boolean {
  return (
    violates(error, 'NOT NULL: deliveries.status') ||
    violates(error, 'UNIQUE: deliveries.event_id, deliveries.endpoint_id')
  );
}

/** One delivery of an app, and whether its endpoint was deleted. */
export function deliveryStatement(database: Database, appId: string, id: string) {
  return orm(database).all<StoredDelivery>(sql`${selectStored} where d.id = ${id} and d.app_id = ${appId}`);
}

/** A delivery's columns, and whether its endpoint was deleted. */
export interface StoredDelivery extends DeliveryRow {
  isOrphaned: 0 | 1;
}

const selectStored = sql`
  select d.id, d.event_id as eventId, d.endpoint_id as endpointId, d.app_id as appId, d.sequence, d.status, d.attempts,
    d.schedule_step as scheduleStep, d.run_started_at as runStartedAt, d.revivals, d.next_attempt_at as nextAttemptAt, d.replays, d.replayed_at as replayedAt,
    d.lease_token as leaseToken, d.lease_until as leaseUntil, d.last_status as lastStatus, d.created_at as createdAt,
    d.finished_at as finishedAt, e.deleted_at is not null as isOrphaned
  from ${deliveries} as d join ${endpoints} as e on e.id = d.endpoint_id`;

/** The deliveries of an app's event, also those to deleted endpoints; an app has few endpoints. */
export function deliveriesOfEventStatement(database: Database, appId: string, eventId: string) {
  return orm(database).all<StoredDelivery>(
    sql`${selectStored} where d.event_id = ${eventId} and +d.app_id = ${appId}`,
  );
}

/** An event of an app: `[{sequence, isKept, about}]`; `about` is the endpoint that an `endpoint.*` event is about. */
export function eventStatement(database: Database, appId: string, eventId: string) {
  return orm(database).all<{ sequence: number; about: string | null; isKept: 0 | 1 }>(sql`
    select sequence, body <> '{}' as isKept, json_extract(body, '$.data.endpoint.id') as about from ${events}
    where id = ${eventId} and app_id = ${appId}`);
}

/**
 * The endpoints of an app that are not deleted, and whether the filter of each matches the event's type: `[{id,
 * wants}]`.
 */
export function receiversStatement(database: Database, appId: string, eventId: string) {
  return orm(database).all<{ id: string; wants: 0 | 1 }>(sql`
    select e.id, exists (
      select 1 from json_each(e.events) as pattern join ${events} as f on f.id = ${eventId} where ${sql.raw(wantsType('pattern.value', 'f.type'))}
        and (e.matches is null or ${sql.raw(wantsContent('e.matches', 'f.body'))})
    ) as wants
    from ${endpoints} as e where e.app_id = ${appId} and e.deleted_at is null`);
}

/** `[{id}]` when the app has this endpoint. */
export function endpointStatement(database: Database, appId: string, id: string) {
  return orm(database).all<{ id: string }>(
    sql`select id from ${endpoints} where id = ${id} and app_id = ${appId} and deleted_at is null`,
  );
}

/** Which deliveries to send again. Times are milliseconds since 1970. */
export interface ReplayFilter {
  appId: string;
  endpointId?: string | undefined;
  status: 'failed' | 'succeeded' | 'pending';
  /** Event types with wildcards, as an endpoint's. */
  types?: readonly string[] | undefined;
  /** Inclusive. */
  since?: number | undefined;
  /** Exclusive. */
  until?: number | undefined;
}

/** Matches are counted up to this, since counting takes time and nobody needs a larger number exactly. */
const MAX_COUNTED = 100_000;

/**
 * Two reads: how many deliveries match (counted to `MAX_COUNTED`), and the oldest `limit` of them. Deliveries that are
 * being sent, that were replayed within the hour, or whose endpoint was deleted do not match.
 */
export function matchStatements(database: Database, filter: ReplayFilter, limit: number, now: number) {
  const { appId, endpointId, status } = filter;
  const matches = isMatch(filter, now);
  const isThere = sql`e.deleted_at is null`;
  // An endpoint that was deleted is shown with its deliveries, and named here it was checked before.
  const which = { appId, endpointId, status, endpoint: endpointId === undefined ? isThere : undefined };
  const oldest = firstDeliveries(which, matches, { limit, order: 'asc' });
  return {
    counted: orm(database).all<{ count: number }>(sql`
      select count(*) as count from (
        select 1 from ${endpoints} as e cross join ${deliveries} as d on d.endpoint_id = e.id
        where e.app_id = ${appId} and ${endpointId === undefined ? isThere : sql`e.id = ${endpointId}`}
          and d.status = ${status} and ${matches} limit ${MAX_COUNTED})`),
    oldest: orm(database).all<SeenDelivery>(sql`
      select d.id, d.endpoint_id as endpointId, d.status, d.attempts, d.replays
      from ${oldest} as first cross join ${deliveries} as d on d.id = first.id
      order by d.created_at, d.sequence limit ${limit}`),
  };
}

/** Whether a delivery, `d`, may be sent again. */
function isMatch({ types, since, until }: ReplayFilter, now: number): SQL {
  const isOfTypes =
    types === undefined
      ? sql`true`
      : sql`exists (select 1 from ${events} as f join json_each(${JSON.stringify(types)}) as pattern on ${sql.raw(wantsType('pattern.value', 'f.type'))}
          where f.id = d.event_id)`;
  return sql`d.created_at >= ${since ?? 0} and d.created_at < ${until ?? Number.MAX_SAFE_INTEGER}
    and d.lease_until <= ${now} and (d.replayed_at is null or d.replayed_at <= ${now - REPLAY_WINDOW_MS}) and ${isOfTypes}`;
}

import { type SQL, sql } from 'drizzle-orm';
import type { Cursor } from '../../base/db/cursor.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { type EndpointRow, selectEndpoint } from './endpoints.rows.ts';
import { apps, deliveries, deliveryAttempts, endpoints } from '../../base/db/schema.rows.ts';

/**
 * Metrics are counted from the newest attempts, this many at most, so that a busy endpoint's metrics do not read too
 * much.
 */
const MAX_ATTEMPTS = 10_000;

/** Deliveries are counted up to this: a receiver that was away for a week has many, and nobody needs the number exactly. */
export const MAX_COUNTED = 10_000;

interface AttemptCounts {
  attempts: number;
  succeeded: number;
  /** Of the attempts that got an answer, by nearest rank; null when none did. Milliseconds. */
  p50: number | null;
  p95: number | null;
  /** It may be before the time that was asked for. Milliseconds since 1970. */
  lastSuccessAt: number | null;
}

interface Backlog {
  count: number;
  /** Milliseconds since 1970; null when there is none. */
  oldestAt: number | null;
}

interface EndpointMetrics {
  endpoint: EndpointRow;
  attempts: AttemptCounts;
  /** Of the deliveries made since then. */
  deliveries: { pending: number; failed: number };
  backlog: Backlog;
}

/** How an endpoint has done since `since` (milliseconds), in one round trip; undefined when the app has none of this id. */
export async function measureEndpoint(
  database: Database,
  appId: string,
  id: string,
  since: number,
): Promise<EndpointMetrics | undefined> {
  const made = (status: 'pending' | 'failed') => countDeliveries(id, status, since);
  const [[endpoint], [attempts], [counted], [backlog]] = await orm(database).batch([
    selectEndpoint(database, appId, id),
    orm(database).all<AttemptCounts>(countAttempts(id, since)),
    orm(database).all<{ pending: number; failed: number }>(
      sql`select ${made('pending')} as pending, ${made('failed')} as failed`,
    ),
    orm(database).all<Backlog>(
      sql`select ${countDeliveries(id, 'pending')} as count, ${oldestPending(id)} as oldestAt`,
    ),
  ]);
  if (!endpoint || !attempts || !counted || !backlog) return undefined;
  return { endpoint, attempts, deliveries: counted, backlog };
}

function countDeliveries(endpointId: string | SQL, status: 'pending' | 'failed', since = 0): SQL {
  return sql`(select count(*) from (
    select 1 from ${deliveries} as d where d.endpoint_id = ${endpointId} and d.status = ${status} and d.created_at >= ${since} limit ${MAX_COUNTED}))`;
}

/** It is not asked for with the count, since SQLite then reads all of them for it. */
function oldestPending(endpointId: string | SQL): SQL {
  return sql`(select min(d.created_at) from ${deliveries} as d where d.endpoint_id = ${endpointId} and d.status = 'pending')`;
}

function countAttempts(endpointId: string, since: number) {
  const arrived = sql`status between 200 and 299`;
  // D1 binds every number as floating point; without the cast the quotient would not be whole.
  const rank = (percent: number) =>
    sql`(select latency_ms from answered where place = cast((answers * ${percent} + 99) / 100 as integer))`;
  return sql`
    with newest as materialized (
      select at, status, latency_ms from ${deliveryAttempts} where endpoint_id = ${endpointId}
      order by at desc limit ${MAX_ATTEMPTS}
    ), answered as materialized (
      select latency_ms, row_number() over (order by latency_ms) as place, count(*) over () as answers
      from newest where at >= ${since} and status is not null
    )
    select count(*) filter (where at >= ${since}) as attempts,
      count(*) filter (where at >= ${since} and ${arrived}) as succeeded,
      ${rank(50)} as p50, ${rank(95)} as p95,
      max(at) filter (where ${arrived}) as lastSuccessAt
    from newest`;
}

interface UnhealthyEndpoint extends Backlog {
  id: string;
  /** The app's slug. */
  app: string;
  url: string;
  /** Since when it has failed or been disabled; milliseconds since 1970. */
  since: number;
  disabledReason: EndpointRow['disabledReason'];
}

/** Endpoints of all apps that fail, or are disabled, latest first, each with what waits for it. */
export function selectUnhealthy(
  database: Database,
  state: 'failing' | 'disabled',
  page: { limit: number; after: Cursor | undefined },
): Promise<UnhealthyEndpoint[]> {
  const { after } = page;
  const since = state === 'failing' ? sql`failing_since` : sql`disabled_at`;
  // The backlog is counted only for the endpoints of the page, not for all that are sorted.
  return orm(database).all<UnhealthyEndpoint>(sql`
    with page as materialized (
      select id, app_id, url, disabled_reason, ${since} as since from ${endpoints}
      where ${since} > 0 and enabled = ${state === 'failing'} and deleted_at is null
        and ${after ? sql`(${since}, id) < (${after.at}, ${after.id})` : sql`true`}
      order by ${since} desc, id desc limit ${page.limit}
    )
    select page.id, (select slug from ${apps} where id = page.app_id) as app, page.url, page.since,
      page.disabled_reason as disabledReason,
      ${countDeliveries(sql`page.id`, 'pending')} as count, ${oldestPending(sql`page.id`)} as oldestAt
    from page order by page.since desc, page.id desc`);
}

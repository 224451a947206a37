import { and, desc, eq, gte, inArray, lt, sql } from 'drizzle-orm';
import type { Cursor } from '../../base/db/cursor.ts';
import { wantsType } from '../endpoints/event-filters.rows.ts';
import type { Database } from '../../base/db/database.rows.ts';
import type { DeliveryRow } from './deliveries.rows.ts';
import { deliveries, endpoints, events } from '../../base/db/schema.rows.ts';

/** Times are milliseconds since 1970. */
export interface DeliveryFilter {
  appId: string;
  endpointId?: string | undefined;
  status?: DeliveryRow['status'] | undefined;
  eventId?: string | undefined;
  /** An event's type, with wildcards as an endpoint's `events` have them. */
  type?: string | undefined;
  /** Inclusive. */
  since?: number | undefined;
  /** Exclusive. */
  until?: number | undefined;
}

/**
 * How many deliveries one page looks at for a type, which no index of deliveries has: otherwise a page of a rare type
 * could read the whole list.
 */
const MAX_LOOKED_AT = 2_000;

/**
 * Deliveries of an app, newest first. With a type a page may be short or empty; `lookedUntil` then says where to go on.
 */
export async function selectDeliveries(
  database: Database,
  filter: DeliveryFilter,
  page: { limit: number; after: Cursor | undefined },
): Promise<{ rows: DeliveryRow[]; lookedUntil: Cursor | undefined }> {
  const newestFirst = [desc(deliveries.createdAt), desc(deliveries.id)];
  const where = matches(database, filter, page.after);
  if (filter.type === undefined) {
    const rows = await database
      .select()
      .from(deliveries)
      .where(where)
      .orderBy(...newestFirst)
      .limit(page.limit);
    return { rows, lookedUntil: undefined };
  }
  const looked = database
    .select()
    .from(deliveries)
    .where(where)
    .orderBy(...newestFirst)
    .limit(MAX_LOOKED_AT)
    .as('looked');
  const [rows, [end]] = await database.batch([
    database
      .select()
      .from(looked)
      .where(
        sql`exists (select 1 from ${events} as f where f.id = ${looked.eventId} and ${wantsType(sql`${filter.type}`, sql`f.type`)})`,
      )
      .orderBy(desc(looked.createdAt), desc(looked.id))
      .limit(page.limit),
    database
      .select({ at: deliveries.createdAt, id: deliveries.id })
      .from(deliveries)
      .where(where)
      .orderBy(...newestFirst)
      .limit(1)
      .offset(MAX_LOOKED_AT - 1),
  ]);
  return { rows, lookedUntil: end };
}

function matches(database: Database, filter: DeliveryFilter, after: Cursor | undefined) {
  // Among many that succeeded few are pending or failed; an index by endpoint and status finds them.
  const isRare = filter.status !== undefined && filter.status !== 'succeeded';
  const own = database.select({ id: endpoints.id }).from(endpoints).where(eq(endpoints.appId, filter.appId));
  // There is always an upper bound, so that the page is a range of its index whatever the other filters are.
  const until = filter.until ?? (filter.type === undefined ? undefined : Number.MAX_SAFE_INTEGER);
  return and(
    // The + keeps SQLite from reading the app's whole list only because it is sorted.
    isRare || filter.eventId !== undefined
      ? sql`+${deliveries.appId} = ${filter.appId}`
      : eq(deliveries.appId, filter.appId),
    filter.eventId === undefined ? undefined : eq(deliveries.eventId, filter.eventId),
    filter.endpointId === undefined ? undefined : eq(deliveries.endpointId, filter.endpointId),
    filter.status === undefined ? undefined : eq(deliveries.status, filter.status),
    isRare && filter.endpointId === undefined ? inArray(deliveries.endpointId, own) : undefined,
    filter.since === undefined ? undefined : gte(deliveries.createdAt, filter.since),
    until === undefined ? undefined : lt(deliveries.createdAt, until),
    after && sql`(${deliveries.createdAt}, ${deliveries.id}) < (${after.at}, ${after.id})`,
  );
}

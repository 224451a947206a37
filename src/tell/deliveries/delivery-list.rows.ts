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

/** How far one page looks for a type, which no index of deliveries knows: a rare one must not cost the whole list. */
const MAX_LOOKED_AT = 2_000;

/**
 * Deliveries of an app, newest first. With a type a page may be short, even empty, while `lookedUntil` says where to look
 * on.
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
  // Few are open or failed among many that arrived: by endpoint and status they are found without reading those.
  const isRare = filter.status !== undefined && filter.status !== 'succeeded';
  const own = database.select({ id: endpoints.id }).from(endpoints).where(eq(endpoints.appId, filter.appId));
  // An end in every case: the page is a range of its index then, whatever else is asked for.
  const until = filter.until ?? (filter.type === undefined ? undefined : Number.MAX_SAFE_INTEGER);
  return and(
    // The + keeps SQLite from walking the app's whole list for the sake of its order.
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

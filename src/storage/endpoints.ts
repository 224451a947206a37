import { and, count, desc, eq, getTableColumns, isNull, lt } from 'drizzle-orm';
import type { Database, Statement } from './database.ts';
import { deliveries, endpoints } from './schema.ts';

type StoredEndpoint = typeof endpoints.$inferSelect;
/** An endpoint without its secrets, which only sending needs. */
export type EndpointRow = Omit<StoredEndpoint, 'sealedSecret' | 'previousSecrets'>;

const { sealedSecret: _secret, previousSecrets: _previous, ...columns } = getTableColumns(endpoints);

/** Stores a new endpoint. */
export function insertEndpoint(database: Database, row: EndpointRow, sealedSecret: string): Statement {
  return database.insert(endpoints).values({ ...row, sealedSecret });
}

/** How many endpoints an app has, deleted ones aside: `[{count}]`. */
export function countEndpoints(database: Database, appId: string) {
  return database
    .select({ count: count() })
    .from(endpoints)
    .where(and(eq(endpoints.appId, appId), isNull(endpoints.deletedAt)));
}

/** Endpoints of an app that are not deleted, newest first (their ids sort by time). */
export async function selectEndpoints(
  database: Database,
  appId: string,
  page: { limit: number; beforeId: string | undefined },
): Promise<EndpointRow[]> {
  return database
    .select(columns)
    .from(endpoints)
    .where(
      and(
        eq(endpoints.appId, appId),
        isNull(endpoints.deletedAt),
        page.beforeId === undefined ? undefined : lt(endpoints.id, page.beforeId),
      ),
    )
    .orderBy(desc(endpoints.id))
    .limit(page.limit);
}

/** One endpoint of an app; undefined when it has none of this id, or deleted it. */
export async function selectEndpoint(
  database: Database,
  appId: string,
  id: string,
): Promise<EndpointRow | undefined> {
  const [row] = await database
    .select(columns)
    .from(endpoints)
    .where(and(eq(endpoints.id, id), eq(endpoints.appId, appId), isNull(endpoints.deletedAt)))
    .limit(1);
  return row;
}

/** Deletes an endpoint and cancels what waits for it, also what is being sent right now; false when there is none. */
export async function removeEndpoint(
  database: Database,
  appId: string,
  id: string,
  now: number,
): Promise<boolean> {
  const [removed] = await database.batch([
    database
      .update(endpoints)
      .set({ deletedAt: now, updatedAt: now })
      .where(and(eq(endpoints.id, id), eq(endpoints.appId, appId), isNull(endpoints.deletedAt)))
      .returning({ id: endpoints.id }),
    database
      .update(deliveries)
      .set({ status: 'canceled', finishedAt: now, leaseToken: null, leaseUntil: 0 })
      // Guarded by the app as well: the statement runs even when the one before found nothing.
      .where(
        and(eq(deliveries.endpointId, id), eq(deliveries.status, 'pending'), eq(deliveries.appId, appId)),
      ),
  ]);
  return removed.length > 0;
}

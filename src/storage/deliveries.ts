import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm';
import type { Cursor } from './cursor.ts';
import type { Database } from './database.ts';
import { deliveries, deliveryAttempts, endpoints, facts } from './schema.ts';

export type DeliveryRow = typeof deliveries.$inferSelect;
export type AttemptRow = typeof deliveryAttempts.$inferSelect;

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

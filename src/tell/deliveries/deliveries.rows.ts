import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { PASSING_LIST, passOnAgain } from '../events/passed-on.rules.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { deliveries, deliveryAttempts, events } from '../../base/db/schema.rows.ts';

export type DeliveryRow = typeof deliveries.$inferSelect;
export type AttemptRow = typeof deliveryAttempts.$inferSelect;

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

export type EventRow = typeof events.$inferSelect;

/** An event's body, cut by the current list of what is passed on (ADR 45). */
export function readBody({ body, passedOn }: Pick<EventRow, 'body' | 'passedOn'>): string {
  return passedOn < PASSING_LIST ? passOnAgain(body, passedOn) : body;
}

/** Events of an app, newest (highest sequence) first. */
export async function selectEvents(
  database: Database,
  filter: { appId: string; type?: string | undefined; paymentId?: string | undefined },
  page: { limit: number; beforeSequence: number | undefined },
): Promise<EventRow[]> {
  return database
    .select()
    .from(events)
    .where(
      and(
        // The + keeps SQLite from reading the app's whole list only because it is sorted: a payment has few events.
        filter.paymentId === undefined
          ? eq(events.appId, filter.appId)
          : sql`+${events.appId} = ${filter.appId}`,
        filter.type === undefined ? undefined : eq(events.type, filter.type),
        filter.paymentId === undefined ? undefined : eq(events.paymentId, filter.paymentId),
        page.beforeSequence === undefined ? undefined : lt(events.sequence, page.beforeSequence),
      ),
    )
    .orderBy(desc(events.sequence))
    .limit(page.limit);
}

/** One event of an app. */
export async function selectEvent(
  database: Database,
  appId: string,
  id: string,
): Promise<EventRow | undefined> {
  const [row] = await database
    .select()
    .from(events)
    .where(and(eq(events.id, id), eq(events.appId, appId)))
    .limit(1);
  return row;
}

import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { keysOfTypes } from '../events/keys-of-types.rules.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { deliveries, deliveryAttempts, events } from '../../base/db/schema.rows.ts';
import { measureKeys } from './rare-types.rows.ts';

export type DeliveryRow = typeof deliveries.$inferSelect;
export type AttemptRow = typeof deliveryAttempts.$inferSelect;

/** One delivery of an app and its attempts, first to last; undefined when the app has no such delivery. */
export async function selectDelivery(
  database: Database,
  appId: string,
  id: string,
): Promise<{ delivery: DeliveryRow; attempts: AttemptRow[] } | undefined> {
  const [[delivery], attempts] = await orm(database).batch([
    orm(database)
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.id, id), eq(deliveries.appId, appId))),
    orm(database)
      .select()
      .from(deliveryAttempts)
      .where(eq(deliveryAttempts.deliveryId, id))
      .orderBy(deliveryAttempts.attempt),
  ]);
  return delivery ? { delivery, attempts } : undefined;
}

export type EventRow = typeof events.$inferSelect;

/** How many events one page looks at for a type that has many: no index has a type's events by sequence. */
const MAX_LOOKED_AT = 1_000;

/**
 * Events of an app, newest (highest sequence) first. With a type a page may be short or empty; `lookedUntil` is then
 * the sequence before which to go on.
 */
export async function selectEvents(
  database: Database,
  filter: { appId: string; type?: string | undefined; paymentId?: string | undefined },
  page: { limit: number; beforeSequence: number | undefined },
): Promise<{ rows: EventRow[]; lookedUntil: number | undefined }> {
  const { appId, type, paymentId } = filter;
  const before = page.beforeSequence;
  const find = (...which: (SQL | undefined)[]) =>
    orm(database)
      .select()
      .from(events)
      .where(and(...which, type === undefined ? undefined : eq(events.type, type)))
      .orderBy(desc(events.sequence))
      .limit(page.limit);
  const inApp = eq(events.appId, appId);
  // The + keeps SQLite from going through the app's events in their order: these are few.
  const isBefore = before === undefined ? undefined : sql`+${events.sequence} < ${before}`;
  if (paymentId !== undefined) {
    const rows = await find(eq(events.paymentId, paymentId), sql`+${inApp}`, isBefore);
    return { rows, lookedUntil: undefined };
  }
  const keys = type === undefined ? undefined : keysOfTypes(type);
  if (!keys) {
    const rows = await find(inApp, before === undefined ? undefined : lt(events.sequence, before));
    return { rows, lookedUntil: undefined };
  }
  const { isRare, last } = await measureKeys(database, appId, keys);
  if (isRare) {
    const rows = await find(inApp, gte(events.key, keys.from), lt(events.key, keys.to), isBefore);
    return { rows, lookedUntil: undefined };
  }
  const end = before ?? last + 1;
  const begin = end - MAX_LOOKED_AT;
  const rows = await find(inApp, lt(events.sequence, end), gte(events.sequence, begin));
  return { rows, lookedUntil: begin > 1 ? begin : undefined };
}

/** One event of an app. */
export async function selectEvent(
  database: Database,
  appId: string,
  id: string,
): Promise<EventRow | undefined> {
  const [row] = await orm(database)
    .select()
    .from(events)
    .where(and(eq(events.id, id), eq(events.appId, appId)))
    .limit(1);
  return row;
}

import { and, desc, eq, lt, sql } from 'drizzle-orm';
import { PASSING_LIST, passOnAgain } from '../events/passed-on.rules.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { deliveries, deliveryAttempts, facts } from '../../base/db/schema.rows.ts';

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

export type FactRow = typeof facts.$inferSelect;

/** A fact's body as it may be passed on today. */
export function readBody({ body, passedOn }: Pick<FactRow, 'body' | 'passedOn'>): string {
  return passedOn < PASSING_LIST ? passOnAgain(body, passedOn) : body;
}

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
        // The + keeps SQLite from walking the app's whole list for the sake of its order: a payment has few facts.
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

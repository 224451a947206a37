import { and, asc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import { type Database, type Statement, violates } from '../base/db/database.rows.ts';
import { polarEvents } from '../base/db/schema.rows.ts';

export type PolarEventRow = typeof polarEvents.$inferSelect;
export type NewPolarEvent = typeof polarEvents.$inferInsert;

/** The result for a Polar event that was applied: the app it belongs to, or what it waits for. */
interface Applied {
  isUnrouted: boolean;
  appId: string | null;
  waitsFor: string | null;
}

function columnsOf({ isUnrouted, appId, waitsFor }: Applied) {
  return { status: isUnrouted ? 'unrouted' : 'applied', appId, waitsFor } as const;
}

/** Stores a Polar event in the batch that applies it. It fails when the Polar event is stored already: see `isStored`. */
export function insertApplied(
  database: Database,
  polarEvent: Omit<NewPolarEvent, 'status'>,
  applied: Applied,
): Statement {
  return database.insert(polarEvents).values({ ...polarEvent, ...columnsOf(applied) });
}

/** Stores a Polar event that was not applied, and why. It fails when the Polar event is stored already: see `isStored`. */
export function insertPolarEvent(database: Database, polarEvent: NewPolarEvent): Statement {
  return database.insert(polarEvents).values(polarEvent);
}

/** Whether a batch failed because its Polar event's `webhook-id` is stored: nothing was written. */
export function isStored(error: unknown): boolean {
  return violates(error, 'UNIQUE: polar_events.mode, polar_events.webhook_id');
}

/** Sets a failed Polar event back to pending. The ids of what it changed. */
export async function retryFailed(
  database: Database,
  mode: Mode,
  webhookId: string,
): Promise<{ id: string }[]> {
  return database
    .update(polarEvents)
    .set({ status: 'pending' })
    .where(
      and(eq(polarEvents.mode, mode), eq(polarEvents.webhookId, webhookId), eq(polarEvents.status, 'failed')),
    )
    .returning({ id: polarEvents.id });
}

/**
 * Those of `ids` that are to be applied and still have their bodies, in Polar's order, so that what waited together is
 * told in that order (ADR 46).
 */
export async function selectUnapplied(database: Database, ids: readonly string[]): Promise<PolarEventRow[]> {
  return database
    .select()
    .from(polarEvents)
    .where(
      and(
        sql`${polarEvents.id} in (select value from json_each(${JSON.stringify(ids)}))`,
        inArray(polarEvents.status, ['pending', 'failed', 'unrouted']),
        isNotNull(polarEvents.sealedBody),
      ),
    )
    .orderBy(polarEvents.occurredAt, polarEvents.receivedAt);
}

/** Stores the result in the batch that applies a stored Polar event. */
export function noteApplied(database: Database, polarEvent: PolarEventRow, applied: Applied): Statement {
  return database
    .update(polarEvents)
    .set({ ...columnsOf(applied), error: null, attempts: polarEvent.attempts + 1 })
    .where(eq(polarEvents.id, polarEvent.id));
}

/** Notes that a stored Polar event could not be applied again, and why. */
export async function noteNotApplied(
  database: Database,
  polarEvent: PolarEventRow,
  { status, error }: { status: 'failed' | 'pending'; error: string },
): Promise<void> {
  await database
    .update(polarEvents)
    .set({ status, error, attempts: polarEvent.attempts + 1 })
    .where(eq(polarEvents.id, polarEvent.id));
}

/** Polar events that wait to be applied again, the oldest first. */
export function pendingStatement(database: Database, limit: number) {
  return (
    database
      .select({ id: polarEvents.id })
      .from(polarEvents)
      // The literal lets SQLite use the index of unfinished events.
      .where(
        and(eq(polarEvents.status, 'pending'), sql`status <> 'applied'`, isNotNull(polarEvents.sealedBody)),
      )
      .orderBy(asc(polarEvents.receivedAt))
      .limit(limit)
  );
}

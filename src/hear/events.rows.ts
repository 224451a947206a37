import { and, asc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import { type Database, type Statement, violates } from '../base/db/database.rows.ts';
import { events } from '../base/db/schema.rows.ts';

export type EventRow = typeof events.$inferSelect;
export type NewEvent = typeof events.$inferInsert;

/** What became of an event that was applied: which app it is of, or what it waits for. */
interface Applied {
  isUnrouted: boolean;
  appId: string | null;
  waitsFor: string | null;
}

function columnsOf({ isUnrouted, appId, waitsFor }: Applied) {
  return { status: isUnrouted ? 'unrouted' : 'applied', appId, waitsFor } as const;
}

/** Stores an event in the batch that applies it. It fails when the event is stored already: see `isStored`. */
export function insertApplied(
  database: Database,
  event: Omit<NewEvent, 'status'>,
  applied: Applied,
): Statement {
  return database.insert(events).values({ ...event, ...columnsOf(applied) });
}

/** Stores an event that was not applied, and why. It fails when the event is stored already: see `isStored`. */
export function insertEvent(database: Database, event: NewEvent): Statement {
  return database.insert(events).values(event);
}

/** Whether a batch failed because its event's `webhook-id` is stored: nothing was written. */
export function isStored(error: unknown): boolean {
  return violates(error, 'UNIQUE: events.mode, events.webhook_id');
}

/** Sets a failed event back to pending. The ids of what it changed. */
export async function retryFailed(
  database: Database,
  mode: Mode,
  webhookId: string,
): Promise<{ id: string }[]> {
  return database
    .update(events)
    .set({ status: 'pending' })
    .where(and(eq(events.mode, mode), eq(events.webhookId, webhookId), eq(events.status, 'failed')))
    .returning({ id: events.id });
}

/** Those of `ids` that are to be applied and are kept, as they happened at Polar: what waited together is told in that order. */
export async function selectUnapplied(database: Database, ids: readonly string[]): Promise<EventRow[]> {
  return database
    .select()
    .from(events)
    .where(
      and(
        sql`${events.id} in (select value from json_each(${JSON.stringify(ids)}))`,
        inArray(events.status, ['pending', 'failed', 'unrouted']),
        isNotNull(events.sealedBody),
      ),
    )
    .orderBy(events.occurredAt, events.receivedAt);
}

/** Notes, in the batch that applies a stored event, what became of it. */
export function noteApplied(database: Database, event: EventRow, applied: Applied): Statement {
  return database
    .update(events)
    .set({ ...columnsOf(applied), error: null, attempts: event.attempts + 1 })
    .where(eq(events.id, event.id));
}

/** Notes that a stored event could not be applied again, and why. */
export async function noteNotApplied(
  database: Database,
  event: EventRow,
  { status, error }: { status: 'failed' | 'pending'; error: string },
): Promise<void> {
  await database
    .update(events)
    .set({ status, error, attempts: event.attempts + 1 })
    .where(eq(events.id, event.id));
}

/** Events that wait to be applied again, the oldest first. */
export function pendingStatement(database: Database, limit: number) {
  return (
    database
      .select({ id: events.id })
      .from(events)
      // The literal lets SQLite use the index of unfinished events.
      .where(and(eq(events.status, 'pending'), sql`status <> 'applied'`, isNotNull(events.sealedBody)))
      .orderBy(asc(events.receivedAt))
      .limit(limit)
  );
}

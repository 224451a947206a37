import type { Mode } from '../base/mode.rules.ts';
import { type Database, type Statement, violates } from '../base/db/database.rows.ts';
import type { polarEvents } from '../base/db/schema.rows.ts';
import { command, query, runOne } from '../base/db/sql.rows.ts';

type Row = typeof polarEvents.$inferSelect;
type Status = Row['status'];

/** A Polar event as it came. Times are milliseconds since 1970. */
export type NewPolarEvent = Omit<Row, 'status' | 'appId' | 'waitsFor' | 'error' | 'attempts'>;

/** A stored Polar event that is to be applied. */
export type UnappliedPolarEvent = Pick<Row, 'id' | 'mode' | 'type' | 'attempts' | 'sealedBody'>;

/** The result for a Polar event that was applied: the app it belongs to, or what it waits for. */
interface Applied {
  isUnrouted: boolean;
  appId: string | null;
  waitsFor: string | null;
}

function columnsOf({ isUnrouted, appId, waitsFor }: Applied) {
  return { status: isUnrouted ? 'unrouted' : 'applied', appId, waitsFor } as const;
}

const INSERT = command<NewPolarEvent & Pick<Row, 'status' | 'appId' | 'waitsFor' | 'error'>>(`
  insert into polar_events (id, mode, webhook_id, type, occurred_at, received_at, status, app_id, waits_for, error, attempts,
    customer_id, checkout_id, sealed_body)
  values (:id, :mode, :webhookId, :type, :occurredAt, :receivedAt, :status, :appId, :waitsFor, :error, 1,
    :customerId, :checkoutId, :sealedBody)`);

/** Stores a Polar event in the batch that applies it. It fails when the Polar event is stored already: see `isStored`. */
export function insertApplied(polarEvent: NewPolarEvent, applied: Applied): Statement {
  return INSERT({ ...polarEvent, ...columnsOf(applied), error: null });
}

/** Stores a Polar event that was not applied, and why. It fails when the Polar event is stored already: see `isStored`. */
export function insertUnapplied(
  polarEvent: NewPolarEvent,
  why: { status: 'failed' | 'pending'; error: string },
): Statement {
  return INSERT({ ...polarEvent, ...why, appId: null, waitsFor: null });
}

/** Whether a batch failed because its Polar event's `webhook-id` is stored: nothing was written. */
export function isStored(error: unknown): boolean {
  return violates(error, 'UNIQUE: polar_events.mode, polar_events.webhook_id');
}

const RETRY_FAILED = query<{ mode: Mode; webhookId: string }, { id: string }>(`
  update polar_events set status = 'pending'
  where mode = :mode and webhook_id = :webhookId and status = 'failed' returning id`);

/** Sets a failed Polar event back to pending. The ids of what it changed. */
export function retryFailed(database: Database, mode: Mode, webhookId: string): Promise<{ id: string }[]> {
  return runOne(database, RETRY_FAILED({ mode, webhookId }));
}

const SELECT_UNAPPLIED = query<{ ids: string }, UnappliedPolarEvent>(`
  select id, mode, type, attempts, sealed_body as sealedBody from polar_events
  where id in (select value from json_each(:ids)) and status in ('pending', 'failed', 'unrouted') and sealed_body is not null
  order by occurred_at, received_at`);

/**
 * Those of `ids` that are to be applied and still have their bodies, in Polar's order, so that what waited together is
 * told in that order (ADR 46).
 */
export function selectUnapplied(database: Database, ids: readonly string[]): Promise<UnappliedPolarEvent[]> {
  return runOne(database, SELECT_UNAPPLIED({ ids: JSON.stringify(ids) }));
}

const NOTE_APPLIED = command<
  { id: string; attempts: number; status: Status } & Pick<Row, 'appId' | 'waitsFor'>
>(`
  update polar_events set status = :status, app_id = :appId, waits_for = :waitsFor, error = null, attempts = :attempts
  where id = :id`);

/** Stores the result in the batch that applies a stored Polar event. */
export function noteApplied({ id, attempts }: UnappliedPolarEvent, applied: Applied): Statement {
  return NOTE_APPLIED({ id, attempts: attempts + 1, ...columnsOf(applied) });
}

const NOTE_NOT_APPLIED = command<{ id: string; attempts: number; status: Status; error: string }>(`
  update polar_events set status = :status, error = :error, attempts = :attempts where id = :id`);

/** Notes that a stored Polar event could not be applied again, and why. */
export async function noteNotApplied(
  database: Database,
  { id, attempts }: UnappliedPolarEvent,
  why: { status: 'failed' | 'pending'; error: string },
): Promise<void> {
  await runOne(database, NOTE_NOT_APPLIED({ id, attempts: attempts + 1, ...why }));
}

// The second condition lets SQLite use the index of unfinished Polar events.
const SELECT_PENDING = query<{ limit: number }, { id: string }>(`
  select id from polar_events where status = 'pending' and status <> 'applied' and sealed_body is not null
  order by received_at limit :limit`);

/** Polar events that wait to be applied again, the oldest first. */
export function pendingStatement(limit: number): Statement<{ id: string }[]> {
  return SELECT_PENDING({ limit });
}

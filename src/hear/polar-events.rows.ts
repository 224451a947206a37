import type { Mode } from '../base/mode.rules.ts';
import { type Database, type Statement, violates } from '../base/db/database.rows.ts';
import type { polarEvents } from '../base/db/schema.rows.ts';
import { command, query, runOne } from '../base/db/sql.rows.ts';

type Row = typeof polarEvents.$inferSelect;

/** A Polar event as it came. Times are milliseconds since 1970. */
export type NewPolarEvent = Omit<Row, 'status' | 'appId' | 'waitsFor' | 'error' | 'attempts'>;

/** The result for a Polar event that was applied: the app it belongs to, or what it waits for. */
export interface Applied {
  isUnrouted: boolean;
  appId: string | null;
  waitsFor: string | null;
}

/** How it stands with its Polar event's row. */
export function columnsOf({ isUnrouted, appId, waitsFor }: Applied) {
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

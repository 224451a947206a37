import type { Database, Statement } from '../base/db/database.rows.ts';
import type { polarEvents } from '../base/db/schema.rows.ts';
import { command, query, runOne } from '../base/db/sql.rows.ts';
import { type Applied, columnsOf } from './polar-events.rows.ts';

/* Polar events that are stored and were not applied yet. */

type Row = typeof polarEvents.$inferSelect;
type Status = Row['status'];

/** A stored Polar event that is to be applied. */
export type UnappliedPolarEvent = Pick<Row, 'id' | 'mode' | 'type' | 'attempts' | 'sealedBody'>;

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

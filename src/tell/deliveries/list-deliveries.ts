import type { AttemptView, DeliveryView, EventView, LoggedDeliveryView } from './deliveries.answers.ts';
import { describeFailure } from './delivery-outcome.rules.ts';
import { readBody } from '../events/passed-on.rules.ts';
import { parseJson } from '../../base/json.rules.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import {
  type AttemptRow,
  type DeliveryRow,
  type EventRow,
  selectDelivery,
  selectEvent,
  selectEvents,
} from './deliveries.rows.ts';
import { type DeliveryFilter, selectDeliveries } from './delivery-list.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';

interface Page {
  limit: number;
  cursor?: string | undefined;
}

/** An app's events, newest first. With a type a page may be short. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listEvents(
  services: Services,
  app: AppRow,
  { type, payment, limit, cursor }: Page & { type?: string | undefined; payment?: string | undefined },
) {
  const after = cursor === undefined ? undefined : decodeCursor(cursor);
  const { rows, lookedUntil } = await selectEvents(
    services.database,
    { appId: app.id, type, paymentId: payment },
    { limit: limit + 1, beforeSequence: after?.at },
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1)?.sequence : lookedUntil;
  return {
    data: shown.map(presentEvent),
    next_cursor: last === undefined ? null : encodeCursor({ at: last, id: '' }),
  };
}

/** One event. @throws {Problem} `not_found`, also for another app's. */
export async function getEvent(services: Services, app: AppRow, id: string) {
  const row = await selectEvent(services.database, app.id, id);
  if (!row) throw new Problem('not_found', { detail: `There is no event ${id}.` });
  return presentEvent(row);
}

/** The app's deliveries, newest first. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listDeliveries(
  services: Services,
  app: AppRow,
  { limit, cursor, ...filter }: Page & Omit<DeliveryFilter, 'appId'>,
) {
  const { rows, lookedUntil } = await selectDeliveries(
    services.database,
    { ...filter, appId: app.id },
    { limit: limit + 1, after: cursor === undefined ? undefined : decodeCursor(cursor) },
  );
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next = last ? { at: last.createdAt, id: last.id } : lookedUntil;
  return { data: shown.map(presentDelivery), next_cursor: next ? encodeCursor(next) : null };
}

/** One delivery with all its attempts. @throws {Problem} `not_found`, also for another app's. */
export async function getDelivery(services: Services, app: AppRow, id: string): Promise<LoggedDeliveryView> {
  const found = await selectDelivery(services.database, app.id, id);
  if (!found) throw new Problem('not_found', { detail: `There is no delivery ${id}.` });
  return { ...presentDelivery(found.delivery), attempt_log: found.attempts.map(presentAttempt) };
}

/** An event as the API shows it. */
export function presentEvent(row: EventRow): EventView {
  return {
    id: row.id,
    type: row.type,
    sequence: row.sequence,
    payment_sequence: row.paymentSequence,
    origin: row.origin === 'public' ? 'api' : row.origin,
    payment_id: row.paymentId,
    customer_id: row.customerId,
    occurred_at: new Date(row.occurredAt).toISOString(),
    created_at: new Date(row.createdAt).toISOString(),
    body: parseJson(readBody(row)),
  };
}

/** A delivery as the API shows it. */
export function presentDelivery(row: DeliveryRow): DeliveryView {
  return {
    id: row.id,
    event_id: row.eventId,
    endpoint_id: row.endpointId,
    status: row.status,
    attempts: row.attempts,
    next_attempt_at: row.status === 'pending' ? new Date(row.nextAttemptAt).toISOString() : null,
    last_status: row.lastStatus,
    replays: row.replays,
    replayed_at: row.replayedAt === null ? null : new Date(row.replayedAt).toISOString(),
    created_at: new Date(row.createdAt).toISOString(),
    finished_at: row.finishedAt === null ? null : new Date(row.finishedAt).toISOString(),
  };
}

function presentAttempt(row: AttemptRow): AttemptView {
  return {
    attempt: row.attempt,
    replay: row.isReplay,
    at: new Date(row.at).toISOString(),
    status: row.status,
    error: row.error,
    message: describeFailure(row.status, row.error),
    latency_ms: row.latencyMs,
    response: row.response,
  };
}

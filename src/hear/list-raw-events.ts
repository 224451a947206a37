import { parseJson } from '../base/json.rules.ts';
import { log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { audit } from '../base/audit.rows.ts';
import { decodeCursor, encodeCursor } from '../base/db/cursor.ts';
import { runBatch } from '../base/db/database.rows.ts';
import { type RawEventFilter, type RawEventRow, selectRawEvent, selectRawEvents } from './raw-events.rows.ts';
import { unseal } from '../base/sealed.ts';

/** What Polar sent, newest first, without bodies. @throws {Problem} `validation_failed` for a strange cursor. */
export async function listRawEvents(
  services: Services,
  { limit, cursor, ...filter }: RawEventFilter & { limit: number; cursor?: string | undefined },
) {
  const { rows, lookedUntil } = await selectRawEvents(services.database, filter, {
    limit: limit + 1,
    after: cursor === undefined ? undefined : decodeCursor(cursor),
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next = last ? { at: last.receivedAt, id: last.id } : lookedUntil;
  return { data: shown.map(presentRawEvent), next_cursor: next ? encodeCursor(next) : null };
}

/**
 * One event with what Polar sent. It holds buyers' personal data, so the audit log says that it was read.
 * @throws {Problem} `not_found`
 */
export async function readRawEvent(services: Services, id: string) {
  const row = await findRawEvent(services, id);
  if (row.sealedBody === null) return { ...presentRawEvent(row), body: null };
  const { database } = services;
  await runBatch(database, [audit(database, services.now(), 'event.read', row.appId, id)]);
  return { ...presentRawEvent(row), body: await openBody(services, id, row.sealedBody) };
}

/** @throws {Problem} `not_found` */
export async function findRawEvent(services: Services, id: string) {
  const row = await selectRawEvent(services.database, id);
  if (!row) throw new Problem('not_found', { detail: `There is no raw event ${id}.` });
  return row;
}

/** A raw event as the operator sees it in a list. */
export function presentRawEvent(row: RawEventRow) {
  return {
    id: row.id,
    mode: row.mode,
    type: row.type,
    webhook_id: row.webhookId,
    app: row.app,
    status: row.status,
    waits_for: row.waitsFor,
    error: row.error,
    attempts: row.attempts,
    body_kept: row.isKept,
    occurred_at: new Date(row.occurredAt).toISOString(),
    received_at: new Date(row.receivedAt).toISOString(),
  };
}

/** What was sent, as JSON; as text when it is none; null when its encryption key is gone. */
async function openBody(services: Services, id: string, sealed: string): Promise<unknown> {
  let text: string;
  try {
    text = await unseal(services.config, `event:${id}`, sealed);
  } catch (error) {
    log('error', 'a raw event cannot be opened', { eventId: id, error });
    return null;
  }
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

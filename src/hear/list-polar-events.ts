import type { OpenedPolarEventView, PolarEventView } from './polar-events.answers.ts';
import { polarEventContext } from '../base/polar-event.rules.ts';
import { parseJson } from '../base/json.rules.ts';
import { log } from '../base/log.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import type { Doer } from '../base/audit-actions.rules.ts';
import { audit } from '../base/audit.rows.ts';
import { decodeCursor, encodeCursor } from '../base/db/cursor.ts';
import { runBatch } from '../base/db/database.rows.ts';
import {
  type PolarEventFilter,
  type ShownPolarEvent,
  selectPolarEvent,
  selectPolarEvents,
} from './polar-event-list.rows.ts';
import { unseal } from '../base/sealed.ts';

/** Polar events, newest first, without bodies. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listPolarEvents(
  services: Services,
  { limit, cursor, ...filter }: PolarEventFilter & { limit: number; cursor?: string | undefined },
) {
  const { rows, lookedUntil } = await selectPolarEvents(services.database, filter, {
    limit: limit + 1,
    after: cursor === undefined ? undefined : decodeCursor(cursor),
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const next = last ? { at: last.receivedAt, id: last.id } : lookedUntil;
  return { data: shown.map(presentPolarEvent), next_cursor: next ? encodeCursor(next) : null };
}

/**
 * One Polar event with what Polar sent. It holds buyers' personal data, so the audit log says that it was read.
 * @throws {Problem} `not_found`
 */
export async function readPolarEvent(
  services: Services,
  id: string,
  by: Doer,
): Promise<OpenedPolarEventView> {
  const row = await findPolarEvent(services, id);
  if (row.sealedBody === null) return { ...presentPolarEvent(row), body: null };
  const { database } = services;
  const line = { action: 'polar_event.read', appId: row.appId, target: id } as const;
  await runBatch(database, [audit(database, by, services.now(), line)]);
  return { ...presentPolarEvent(row), body: await openBody(services, id, row.sealedBody) };
}

/** @throws {Problem} `not_found` */
export async function findPolarEvent(services: Services, id: string) {
  const row = await selectPolarEvent(services.database, id);
  if (!row) throw new Problem('not_found', { detail: `There is no Polar event ${id}.` });
  return row;
}

/** A Polar event as the operator sees it in a list. */
export function presentPolarEvent(row: ShownPolarEvent): PolarEventView {
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

/** The body as JSON, or as text when it is no JSON; null when its encryption key was removed. */
async function openBody(services: Services, id: string, sealed: string): Promise<unknown> {
  let text: string;
  try {
    text = await unseal(services.config, polarEventContext(id), sealed);
  } catch (error) {
    log('error', 'a Polar event cannot be opened', { polarEventId: id, error });
    return null;
  }
  try {
    return parseJson(text);
  } catch {
    return text;
  }
}

import type { ListedSessionView } from './sessions.answers.ts';
import type { Services } from '../base/services.ts';
import { decodeCursor, encodeCursor } from '../base/db/cursor.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { listSessions, type SessionScope } from './sessions.rows.ts';
import { presentSession } from './present-session.ts';

/** A page of sessions, newest first. `current` is the caller's own. @throws {Problem} `validation_failed` (the cursor) */
export async function listOwnSessions(
  services: Services,
  app: AppRow,
  scope: SessionScope,
  page: { limit: number; cursor: string | undefined; current: string | undefined },
) {
  const { limit, cursor, current } = page;
  const rows = await listSessions(services.database, app.id, scope, {
    limit: limit + 1,
    cursor: cursor === undefined ? undefined : decodeCursor(cursor),
    now: services.now(),
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    data: shown.map((row): ListedSessionView => ({ ...presentSession(row), current: row.id === current })),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

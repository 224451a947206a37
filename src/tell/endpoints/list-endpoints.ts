import type { Services } from '../../base/services.ts';
import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import { selectEndpoint, selectEndpoints } from './endpoints.rows.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { presentEndpoint, unknownEndpoint } from './present-endpoint.ts';

/** The endpoints of an app, newest first. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listEndpoints(
  services: Services,
  app: AppRow,
  page: { limit: number; cursor?: string | undefined },
) {
  const after = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const rows = await selectEndpoints(services.database, app.id, {
    limit: page.limit + 1,
    beforeId: after?.id,
  });
  const shown = rows.slice(0, page.limit);
  const last = rows.length > page.limit ? shown.at(-1) : undefined;
  return {
    data: shown.map((row) => presentEndpoint(row, services.now())),
    next_cursor: last ? encodeCursor({ at: last.createdAt, id: last.id }) : null,
  };
}

/** One endpoint of the app. @throws {Problem} `not_found`, also for another app's. */
export async function getEndpoint(services: Services, app: AppRow, id: string) {
  const [row] = await selectEndpoint(services.database, app.id, id);
  if (!row) throw unknownEndpoint(id);
  return presentEndpoint(row, services.now());
}

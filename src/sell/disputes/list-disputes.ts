import { decodeCursor, encodeCursor } from '../../base/db/cursor.ts';
import type { AppRow } from '../../base/db/schema.rows.ts';
import { Problem } from '../../base/problem.ts';
import type { Services } from '../../base/services.ts';
import type { DisputeView } from './disputes.answers.ts';
import { type DisputePlace, findDispute, selectDisputes } from './disputes.rows.ts';
import { presentDispute } from './disputes.rules.ts';

export interface DisputeQuery {
  status?: string | undefined;
  paymentId?: string | undefined;
  /** Milliseconds, inclusive. */
  createdAfter?: number | undefined;
  /** Milliseconds, exclusive. */
  createdBefore?: number | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** A page of an app's disputes, newest first, which may be short. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listDisputes(
  services: Services,
  app: AppRow,
  { cursor, limit, createdAfter, createdBefore, ...filter }: DisputeQuery,
): Promise<{ data: DisputeView[]; next_cursor: string | null }> {
  const { rows, lookedUntil } = await selectDisputes(
    services.database,
    app,
    { ...filter, since: toIso(createdAfter), until: toIso(createdBefore) },
    // One more than asked for, to know whether there is a next page.
    { after: cursor === undefined ? undefined : readPlace(cursor), limit: limit + 1 },
  );
  const shown = rows.slice(0, limit);
  const next = rows.length > limit ? shown.at(-1) : lookedUntil;
  const now = services.now();
  return {
    data: shown.map((row) => presentDispute(row, suspends(app), now)),
    next_cursor: next ? writePlace(next) : null,
  };
}

/** One dispute. @throws {Problem} `not_found`, for another app's too. */
export async function getDispute(services: Services, app: AppRow, id: string): Promise<DisputeView> {
  return presentDispute(await requireDispute(services, app, id), suspends(app), services.now());
}

/** The row of one of the app's disputes. @throws {Problem} `not_found` */
export async function requireDispute(services: Services, app: AppRow, id: string) {
  const row = await findDispute(services.database, app, id);
  if (!row) throw new Problem('not_found', { detail: 'This app has no such dispute.' });
  return row;
}

const suspends = (app: AppRow) => app.disputeAccess === 'suspend';
const toIso = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString());

/** Polar's times are finer than ours, so the place has Polar's. */
function writePlace({ createdAt, id }: DisputePlace): string {
  return encodeCursor({ at: 0, id: `${createdAt} ${id}` }, 'dispute');
}

function readPlace(cursor: string): DisputePlace {
  const [createdAt = '', id = ''] = decodeCursor(cursor, { order: 'dispute' }).id.split(' ');
  return { createdAt, id };
}

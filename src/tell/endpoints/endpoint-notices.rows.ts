import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Mode } from '../../base/mode.rules.ts';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { apps, endpoints } from '../../base/db/schema.rows.ts';

const MAX_NOTICES = 20;

/** Something about an endpoint's health that is still to be told. Times are milliseconds since 1970. */
export interface EndpointNotice {
  id: string;
  notice: 'failing' | 'disabled';
  url: string;
  description: string;
  failingSince: number | null;
  warnedAt: number | null;
  disabledAt: number | null;
  disabledReason: string | null;
  appId: string;
  appSlug: string;
  mode: Mode;
}

/** Notices that are not told yet, of at most 20 endpoints. */
export async function selectNotices(database: Database): Promise<EndpointNotice[]> {
  const rows = await database
    .select({
      id: endpoints.id,
      notice: endpoints.notice,
      url: endpoints.url,
      description: endpoints.description,
      failingSince: endpoints.failingSince,
      warnedAt: endpoints.warnedAt,
      disabledAt: endpoints.disabledAt,
      disabledReason: endpoints.disabledReason,
      appId: endpoints.appId,
      appSlug: apps.slug,
      mode: apps.mode,
    })
    .from(endpoints)
    .innerJoin(apps, eq(apps.id, endpoints.appId))
    .where(isNotNull(endpoints.notice))
    // In random order, so that notices which cannot be told do not block all others.
    .orderBy(sql`random()`)
    .limit(MAX_NOTICES);
  return rows.flatMap((row) => (row.notice === null ? [] : [{ ...row, notice: row.notice }]));
}

/** Marks a notice as told, unless it has become another meanwhile. */
export function clearNotice(database: Database, { id, notice }: EndpointNotice): Statement {
  return database
    .update(endpoints)
    .set({ notice: null })
    .where(and(eq(endpoints.id, id), eq(endpoints.notice, notice)));
}

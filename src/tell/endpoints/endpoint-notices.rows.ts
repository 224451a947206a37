import type { Mode } from '../../base/mode.rules.ts';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { command, query, runOne } from '../../base/db/sql.rows.ts';

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

// In random order, so that notices which cannot be told do not block all others.
const selectSome = query<{ limit: number }, EndpointNotice>(`
  select e.id, e.notice, e.url, e.description, e.failing_since as failingSince, e.warned_at as warnedAt,
    e.disabled_at as disabledAt, e.disabled_reason as disabledReason, e.app_id as appId, a.slug as appSlug, a.mode
  from endpoints as e join apps as a on a.id = e.app_id
  where e.notice is not null order by random() limit :limit`);

/** Notices that are not told yet, of at most 20 endpoints. */
export function selectNotices(database: Database): Promise<EndpointNotice[]> {
  return runOne(database, selectSome({ limit: MAX_NOTICES }));
}

const clear = command<{ id: string; notice: string }>(
  'update endpoints set notice = null where id = :id and notice = :notice',
);

/** Marks a notice as told, unless it has become another meanwhile. */
export function clearNotice({ id, notice }: EndpointNotice): Statement {
  return clear({ id, notice });
}

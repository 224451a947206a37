import type { AuditEntryView } from './audit.answers.ts';
import { decodeCursor, encodeCursor } from '../base/db/cursor.ts';
import type { Services } from '../base/services.ts';
import { type AuditFilter, type AuditRow, selectAuditLog } from './audit-list.rows.ts';

/** What was done, newest first. A page may be short. @throws {Problem} `validation_failed` for an unknown cursor. */
export async function listAudit(
  services: Services,
  { limit, cursor, ...filter }: AuditFilter & { limit: number; cursor?: string | undefined },
): Promise<{ data: AuditEntryView[]; next_cursor: string | null }> {
  const { rows, lookedUntil } = await selectAuditLog(services.database, filter, {
    // One more than asked for, to know whether there is a next page.
    limit: limit + 1,
    after: cursor === undefined ? undefined : decodeCursor(cursor),
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : lookedUntil;
  return { data: shown.map(presentEntry), next_cursor: last ? encodeCursor(last) : null };
}

function presentEntry(row: AuditRow): AuditEntryView {
  return {
    id: row.id,
    actor: row.actor,
    key: row.keyId,
    action: row.action,
    app: row.app,
    target: row.target,
    ...whatChanged(row),
    detail: row.detail,
    request_id: row.requestId,
    created_at: new Date(row.at).toISOString(),
  };
}

/** Of settings that were changed only those that differ. */
function whatChanged({ before, after }: Pick<AuditRow, 'before' | 'after'>) {
  if (!before || !after) return { before, after };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
  const only = (settings: Record<string, unknown>) =>
    Object.fromEntries(names.map((name) => [name, settings[name] ?? null]));
  return { before: only(before), after: only(after) };
}

import { type SQL, sql } from 'drizzle-orm';
import { endpoints } from '../../base/db/schema.rows.ts';

/**
 * An endpoint's settings as the audit log says them, JSON. Receivers may have a secret of their own in the query of their
 * address, so that is left out.
 */
export const AUDITED_SETTINGS: SQL = sql`json_object(
  'url', iif(instr(url, '?') = 0, url, substr(url, 1, instr(url, '?')) || '…'), 'events', json(events),
  'description', description, 'enabled', json(iif(enabled, 'true', 'false')), 'disabled_reason', disabled_reason,
  'rate_limit', rate_limit, 'ordering', ordering, 'match', json(matches), 'format', format)`;

/** The endpoint, if the app has it and has not deleted it: what a line of the audit log is read from. */
export function fromEndpoint(appId: string, id: string): SQL {
  return sql`from ${endpoints} where id = ${id} and app_id = ${appId} and deleted_at is null`;
}

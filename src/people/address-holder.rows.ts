import type { Database } from '../base/db/database.rows.ts';
import { query, runOne } from '../base/db/sql.rows.ts';
import type { Mode } from '../base/mode.rules.ts';
import { ADDRESS, HOLDS_ADDRESS } from './held-addresses.rows.ts';

const FIND_HOLDER = query<{ mode: Mode; sessionId: string }, { holds: number; memberId: string | null }>(`
  select ${HOLDS_ADDRESS} as holds,
    coalesce(sessions.member_id, (select m.id from snapshots as m where m.mode = :mode
      and m.customer_id = sessions.customer_id and m.kind = 'member' and m.status is not 'deleted'
      and ${ADDRESS} = sessions.email order by m.version desc limit 1)) as memberId
  from sessions where sessions.id = :sessionId`);

/**
 * Whether the address that was proven for a session still belongs to the session's customer or member, and which member
 * that is: for a team Polar wants to be told the member.
 */
export async function findAddressHolder(
  database: Database,
  sessionId: string,
  mode: Mode,
): Promise<{ holds: boolean; memberId: string | null }> {
  const [row] = await runOne(database, FIND_HOLDER({ mode, sessionId }));
  return { holds: row?.holds === 1, memberId: row?.memberId ?? null };
}

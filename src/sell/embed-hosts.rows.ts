import type { Config } from '../base/config.ts';
import { query } from '../base/db/sql.rows.ts';
import type { Mode } from '../base/mode.rules.ts';

const EMBEDDING = query<{ mode: Mode; id: string }, { hosts: string | null; isEnforced: 0 | 1 | null }>(`
  select data -> '$.embed_hosts' as hosts, data ->> '$.embed_hosts_enforced' as isEnforced
  from snapshots where mode = :mode and kind = 'organization' and id = :id`);

/** Where checkouts may be embedded, as the organization was heard of or read last; of a mode that is not configured nothing. */
export function embeddingStatement({ modes }: Pick<Config, 'modes'>, mode: Mode) {
  const id = modes[mode]?.organizationId;
  return id === undefined ? [] : [EMBEDDING({ mode, id })];
}

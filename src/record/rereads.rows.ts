import type { Mode } from '../base/mode.rules.ts';
import type { RereadKind } from '../base/polar-kinds.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import type { rereads } from '../base/db/schema.rows.ts';
import { query } from '../base/db/sql.rows.ts';
import { conditionSql } from './missing.rows.ts';
import type { PlannedReread } from './plan-rereads.rules.ts';

/** An object that is to be read again. */
export interface RereadKey {
  mode: Mode;
  kind: RereadKind;
  id: string;
}

export type RereadRow = typeof rereads.$inferSelect;

/** A stored request; `isDue`: the object is to be read at once. */
export interface RequestedRow extends RereadKey {
  isDue: 0 | 1;
}

type Request = ReturnType<typeof request>;

/** Those of the list `asked` whose condition holds. `conditions`: as SQL, by name. */
function request(conditions: ReadonlyMap<string, string>) {
  const cases = [...conditions].map(([name, sql]) => `when '${name}' then ${sql}`);
  const holds =
    cases.length === 0 ? 'true' : `case w.value ->> '$.condition' ${cases.join(' ')} else true end`;
  // A request that is last in line is due after all that wait, and after those before it in the list.
  return query<{ mode: Mode; now: number; asked: string }, RequestedRow>(`
    insert into rereads (mode, kind, id, reason, requested_at, next_attempt_at, attempts)
    select :mode, w.value ->> '$.kind', w.value ->> '$.id', w.value ->> '$.reason', :now, iif(w.value ->> '$.apartMs' is null, w.value ->> '$.at',
      max(w.value ->> '$.at', coalesce((select max(next_attempt_at) from rereads), 0) + w.value ->> '$.apartMs') + w.key * (w.value ->> '$.apartMs')), 0
    from json_each(:asked) as w
    where ${holds}
    on conflict (mode, kind, id) do update set requested_at = excluded.requested_at, page = 1,
      reason = iif(reason = excluded.reason, reason, 'for several reasons'),
      next_attempt_at = iif(attempts = 0, min(next_attempt_at, excluded.next_attempt_at), next_attempt_at)
    returning mode, kind, id, next_attempt_at <= requested_at as isDue`);
}

/** Statements by the names of their conditions: there are few combinations. */
const requests = new Map<string, Request>();

/**
 * The statement that requests objects to be read again, now or later, if the condition of each holds in its batch; no
 * statement for none. If one is being read, it is read once more; if it waits already, the earlier time counts. Gives
 * what was requested.
 */
export function requestRereads(
  mode: Mode,
  now: number,
  asked: readonly PlannedReread[],
): Statement<RequestedRow[]>[] {
  if (asked.length === 0) return [];
  const conditions = new Map<string, string>();
  const rows = asked.map(({ kind, id, reason, at, onlyIf }) => {
    const due = typeof at === 'number' ? { at } : { at: at.from, apartMs: at.apartMs };
    if (!onlyIf) return { kind, id, reason, ...due };
    const { name, sql, values } = conditionSql(onlyIf);
    conditions.set(name, sql);
    return { kind, id, reason, ...due, condition: name, values };
  });
  const names = [...conditions.keys()].join();
  const statement = requests.get(names) ?? request(conditions);
  requests.set(names, statement);
  return [statement({ mode, now, asked: JSON.stringify(rows) })];
}

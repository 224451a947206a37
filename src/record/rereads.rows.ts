import type { Mode } from '../base/mode.rules.ts';
import type { RereadKind } from '../base/polar-kinds.rules.ts';
import { type Database, runBatch, type Statement } from '../base/db/database.rows.ts';
import type { rereads } from '../base/db/schema.rows.ts';
import { command, query, runOne } from '../base/db/sql.rows.ts';
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

const SELECT_DUE = query<{ now: number; limit: number }, RereadKey>(`
  select mode, kind, id from rereads where next_attempt_at <= :now order by next_attempt_at limit :limit`);

/** Requests that are due, the longest due first. */
export function dueStatement(now: number, limit: number): Statement<RereadKey[]> {
  return SELECT_DUE({ now, limit });
}

const ROW = `mode, kind, id, reason, requested_at as requestedAt, next_attempt_at as nextAttemptAt, attempts, page`;
const IS_ROW = 'mode = :mode and kind = :kind and id = :id';
type Key = { mode: Mode; kind: RereadKind; id: string };

const CLAIM_DUE = query<Key & { now: number; firstMs: number; longestMs: number }, RereadRow>(`
  update rereads set attempts = attempts + 1, next_attempt_at = :now + min(cast(:firstMs as integer) << min(attempts, 20), :longestMs)
  where ${IS_ROW} and next_attempt_at <= :now returning ${ROW}`);

/** Takes a request that is due, and moves it on, each time by twice as long. */
export async function claimDue(
  database: Database,
  { mode, kind, id }: RereadKey,
  now: number,
  delays: { firstMs: number; longestMs: number },
): Promise<RereadRow | undefined> {
  const [row] = await runOne(database, CLAIM_DUE({ mode, kind, id, now, ...delays }));
  return row;
}

const CLAIM = query<Key & { nextAttemptAt: number }, RereadRow>(`
  update rereads set attempts = attempts + 1, next_attempt_at = :nextAttemptAt where ${IS_ROW} returning ${ROW}`);

/** Takes a request whether it is due or not, and moves it on. */
export async function claim(
  database: Database,
  { mode, kind, id }: RereadKey,
  nextAttemptAt: number,
): Promise<RereadRow | undefined> {
  const [row] = await runOne(database, CLAIM({ mode, kind, id, nextAttemptAt }));
  return row;
}

const DELETE_UNCHANGED = command<Key & { requestedAt: number }>(
  `delete from rereads where ${IS_ROW} and requested_at = :requestedAt`,
);
const BEGIN_ANEW = command<Key & { nextAttemptAt: number }>(
  `update rereads set attempts = 0, next_attempt_at = :nextAttemptAt where ${IS_ROW}`,
);

/**
 * Deletes a request that is done. If the object was asked for again while it was being read, it is read once more,
 * since what was read may be too old.
 */
export async function finish(database: Database, row: RereadRow, nextAttemptAt: number): Promise<void> {
  const { mode, kind, id, requestedAt } = row;
  const key = { mode, kind, id };
  await runBatch(database, [
    DELETE_UNCHANGED({ ...key, requestedAt }),
    BEGIN_ANEW({ ...key, nextAttemptAt }),
  ]);
}

const GO_ON = command<Key & { nextAttemptAt: number; requestedAt: number; page: number }>(`
  update rereads set attempts = 0, next_attempt_at = :nextAttemptAt, page = iif(requested_at = :requestedAt, :page, 1)
  where ${IS_ROW}`);

/**
 * Moves a request on to the next page. If the object was asked for again meanwhile, it begins anew with the first page.
 */
export async function goOn(
  database: Database,
  { mode, kind, id, requestedAt }: RereadRow,
  page: number,
  nextAttemptAt: number,
): Promise<void> {
  await runOne(database, GO_ON({ mode, kind, id, requestedAt, page, nextAttemptAt }));
}

const GIVE_UP = command<Key>(`delete from rereads where ${IS_ROW}`);

/** Drops a request, even if it was asked for again. */
export async function giveUp(database: Database, { mode, kind, id }: RereadKey): Promise<void> {
  await runOne(database, GIVE_UP({ mode, kind, id }));
}

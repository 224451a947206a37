import type { Mode } from '../base/mode.rules.ts';
import type { RereadKind } from '../base/polar-kinds.rules.ts';
import { type Database, runBatch, type Statement } from '../base/db/database.rows.ts';
import { command, query, runOne } from '../base/db/sql.rows.ts';
import type { RereadKey, RereadRow } from './rereads.rows.ts';

/* Requests to read an object again, when it is their turn. What asks for them is in rereads.rows.ts, which every isolate loads. */

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

import { and, asc, eq, lte, type SQL, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { RereadKind } from '../base/polar-kinds.rules.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { rereads } from '../base/db/schema.rows.ts';

/** An object that is to be read again. */
export interface RereadKey {
  mode: Mode;
  kind: RereadKind;
  id: string;
}

export type RereadRow = typeof rereads.$inferSelect;

/** A stored request; `due_now`: the object is to be read at once. */
export interface RequestedRow extends RereadKey {
  due_now: 0 | 1;
}

function whereRow({ mode, kind, id }: RereadKey): SQL | undefined {
  return and(eq(rereads.mode, mode), eq(rereads.kind, kind), eq(rereads.id, id));
}

/**
 * Requests to read an object again, now or from `at` on. If it is being read, it is read once more; if it waits
 * already, the earlier time counts. Returns its key.
 */
export function requestReread(
  database: Database,
  row: RereadKey & { reason: string },
  times: { now: number; at: number | SQL },
  onlyIf?: SQL,
): Statement<RequestedRow[]> {
  return database.all<RequestedRow>(sql`
    insert into ${rereads} (mode, kind, id, reason, requested_at, next_attempt_at, attempts)
    select ${row.mode}, ${row.kind}, ${row.id}, ${row.reason}, ${times.now}, ${times.at}, 0
    where ${onlyIf ?? sql`true`}
    on conflict (mode, kind, id) do update set requested_at = excluded.requested_at, page = 1,
      reason = iif(reason = excluded.reason, reason, 'for several reasons'),
      next_attempt_at = iif(attempts = 0, min(next_attempt_at, excluded.next_attempt_at), next_attempt_at)
    returning mode, kind, id, next_attempt_at <= requested_at as due_now`);
}

/** The time of a request that is due at `from` at the earliest, and `apartMs` behind all that wait. */
export function lastInLine({ from, apartMs }: { from: number; apartMs: number }): SQL {
  return sql`max(${from}, coalesce((select max(next_attempt_at) from ${rereads}), 0) + ${apartMs})`;
}

/** Requests that are due, the longest due first. */
export function dueStatement(database: Database, now: number, limit: number) {
  return database
    .select({ mode: rereads.mode, kind: rereads.kind, id: rereads.id })
    .from(rereads)
    .where(lte(rereads.nextAttemptAt, now))
    .orderBy(asc(rereads.nextAttemptAt))
    .limit(limit);
}

/** Takes a request that is due, and moves it on, each time by twice as long. */
export async function claimDue(
  database: Database,
  key: RereadKey,
  now: number,
  delays: { firstMs: number; longestMs: number },
): Promise<RereadRow | undefined> {
  const [row] = await database
    .update(rereads)
    .set({
      attempts: sql`${rereads.attempts} + 1`,
      nextAttemptAt: sql`${now} + min(${delays.firstMs} << min(${rereads.attempts}, 20), ${delays.longestMs})`,
    })
    .where(and(whereRow(key), lte(rereads.nextAttemptAt, now)))
    .returning();
  return row;
}

/** Takes a request whether it is due or not, and moves it on. */
export async function claim(
  database: Database,
  key: RereadKey,
  nextAttemptAt: number,
): Promise<RereadRow | undefined> {
  const [row] = await database
    .update(rereads)
    .set({ attempts: sql`${rereads.attempts} + 1`, nextAttemptAt })
    .where(whereRow(key))
    .returning();
  return row;
}

/**
 * Deletes a request that is done. If the object was asked for again while it was being read, it is read once more,
 * since what was read may be too old.
 */
export async function finish(database: Database, row: RereadRow, nextAttemptAt: number): Promise<void> {
  const mine = whereRow(row);
  await database.batch([
    database.delete(rereads).where(and(mine, eq(rereads.requestedAt, row.requestedAt))),
    database.update(rereads).set({ attempts: 0, nextAttemptAt }).where(mine),
  ]);
}

/**
 * Moves a request on to the next page. If the object was asked for again meanwhile, it begins anew with the first page.
 */
export async function goOn(
  database: Database,
  row: RereadRow,
  page: number,
  nextAttemptAt: number,
): Promise<void> {
  await database
    .update(rereads)
    .set({
      attempts: 0,
      nextAttemptAt,
      page: sql`iif(${rereads.requestedAt} = ${row.requestedAt}, ${page}, 1)`,
    })
    .where(whereRow(row));
}

/** Drops a request, even if it was asked for again. */
export async function giveUp(database: Database, key: RereadKey): Promise<void> {
  await database.delete(rereads).where(whereRow(key));
}

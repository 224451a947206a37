import { and, desc, eq, getTableColumns, gte, lt, sql } from 'drizzle-orm';
import type { Doer } from '../base/audit-actions.rules.ts';
import { auditRead } from '../base/audit.rows.ts';
import { firstIdAt } from '../base/ids.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Cursor } from '../base/db/cursor.ts';
import type { Database } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { isInPart } from '../base/db/pages.rows.ts';
import { apps, auditLog, polarEvents } from '../base/db/schema.rows.ts';

export type ShownPolarEvent = Omit<typeof polarEvents.$inferSelect, 'sealedBody'> & {
  app: string | null;
  isKept: boolean;
};

const { sealedBody, ...columns } = getTableColumns(polarEvents);
const shown = {
  ...columns,
  app: apps.slug,
  isKept: sql<boolean>`${sealedBody} is not null`.mapWith(Boolean),
};

/** Times are milliseconds since 1970, of when the Polar event was received. */
export interface PolarEventFilter {
  status?: ShownPolarEvent['status'] | undefined;
  mode?: Mode | undefined;
  /** Polar's own, `order.paid`. */
  type?: string | undefined;
  /** Inclusive. */
  since?: number | undefined;
  /** Exclusive. */
  until?: number | undefined;
}

/** How many rows one page looks at for a mode, a type or `applied`, which no index has. */
const MAX_LOOKED_AT = 1_000;

/** Polar events without their bodies, newest first. A page may be short; `lookedUntil` then says where to go on. */
export async function selectPolarEvents(
  database: Database,
  filter: PolarEventFilter,
  page: { limit: number; after: Cursor | undefined },
): Promise<{ rows: ShownPolarEvent[]; lookedUntil: Cursor | undefined }> {
  const { where, newestFirst, chosen } = findOf(filter, page.after);
  const lookedAt = chosen.length === 0 ? page.limit : MAX_LOOKED_AT;
  const looked = orm(database)
    .select({ id: polarEvents.id })
    .from(polarEvents)
    .where(where)
    .orderBy(...newestFirst)
    .limit(lookedAt)
    .as('looked');
  const [rows, [end]] = await orm(database).batch([
    orm(database)
      .select(shown)
      .from(looked)
      .innerJoin(polarEvents, eq(polarEvents.id, looked.id))
      .leftJoin(apps, eq(apps.id, polarEvents.appId))
      .where(and(...chosen))
      .orderBy(...newestFirst)
      .limit(page.limit),
    orm(database)
      .select({ at: polarEvents.receivedAt, id: polarEvents.id })
      .from(polarEvents)
      .where(where)
      .orderBy(...newestFirst)
      .limit(1)
      .offset(lookedAt - 1),
  ]);
  return { rows, lookedUntil: end };
}

/**
 * How the index finds Polar events (`where`, `newestFirst`), and what is then `chosen` among those that it finds: few
 * are not applied, and an index has them by status and time; all others are found by their ids, which sort by time.
 */
function findOf(
  { status, mode, type, since = 0, until = Number.MAX_SAFE_INTEGER }: PolarEventFilter,
  after: Cursor | undefined,
) {
  // The + keeps SQLite from reading all of the mode or the status instead.
  const chosen = [
    mode === undefined ? [] : [sql`+${polarEvents.mode} = ${mode}`],
    type === undefined ? [] : [eq(polarEvents.type, type)],
  ].flat();
  if (status === undefined || status === 'applied') {
    // One upper bound, as in `isInPart`.
    const end = firstIdAt('pev', until);
    return {
      where: and(
        gte(polarEvents.id, firstIdAt('pev', since)),
        lt(polarEvents.id, after && after.id < end ? after.id : end),
      ),
      newestFirst: [desc(polarEvents.id)],
      chosen: status === undefined ? chosen : [...chosen, sql`+${polarEvents.status} = ${status}`],
    };
  }
  return {
    where: and(
      eq(polarEvents.status, status),
      // The literal lets SQLite use the index of unfinished events.
      sql`status <> 'applied'`,
      isInPart(sql`${polarEvents.receivedAt}`, sql`${polarEvents.id}`, { since, until, after }),
    ),
    newestFirst: [desc(polarEvents.receivedAt), desc(polarEvents.id)],
    chosen,
  };
}

/** One Polar event with its sealed body, null once pruned. */
export async function selectPolarEvent(
  database: Database,
  id: string,
): Promise<(ShownPolarEvent & { sealedBody: string | null }) | undefined> {
  const [row] = await orm(database)
    .select({ ...shown, sealedBody })
    .from(polarEvents)
    .leftJoin(apps, eq(apps.id, polarEvents.appId))
    .where(eq(polarEvents.id, id))
    .limit(1);
  return row;
}

/** Which Polar events to apply again: kept ones that did not apply, received from `after` on. */
export interface ReapplyFilter {
  mode: Mode;
  status: 'failed' | 'unrouted';
  type?: string | undefined;
  since?: number | undefined;
  until?: number | undefined;
  after?: Cursor | undefined;
}

/** Matches are counted up to this, since counting takes time and nobody needs a larger number exactly. */
const MAX_COUNTED = 100_000;

/** How many Polar events match (counted to `MAX_COUNTED`), and the oldest `limit` of them. */
export async function selectReappliable(
  database: Database,
  filter: ReapplyFilter,
  limit: number,
): Promise<{ matched: number; oldest: Cursor[] }> {
  const { after, type } = filter;
  const matches = sql`
    from ${polarEvents} where status = ${filter.status} and status <> 'applied' and mode = ${filter.mode} and sealed_body is not null
      and received_at >= ${filter.since ?? 0} and received_at < ${filter.until ?? Number.MAX_SAFE_INTEGER}
      ${type === undefined ? sql`` : sql`and type = ${type}`}
      ${after === undefined ? sql`` : sql`and (received_at, id) > (${after.at}, ${after.id})`}`;
  const [[counted], oldest] = await orm(database).batch([
    orm(database).all<{ count: number }>(
      sql`select count(*) as count from (select 1 ${matches} limit ${MAX_COUNTED})`,
    ),
    orm(database).all<Cursor>(
      sql`select received_at as at, id ${matches} order by received_at, id limit ${limit}`,
    ),
  ]);
  return { matched: counted?.count ?? 0, oldest };
}

/** The hour's bound is counted from the audit log, which has a line for each anyway (ADR 29). */
const REAPPLIED = 'polar_event.reapplied';
const reappliedSince = (usedSince: number) =>
  sql`from ${auditLog} where app_id is null and at > ${usedSince} and action = ${REAPPLIED}`;

/** How many Polar events the operator had applied again after `usedSince`, and when first. Times are milliseconds since 1970. */
export async function selectReapplied(
  database: Database,
  usedSince: number,
): Promise<{ used: number; oldest: number | null }> {
  const [usage] = await orm(database).all<{ used: number; oldest: number | null }>(sql`
    select coalesce(sum(detail ->> 'count'), 0) as used, min(at) as oldest ${reappliedSince(usedSince)}`);
  return usage ?? { used: 0, oldest: null };
}

/**
 * Statements that set those of `ids` that did not apply back to pending, with a line in the audit log, unless the hour's
 * `bound` would be passed: then they do nothing. The second one returns what it changed: `[{id}]`.
 */
export function reapplyStatements(
  database: Database,
  { ids, target, auditId, by }: { ids: readonly string[]; target: string; auditId: string; by: Doer },
  { now, usedSince, bound }: { now: number; usedSince: number; bound: number },
) {
  const chosen = sql`id in (select value from json_each(${JSON.stringify(ids)}))
    and status in ('failed', 'unrouted') and sealed_body is not null`;
  return {
    audit: auditRead(
      database,
      by,
      now,
      {
        id: auditId,
        action: REAPPLIED,
        appId: null,
        target,
        detail: sql`json_object('count', chosen.count)`,
      },
      sql`from (select count(*) as count from ${polarEvents} where ${chosen}) as chosen
      where chosen.count > 0
        and (select coalesce(sum(detail ->> 'count'), 0) ${reappliedSince(usedSince)}) + chosen.count <= ${bound}`,
    ),
    // A failed Polar event has used up its attempts.
    changed: orm(database).all<{ id: string }>(sql`
      update ${polarEvents} set status = 'pending', attempts = case status when 'failed' then 0 else attempts end
      where ${chosen} and exists (select 1 from ${auditLog} as l where l.id = ${auditId})
      returning id`),
  };
}

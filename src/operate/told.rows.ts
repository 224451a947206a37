import { getTableColumns, sql } from 'drizzle-orm';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { auditLog, deliveries, deliveryAttempts, polarEvents, events } from '../base/db/schema.rows.ts';
import { firstIdAt } from '../base/ids.rules.ts';
import { PRUNED_BODY } from './unpaid.rows.ts';
import { nextRows, type Walk, walkTo } from './walks.rows.ts';

const DAY_MS = 24 * 60 * 60_000;

/** A delivery that may be over, and its event. */
interface OldDelivery {
  id: string;
  eventId: string;
}

/**
 * Deliveries that ended within a day of being made are found when they are a day older than `before`; those that ended
 * later, however much later, are in an index of their own, `deliveries_ended_late`.
 */
export function deliveriesWalk(before: number): Walk {
  return walkTo('deliveries', deliveries, 'dlv', before - DAY_MS);
}

/** The next of that walk. */
export function nextDeliveries(database: Database, walk: readonly Walk[], limit: number) {
  return nextRows<OldDelivery>(database, walk, limit, sql`id, event_id as eventId`);
}

/** Deliveries that ended by `before`, long after they were made, the earliest first. */
export function endedLate(database: Database, before: number, limit: number): Statement<OldDelivery[]> {
  // SQLite uses this partial index only if the conditions are literals.
  return orm(database).all<OldDelivery>(sql`
    select id, event_id as eventId from ${deliveries}
    where status <> 'pending' and finished_at > created_at + 86400000 and finished_at <= ${before}
    order by finished_at limit ${limit}`);
}

/**
 * Deletes those deliveries that ended by `before`, with their attempts, and empties the bodies of events whose last
 * delivery goes.
 */
export function deleteDeliveries(
  database: Database,
  old: readonly OldDelivery[],
  before: number,
): Statement[] {
  if (old.length === 0) return [];
  const chosen = sql`(select d.id from ${deliveries} as d
    where d.id in (select value from json_each(${JSON.stringify(old.map(({ id }) => id))}))
      and d.status <> 'pending' and d.finished_at <= ${before})`;
  return [
    orm(database).run(sql`delete from ${deliveryAttempts} where delivery_id in ${chosen}`),
    orm(database).run(sql`delete from ${deliveries} where id in ${chosen}`),
    ...emptyEvents(
      database,
      old.map(({ eventId: id }) => ({ id })),
    ),
  ];
}

/**
 * Events that were told by `before`, in the order of their ids: those of the first release have another prefix (ADR
 * 66).
 */
export function eventsWalks(before: number): Walk[] {
  return [
    walkTo('events', events, 'evt', before),
    walkTo('events of the first release', events, 'evt', before, 'fct'),
  ];
}

const COLUMNS = Object.values(getTableColumns(events)).map(({ name }) => name);
const EMPTIED = COLUMNS.map((name) => (name === 'body' ? `'${PRUNED_BODY}'` : name));

/**
 * Empties the bodies of events that have no delivery left. The others are emptied when their last one goes. Each row is written
 * anew behind the last one: SQLite gives no page back of which a part was emptied, so that what is left of a sale would take three
 * times the room for good.
 */
export function emptyEvents(database: Database, seen: readonly { id: string }[]): Statement[] {
  if (seen.length === 0) return [];
  return [
    orm(database).run(sql`
      insert or replace into ${events} (${sql.raw(COLUMNS.join(', '))})
      select ${sql.raw(EMPTIED.join(', '))} from ${events}
      where id in (select value from json_each(${JSON.stringify(seen.map(({ id }) => id))}))
        and body <> '{}' and not exists (select 1 from ${deliveries} as d where d.event_id = ${events}.id)`),
  ];
}

/** Deletes Polar events that were received by `before`, unless they still wait to be applied. */
export function deleteOldPolarEvents(database: Database, before: number, limit: number): Statement {
  return orm(database).run(sql`
    delete from ${polarEvents} where id in (
      select id from ${polarEvents} where id < ${firstIdAt('pev', before + 1)} and +status <> 'pending' order by id limit ${limit})`);
}

export function deleteOldAudit(database: Database, before: number, limit: number): Statement {
  return orm(database).run(sql`
    delete from ${auditLog} where id in (
      select id from ${auditLog} where id < ${firstIdAt('aud', before + 1)} order by id limit ${limit})`);
}

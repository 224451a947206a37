import { sql } from 'drizzle-orm';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { firstIdAt } from '../base/ids.rules.ts';
import { deliveries, events, walks } from '../base/db/schema.rows.ts';
import { goneMark } from '../tell/feed/feed.rows.ts';
import { type Walk, walkTo } from './walks.rows.ts';

/*
 * Rows of events are kept, so that nothing is told twice, but not those that only say that something is new: their keys have the
 * version of what they show or the time of what happened, and what was stored since is newer, so nothing makes the same key again
 * (ADR 112). A subscription that is changed every week would otherwise leave a row a week for good.
 */

/** Whether an event, as `events`, is one of them. */
const IS_NEWS = sql`(substr(type, -8) = '.updated' or type = 'grant.renewed'
  or substr(type, 1, 6) = 'polar.' or substr(type, 1, 9) = 'endpoint.')`;

/** Its app and its payment have a later event, whose number says how many there were. */
const HAS_LATER = sql`exists (select 1 from ${events} as f where f.app_id = ${events}.app_id and f.sequence > ${events}.sequence)
  and (payment_id is null or payment_sequence is null or exists (
    select 1 from ${events} as f where f.payment_id = ${events}.payment_id and f.payment_sequence > ${events}.payment_sequence))`;

/** Events that were told by `before`. */
export function newsWalk(before: number): Walk {
  return walkTo('events that are only news', events, 'evt', before);
}

/**
 * Those of `old` that were told by `before`. The walk has passed them while a delivery of theirs waited, so that they are looked at
 * again when their last delivery goes.
 */
export function passedBefore(old: readonly { eventId: string }[], before: number): { id: string }[] {
  const to = firstIdAt('evt', before + 1);
  return old.flatMap(({ eventId: id }) => (id < to ? [{ id }] : []));
}

/**
 * Deletes those among the events that were `seen` whose bodies are gone and which nothing is to be delivered of. An app's last event
 * stays, so that its number is not used twice. How far numbers are missing is noted for the feed, in the same batch.
 */
export function deleteNews(database: Database, seen: readonly { id: string }[]): Statement[] {
  if (seen.length === 0) return [];
  const ids = JSON.stringify(seen.map(({ id }) => id));
  const over = sql`id in (select value from json_each(${ids})) and body = '{}' and ${IS_NEWS} and ${HAS_LATER}
    and not exists (select 1 from ${deliveries} as d where d.event_id = ${events}.id)`;
  return [
    orm(database).run(sql`
      insert into ${walks} (name, after)
      select ${sql.raw(goneMark('app_id'))}, max(sequence) from ${events} where ${over} group by app_id
      on conflict (name) do update set after = max(cast(after as integer), cast(excluded.after as integer))`),
    orm(database).run(sql`delete from ${events} where ${over}`),
  ];
}

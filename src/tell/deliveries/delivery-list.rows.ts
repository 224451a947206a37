import { and, desc, type SQL, sql } from 'drizzle-orm';
import type { Cursor } from '../../base/db/cursor.ts';
import type { KeyRange } from '../events/events.rules.ts';
import { keysOfTypes } from '../events/keys-of-types.rules.ts';
import { wantsType } from '../endpoints/event-filters.rows.ts';
import type { Database } from '../../base/db/database.rows.ts';
import { orm } from '../../base/db/orm.rows.ts';
import { isInPart } from '../../base/db/pages.rows.ts';
import type { DeliveryRow } from './deliveries.rows.ts';
import { firstDeliveries } from './first-deliveries.rows.ts';
import { measureKeys } from './rare-types.rows.ts';
import { deliveries, events } from '../../base/db/schema.rows.ts';

/** Times are milliseconds since 1970. */
export interface DeliveryFilter {
  appId: string;
  endpointId?: string | undefined;
  status?: DeliveryRow['status'] | undefined;
  eventId?: string | undefined;
  /** An event's type, with wildcards as an endpoint's `events` have them. */
  type?: string | undefined;
  /** Inclusive. */
  since?: number | undefined;
  /** Exclusive. */
  until?: number | undefined;
}

/**
 * How many deliveries one page looks at for a type of which there are many events, since no index of deliveries has their
 * type: few at first, which fill the page when the type is a usual one.
 */
const LOOKED_AT_FIRST = 150;
const MAX_LOOKED_AT = 1_000;

interface Page {
  limit: number;
  after: Cursor | undefined;
}

/**
 * Deliveries of an app, newest first. With a type a page may be short or empty; `lookedUntil` then says where to go on.
 */
export async function selectDeliveries(
  database: Database,
  filter: DeliveryFilter,
  page: Page,
): Promise<{ rows: DeliveryRow[]; lookedUntil: Cursor | undefined }> {
  const { appId, eventId, type } = filter;
  if (eventId !== undefined) return { rows: await ofEvents(database, filter, page), lookedUntil: undefined };
  const keys = type === undefined ? undefined : keysOfTypes(type);
  if (keys === undefined || type === undefined) {
    const ids = firstDeliveries(filter, inTime(filter, page), { limit: page.limit, order: 'desc' });
    const rows = await newestFirst(database, sql`${deliveries.id} in (select id from ${ids})`, page.limit);
    return { rows, lookedUntil: undefined };
  }
  const { isRare } = await measureKeys(database, appId, keys);
  if (isRare) return { rows: await ofEvents(database, filter, page, keys), lookedUntil: undefined };
  const first = await lookFor(database, filter, type, { ...page, lookedAt: LOOKED_AT_FIRST });
  const isDone = first.rows.length === page.limit || first.lookedUntil === undefined;
  return isDone ? first : lookFor(database, filter, type, { ...page, lookedAt: MAX_LOOKED_AT });
}

/** Deliveries of one event, or of the few events with such keys. */
function ofEvents(
  database: Database,
  { appId, endpointId, eventId, status, type, ...time }: DeliveryFilter,
  page: Page,
  keys?: KeyRange,
): Promise<DeliveryRow[]> {
  const isOfKeys = keys && sql`f.app_id = ${appId} and f.key >= ${keys.from} and f.key < ${keys.to}`;
  const isOfType = type === undefined ? undefined : matches(type);
  const isOfEvent = eventId === undefined ? undefined : sql`f.id = ${eventId} and f.app_id = ${appId}`;
  // Few have such an event: the + keeps SQLite from beginning with all of the endpoint's.
  const of = and(
    endpointId === undefined ? undefined : sql`+d.endpoint_id = ${endpointId}`,
    status === undefined ? undefined : sql`+d.status = ${status}`,
    inTime(time, page),
  );
  return newestFirst(
    database,
    sql`${deliveries.id} in (select d.id from ${events} as f cross join ${deliveries} as d on d.event_id = f.id
      where ${and(isOfKeys, isOfEvent, isOfType, of)})`,
    page.limit,
  );
}

/** The deliveries of a type among the next ones of the app. */
async function lookFor(
  database: Database,
  filter: DeliveryFilter,
  type: string,
  page: Page & { lookedAt: number },
) {
  const looked = firstDeliveries(filter, inTime(filter, page), { limit: page.lookedAt, order: 'desc' });
  const [rows, [end]] = await orm(database).batch([
    newestFirst(
      database,
      sql`${deliveries.id} in (select d.id from ${looked} as l cross join ${deliveries} as d on d.id = l.id
        cross join ${events} as f on f.id = d.event_id where ${matches(type)})`,
      page.limit,
    ),
    orm(database).all<Cursor>(
      sql`select created_at as at, id from ${looked} order by 1 desc, 2 desc limit 1 offset ${page.lookedAt - 1}`,
    ),
  ]);
  return { rows, lookedUntil: end };
}

/** Whether the type of an event, `f`, matches. */
function matches(type: string): SQL {
  return sql`exists (select 1 from (select ${type} as value) as pattern where ${sql.raw(wantsType('pattern.value', 'f.type'))})`;
}

function newestFirst(database: Database, where: SQL, limit: number) {
  return orm(database)
    .select()
    .from(deliveries)
    .where(where)
    .orderBy(desc(deliveries.createdAt), desc(deliveries.id))
    .limit(limit);
}

function inTime({ since, until }: Pick<DeliveryFilter, 'since' | 'until'>, { after }: Page): SQL {
  return isInPart(sql`d.created_at`, sql`d.id`, { since, until, after });
}

import { type SQL, sql } from 'drizzle-orm';
import { type NewEvent, type EventOrigin, type KeyRange, splitBody } from './events.rules.ts';
import { newId } from '../../base/ids.rules.ts';
import { PASSING_LIST } from './passed-on.rules.ts';
import { deliverMessages, type WorkMessage } from '../../base/messages.ts';
import { wantsType } from '../endpoints/event-filters.rows.ts';
import type { Database, Statement } from '../../base/db/database.rows.ts';
import { usesSlowLane } from '../deliveries/delivery-turns.rows.ts';
import { paymentJson } from './payment-json.rows.ts';
import { deliveries, endpoints, events } from '../../base/db/schema.rows.ts';

/** A delivery that was made; `slow`: in which lane it is to be sent. */
interface NewDelivery {
  id: string;
  slow: number;
}

/**
 * Statements that tell `told` once each: events that the app knows already do nothing, new ones get the app's next
 * sequence number, a frozen body and a delivery to each endpoint that asked for the type. They belong in the batch that
 * writes the change, `events` before `deliveries`, which returns the deliveries made, for `deliveryWakeUps`.
 */
export function tellStatements(
  database: Database,
  told: readonly NewEvent[],
  how: { origin: EventOrigin; isPublic?: boolean; polarEventId: string | null; now: number },
): { events: Statement[]; deliveries: Statement<NewDelivery[]>[] } {
  if (told.length === 0) return { events: [], deliveries: [] };
  const ids: string[] = [];
  const inserts = told.map((event) => {
    const id = newId('evt');
    ids.push(id);
    const [head, middle, before, tail] = splitBody(event, id, how.origin);
    const { paymentId } = event;
    const inPayment =
      paymentId === null
        ? sql`null`
        : sql`(select coalesce(max(payment_sequence), 0) + 1 from ${events} where payment_id = ${paymentId})`;
    return database.run(sql`
      insert into ${events} (id, app_id, mode, key, type, sequence, payment_sequence, payment_id, customer_id, polar_event_id, origin, body, passed_on, occurred_at, created_at)
      select ${id}, ${event.appId}, ${event.mode}, ${event.key}, ${event.type}, next.sequence, next.in_payment, ${paymentId}, ${event.customerId},
        ${how.polarEventId}, ${how.isPublic ? 'public' : how.origin}, ${head} || next.sequence || ${middle} || coalesce(next.in_payment, 'null') || ${before} || ${paymentJson(paymentId)} || ${tail}, ${PASSING_LIST}, ${event.occurredAt}, ${how.now}
      from (
        select coalesce(max(sequence), 0) + 1 as sequence, ${inPayment} as in_payment from ${events} where app_id = ${event.appId}
      ) as next
      where ${isUntold(event)}
      on conflict (app_id, key) do nothing`);
  });
  // An event that was known already has another id, so these ids do not find it, and it gets no second delivery.
  const fanOut = database.all<NewDelivery>(sql`
    insert into ${deliveries} (id, event_id, endpoint_id, app_id, sequence, status, attempts, next_attempt_at, lease_until, created_at)
    select 'dlv_' || substr(f.id, 5, 10) || lower(hex(randomblob(8))), f.id, e.id, f.app_id, f.sequence, 'pending', 0, ${how.now}, 0, ${how.now}
    from json_each(${JSON.stringify(ids)}) as wanted
    join ${events} as f on f.id = wanted.value
    join ${endpoints} as e on e.app_id = f.app_id and e.deleted_at is null
    where exists (select 1 from json_each(e.events) as pattern where ${wantsType(sql`pattern.value`, sql`f.type`)})
      and (f.type not glob 'endpoint.*' or e.id is not json_extract(f.body, '$.data.endpoint.id'))
    returning id, (select ${usesSlowLane} from ${endpoints} as e where e.id = endpoint_id) as slow`);
  return { events: inserts, deliveries: [fanOut] };
}

/** It reads two ranges of the index on keys, a few events each. */
function isUntold({ appId, unlessTold }: NewEvent): SQL {
  if (unlessTold === undefined) return sql`true`;
  const last = ({ from, to }: KeyRange, only = sql`true`) =>
    sql`(select max(sequence) from ${events} where app_id = ${appId} and key >= ${from} and key < ${to} and ${only})`;
  const told = last(unlessTold.key, unlessTold.byReading ? sql`origin <> 'webhook'` : sql`true`);
  return sql`coalesce(${told}, 0) <= coalesce(${last(unlessTold.since)}, 0)`;
}

/** The wake-ups for the deliveries that `tellStatements` made, by lane. */
export function deliveryWakeUps(made: readonly NewDelivery[]): { main: WorkMessage[]; slow: WorkMessage[] } {
  const lane = (slow: boolean) =>
    deliverMessages(made.filter((row) => (row.slow === 1) === slow).map((row) => row.id));
  return { main: lane(false), slow: lane(true) };
}

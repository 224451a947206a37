import { type NewEvent, type EventOrigin, splitBody } from './events.rules.ts';
import { newId } from '../../base/ids.rules.ts';
import { PASSING_LIST } from './passed-on.rules.ts';
import { wantsContent, wantsType } from '../endpoints/event-filters.rows.ts';
import type { Statement } from '../../base/db/database.rows.ts';
import { inParts } from '../../base/db/json-parts.rules.ts';
import { command, query } from '../../base/db/sql.rows.ts';
import { TAKES_FIRST_ATTEMPTS, USES_SLOW_LANE } from '../deliveries/delivery-turns.rows.ts';
import type { FirstLease, NewDelivery } from '../deliveries/first-attempts.ts';
import { paymentJson } from './payment-json.rows.ts';

/** Why events are told, and when; `now` in milliseconds since 1970. */
interface Telling {
  origin: EventOrigin;
  isPublic?: boolean;
  polarEventId: string | null;
  now: number;
  /** The first attempts that this invocation makes itself. Without it the queue makes all. */
  first?: FirstLease;
}

const NO_LEASE: FirstLease = { leaseToken: '', leaseUntil: 0, most: 0 };

/**
 * Statements that tell `told` once each: events that the app knows already do nothing, new ones get the app's next
 * sequence number, a frozen body and a delivery to each endpoint that asked for the type. They belong in the batch that
 * writes the change, `events` before `deliveries`, which returns the deliveries made, for `sendTold`. No two of
 * `told` have the same app and key, and whether one is told does not depend on another of them.
 */
export function tellStatements(
  told: readonly NewEvent[],
  { origin, isPublic = false, polarEventId, now, first = NO_LEASE }: Telling,
): { events: Statement[]; deliveries: Statement<NewDelivery[]>[] } {
  if (told.length === 0) return { events: [], deliveries: [] };
  const rows = told.map((event) => {
    const id = newId('evt');
    const { key, type, appId, mode, paymentId, customerId, occurredAt, unlessTold, onlyWhile } = event;
    const [head, middle, before, tail] = splitBody(event, id, origin);
    const row = { id, key, type, appId, mode, paymentId, customerId, occurredAt };
    return {
      ...row,
      head,
      middle,
      before,
      tail,
      ...(unlessTold && { unlessTold }),
      ...(onlyWhile && { onlyWhile }),
    };
  });
  const insert = statementFor(told);
  const how = { origin: isPublic ? 'public' : origin, polarEventId, now };
  return {
    events: inParts(rows).map((part) => insert({ told: part, ...how })),
    // An event that was known already has another id, so these ids do not find it, and it gets no second delivery.
    deliveries: [FAN_OUT({ ids: JSON.stringify(rows.map(({ id }) => id)), now, ...first })],
  };
}

/** Of a list of events those that `where` finds untold, numbered in the order of the list. */
function insertEvents(where: string) {
  // Each `max` stands in a subquery of its own, which SQLite answers with the last entry of an index. In a `from` it goes
  // through all events of the app.
  const last = (column: string, of: string) =>
    `(select coalesce(max(${column}), 0) from events where ${of} = n.value ->> '$.${of === 'app_id' ? 'appId' : 'paymentId'}')`;
  return command<{ told: string; origin: string; polarEventId: string | null; now: number }>(`
    insert into events (id, app_id, mode, key, type, sequence, payment_sequence, payment_id, customer_id, polar_event_id, origin, body, passed_on, occurred_at, created_at)
    select id, app_id, mode, key, type, sequence, in_payment, payment_id, customer_id, :polarEventId, :origin,
      head || sequence || middle || coalesce(in_payment, 'null') || before || ${paymentJson('t.payment_id')} || tail, ${PASSING_LIST}, occurred_at, :now
    from (
      select n.value ->> '$.id' as id, n.value ->> '$.appId' as app_id, n.value ->> '$.mode' as mode, n.value ->> '$.key' as key,
        n.value ->> '$.type' as type, n.value ->> '$.paymentId' as payment_id, n.value ->> '$.customerId' as customer_id,
        n.value ->> '$.head' as head, n.value ->> '$.middle' as middle, n.value ->> '$.before' as before, n.value ->> '$.tail' as tail,
        n.value ->> '$.occurredAt' as occurred_at,
        ${last('sequence', 'app_id')} + row_number() over (partition by n.value ->> '$.appId' order by n.key) as sequence,
        iif(n.value ->> '$.paymentId' is null, null, ${last('payment_sequence', 'payment_id')}
          + row_number() over (partition by n.value ->> '$.paymentId' order by n.key)) as in_payment
      from json_each(:told) as n
      where not exists (select 1 from events as e where e.app_id = n.value ->> '$.appId' and e.key = n.value ->> '$.key') and ${where}
    ) as t`);
}

const INSERT = insertEvents('true');

/** It reads two ranges of the index on keys, a few events each. The `+` keeps SQLite from walking that of the numbers. */
const lastOf = (range: 'key' | 'since', only = 'true') =>
  `coalesce((select max(+e.sequence) from events as e where e.app_id = n.value ->> '$.appId'
    and e.key >= n.value ->> '$.unlessTold.${range}.from' and e.key < n.value ->> '$.unlessTold.${range}.to' and ${only}), 0)`;

const INSERT_UNLESS_TOLD = insertEvents(`(n.value -> '$.unlessTold' is null
  or ${lastOf('key', "(n.value ->> '$.unlessTold.byReading' is not 1 or e.origin <> 'webhook')")} <= ${lastOf('since')})`);

const INSERT_ONLY_WHILE = insertEvents(`(n.value -> '$.onlyWhile' is null or exists (
  select 1 from subscriptions as s where s.mode = n.value ->> '$.mode' and s.id = n.value ->> '$.onlyWhile.subscriptionId'
    and s.version = n.value ->> '$.onlyWhile.version' and s.seen_version = n.value ->> '$.onlyWhile.seenVersion'
    and s.app_id = n.value ->> '$.appId'))`);

/** An event has one condition at most. */
function statementFor(told: readonly NewEvent[]) {
  if (told.some(({ unlessTold }) => unlessTold)) return INSERT_UNLESS_TOLD;
  return told.some(({ onlyWhile }) => onlyWhile) ? INSERT_ONLY_WHILE : INSERT;
}

/** With the lease, everything that sending takes; see `readFirst`. */
const FAN_OUT = query<{ ids: string; now: number } & Pick<FirstLease, keyof FirstLease>, NewDelivery>(`
  insert into deliveries (id, event_id, endpoint_id, app_id, sequence, status, attempts, next_attempt_at, lease_token, lease_until, created_at)
  select 'dlv_' || substr(event_id, 5, 10) || lower(hex(randomblob(8))), event_id, endpoint_id, app_id, sequence, 'pending', 0, :now,
    iif(place <= :most, :leaseToken, null), iif(place <= :most, :leaseUntil, 0), :now
  from (
    select *, iif(may_be_first, row_number() over (partition by may_be_first order by sequence), null) as place from (
      select f.id as event_id, e.id as endpoint_id, f.app_id, f.sequence, :most > 0 and ${TAKES_FIRST_ATTEMPTS} as may_be_first
      from json_each(:ids) as wanted
      join events as f on f.id = wanted.value
      join endpoints as e on e.app_id = f.app_id and e.deleted_at is null
      where exists (select 1 from json_each(e.events) as pattern where ${wantsType('pattern.value', 'f.type')})
        and (e.matches is null or ${wantsContent('e.matches', 'f.body')})
        and (f.type not glob 'endpoint.*' or e.id is not json_extract(f.body, '$.data.endpoint.id'))
    )
  )
  returning id, (select ${USES_SLOW_LANE} from endpoints as e where e.id = endpoint_id) as slow,
    iif(lease_token is null, null, (select f.body from events as f where f.id = event_id)) as body,
    iif(lease_token is null, null, (
      select json_object('eventId', f.id, 'endpointId', e.id, 'appId', f.app_id, 'mode', f.mode, 'passedOn', f.passed_on,
        'url', e.url, 'sealedUrl', e.sealed_url, 'format', e.format, 'sealedSecret', e.sealed_secret, 'previousSecrets', e.previous_secrets)
      from events as f join endpoints as e on e.id = endpoint_id where f.id = event_id)) as first`);

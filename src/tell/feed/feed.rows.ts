import { wantsType } from '../endpoints/event-filters.rows.ts';
import type { Database } from '../../base/db/database.rows.ts';
import type { EventRow } from '../deliveries/deliveries.rows.ts';
import { query, runOne } from '../../base/db/sql.rows.ts';
import type { LookedAt } from './feed.rules.ts';

/** How many events one page looks at when only some types are wanted: no index has a type's events by sequence. */
const MAX_LOOKED_AT = 1_000;
/**
 * The most characters of bodies in a page, unless its first event alone is larger. Parsed and written again, a page then
 * takes some 10 MB of the 128 that an isolate has.
 */
const MAX_CHARS = 1_000_000;

type Columns = { readonly [Column in keyof EventRow]: EventRow[Column] | null };
interface Row extends Columns {
  last: number;
  /** Events up to this number may have been deleted because of their age. */
  gone: number;
  /** Null: nothing was looked at. */
  at: number | null;
  previous: number;
  isWanted: number;
  isEmptied: number;
  isUnpaid: number;
  isShown: number;
}

const IS_EMPTIED = 'octet_length(body) = 2';
/** With a payment that nobody paid its events are deleted (ADR 59); of what stays of them the payment is not there any more. */
const IS_UNPAID = `(payment_id is not null and not exists (select 1 from payments as p where p.id = payment_id))`;

/**
 * The name of the row of `walks` that says up to which number of an app events were deleted because of their age, as SQL of the
 * app's id.
 */
export const goneMark = (appId: string) => `'events gone of ' || ${appId}`;

/*
 * `octet_length` is known without reading a body. Sequences are given in the batch that writes an event, one batch after
 * another, so whoever sees an event sees all before it.
 */
const PAGE = query<
  { appId: string; after: number; types: string; limit: number; lookedAt: number; maxChars: number },
  Row
>(`
  with looked as (
    select rowid as row, sequence as at, octet_length(body) as size, ${IS_EMPTIED} as isEmptied,
      ${IS_EMPTIED} and ${IS_UNPAID} as isUnpaid,
      exists (select 1 from json_each(:types) as pattern where ${wantsType('pattern.value', 'f.type')}) as isWanted
    from events as f where app_id = :appId and sequence > :after order by sequence limit :lookedAt
  ), counted as (
    select *, lag(at, 1, :after) over (order by at) as previous, lead(at) over (order by at) is null as isLast,
      sum(isWanted and not isEmptied) over (order by at) as nth, sum(isWanted * size) over (order by at) as chars
    from looked
  ), kept as (
    select *, isWanted and not isEmptied and nth <= :limit and (nth = 1 or chars <= :maxChars) as isShown from counted
    where isLast or at > previous + 1 or (isWanted and (isEmptied or nth <= :limit + 1))
  )
  select l.last, l.gone, k.at, k.previous, k.isWanted, k.isEmptied, k.isUnpaid, k.isShown, e.id, e.app_id as appId, e.mode, e.key, e.type, e.sequence,
    e.payment_sequence as paymentSequence, e.payment_id as paymentId, e.customer_id as customerId, e.polar_event_id as polarEventId,
    e.origin, e.body, e.passed_on as passedOn, e.occurred_at as occurredAt, e.created_at as createdAt
  from (select (select coalesce(max(sequence), 0) from events where app_id = :appId) as last,
    coalesce((select cast(after as integer) from walks where name = ${goneMark(':appId')}), 0) as gone) as l
  left join kept as k left join events as e on e.rowid = k.row and k.isShown
  order by k.at`);

/**
 * What a page of the feed looks at, the number of the app's last event, and the number up to which events may have been deleted
 * because of their age; 0: there is none.
 */
export async function selectFeed(
  database: Database,
  page: { appId: string; after: number; types: readonly string[]; limit: number },
): Promise<{ looked: LookedAt<EventRow>[]; last: number; gone: number }> {
  const isAnyWanted = page.types.includes('*');
  const rows = await runOne(
    database,
    PAGE({
      ...page,
      types: JSON.stringify(page.types),
      // One more than it shows, to see whether more follows.
      lookedAt: isAnyWanted ? page.limit + 1 : MAX_LOOKED_AT,
      maxChars: MAX_CHARS,
    }),
  );
  return { last: rows[0]?.last ?? 0, gone: rows[0]?.gone ?? 0, looked: rows.flatMap(readLookedAt) };
}

function readLookedAt({ at, previous, isWanted, isEmptied, isUnpaid, isShown, ...row }: Row) {
  if (at === null) return [];
  // Its columns are null together, unless it is shown.
  const event = isShown === 1 ? (row as unknown as EventRow) : undefined;
  return [
    {
      sequence: at,
      previous,
      isWanted: isWanted === 1,
      isEmptied: isEmptied === 1,
      isUnpaid: isUnpaid === 1,
      event,
    },
  ];
}

const LAST = query<{ appId: string }, { last: number }>(
  'select coalesce(max(sequence), 0) as last from events where app_id = :appId',
);

/** The number of the app's last event; 0: it has none. One row read. */
export async function selectLastSequence(database: Database, appId: string): Promise<number> {
  const [row] = await runOne(database, LAST({ appId }));
  return row?.last ?? 0;
}

/**
 * Whether the event that follows in the middle between `low` and `high` was told by `since`, or is gone all the same: what is younger
 * may have been deleted while events were kept for less time.
 */
const IS_OLD = `coalesce((select created_at <= :since or (${IS_EMPTIED} and not ${IS_UNPAID})
  from events where app_id = :appId and sequence > (low + high) / 2 order by sequence limit 1), false)`;

// It halves what is left, since no index has an app's events by time. D1 binds numbers as floats, and a half must be whole.
const FIRST_KEPT = query<{ appId: string; after: number; since: number }, { sequence: number }>(`
  with recursive search(low, high) as (
    select cast(:after as integer), (select coalesce(max(sequence), 0) + 1 from events where app_id = :appId)
    union all
    select iif(${IS_OLD}, (low + high) / 2, low), iif(${IS_OLD}, high, (low + high) / 2) from search where high - low > 1
  )
  select min(high) + 1 as sequence from search`);

/**
 * The number from which on events are there and were told after `since` (milliseconds), beyond the one that follows `after` and
 * is gone: some twenty rows read twice.
 */
export async function selectFirstKept(
  database: Database,
  range: { appId: string; after: number; since: number },
): Promise<number> {
  const [row] = await runOne(database, FIRST_KEPT(range));
  return row?.sequence ?? range.after + 1;
}

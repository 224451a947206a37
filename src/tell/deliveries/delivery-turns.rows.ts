import { type SQL, sql } from 'drizzle-orm';
import { SLOW_AFTER_FAILURES } from '../endpoints/endpoint-health.rules.ts';
import { PACE_KEPT_MS } from './endpoint-pace.rules.ts';
import { deliveries, endpoints, events } from '../../base/db/schema.rows.ts';

/*
 * SQL that decides which deliveries may be sent now. It runs inside one batch, so no other consumer comes in between.
 * In the fragments `d` is a delivery and `e` its endpoint.
 */

/** Sends to one endpoint at a time, so that none takes all connections and a burst for one does not delay others. */
const MAX_IN_FLIGHT = 24;
const MAX_IN_FLIGHT_SLOW = 6;
/**
 * While an endpoint catches up, later deliveries wait through a failed one's retries after 5 s, 30 s and 2 min, with
 * the time that those take (ADR 23).
 */
const WAITED_FOR_MS = 4 * 60_000;

export interface Claim {
  lane: 'main' | 'slow';
  leaseToken: string;
  /** Times are milliseconds since 1970. */
  leaseUntil: number;
  now: number;
}

/** An endpoint whose sends may take long: it failed a few times in a row, or is slow to answer. */
export const usesSlowLane = sql`(e.failures >= ${SLOW_AFTER_FAILURES} or e.is_slow)`;

/**
 * Whether a delivery (`alias`) is the first pending one of its payment, if its endpoint (`e`) asked for that order (ADR
 * 23). A delivery whose schedule is exhausted is not pending, so that one which a receiver never takes does not hold
 * back the rest forever.
 */
export function isFirstOfPayment(alias: 'd' | 'n'): SQL {
  const a = sql.raw(alias);
  return sql`(e.ordering = 'none' or not exists (
    select 1 from ${events} as own
    join ${events} as earlier on earlier.payment_id = own.payment_id and earlier.payment_sequence < own.payment_sequence
    join ${deliveries} as open on open.event_id = earlier.id and open.endpoint_id = ${a}.endpoint_id and open.status = 'pending'
    where own.id = ${a}.event_id))`;
}

/** Whether an endpoint that catches up has no earlier delivery that will be tried again soon. */
export function isNotBehindRetry(now: number): SQL {
  return sql`(e.catch_up_to is null or not exists (
    select 1 from ${deliveries} as waiting indexed by deliveries_order
    where waiting.endpoint_id = d.endpoint_id and waiting.status = 'pending' and waiting.sequence < d.sequence
      and waiting.next_attempt_at > ${now} and waiting.next_attempt_at - waiting.run_started_at <= ${WAITED_FOR_MS}))`;
}

export function isDue(now: number): SQL {
  return sql`d.status = 'pending' and d.next_attempt_at <= ${now} and d.lease_until <= ${now}`;
}

export function inLane({ lane }: Claim): SQL {
  return lane === 'main' ? sql`not ${usesSlowLane}` : sql`true`;
}

/** Leases the deliveries that `where` finds, of each endpoint as many as it may get, oldest first. */
export function take({ leaseToken, leaseUntil, now }: Claim, where: SQL): SQL {
  const inFlight = sql`(select count(*) from ${deliveries} as l
    where l.endpoint_id = e.id and l.lease_token is not null and l.lease_until > ${now})`;
  const room = sql`case
    when e.catch_up_to is not null then case when ${inFlight} = 0 then ${MAX_IN_FLIGHT} else 0 end
    else case when ${usesSlowLane} then ${MAX_IN_FLIGHT_SLOW} else ${MAX_IN_FLIGHT} end - ${inFlight} end`;
  const oldestFirst = sql`case when e.catch_up_to is null then d.next_attempt_at end, d.sequence`;
  return sql`
    update ${deliveries} set lease_token = ${leaseToken}, lease_until = ${leaseUntil} where id in (
      select id from (
        select d.id, row_number() over (partition by d.endpoint_id order by ${oldestFirst}) as place, min(${room}, ${rateRoom(now)}) as room
        from ${deliveries} as d join ${endpoints} as e on e.id = d.endpoint_id where ${where}
      ) where place <= room)`;
}

/* An endpoint's rate is kept by GCRA: sends are an interval apart on average, and a second's worth may come at once. */

/** The learned pace, null when it does not count any more. */
export function livePace(now: number): SQL {
  return sql`(case when e.paced_at > ${now - PACE_KEPT_MS} then e.pace end)`;
}

/** Sends a minute: the lower of `rate_limit` and the learned pace; null without either. */
function rate(now: number): SQL {
  return sql`min(coalesce(e.rate_limit, ${livePace(now)}), coalesce(${livePace(now)}, e.rate_limit))`;
}

function intervalMs(now: number): SQL {
  return sql`((60000 + ${rate(now)} - 1) / ${rate(now)})`;
}

/** How many sends may come at once, as time; null without a rate. */
export function burstMs(now: number): SQL {
  return sql`((${rate(now)} - 1) / 60 * ${intervalMs(now)})`;
}

/** It counts without a rate too, since an endpoint may have said "slow down". */
function rateRoom(now: number): SQL {
  return sql`case when e.rate_at - coalesce(${burstMs(now)}, 0) > ${now} then 0 when ${rate(now)} is null then ${MAX_IN_FLIGHT}
    else (${now} + ${burstMs(now)} - max(e.rate_at, ${now})) / ${intervalMs(now)} + 1 end`;
}

export function rateWait(now: number): SQL {
  return sql`max(0, e.rate_at - coalesce(${burstMs(now)}, 0) - ${now})`;
}

export function spendRate({ leaseToken, now }: Claim, endpointIds: SQL): SQL {
  const taken = sql`(select count(*) from ${deliveries} as d where d.endpoint_id = e.id and d.lease_token = ${leaseToken})`;
  return sql`update ${endpoints} as e set rate_at = max(e.rate_at, ${now}) + ${taken} * ${intervalMs(now)}
    where ${rate(now)} is not null and e.id in ${endpointIds}`;
}

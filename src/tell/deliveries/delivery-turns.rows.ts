import { SLOW_AFTER_FAILURES } from '../endpoints/endpoint-health.rules.ts';
import { PACE_KEPT_MS } from './endpoint-pace.rules.ts';

/*
 * SQL that decides which deliveries may be sent now. It runs inside one batch, so no other consumer comes in between.
 * In the fragments `d` is a delivery and `e` its endpoint, and the parameters are those of `Claim`.
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
  isSlowLane: boolean;
  leaseToken: string;
  /** Times are milliseconds since 1970. */
  leaseUntil: number;
  now: number;
}

/** An endpoint whose sends may take long: it failed a few times in a row, or is slow to answer. */
export const USES_SLOW_LANE = `(e.failures >= ${SLOW_AFTER_FAILURES} or e.is_slow)`;

/**
 * Whether a delivery (`alias`) is the first pending one of its payment, if its endpoint (`e`) asked for that order (ADR
 * 23). A delivery whose schedule is exhausted is not pending, so that one which a receiver never takes does not hold
 * back the rest forever.
 */
export function isFirstOfPayment(alias: 'd' | 'n'): string {
  return `(e.ordering = 'none' or not exists (
    select 1 from events as own
    join events as earlier on earlier.payment_id = own.payment_id and earlier.payment_sequence < own.payment_sequence
    join deliveries as open on open.event_id = earlier.id and open.endpoint_id = ${alias}.endpoint_id and open.status = 'pending'
    where own.id = ${alias}.event_id))`;
}

/** Whether an endpoint that catches up has no earlier delivery that will be tried again soon. */
export const IS_NOT_BEHIND_RETRY = `(e.catch_up_to is null or not exists (
    select 1 from deliveries as waiting indexed by deliveries_order
    where waiting.endpoint_id = d.endpoint_id and waiting.status = 'pending' and waiting.sequence < d.sequence
      and waiting.next_attempt_at > :now and waiting.next_attempt_at - waiting.run_started_at <= ${WAITED_FOR_MS}))`;

/** Whether a delivery is due, and nobody sends it. `at`: the time as SQL. */
export function isDue(at = ':now'): string {
  return `d.status = 'pending' and d.next_attempt_at <= ${at} and d.lease_until <= ${at}`;
}

export const IS_IN_LANE = `(:isSlowLane or not ${USES_SLOW_LANE})`;

/** How many sends to an endpoint are under way. */
const IN_FLIGHT = `(select count(*) from deliveries as l
    where l.endpoint_id = e.id and l.lease_token is not null and l.lease_until > :now)`;

/* An endpoint's rate is kept by GCRA: sends are an interval apart on average, and a second's worth may come at once. */

/** The learned pace, null when it does not count any more. */
export const LIVE_PACE = `(case when e.paced_at > :now - ${PACE_KEPT_MS} then e.pace end)`;

/** Sends a minute: the lower of `rate_limit` and the learned pace; null without either. */
const RATE = `min(coalesce(e.rate_limit, ${LIVE_PACE}), coalesce(${LIVE_PACE}, e.rate_limit))`;

const INTERVAL_MS = `((60000 + ${RATE} - 1) / ${RATE})`;

/** How many sends may come at once, as time; null without a rate. */
export const BURST_MS = `((${RATE} - 1) / 60 * ${INTERVAL_MS})`;

/** It counts without a rate too, since an endpoint may have said "slow down". */
const RATE_ROOM = `case when e.rate_at - coalesce(${BURST_MS}, 0) > :now then 0 when ${RATE} is null then ${MAX_IN_FLIGHT}
    else (:now + ${BURST_MS} - max(e.rate_at, :now)) / ${INTERVAL_MS} + 1 end`;

export const RATE_WAIT = `max(0, e.rate_at - coalesce(${BURST_MS}, 0) - :now)`;

/** Leases the deliveries that `where` finds, of each endpoint as many as it may get, oldest first. */
export function take(where: string): string {
  const room = `case
    when e.catch_up_to is not null then case when ${IN_FLIGHT} = 0 then ${MAX_IN_FLIGHT} else 0 end
    else case when ${USES_SLOW_LANE} then ${MAX_IN_FLIGHT_SLOW} else ${MAX_IN_FLIGHT} end - ${IN_FLIGHT} end`;
  const oldestFirst = `case when e.catch_up_to is null then d.next_attempt_at end, d.sequence`;
  return `
    update deliveries set lease_token = :leaseToken, lease_until = :leaseUntil where id in (
      select id from (
        select d.id, row_number() over (partition by d.endpoint_id order by ${oldestFirst}) as place, min(${room}, ${RATE_ROOM}) as room
        from deliveries as d join endpoints as e on e.id = d.endpoint_id where ${where}
      ) where place <= room)`;
}

/** Counts what was taken against the rates of the endpoints in `endpointIds`. */
export function spendRate(endpointIds: string): string {
  const taken = `(select count(*) from deliveries as d where d.endpoint_id = e.id and d.lease_token = :leaseToken)`;
  return `update endpoints as e set rate_at = max(e.rate_at, :now) + ${taken} * ${INTERVAL_MS}
    where ${RATE} is not null and e.id in ${endpointIds}`;
}

/**
 * Whether an endpoint takes a first attempt from the invocation that tells the event, without the claim that the queue's
 * consumers make (ADR 69): it is healthy, asks for neither order nor rate, has not said "slow down", and few sends to it
 * are under way.
 */
export const TAKES_FIRST_ATTEMPTS = `(e.enabled and e.failures = 0 and not e.is_slow and e.catch_up_to is null and e.ordering = 'none'
    and e.rate_limit is null and e.pace is null and e.rate_at <= :now and ${IN_FLIGHT} < ${MAX_IN_FLIGHT / 2})`;

import { type SQL, sql } from 'drizzle-orm';
import {
  ASSUMED_PACE,
  HELD_PART,
  MAX_OWN_HOLD_MS,
  MAX_PACE,
  MIN_PACE,
  PACE_GAIN,
} from './endpoint-pace.rules.ts';
import { DISABLE_AFTER_MS, SLOW_ANSWER_MS, WARN_AFTER_MS } from '../endpoints/endpoint-health.rules.ts';
import { MAX_REVIVALS } from './retry-schedule.rules.ts';
import { type Database, runBatch } from '../../base/db/database.rows.ts';
import type { DeliveryRow } from './deliveries.rows.ts';
import { burstMs, isFirstOfPayment, livePace } from './delivery-turns.rows.ts';
import {
  deliveries,
  deliveryAttempts,
  endpoints,
  events,
  forgottenCustomers,
} from '../../base/db/schema.rows.ts';

/** The first wait of a schedule. */
const AFTER_REVIVAL_MS = 5_000;
/**
 * Longer than any wait between two attempts. When an endpoint was sent nothing for this long, its next failure counts
 * as its first one: otherwise an endpoint that gets few events could be disabled after two failures (ADR 24).
 */
const SILENCE_MS = 36 * 60 * 60_000;

/** What is to be written after one attempt. Times are milliseconds since 1970. */
export interface AttemptRecord {
  deliveryId: string;
  attemptId: string;
  /** The step of the schedule and the endpoint's URL when the attempt began; both may have changed since. */
  step: number;
  url: string;
  at: number;
  httpStatus: number | null;
  error: string | null;
  latencyMs: number;
  response: string | null;
  /** The delivery's new status. */
  status: DeliveryRow['status'];
  nextAttemptAt: number;
  /** It waits for less than its schedule says, since its endpoint takes other deliveries (ADR 55). */
  broughtForward: boolean;
  finishedAt: number | null;
  succeeded: boolean;
  /** The endpoint said 410. */
  gone: boolean;
  /** The endpoint said "slow down": for how long it is to be sent nothing, milliseconds. */
  holdMs: number | null;
}

export interface Recorded {
  /**
   * Deliveries that still had our lease. Those that were canceled, or that another sender took over meanwhile, are left
   * as they are.
   */
  written: Set<string>;
  /** Deliveries that had to wait for one of these, since their endpoint asked for the order of payments (ADR 23). */
  unblocked: string[];
  /** Something about an endpoint's health is to be told. */
  hasNotices: boolean;
}

/**
 * Records attempts and all that follows from them, in one round trip; only for deliveries that still have `leaseToken`.
 * `concerns`: what may have changed besides the deliveries.
 */
export async function recordAttempts(
  database: Database,
  leaseToken: string,
  records: readonly AttemptRecord[],
  { now, concerns }: { now: number; concerns: { health: boolean; order: boolean } },
): Promise<Recorded> {
  const json = JSON.stringify(records);
  const ours = sql`json_each(${json}) as r join ${deliveries} as d on d.id = r.value ->> 'deliveryId'`;
  // A replay began the schedule anew while this attempt of the old run was under way, and the attempt failed.
  const isRevived = sql`(d.schedule_step <> r.value ->> 'step' and not (r.value ->> 'succeeded'))`;
  // The answer is not stored when the customer was forgotten meanwhile, since it may repeat what was sent (ADR 62).
  const isForgotten = sql`exists (select 1 from ${events} as f
    join ${forgottenCustomers} as c on c.mode = f.mode and c.id = f.customer_id where f.id = d.event_id)`;
  const { notices, written, unblocked } = await runBatch(database, {
    attempts: database.run(sql`
      insert into ${deliveryAttempts} (id, delivery_id, endpoint_id, attempt, is_replay, at, status, error, latency_ms, response)
      select r.value ->> 'attemptId', d.id, d.endpoint_id, d.attempts + 1, d.replays > 0, r.value ->> 'at', r.value ->> 'httpStatus',
        r.value ->> 'error', r.value ->> 'latencyMs', iif(${isForgotten}, null, r.value ->> 'response')
      from ${ours} where d.lease_token = ${leaseToken}`),
    revived: concerns.health ? [database.run(reviveWaiting(json, leaseToken, now))] : [],
    notices: concerns.health
      ? [database.all<{ notice: string | null }>(noteHealth(json, leaseToken, now))]
      : [],
    written: database.all<{ id: string }>(sql`
      update ${deliveries} as d set
        status = case when ${isRevived} then 'pending' else r.value ->> 'status' end,
        attempts = d.attempts + 1, schedule_step = d.schedule_step + 1,
        run_started_at = coalesce(d.run_started_at, r.value ->> 'at'), revivals = d.revivals + (r.value ->> 'broughtForward'),
        next_attempt_at = case when ${isRevived} then ${now + AFTER_REVIVAL_MS} else r.value ->> 'nextAttemptAt' end,
        last_status = r.value ->> 'httpStatus',
        finished_at = case when ${isRevived} then null else r.value ->> 'finishedAt' end, lease_token = null, lease_until = 0
      from json_each(${json}) as r
      where d.id = r.value ->> 'deliveryId' and d.lease_token = ${leaseToken}
      returning id`),
    unblocked: concerns.order
      ? [
          database.all<{ id: string }>(sql`
        select n.id from ${ours} and d.status <> 'pending'
        join ${endpoints} as e on e.id = d.endpoint_id and e.ordering = 'payment'
        join ${events} as told on told.id = d.event_id
        join ${events} as later on later.payment_id = told.payment_id and later.payment_sequence > told.payment_sequence
        join ${deliveries} as n on n.event_id = later.id and n.endpoint_id = d.endpoint_id and n.status = 'pending'
        where ${isFirstOfPayment('n')}`),
        ]
      : [],
  });
  return {
    written: new Set(written.map((row) => row.id)),
    unblocked: unblocked.flat().map((row) => row.id),
    hasNotices: notices.flat().some((row) => row.notice !== null),
  };
}

/**
 * Makes what waits for a retry due when an endpoint that failed has taken something again (ADR 55). Must run before the
 * endpoint's failures are reset.
 */
function reviveWaiting(json: string, leaseToken: string, now: number): SQL {
  return sql`
    update ${deliveries} set next_attempt_at = ${now}, revivals = revivals + 1
    where status = 'pending' and next_attempt_at > ${now} and run_started_at is not null and revivals < ${MAX_REVIVALS}
      and endpoint_id in (
        select e.id from json_each(${json}) as r join ${deliveries} as d on d.id = r.value ->> 'deliveryId' and d.lease_token = ${leaseToken}
        join ${endpoints} as e on e.id = d.endpoint_id and e.url = r.value ->> 'url' and e.failures > 0 where r.value ->> 'succeeded')`;
}

/**
 * Whether the endpoint's pace is to be halved: it has taken something, and says "slow down" to something that was sent
 * after it said so last. Several such answers at one moment count once.
 */
function isTooMuch(now: number): SQL {
  const isNews = sql`(r.slowed_at >= e.paced_at and (e.failures = 0 or r.succeeded > 0))`;
  return sql`(r.slowed > 0 and (${livePace(now)} is null or ${isNews}))`;
}

/** See tell/deliveries/endpoint-pace.rules.ts. */
function learnedPace(now: number): SQL {
  const present = sql`min(coalesce(e.rate_limit, ${ASSUMED_PACE}), coalesce(${livePace(now)}, ${ASSUMED_PACE}))`;
  return sql`case
    when ${isTooMuch(now)} then max(${MIN_PACE}, ${present} / 2)
    when r.slowed > 0 or r.succeeded = 0 or e.pace is null then e.pace
    when ${livePace(now)} is null or e.pace + ${PACE_GAIN} * r.succeeded >= coalesce(e.rate_limit, ${MAX_PACE}) then null
    else e.pace + ${PACE_GAIN} * r.succeeded end`;
}

/** Until when an endpoint that said "slow down" is sent nothing. */
function heldUntil(now: number): SQL {
  const failedFor = sql`case when r.succeeded > 0 then 0 else ${now} - coalesce(e.failing_since, ${now}) end`;
  return sql`(${now} + max(r.hold, min(${failedFor} / ${HELD_PART}, ${MAX_OWN_HOLD_MS})))`;
}

/**
 * Notes in the endpoints' rows what their attempts say about them. After any success an endpoint is healthy; one that
 * did not answer at all is slow at once. The row of an endpoint that stays healthy is not written, since every batch
 * would write it. What is to be told about an endpoint stays in its row (`notice`) until it is told (ADR 24).
 */
function noteHealth(json: string, leaseToken: string, now: number) {
  const isAfterSilence = sql`not exists (select 1 from ${deliveryAttempts} as a
    where a.endpoint_id = e.id and a.at >= ${now - SILENCE_MS} and a.at < r.began)`;
  const failedFor = (ms: number) =>
    sql`(r.succeeded = 0 and coalesce(e.failing_since <= ${now - ms}, 0) and not (${isAfterSilence}))`;
  const disables = sql`(e.enabled and (r.gone or ${failedFor(DISABLE_AFTER_MS)}))`;
  const warns = sql`(e.warned_at is null and ${failedFor(WARN_AFTER_MS)})`;
  return sql`
    update ${endpoints} as e set
      failures = case when r.succeeded > 0 then 0 else e.failures + r.failed end,
      failing_since = case when r.succeeded > 0 then null when ${isAfterSilence} then ${now} else coalesce(e.failing_since, ${now}) end,
      is_slow = case when r.succeeded > 0 then r.quick = 0 else e.is_slow or r.timeouts > 0 end,
      enabled = e.enabled and not ${disables},
      disabled_reason = case when ${disables} then case when r.gone then 'gone' else 'failing' end else e.disabled_reason end,
      disabled_at = case when ${disables} then ${now} else e.disabled_at end,
      warned_at = case when r.succeeded > 0 or ${isAfterSilence} then null when ${warns} then ${now} else e.warned_at end,
      pace = ${learnedPace(now)},
      paced_at = case when ${isTooMuch(now)} then ${now} else e.paced_at end,
      rate_at = case when r.slowed > 0 then max(e.rate_at, ${heldUntil(now)} + coalesce(${burstMs(now)}, 0)) else e.rate_at end,
      notice = case when ${disables} then 'disabled' when ${warns} then 'failing' when r.succeeded > 0 and e.notice = 'failing' then null else e.notice end,
      updated_at = ${now}
    from (
      select d.endpoint_id as id, sum(r.value ->> 'succeeded') as succeeded, sum(not (r.value ->> 'succeeded')) as failed,
        sum((r.value ->> 'succeeded') and (r.value ->> 'latencyMs') < ${SLOW_ANSWER_MS}) as quick,
        sum(r.value ->> 'error' is 'timeout') as timeouts, max(r.value ->> 'gone') as gone, min(r.value ->> 'at') as began,
        count(r.value ->> 'holdMs') as slowed, max(r.value ->> 'holdMs') as hold, max(case when r.value ->> 'holdMs' is not null then r.value ->> 'at' end) as slowed_at
      from json_each(${json}) as r join ${deliveries} as d on d.id = r.value ->> 'deliveryId'
      join ${endpoints} as own on own.id = d.endpoint_id and own.url = r.value ->> 'url'
      where d.lease_token = ${leaseToken} and r.value ->> 'error' is not 'gateway_error' group by d.endpoint_id
    ) as r
    where e.id = r.id and (r.succeeded = 0 or r.gone or e.failures > 0 or (r.quick = 0) <> e.is_slow or r.slowed > 0 or e.pace is not null)
    returning notice`;
}

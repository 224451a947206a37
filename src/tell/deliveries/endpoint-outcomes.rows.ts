import { command, query } from '../../base/db/sql.rows.ts';
import { DISABLE_AFTER_MS, SLOW_ANSWER_MS, WARN_AFTER_MS } from '../endpoints/endpoint-health.rules.ts';
import { BURST_MS, LIVE_PACE } from './delivery-turns.rows.ts';
import {
  ASSUMED_PACE,
  HELD_PART,
  MAX_OWN_HOLD_MS,
  MAX_PACE,
  MIN_PACE,
  PACE_GAIN,
} from './endpoint-pace.rules.ts';
import { MAX_REVIVALS } from './retry-schedule.rules.ts';

/*
 * What attempts mean for their endpoints. `records` are those of `recordAttempts`, in whose batch these statements run,
 * before the deliveries are written.
 */

/**
 * Longer than any wait between two attempts. When an endpoint was sent nothing for this long, its next failure counts
 * as its first one: otherwise an endpoint that gets few events could be disabled after two failures (ADR 24).
 */
const SILENCE_MS = 36 * 60 * 60_000;

type OutcomeParams = { records: string; leaseToken: string; now: number };

const OURS =
  "json_each(:records) as r join deliveries as d on d.id = r.value ->> 'deliveryId' and d.lease_token = :leaseToken";

/**
 * Makes what waits for a retry due when an endpoint that failed has taken something again (ADR 55). Must run before the
 * endpoint's failures are reset.
 */
export const reviveWaiting = command<OutcomeParams>(`
  update deliveries set next_attempt_at = :now, revivals = revivals + 1
  where status = 'pending' and next_attempt_at > :now and run_started_at is not null and revivals < ${MAX_REVIVALS}
    and endpoint_id in (
      select e.id from ${OURS}
      join endpoints as e on e.id = d.endpoint_id and e.url = r.value ->> 'url' and e.failures > 0 where r.value ->> 'succeeded')`);

/**
 * Whether the endpoint's pace is to be halved: it has taken something, and says "slow down" to something that was sent
 * after it said so last. Several such answers at one moment count once.
 */
const IS_TOO_MUCH = `(r.slowed > 0 and (${LIVE_PACE} is null
    or (r.slowed_at >= e.paced_at and (e.failures = 0 or r.succeeded > 0))))`;

/** See tell/deliveries/endpoint-pace.rules.ts. */
const LEARNED_PACE = `case
    when ${IS_TOO_MUCH} then max(${MIN_PACE}, min(coalesce(e.rate_limit, ${ASSUMED_PACE}), coalesce(${LIVE_PACE}, ${ASSUMED_PACE})) / 2)
    when r.slowed > 0 or r.succeeded = 0 or e.pace is null then e.pace
    when ${LIVE_PACE} is null or e.pace + ${PACE_GAIN} * r.succeeded >= coalesce(e.rate_limit, ${MAX_PACE}) then null
    else e.pace + ${PACE_GAIN} * r.succeeded end`;

/** Until when an endpoint that said "slow down" is sent nothing. */
const HELD_UNTIL = `(:now + max(r.hold, min(
    case when r.succeeded > 0 then 0 else :now - coalesce(e.failing_since, :now) end / ${HELD_PART}, ${MAX_OWN_HOLD_MS})))`;

const IS_AFTER_SILENCE = `not exists (select 1 from delivery_attempts as a
    where a.endpoint_id = e.id and a.at >= :now - ${SILENCE_MS} and a.at < r.began)`;
const failedFor = (ms: number) =>
  `(r.succeeded = 0 and coalesce(e.failing_since <= :now - ${ms}, 0) and not (${IS_AFTER_SILENCE}))`;
const DISABLES = `(e.enabled and (r.gone or ${failedFor(DISABLE_AFTER_MS)}))`;
const WARNS = `(e.warned_at is null and ${failedFor(WARN_AFTER_MS)})`;

/**
 * Notes in the endpoints' rows what their attempts say about them. After any success an endpoint is healthy; one that
 * did not answer at all is slow at once. The row of an endpoint that stays healthy is not written, since every batch
 * would write it. What is to be told about an endpoint stays in its row (`notice`) until it is told (ADR 24).
 */
export const noteHealth = query<OutcomeParams, { notice: string | null }>(`
  update endpoints as e set
    failures = case when r.succeeded > 0 then 0 else e.failures + r.failed end,
    failing_since = case when r.succeeded > 0 then null when ${IS_AFTER_SILENCE} then :now else coalesce(e.failing_since, :now) end,
    is_slow = case when r.succeeded > 0 then r.quick = 0 else e.is_slow or r.timeouts > 0 end,
    enabled = e.enabled and not ${DISABLES},
    disabled_reason = case when ${DISABLES} then case when r.gone then 'gone' else 'failing' end else e.disabled_reason end,
    disabled_at = case when ${DISABLES} then :now else e.disabled_at end,
    warned_at = case when r.succeeded > 0 or ${IS_AFTER_SILENCE} then null when ${WARNS} then :now else e.warned_at end,
    pace = ${LEARNED_PACE},
    paced_at = case when ${IS_TOO_MUCH} then :now else e.paced_at end,
    rate_at = case when r.slowed > 0 then max(e.rate_at, ${HELD_UNTIL} + coalesce(${BURST_MS}, 0)) else e.rate_at end,
    notice = case when ${DISABLES} then 'disabled' when ${WARNS} then 'failing' when r.succeeded > 0 and e.notice = 'failing' then null else e.notice end,
    updated_at = :now
  from (
    select d.endpoint_id as id, sum(r.value ->> 'succeeded') as succeeded, sum(not (r.value ->> 'succeeded')) as failed,
      sum((r.value ->> 'succeeded') and (r.value ->> 'latencyMs') < ${SLOW_ANSWER_MS}) as quick,
      sum(r.value ->> 'error' is 'timeout') as timeouts, max(r.value ->> 'gone') as gone, min(r.value ->> 'at') as began,
      count(r.value ->> 'holdMs') as slowed, max(r.value ->> 'holdMs') as hold,
      max(case when r.value ->> 'holdMs' is not null then r.value ->> 'at' end) as slowed_at
    from ${OURS}
    join endpoints as own on own.id = d.endpoint_id and own.url = r.value ->> 'url'
    where r.value ->> 'error' is not 'gateway_error' group by d.endpoint_id
  ) as r
  where e.id = r.id and (r.succeeded = 0 or r.gone or e.failures > 0 or (r.quick = 0) <> e.is_slow or r.slowed > 0 or e.pace is not null)
  returning notice`);

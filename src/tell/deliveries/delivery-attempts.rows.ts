import { type Database, runBatch } from '../../base/db/database.rows.ts';
import { command, query } from '../../base/db/sql.rows.ts';
import type { DeliveryRow } from './deliveries.rows.ts';
import { isFirstOfPayment } from './delivery-turns.rows.ts';
import { noteHealth, reviveWaiting } from './endpoint-outcomes.rows.ts';

/** The first wait of a schedule. */
const AFTER_REVIVAL_MS = 5_000;
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

type RecordParams = { records: string; leaseToken: string; now: number };

/** What was attempted, with the delivery as it is before its row is written. */
const OURS =
  "json_each(:records) as r join deliveries as d on d.id = r.value ->> 'deliveryId' and d.lease_token = :leaseToken";
// A replay began the schedule anew while this attempt of the old run was under way, and the attempt failed.
const IS_REVIVED = "(d.schedule_step <> r.value ->> 'step' and not (r.value ->> 'succeeded'))";
// The answer is not stored when the customer was forgotten meanwhile, since it may repeat what was sent (ADR 62).
const IS_FORGOTTEN = `exists (select 1 from events as f
    join forgotten_customers as c on c.mode = f.mode and c.id = f.customer_id where f.id = d.event_id)`;

const insertAttempts = command<RecordParams>(`
  insert into delivery_attempts (id, delivery_id, endpoint_id, attempt, is_replay, at, status, error, latency_ms, response)
  select r.value ->> 'attemptId', d.id, d.endpoint_id, d.attempts + 1, d.replays > 0, r.value ->> 'at', r.value ->> 'httpStatus',
    r.value ->> 'error', r.value ->> 'latencyMs', iif(${IS_FORGOTTEN}, null, r.value ->> 'response')
  from ${OURS}`);

const writeOutcomes = query<RecordParams, { id: string }>(`
  update deliveries as d set
    status = case when ${IS_REVIVED} then 'pending' else r.value ->> 'status' end,
    attempts = d.attempts + 1, schedule_step = d.schedule_step + 1,
    run_started_at = coalesce(d.run_started_at, r.value ->> 'at'), revivals = d.revivals + (r.value ->> 'broughtForward'),
    next_attempt_at = case when ${IS_REVIVED} then :now + ${AFTER_REVIVAL_MS} else r.value ->> 'nextAttemptAt' end,
    last_status = r.value ->> 'httpStatus',
    finished_at = case when ${IS_REVIVED} then null else r.value ->> 'finishedAt' end, lease_token = null, lease_until = 0
  from json_each(:records) as r
  where d.id = r.value ->> 'deliveryId' and d.lease_token = :leaseToken
  returning id`);

const selectUnblocked = query<{ records: string }, { id: string }>(`
  select n.id from json_each(:records) as r
  join deliveries as d on d.id = r.value ->> 'deliveryId' and d.status <> 'pending'
  join endpoints as e on e.id = d.endpoint_id and e.ordering = 'payment'
  join events as told on told.id = d.event_id
  join events as later on later.payment_id = told.payment_id and later.payment_sequence > told.payment_sequence
  join deliveries as n on n.event_id = later.id and n.endpoint_id = d.endpoint_id and n.status = 'pending'
  where ${isFirstOfPayment('n')}`);

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
  const params = { records: JSON.stringify(records), leaseToken, now };
  const { notices, written, unblocked } = await runBatch(database, {
    attempts: insertAttempts(params),
    // Before the endpoint's failures are reset.
    revived: concerns.health ? [reviveWaiting(params)] : [],
    notices: concerns.health ? [noteHealth(params)] : [],
    written: writeOutcomes(params),
    unblocked: concerns.order ? [selectUnblocked(params)] : [],
  });
  return {
    written: new Set(written.map((row) => row.id)),
    unblocked: unblocked.flat().map((row) => row.id),
    hasNotices: notices.flat().some((row) => row.notice !== null),
  };
}

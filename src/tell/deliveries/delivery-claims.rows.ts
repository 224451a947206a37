import { type SQL, sql } from 'drizzle-orm';
import { SLOW_AFTER_FAILURES } from '../endpoints/endpoint-health.rules.ts';
import type { Mode } from '../../base/mode.rules.ts';
import { type Database, runBatch } from '../../base/db/database.rows.ts';
import type { EventRow } from './deliveries.rows.ts';
import {
  type Claim,
  inLane,
  isDue,
  isFirstOfPayment,
  isNotBehindRetry,
  rateWait,
  spendRate,
  take,
  usesSlowLane,
} from './delivery-turns.rows.ts';
import { deliveries, endpoints, events } from '../../base/db/schema.rows.ts';

/**
 * Deliveries that are due within this time are taken too, since the clocks of two invocations differ and D1 takes time.
 */
const LOOK_AHEAD_MS = 2_000;

/** A delivery that this invocation has leased, with everything that sending it takes. */
export interface ClaimedDelivery {
  id: string;
  endpointId: string;
  appId: string;
  /** Attempts made before this one in this run through the schedule. */
  scheduleStep: number;
  /** When the first of them was made, milliseconds since 1970; null before it. */
  runStartedAt: number | null;
  /** How often it was brought forward in this run. */
  revivals: number;
  isReplay: boolean;
  eventId: string;
  mode: Mode;
  /**
   * As stored; `readBody` reads it later, so that one that cannot be read does not keep the others from being claimed.
   */
  event: Pick<EventRow, 'body' | 'passedOn'>;
  url: string;
  sealedSecret: string;
  /** JSON, as stored. */
  previousSecrets: string;
  /** Failures of the endpoint in a row, before this attempt. */
  failures: number;
  /** The endpoint used the second lane, before this attempt. */
  isSlow: boolean;
  /** The endpoint had a learned pace, before this attempt. */
  isPaced: boolean;
  ordering: 'none' | 'payment';
}

/** A chain of `drain` messages: it sends one endpoint's backlog, a step at a time (ADR 22). */
export interface Chain {
  endpointId: string;
  chain: string;
  /** How long its next step has to wait for the endpoint's rate. */
  waitMs: number;
}

/**
 * Leases those of `ids` that are due, so that no other invocation sends them until the lease is over: one round trip.
 * In the main lane deliveries to slow endpoints are not leased but returned as `slow`. `held` are endpoints whose rate,
 * order or number of sends in flight holds some back; see `startChains`.
 */
export async function claimDeliveries(
  database: Database,
  ids: readonly string[],
  claim: Claim,
): Promise<{ claimed: ClaimedDelivery[]; slow: string[]; held: string[] }> {
  const { now, leaseToken } = claim;
  const wanted = sql`(select value from json_each(${JSON.stringify(ids)}))`;
  const due = sql`${isDue(now)} and e.enabled and e.deleted_at is null and ${isFirstOfPayment('d')}`;
  const { rows, bodies } = await runBatch(database, {
    // Only a chain sends to an endpoint that catches up, one delivery after the other.
    taken: database.run(
      take(claim, sql`d.id in ${wanted} and ${due} and ${inLane(claim)} and e.catch_up_to is null`),
    ),
    rate: database.run(
      spendRate(claim, sql`(select d.endpoint_id from ${deliveries} as d where d.id in ${wanted})`),
    ),
    rows: database.all<ClaimedRow>(sql`
      ${selectClaimed(leaseToken)} where d.id in ${wanted} and (d.lease_token = ${leaseToken} or (${due})) order by d.sequence`),
    bodies: database.all<EventBody>(selectBodies(sql`d.id in ${wanted} and d.lease_token = ${leaseToken}`)),
  });
  const left = rows.filter((row) => row.isOurs !== 1);
  const isForOthers = (row: ClaimedRow) => claim.lane === 'main' && row.isSlow === 1;
  return {
    claimed: joinBodies(
      rows.filter((row) => row.isOurs === 1),
      bodies,
    ),
    slow: left.filter(isForOthers).map((row) => row.id),
    held: [...new Set(left.filter((row) => !isForOthers(row)).map((row) => row.endpointId))],
  };
}

/** Starts the chains of endpoints that have none; see `Chain`. One round trip. */
export async function startChains(
  database: Database,
  endpointIds: readonly string[],
  { now, leaseToken, leaseUntil }: Claim,
): Promise<Chain[]> {
  const started = await database.all<{ endpointId: string; drainUntil: number }>(sql`
    update ${endpoints} as e set drain_token = ${leaseToken}, drain_until = ${leaseUntil} + ${rateWait(now)}
    where e.drain_until <= ${now} and e.id in (select value from json_each(${JSON.stringify(endpointIds)}))
    returning id as endpointId, drain_until as drainUntil`);
  return started.map(({ endpointId, drainUntil }) => ({
    endpointId,
    chain: leaseToken,
    waitMs: drainUntil - leaseUntil,
  }));
}

/** What one step of a chain found. */
export interface BacklogStep {
  claimed: ClaimedDelivery[];
  /** They are to be sent one after the other, since the endpoint was enabled again. */
  inOrder: boolean;
  /** The chain has to go on in the other lane. */
  isSlow: boolean;
  /** Where the chain goes on; undefined when nothing is left. */
  next: Chain | undefined;
}

/**
 * Takes the next step of an endpoint's chain: leases the oldest of its backlog, as many as it may get now. Undefined
 * when another chain is under way or the endpoint is disabled. Without `chain` a new one is started.
 */
export async function claimBacklog(
  database: Database,
  { endpointId, chain, limit }: { endpointId: string; chain: string | undefined; limit: number },
  claim: Claim,
): Promise<BacklogStep | undefined> {
  const { now, leaseToken } = claim;
  const turn = (at: number) =>
    sql`d.endpoint_id = ${endpointId} and ${isDue(at)} and ${isFirstOfPayment('d')} and ${isNotBehindRetry(now)}`;
  const from = (index: string) =>
    sql`${deliveries} as d indexed by ${sql.raw(index)} join ${endpoints} as e on e.id = d.endpoint_id and e.drain_token = ${leaseToken} and e.enabled and ${inLane(claim)}`;
  // By time or by sequence; each order has its own index.
  const oldest = sql`
    select * from (select d.id from ${from('deliveries_due')} where ${turn(now)} and e.catch_up_to is null order by d.next_attempt_at limit ${limit})
    union all
    select * from (select d.id from ${from('deliveries_order')} where ${turn(now)} and e.catch_up_to is not null order by d.sequence limit ${limit})`;
  const hasTaken = sql`exists (select 1 from ${deliveries} as d where d.endpoint_id = e.id and d.lease_token = ${leaseToken})`;
  // Deliveries that became due since the step began were left to this chain, too.
  const hasMore = sql`exists (select 1 from ${deliveries} as d where ${turn(now + LOOK_AHEAD_MS)})`;
  const isCaughtUp = sql`not exists (select 1 from ${deliveries} as d
    where d.endpoint_id = e.id and d.status = 'pending' and d.sequence <= e.catch_up_to and d.next_attempt_at <= ${now}
      and ${isFirstOfPayment('d')})`;
  const found = await runBatch(database, {
    chain: database.all<{ inOrder: number }>(sql`
      update ${endpoints} as e set drain_token = ${leaseToken}, drain_until = ${claim.leaseUntil}
      where e.id = ${endpointId} and e.enabled and e.deleted_at is null
        and (e.drain_until <= ${now} or e.drain_token = ${chain ?? null})
      returning catch_up_to is not null as inOrder`),
    taken: database.run(take(claim, sql`d.id in (${oldest})`)),
    rate: database.run(spendRate(claim, sql`(${endpointId})`)),
    claimed: database.all<ClaimedRow>(
      sql`
      ${selectClaimed(leaseToken)} where d.endpoint_id = ${endpointId} and d.lease_token = ${leaseToken} order by d.sequence`,
    ),
    bodies: database.all<EventBody>(
      selectBodies(sql`d.endpoint_id = ${endpointId} and d.lease_token = ${leaseToken}`),
    ),
    // This is decided inside the batch, so that no other statement runs in between: what becomes due after it starts a
    // new chain.
    left: database.all<{ drainUntil: number; failures: number; isSlow: number }>(sql`
      update ${endpoints} as e set
        drain_until = case when ${hasMore} or (e.catch_up_to is not null and ${hasTaken}) then ${claim.leaseUntil} + ${rateWait(now)} else 0 end,
        catch_up_to = case when ${isCaughtUp} then null else e.catch_up_to end
      where e.id = ${endpointId} and e.drain_token = ${leaseToken} and e.drain_until > ${now}
      returning drain_until as drainUntil, failures, is_slow as isSlow`),
  });
  const [held] = found.chain;
  const [left] = found.left;
  if (!held || !left) return undefined;
  return {
    claimed: joinBodies(found.claimed, found.bodies),
    inOrder: held.inOrder === 1,
    isSlow: left.isSlow === 1 || left.failures >= SLOW_AFTER_FAILURES,
    next:
      left.drainUntil > now
        ? { endpointId, chain: leaseToken, waitMs: left.drainUntil - claim.leaseUntil }
        : undefined,
  };
}

/**
 * Renews the leases of what is still being sent and of its chain, so that nobody takes them over while receivers are
 * slow. When the sender dies, they run out soon.
 */
export async function renewLeases(
  database: Database,
  { leaseToken, ids, until }: { leaseToken: string; ids: readonly string[]; until: number },
  chain: Chain | undefined,
): Promise<void> {
  const renewed = database.run(sql`
    update ${deliveries} set lease_until = ${until}
    where id in (select value from json_each(${JSON.stringify(ids)})) and lease_token = ${leaseToken}`);
  if (!chain) return void (await renewed);
  await database.batch([
    renewed,
    database.run(sql`
      update ${endpoints} set drain_until = max(drain_until, ${until})
      where id = ${chain.endpointId} and drain_token = ${chain.chain}`),
  ]);
}

/** Gives back leased deliveries that are not going to be sent. */
export async function releaseDeliveries(
  database: Database,
  leaseToken: string,
  ids: readonly string[],
): Promise<void> {
  await database.run(sql`
    update ${deliveries} set lease_token = null, lease_until = 0
    where id in (select value from json_each(${JSON.stringify(ids)})) and lease_token = ${leaseToken}`);
}

/** Ends a chain with deliveries left: its endpoint only fails, so the sweep or a retry starts the next. */
export async function endChain(database: Database, { endpointId, chain }: Chain): Promise<void> {
  await database.run(
    sql`update ${endpoints} set drain_until = 0 where id = ${endpointId} and drain_token = ${chain}`,
  );
}

interface ClaimedRow {
  id: string;
  endpointId: string;
  appId: string;
  scheduleStep: number;
  runStartedAt: number | null;
  revivals: number;
  replays: number;
  eventId: string;
  mode: Mode;
  url: string;
  sealedSecret: string;
  previousSecrets: string;
  failures: number;
  isSlow: number;
  isPaced: number;
  ordering: 'none' | 'payment';
  isOurs: number;
}

/** Everything that sending takes, except for the body. */
function selectClaimed(leaseToken: string): SQL {
  return sql`
    select d.id, d.endpoint_id as endpointId, d.app_id as appId, d.schedule_step as scheduleStep, d.run_started_at as runStartedAt, d.revivals, d.replays, f.id as eventId, f.mode,
      e.url, e.sealed_secret as sealedSecret,
      e.previous_secrets as previousSecrets, e.failures, ${usesSlowLane} as isSlow, e.pace is not null as isPaced, e.ordering, d.lease_token is ${leaseToken} as isOurs
    from ${deliveries} as d join ${events} as f on f.id = d.event_id join ${endpoints} as e on e.id = d.endpoint_id`;
}

interface EventBody {
  id: string;
  body: string;
  passedOn: number;
}

/** Bodies are by far the largest part, so each event's is read once, however many endpoints it goes to. */
function selectBodies(claimed: SQL): SQL {
  return sql`select f.id, f.body, f.passed_on as passedOn from ${events} as f where f.id in (select d.event_id from ${deliveries} as d where ${claimed})`;
}

function joinBodies(rows: readonly ClaimedRow[], bodies: readonly EventBody[]): ClaimedDelivery[] {
  const eventOf = new Map(bodies.map(({ id, ...event }) => [id, event]));
  return rows.flatMap(({ replays, isSlow, isPaced, isOurs: _ours, ...same }) => {
    const event = eventOf.get(same.eventId);
    if (!event) return [];
    return { ...same, event, isReplay: replays > 0, isSlow: isSlow === 1, isPaced: isPaced === 1 };
  });
}

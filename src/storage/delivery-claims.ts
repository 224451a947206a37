import { type SQL, sql } from 'drizzle-orm';
import { SLOW_AFTER_FAILURES } from '../domain/endpoint-health.ts';
import type { Mode } from '../domain/mode.ts';
import type { Database } from './database.ts';
import { deliveries, endpoints, facts } from './schema.ts';

/*
 * Whose turn it is. All of it is decided inside one batch, where no other consumer is in between. In the fragments `d` is
 * a delivery and `e` its endpoint.
 */

/** Sends to one endpoint at a time: none takes all connections, and a burst for one delays no other. */
const MAX_IN_FLIGHT = 24;
const MAX_IN_FLIGHT_SLOW = 6;
/** Clocks of two invocations differ, and D1 takes its time. */
const LOOK_AHEAD_MS = 2_000;
/** The retries, of 5 s, 30 s and 2 min, that an endpoint which catches up is waited for. */
const WAITED_FOR_RETRIES = 3;

/** A delivery that is now ours to send, with everything that takes. */
export interface ClaimedDelivery {
  id: string;
  endpointId: string;
  appId: string;
  /** Attempts made before this one in this run through the schedule. */
  scheduleStep: number;
  isReplay: boolean;
  factId: string;
  mode: Mode;
  body: string;
  url: string;
  sealedSecret: string;
  /** What it was before it was rotated. `until`: milliseconds since 1970. */
  previousSecrets: { sealed: string; until: number }[];
  /** Failures of the endpoint in a row, before this attempt. */
  failures: number;
  /** The endpoint used the second lane, before this attempt. */
  isSlow: boolean;
  ordering: 'none' | 'payment';
}

export interface Claim {
  lane: 'main' | 'slow';
  leaseToken: string;
  /** Times are milliseconds since 1970. */
  leaseUntil: number;
  now: number;
}

/** A chain of drains to go on with: one endpoint's backlog, a step at a time. */
export interface Chain {
  endpointId: string;
  chain: string;
  /** How long its next step has to wait for the endpoint's rate. */
  waitMs: number;
}

/** An endpoint whose sends may take long: it failed a few times in a row, or is slow to answer. */
export const usesSlowLane = sql`(e.failures >= ${SLOW_AFTER_FAILURES} or e.is_slow)`;

/**
 * Takes what is due of `ids`, so that no one else sends it until the lease is over: one round trip. In the main lane
 * deliveries to slow endpoints are left alone and returned as `slow`; `held` are the endpoints whose rate, order or number of
 * sends in flight holds some back: see `startChains`.
 */
export async function claimDeliveries(
  database: Database,
  ids: readonly string[],
  claim: Claim,
): Promise<{ claimed: ClaimedDelivery[]; slow: string[]; held: string[] }> {
  const { now, leaseToken } = claim;
  const wanted = sql`(select value from json_each(${JSON.stringify(ids)}))`;
  const due = sql`${isDue(now)} and e.enabled and e.deleted_at is null and ${isFirstOfPayment('d')}`;
  const [, , rows, bodies] = await database.batch([
    // A chain alone sends what an endpoint has to catch up with: one after the other.
    database.run(
      take(claim, sql`d.id in ${wanted} and ${due} and ${inLane(claim)} and e.catch_up_to is null`),
    ),
    database.run(
      spendRate(claim, sql`(select d.endpoint_id from ${deliveries} as d where d.id in ${wanted})`),
    ),
    database.all<ClaimedRow>(sql`
      ${selectClaimed(leaseToken)} where d.id in ${wanted} and (d.lease_token = ${leaseToken} or (${due})) order by d.sequence`),
    database.all<FactBody>(selectBodies(sql`d.id in ${wanted} and d.lease_token = ${leaseToken}`)),
  ]);
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
  /** To be sent one after the other: the endpoint was enabled again. */
  inOrder: boolean;
  /** The chain belongs in the other lane. */
  isSlow: boolean;
  /** Where the chain goes on; undefined when nothing is left. */
  next: Chain | undefined;
}

/**
 * The next step of an endpoint's chain: takes the oldest of its backlog, as much as it may get now. Undefined when the chain
 * is not (or no longer) ours: another is under way, or the endpoint is disabled. Without `chain` one is started.
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
  // The oldest by time or by sequence, each through its own index.
  const oldest = sql`
    select * from (select d.id from ${from('deliveries_due')} where ${turn(now)} and e.catch_up_to is null order by d.next_attempt_at limit ${limit})
    union all
    select * from (select d.id from ${from('deliveries_order')} where ${turn(now)} and e.catch_up_to is not null order by d.sequence limit ${limit})`;
  const hasTaken = sql`exists (select 1 from ${deliveries} as d where d.endpoint_id = e.id and d.lease_token = ${leaseToken})`;
  // What became due since the step began was left to this chain, too.
  const hasMore = sql`exists (select 1 from ${deliveries} as d where ${turn(now + LOOK_AHEAD_MS)})`;
  const isCaughtUp = sql`not exists (select 1 from ${deliveries} as d
    where d.endpoint_id = e.id and d.status = 'pending' and d.sequence <= e.catch_up_to and d.next_attempt_at <= ${now}
      and ${isFirstOfPayment('d')})`;
  const [held, , , claimed, bodies, [left]] = await database.batch([
    database.all<{ inOrder: number }>(sql`
      update ${endpoints} as e set drain_token = ${leaseToken}, drain_until = ${claim.leaseUntil}
      where e.id = ${endpointId} and e.enabled and e.deleted_at is null
        and (e.drain_until <= ${now} or e.drain_token = ${chain ?? null})
      returning catch_up_to is not null as inOrder`),
    database.run(take(claim, sql`d.id in (${oldest})`)),
    database.run(spendRate(claim, sql`(${endpointId})`)),
    database.all<ClaimedRow>(
      sql`
      ${selectClaimed(leaseToken)} where d.endpoint_id = ${endpointId} and d.lease_token = ${leaseToken} order by d.sequence`,
    ),
    database.all<FactBody>(
      selectBodies(sql`d.endpoint_id = ${endpointId} and d.lease_token = ${leaseToken}`),
    ),
    // Decided where nobody is in between: whoever makes something due after this starts a new chain.
    database.all<{ drainUntil: number; failures: number; isSlow: number }>(sql`
      update ${endpoints} as e set
        drain_until = case when ${hasMore} or (e.catch_up_to is not null and ${hasTaken}) then ${claim.leaseUntil} + ${rateWait(now)} else 0 end,
        catch_up_to = case when ${isCaughtUp} then null else e.catch_up_to end
      where e.id = ${endpointId} and e.drain_token = ${leaseToken} and e.drain_until > ${now}
      returning drain_until as drainUntil, failures, is_slow as isSlow`),
  ]);
  if (!held[0] || !left) return undefined;
  return {
    claimed: joinBodies(claimed, bodies),
    inOrder: held[0].inOrder === 1,
    isSlow: left.isSlow === 1 || left.failures >= SLOW_AFTER_FAILURES,
    next:
      left.drainUntil > now
        ? { endpointId, chain: leaseToken, waitMs: left.drainUntil - claim.leaseUntil }
        : undefined,
  };
}

/**
 * Keeps what is still being sent, and the chain that sends it, from being taken over: for as long as receivers take, and
 * not much longer than its sender lives.
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

/** Gives back what was claimed and is not going to be sent. */
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

/**
 * Whether a delivery (`alias`) is the first open one of its payment, where its endpoint (`e`) asked for that order. A
 * delivery whose schedule is exhausted is not open, so that one a receiver never takes does not hold back the rest forever.
 */
export function isFirstOfPayment(alias: 'd' | 'n'): SQL {
  const a = sql.raw(alias);
  return sql`(e.ordering = 'none' or not exists (
    select 1 from ${facts} as own
    join ${facts} as earlier on earlier.payment_id = own.payment_id and earlier.payment_sequence < own.payment_sequence
    join ${deliveries} as open on open.fact_id = earlier.id and open.endpoint_id = ${a}.endpoint_id and open.status = 'pending'
    where own.id = ${a}.fact_id))`;
}

/** Whether an endpoint that catches up has no earlier delivery that will be tried again soon. */
function isNotBehindRetry(now: number): SQL {
  return sql`(e.catch_up_to is null or not exists (
    select 1 from ${deliveries} as waiting indexed by deliveries_order
    where waiting.endpoint_id = d.endpoint_id and waiting.status = 'pending' and waiting.sequence < d.sequence
      and waiting.next_attempt_at > ${now} and waiting.schedule_step between 1 and ${WAITED_FOR_RETRIES}))`;
}

function isDue(now: number): SQL {
  return sql`d.status = 'pending' and d.next_attempt_at <= ${now} and d.lease_until <= ${now}`;
}

function inLane({ lane }: Claim): SQL {
  return lane === 'main' ? sql`not ${usesSlowLane}` : sql`true`;
}

/** Leases the deliveries that `where` finds, of each endpoint as many as it has room for, oldest first. */
function take({ leaseToken, leaseUntil, now }: Claim, where: SQL): SQL {
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

/* An endpoint's rate is kept as GCRA does: sends are an interval apart on average, a second's worth may come at once. */
const INTERVAL_MS = sql`((60000 + e.rate_limit - 1) / e.rate_limit)`;
const BURST_MS = sql`((e.rate_limit - 1) / 60 * ${INTERVAL_MS})`;

function rateRoom(now: number): SQL {
  return sql`case when e.rate_limit is null then ${MAX_IN_FLIGHT} when e.rate_at - ${BURST_MS} > ${now} then 0
    else (${now} + ${BURST_MS} - max(e.rate_at, ${now})) / ${INTERVAL_MS} + 1 end`;
}

function rateWait(now: number): SQL {
  return sql`(case when e.rate_limit is null then 0 else max(0, e.rate_at - ${BURST_MS} - ${now}) end)`;
}

function spendRate({ leaseToken, now }: Claim, endpointIds: SQL): SQL {
  const taken = sql`(select count(*) from ${deliveries} as d where d.endpoint_id = e.id and d.lease_token = ${leaseToken})`;
  return sql`update ${endpoints} as e set rate_at = max(e.rate_at, ${now}) + ${taken} * ${INTERVAL_MS}
    where e.rate_limit is not null and e.id in ${endpointIds}`;
}

interface ClaimedRow {
  id: string;
  endpointId: string;
  appId: string;
  scheduleStep: number;
  replays: number;
  factId: string;
  mode: Mode;
  url: string;
  sealedSecret: string;
  previousSecrets: string;
  failures: number;
  isSlow: number;
  ordering: 'none' | 'payment';
  isOurs: number;
}

/** What sending takes, but for the body. */
function selectClaimed(leaseToken: string): SQL {
  return sql`
    select d.id, d.endpoint_id as endpointId, d.app_id as appId, d.schedule_step as scheduleStep, d.replays, f.id as factId, f.mode,
      e.url, e.sealed_secret as sealedSecret,
      e.previous_secrets as previousSecrets, e.failures, ${usesSlowLane} as isSlow, e.ordering, d.lease_token is ${leaseToken} as isOurs
    from ${deliveries} as d join ${facts} as f on f.id = d.fact_id join ${endpoints} as e on e.id = d.endpoint_id`;
}

interface FactBody {
  id: string;
  body: string;
}

/** By far the largest part of what sending takes: once a fact, however many endpoints it goes to. */
function selectBodies(claimed: SQL): SQL {
  return sql`select f.id, f.body from ${facts} as f where f.id in (select d.fact_id from ${deliveries} as d where ${claimed})`;
}

function joinBodies(rows: readonly ClaimedRow[], bodies: readonly FactBody[]): ClaimedDelivery[] {
  const bodyOf = new Map(bodies.map(({ id, body }) => [id, body]));
  return rows.map(({ replays, previousSecrets, isSlow, isOurs: _ours, ...same }) => ({
    ...same,
    body: bodyOf.get(same.factId) ?? '',
    isReplay: replays > 0,
    isSlow: isSlow === 1,
    previousSecrets: JSON.parse(previousSecrets) as ClaimedDelivery['previousSecrets'],
  }));
}

import { type Database, runBatch } from '../../base/db/database.rows.ts';
import { command, query, runOne } from '../../base/db/sql.rows.ts';
import { SLOW_AFTER_FAILURES } from '../endpoints/endpoint-health.rules.ts';
import {
  type ClaimedDelivery,
  type ClaimedRow,
  type ClaimOf,
  readClaimed,
  SELECT_CLAIMED,
} from './claimed-deliveries.rows.ts';
import {
  type Claim,
  IS_IN_LANE,
  IS_NOT_BEHIND_RETRY,
  isDue,
  isFirstOfPayment,
  RATE_WAIT,
  spendRate,
  take,
} from './delivery-turns.rows.ts';

/**
 * Deliveries that are due within this time are taken too, since the clocks of two invocations differ and D1 takes time.
 */
const LOOK_AHEAD_MS = 2_000;

/** A chain of `drain` messages: it sends one endpoint's backlog, a step at a time (ADR 22). */
export interface Chain {
  endpointId: string;
  chain: string;
  /** How long its next step has to wait for the endpoint's rate. */
  waitMs: number;
}

const startChainsOf = query<ClaimOf<'ids'>, { endpointId: string; drainUntil: number }>(`
  update endpoints as e set drain_token = :leaseToken, drain_until = :leaseUntil + ${RATE_WAIT}
  where e.drain_until <= :now and e.id in (select value from json_each(:ids))
  returning id as endpointId, drain_until as drainUntil`);

/** Starts the chains of endpoints that have none; see `Chain`. One round trip. */
export async function startChains(
  database: Database,
  endpointIds: readonly string[],
  claim: Claim,
): Promise<Chain[]> {
  const { leaseToken, leaseUntil } = claim;
  const ids = JSON.stringify(endpointIds);
  const started = await runOne(database, startChainsOf({ ...claim, ids }));
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

/** The endpoint's turn: what is due at `at` and need not wait for another delivery. */
const turn = (at: string) =>
  `d.endpoint_id = :endpointId and ${isDue(at)} and ${isFirstOfPayment('d')} and ${IS_NOT_BEHIND_RETRY}`;
const backlogBy = (index: string) => `deliveries as d indexed by ${index}
  join endpoints as e on e.id = d.endpoint_id and e.drain_token = :leaseToken and e.enabled and ${IS_IN_LANE}`;
// By time or by sequence; each order has its own index.
const OLDEST = `
  select * from (select d.id from ${backlogBy('deliveries_due')} where ${turn(':now')} and e.catch_up_to is null order by d.next_attempt_at limit :limit)
  union all
  select * from (select d.id from ${backlogBy('deliveries_order')} where ${turn(':now')} and e.catch_up_to is not null order by d.sequence limit :limit)`;
const HAS_TAKEN =
  'exists (select 1 from deliveries as d where d.endpoint_id = e.id and d.lease_token = :leaseToken)';
// Deliveries that became due since the step began were left to this chain, too.
const HAS_MORE = `exists (select 1 from deliveries as d where ${turn(`:now + ${LOOK_AHEAD_MS}`)})`;
const IS_CAUGHT_UP = `not exists (select 1 from deliveries as d
    where d.endpoint_id = e.id and d.status = 'pending' and d.sequence <= e.catch_up_to and d.next_attempt_at <= :now
      and ${isFirstOfPayment('d')})`;

type StepParams = ClaimOf<'endpointId' | 'chain' | 'limit'>;
const holdChain = query<StepParams, { inOrder: number }>(`
  update endpoints as e set drain_token = :leaseToken, drain_until = :leaseUntil
  where e.id = :endpointId and e.enabled and e.deleted_at is null and (e.drain_until <= :now or e.drain_token = :chain)
  returning catch_up_to is not null as inOrder`);
const takeOldest = command<StepParams>(take(`d.id in (${OLDEST})`));
const spendRateOfEndpoint = command<StepParams>(spendRate('(:endpointId)'));
const selectTaken = query<StepParams, ClaimedRow>(`${SELECT_CLAIMED}
  where d.endpoint_id = :endpointId and d.lease_token = :leaseToken order by d.sequence`);
// This is decided inside the batch, so that no other statement runs in between: what becomes due after it starts a new
// chain.
const leaveChain = query<StepParams, { drainUntil: number; failures: number; isSlow: number }>(`
  update endpoints as e set
    drain_until = case when ${HAS_MORE} or (e.catch_up_to is not null and ${HAS_TAKEN}) then :leaseUntil + ${RATE_WAIT} else 0 end,
    catch_up_to = case when ${IS_CAUGHT_UP} then null else e.catch_up_to end
  where e.id = :endpointId and e.drain_token = :leaseToken and e.drain_until > :now
  returning drain_until as drainUntil, failures, is_slow as isSlow`);

/**
 * Takes the next step of an endpoint's chain: leases the oldest of its backlog, as many as it may get now. Undefined
 * when another chain is under way or the endpoint is disabled. Without `chain` a new one is started.
 */
export async function claimBacklog(
  database: Database,
  {
    endpointId,
    chain = null,
    limit,
  }: { endpointId: string; chain: string | undefined | null; limit: number },
  claim: Claim,
): Promise<BacklogStep | undefined> {
  const params = { ...claim, endpointId, chain, limit };
  const found = await runBatch(database, {
    chain: holdChain(params),
    taken: takeOldest(params),
    rate: spendRateOfEndpoint(params),
    claimed: selectTaken(params),
    left: leaveChain(params),
  });
  const [held] = found.chain;
  const [left] = found.left;
  if (!held || !left) return undefined;
  const { leaseToken, leaseUntil, now } = claim;
  return {
    claimed: readClaimed(found.claimed),
    inOrder: held.inOrder === 1,
    isSlow: left.isSlow === 1 || left.failures >= SLOW_AFTER_FAILURES,
    next:
      left.drainUntil > now
        ? { endpointId, chain: leaseToken, waitMs: left.drainUntil - leaseUntil }
        : undefined,
  };
}

const end = command<{ endpointId: string; chain: string }>(
  'update endpoints set drain_until = 0 where id = :endpointId and drain_token = :chain',
);

/** Ends a chain with deliveries left: its endpoint only fails, so the sweep or a retry starts the next. */
export async function endChain(database: Database, { endpointId, chain }: Chain): Promise<void> {
  await runOne(database, end({ endpointId, chain }));
}

/** Renews a chain's lease, if it still has it. */
export const renewChain = command<{ endpointId: string; chain: string; until: number }>(`
  update endpoints set drain_until = max(drain_until, :until) where id = :endpointId and drain_token = :chain`);

import { type Database, runBatch } from '../../base/db/database.rows.ts';
import { command, query, runOne } from '../../base/db/sql.rows.ts';
import {
  type ClaimedDelivery,
  type ClaimedRow,
  type ClaimOf,
  readClaimed,
  SELECT_CLAIMED,
} from './claimed-deliveries.rows.ts';
import { type Chain, renewChain } from './delivery-chains.rows.ts';
import { type Claim, IS_IN_LANE, isDue, isFirstOfPayment, spendRate, take } from './delivery-turns.rows.ts';

const WANTED = '(select value from json_each(:ids))';
const MAY_BE_SENT = `${isDue()} and e.enabled and e.deleted_at is null and ${isFirstOfPayment('d')}`;

// Only a chain sends to an endpoint that catches up, one delivery after the other.
const takeWanted = command<ClaimOf<'ids'>>(
  take(`d.id in ${WANTED} and ${MAY_BE_SENT} and ${IS_IN_LANE} and e.catch_up_to is null`),
);
const spendRateOfWanted = command<ClaimOf<'ids'>>(
  spendRate(`(select d.endpoint_id from deliveries as d where d.id in ${WANTED})`),
);
const selectWanted = query<ClaimOf<'ids'>, ClaimedRow>(`${SELECT_CLAIMED}
  where d.id in ${WANTED} and (d.lease_token = :leaseToken or (${MAY_BE_SENT})) order by d.sequence`);

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
  const params = { ...claim, ids: JSON.stringify(ids) };
  const { rows } = await runBatch(database, {
    taken: takeWanted(params),
    rate: spendRateOfWanted(params),
    rows: selectWanted(params),
  });
  const left = rows.filter((row) => row.isOurs !== 1);
  const isForOthers = (row: ClaimedRow) => !claim.isSlowLane && row.isSlow === 1;
  return {
    claimed: readClaimed(rows.filter((row) => row.isOurs === 1)),
    slow: left.filter(isForOthers).map((row) => row.id),
    held: [...new Set(left.filter((row) => !isForOthers(row)).map((row) => row.endpointId))],
  };
}

const renewDeliveries = command<{ ids: string; leaseToken: string; until: number }>(`
  update deliveries set lease_until = :until where id in ${WANTED} and lease_token = :leaseToken`);
/**
 * Renews the leases of what is still being sent and of its chain, so that nobody takes them over while receivers are
 * slow. When the sender dies, they run out soon.
 */
export async function renewLeases(
  database: Database,
  { leaseToken, ids, until }: { leaseToken: string; ids: readonly string[]; until: number },
  chain: Chain | undefined,
): Promise<void> {
  await runBatch(database, [
    renewDeliveries({ ids: JSON.stringify(ids), leaseToken, until }),
    ...(chain ? [renewChain({ ...chain, until })] : []),
  ]);
}

const giveBack = command<{ ids: string; leaseToken: string }>(`
  update deliveries set lease_token = null, lease_until = 0 where id in ${WANTED} and lease_token = :leaseToken`);

/** Gives back leased deliveries that are not going to be sent. */
export async function releaseDeliveries(
  database: Database,
  leaseToken: string,
  ids: readonly string[],
): Promise<void> {
  await runOne(database, giveBack({ ids: JSON.stringify(ids), leaseToken }));
}

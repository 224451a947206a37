import { createConnections } from './connections.ts';
import { log } from '../../base/log.ts';
import { deliverMessages } from '../../base/messages.ts';
import type { Lane } from '../../base/wake.ts';
import type { Services } from '../../base/services.ts';
import { type Chain, claimBacklog, claimDeliveries, endChain, startChains } from './delivery-claims.rows.ts';
import { LEASE_MS, sendDeliveries } from './send-deliveries.ts';

/** Of an endpoint's backlog, in one step of its chain. */
const BACKLOG_STEP: Record<Lane, number> = { main: 24, slow: 6 };
/** All that an endpoint may have in flight is in flight. */
const BUSY_WAIT_MS = 1_000;

/**
 * Sends what is due of these deliveries: claim, send, record. Two D1 round trips, as long as all answer quickly. What is for
 * others (the second lane, a chain) is handed over; where that fails, the sweep finds it.
 */
export async function deliver(
  services: Services,
  ids: readonly string[],
  lane: Lane = 'main',
  connections = createConnections(),
): Promise<void> {
  const claim = newClaim(services, lane);
  const isDecided = connections.awaitMore();
  const { claimed, slow, held } = await claimDeliveries(services.database, ids, claim).finally(isDecided);
  const handOver = async () => {
    services.wake(deliverMessages(slow), 'slow');
    if (held.length === 0) return;
    for (const chain of await startChains(services.database, held, claim))
      goOn(services, chain, lane, BUSY_WAIT_MS);
  };
  const handingOver = handOver().catch((error: unknown) =>
    log('warn', 'deliveries could not be handed over, the sweep will find them', { error }),
  );
  if (claimed.length > 0) await sendDeliveries(services, claimed, { ...claim, connections });
  await handingOver;
}

/**
 * One step of sending an endpoint's backlog, and the message for the next. An endpoint has one chain of them at most, so a
 * backlog of any size costs its neighbours nothing and what it is to get in order comes in order.
 */
export async function drain(
  services: Services,
  { endpointId, chain }: { endpointId: string; chain?: string },
  lane: Lane,
  connections = createConnections(),
): Promise<void> {
  const limit = BACKLOG_STEP[lane];
  const claim = newClaim(services, lane);
  const isDecided = connections.awaitMore();
  const step = await claimBacklog(services.database, { endpointId, chain, limit }, claim).finally(isDecided);
  if (!step) return;
  const { claimed, inOrder, next } = step;
  const belongsIn: Lane = step.isSlow ? 'slow' : 'main';
  if (claimed.length === 0) {
    if (next) goOn(services, next, belongsIn, belongsIn === lane ? BUSY_WAIT_MS : 0);
    return;
  }
  const { arrived, failed } = await sendDeliveries(services, claimed, {
    ...claim,
    chain: next,
    inOrder,
    connections,
  });
  if (!next) return;
  // It only fails, or what failed comes before the rest: its retry, in seconds at first, or the sweep goes on.
  if (arrived === 0 || (inOrder && failed > 0)) await endChain(services.database, next);
  else goOn(services, next, belongsIn, 0);
}

function newClaim(services: Services, lane: Lane) {
  const now = services.now();
  return { lane, leaseToken: crypto.randomUUID(), leaseUntil: now + LEASE_MS, now };
}

/** Queues a chain's next step. If the message is lost the chain's lease runs out, and the sweep starts another. */
function goOn(
  services: Services,
  { endpointId, chain, waitMs }: Chain,
  lane: Lane,
  leastWaitMs: number,
): void {
  const delaySeconds = Math.ceil(Math.max(waitMs, leastWaitMs) / 1000);
  services.wakeLater([{ message: { type: 'drain', endpointId, chain }, delaySeconds }], lane);
}

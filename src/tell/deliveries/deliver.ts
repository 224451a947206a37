import { createConnections } from './connections.ts';
import { log } from '../../base/log.ts';
import { deliverMessages } from '../../base/messages.ts';
import type { Lane } from '../../base/wake.ts';
import type { Services } from '../../base/services.ts';
import { type Chain, claimBacklog, endChain, startChains } from './delivery-chains.rows.ts';
import { claimDeliveries } from './delivery-claims.rows.ts';
import { LEASE_MS, sendDeliveries } from './send-deliveries.ts';

/** How many deliveries one step of a chain takes. */
const BACKLOG_STEP: Record<Lane, number> = { main: 24, slow: 6 };
/** The wait before the next step when the endpoint has as many sends in flight as it may. */
const BUSY_WAIT_MS = 1_000;

/**
 * Sends those of these deliveries that are due: claim, send, record. Two D1 round trips, as long as all receivers
 * answer quickly. Deliveries for the slow lane or for a chain are handed over by a message; when that is lost, the
 * sweep finds them.
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
  if (claimed.length > 0)
    await untilOnlyHanging(services, sendDeliveries(services, claimed, { ...claim, connections }));
  await handingOver;
}

/**
 * Waits until all is sent and recorded, or only receivers that hang are left. These are waited for behind the
 * invocation, so that nothing else waits for an answer that does not come (ADR 69). When the invocation dies, their
 * leases run out, and the sweep finds them.
 */
async function untilOnlyHanging(
  services: Services,
  { ended, onlyHanging }: { ended: Promise<unknown>; onlyHanging: Promise<void> },
): Promise<void> {
  await Promise.race([ended, onlyHanging]);
  const logged = ended.catch((error: unknown) =>
    log('error', 'attempts could not be recorded, they will be made again', { error }),
  );
  services.waitUntil(logged);
}

/**
 * Takes one step in sending an endpoint's backlog, and queues the message for the next. An endpoint has one chain at
 * most, so a backlog of any size does not slow down other endpoints, and deliveries that are to come in order do (ADR
 * 22).
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
  const sending = sendDeliveries(services, claimed, { ...claim, chain: next, inOrder, connections });
  const goOnAfter = async () => {
    const { arrived, failed } = await sending.ended;
    if (!next) return;
    // Others' receivers hung on all connections, so nothing was sent.
    if (arrived + failed === 0) goOn(services, next, belongsIn, BUSY_WAIT_MS);
    // Nothing arrived, or the delivery that failed must come before the rest: its retry or the sweep goes on.
    else if (arrived === 0 || (inOrder && failed > 0)) await endChain(services.database, next);
    else goOn(services, next, belongsIn, 0);
  };
  await untilOnlyHanging(services, { ended: goOnAfter(), onlyHanging: sending.onlyHanging });
}

function newClaim(services: Services, lane: Lane) {
  const now = services.now();
  return { isSlowLane: lane === 'slow', leaseToken: crypto.randomUUID(), leaseUntil: now + LEASE_MS, now };
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

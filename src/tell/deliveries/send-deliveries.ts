import type { Connections } from './connections.ts';
import { isSlowDown } from './delivery-outcome.rules.ts';
import { SLOW_AFTER_FAILURES, SLOW_ANSWER_MS } from '../endpoints/endpoint-health.rules.ts';
import { newId } from '../../base/ids.rules.ts';
import { log } from '../../base/log.ts';
import { drainMessage } from '../../base/messages.ts';
import type { Services } from '../../base/services.ts';
import { STATEMENTS } from '../../base/db/statement-budget.ts';
import { type AttemptRecord, recordAttempts } from './delivery-attempts.rows.ts';
import { type Chain, type ClaimedDelivery, releaseDeliveries, renewLeases } from './delivery-claims.rows.ts';
import { attemptDelivery, type Attempted, bringForward, isOwnFault } from './attempt-delivery.ts';
import { tellEndpointHealth } from '../endpoints/tell-endpoint-health.ts';
import { wakeAfterAttempts } from './wake-after-attempts.ts';

/** Answers of quick receivers are recorded while a slow one is still waited for. */
const RECORD_EVERY_MS = 1_000;
/** Longer than a send can take (17 s) and recording it while D1 is slow. */
export const LEASE_MS = 60_000;
/**
 * Many sends to slow receivers may take longer than the lease. When a sender dies, its deliveries wait for a minute at
 * most.
 */
const RENEW_EVERY_MS = 15_000;
/** When deliveries are sent in order, one at a time, those not begun after this time are left to the next step. */
const IN_ORDER_FOR_MS = 20_000;

interface Batch {
  claimed: readonly ClaimedDelivery[];
  connections: Connections;
  finished: Attempted[];
  /** Endpoints that have taken something. */
  took: Set<string>;
  /** Deliveries that are given back unsent. */
  released: string[];
  /** Endpoints that said "slow down", whose remaining deliveries are given back: for how long, milliseconds. */
  spared: Map<string, number>;
}

/**
 * Sends the deliveries that were leased under `leaseToken` and records every attempt. After a crash between sending and
 * recording, the same bytes are sent again when the lease is over. Resolves to how many arrived, and how many did not.
 * @throws what D1 throws, after all has been sent and as much as possible is recorded.
 */
export async function sendDeliveries(
  services: Services,
  claimed: readonly ClaimedDelivery[],
  how: { leaseToken: string; chain?: Chain | undefined; inOrder?: boolean; connections: Connections },
): Promise<{ arrived: number; failed: number }> {
  const { leaseToken, chain, inOrder = false, connections } = how;
  const batch: Batch = {
    claimed,
    connections,
    finished: [],
    took: new Set(),
    released: [],
    spared: new Map(),
  };
  const count = { arrived: 0, failed: 0 };
  let renewedAt = performance.now();
  let lost: { error: unknown } | undefined;
  const step = async (isOver: boolean) => {
    // Early recording limits what a crash can repeat. Enough statements must be left to record everything at the end.
    const mayRecord = isOver || services.budget.hasRoomFor(STATEMENTS.recordEarly);
    const part = mayRecord ? batch.finished.splice(0) : [];
    try {
      if (part.length > 0) {
        // Only now is it known which endpoints take others.
        const decided = part.map((each) => bringForward(each, batch.took.has(each.delivery.endpointId)));
        const arrived = await recordPart(services, leaseToken, decided);
        count.arrived += arrived;
        count.failed += part.length - arrived;
      }
      lost = undefined;
      if (!isOver && performance.now() - renewedAt > RENEW_EVERY_MS) {
        renewedAt = performance.now();
        const until = services.now() + LEASE_MS;
        await renewLeases(services.database, { leaseToken, ids: claimed.map(({ id }) => id), until }, chain);
      }
    } catch (error) {
      // These attempts are recorded together with the next ones, or at the end.
      batch.finished.unshift(...part);
      lost = { error };
    }
  };
  const sending = inOrder ? sendInOrder(services, batch) : sendAtOnce(services, batch);
  for (let isOver = false; !isOver;) {
    isOver = await isSettledWithin(sending, RECORD_EVERY_MS);
    await step(isOver);
  }
  if (lost) await step(true);
  if (batch.released.length > 0) await releaseDeliveries(services.database, leaseToken, batch.released);
  // The deliveries that were given back are due, and no other message would wake them.
  for (const [endpointId, holdMs] of batch.spared)
    services.wakeLater([{ message: drainMessage(endpointId), delaySeconds: Math.ceil(holdMs / 1000) }]);
  if (lost) throw lost.error;
  return count;
}

/** As many at a time as there are connections. */
async function sendAtOnce(
  services: Services,
  { claimed, connections, finished, took, released, spared }: Batch,
): Promise<void> {
  const failures = new Map<string, number>();
  const slowed = new Map<string, number>();
  const send = async (delivery: ClaimedDelivery) => {
    const { endpointId } = delivery;
    const failed = took.has(endpointId) ? 0 : (failures.get(endpointId) ?? 0);
    // The endpoint only fails, or said "slow down": the rest of its deliveries is given back for later.
    const holdMs = slowed.get(endpointId);
    if (failed >= SLOW_AFTER_FAILURES || holdMs !== undefined) {
      released.push(delivery.id);
      if (holdMs !== undefined) spared.set(endpointId, holdMs);
      return;
    }
    const attempted = await attemptDelivery(services, delivery);
    if (!attempted) return;
    if (attempted.outcome.kind === 'succeeded') took.add(endpointId);
    else if (!isOwnFault(attempted)) failures.set(endpointId, (failures.get(endpointId) ?? 0) + 1);
    if (isSlowDown(attempted.outcome)) slowed.set(endpointId, attempted.outcome.holdMs);
    finished.push(attempted);
  };
  await Promise.all(claimed.map((delivery) => connections.run(delivery, () => send(delivery))));
}

/** Sends one after the other, until one does not arrive; the later ones have to wait for it. */
async function sendInOrder(
  services: Services,
  { claimed, connections, finished, took, released }: Batch,
): Promise<void> {
  const until = services.now() + IN_ORDER_FOR_MS;
  let goesOn = true;
  for (const delivery of claimed) {
    goesOn &&= services.now() < until;
    if (!goesOn) {
      released.push(delivery.id);
      continue;
    }
    const attempted = await connections.run(delivery, () => attemptDelivery(services, delivery));
    if (attempted) finished.push(attempted);
    goesOn = attempted?.outcome.kind === 'succeeded';
    if (goesOn) took.add(delivery.endpointId);
  }
}

async function recordPart(
  services: Services,
  leaseToken: string,
  attempted: readonly Attempted[],
): Promise<number> {
  const { written, unblocked, hasNotices } = await recordAttempts(
    services.database,
    leaseToken,
    attempted.map(toRecord),
    { now: services.now(), concerns: whatIsConcerned(attempted) },
  );
  if (written.size < attempted.length) {
    log('warn', 'a delivery was taken over or canceled while it was being sent', {
      deliveries: attempted.map(({ delivery }) => delivery.id).filter((id) => !written.has(id)),
    });
  }
  const recorded = attempted.filter(({ delivery }) => written.has(delivery.id));
  wakeAfterAttempts(services, recorded, unblocked);
  if (hasNotices) {
    // When this fails, the notice stays in the endpoint's row, and the sweep tells it.
    await tellEndpointHealth(services).catch((error: unknown) =>
      log('warn', 'an endpoint’s health could not be told yet', { error }),
    );
  }
  return recorded.filter(({ outcome }) => outcome.kind === 'succeeded').length;
}

/** Usually the endpoint is healthy and answers quickly; then its row need not be read or written. */
function whatIsConcerned(attempted: readonly Attempted[]): { health: boolean; order: boolean } {
  const isUsual = ({ delivery, report, outcome }: Attempted) =>
    outcome.kind === 'succeeded' &&
    delivery.failures === 0 &&
    !delivery.isSlow &&
    !delivery.isPaced &&
    report.latencyMs < SLOW_ANSWER_MS;
  return {
    health: !attempted.every(isUsual),
    order: attempted.some(({ delivery }) => delivery.ordering === 'payment'),
  };
}

function toRecord({ delivery, at, report, outcome, broughtForward }: Attempted): AttemptRecord {
  const { answer, latencyMs, response } = report;
  return {
    deliveryId: delivery.id,
    attemptId: newId('att'),
    step: delivery.scheduleStep,
    url: delivery.url,
    at,
    httpStatus: 'status' in answer ? answer.status : null,
    error: 'error' in answer ? answer.error : null,
    latencyMs,
    response,
    status: outcome.kind === 'succeeded' || outcome.kind === 'failed' ? outcome.kind : 'pending',
    nextAttemptAt: 'nextAttemptAt' in outcome ? outcome.nextAttemptAt : at,
    broughtForward,
    finishedAt: 'nextAttemptAt' in outcome ? null : at + latencyMs,
    succeeded: outcome.kind === 'succeeded',
    gone: outcome.kind === 'gone',
    holdMs: isSlowDown(outcome) ? outcome.holdMs : null,
  };
}

async function isSettledWithin(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), later]);
  } finally {
    clearTimeout(timer);
  }
}

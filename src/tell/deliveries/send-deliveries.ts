import type { Connections } from './connections.ts';
import { isSlowDown } from './delivery-outcome.rules.ts';
import { SLOW_AFTER_FAILURES } from '../endpoints/endpoint-health.rules.ts';
import { drainMessage } from '../../base/messages.ts';
import type { Services } from '../../base/services.ts';
import { STATEMENTS } from '../../base/db/statement-budget.ts';
import type { ClaimedDelivery } from './claimed-deliveries.rows.ts';
import type { Chain } from './delivery-chains.rows.ts';
import { releaseDeliveries, renewLeases } from './delivery-claims.rows.ts';
import { attemptDelivery, type Attempted, bringForward, isOwnFault } from './attempt-delivery.ts';
import { recordOutcomes } from './record-outcomes.ts';

/** Answers of quick receivers are recorded while a slow one is still waited for. */
const RECORD_EVERY_MS = 1_000;
/** Longer than a send can take (17 s) and recording it while D1 is slow. */
export const LEASE_MS = 60_000;
/**
 * Many sends to slow receivers may take longer than the lease. When a sender dies, its deliveries wait for a minute at
 * most.
 */
const RENEW_EVERY_MS = 15_000;
/**
 * When deliveries are sent in order, one at a time, those not begun after this time are left to the next step. What is
 * begun by then ends within the 30 s that Cloudflare gives to work behind an invocation.
 */
const IN_ORDER_FOR_MS = 10_000;
/** Endpoints whose sends hang on all connections of an invocation are sent the rest after this time. */
const AFTER_HANGING_MS = 5_000;

interface Batch {
  claimed: readonly ClaimedDelivery[];
  chain: Chain | undefined;
  connections: Connections;
  finished: Attempted[];
  /** Endpoints that have taken something. */
  took: Set<string>;
  /** Deliveries that are given back unsent. */
  released: string[];
  /**
   * Endpoints whose remaining deliveries are given back, since they said "slow down" or hang: for how long,
   * milliseconds.
   */
  spared: Map<string, number>;
  /** Deliveries that are sent or wait for a connection, and those of them whose receiver hangs. */
  open: Set<string>;
  hanging: Set<string>;
  /** Called when only receivers that hang are waited for. */
  onlyHanging: () => void;
}

/** Sends that are under way. */
export interface Sending {
  /** When all is over and recorded: how many arrived, and how many did not. Rejects as `sendDeliveries` says. */
  ended: Promise<{ arrived: number; failed: number }>;
  /** When only receivers that hang are waited for, if it comes to that (ADR 69). */
  onlyHanging: Promise<void>;
}

interface How {
  leaseToken: string;
  chain?: Chain | undefined;
  inOrder?: boolean;
  connections: Connections;
}

/**
 * Sends the deliveries that were leased under `leaseToken` and records every attempt. After a crash between sending and
 * recording, the same bytes are sent again when the lease is over.
 * @throws what D1 throws, after all has been sent and as much as possible is recorded.
 */
export function sendDeliveries(services: Services, claimed: readonly ClaimedDelivery[], how: How): Sending {
  const { promise: onlyHanging, resolve } = Promise.withResolvers<void>();
  const batch: Batch = {
    claimed,
    chain: how.chain,
    connections: how.connections,
    finished: [],
    took: new Set(),
    released: [],
    spared: new Map(),
    open: new Set(),
    hanging: new Set(),
    onlyHanging: resolve,
  };
  const ended = sendAndRecord(services, batch, how);
  return { ended, onlyHanging };
}

async function sendAndRecord(
  services: Services,
  batch: Batch,
  { leaseToken, inOrder = false }: How,
): Promise<{ arrived: number; failed: number }> {
  const { claimed, chain, finished, released, spared } = batch;
  const count = { arrived: 0, failed: 0 };
  let renewedAt = performance.now();
  let lost: { error: unknown } | undefined;
  const step = async (isOver: boolean) => {
    // Early recording limits what a crash can repeat. Enough statements must be left to record everything at the end.
    const mayRecord = isOver || services.budget.hasRoomFor(STATEMENTS.recordEarly);
    const part = mayRecord ? finished.splice(0) : [];
    try {
      if (part.length > 0) {
        // Only now is it known which endpoints take others.
        const decided = part.map((each) => bringForward(each, batch.took.has(each.delivery.endpointId)));
        const arrived = await recordOutcomes(services, leaseToken, decided);
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
      finished.unshift(...part);
      lost = { error };
    }
  };
  const giveBack = async () => {
    if (released.length > 0) await releaseDeliveries(services.database, leaseToken, released.splice(0));
    // The deliveries that were given back are due, and no other message would wake them.
    for (const [endpointId, holdMs] of spared)
      services.wakeLater([{ message: drainMessage(endpointId), delaySeconds: Math.ceil(holdMs / 1000) }]);
    spared.clear();
  };
  const sending = inOrder ? sendInOrder(services, batch) : sendAtOnce(services, batch);
  for (let isOver = false; !isOver;) {
    isOver = await isSettledWithin(sending, RECORD_EVERY_MS);
    await step(isOver);
    if (batch.hanging.size > 0) await giveBack();
  }
  if (lost) await step(true);
  await giveBack();
  if (lost) throw lost.error;
  return count;
}

/** Sends one delivery when it is its turn; undefined when it was not begun, and is to be given back. */
async function sendOne<T>(
  { claimed, chain, connections, open, hanging, onlyHanging, released, spared }: Batch,
  delivery: ClaimedDelivery,
  send: () => Promise<T>,
): Promise<T | undefined> {
  const { id, endpointId } = delivery;
  open.add(id);
  const noteHanging = () => {
    if (hanging.size > 0 && hanging.size === open.size) onlyHanging();
  };
  const result = await connections.run(delivery, send, () => {
    hanging.add(id);
    noteHanging();
  });
  if (result === undefined) {
    const itself = claimed.some((other) => other.endpointId === endpointId && hanging.has(other.id));
    released.push(id);
    // A chain goes on by itself.
    if (!chain) spared.set(endpointId, itself ? AFTER_HANGING_MS : 0);
  }
  open.delete(id);
  hanging.delete(id);
  noteHanging();
  return result;
}

/** As many at a time as there are connections. */
async function sendAtOnce(services: Services, batch: Batch): Promise<void> {
  const { claimed, finished, took, released, spared } = batch;
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
      return true;
    }
    const attempted = await attemptDelivery(services, delivery);
    if (!attempted) return true;
    if (attempted.outcome.kind === 'succeeded') took.add(endpointId);
    else if (!isOwnFault(attempted)) failures.set(endpointId, (failures.get(endpointId) ?? 0) + 1);
    if (isSlowDown(attempted.outcome)) slowed.set(endpointId, attempted.outcome.holdMs);
    finished.push(attempted);
    return true;
  };
  await Promise.all(claimed.map((delivery) => sendOne(batch, delivery, () => send(delivery))));
}

/** Sends one after the other, until one does not arrive; the later ones have to wait for it. */
async function sendInOrder(services: Services, batch: Batch): Promise<void> {
  const { claimed, finished, took, released } = batch;
  const until = services.now() + IN_ORDER_FOR_MS;
  let goesOn = true;
  for (const delivery of claimed) {
    goesOn &&= services.now() < until;
    if (!goesOn) {
      released.push(delivery.id);
      continue;
    }
    const sent = await sendOne(batch, delivery, async () => ({
      attempted: await attemptDelivery(services, delivery),
    }));
    if (sent?.attempted) finished.push(sent.attempted);
    goesOn = sent?.attempted?.outcome.kind === 'succeeded';
    if (goesOn) took.add(delivery.endpointId);
  }
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

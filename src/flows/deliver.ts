import { type SendReport, sendWebhook } from '../delivery/send.ts';
import { signWebhook } from '../delivery/sign.ts';
import { decideOutcome, type DeliveryOutcome } from '../domain/delivery-outcome.ts';
import { checkEndpointUrl } from '../domain/endpoint-urls.ts';
import { newId } from '../domain/ids.ts';
import { log } from '../log.ts';
import type { WorkMessage } from '../queue/messages.ts';
import type { Services } from '../services.ts';
import {
  type AttemptRecord,
  claimDeliveries,
  type ClaimedDelivery,
  recordAttempts,
} from '../storage/deliveries.ts';
import { SLOW_AFTER_FAILURES } from '../storage/facts.ts';
import { unseal } from '../storage/sealed.ts';
import { secretContext } from './manage-endpoints.ts';

/** Longer than a send can take (17 s), and than recording it while D1 is slow. */
const LEASE_MS = 60_000;
/** Shorter waits get a delayed message: the schedule's 10 minutes with their jitter. Longer ones the sweep finds. */
const MAX_QUEUED_WAIT_MS = 12 * 60_000;

interface Attempted {
  delivery: ClaimedDelivery;
  at: number;
  report: SendReport;
  outcome: DeliveryOutcome;
}

/**
 * Sends what is due of these deliveries, at most 6 (an invocation's connections): claim, send all at once, record. Two
 * D1 round trips. A crash between sending and recording leads, when the lease is over, to the same bytes again.
 */
export async function deliver(
  services: Services,
  ids: readonly string[],
  lane: 'main' | 'slow' = 'main',
): Promise<void> {
  const leaseToken = crypto.randomUUID();
  const now = services.now();
  const { claimed, slow } = await claimDeliveries(services.database, {
    ids,
    lane,
    leaseToken,
    leaseUntil: now + LEASE_MS,
    now,
  });
  if (slow.length > 0) await services.wake([{ type: 'deliver', deliveryIds: slow }], 'slow');
  const results = await Promise.all(claimed.map((delivery) => attemptDelivery(services, delivery)));
  const attempted = results.filter((result) => result !== undefined);
  if (attempted.length === 0) return;
  const written = await recordAttempts(
    services.database,
    leaseToken,
    attempted.map(toRecord),
    services.now(),
  );
  if (written.size < attempted.length) {
    log('warn', 'a delivery was taken over or canceled while it was being sent', {
      deliveries: attempted.map(({ delivery }) => delivery.id).filter((id) => !written.has(id)),
    });
  }
  await wakeRetries(
    services,
    attempted.filter(({ delivery }) => written.has(delivery.id)),
  );
}

/** One attempt; undefined when the gateway itself could not make it, which is no fault of the endpoint's. */
async function attemptDelivery(
  services: Services,
  delivery: ClaimedDelivery,
): Promise<Attempted | undefined> {
  let secret: string;
  try {
    secret = await unseal(services.config, secretContext(delivery.endpointId), delivery.sealedSecret);
  } catch (error) {
    // Not an attempt: it would use up the schedule. The lease runs out and the sweep tries again until a key is back.
    log('error', 'an endpoint’s secret cannot be opened', { endpoint: delivery.endpointId, error });
    return undefined;
  }
  const at = services.now();
  const report = await send(services, delivery, secret, at);
  const outcome = decideOutcome(report.answer, {
    attempt: delivery.attempts + 1,
    now: services.now(),
    random: Math.random(),
  });
  return { delivery, at, report, outcome };
}

async function send(
  services: Services,
  delivery: ClaimedDelivery,
  secret: string,
  at: number,
): Promise<SendReport> {
  const { config } = services;
  const url = checkEndpointUrl(delivery.url, { ownUrl: config.url, development: config.development });
  if (!url.ok) return { answer: { error: 'disallowed_url' }, latencyMs: 0, response: null };
  const signature = await signWebhook({
    id: delivery.factId,
    timestamp: Math.floor(at / 1000),
    body: delivery.body,
    secrets: [secret],
  });
  return sendWebhook(url.value, signature, delivery.body);
}

function toRecord({ delivery, at, report, outcome }: Attempted): AttemptRecord {
  const { answer, latencyMs, response } = report;
  return {
    deliveryId: delivery.id,
    attemptId: newId('att'),
    at,
    httpStatus: 'status' in answer ? answer.status : null,
    error: 'error' in answer ? answer.error : null,
    latencyMs,
    response,
    status: outcome.kind === 'succeeded' || outcome.kind === 'failed' ? outcome.kind : 'pending',
    nextAttemptAt: 'nextAttemptAt' in outcome ? outcome.nextAttemptAt : at,
    finishedAt: 'nextAttemptAt' in outcome ? null : at + latencyMs,
    succeeded: outcome.kind === 'succeeded',
    gone: outcome.kind === 'gone',
  };
}

async function wakeRetries(services: Services, attempted: readonly Attempted[]): Promise<void> {
  const lanes = { main: [] as Retry[], slow: [] as Retry[] };
  for (const { delivery, outcome } of attempted) {
    if (outcome.kind !== 'retry' || outcome.waitMs > MAX_QUEUED_WAIT_MS) continue;
    const lane = delivery.failures + 1 >= SLOW_AFTER_FAILURES ? 'slow' : 'main';
    lanes[lane].push({
      message: { type: 'deliver', deliveryIds: [delivery.id] },
      delaySeconds: Math.ceil(outcome.waitMs / 1000),
    });
  }
  try {
    for (const lane of ['main', 'slow'] as const) await services.wakeLater(lanes[lane], lane);
  } catch (error) {
    // Recorded is what counts: the sweep finds what no message wakes.
    log('warn', 'retries could not be queued', { error });
  }
}

interface Retry {
  message: WorkMessage;
  delaySeconds: number;
}

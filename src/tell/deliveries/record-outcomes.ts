import { newId } from '../../base/ids.rules.ts';
import { log } from '../../base/log.ts';
import type { Services } from '../../base/services.ts';
import { SLOW_ANSWER_MS } from '../endpoints/endpoint-health.rules.ts';
import { tellEndpointHealth } from '../endpoints/tell-endpoint-health.ts';
import type { Attempted } from './attempt-delivery.ts';
import { type AttemptRecord, recordAttempts } from './delivery-attempts.rows.ts';
import { isSlowDown } from './delivery-outcome.rules.ts';
import { wakeAfterAttempts } from './wake-after-attempts.ts';

/**
 * Records attempts that were made under `leaseToken`, and wakes and tells what follows from them. Resolves to how many
 * of them arrived. @throws what D1 throws; nothing is recorded then.
 */
export async function recordOutcomes(
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

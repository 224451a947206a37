import { SLOW_AFTER_FAILURES } from '../endpoints/endpoint-health.rules.ts';
import { deliverMessages, drainMessage } from '../../base/messages.ts';
import type { WakeUp } from '../../base/wake.ts';
import type { Services } from '../../base/services.ts';
import type { Attempted } from './attempt-delivery.ts';

/**
 * Deliveries that wait less than this (the schedule's 10 minutes with jitter) get a delayed message. The sweep finds
 * those that wait longer.
 */
const MAX_QUEUED_WAIT_MS = 12 * 60_000;

/**
 * Wakes what follows from attempts: retries, deliveries that had to wait for one of these (`unblocked`), the backlog of
 * an endpoint that answers again. All of it is recorded already, so the sweep finds what a lost message did not wake.
 */
export function wakeAfterAttempts(
  services: Services,
  attempted: readonly Attempted[],
  unblocked: readonly string[],
): void {
  const main: WakeUp[] = deliverMessages(unblocked).map((message) => ({ message, delaySeconds: 0 }));
  const slow: WakeUp[] = [];
  const recovered = new Set<string>();
  for (const { delivery, outcome } of attempted) {
    if (outcome.kind === 'retry' && outcome.waitMs <= MAX_QUEUED_WAIT_MS) {
      const lane = delivery.failures + 1 >= SLOW_AFTER_FAILURES ? slow : main;
      lane.push({
        message: { type: 'deliver', deliveryIds: [delivery.id] },
        delaySeconds: Math.ceil(outcome.waitMs / 1000),
      });
    }
    if (outcome.kind === 'succeeded' && delivery.failures > 0) recovered.add(delivery.endpointId);
  }
  for (const endpointId of recovered) main.push({ message: drainMessage(endpointId), delaySeconds: 0 });
  services.wakeLater(main);
  services.wakeLater(slow, 'slow');
}

import type { Services } from '../../base/services.ts';
import type { ClaimedDelivery } from './claimed-deliveries.rows.ts';
import { createConnections } from './connections.ts';
import type { FirstLease } from './first-attempts.ts';
import { sendDeliveries } from './send-deliveries.ts';

/** An answer may take 17 s, and recording it a moment. */
const ATTEMPT_MS = 20_000;

/**
 * Makes and records the first attempts that were leased with their events, unless D1 took so long to commit them that the
 * lease may end before they do: then the sweep finds them. @throws what D1 throws
 */
export async function sendFirstAttempts(
  services: Services,
  first: readonly ClaimedDelivery[],
  { leaseToken, leaseUntil }: FirstLease,
): Promise<void> {
  if (services.now() > leaseUntil - ATTEMPT_MS) return;
  // Each has a connection of its own, so none waits for another.
  const connections = createConnections({ limit: first.length });
  await sendDeliveries(services, first, { leaseToken, connections }).ended;
}

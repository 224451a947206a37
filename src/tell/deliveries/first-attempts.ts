import { log } from '../../base/log.ts';
import { deliverMessages, type WorkMessage } from '../../base/messages.ts';
import type { Services } from '../../base/services.ts';
import type { ClaimedDelivery } from './claimed-deliveries.rows.ts';

/**
 * When the invocation dies, the sweep finds its deliveries after this time. It is longer than Cloudflare lets work go on
 * behind an answer, 30 s.
 */
const FIRST_LEASE_MS = 45_000;

/** Who makes first attempts at deliveries that are written, and how many it may. */
export interface FirstLease {
  leaseToken: string;
  /** Milliseconds since 1970. */
  leaseUntil: number;
  most: number;
}

/** A delivery that was made. */
export interface NewDelivery {
  id: string;
  /** It is to be sent in the slow lane. */
  slow: number;
  /** With the lease: the body that is sent, and as JSON all else that sending takes. */
  body: string | null;
  first: string | null;
}

/**
 * For the batch that tells events: the lease of the first attempts that this invocation makes itself (ADR 69). All that
 * are left are reserved until `sendTold`, since two batches may be under way.
 */
export function leaseFirstAttempts(services: Services): FirstLease {
  const { firstAttempts } = services;
  const most = firstAttempts.left;
  firstAttempts.left = 0;
  return { leaseToken: crypto.randomUUID(), leaseUntil: services.now() + FIRST_LEASE_MS, most };
}

/**
 * Once the batch is committed: begins the first attempts under `lease`, behind the answer, and wakes the slow lane for
 * its deliveries. Gives the messages for those of the main lane that are left to the queue.
 */
export function sendTold(
  services: Services,
  made: readonly NewDelivery[],
  lease?: FirstLease,
): WorkMessage[] {
  const first = made.flatMap((row) => readFirst(row) ?? []);
  if (lease) services.firstAttempts.left += lease.most - first.length;
  if (lease && first.length > 0) services.waitUntil(sendFirst(services, first, lease));
  const lane = (isSlow: boolean) =>
    deliverMessages(
      made.filter((row) => row.first === null && (row.slow === 1) === isSlow).map(({ id }) => id),
    );
  services.wake(lane(true), 'slow');
  return lane(false);
}

async function sendFirst(
  services: Services,
  first: readonly ClaimedDelivery[],
  lease: FirstLease,
): Promise<void> {
  try {
    // Only who tells something loads what sends it.
    const { sendFirstAttempts } = await import('./send-first-attempts.ts');
    await sendFirstAttempts(services, first, lease);
  } catch (error) {
    log('warn', 'first attempts could not be made or recorded, the sweep will find them', { error });
  }
}

type SentFirst = Pick<
  ClaimedDelivery,
  | 'eventId'
  | 'endpointId'
  | 'appId'
  | 'mode'
  | 'url'
  | 'sealedUrl'
  | 'format'
  | 'sealedSecret'
  | 'previousSecrets'
> & { passedOn: number };

/** What `tellStatements` leases has not been attempted, and its endpoint is healthy, has no pace and asks for no order. */
function readFirst({ id, body, first }: NewDelivery): ClaimedDelivery | undefined {
  if (first === null || body === null) return undefined;
  const { passedOn, ...same } = JSON.parse(first) as SentFirst;
  return {
    ...same,
    id,
    event: { body, passedOn },
    scheduleStep: 0,
    runStartedAt: null,
    revivals: 0,
    isReplay: false,
    failures: 0,
    isSlow: false,
    isPaced: false,
    ordering: 'none',
  };
}

import { polarEventContext } from '../base/polar-event.rules.ts';
import { newId } from '../base/ids.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import { readNamed } from '../people/named-in.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import { toMilliseconds } from '../polar/versions.rules.ts';
import { log } from '../base/log.ts';
import { observePolarEvent } from '../polar/observe.rules.ts';
import { readOrganizationIds, verifyWebhook } from '../polar/webhooks.ts';
import { Problem } from '../base/problem.ts';
import { reapplyMessages } from '../base/messages.ts';
import type { Services } from '../base/services.ts';
import { runBatch } from '../base/db/database.rows.ts';
import { noteForgotten } from '../people/note-forgotten.rows.ts';
import { seal } from '../base/sealed.ts';
import {
  AlreadyHeard,
  applyObservation,
  describeError,
  isContentError,
} from '../record/apply-observation.ts';
import {
  insertApplied,
  insertUnapplied,
  isStored,
  type NewPolarEvent,
  retryFailed,
} from './polar-events.rows.ts';

/** What was done with a webhook. All of these are answered 2xx, so that Polar does not send it again. */
export type Ingested = 'applied' | 'duplicate' | 'kept_for_later' | 'kept_as_failed';

/**
 * Takes one webhook of Polar's, from its raw body: verify, store, apply, tell. The answer may only be 2xx once the raw
 * Polar event is committed; its effect and its deliveries are in the same batch.
 * @throws {Problem} `invalid_signature`, `organization_mismatch`, `validation_failed` (signed, but no Polar event: nothing to keep),
 * `unavailable` when the Polar event could not be stored: Polar tries again.
 */
export async function ingestPolarEvent(
  services: Services,
  headers: Headers,
  body: string,
): Promise<Ingested> {
  const verified = await verifyWebhook(services.config, headers, body);
  if (!verified.ok) {
    if (verified.reason === 'signature') throw new Problem('invalid_signature');
    throw new Problem('validation_failed', {
      detail: 'The body is signed, but is no Polar event with type, timestamp and data.',
    });
  }
  const { mode, webhookId, type, data } = verified;
  const expected = services.config.modes[mode]?.organizationId;
  if (readOrganizationIds(type, data).some((organizationId) => organizationId !== expected))
    throw new Problem('organization_mismatch');

  const id = newId('pev');
  const base = {
    id,
    mode,
    webhookId,
    type,
    receivedAt: services.now(),
    ...readNamed(type, data),
    sealedBody: await seal(services.config, polarEventContext(id), body),
  };
  try {
    const observation: Observation = observePolarEvent(
      type,
      verified.timestamp,
      data,
      services.config.ownerKeys,
    );
    await applyObservation(services, {
      mode,
      observation,
      origin: 'webhook',
      polarEvent: {
        id,
        webhookId,
        record: (plan) => insertApplied({ ...base, occurredAt: observation.occurredAt }, plan),
      },
    });
    return 'applied';
  } catch (error) {
    if (error instanceof AlreadyHeard) {
      if (error.status === 'failed') await applyFailedAgain(services, mode, webhookId);
      return 'duplicate';
    }
    if (isStored(error)) return 'duplicate';
    return keep(services, { ...base, occurredAt: occurredAt(verified.timestamp, base.receivedAt) }, error);
  }
}

/**
 * After a 5xx Polar holds back every later Polar event, so one that cannot be applied is kept and answered 2xx
 * (invariant 1). When its content is at fault it is stored as failed; any other failure may pass, so the sweep applies
 * it again.
 */
async function keep(services: Services, base: NewPolarEvent, cause: unknown): Promise<Ingested> {
  const isHopeless = isContentError(cause);
  log('error', 'Polar event not applied, kept', {
    polarEventId: base.id,
    type: base.type,
    isHopeless,
    error: cause,
  });
  try {
    const { mode, customerId } = base;
    const { eraseAgain } = await import('../people/erase/hidden.rows.ts');
    await runBatch(services.database, [
      insertUnapplied(base, { status: isHopeless ? 'failed' : 'pending', error: describeError(cause) }),
      ...(customerId ? [noteForgotten(mode, customerId, undefined), eraseAgain(customerId)] : []),
    ]);
    return isHopeless ? 'kept_as_failed' : 'kept_for_later';
  } catch (error) {
    if (isStored(error)) return 'duplicate';
    throw new Problem('unavailable', {
      detail: 'The Polar event could not be stored. Send it again.',
      retryAfter: 5,
      cause: error,
    });
  }
}

/** Polar's "redeliver" button repairs a Polar event that failed: it is applied again, from what is stored. */
async function applyFailedAgain(services: Services, mode: Mode, webhookId: string): Promise<void> {
  const repaired = await retryFailed(services.database, mode, webhookId);
  services.wake(reapplyMessages(repaired.map(({ id }) => id)));
}

function occurredAt(timestamp: string, fallback: number): number {
  try {
    return toMilliseconds(timestamp);
  } catch {
    return fallback;
  }
}

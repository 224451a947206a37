import { polarEventContext } from '../base/polar-event.rules.ts';
import { parseJson } from '../base/json.rules.ts';
import { log } from '../base/log.ts';
import { reapplyMessages } from '../base/messages.ts';
import { observePolarEvent } from '../polar/observe.rules.ts';
import { envelope } from '../polar/objects.rules.ts';
import type { Services } from '../base/services.ts';
import { STATEMENTS } from '../base/db/statement-budget.ts';
import { unseal } from '../base/sealed.ts';
import { applyObservation, describeError, isContentError } from '../record/apply-observation.ts';
import {
  noteApplied,
  noteNotApplied,
  selectUnapplied,
  type UnappliedPolarEvent,
} from './unapplied-polar-events.rows.ts';

/**
 * The sweep tries once a minute. After this many failures there must be a bug, and the Polar event is stored as failed.
 */
const MAX_ATTEMPTS = 60;

/**
 * Applies stored Polar events again: those that waited for something, and failed ones that an operator sends here.
 * Applying is idempotent, so it does no harm when another consumer applies the same one. The sweep tries again after a
 * failure that may pass.
 */
export async function reapplyPolarEvents(
  services: Services,
  polarEventIds: readonly string[],
): Promise<void> {
  const rows = await selectUnapplied(services.database, polarEventIds);
  for (const [index, row] of rows.entries()) {
    if (await services.budget.spend(STATEMENTS.apply, () => reapplyPolarEvent(services, row))) continue;
    services.wake(reapplyMessages(rows.slice(index).map(({ id }) => id)));
    return;
  }
}

async function reapplyPolarEvent(services: Services, row: UnappliedPolarEvent): Promise<void> {
  const { database } = services;
  if (row.sealedBody === null) return;
  try {
    const body = await unseal(services.config, polarEventContext(row.id), row.sealedBody);
    const { type, timestamp, data } = envelope().parse(parseJson(body));
    await applyObservation(services, {
      mode: row.mode,
      observation: observePolarEvent(type, timestamp, data, services.config.ownerKeys),
      origin: 'webhook',
      polarEvent: {
        id: row.id,
        record: (plan) => noteApplied(row, plan),
      },
    });
  } catch (error) {
    const isHopeless = isContentError(error) || row.attempts >= MAX_ATTEMPTS;
    log('error', 'Polar event not applied again', {
      polarEventId: row.id,
      type: row.type,
      isHopeless,
      error,
    });
    await noteNotApplied(database, row, {
      status: isHopeless ? 'failed' : 'pending',
      error: describeError(error),
    });
  }
}

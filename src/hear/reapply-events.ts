import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import { parseJson } from '../base/json.rules.ts';
import { log } from '../base/log.ts';
import { reapplyMessages } from '../base/messages.ts';
import { observeEvent } from '../polar/observe.rules.ts';
import { envelope } from '../polar/objects.rules.ts';
import type { Services } from '../base/services.ts';
import { STATEMENTS } from '../base/db/statement-budget.ts';
import { unseal } from '../base/sealed.ts';
import { events } from '../base/db/schema.rows.ts';
import { applyObservation, describeError, isContentError } from '../record/apply-observation.ts';

/** The sweep comes by each minute: what has failed for this long is a bug, and shown as failed. */
const MAX_ATTEMPTS = 60;

/**
 * Applies stored events again: those that waited for something, and failed ones that an operator sends here. Applying is
 * idempotent, so an event that another consumer is applying too does no harm. What may pass is tried again by the sweep.
 */
export async function reapplyEvents(services: Services, eventIds: readonly string[]): Promise<void> {
  const { database } = services;
  const rows = await database
    .select()
    .from(events)
    .where(
      and(
        sql`${events.id} in (select value from json_each(${JSON.stringify(eventIds)}))`,
        inArray(events.status, ['pending', 'failed', 'unrouted']),
        isNotNull(events.sealedBody),
      ),
    )
    // As it happened at Polar: what waited together is told in that order, whichever came first.
    .orderBy(events.occurredAt, events.receivedAt);
  for (const [index, row] of rows.entries()) {
    if (await services.budget.spend(STATEMENTS.apply, () => reapplyEvent(services, row))) continue;
    services.wake(reapplyMessages(rows.slice(index).map(({ id }) => id)));
    return;
  }
}

async function reapplyEvent(services: Services, row: typeof events.$inferSelect): Promise<void> {
  const { database } = services;
  if (row.sealedBody === null) return;
  try {
    const body = await unseal(services.config, `event:${row.id}`, row.sealedBody);
    const { type, timestamp, data } = envelope.parse(parseJson(body));
    await applyObservation(services, {
      mode: row.mode,
      observation: observeEvent(type, timestamp, data),
      origin: 'webhook',
      event: {
        id: row.id,
        record: (plan) =>
          database
            .update(events)
            .set({
              status: plan.isUnrouted ? 'unrouted' : 'applied',
              appId: plan.appId,
              waitsFor: plan.waitsFor,
              error: null,
              attempts: row.attempts + 1,
            })
            .where(eq(events.id, row.id)),
      },
    });
  } catch (error) {
    const isHopeless = isContentError(error) || row.attempts >= MAX_ATTEMPTS;
    log('error', 'event not applied again', { eventId: row.id, type: row.type, isHopeless, error });
    await database
      .update(events)
      .set({
        status: isHopeless ? 'failed' : 'pending',
        error: describeError(error),
        attempts: row.attempts + 1,
      })
      .where(eq(events.id, row.id));
  }
}

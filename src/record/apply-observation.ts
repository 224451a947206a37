import { $ZodError } from 'zod/v4/core';
import type { EventOrigin } from '../tell/events/events.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import { reapplyMessages, refreshMessages, type WorkMessage } from '../base/messages.ts';
import { stableId } from '../base/ids.rules.ts';
import type { Services } from '../base/services.ts';
import { runBatch, type Statement } from '../base/db/database.rows.ts';
import { deliveryWakeUps, tellStatements } from '../tell/events/events.rows.ts';
import { readRoutingRows } from './routing.rows.ts';
import type { PlannedReread } from './ask-polar-again.rules.ts';
import type { Change, Plan } from './changes.rules.ts';
import { planChanges } from './plan-changes.rules.ts';
import type { RereadKey } from './rereads.rows.ts';
import { wakeArrived, wakeIfCome } from './waiting.rows.ts';
import { writeChange, writeReread } from './write-changes.rows.ts';

/** This webhook was stored before; `status` is what became of it. */
export class AlreadyHeard extends Error {
  override readonly name = 'AlreadyHeard';
  readonly status: string;

  constructor(status: string) {
    super('This webhook was stored before.');
    this.status = status;
  }
}

/** An object to be read again from Polar, now or later. */
export interface RereadRequest extends RereadKey {
  isDue: boolean;
}

/** Where an observation comes from, and what the table of Polar events is to say about it. */
export interface ApplyInput {
  mode: Mode;
  observation: Observation;
  origin: EventOrigin;
  /** The stored Polar event that this is, and the statement that records it, first in the batch. */
  polarEvent?: {
    id: string;
    /** Given while the Polar event is new: then one that came before ends here. */
    webhookId?: string;
    record: (plan: Plan) => Statement;
  };
  /**
   * Takes what is to be read again, instead of a message that reads it at once: for whoever keeps to a budget. The rows
   * then are for later, should it be forgotten.
   */
  onReread?: ((request: RereadRequest) => void) | undefined;
}

/**
 * The one apply flow, for webhook, return and reconcile: read what is around, decide, write everything in one batch.
 * Two D1 round trips. Applying the same thing again changes nothing.
 * @throws {AlreadyHeard} when the webhook came before, or when D1 throws; nothing is written then.
 */
export async function applyObservation(services: Services, input: ApplyInput): Promise<void> {
  const { database } = services;
  const { mode, observation, origin, polarEvent } = input;
  const now = services.now();
  const rows = await readRoutingRows(database, mode, observation, polarEvent?.webhookId);
  if (rows.earlier) throw new AlreadyHeard(rows.earlier.status);
  const isPaced = input.onReread !== undefined;
  const newPaymentId = await paymentIdOf(mode, observation);
  const plan = planChanges({ mode, observation, rows, origin, now, isPaced, newPaymentId });

  const write = (change: Change) => writeChange(database, { mode, now }, change);
  const ask = (reread: PlannedReread) => writeReread(database, { mode, now }, reread);
  const written = await runBatch(database, {
    before: plan.before.map(ask),
    polarEvent: polarEvent ? [polarEvent.record(plan)] : [],
    changes: plan.changes.map(write),
    rereads: plan.rereads.map(ask),
    after: plan.after.map(write),
    ...tellStatements(database, plan.events, { origin, polarEventId: polarEvent?.id ?? null, now }),
    waiting: wakeWaiting(services, input, plan),
  });

  const rereads = [...written.before, ...written.rereads]
    .flat()
    .map(({ due_now: isDue, ...key }) => ({ ...key, isDue: isDue === 1 }));
  for (const request of rereads) input.onReread?.(request);
  const due = isPaced ? [] : rereads.filter(({ isDue }) => isDue);
  const { main, slow } = deliveryWakeUps(written.deliveries.flat());
  services.wake([
    ...main,
    ...due.map(({ mode, kind, id }): WorkMessage => ({ type: 'reread', mode, kind, id })),
    ...plan.refresh.flatMap(refreshMessages),
    ...reapplyMessages(written.waiting.flat().map(({ id }) => id)),
  ]);
  services.wake(slow, 'slow');
}

/** Two looks at one order agree on the id of the payment that it becomes, whichever comes first. */
async function paymentIdOf(mode: Mode, { main }: Observation): Promise<string | null> {
  if (main.kind !== 'order') return null;
  return stableId('pay', `${mode}:${main.row.id}`, main.row.createdAt);
}

/** Stored Polar events that waited for what has come are to be applied again. Runs after the projections, in their batch. */
function wakeWaiting({ database }: Services, { mode, polarEvent }: ApplyInput, plan: Plan) {
  const { arrived, isUnrouted, waitsFor } = plan;
  return [
    ...(arrived.length > 0 ? [wakeArrived(database, mode, arrived, polarEvent?.id)] : []),
    // What it waits for may have come between our read and this batch: then nobody else will wake it.
    ...(polarEvent && isUnrouted && waitsFor !== null
      ? wakeIfCome(database, mode, polarEvent.id, waitsFor)
      : []),
  ];
}

/** Whether the Polar event itself is to blame: what it holds is not what Polar documents, and never will be. */
export function isContentError(error: unknown): boolean {
  return error instanceof $ZodError || error instanceof RangeError || error instanceof SyntaxError;
}

/** What is wrong with an object, field by field, without its values. For errors of `isContentError`. */
export function describeOddity(error: unknown): string {
  const text =
    error instanceof $ZodError
      ? error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')
      : describeError(error);
  return text.slice(0, 300);
}

/** A failure in few words, for the Polar event's row. */
export function describeError(cause: unknown): string {
  const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return text.slice(0, 500);
}

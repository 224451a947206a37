import { $ZodError } from 'zod/v4/core';
import type { EventOrigin } from '../tell/events/events.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import { reapplyMessages, refreshMessages, type RereadKind, type WorkMessage } from '../base/messages.ts';
import type { Services } from '../base/services.ts';
import { runBatch, type Statement } from '../base/db/database.rows.ts';
import { deliveryWakeUps, tellStatements } from '../tell/events/events.rows.ts';
import { readRoutingRows } from './routing.rows.ts';
import { type Plan, planChanges } from './plan-changes.ts';
import { wakeArrived, wakeIfCome } from './waiting.rows.ts';

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
export interface RereadRequest {
  mode: Mode;
  kind: RereadKind;
  id: string;
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
  const plan = await planChanges({ database, mode, observation, rows, origin, now, isPaced });
  const told = tellStatements(database, plan.events, { origin, polarEventId: polarEvent?.id ?? null, now });
  const returning: { read: (rows: unknown) => void; statement: Statement }[] = [];
  const found = {
    rereads: [] as RereadRequest[],
    polarEventIds: [] as string[],
    deliveries: [] as unknown[],
  };

  const ask = (statement: Statement) =>
    returning.push({ statement, read: (result) => found.rereads.push(...readRereads(result)) });
  for (const statement of plan.before) ask(statement);
  for (const statement of [...(polarEvent ? [polarEvent.record(plan)] : []), ...plan.changes])
    returning.push({ statement, read: () => undefined });
  for (const statement of plan.rereads) ask(statement);
  for (const [index, statement] of told.entries()) {
    returning.push({
      statement,
      read: (result) => index === told.length - 1 && found.deliveries.push(...asRows(result)),
    });
  }
  for (const statement of wakeWaiting(services, input, plan)) {
    returning.push({
      statement,
      read: (result) => found.polarEventIds.push(...asRows(result).map(({ id }) => String(id))),
    });
  }

  const results = await runBatch(
    database,
    returning.map(({ statement }) => statement),
  );
  for (const [index, { read }] of returning.entries()) read(results[index]);
  for (const request of found.rereads) input.onReread?.(request);
  wake(services, plan, isPaced ? { ...found, rereads: [] } : found);
}

/** Stored Polar events that waited for what has come are to be applied again. Runs after the projections, in their batch. */
function wakeWaiting({ database }: Services, { mode, polarEvent }: ApplyInput, plan: Plan): Statement[] {
  const { arrived, isUnrouted, waitsFor } = plan;
  return [
    ...(arrived.length > 0 ? [wakeArrived(database, mode, arrived, polarEvent?.id)] : []),
    // What it waits for may have come between our read and this batch: then nobody else will wake it.
    ...(polarEvent && isUnrouted && waitsFor !== null
      ? wakeIfCome(database, mode, polarEvent.id, waitsFor)
      : []),
  ];
}

/** Queue messages for what the batch made. */
function wake(
  services: Services,
  plan: Plan,
  found: { rereads: RereadRequest[]; polarEventIds: string[]; deliveries: unknown[] },
): void {
  const { main, slow } = deliveryWakeUps(found.deliveries);
  const rereads = found.rereads.filter(({ isDue }) => isDue);
  const messages: WorkMessage[] = [
    ...main,
    ...rereads.map(({ mode, kind, id }): WorkMessage => ({ type: 'reread', mode, kind, id })),
  ];
  messages.push(...plan.refresh.flatMap(refreshMessages));
  messages.push(...reapplyMessages(found.polarEventIds));
  services.wake(messages);
  services.wake(slow, 'slow');
}

function asRows(result: unknown): Record<string, unknown>[] {
  return Array.isArray(result) ? (result as Record<string, unknown>[]) : [];
}

function readRereads(result: unknown): RereadRequest[] {
  return asRows(result).map((row) => ({
    mode: row['mode'] as Mode,
    kind: row['kind'] as RereadKind,
    id: String(row['id']),
    isDue: row['due_now'] === 1,
  }));
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

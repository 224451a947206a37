import { $ZodError } from 'zod/v4/core';
import type { EventOrigin, NewEvent } from '../tell/events/events.rules.ts';
import type { Mode } from '../base/mode.rules.ts';
import type { Observation } from '../polar/snapshots.rules.ts';
import { noteRevocation } from '../base/heard-revocations.ts';
import { reapplyMessages, refreshMessages, type WorkMessage } from '../base/messages.ts';
import { stableId } from '../base/ids.rules.ts';
import type { Services } from '../base/services.ts';
import { isUnmet, runBatch, type Statement } from '../base/db/database.rows.ts';
import { leaseFirstAttempts, sendTold } from '../tell/deliveries/first-attempts.ts';
import { tellStatements } from '../tell/events/events.rows.ts';
import { selectRoutingRows } from './routing.rows.ts';
import type { Change, Plan } from './changes.rules.ts';
import { planChanges } from './plan-changes.rules.ts';
import { type RereadKey, requestRereads } from './rereads.rows.ts';
import { stillUnowned } from './still-unowned.rows.ts';
import { wakeArrived, wakeIfCome } from './waiting.rows.ts';
import { writeChange } from './write-changes.rows.ts';

/** This webhook was stored before; `status` is that of its Polar event. */
export class AlreadyHeard extends Error {
  override readonly name = 'AlreadyHeard';
  readonly status: string;

  constructor(status: string) {
    super('This webhook was stored before.');
    this.status = status;
  }
}

const DAY_MS = 86_400_000;

/** An object to be read again from Polar, now or later. */
export interface RereadRequest extends RereadKey {
  isDue: boolean;
}

/** An observation, where it comes from, and what is recorded of its Polar event. */
export interface ApplyInput {
  mode: Mode;
  observation: Observation;
  origin: EventOrigin;
  /** The stored Polar event that this is, and the statement that records it, first in the batch. */
  polarEvent?: {
    id: string;
    /** Given when the Polar event is not stored yet. If one with this id is, `AlreadyHeard` is thrown. */
    webhookId?: string;
    record: (plan: Plan) => Statement;
  };
  /**
   * Called with each object to read again, instead of queueing a message: for callers that read within a budget of
   * their own. The rows in `rereads` are then due later, in case the caller does not get to it.
   */
  onReread?: ((request: RereadRequest) => void) | undefined;
  /** The app that the operator has given this order or subscription to (ADR 109). It counts only while no row says whose it is. */
  adoptedBy?: string | undefined;
  /** Statements about what is applied, last in its batch. */
  note?: ((applied: Applied) => readonly Statement[]) | undefined;
}

/** What a batch applies. */
export interface Applied {
  /** Whose the object is. */
  appId: string | null;
  /** To be told, unless they were before. */
  events: readonly NewEvent[];
  /** Milliseconds; events that are told in this batch have it as the time when they were created. */
  now: number;
}

/**
 * The one apply flow, for webhook, return and reconcile: reads the rows that the observation depends on, decides, and
 * writes everything in one batch. Two D1 round trips. Applying the same thing again changes nothing (invariant 2).
 * @throws {AlreadyHeard} when the webhook came before, or when D1 throws; nothing is written then.
 */
export async function applyObservation(services: Services, input: ApplyInput): Promise<void> {
  try {
    await applyOnce(services, input);
  } catch (error) {
    if (!isUnmet(error)) throw error;
    // Another app has got the purchase meanwhile, and keeps it: the rows say so now.
    await applyOnce(services, input);
  }
}

async function applyOnce(services: Services, input: ApplyInput): Promise<void> {
  const { database } = services;
  const { mode, observation, origin, polarEvent } = input;
  const now = services.now();
  const rows = await selectRoutingRows(database, mode, observation, polarEvent?.webhookId);
  if (rows.earlier) throw new AlreadyHeard(rows.earlier.status);
  const isPaced = input.onReread !== undefined;
  const newPaymentId = await paymentIdOf(mode, observation);
  const { url: gatewayUrl, ownerKeys } = services.config;
  const adoptedBy = input.adoptedBy ?? null;
  const plan = planChanges({
    mode,
    observation,
    rows,
    origin,
    now,
    gatewayUrl,
    ownerKeys,
    isPaced,
    adoptedBy,
    newPaymentId,
  });

  // Taken once more, since what was asked meanwhile was still answered by the rows as they were (ADR 102).
  const thinnedBefore = now - services.config.keepDays.grant_history * DAY_MS;
  const at = { mode, now: services.now(), thinnedBefore, rows };
  const people = isAboutPeople(plan) ? await import('./write-people.rows.ts') : undefined;
  const write = (change: Change) => [...writeChange(at, change), ...(people?.writePeople(at, change) ?? [])];
  const first = leaseFirstAttempts(services);
  const written = await runBatch(database, {
    unowned: stillUnowned(mode, observation, rows, plan.appId),
    before: requestRereads(mode, now, plan.before),
    polarEvent: polarEvent ? [polarEvent.record(plan)] : [],
    changes: plan.changes.map(write),
    rereads: requestRereads(mode, now, plan.rereads),
    after: plan.after.map(write),
    erased: plan.erased === null ? [] : (people?.hideAgain(mode, plan.erased, polarEvent?.id) ?? []),
    ...tellStatements(plan.events, { origin, polarEventId: polarEvent?.id ?? null, now, first }),
    waiting: wakeWaiting(input, plan),
    note: input.note?.({ appId: plan.appId, events: plan.events, now }) ?? [],
  });

  if (observation.main.kind === 'grant' && !observation.main.row.isGranted) noteRevocation();

  const rereads = [...written.before, ...written.rereads]
    .flat()
    .map(({ isDue, ...key }) => ({ ...key, isDue: isDue === 1 }));
  for (const request of rereads) input.onReread?.(request);
  const due = isPaced ? [] : rereads.filter(({ isDue }) => isDue);
  services.wake([
    ...sendTold(services, written.deliveries.flat(), first),
    ...due.map(({ mode, kind, id }): WorkMessage => ({ type: 'reread', mode, kind, id })),
    ...plan.refresh.flatMap(refreshMessages),
    ...reapplyMessages(written.waiting.flat().map(({ id }) => id)),
  ]);
}

/** Whether more follows than from a purchase, which not every isolate loads. */
function isAboutPeople({ erased, changes }: Plan): boolean {
  const isGone = (change: Change) =>
    change.do === 'project' && change.snapshot.kind === 'customer' && change.snapshot.row.deletedAt !== null;
  return erased !== null || changes.some((change) => change.do === 'follow_address' || isGone(change));
}

/** The id of an order's payment follows from the order, so that two observations of one order agree on it. */
async function paymentIdOf(mode: Mode, { main }: Observation): Promise<string | null> {
  if (main.kind !== 'order') return null;
  return stableId('pay', `${mode}:${main.row.id}`, main.row.createdAt);
}

/**
 * Makes stored Polar events pending that waited for what this observation brings (ADR 8). Must come after the
 * projections, in their batch.
 */
function wakeWaiting({ mode, polarEvent }: ApplyInput, plan: Plan) {
  const { arrived, isUnrouted, waitsFor } = plan;
  return [
    ...(arrived.length > 0 ? [wakeArrived(mode, arrived, polarEvent?.id)] : []),
    // What this Polar event waits for may have come between the read and this batch. Then only this statement can wake
    // it.
    ...(polarEvent && isUnrouted && waitsFor !== null ? wakeIfCome(mode, polarEvent.id, waitsFor) : []),
  ];
}

/** Whether the object itself is at fault because it is not what Polar documents, so that trying again does not help. */
export function isContentError(error: unknown): boolean {
  return error instanceof $ZodError || error instanceof RangeError || error instanceof SyntaxError;
}

/** Says what is wrong with an object, field by field, without its values. For errors of `isContentError`. */
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

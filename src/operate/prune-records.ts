import type { Services } from '../base/services.ts';
import { countChanges, runBatch } from '../base/db/database.rows.ts';
import { deleteExpired } from './expired.rows.ts';
import { MAIL_WINDOW_MS } from '../people/sign-in.rows.ts';
import {
  deleteDeliveries,
  deleteOldAudit,
  deleteOldPolarEvents,
  emptyEvents,
  selectOldDeliveries,
} from './told.rows.ts';
import { deleteOldCheckouts, deleteUnpaid, selectUnpaid } from './unpaid.rows.ts';

const DAY_MS = 24 * 60 * 60_000;
/** A checkout is open for a day. */
const CHECKOUT_LIFE_MS = DAY_MS;
/** Checkouts that strangers began are kept for less time than those of a server, which may ask for them (ADR 59). */
const PUBLIC_KEPT_MS = DAY_MS;
/** For this long a comparison with Polar asks how a payment ended. */
const ASKED_FOR_MS = 60 * DAY_MS;
/** Bodies of Polar events are deleted sooner; by the row the gateway recognises a webhook that Polar sends again. */
const POLAR_EVENTS_KEPT_MS = 180 * DAY_MS;
const AUDIT_KEPT_MS = 365 * DAY_MS;

const ATTEMPTS_KEPT_MS = 90 * DAY_MS;

/* Bounds of one step. */
const MAX_PAYMENTS = 200;
const MAX_ROWS = 1_000;
/** In a minute these steps delete more rows than strangers can make in one. */
const MAX_STEPS = 10;
/** The statements that one step may use, so that after a flood the other parts of the run still have room. */
const STATEMENTS_PER_STEP = 12;
const STATEMENTS_LEFT = 100;

/**
 * Repeats `step` while it says that there is more and the budget has room, so that the rows of a flood are deleted as
 * fast as they came (ADR 59).
 */
async function inSteps({ budget }: Services, step: () => Promise<boolean>): Promise<void> {
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const isFirst = steps === 0;
    if (!isFirst && !budget.hasRoomFor(STATEMENTS_PER_STEP + STATEMENTS_LEFT)) return;
    if (!(await step())) return;
  }
}

const isFull = (results: readonly unknown[], limit: number) =>
  countChanges(results).some((changes) => changes >= limit);

/**
 * Deletes what has expired: idempotency keys, one-time codes, sessions, attempts to sign in; the bodies of
 * Polar events and the attempts at deliveries after their time.
 */
export async function pruneExpired(services: Services): Promise<void> {
  const { database, config } = services;
  const now = services.now();
  const before = {
    expired: now,
    signIns: now - MAIL_WINDOW_MS,
    attempts: now - ATTEMPTS_KEPT_MS,
    polarEvents: now - config.keepPolarEventsDays * DAY_MS,
  };
  await inSteps(services, async () =>
    isFull(await runBatch(database, deleteExpired(database, before, MAX_ROWS)), MAX_ROWS),
  );
}

/**
 * Deletes checkouts that nobody paid, some days after they ended, and counts their payments by day (ADR 59). An order
 * that comes later all the same gets a new payment.
 */
export async function pruneUnpaid(services: Services): Promise<void> {
  const { database, config } = services;
  const ended = services.now() - CHECKOUT_LIFE_MS;
  const before = ended - config.keepUnpaidDays * DAY_MS;
  const due = {
    before,
    publicBefore: Math.max(before, ended - PUBLIC_KEPT_MS),
    pendingBefore: before - ASKED_FOR_MS,
  };
  await inSteps(services, async () => {
    const ids = await selectUnpaid(database, due, MAX_PAYMENTS);
    const results = await runBatch(database, [
      ...deleteOldCheckouts(database, { before, limit: MAX_ROWS }),
      ...(ids.length === 0 ? [] : deleteUnpaid(database, ids)),
    ]);
    return ids.length === MAX_PAYMENTS || isFull(results, MAX_ROWS);
  });
}

/** Deletes deliveries that ended, bodies of events, Polar events and audit lines, each after its time (ADR 59). */
export async function pruneTold(services: Services): Promise<void> {
  const { database, config } = services;
  const now = services.now();
  const before = now - config.keepDeliveredDays * DAY_MS;
  await inSteps(services, async () => {
    const ids = await selectOldDeliveries(database, before, MAX_ROWS);
    const results = await runBatch(database, [
      ...(ids.length === 0 ? [] : deleteDeliveries(database, ids)),
      emptyEvents(database, before, MAX_ROWS),
      deleteOldPolarEvents(database, now - POLAR_EVENTS_KEPT_MS, MAX_ROWS),
      deleteOldAudit(database, now - AUDIT_KEPT_MS, MAX_ROWS),
    ]);
    return isFull(results, MAX_ROWS);
  });
}

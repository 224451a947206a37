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
/** What anybody may begin is not kept for as long as what a server began, which may ask for it. */
const PUBLIC_KEPT_MS = DAY_MS;
/** Until then a comparison with Polar asks how a payment ended. */
const ASKED_FOR_MS = 60 * DAY_MS;
/** Their bodies go after 90 days; by their rows a redelivery is known as one. */
const POLAR_EVENTS_KEPT_MS = 180 * DAY_MS;
const AUDIT_KEPT_MS = 365 * DAY_MS;

const ATTEMPTS_KEPT_MS = 90 * DAY_MS;

/* Bounds of one step. */
const MAX_PAYMENTS = 200;
const MAX_ROWS = 1_000;
/** More than anybody can make in a minute. */
const MAX_STEPS = 10;
/** What has come due is less than a step's work, but for a flood's: then others of the same run still have theirs. */
const STATEMENTS_PER_STEP = 12;
const STATEMENTS_LEFT = 100;

/** Repeats `step` while it says that there is more and there is room: a flood goes as fast as it came. */
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
 * Lets go of checkouts that nobody paid, some days after they ended: their payments are counted a day, their events keep
 * only what makes them told once. An order that comes later all the same makes its payment again.
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

/** Lets go of deliveries that ended, of what was told, of Polar events and of the audit log, each after its time. */
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

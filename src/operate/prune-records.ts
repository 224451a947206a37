import { pruneOwnGrants } from '../access/own-grants/own-grants-over.rows.ts';
import type { Services } from '../base/services.ts';
import { countChanges, runBatch } from '../base/db/database.rows.ts';
import { bodiesWalk, deleteExpired, emptyPolarEvents } from './expired.rows.ts';
import { MAIL_WINDOW_MS } from '../people/sign-in.rows.ts';
import {
  deleteDeliveries,
  deleteOldAudit,
  deleteOldPolarEvents,
  deliveriesWalk,
  emptyEvents,
  endedLate,
  eventsWalks,
  nextDeliveries,
} from './told.rows.ts';
import {
  checkoutEventsWalk,
  deleteCheckoutEvents,
  deleteOldCheckouts,
  deleteUnpaid,
  selectUnpaid,
} from './unpaid.rows.ts';
import { nextRows, noteSeen } from './walks.rows.ts';
import { deleteOldActivations } from '../use/license-keys/activations.rows.ts';
import { deleteOldDownloads } from '../use/downloads/downloads.rows.ts';

const DAY_MS = 24 * 60 * 60_000;
/** A checkout is open for a day. */
const CHECKOUT_LIFE_MS = DAY_MS;
/** Checkouts that strangers began are kept for less time than those of a server, which may ask for them (ADR 59). */
const PUBLIC_KEPT_MS = DAY_MS;
/** For this long a comparison with Polar asks how a payment ended. */
const ASKED_FOR_MS = 60 * DAY_MS;
/** Bodies of Polar events are deleted sooner; by the row the gateway recognises a webhook that Polar sends again. */
const POLAR_EVENTS_KEPT_MS = 180 * DAY_MS;
/** After they ran out: a customer's timeline says who signed in. */
const SESSIONS_KEPT_MS = 90 * DAY_MS;
const AUDIT_KEPT_MS = 365 * DAY_MS;
/** Grants of an app's own, after their end: as long as `explain` and `revoked` may need them, and longer than the audit log. */
const OWN_GRANTS_KEPT_MS = 400 * DAY_MS;
/** Who downloaded what; how often each file was downloaded is counted for good (ADR 97). */
const DOWNLOADS_KEPT_MS = 90 * DAY_MS;
/** Who activated a licence key (ADR 101). */
const ACTIVATIONS_KEPT_MS = 365 * DAY_MS;

/* Bounds of one step. */
const MAX_PAYMENTS = 200;
const MAX_ROWS = 1_000;
/** In a minute these steps delete more rows than strangers can make in one. */
const MAX_STEPS = 10;
/** The statements that one step may use, so that after a flood the other parts of the run still have room. */
const STATEMENTS_PER_STEP = 19;
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
 * Deletes what has expired: idempotency keys, one-time codes, sessions, attempts to sign in, machines and public keys whose
 * offline licences are over; and the bodies of Polar events after their time.
 */
export async function pruneExpired(services: Services): Promise<void> {
  const { database, config } = services;
  const now = services.now();
  const before = { expired: now, sessions: now - SESSIONS_KEPT_MS, signIns: now - MAIL_WINDOW_MS };
  const walk = [bodiesWalk(now - config.keepPolarEventsDays * DAY_MS)];
  await inSteps(services, async () => {
    const { deleted, seen } = await runBatch(database, {
      deleted: deleteExpired(database, before, MAX_ROWS),
      seen: nextRows(database, walk, MAX_ROWS),
    });
    await runBatch(database, [...emptyPolarEvents(database, seen), ...noteSeen(database, walk, seen)]);
    return seen.length === MAX_ROWS || isFull(deleted, MAX_ROWS);
  });
}

/**
 * Deletes checkouts that nobody paid, some days after they ended, and counts their payments by day (ADR 59). An order
 * that comes later all the same gets a new payment.
 */
export async function pruneUnpaid(services: Services): Promise<void> {
  const { database, config } = services;
  const now = services.now();
  const ended = now - CHECKOUT_LIFE_MS;
  const before = ended - config.keepUnpaidDays * DAY_MS;
  const due = {
    before,
    publicBefore: Math.max(before, ended - PUBLIC_KEPT_MS),
    pendingBefore: before - ASKED_FOR_MS,
  };
  const walk = [checkoutEventsWalk(before)];
  await inSteps(services, async () => {
    const { unpaid, seen, checkouts } = await runBatch(database, {
      unpaid: selectUnpaid(database, due, MAX_PAYMENTS),
      seen: nextRows(database, walk, MAX_ROWS),
      checkouts: deleteOldCheckouts(before, MAX_ROWS, now),
    });
    await runBatch(database, [
      ...deleteUnpaid(database, unpaid, now),
      ...deleteCheckoutEvents(database, seen),
      ...noteSeen(database, walk, seen),
    ]);
    return unpaid.length === MAX_PAYMENTS || seen.length === MAX_ROWS || isFull(checkouts, MAX_ROWS);
  });
}

/** Deletes deliveries that ended, bodies of events, Polar events, audit lines, downloads, activations and what apps had given, each after its time (ADR 59). */
export async function pruneTold(services: Services): Promise<void> {
  const { database, config } = services;
  const now = services.now();
  const before = now - config.keepDeliveredDays * DAY_MS;
  const polarEventsBefore = now - Math.max(POLAR_EVENTS_KEPT_MS, config.keepPolarEventsDays * DAY_MS);
  const delivered = [deliveriesWalk(before)];
  const told = eventsWalks(before);
  await inSteps(services, async () => {
    const { deleted, ...seen } = await runBatch(database, {
      late: endedLate(database, before, MAX_ROWS),
      delivered: nextDeliveries(database, delivered, MAX_ROWS),
      told: nextRows(database, told, MAX_ROWS),
      deleted: [
        deleteOldPolarEvents(database, polarEventsBefore, MAX_ROWS),
        deleteOldAudit(database, now - AUDIT_KEPT_MS, MAX_ROWS),
        pruneOwnGrants(now - OWN_GRANTS_KEPT_MS, MAX_ROWS),
        deleteOldDownloads(now - DOWNLOADS_KEPT_MS, MAX_ROWS),
        deleteOldActivations(now - ACTIVATIONS_KEPT_MS, MAX_ROWS),
      ],
    });
    await runBatch(database, [
      ...deleteDeliveries(database, [...seen.late, ...seen.delivered], before),
      ...emptyEvents(database, seen.told),
      ...noteSeen(database, delivered, seen.delivered),
      ...noteSeen(database, told, seen.told),
    ]);
    return Object.values(seen).some((rows) => rows.length >= MAX_ROWS) || isFull(deleted, MAX_ROWS);
  });
}

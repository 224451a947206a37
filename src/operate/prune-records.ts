import { pruneOwnGrants } from '../access/own-grants/own-grants-over.rows.ts';
import type { Services } from '../base/services.ts';
import { countChanges, runBatch } from '../base/db/database.rows.ts';
import { bodiesWalk, deleteExpired, emptyPolarEvents } from './expired.rows.ts';
import { deleteOldCounts } from './daily-counts.rows.ts';
import { deleteEndedKeys, deleteOldEndpoints } from './ended.rows.ts';
import { deleteNews, newsWalk, passedBefore } from './news.rows.ts';
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
/* Bounds of one step. */
const MAX_PAYMENTS = 200;
const MAX_ROWS = 1_000;
/** In a minute these steps delete more rows than strangers can make in one. */
const MAX_STEPS = 10;
/** The statements that one step may use, so that after a flood the other parts of the run still have room. */
const STATEMENTS_PER_STEP = 24;
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
  const {
    database,
    config: { keepDays },
  } = services;
  const now = services.now();
  const before = { expired: now, sessions: now - keepDays.sessions * DAY_MS, signIns: now - MAIL_WINDOW_MS };
  const walk = [bodiesWalk(now - keepDays.polar_events * DAY_MS)];
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
  const {
    database,
    config: { keepDays },
  } = services;
  const now = services.now();
  const ended = now - CHECKOUT_LIFE_MS;
  const before = ended - keepDays.unpaid * DAY_MS;
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

/**
 * Deletes deliveries that ended, bodies of events and events that were only news, Polar events, audit lines, downloads, activations,
 * what apps had given, endpoints and keys that were ended, and counts of days, each after its time (ADR 59, ADR 112).
 */
export async function pruneTold(services: Services): Promise<void> {
  const {
    database,
    config: { keepDays },
  } = services;
  const now = services.now();
  const daysAgo = (...days: number[]) => now - Math.max(...days) * DAY_MS;
  const before = daysAgo(keepDays.delivered);
  const polarEventsBefore = daysAgo(keepDays.polar_event_rows, keepDays.polar_events);
  const delivered = [deliveriesWalk(before)];
  const told = eventsWalks(before);
  // A Polar event that is applied again, or sent again, would tell what it told before.
  const { polar_event_rows, polar_events } = keepDays;
  const newsBefore = daysAgo(keepDays.news, keepDays.delivered, polar_event_rows, polar_events) - DAY_MS;
  const news = [newsWalk(newsBefore)];
  await inSteps(services, async () => {
    const { deleted, ...seen } = await runBatch(database, {
      late: endedLate(database, before, MAX_ROWS),
      delivered: nextDeliveries(database, delivered, MAX_ROWS),
      told: nextRows(database, told, MAX_ROWS),
      news: nextRows(database, news, MAX_ROWS),
      deleted: [
        deleteOldPolarEvents(database, polarEventsBefore, MAX_ROWS),
        deleteOldAudit(database, daysAgo(keepDays.audit), MAX_ROWS),
        pruneOwnGrants(daysAgo(keepDays.own_grants), MAX_ROWS),
        deleteOldDownloads(daysAgo(keepDays.downloads), MAX_ROWS),
        deleteOldActivations(daysAgo(keepDays.activations), MAX_ROWS),
        deleteOldEndpoints(before, MAX_ROWS),
        deleteEndedKeys(daysAgo(keepDays.ended_keys), MAX_ROWS),
        deleteOldCounts(daysAgo(keepDays.counts), MAX_ROWS),
      ],
    });
    await runBatch(database, [
      ...deleteDeliveries(database, [...seen.late, ...seen.delivered], before),
      ...emptyEvents(database, seen.told),
      ...deleteNews(database, [...seen.news, ...passedBefore([...seen.late, ...seen.delivered], newsBefore)]),
      ...noteSeen(database, delivered, seen.delivered),
      ...noteSeen(database, told, seen.told),
      ...noteSeen(database, news, seen.news),
    ]);
    return Object.values(seen).some((rows) => rows.length >= MAX_ROWS) || isFull(deleted, MAX_ROWS);
  });
}

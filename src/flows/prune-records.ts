import type { Services } from '../services.ts';
import { runBatch } from '../storage/database.ts';
import {
  deleteDeliveries,
  deleteOldAudit,
  deleteOldEvents,
  emptyFacts,
  selectOldDeliveries,
} from '../storage/told.ts';
import { deleteOldCheckouts, deleteUnpaid, selectUnpaid } from '../storage/unpaid.ts';

const DAY_MS = 24 * 60 * 60_000;
/** A checkout is open for a day. */
const CHECKOUT_LIFE_MS = DAY_MS;
/** Until then a comparison with Polar asks how a payment ended. */
const ASKED_FOR_MS = 60 * DAY_MS;
/** Their bodies go after 90 days; by their rows a redelivery is known as one. */
const EVENTS_KEPT_MS = 180 * DAY_MS;
const AUDIT_KEPT_MS = 365 * DAY_MS;

/* Bounds of one run, of which there is one a minute. */
const MAX_PAYMENTS = 200;
const MAX_ROWS = 1_000;

/**
 * Lets go of checkouts that nobody paid, some days after they ended: their payments are counted a day, their facts keep
 * only what makes them told once. An order that comes later all the same makes its payment again.
 */
export async function pruneUnpaid(services: Services): Promise<void> {
  const { database, config } = services;
  const before = services.now() - CHECKOUT_LIFE_MS - config.keepUnpaidDays * DAY_MS;
  const ids = await selectUnpaid(database, { before, pendingBefore: before - ASKED_FOR_MS }, MAX_PAYMENTS);
  await runBatch(database, [
    ...(ids.length === 0 ? [] : deleteUnpaid(database, ids)),
    ...deleteOldCheckouts(database, { before, limit: MAX_ROWS }),
  ]);
}

/** Lets go of deliveries that ended, of what was told, of Polar's events and of the audit log, each after its time. */
export async function pruneTold(services: Services): Promise<void> {
  const { database, config } = services;
  const now = services.now();
  const before = now - config.keepDeliveredDays * DAY_MS;
  const ids = await selectOldDeliveries(database, before, MAX_ROWS);
  await runBatch(database, [
    ...(ids.length === 0 ? [] : deleteDeliveries(database, ids)),
    emptyFacts(database, before, MAX_ROWS),
    deleteOldEvents(database, now - EVENTS_KEPT_MS, MAX_ROWS),
    deleteOldAudit(database, now - AUDIT_KEPT_MS, MAX_ROWS),
  ]);
}

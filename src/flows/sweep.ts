import { and, asc, eq, inArray, isNotNull, lte, ne, sql } from 'drizzle-orm';
import { MAX_DELIVERIES_PER_MESSAGE, reapplyMessages, type WorkMessage } from '../queue/messages.ts';
import type { Services } from '../services.ts';
import { type DueDelivery, findDueDeliveries } from '../storage/deliveries.ts';
import { SLOW_AFTER_FAILURES } from '../storage/facts.ts';
import { codes, events, idempotencyKeys, rereads, sessions } from '../storage/schema.ts';

/* Bounds of one run. The next is a minute later: what does not fit is not lost, only later. */
const MAX_DELIVERIES = 600;
const MAX_PER_ENDPOINT = 120;
/** A failing endpoint gets a few probes a minute until it answers again, then its backlog. */
const MAX_PER_FAILING_ENDPOINT = 12;
const MAX_EVENTS = 60;
/** Each is a request or two to Polar, whose sandbox takes 100 a minute in all. */
const MAX_REREADS = 20;
const MAX_PRUNED = 500;
const RAW_EVENTS_KEPT_MS = 90 * 24 * 60 * 60_000;

/** Wakes whatever is due in the rows, however its own message was lost. One D1 round trip. */
export async function sweep(services: Services): Promise<void> {
  const now = services.now();
  const { database } = services;
  const [due, pending, wanted] = await database.batch([
    findDueDeliveries(database, {
      now,
      limit: MAX_DELIVERIES,
      perEndpoint: MAX_PER_ENDPOINT,
      perFailing: MAX_PER_FAILING_ENDPOINT,
    }),
    database
      .select({ id: events.id })
      .from(events)
      // The literal lets SQLite use the index of unfinished events.
      .where(and(eq(events.status, 'pending'), sql`status <> 'applied'`, isNotNull(events.sealedBody)))
      .orderBy(asc(events.receivedAt))
      .limit(MAX_EVENTS),
    database
      .select({ mode: rereads.mode, kind: rereads.kind, id: rereads.id })
      .from(rereads)
      .where(lte(rereads.nextAttemptAt, now))
      .orderBy(asc(rereads.nextAttemptAt))
      .limit(MAX_REREADS),
  ]);
  await services.wake([
    ...reapplyMessages(pending.map((event) => event.id)),
    ...wanted.map((reread): WorkMessage => ({ type: 'reread', ...reread })),
    ...toMessages(due.filter((row) => row.failures < SLOW_AFTER_FAILURES)),
  ]);
  await services.wake(toMessages(due.filter((row) => row.failures >= SLOW_AFTER_FAILURES)), 'slow');
}

/** Deletes what has expired, a bounded number a run: idempotency keys, one-time codes, raw events after 90 days. */
export async function prune(services: Services): Promise<void> {
  const now = services.now();
  const { database } = services;
  const oldEvents = database
    .select({ id: events.id })
    .from(events)
    .where(
      and(
        lte(events.receivedAt, now - RAW_EVENTS_KEPT_MS),
        isNotNull(events.sealedBody),
        ne(events.status, 'pending'),
      ),
    )
    .limit(MAX_PRUNED);
  const oldCodes = database
    .select({ hash: codes.hash })
    .from(codes)
    .where(lte(codes.expiresAt, now))
    .limit(MAX_PRUNED);
  const oldSessions = database
    .select({ id: sessions.id })
    .from(sessions)
    .where(lte(sessions.expiresAt, now))
    .limit(MAX_PRUNED);
  await database.batch([
    database.delete(sessions).where(inArray(sessions.id, oldSessions)),
    database.run(sql`
      delete from ${idempotencyKeys} where rowid in (
        select rowid from ${idempotencyKeys} where expires_at <= ${now} limit ${MAX_PRUNED})`),
    database.delete(codes).where(inArray(codes.hash, oldCodes)),
    database.update(events).set({ sealedBody: null }).where(inArray(events.id, oldEvents)),
  ]);
}

function toMessages(due: readonly DueDelivery[]): WorkMessage[] {
  return chunk(due, MAX_DELIVERIES_PER_MESSAGE).map((part) => ({
    type: 'deliver',
    deliveryIds: part.map((row) => row.id),
  }));
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let i = 0; i < items.length; i += size) chunks.push(items.slice(i, i + size));
  return chunks;
}

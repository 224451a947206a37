import { and, asc, eq, inArray, isNotNull, lte, ne, sql } from 'drizzle-orm';
import { deliverMessages, drainMessage, reapplyMessages, type WorkMessage } from '../queue/messages.ts';
import type { Services } from '../services.ts';
import { findBacklogs, readBacklog } from '../storage/backlogs.ts';
import {
  codes,
  deliveryAttempts,
  events,
  idempotencyKeys,
  rereads,
  sessions,
  signInAttempts,
} from '../storage/schema.ts';
import { MAIL_WINDOW_MS } from '../storage/sign-in.ts';
import { tellEndpointHealth } from './tell-endpoint-health.ts';

/* Bounds of one run. The next is a minute later: what does not fit is not lost, only later. */
const MAX_ENDPOINTS = 500;
const MAX_FAILING_ENDPOINTS = 100;
const MAX_EVENTS = 60;
/** Each is a request or two to Polar, whose sandbox takes 100 a minute in all. */
const MAX_REREADS = 20;
const MAX_PRUNED = 500;
/** They come by the dozen for every delivery that fails. */
const MAX_PRUNED_ATTEMPTS = 5_000;
const ATTEMPTS_KEPT_MS = 90 * 24 * 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

/** Wakes whatever is due in the rows, however its own message was lost. */
export async function sweep(services: Services): Promise<void> {
  const now = services.now();
  const { database } = services;
  const [found, pending, wanted] = await database.batch([
    findBacklogs(database, { now, limit: MAX_ENDPOINTS, slowLimit: MAX_FAILING_ENDPOINTS }),
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
  const backlogs = found.map(readBacklog);
  const chains = backlogs.filter(({ deliveryIds }) => deliveryIds === undefined);
  services.wake([
    ...reapplyMessages(pending.map((event) => event.id)),
    ...wanted.map((reread): WorkMessage => ({ type: 'reread', ...reread })),
    ...deliverMessages(backlogs.flatMap(({ deliveryIds }) => deliveryIds ?? [])),
    ...chains.filter(({ isSlow }) => !isSlow).map(({ endpointId }) => drainMessage(endpointId)),
  ]);
  services.wake(
    chains.filter(({ isSlow }) => isSlow).map(({ endpointId }) => drainMessage(endpointId)),
    'slow',
  );
  await tellEndpointHealth(services);
}

/** Deletes what has expired, a bounded number a run: idempotency keys, one-time codes, sessions, attempts to sign in, the bodies of Polar's events and attempts after their time. */
export async function prune(services: Services): Promise<void> {
  const now = services.now();
  const { database, config } = services;
  const oldEvents = database
    .select({ id: events.id })
    .from(events)
    .where(
      and(
        lte(events.receivedAt, now - config.keepPolarEventsDays * DAY_MS),
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
  const oldSignIns = database
    .select({ id: signInAttempts.id })
    .from(signInAttempts)
    .where(lte(signInAttempts.createdAt, now - MAIL_WINDOW_MS))
    .limit(MAX_PRUNED);
  const oldAttempts = database
    .select({ id: deliveryAttempts.id })
    .from(deliveryAttempts)
    .where(lte(deliveryAttempts.at, now - ATTEMPTS_KEPT_MS))
    .limit(MAX_PRUNED_ATTEMPTS);
  await database.batch([
    database.delete(deliveryAttempts).where(inArray(deliveryAttempts.id, oldAttempts)),
    database.delete(sessions).where(inArray(sessions.id, oldSessions)),
    database.delete(signInAttempts).where(inArray(signInAttempts.id, oldSignIns)),
    database.run(sql`
      delete from ${idempotencyKeys} where rowid in (
        select rowid from ${idempotencyKeys} where expires_at <= ${now} limit ${MAX_PRUNED})`),
    database.delete(codes).where(inArray(codes.hash, oldCodes)),
    database.update(events).set({ sealedBody: null }).where(inArray(events.id, oldEvents)),
  ]);
}

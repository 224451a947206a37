import { and, eq, isNull, sql } from 'drizzle-orm';
import { type Database, type Statement, violates } from '../base/db/database.rows.ts';
import { idempotencyKeys } from '../base/db/schema.rows.ts';

export interface IdempotencyKey {
  appId: string;
  route: string;
  key: string;
}

export type IdempotencyRow = typeof idempotencyKeys.$inferSelect;

/** A crash frees the key after this; a request that takes longer has lost it. */
const LEASE_MS = 30_000;
const KEPT_MS = 24 * 60 * 60_000;

const isKey = ({ appId, route, key }: IdempotencyKey) =>
  and(eq(idempotencyKeys.appId, appId), eq(idempotencyKeys.route, route), eq(idempotencyKeys.key, key));

/**
 * Takes the key when it is new, expired, or left behind by the same request after a crash; else leaves it alone. Then
 * reads who has it: two statements for one batch.
 */
export function claimStatements(
  database: Database,
  id: IdempotencyKey,
  claim: { fingerprint: string; leaseToken: string; now: number },
) {
  const { now } = claim;
  const values = {
    fingerprint: claim.fingerprint,
    leaseToken: claim.leaseToken,
    leaseUntil: now + LEASE_MS,
    status: null,
    sealedBody: null,
    createdAt: now,
    expiresAt: now + KEPT_MS,
  };
  return {
    taken: database
      .insert(idempotencyKeys)
      .values({ ...id, ...values })
      .onConflictDoUpdate({
        target: [idempotencyKeys.appId, idempotencyKeys.route, idempotencyKeys.key],
        set: values,
        setWhere: sql`${idempotencyKeys.expiresAt} <= ${now} or (${idempotencyKeys.status} is null
          and ${idempotencyKeys.leaseUntil} <= ${now} and ${idempotencyKeys.fingerprint} = ${claim.fingerprint})`,
      }),
    holder: database.select().from(idempotencyKeys).where(isKey(id)).limit(1),
  };
}

/**
 * Stores the answer, for the batch of what it answers. Whoever has lost the lease meanwhile must not write: then this
 * breaks the column's `not null`, and with it the whole batch. See `isLeaseLost`.
 */
export function finishStatement(
  database: Database,
  id: IdempotencyKey,
  answer: {
    fingerprint: string;
    leaseToken: string;
    status: number;
    sealedBody: string;
    paymentId: string | null;
  },
  now: number,
): Statement {
  // Also when the row is gone (taken over by another request, and given back): the answer must be kept in any case.
  return database
    .insert(idempotencyKeys)
    .values({
      ...id,
      ...answer,
      leaseUntil: now,
      createdAt: now,
      expiresAt: now + KEPT_MS,
    })
    .onConflictDoUpdate({
      target: [idempotencyKeys.appId, idempotencyKeys.route, idempotencyKeys.key],
      set: {
        fingerprint: sql`iif(${idempotencyKeys.leaseToken} = ${answer.leaseToken}, ${idempotencyKeys.fingerprint}, null)`,
        status: answer.status,
        sealedBody: answer.sealedBody,
        paymentId: answer.paymentId,
      },
    });
}

/** Whether a batch failed because its `finishStatement` found the key in other hands. */
export function isLeaseLost(error: unknown): boolean {
  return violates(error, 'NOT NULL: idempotency_keys.fingerprint');
}

/** Gives the key back unused. One with an answer stays: the batch was committed, and only D1's word of it got lost. */
export function releaseStatement(database: Database, id: IdempotencyKey, leaseToken: string): Statement {
  return database
    .delete(idempotencyKeys)
    .where(and(isKey(id), eq(idempotencyKeys.leaseToken, leaseToken), isNull(idempotencyKeys.status)));
}

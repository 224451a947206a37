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
 * Two statements for one batch: the first takes the key when it is new, expired, or left by the same request after a
 * crash; the second reads who has it.
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
 * Stores the answer in the batch that does the work. If the lease was lost meanwhile, this violates the column's `not
 * null` and the whole batch does nothing (ADR 13). See `isLeaseLost`.
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
  // It inserts the row if another request has taken the key over and released it, since the answer must be kept in any
  // case.
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

/** Whether a batch failed because another request has taken the key over. */
export function isLeaseLost(error: unknown): boolean {
  return violates(error, 'NOT NULL: idempotency_keys.fingerprint');
}

/**
 * Releases the key unused. A key with an answer stays, since then the batch was committed and only D1's confirmation
 * was lost.
 */
export function releaseStatement(database: Database, id: IdempotencyKey, leaseToken: string): Statement {
  return database
    .delete(idempotencyKeys)
    .where(and(isKey(id), eq(idempotencyKeys.leaseToken, leaseToken), isNull(idempotencyKeys.status)));
}

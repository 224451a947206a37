import { violates } from '../base/db/database.rows.ts';
import { command, query } from '../base/db/sql.rows.ts';

export interface IdempotencyKey {
  appId: string;
  route: string;
  key: string;
}

/** Who has a key. */
export interface IdempotencyRow {
  fingerprint: string;
  leaseToken: string;
  leaseUntil: number;
  /** Null: not finished. */
  status: number | null;
  sealedBody: string | null;
}

/** A crash frees the key after this; a request that takes longer has lost it. */
const LEASE_MS = 30_000;
const KEPT_MS = 24 * 60 * 60_000;

type Id = { appId: string; route: string; key: string };
const IS_KEY = 'app_id = :appId and route = :route and key = :key';

const take = command<
  Id & { fingerprint: string; leaseToken: string; leaseUntil: number; now: number; expiresAt: number }
>(`
  insert into idempotency_keys (app_id, route, key, fingerprint, lease_token, lease_until, created_at, expires_at)
  values (:appId, :route, :key, :fingerprint, :leaseToken, :leaseUntil, :now, :expiresAt)
  on conflict (app_id, route, key) do update set fingerprint = excluded.fingerprint, lease_token = excluded.lease_token,
    lease_until = excluded.lease_until, status = null, sealed_body = null, created_at = excluded.created_at,
    expires_at = excluded.expires_at
  where expires_at <= :now or (status is null and lease_until <= :now and fingerprint = excluded.fingerprint)`);

const holderOf = query<Id, IdempotencyRow>(`
  select fingerprint, lease_token as leaseToken, lease_until as leaseUntil, status, sealed_body as sealedBody
  from idempotency_keys where ${IS_KEY}`);

/**
 * Two statements for one batch: the first takes the key when it is new, expired, or left by the same request after a
 * crash; the second reads who has it.
 */
export function claimStatements(
  id: IdempotencyKey,
  claim: { fingerprint: string; leaseToken: string; now: number },
) {
  const { now } = claim;
  return {
    taken: take({ ...id, ...claim, leaseUntil: now + LEASE_MS, expiresAt: now + KEPT_MS }),
    holder: holderOf({ ...id }),
  };
}

interface FinishedAnswer {
  fingerprint: string;
  leaseToken: string;
  status: number;
  sealedBody: string;
  paymentId: string | null;
}

// It inserts the row if another request has taken the key over and released it, since the answer must be kept in any
// case.
const keepAnswer = command<
  Id & {
    fingerprint: string;
    leaseToken: string;
    status: number;
    sealedBody: string;
    paymentId: string | null;
    now: number;
    expiresAt: number;
  }
>(`
  insert into idempotency_keys (app_id, route, key, fingerprint, lease_token, status, sealed_body, payment_id,
    lease_until, created_at, expires_at)
  values (:appId, :route, :key, :fingerprint, :leaseToken, :status, :sealedBody, :paymentId, :now, :now, :expiresAt)
  on conflict (app_id, route, key) do update set
    fingerprint = iif(lease_token = excluded.lease_token, fingerprint, null),
    status = excluded.status, sealed_body = excluded.sealed_body, payment_id = excluded.payment_id`);

/**
 * Stores the answer in the batch that does the work. If the lease was lost meanwhile, this violates the column's `not
 * null` and the whole batch does nothing (ADR 13). See `isLeaseLost`.
 */
export function finishStatement(id: IdempotencyKey, answer: FinishedAnswer, now: number) {
  return keepAnswer({ ...id, ...answer, now, expiresAt: now + KEPT_MS });
}

/** Whether a batch failed because another request has taken the key over. */
export function isLeaseLost(error: unknown): boolean {
  return violates(error, 'NOT NULL: idempotency_keys.fingerprint');
}

const release = command<Id & { leaseToken: string }>(
  `delete from idempotency_keys where ${IS_KEY} and lease_token = :leaseToken and status is null`,
);

/**
 * Releases the key unused. A key with an answer stays, since then the batch was committed and only D1's confirmation
 * was lost.
 */
export function releaseStatement(id: IdempotencyKey, leaseToken: string) {
  return release({ ...id, leaseToken });
}

import { and, eq, gt, isNull, type SQL, sql } from 'drizzle-orm';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { orm } from '../base/db/orm.rows.ts';
import { codes, payments, type SessionRow, sessions } from '../base/db/schema.rows.ts';

/** Whoever pays for a gift gets no session for it. */
const IS_KEPT = sql`not exists (select 1 from gifts as g where g.payment_id = ${payments.id} and g.canceled_at is null)`;

/**
 * Uses up a payment's nonce and stores a code for it, both or neither: of two requests at once only one gets a code.
 * `used` has a row for that one.
 */
export function issueCodeStatements(
  database: Database,
  issued: { paymentId: string; hash: string; callbackUrl: string; now: number; expiresAt: number },
) {
  return {
    code: orm(database).run(sql`
      insert into ${codes} (hash, app_id, payment_id, callback_url, challenge, expires_at)
      select ${issued.hash}, app_id, id, ${issued.callbackUrl}, code_challenge, ${issued.expiresAt}
      from ${payments} where id = ${issued.paymentId} and nonce_used_at is null and success_url is not null
        and ${IS_KEPT}`),
    used: orm(database)
      .update(payments)
      .set({ nonceUsedAt: issued.now })
      .where(and(eq(payments.id, issued.paymentId), isNull(payments.nonceUsedAt), IS_KEPT))
      .returning({ id: payments.id }),
  };
}

export interface CodeUse {
  hash: string;
  appId: string;
  callbackUrl: string;
  /** The S256 of the verifier; null: none was sent. */
  challenge: string | null;
  isSecretKey: boolean;
  now: number;
}

/** Reads the code's row if the code fits in every part: for a batch before `useCodeStatements`. */
export function readCodeStatement(database: Database, use: CodeUse) {
  return orm(database)
    .select({ payment: payments })
    .from(codes)
    .innerJoin(payments, eq(payments.id, codes.paymentId))
    .where(fits(use))
    .limit(1);
}

/**
 * Uses a code and makes its session, both or neither. When the code does not fit, or is used, the session's `not null`
 * is violated, and the whole batch does nothing (ADR 14). See `isSessionRefused`.
 */
export function useCodeStatements(
  database: Database,
  use: CodeUse,
  session: Omit<SessionRow, 'revokedAt' | 'appId'>,
): Statement[] {
  return [
    orm(database)
      .insert(sessions)
      .values({ ...session, appId: sql`(select ${codes.appId} from ${codes} where ${fits(use)})` }),
    orm(database).update(codes).set({ usedAt: use.now }).where(fits(use)),
  ];
}

/** A code without a challenge needs a secret key, and no verifier may be sent for it (RFC 9700 §2.1.1). */
function fits(use: CodeUse): SQL | undefined {
  return and(
    eq(codes.hash, use.hash),
    eq(codes.appId, use.appId),
    eq(codes.callbackUrl, use.callbackUrl),
    isNull(codes.usedAt),
    gt(codes.expiresAt, use.now),
    use.challenge !== null
      ? eq(codes.challenge, use.challenge)
      : use.isSecretKey
        ? isNull(codes.challenge)
        : sql`false`,
  );
}

import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { Database, Statement } from './database.ts';
import { codes, type PaymentRow, payments, sessions } from './schema.ts';

/**
 * Uses up a payment's nonce and stores a code for it, both or neither: of two requests at once one gets a code. The
 * second statement returns a row for the one that did.
 */
export function issueCodeStatements(
  database: Database,
  issued: { paymentId: string; hash: string; now: number; expiresAt: number },
): Statement[] {
  return [
    database.run(sql`
      insert into ${codes} (hash, app_id, payment_id, callback_url, challenge, expires_at)
      select ${issued.hash}, app_id, id, success_url, code_challenge, ${issued.expiresAt}
      from ${payments} where id = ${issued.paymentId} and nonce_used_at is null and success_url is not null`),
    database
      .update(payments)
      .set({ nonceUsedAt: issued.now })
      .where(and(eq(payments.id, issued.paymentId), isNull(payments.nonceUsedAt)))
      .returning({ id: payments.id }),
  ];
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

export interface NewSession {
  id: string;
  hash: string;
  expiresAt: number;
  label: string | null;
}

/**
 * Uses a code and makes its session in one batch; a code that does not fit in every part stays as it is. A code without
 * a challenge is for secret keys only, and a verifier that was never announced fits no code (RFC 9700 §2.1.1). The
 * session is for the purchase; for the customer too when the app had proven who that is before the checkout.
 */
export async function useCode(
  database: Database,
  use: CodeUse,
  session: NewSession,
): Promise<PaymentRow | undefined> {
  const fits = and(
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
  const [, used, found] = await database.batch([
    database.run(sql`
      insert into ${sessions} (id, hash, app_id, payment_id, customer_id, proof, label, created_at, expires_at)
      select ${session.id}, ${session.hash}, ${codes.appId}, ${codes.paymentId},
        case when ${payments.customerProven} then ${payments.customerId} end,
        iif(${payments.customerProven} and ${payments.customerId} is not null, 'app', 'purchase'),
        ${session.label}, ${use.now}, ${session.expiresAt}
      from ${codes} join ${payments} on ${payments.id} = ${codes.paymentId} where ${fits}`),
    database.update(codes).set({ usedAt: use.now }).where(fits).returning({ paymentId: codes.paymentId }),
    database
      .select({ payment: payments })
      .from(codes)
      .innerJoin(payments, eq(payments.id, codes.paymentId))
      .where(eq(codes.hash, use.hash))
      .limit(1),
  ]);
  return used.length === 1 ? found[0]?.payment : undefined;
}

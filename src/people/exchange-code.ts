import type { ExchangedView } from './sessions.answers.ts';
import { callbackIdentity } from '../http/callback-urls.rules.ts';
import { newId } from '../base/ids.rules.ts';
import { labelBrowser } from './sign-in.rules.ts';
import { Problem } from '../base/problem.ts';
import type { Services } from '../base/services.ts';
import { type CodeUse, readCodeStatement, useCodeStatements } from './codes.rows.ts';
import type { AppRow } from '../base/db/schema.rows.ts';
import { hashSecret, newToken } from '../base/secrets.ts';
import { isSessionRefused } from './sessions.rows.ts';
import { fingerprintOf, withIdempotency } from '../http/idempotency.ts';
import { presentOwnPayment } from '../base/present-payment.ts';

const ROUTE = 'POST /v1/sessions/exchange';

/** A buyer who comes back within a month need not sign in. */
export const SESSION_MS = 30 * 24 * 60 * 60_000;

export interface Exchange {
  code: string;
  callbackUrl: string;
  verifier: string | undefined;
  /** The caller has a secret key, not a publishable one. */
  isSecretKey: boolean;
  userAgent: string | undefined;
}

/**
 * Makes a session for the purchase that a code stands for; for the customer too when the app had proven who that is
 * before the checkout. An `Idempotency-Key` makes at most one, and gives a lost answer again; the code and its verifier
 * are in the fingerprint, so nobody gets the session by the key alone (ADR 14).
 * @throws {Problem} `invalid_code` for every reason alike: unknown, used, expired, another app's, another callback, a
 * verifier that is wrong, missing or not expected; and see `withIdempotency`
 */
export async function exchangeCode(
  services: Services,
  app: AppRow,
  exchange: Exchange,
  request: { key: string | undefined; rawBody: string },
) {
  const now = services.now();
  const { verifier, isSecretKey, userAgent } = exchange;
  const use: CodeUse = {
    hash: await hashSecret(exchange.code),
    appId: app.id,
    callbackUrl: callbackIdentity(exchange.callbackUrl) ?? '',
    // RFC 7636 §4.6: S256 is what `hashSecret` makes, SHA-256 in base64url.
    challenge: verifier === undefined ? null : await hashSecret(verifier),
    isSecretKey,
    now,
  };
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, String(isSecretKey), request.rawBody),
    prefetch: readCodeStatement(services.database, use),
  };
  try {
    return await withIdempotency(services, once, async ([found]) => {
      if (!found) throw new Problem('invalid_code');
      const { payment } = found;
      const session = newToken('session', app.mode);
      const customerId = payment.customerProven ? payment.customerId : null;
      const expiresAt = now + SESSION_MS;
      return {
        status: 200,
        body: {
          session,
          expires_at: new Date(expiresAt).toISOString(),
          subject: { payment_id: payment.id, customer_id: customerId },
          payment: await presentOwnPayment(services, payment),
        } satisfies ExchangedView,
        commit: useCodeStatements(services.database, use, {
          id: newId('ses'),
          hash: await hashSecret(session),
          paymentId: payment.id,
          customerId,
          externalId: null,
          memberId: null,
          proof: customerId === null ? 'purchase' : 'app',
          holder: 'app',
          email: null,
          label: labelBrowser(userAgent),
          createdAt: now,
          expiresAt,
        }),
      };
    });
  } catch (error) {
    throw isSessionRefused(error) ? new Problem('invalid_code') : error;
  }
}

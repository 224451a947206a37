import { normalizeUrl } from '../domain/callback-urls.ts';
import { newId } from '../domain/ids.ts';
import { viewPayment } from '../domain/payment.ts';
import { labelBrowser } from '../domain/sign-in.ts';
import { Problem } from '../problem.ts';
import type { Services } from '../services.ts';
import { useCode } from '../storage/codes.ts';
import type { AppRow, SessionRow } from '../storage/schema.ts';
import { hashSecret, newToken } from '../storage/secrets.ts';
import { revokeSession } from '../storage/sessions.ts';
import { forgetCallers } from './identify-caller.ts';

/** A buyer who comes back within a month need not prove anything again. */
export const SESSION_MS = 30 * 24 * 60 * 60_000;

export interface Exchange {
  code: string;
  callbackUrl: string;
  verifier: string | undefined;
  /** Proven with a secret key, not a publishable one. */
  isSecretKey: boolean;
  userAgent: string | undefined;
}

/**
 * A session for the purchase that a code stands for. One D1 round trip.
 * @throws {Problem} `invalid_code` for every reason alike: unknown, used, expired, another app's, another callback, a
 * verifier that is wrong, missing or was never announced.
 */
export async function exchangeCode(services: Services, app: AppRow, exchange: Exchange) {
  const now = services.now();
  const session = newToken('session', app.mode);
  const expiresAt = now + SESSION_MS;
  // RFC 7636 §4.6: S256 is what `hashSecret` makes, SHA-256 in base64url.
  const challenge = exchange.verifier === undefined ? null : await hashSecret(exchange.verifier);
  const payment = await useCode(
    services.database,
    {
      hash: await hashSecret(exchange.code),
      appId: app.id,
      callbackUrl: normalizeUrl(exchange.callbackUrl) ?? '',
      challenge,
      isSecretKey: exchange.isSecretKey,
      now,
    },
    { id: newId('ses'), hash: await hashSecret(session), expiresAt, label: labelBrowser(exchange.userAgent) },
  );
  if (!payment) throw new Problem('invalid_code');
  return {
    session,
    expires_at: new Date(expiresAt).toISOString(),
    subject: { payment_id: payment.id, customer_id: payment.customerProven ? payment.customerId : null },
    payment: viewPayment(payment),
  };
}

/** Ends a session: at once in this isolate, within 30 s in others. */
export async function endSession(services: Services, session: SessionRow): Promise<void> {
  await revokeSession(services.database, session.id, services.now());
  forgetCallers();
}

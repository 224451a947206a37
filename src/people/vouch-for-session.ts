import type { NamedSubject } from '../base/subject.rules.ts';
import { newId } from '../base/ids.rules.ts';
import { labelBrowser } from './sign-in.rules.ts';
import type { Services } from '../base/services.ts';
import type { AppRow, SessionRow } from '../base/db/schema.rows.ts';
import { hashSecret, newToken } from '../base/secrets.ts';
import { insertSession } from './sessions.rows.ts';
import { fingerprintOf, withIdempotency } from '../http/idempotency.ts';
import { presentNewSession } from './present-session.ts';

const ROUTE = 'POST /v1/sessions';

interface Vouched {
  subject: NamedSubject;
  ttlSeconds: number;
  userAgent: string | undefined;
}

/**
 * A session for the user whom the app vouches for, by its external id or Polar's id. At most one for an
 * `Idempotency-Key`. @throws {Problem} see `withIdempotency`
 */
export function vouchForSession(
  services: Services,
  app: AppRow,
  { subject, ttlSeconds, userAgent }: Vouched,
  request: { key: string | undefined; rawBody: string },
) {
  const once = {
    appId: app.id,
    route: ROUTE,
    key: request.key,
    fingerprint: () => fingerprintOf(ROUTE, request.rawBody),
    prefetch: [],
  };
  return withIdempotency(services, once, async () => {
    const now = services.now();
    const token = newToken('session', app.mode);
    const session: Omit<SessionRow, 'revokedAt'> = {
      id: newId('ses'),
      hash: await hashSecret(token),
      appId: app.id,
      paymentId: null,
      customerId: subject.kind === 'external' ? null : subject.customerId,
      externalId: subject.kind === 'external' ? subject.externalId : null,
      memberId: subject.kind === 'member' ? subject.memberId : null,
      proof: 'app',
      holder: 'app',
      email: null,
      label: labelBrowser(userAgent),
      createdAt: now,
      expiresAt: now + ttlSeconds * 1000,
    };
    return {
      status: 201,
      body: presentNewSession(token, session),
      commit: [insertSession(services.database, session)],
    };
  });
}

import type { Services } from '../base/services.ts';
import type { AppRow, SessionRow } from '../base/db/schema.rows.ts';
import { hashSecret, readTokenKind } from '../base/secrets.ts';
import { findAddressHolder } from './address-holder.rows.ts';
import { findGatewaySession, revokeSession } from './sessions.rows.ts';

export interface Visitor {
  app: AppRow;
  session: SessionRow;
}

/**
 * The visitor to whom the cookie of the gateway's own pages belongs; undefined for none, and for an app's session token
 * (ADR 33). One D1 round trip.
 */
export async function findVisitor(
  services: Services,
  token: string | undefined,
): Promise<Visitor | undefined> {
  if (token === undefined || readTokenKind(token)?.kind !== 'session') return undefined;
  return findGatewaySession(services.database, await hashSecret(token), services.now());
}

/** Signs a visitor out of the gateway's own pages. */
export function endVisit(services: Services, { session }: Visitor): Promise<void> {
  return revokeSession(services.database, session.id, services.now());
}

/**
 * The address of Polar's portal for a visitor who has proven their e-mail, made for this one redirect. It shows all of
 * the organization's products, so it goes to that person's browser and never through an app (trust rule 1). When the
 * address is not the customer's any more, the visit is ended and the answer is undefined.
 * @throws {Problem} `polar_…`, `mode_not_configured`
 */
export async function openPortal(services: Services, visitor: Visitor): Promise<string | undefined> {
  const { app, session } = visitor;
  const { customerId, email, proof } = session;
  if (customerId === null || email === null || proof !== 'email') return undefined;
  const { holds, memberId } = await findAddressHolder(services.database, session.id, app.mode);
  if (!holds) {
    await endVisit(services, visitor);
    return undefined;
  }
  return services.polar(app.mode).openPortal({
    customerId,
    memberId,
    returnUrl: `${services.config.url}/sign-in?app=${encodeURIComponent(app.slug)}`,
  });
}

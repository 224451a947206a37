/** Tokens for one customer, or one member of it (facts §6). */

import { token } from '../random.ts';
import type { CustomerRow, CustomerSessionRow } from '../state.ts';
import { HOUR_MS, isoFromMs } from '../time.ts';
import type { World } from '../world.ts';

export function openSession(
  world: World,
  customer: CustomerRow,
  options: { prefix?: 'polar_cst_' | 'polar_mst_'; returnUrl?: string | null; memberId?: string | null } = {},
): string {
  const session = world.tables.customerSessions.insert({
    id: world.id(),
    created_at: world.stamp(),
    token: token(world.random, options.prefix ?? 'polar_cst_'),
    expires_at: isoFromMs(world.now() + HOUR_MS),
    return_url: options.returnUrl ?? null,
    customer_id: customer.id,
    member_id: options.memberId ?? null,
    organization_id: customer.organization_id,
  });
  world.changed();
  return session.token;
}

/** The session behind a token, or undefined when it is unknown or over. */
export function findSession(world: World, sessionToken: string): CustomerSessionRow | undefined {
  const session = world.tables.customerSessions.by('token', sessionToken)[0];
  return session && Date.parse(session.expires_at) > world.now() ? session : undefined;
}

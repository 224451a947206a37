/** Who is asking in the customer portal, and what they may (facts §6). */

import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { Owner } from '../../http/collection.ts';
import { invalidToken, problem, unauthorized } from '../../http/errors.ts';
import { findSession } from '../../life/sessions.ts';
import type { CustomerRow, CustomerSessionRow, MemberRow, OrganizationRow } from '../../state.ts';
import type { World } from '../../world.ts';

export interface PortalEnv {
  Variables: {
    organization: OrganizationRow;
    customer: CustomerRow;
    /** null when the token is the customer's own, which may do everything. */
    member: MemberRow | null;
    session: CustomerSessionRow;
  };
}

export type PortalContext = Context<PortalEnv>;

export const createPortalRouter = (): Hono<PortalEnv> => new Hono<PortalEnv>();

/** A customer's or a member's token; both kinds are accepted wherever either is. */
export function portalAuthentication(world: World): MiddlewareHandler<PortalEnv> {
  return async (context, next) => {
    const token = /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
    if (!token) throw unauthorized();
    const session = findSession(world, token);
    const customer = world.tables.customers.get(session?.customer_id);
    const organization = world.tables.organizations.get(session?.organization_id);
    const member = world.tables.members.get(session?.member_id);
    const isGone = session?.member_id != null && (!member || member.deleted_at !== null);
    if (!session || !customer || customer.deleted_at || !organization || isGone) throw invalidToken();
    context.set('organization', organization);
    context.set('customer', customer);
    context.set('member', member ?? null);
    context.set('session', session);
    return next();
  };
}

/** Refuses everyone but owners and billing managers with a 403. */
export function needBilling(context: PortalContext): void {
  if (context.var.member?.role === 'member') {
    throw problem(403, 'NotPermitted', 'Only owners and billing managers can do this.');
  }
}

export const theCustomer: Owner<'customer', PortalContext> = {
  index: 'customer',
  key: (context) => context.var.customer.id,
};

/** The customer, for what only owners and billing managers may see. */
export const thePayer: Owner<'customer', PortalContext> = {
  index: 'customer',
  key(context) {
    needBilling(context);
    return context.var.customer.id;
  },
};

/** True for a member's own rows, and for every row when the customer asks. */
export const isMine = (context: PortalContext, row: { member_id?: string | null }): boolean =>
  context.var.member === null || row.member_id == null || row.member_id === context.var.member.id;

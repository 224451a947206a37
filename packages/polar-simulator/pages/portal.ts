/** The customer portal (facts §6). What changes something goes through the portal's own API. */

import { type Context, Hono } from 'hono';
import * as z from 'zod';
import type { ApiCall } from '../control/api.ts';
import { type Flash, setFlash, takeFlash } from '../control/flash.ts';
import { readForm, sameOrigin } from '../control/input.ts';
import type { SimulatorEnv } from '../http/app.ts';
import { findSession } from '../life/sessions.ts';
import type { CustomerRow, CustomerSessionRow, GrantRow, MemberRow, OrganizationRow } from '../state.ts';
import type { World } from '../world.ts';
import { type Download, portalPage, sessionOverPage } from './portal-view.ts';

interface Visitor {
  session: CustomerSessionRow;
  organization: OrganizationRow;
  customer: CustomerRow;
  member: MemberRow | undefined;
}

const SAID: Record<string, string> = {
  cancel: 'It is cancelled and ends with its period.',
  uncancel: 'It goes on as before.',
};

export function portalPages(world: World, call: ApiCall): Hono<SimulatorEnv> {
  const routes = new Hono<SimulatorEnv>();
  const { organizations, customers, members, subscriptions, orders, grants } = world.tables;
  routes.use('/:slug/portal', sameOrigin());

  const visitorOf = (context: Context): Visitor | null => {
    const session = findSession(world, context.req.query('customer_session_token') ?? '');
    const organization = organizations.by('slug', context.req.param('slug') ?? '')[0];
    const customer = customers.get(session?.customer_id);
    const member = members.get(session?.member_id);
    const isGone = session?.member_id != null && (!member || member.deleted_at !== null);
    if (!session || !customer || customer.deleted_at || isGone) return null;
    return session.organization_id === organization?.id ? { session, organization, customer, member } : null;
  };

  routes.get('/:slug/portal', async (context) => {
    const visitor = visitorOf(context);
    if (!visitor) return context.html(sessionOverPage(), 401);
    const { session, organization, customer, member } = visitor;
    return context.html(
      portalPage(world, {
        seller: organization.name,
        email: member?.email ?? customer.email ?? '',
        isBilling: !member || member.role !== 'member',
        subscriptions: subscriptions.by('customer', customer.id).toReversed(),
        orders: orders.by('customer', customer.id).toReversed(),
        grants: grants.by('customer', customer.id).filter((grant) => isShown(world, grant, member)),
        downloads: await downloadsOf(call, session.token),
        returnUrl: session.return_url,
        said: takeFlash(context, context.req.path),
        path: addressOf(organization, session),
        page: context.req.query('page'),
      }),
    );
  });

  routes.post('/:slug/portal', async (context) => {
    const visitor = visitorOf(context);
    if (!visitor) return context.html(sessionOverPage(), 401);
    const { action = '', subscription = '' } = await readForm(context);
    const next = addressOf(visitor.organization, visitor.session);
    const text = SAID[action];
    if (!text) return context.redirect(next, 303);
    const path = `/v1/customer-portal/subscriptions/${encodeURIComponent(subscription)}`;
    const change = { cancel_at_period_end: action === 'cancel' };
    const { refusal } = await call(visitor.session.token, 'PATCH', path, change);
    const said: Flash = refusal === null ? { kind: 'done', text } : { kind: 'refused', text: refusal };
    setFlash(context, said, context.req.path);
    return context.redirect(next, 303);
  });

  return routes;
}

const addressOf = (organization: OrganizationRow, session: CustomerSessionRow): string =>
  `/${organization.slug}/portal?customer_session_token=${session.token}`;

/** Revoked and private ones are not shown, and a member sees only what is their own. */
function isShown(world: World, grant: GrantRow, member: MemberRow | undefined): boolean {
  const benefit = world.tables.benefits.get(grant.benefit_id);
  if (grant.is_revoked || benefit?.visibility !== 'public' || benefit.is_deleted) return false;
  return !member || grant.member_id === null || grant.member_id === member.id;
}

const downloadList = z.object({
  items: z.array(
    z.object({
      benefit_id: z.string(),
      file: z.object({ name: z.string(), download: z.object({ url: z.string() }) }),
    }),
  ),
});

async function downloadsOf(call: ApiCall, token: string): Promise<Download[]> {
  const { body } = await call(token, 'GET', '/v1/customer-portal/downloadables/?limit=100');
  const parsed = downloadList.safeParse(body);
  return parsed.success
    ? parsed.data.items.map(({ benefit_id, file }) => ({
        benefitId: benefit_id,
        name: file.name,
        url: file.download.url,
      }))
    : [];
}

/** `/v1/customer-portal`: for customers and members with a session token of their own (facts §6). */

import type { Hono } from 'hono';
import { type SimulatorEnv, createRouter } from '../../http/app.ts';
import { notFound } from '../../http/errors.ts';
import { answerList } from '../../http/lists.ts';
import { portalOrganizationToWire } from '../../wire/portal.ts';
import { checkoutProductToWire } from '../../wire/product.ts';
import type { World } from '../../world.ts';
import { licenseKeyUseRoutes } from '../license-key-use.ts';
import { type PortalEnv, createPortalRouter, portalAuthentication } from './access.ts';
import { portalGrantRoutes, portalLicenseKeyRoutes, portalMeterRoutes } from './benefits.ts';
import { portalCustomerRoutes, portalSessionRoutes } from './customer.ts';
import { downloadRoutes, portalDownloadableRoutes } from './downloads.ts';
import { portalOrderRoutes, portalSubscriptionRoutes } from './purchases.ts';
import { portalMemberRoutes, portalSeatRoutes } from './team.ts';

/** Collections whose address ends with a slash. */
const COLLECTIONS = {
  'benefit-grants': portalGrantRoutes,
  downloadables: portalDownloadableRoutes,
  'license-keys': portalLicenseKeyRoutes,
  meters: portalMeterRoutes,
  orders: portalOrderRoutes,
  subscriptions: portalSubscriptionRoutes,
  wallets: walletRoutes,
};

const BARE = {
  customers: portalCustomerRoutes,
  'customer-session': portalSessionRoutes,
  members: portalMemberRoutes,
  seats: portalSeatRoutes,
};

export const portalCollections: string[] = Object.keys(COLLECTIONS).map(
  (name) => `/v1/customer-portal/${name}/`,
);

/** The routes that work without a token. */
export function portalPublicRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  routes.route('/license-keys', licenseKeyUseRoutes(world));
  routes.route('/downloadables', downloadRoutes(world));
  routes.get('/organizations/:slug', (context) => {
    const organization = world.tables.organizations.by('slug', context.req.param('slug'))[0];
    if (!organization) throw notFound();
    const products = world.tables.products
      .by('organization', organization.id)
      .filter((product) => !product.is_archived && product.visibility === 'public');
    return context.json({
      organization: portalOrganizationToWire(organization),
      products: products.map((product) => checkoutProductToWire(world, product)),
    });
  });
  return routes;
}

export function portalRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  routes.use('*', portalAuthentication(world));
  for (const [name, part] of Object.entries(COLLECTIONS)) routes.route(`/${name}/`, part(world));
  for (const [name, part] of Object.entries(BARE)) routes.route(`/${name}`, part(world));
  return routes;
}

/** Prepaid money is not simulated, so the list of wallets is always empty. */
function walletRoutes(_world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  const sorters = { created_at: () => null, balance: () => null };
  routes.get('/', (context) => answerList(context, [], { sorters, toWire: (row) => row }));
  return routes;
}

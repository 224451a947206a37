/** Which part of the simulator answers which address. */

import { Hono } from 'hono';
import { createApiCall } from './control/api.ts';
import { controlRoutes } from './control/routes.ts';
import {
  type SimulatorEnv,
  answerError,
  authentication,
  bodyLimits,
  framing,
  noRoute,
  slashRedirects,
  versions,
} from './http/app.ts';
import { checkoutPages } from './pages/checkout.ts';
import { documentPages } from './pages/documents.ts';
import { indexPage } from './pages/home.ts';
import { portalPages } from './pages/portal.ts';
import { benefitGrantRoutes, benefitRoutes } from './resources/benefits.ts';
import { checkoutLinkPages } from './resources/checkout-link-visits.ts';
import { checkoutLinkRoutes } from './resources/checkout-links.ts';
import { customFieldRoutes } from './resources/custom-fields.ts';
import { checkoutClientRoutes, checkoutRoutes } from './resources/checkouts.ts';
import { customerSessionRoutes } from './resources/customer-sessions.ts';
import { customerRoutes } from './resources/customers.ts';
import { discountRoutes } from './resources/discounts.ts';
import { disputeRoutes } from './resources/disputes.ts';
import { eventTypeRoutes } from './resources/event-types.ts';
import { eventRoutes } from './resources/events.ts';
import { fileRoutes } from './resources/files.ts';
import { storageRoutes } from './resources/storage.ts';
import { licenseKeyRoutes } from './resources/license-keys.ts';
import { memberRoutes } from './resources/members.ts';
import { customerMeterRoutes, meterRoutes } from './resources/meters.ts';
import { metricRoutes } from './resources/metrics.ts';
import { orderRoutes, paymentRoutes } from './resources/orders.ts';
import { organizationRoutes } from './resources/organizations.ts';
import { portalCollections, portalPublicRoutes, portalRoutes } from './resources/portal/index.ts';
import { productRoutes } from './resources/products.ts';
import { refundRoutes } from './resources/refunds.ts';
import { seatClaimRoutes, seatMailRoutes, seatRoutes } from './resources/seats.ts';
import { subscriptionRoutes } from './resources/subscriptions.ts';
import { webhookRoutes } from './resources/webhooks.ts';
import type { Runner } from './runner.ts';
import type { World } from './world.ts';

/** Every route in the order in which they are tried. */
export function createApp(world: World, runner: Runner): Hono<SimulatorEnv> {
  const collections = {
    '/v1/organizations/': organizationRoutes,
    '/v1/products/': productRoutes,
    '/v1/benefits/': benefitRoutes,
    '/v1/benefit-grants/': benefitGrantRoutes,
    '/v1/meters/': meterRoutes,
    '/v1/metrics/': metricRoutes,
    '/v1/customer-meters/': customerMeterRoutes,
    '/v1/events/': eventRoutes,
    '/v1/event-types/': eventTypeRoutes,
    '/v1/checkouts/': checkoutRoutes,
    '/v1/orders/': orderRoutes,
    '/v1/payments/': paymentRoutes,
    '/v1/subscriptions/': subscriptionRoutes,
    '/v1/refunds/': refundRoutes,
    '/v1/disputes/': disputeRoutes,
    '/v1/discounts/': discountRoutes,
    '/v1/files/': fileRoutes,
    '/v1/checkout-links/': checkoutLinkRoutes,
    '/v1/custom-fields/': customFieldRoutes,
    '/v1/customers/': customerRoutes,
    '/v1/members/': memberRoutes,
    '/v1/customer-sessions/': customerSessionRoutes,
    '/v1/license-keys/': licenseKeyRoutes,
    '/v1/webhooks/': webhookRoutes,
  };
  /** Without a slash at the end. */
  const bare = { '/v1/customer-seats': seatRoutes };
  const app = new Hono<SimulatorEnv>({ strict: true });
  app.use(framing());
  app.onError((error) => answerError(error));
  app.notFound(noRoute);
  const call = createApiCall(world, (request) => app.fetch(request));
  app.route('/', checkoutPages(world, runner));
  app.route('/', documentPages(world));
  app.route('/', indexPage(world));
  app.route('/', portalPages(world, call));
  app.route('/_sim', controlRoutes(world, runner, call));
  app.route('/_sim/seats', seatMailRoutes(world));
  app.route('/', checkoutLinkPages(world));
  app.route('/_storage', storageRoutes(world));
  app.use('/v1/*', versions());
  app.use('/v1/*', bodyLimits());
  app.use('/v1/*', slashRedirects(new Set([...Object.keys(collections), ...portalCollections])));
  app.route('/v1/checkouts/client', checkoutClientRoutes(world));
  app.route('/v1/customer-portal', portalPublicRoutes(world));
  app.route('/v1/customer-portal', portalRoutes(world));
  app.route('/v1/customer-seats/claim', seatClaimRoutes(world));
  app.use('/v1/*', authentication(world));
  for (const [path, routes] of Object.entries({ ...collections, ...bare })) {
    app.route(path, routes(world));
  }
  return app;
}

/** `/api/v1/…` is the same as `/v1/…`. */
export function withoutAlias(request: Request): Request {
  const url = new URL(request.url);
  if (!url.pathname.startsWith('/api/v1/')) return request;
  url.pathname = url.pathname.slice('/api'.length);
  return new Request(url, request);
}

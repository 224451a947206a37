import { type Context, Hono } from 'hono';
import { FREE_ARTICLE } from './articles.ts';
import { forgetSession, readSession } from './cookies.ts';
import { checkAccess } from './gateway.ts';
import { articlePage, homePage } from './pages.ts';
import { type Shelf, SHELVES, type SiteOptions } from './tenants.ts';

/** The texts. What is not paid for never leaves this server. */
export function readingRoutes(options: SiteOptions): Hono {
  const routes = new Hono();
  routes.get('/', (c) => c.html(homePage(FREE_ARTICLE, Object.values(SHELVES))));
  for (const shelf of Object.values(SHELVES)) routes.get(shelf.path, (c) => read(c, options, shelf));
  return routes;
}

async function read(c: Context, options: SiteOptions, shelf: Shelf): Promise<Response> {
  const session = readSession(c, shelf.tenant);
  const access = session ? await checkAccess(options.gatewayUrl, session, shelf.resource) : undefined;
  if (session && !access) forgetSession(c, shelf.tenant);
  return c.html(
    articlePage(shelf, {
      allow: access?.allow ?? false,
      reason: access?.reason ?? 'nobody',
      // Set by the gateway when a buyer comes back without having paid.
      paymentStatus: c.req.query('status'),
      gatewayUrl: options.gatewayUrl,
      publishableKey: options.tenants[shelf.tenant].publishableKey,
    }),
    access?.reason === 'unavailable' ? 503 : 200,
  );
}

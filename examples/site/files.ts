import { type Context, Hono } from 'hono';
import { readSession } from './cookies.ts';
import { findFile } from './gateway-files.ts';
import { messagePage, notFoundPage } from './pages.ts';
import { readTenantName, SHELVES, type SiteOptions } from './tenants.ts';

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** Files on the shop's own address. The link says nothing by itself: each time the gateway is asked whether they may. */
export function fileRoutes({ gatewayUrl }: SiteOptions): Hono {
  const routes = new Hono();
  routes.get(`/files/:tenant/:id{${UUID}}`, async (c) => {
    const tenant = readTenantName(c.req.param('tenant'));
    const session = tenant && readSession(c, tenant);
    if (!tenant) return c.html(notFoundPage(), 404);
    // A HEAD, or a page that is loaded in advance: nobody has clicked yet.
    if (c.req.method === 'HEAD' || /prefetch/i.test(c.req.header('sec-purpose') ?? ''))
      return c.body(null, c.req.method === 'HEAD' ? 204 : 503);
    const link = { href: SHELVES[tenant].path, text: `Go to ${SHELVES[tenant].title}` };
    if (!session) {
      const text = 'Sign in on the account page with the address that you bought with.';
      return c.html(messagePage({ title: 'For those who have bought it', text, link }), 401);
    }
    try {
      const found = await findFile(gatewayUrl, session, c.req.param('id'));
      if (!('refused' in found)) return leadTo(c, found.url);
      const isLater = found.status === 429 || found.status >= 500;
      if (isLater) return c.html(messagePage({ title: 'One moment', text: found.refused, link }), 503);
      return c.html(messagePage({ title: 'This file is not yours', text: found.refused, link }), 403);
    } catch {
      const text = 'The file cannot be fetched right now. Please try again in a moment.';
      return c.html(messagePage({ title: 'One moment', text, link }), 503);
    }
  });
  return routes;
}

/** Anybody who has the address can fetch the file, so no Referer has it. */
function leadTo(c: Context, url: string): Response {
  c.header('referrer-policy', 'no-referrer');
  return c.redirect(url, 303);
}

import { serve } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import path from 'node:path';
import { isOwnHost, misdirected } from '../../packages/polar-simulator/own-host.ts';
import { accountRoutes } from './account.ts';
import { buyingRoutes } from './buying.ts';
import { eventRoutes } from './events-page.ts';
import { openEventStore } from './events.ts';
import { fileRoutes } from './files.ts';
import { hookRoutes } from './hooks.ts';
import { mailRoutes } from './mail-page.ts';
import { notFoundPage } from './pages.ts';
import { readingRoutes } from './reading.ts';
import { receiptRoutes } from './receipts.ts';
import type { SiteOptions } from './tenants.ts';

/*
 * The demo site: Quay sells texts, Atlas sells guides, both through one gateway. A site of its own that knows Floe by
 * its HTTP API only; nothing here is imported from the gateway.
 */
export interface Site {
  url: string;
  close(): Promise<void>;
}

/** Starts listening. @throws when the port is taken. */
export async function startSite(options: SiteOptions): Promise<Site> {
  const app = new Hono();
  let port = options.port;
  // The mail box has sign-in codes in it, so pages of other host names must not read it.
  app.use(async (c, next) =>
    isOwnHost(c.req.header('host'), port, options.hosts)
      ? next()
      : misdirected('This demo site', 'To allow another: FLOE_HOSTS=NAME npm start.'),
  );
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        // The gateway's live page has this shop in a frame.
        frameAncestors: [options.gatewayUrl],
      },
      // It knows no origin but the page's own; `frame-ancestors` says more.
      xFrameOptions: false,
      // With `no-referrer` browsers send `Origin: null` with a form, but this site checks the origin of forms.
      referrerPolicy: 'same-origin',
      strictTransportSecurity: false,
    }),
  );
  app.use(
    '/assets/*',
    serveStatic({
      root: path.join(import.meta.dirname, 'public'),
      rewriteRequestPath: (url) => url.slice('/assets'.length),
    }),
  );
  // Pages depend on who reads them.
  app.use(async (c, next) => {
    await next();
    c.header('cache-control', 'private, no-store');
  });
  const events = await openEventStore(options.eventsFile);
  app.route('/', readingRoutes(options));
  app.route('/', buyingRoutes(options));
  app.route('/', receiptRoutes(options));
  app.route('/', accountRoutes(options));
  app.route('/', fileRoutes(options));
  app.route('/', hookRoutes(options, events));
  app.route('/', eventRoutes(events));
  app.route('/', mailRoutes(options.mailFile));
  app.notFound((c) => c.html(notFoundPage(), 404));
  const site = await listen(app, options);
  port = site.port;
  return site;
}

async function listen(app: Hono, { hostname, port }: SiteOptions): Promise<Site & { port: number }> {
  const server = serve({ fetch: app.fetch, hostname, port });
  const actual = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
  return {
    url: `http://${hostname}:${actual}`,
    port: actual,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

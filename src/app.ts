import { HonoBase } from 'hono/hono-base';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { answerErrors, answerNotFound } from './http/errors.ts';
import { requestContext } from './http/request-context.ts';
import type { App, AppEnv } from './http/route.ts';
import { mountAccess } from './access/access.routes.ts';
import { mountApps } from './operate/apps.routes.ts';
import { mountBrowser } from './sell/browser.routes.ts';
import { mountDocs } from './docs.ts';
import { mountForwardAuth } from './access/forward-auth.routes.ts';
import { mountHealth } from './operate/health.routes.ts';
import { mountJwks } from './access/jwks.routes.ts';
import { mountPayments } from './sell/payments.routes.ts';
import { mountProducts } from './sell/products.routes.ts';
import { mountSessions } from './people/sessions.routes.ts';
import { mountSignIn } from './people/sign-in.routes.ts';
import { mountSignInPages } from './people/sign-in-pages.routes.ts';
import { mountDeliveries } from './tell/deliveries/deliveries.routes.ts';
import { mountPolarEvents } from './hear/polar-events.routes.ts';
import { mountReplays } from './tell/replays/replays.routes.ts';
import { mountEndpoints } from './tell/endpoints/endpoints.routes.ts';
import { mountPolarWebhook } from './hear/polar-webhook.routes.ts';
import { mountReconcile } from './compare/reconcile.routes.ts';
import { browserCalls } from './http/browser-calls.ts';
import { createServices } from './wiring.ts';

/** All of HTTP: the middleware in order, then the routes. */
export function createApp(): App {
  const app = new HonoBase<AppEnv>();
  // The fastest router can take all our paths, so the Worker need not bundle the fallback.
  app.router = new RegExpRouter();
  app.use('*', requestContext(createServices));
  mountForwardAuth(app);
  app.use('/v1/*', browserCalls());
  mountHealth(app);
  mountDocs(app);
  mountApps(app);
  mountPayments(app);
  mountProducts(app);
  mountBrowser(app);
  mountSessions(app);
  mountSignIn(app);
  mountSignInPages(app);
  mountAccess(app);
  mountJwks(app);
  mountEndpoints(app);
  mountDeliveries(app);
  mountReplays(app);
  mountPolarEvents(app);
  mountPolarWebhook(app);
  mountReconcile(app);
  app.onError(answerErrors);
  app.notFound(answerNotFound(app));
  return app;
}

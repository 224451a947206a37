import { HonoBase } from 'hono/hono-base';
import { RegExpRouter } from 'hono/router/reg-exp-router';
import { answerErrors, answerNotFound } from './middleware/errors.ts';
import { requestContext } from './middleware/request-context.ts';
import type { App, AppEnv } from './route.ts';
import { mountAccess } from './routes/access.ts';
import { mountApps } from './routes/apps.ts';
import { mountBrowser } from './routes/browser.ts';
import { mountDocs } from './routes/docs.ts';
import { mountForwardAuth } from './routes/forward-auth.ts';
import { mountHealth } from './routes/health.ts';
import { mountJwks } from './routes/jwks.ts';
import { mountPayments } from './routes/payments.ts';
import { mountProducts } from './routes/products.ts';
import { mountSessions } from './routes/sessions.ts';
import { mountSignIn } from './routes/sign-in.ts';
import { mountSignInPages } from './routes/sign-in-pages.ts';
import { mountDeliveries } from './routes/deliveries.ts';
import { mountRawEvents } from './routes/raw-events.ts';
import { mountReplays } from './routes/replays.ts';
import { mountEndpoints } from './routes/endpoints.ts';
import { mountPolarWebhook } from './routes/polar-webhook.ts';
import { mountReconcile } from './routes/reconcile.ts';
import { browserCalls } from './middleware/browser-calls.ts';

/** The whole HTTP surface: middleware in order, then one file a resource. */
export function createApp(): App {
  const app = new HonoBase<AppEnv>();
  // Every path of ours fits the fastest router, so its fall-back stays out of the Worker.
  app.router = new RegExpRouter();
  app.use('*', requestContext());
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
  mountRawEvents(app);
  mountPolarWebhook(app);
  mountReconcile(app);
  app.onError(answerErrors);
  app.notFound(answerNotFound(app));
  return app;
}

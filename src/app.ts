import { Hono } from 'hono';
import { answerErrors, answerNotFound } from './middleware/errors.ts';
import { requestContext } from './middleware/request-context.ts';
import type { AppEnv } from './route.ts';
import { mountAccess } from './routes/access.ts';
import { mountApps } from './routes/apps.ts';
import { mountBrowser } from './routes/browser.ts';
import { mountDocs } from './routes/docs.ts';
import { mountHealth } from './routes/health.ts';
import { mountJwks } from './routes/jwks.ts';
import { mountPayments } from './routes/payments.ts';
import { mountProducts } from './routes/products.ts';
import { mountSessions } from './routes/sessions.ts';
import { mountDeliveries } from './routes/deliveries.ts';
import { mountEndpoints } from './routes/endpoints.ts';
import { mountPolarWebhook } from './routes/polar-webhook.ts';
import { browserCalls } from './middleware/browser-calls.ts';

/** The whole HTTP surface: middleware in order, then one file a resource. */
export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ strict: true });
  app.use('*', requestContext());
  app.use('/v1/*', browserCalls());
  mountHealth(app);
  mountDocs(app);
  mountApps(app);
  mountPayments(app);
  mountProducts(app);
  mountBrowser(app);
  mountSessions(app);
  mountAccess(app);
  mountJwks(app);
  mountEndpoints(app);
  mountDeliveries(app);
  mountPolarWebhook(app);
  app.onError(answerErrors);
  app.notFound(answerNotFound);
  return app;
}

import { mountAccess } from './access/access.routes.ts';
import { mountExplain } from './access/explain/explain.routes.ts';
import { mountForwardAuth } from './access/forward-auth.routes.ts';
import { mountJwks } from './access/jwks.routes.ts';
import { mountOwnGrants } from './access/own-grants/own-grants.routes.ts';
import { browserCalls } from './http/browser-calls.ts';
import type { App } from './http/route.ts';
import { mountSessions } from './people/sessions.routes.ts';
import { mountSignIn } from './people/sign-in.routes.ts';
import { mountCheckout } from './sell/browser.routes.ts';
import { mountDocuments } from './sell/documents.routes.ts';
import { mountGifts } from './sell/gifts/gifts.routes.ts';
import { mountPayments } from './sell/payments.routes.ts';
import { mountRefunds } from './sell/refunds/refunds.routes.ts';
import { mountProducts } from './sell/products.routes.ts';
import { mountSubscriptionChanges } from './sell/subscriptions/changes.routes.ts';
import { mountSubscriptions } from './sell/subscriptions/subscriptions.routes.ts';
import { mountDeliveries } from './tell/deliveries/deliveries.routes.ts';
import { mountEndpoints } from './tell/endpoints/endpoints.routes.ts';
import { mountCursors } from './tell/feed/cursors.routes.ts';
import { mountDownloads } from './use/downloads/downloads.routes.ts';
import { mountLicenseKeys } from './use/license-keys/license-keys.routes.ts';
import { mountOfflineLicenses } from './use/offline-licenses/offline-licenses.routes.ts';
import { mountReplays } from './tell/replays/replays.routes.ts';
import { mountTimeline } from './use/timeline/timeline.routes.ts';
import { mountGrants } from './use/grants/grants.routes.ts';

/** What apps call, from their servers and their pages. */
export function mountForApps(app: App): void {
  // Before the calls of browsers: it is asked by proxies, and answers as they need it.
  mountForwardAuth(app);
  app.use('/v1/*', browserCalls());
  mountPayments(app);
  mountRefunds(app);
  mountGifts(app);
  mountDocuments(app);
  mountProducts(app);
  mountSubscriptions(app);
  mountSubscriptionChanges(app);
  mountGrants(app);
  mountCheckout(app);
  mountSessions(app);
  mountSignIn(app);
  mountAccess(app);
  mountOwnGrants(app);
  mountDownloads(app);
  mountExplain(app);
  mountJwks(app);
  mountEndpoints(app);
  mountDeliveries(app);
  mountCursors(app);
  mountReplays(app);
  mountTimeline(app);
  mountLicenseKeys(app);
  mountOfflineLicenses(app);
}

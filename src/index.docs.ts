import type { DocumentedRoute } from './http/route-docs.ts';
import { accessDocs } from './access/access.docs.ts';
import { ownGrantsDocs } from './access/own-grants/own-grants.docs.ts';
import { explainDocs } from './access/explain/explain.docs.ts';
import { appsDocs } from './operate/apps.docs.ts';
import { auditDocs } from './operate/audit.docs.ts';
import { browserDocs } from './sell/browser.docs.ts';
import { cursorsDocs } from './tell/feed/cursors.docs.ts';
import { deliveriesDocs } from './tell/deliveries/deliveries.docs.ts';
import { doctorDocs } from './operate/doctor/doctor.docs.ts';
import { disputesDocs } from './sell/disputes/disputes.docs.ts';
import { documentsDocs } from './sell/documents.docs.ts';
import { downloadsDocs } from './use/downloads/downloads.docs.ts';
import { endpointsDocs } from './tell/endpoints/endpoints.docs.ts';
import { exportsDocs } from './sell/exports/exports.docs.ts';
import { forwardAuthDocs } from './access/forward-auth.docs.ts';
import { grantsDocs } from './use/grants/grants.docs.ts';
import { campaignsDocs } from './sell/campaigns/campaigns.docs.ts';
import { checkoutLinksDocs } from './sell/checkout-links/checkout-links.docs.ts';
import { discountsDocs } from './sell/discounts/discounts.docs.ts';
import { giftsDocs } from './sell/gifts/gifts.docs.ts';
import { healthDocs } from './operate/health.docs.ts';
import { licenseKeysDocs } from './use/license-keys/license-keys.docs.ts';
import { offlineLicensesDocs } from './use/offline-licenses/offline-licenses.docs.ts';
import { jwksDocs } from './access/jwks.docs.ts';
import { paymentsDocs } from './sell/payments.docs.ts';
import { polarWebhookDocs } from './hear/polar-webhook.docs.ts';
import { plansDocs } from './sell/plans/plans.docs.ts';
import { productsDocs } from './sell/products.docs.ts';
import { polarEventsDocs } from './hear/polar-events.docs.ts';
import { refundsDocs } from './sell/refunds/refunds.docs.ts';
import { replaysDocs } from './tell/replays/replays.docs.ts';
import { reconcileDocs } from './compare/reconcile.docs.ts';
import { secretsDocs } from './operate/secrets/secrets.docs.ts';
import { sessionsDocs } from './people/sessions.docs.ts';
import { signInDocs } from './people/sign-in.docs.ts';
import { unroutedDocs } from './operate/unrouted/unrouted.docs.ts';
import { subscriptionsDocs } from './sell/subscriptions/subscriptions.docs.ts';

/** The documentation of every route. The build fails when it and the mounted routes differ (ADR 6). */
import { customersDocs } from './use/customers/customers.docs.ts';
import { externalIdsDocs } from './use/customers/external-ids.docs.ts';
import { eraseDocs } from './people/erase/erase.docs.ts';
import { timelineDocs } from './use/timeline/timeline.docs.ts';

export const routeDocs: readonly DocumentedRoute[] = [
  ...accessDocs,
  ...ownGrantsDocs,
  ...customersDocs,
  ...externalIdsDocs,
  ...eraseDocs,
  ...timelineDocs,
  ...explainDocs,
  ...appsDocs,
  ...auditDocs,
  ...browserDocs,
  ...cursorsDocs,
  ...deliveriesDocs,
  ...doctorDocs,
  ...disputesDocs,
  ...documentsDocs,
  ...downloadsDocs,
  ...endpointsDocs,
  ...exportsDocs,
  ...forwardAuthDocs,
  ...grantsDocs,
  ...checkoutLinksDocs,
  ...discountsDocs,
  ...campaignsDocs,
  ...giftsDocs,
  ...healthDocs,
  ...jwksDocs,
  ...licenseKeysDocs,
  ...offlineLicensesDocs,
  ...paymentsDocs,
  ...polarWebhookDocs,
  ...productsDocs,
  ...plansDocs,
  ...polarEventsDocs,
  ...unroutedDocs,
  ...refundsDocs,
  ...replaysDocs,
  ...reconcileDocs,
  ...secretsDocs,
  ...sessionsDocs,
  ...signInDocs,
  ...subscriptionsDocs,
];

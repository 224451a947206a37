import type { DocumentedRoute } from '../route-docs.ts';
import { accessDocs } from './access.docs.ts';
import { appsDocs } from './apps.docs.ts';
import { browserDocs } from './browser.docs.ts';
import { deliveriesDocs } from './deliveries.docs.ts';
import { endpointsDocs } from './endpoints.docs.ts';
import { forwardAuthDocs } from './forward-auth.docs.ts';
import { healthDocs } from './health.docs.ts';
import { jwksDocs } from './jwks.docs.ts';
import { paymentsDocs } from './payments.docs.ts';
import { polarWebhookDocs } from './polar-webhook.docs.ts';
import { productsDocs } from './products.docs.ts';
import { rawEventsDocs } from './raw-events.docs.ts';
import { replaysDocs } from './replays.docs.ts';
import { reconcileDocs } from './reconcile.docs.ts';
import { sessionsDocs } from './sessions.docs.ts';
import { signInDocs } from './sign-in.docs.ts';

/** Every route's documentation. The build fails when it and the mounted routes differ. */
export const routeDocs: readonly DocumentedRoute[] = [
  ...accessDocs,
  ...appsDocs,
  ...browserDocs,
  ...deliveriesDocs,
  ...endpointsDocs,
  ...forwardAuthDocs,
  ...healthDocs,
  ...jwksDocs,
  ...paymentsDocs,
  ...polarWebhookDocs,
  ...productsDocs,
  ...rawEventsDocs,
  ...replaysDocs,
  ...reconcileDocs,
  ...sessionsDocs,
  ...signInDocs,
];

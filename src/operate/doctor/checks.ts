import type { Check } from './check.ts';
import { appKeyEnded } from './checks/app-key-ended.ts';
import { appKeyEnding } from './checks/app-key-ending.ts';
import { appKeyOld } from './checks/app-key-old.ts';
import { appWithoutKey } from './checks/app-without-key.ts';
import { appWithoutOrigins } from './checks/app-without-origins.ts';
import { appWithoutProducts } from './checks/app-without-products.ts';
import { bindingsMissing } from './checks/bindings-missing.ts';
import { clockDiffers } from './checks/clock-differs.ts';
import { cronStopped } from './checks/cron-stopped.ts';
import { deliveriesGivenUp } from './checks/deliveries-given-up.ts';
import { deliveriesLate } from './checks/deliveries-late.ts';
import { developmentInPublic } from './checks/development-in-public.ts';
import { driftFound } from './checks/drift-found.ts';
import { encryptionKeyGone } from './checks/encryption-key-gone.ts';
import { endpointDisabled } from './checks/endpoint-disabled.ts';
import { endpointFailing } from './checks/endpoint-failing.ts';
import { keysBroken } from './checks/keys-broken.ts';
import { kvUnavailable } from './checks/kv-unavailable.ts';
import { mailDomainUnusable } from './checks/mail-domain-unusable.ts';
import { mailNotConfigured } from './checks/mail-not-configured.ts';
import { mailRefused } from './checks/mail-refused.ts';
import { migrationsMissing } from './checks/migrations-missing.ts';
import { migrationsNewer } from './checks/migrations-newer.ts';
import { modeWithoutApp } from './checks/mode-without-app.ts';
import { organizationOneSubscription } from './checks/organization-one-subscription.ts';
import { polarEndpointDisabled } from './checks/polar-endpoint-disabled.ts';
import { polarEndpointElsewhere } from './checks/polar-endpoint-elsewhere.ts';
import { polarEndpointEventsMissing } from './checks/polar-endpoint-events-missing.ts';
import { polarEndpointFormat } from './checks/polar-endpoint-format.ts';
import { polarEndpointMissing } from './checks/polar-endpoint-missing.ts';
import { polarEndpointOthers } from './checks/polar-endpoint-others.ts';
import { polarEndpointSecretUnknown } from './checks/polar-endpoint-secret-unknown.ts';
import { polarEndpointTwice } from './checks/polar-endpoint-twice.ts';
import { polarEventsFailed } from './checks/polar-events-failed.ts';
import { polarEventsUnrouted } from './checks/polar-events-unrouted.ts';
import { polarScopesMissing } from './checks/polar-scopes-missing.ts';
import { polarTokenRefused } from './checks/polar-token-refused.ts';
import { polarWrongOrganization } from './checks/polar-wrong-organization.ts';
import { productAssignedArchived } from './checks/product-assigned-archived.ts';
import { productClaimsDisagree } from './checks/product-claims-disagree.ts';
import { productUnowned } from './checks/product-unowned.ts';
import { queueNotConsumed } from './checks/queue-not-consumed.ts';
import { queueRefuses } from './checks/queue-refuses.ts';
import { reconcileFailed } from './checks/reconcile-failed.ts';
import { reconcileIncomplete } from './checks/reconcile-incomplete.ts';
import { reconcileLate } from './checks/reconcile-late.ts';
import { refundsLate } from './checks/refunds-late.ts';
import { rereadsLate } from './checks/rereads-late.ts';
import { signingKeyNoneYet } from './checks/signing-key-none-yet.ts';
import { signingKeyOld } from './checks/signing-key-old.ts';
import { encryptionKeyOld } from './checks/encryption-key-old.ts';
import { webhookSecretOld } from './checks/webhook-secret-old.ts';
import { adminTokenOld } from './checks/admin-token-old.ts';
import { secretRemovable } from './checks/secret-removable.ts';

/** Everything that the doctor looks for, in the order of docs/doctor.md. */
export const CHECKS: readonly Check[] = [
  bindingsMissing,
  migrationsMissing,
  migrationsNewer,
  kvUnavailable,
  mailRefused,
  queueRefuses,
  queueNotConsumed,
  cronStopped,
  mailNotConfigured,
  mailDomainUnusable,
  developmentInPublic,
  polarTokenRefused,
  polarWrongOrganization,
  polarScopesMissing,
  clockDiffers,
  organizationOneSubscription,
  polarEndpointMissing,
  polarEndpointDisabled,
  polarEndpointEventsMissing,
  polarEndpointFormat,
  polarEndpointSecretUnknown,
  polarEndpointTwice,
  polarEndpointElsewhere,
  polarEndpointOthers,
  reconcileLate,
  reconcileFailed,
  reconcileIncomplete,
  driftFound,
  polarEventsFailed,
  polarEventsUnrouted,
  rereadsLate,
  refundsLate,
  deliveriesLate,
  endpointFailing,
  endpointDisabled,
  deliveriesGivenUp,
  modeWithoutApp,
  appWithoutKey,
  appWithoutOrigins,
  appWithoutProducts,
  productUnowned,
  productClaimsDisagree,
  productAssignedArchived,
  keysBroken,
  signingKeyNoneYet,
  encryptionKeyGone,
  appKeyEnded,
  appKeyEnding,
  appKeyOld,
  signingKeyOld,
  encryptionKeyOld,
  webhookSecretOld,
  adminTokenOld,
  secretRemovable,
];

/** The codes of what is mended without a decision. */
export const FIXABLE: readonly string[] = CHECKS.filter(({ fix }) => fix !== undefined).map(
  ({ code }) => code,
);

export { formatAmount, minorUnitsIn } from './amounts.ts';
export type * from './api.ts';
export {
  type Answer,
  type CallInput,
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type Route,
} from './client.ts';
export type { EntitlementClaims, FeatureValue, FeatureValues } from './claims.ts';
export {
  type TokenRefusal,
  verifyEntitlements,
  type VerifyOptions,
  type VerifyResult,
} from './entitlements.ts';
export { type FeatureSource, featureValue, featureValues, hasFeature } from './features.ts';
export {
  type EventFilter,
  type EventReader,
  type FeedOptions,
  readEvents,
  type ReadEventsOptions,
} from './feed.ts';
export { contentBeneath } from './content-beneath.ts';
export { type Env, gateFromEnv } from './env.ts';
export type { DownloadableFile, DownloadAddress } from './downloads.ts';
export { type DownloadOptions, handleDownload } from './handle-download.ts';
export { createGate, type Gate, type GateAnswer, type SignOut } from './gate.ts';
export type { Handled, HandleOptions } from './gate-handle.ts';
export type { Decision, GateReason } from './gate-decision.ts';
export type { GateOptions, ResourceOf } from './gate-settings.ts';
export type { Jwks } from './jwks.ts';
export {
  type LicenseOptions,
  type LicenseRefusal,
  type LicenseResult,
  verifyLicense,
} from './verify-license.ts';
export type { LicenseClaims } from './license-claims.ts';
export type {
  AccountHolder,
  AccountPage,
  AccountPurchase,
  AccountSubscription,
  CodePage,
  DeniedPage,
  Offer,
  PageBase,
  PageForm,
  ProblemPage,
  SignInPage,
  Visitor,
} from './pages/data.ts';
export type { Messages } from './pages/messages/en.ts';
export type { MakePage, PagesOptions, Theme } from './pages/options.ts';
export { type FieldError, FloeError } from './problem.ts';
export type {
  FloeAccessProps,
  FloeAccessService,
  RpcCheck,
  RpcCheckAnswer,
  RpcEntitlementsAnswer,
  RpcReason,
  RpcRefusal,
  RpcResourceAnswer,
  RpcSessionAnswer,
  RpcTrouble,
  RpcWho,
} from './rpc.ts';
export { applyAnswer, respondDenied, respondSignedOut } from './respond.ts';
export {
  type FloeEvent,
  type EventType,
  verifyWebhook,
  type WebhookOptions,
  type WebhookResult,
} from './webhook.ts';

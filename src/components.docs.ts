import type { $ZodType } from 'zod/v4/core';
import * as access from './access/access.answers.ts';
import { ownGrant } from './access/own-grants/own-grants.answers.ts';
import * as explain from './access/explain/explain.answers.ts';
import * as payments from './base/payment.answers.ts';
import * as reconcile from './compare/reconcile.answers.ts';
import * as polarEvents from './hear/polar-events.answers.ts';
import { fieldError, problem } from './http/shapes.ts';
import * as apps from './operate/apps.answers.ts';
import * as doctor from './operate/doctor/doctor.answers.ts';
import * as audits from './operate/audit.answers.ts';
import { health } from './operate/health.answers.ts';
import * as secrets from './operate/secrets/secrets.answers.ts';
import * as people from './people/sessions.answers.ts';
import { startedCheckout } from './sell/checkout.answers.ts';
import { paymentDocument } from './sell/documents.answers.ts';
import { paymentList } from './sell/payments.answers.ts';
import { buyer, payer } from './sell/payments.routes.ts';
import * as plans from './sell/plans/plans.answers.ts';
import { benefit, price, product } from './sell/product.rules.ts';
import * as products from './sell/products.answers.ts';
import * as campaigns from './sell/campaigns/campaigns.answers.ts';
import * as checkoutLinks from './sell/checkout-links/checkout-links.answers.ts';
import * as discounts from './sell/discounts/discounts.answers.ts';
import * as gifts from './sell/gifts/gifts.answers.ts';
import * as refunds from './sell/refunds/refunds.answers.ts';
import * as subscriptions from './sell/subscriptions/subscriptions.answers.ts';
import * as deliveries from './tell/deliveries/deliveries.answers.ts';
import * as endpoints from './tell/endpoints/endpoints.answers.ts';
import * as webhooks from './tell/events/webhooks.docs.ts';
import * as cursors from './tell/feed/cursors.answers.ts';
import * as licenseKeys from './use/license-keys/license-keys.answers.ts';
import { offlineLicense } from './use/offline-licenses/offline-licenses.answers.ts';
import * as replays from './tell/replays/replays.answers.ts';
import * as customers from './use/customers/customers.answers.ts';
import * as exported from './use/customers/export.answers.ts';
import * as disputes from './sell/disputes/disputes.answers.ts';
import * as unrouted from './operate/unrouted/unrouted.answers.ts';
import * as timelines from './use/timeline/timeline.answers.ts';
import * as downloads from './use/downloads/downloads.answers.ts';
import * as grants from './use/grants/grants.answers.ts';

/**
 * The names that schemas of answers and events have in `/openapi.json`, and so in clients that are generated from it. A
 * name never changes. A test refuses an answer whose schema has none.
 */
export const COMPONENTS: Readonly<Record<string, $ZodType>> = {
  Problem: problem,
  FieldError: fieldError,

  Product: product,
  Price: price,
  Benefit: benefit,
  ProductList: products.productList,
  // A generator for Python makes a variable of the name, where the field `plan` would be another.
  ProductPlan: plans.plan,
  PlanFamily: plans.planFamily,
  PlanFamilyList: plans.planFamilyList,

  Payment: payments.payment,
  PaymentProduct: payments.paidProduct,
  PaymentCustomer: payments.payer,
  AppliedDiscount: payments.discount,
  BuyerRequest: payer,
  GiverRequest: buyer,
  PaymentList: paymentList,
  PaymentDocument: paymentDocument,
  StartedCheckout: startedCheckout,

  Discount: discounts.appDiscount,
  DiscountList: discounts.appDiscountList,
  RemainingOfDiscount: discounts.remainingOfDiscount,
  Redemption: discounts.redemption,
  RedemptionList: discounts.redemptionList,
  Campaign: campaigns.campaign,
  CampaignRule: campaigns.campaignRule,
  CampaignList: campaigns.campaignList,
  RemainingOfCampaign: campaigns.campaignRemaining,
  RemainingOfRule: campaigns.campaignRemainingRule,
  CheckoutLink: checkoutLinks.checkoutLink,
  CheckoutLinkList: checkoutLinks.checkoutLinkList,

  Gift: gifts.gift,
  GiftMail: gifts.giftMail,
  GiftRecipient: gifts.giftRecipient,
  GiftList: gifts.giftList,
  NewGift: gifts.newGift,
  ResentGift: gifts.resentGift,
  CanceledGift: gifts.canceledGift,
  ToldGift: webhooks.toldGift,
  ToldDiscount: webhooks.toldDiscount,

  Refund: refunds.refund,
  RefundList: refunds.refundList,

  Dispute: disputes.dispute,
  DisputeList: disputes.disputeList,

  Subscription: subscriptions.subscription,
  SubscriptionProduct: subscriptions.subscribedProduct,
  SubscriptionCustomer: subscriptions.subscriber,
  SubscriptionUpdate: subscriptions.pendingUpdate,
  SubscriptionList: subscriptions.subscriptionList,
  SubscriptionPreview: subscriptions.preview,
  Bill: subscriptions.bill,
  RenewalBill: subscriptions.renewalBill,
  BillItem: subscriptions.billItem,

  Grant: grants.grant,
  GrantList: grants.grantList,
  GrantBenefit: grants.grantedBenefit,
  GrantProduct: grants.grantedProduct,
  GrantCustomer: grants.grantHolder,
  GrantMember: grants.grantedMember,
  GrantLicenseKey: grants.grantedKey,
  GrantAction: grants.grantAction,
  GrantError: grants.grantError,
  GrantFulfilment: grants.fulfilment,
  ListedGrant: grants.listedGrant,
  GrantWithHistory: grants.grantDetail,
  OwnGrantWithHistory: grants.ownGrantDetail,
  OwnGrantChange: grants.ownGrantChange,
  AnyGrantWithHistory: grants.anyGrantDetail,
  GrantChange: grants.grantChange,
  GrantFulfilmentChange: grants.fulfilmentChange,
  GrantNote: grants.grantNote,

  Access: access.access,
  AccessBatch: access.accessBatch,
  AccessDecision: access.decision,
  AccessExplanation: explain.explanation,
  AccessSupport: explain.support,
  AccessMissing: explain.missing,
  AccessCause: explain.cause,
  ForwardedAccess: access.forwarded,
  OwnGrant: ownGrant,

  Customer: customers.customerDetail,
  ListedCustomer: customers.listedCustomer,
  CustomerList: customers.customerList,
  PreparedCustomer: customers.preparedCustomer,
  CustomerExport: exported.customerExport,
  ExportedPerson: exported.exportedPerson,
  ExportedRefund: exported.exportedRefund,
  ExportedGift: exported.exportedGift,
  ExportedSession: exported.exportedSession,
  ExportedDownload: exported.exportedDownload,
  ExportedActivation: exported.exportedActivation,
  ExportedWork: exported.exportedWork,
  ExportedEvent: exported.exportedEvent,
  CustomerSpent: customers.spent,
  CustomerEntitlement: customers.heldEntitlement,
  Timeline: timelines.timeline,
  TimelineEntry: timelines.timelineEntry,
  TimelineRef: timelines.timelineRef,
  KeySet: access.jwks,
  PublicKey: access.publicKey,

  DownloadableFile: downloads.download,
  DownloadableFileList: downloads.downloadList,
  DownloadAddress: downloads.downloadAddress,
  CountedFile: downloads.countedFile,
  CountedFileList: downloads.countedFileList,
  Download: downloads.notedDownload,
  DownloadList: downloads.notedDownloadList,
  LicenseCheck: licenseKeys.licenseCheck,
  OfflineLicense: offlineLicense,
  CheckedLicenseKey: licenseKeys.checkedLicenseKey,
  LicenseActivation: licenseKeys.licenseActivation,
  LicenseKey: licenseKeys.licenseKey,
  LicenseKeyList: licenseKeys.licenseKeyList,
  LicenseKeyWithActivations: licenseKeys.licenseKeyDetail,

  Session: people.listedSession,
  CurrentSession: people.ownSession,
  NewSession: people.newSession,
  SessionList: people.sessionList,
  SessionSubject: people.subject,
  SessionBuyer: people.buyer,
  EndedSessions: people.endedSessions,
  ExchangedCode: people.exchanged,
  StartedSignIn: people.startedSignIn,
  SignedIn: people.signedIn,

  WebhookEndpoint: endpoints.endpoint,
  NewWebhookEndpoint: endpoints.newEndpoint,
  WebhookEndpointList: endpoints.endpointList,
  WebhookEndpointMetrics: endpoints.metrics,
  WebhookEndpointLatency: endpoints.latency,
  WebhookEndpointCounts: endpoints.deliveryCounts,
  WebhookEndpointBacklog: endpoints.backlog,
  WebhookEndpointTest: endpoints.testReport,
  WebhookEndpointMatch: endpoints.fieldMatch,
  RotatedSecret: endpoints.rotatedSecret,
  DueDeliveries: endpoints.dueDeliveries,
  UnhealthyWebhookEndpoint: endpoints.unhealthyEndpoint,
  UnhealthyWebhookEndpointList: endpoints.unhealthyEndpointList,

  Event: deliveries.event,
  EventList: deliveries.eventList,
  SequenceRange: deliveries.sequenceRange,
  Cursor: cursors.cursor,
  CursorList: cursors.cursorList,
  Delivery: deliveries.delivery,
  DeliveryList: deliveries.deliveryList,
  DeliveryWithAttempts: deliveries.loggedDelivery,
  DeliveryAttempt: deliveries.attempt,
  EventReplay: replays.eventReplay,
  BulkReplay: replays.bulkReplay,

  EventBody: webhooks.eventBody,
  EventData: webhooks.eventData,
  PaymentEventData: webhooks.paymentEventData,
  RetryEventData: webhooks.retryEventData,
  ActionEventData: webhooks.actionEventData,
  FulfilledEventData: webhooks.fulfilledEventData,
  ToldGrant: webhooks.toldGrant,
  ToldGrantBenefit: webhooks.toldBenefit,
  ToldAction: webhooks.toldAction,
  ToldGrantError: webhooks.toldError,
  ToldFulfilment: webhooks.toldFulfilment,
  GiftEventData: webhooks.giftEventData,
  DiscountEventData: webhooks.discountEventData,
  EndpointEventData: webhooks.endpointEventData,
  GrantEventData: webhooks.grantEventData,
  ToldOwnGrant: webhooks.toldOwnGrant,
  ToldEndpoint: webhooks.toldEndpoint,
  PolarObject: webhooks.polarObject,
  ...Object.fromEntries(webhooks.WEBHOOKS.map(({ name, schema }) => [name, schema])),

  Health: health,
  Diagnosis: doctor.diagnosis,
  Finding: doctor.finding,
  Mended: doctor.mended,
  App: apps.app,
  NewApp: apps.newApp,
  AppList: apps.appList,
  AuditEntry: audits.auditEntry,
  AuditEntryList: audits.auditEntryList,
  Key: apps.key,
  NewKey: apps.newKey,
  KeyList: apps.keyList,
  GatewaySecrets: secrets.gatewaySecrets,
  GatewaySecret: secrets.gatewaySecret,
  PublishedKey: secrets.publishedKey,
  Resealing: secrets.resealing,
  ResealPlace: secrets.resealPlace,
  UnroutedPurchase: unrouted.unrouted,
  UnroutedProduct: unrouted.unroutedProduct,
  UnroutedCustomer: unrouted.unroutedCustomer,
  UnroutedPurchaseList: unrouted.unroutedList,
  AdoptedPurchase: unrouted.adopted,
  ProductOwner: products.ownership,
  ProductOwnerList: products.ownershipList,
  PolarEvent: polarEvents.polarEvent,
  PolarEventWithBody: polarEvents.openedPolarEvent,
  PolarEventList: polarEvents.polarEventList,
  BulkReapply: polarEvents.bulkReapply,
  ReceivedPolarEvent: polarEvents.received,
  ReconcileRun: reconcile.run,
  ReconcileRunWithObjects: reconcile.reportOfRun,
  ReconciledObject: reconcile.reconciledObject,
  ReconcileRunList: reconcile.runList,
};

import type { PolarKind } from './polar-kinds.rules.ts';
import { type ListName } from './polar-lists.rules.ts';
import type {
  activateLicenseKeys,
  updateLicenseKeys,
  validateLicenseKeys,
} from '@polar-sh/sdk/2026-10/services/license_keys';
import type { createCheckouts } from '@polar-sh/sdk/2026-10/services/checkouts';
import type { createDiscounts, updateDiscounts } from '@polar-sh/sdk/2026-10/services/discounts';
import type { createRefunds } from '@polar-sh/sdk/2026-10/services/refunds';
import type { updateSubscriptions } from '@polar-sh/sdk/2026-10/services/subscriptions';
import type { FieldError } from './problem.ts';
import type { Result } from './result.rules.ts';

export type CheckoutInput = Parameters<ReturnType<typeof createCheckouts>>[0];

export type DiscountInput = Parameters<ReturnType<typeof createDiscounts>>[0];
export type DiscountChange = Parameters<ReturnType<typeof updateDiscounts>>[1];

export type RefundInput = Parameters<ReturnType<typeof createRefunds>>[0];

export type LicenseKeyStatus = 'granted' | 'revoked' | 'disabled';
/** The organization is the mode's own. */
type LicenseKeyQuestion = Omit<Parameters<ReturnType<typeof validateLicenseKeys>>[0], 'organization_id'>;
type ActivationInput = Omit<Parameters<ReturnType<typeof activateLicenseKeys>>[0], 'organization_id'>;
export type LicenseKeyChange = Parameters<ReturnType<typeof updateLicenseKeys>>[1];

/** What a read found, and when it was requested, which is part of the snapshot's version. */
export interface PolarRead {
  data: unknown;
  /** Milliseconds since 1970, before the request was sent. */
  requestedAt: number;
}

/** One of the disjoint changes that Polar makes of a subscription: to cancel it, `{revoke: true}`, another product, … */
export type SubscriptionChange = Parameters<ReturnType<typeof updateSubscriptions>>[1];

/** Polar refused to do what it was asked. */
export interface PolarRefusal {
  /** HTTP's, 4xx. */
  status: number;
  /** Polar's name for it, `AlreadyCanceledSubscription`; empty when it gave none. */
  name: string;
  /** The fields that are wrong, of a 422. */
  errors: FieldError[];
  cause: unknown;
}

/**
 * What Polar says of the access token. `organizationId`: undefined while the organization has no product to tell it.
 * `polarTime`: Polar's clock when it answered, milliseconds; undefined when the answer had no `Date` (RFC 9110 §6.6.1).
 */
export type TokenProbe = { polarTime: number | undefined } & (
  | { kind: 'ready'; organizationId: string | undefined }
  | { kind: 'unauthorized' }
);

export type DocumentKind = 'invoice' | 'receipt';
export type PolarDocument = { state: 'ready'; url: string } | { state: 'making' };

/** One page of a list. */
export interface PolarPage {
  items: unknown[];
  /** The last page there is; 0 when there is nothing. */
  maxPage: number;
  /** Milliseconds since 1970, before the request was sent. */
  requestedAt: number;
}

/** A file that Polar offers to a customer, or to a member of a team. */
export interface PolarDownload {
  fileId: string;
  benefitId: string;
  name: string;
  /** Bytes. */
  size: number;
  mimeType: string;
  /** SHA-256, hexadecimal; null: Polar does not know it. */
  sha256: string | null;
  version: string | null;
  /** Anybody who has it can download the file until `expiresAt`: neither stored nor logged. */
  url: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** One of Polar's webhook endpoints. It holds its secret: never to be logged, stored or shown. */
export interface PolarEndpoint {
  id: string;
  url: string;
  enabled: boolean;
  format: string;
  events: string[];
  secret: string;
}

/**
 * Polar, in one mode. Objects come back unparsed: `polar/objects.rules.ts` parses them as it does webhooks.
 * Every method throws a `Problem` (`polar_unavailable`, `polar_failed`, `polar_rejected`, `polar_scope_missing`); reads of one object
 * give undefined when Polar does not know it.
 */
export interface PolarGateway {
  createCheckout(input: CheckoutInput): Promise<PolarRead>;
  /**
   * One object by its id; for a member its customer's id is needed too. Seats are asked for by their purchase,
   * `order/<id>` or `subscription/<id>`, and come as `{seats: […]}`. Undefined for kinds that only lists show, too.
   */
  fetchObject(kind: PolarKind, id: string, customerId?: string): Promise<PolarRead | undefined>;
  /**
   * The address of an order's invoice or receipt, which anybody can open for a short time: a secret, neither stored nor logged.
   * `making`: Polar is making it. Undefined: there is none, or not yet, or Polar does not know the order.
   */
  fetchDocument(kind: DocumentKind, orderId: string): Promise<PolarDocument | undefined>;
  /** Asks Polar to make an order's invoice, which takes it a moment. */
  requestInvoice(orderId: string): Promise<Result<PolarRead, PolarRefusal>>;
  fetchOrdersOfCheckout(checkoutId: string): Promise<PolarRead[]>;
  /** Every product of the organization, archived ones too. */
  fetchProducts(): Promise<PolarRead[]>;
  /**
   * The address of a customer's portal, valid for an hour. It is a secret and shows everything the customer has in the
   * organization, so it goes only to the browser of the person who has proven to be that customer, and is neither
   * stored nor logged (ADR 33).
   */
  openPortal(who: { customerId: string; memberId: string | null; returnUrl: string }): Promise<string>;
  /**
   * The files that Polar offers to a customer by these benefits, or to a member of a team; none to whom it does not know. A
   * session of the customer's, which opens everything in the organization, is made for it and not kept (ADR 97).
   */
  fetchDownloads(who: {
    customerId: string;
    memberId: string | null;
    benefitIds: readonly string[];
  }): Promise<PolarDownload[]>;
  /** Changes a subscription, or ends it at once by `{revoke: true}`. When this throws, Polar may have done it all the same. */
  changeSubscription(id: string, change: SubscriptionChange): Promise<Result<PolarRead, PolarRefusal>>;
  /** A few orders of a subscription, from the newest on or from the one that began it. */
  fetchOrdersOfSubscription(id: string, from?: 'newest' | 'first'): Promise<PolarPage>;
  fetchDiscount(id: string): Promise<PolarRead | undefined>;
  fetchOrganization(id: string): Promise<PolarRead | undefined>;
  /** One page of the discounts; with a `code` of those whose code or name contains it, whatever the case. */
  fetchDiscounts(page: number, code?: string): Promise<PolarPage>;
  /** When this throws, there may be a discount all the same. */
  createDiscount(input: DiscountInput): Promise<Result<PolarRead, PolarRefusal>>;
  /** Fields that are not named stay as they are; metadata is replaced as a whole. */
  changeDiscount(id: string, change: DiscountChange): Promise<Result<PolarRead, PolarRefusal>>;
  /** Subscriptions that have the discount keep it. */
  deleteDiscount(id: string): Promise<Result<PolarRead, PolarRefusal>>;
  /**
   * Gives money back. Polar has no idempotency key for it: when this throws, it may have done it all the same, and may
   * still be doing it.
   */
  createRefund(input: RefundInput): Promise<Result<PolarRead, PolarRefusal>>;
  /** One page, the newest first. */
  fetchRefunds(orderId: string, page: number): Promise<PolarPage>;
  /** Concedes a dispute. Polar has no idempotency key for it: when this throws, it may be accepted all the same. */
  acceptDispute(id: string): Promise<Result<PolarRead, PolarRefusal>>;
  fetchGrants(customerId: string, page: number): Promise<PolarPage>;
  /** Deletes and anonymizes a customer; one whom Polar does not know is deleted. */
  deleteCustomer(id: string): Promise<void>;
  /** A licence key with its activations. What is read holds the whole key: neither to be stored nor logged. */
  fetchLicenseKey(id: string): Promise<PolarRead | undefined>;
  /** One page, the newest first, without activations; of these benefits, and of this status if it is given. */
  fetchLicenseKeys(
    filter: { benefitIds: string[]; status: LicenseKeyStatus | undefined },
    page: number,
  ): Promise<PolarPage>;
  /**
   * Whether a key is good, and so many usages more. Polar has no idempotency key for it: when this throws, the usage may be counted
   * all the same.
   */
  validateLicenseKey(question: LicenseKeyQuestion): Promise<Result<PolarRead, PolarRefusal>>;
  /** When this throws, there may be an activation all the same. */
  activateLicenseKey(input: ActivationInput): Promise<Result<PolarRead, PolarRefusal>>;
  deactivateLicenseKey(key: string, activationId: string): Promise<Result<PolarRead, PolarRefusal>>;
  /** Fields that are not named stay as they are. */
  changeLicenseKey(id: string, change: LicenseKeyChange): Promise<Result<PolarRead, PolarRefusal>>;
  fetchBenefit(id: string): Promise<PolarRead | undefined>;
  /**
   * One page of at most 100. It is requested once, without a second try, since its callers have a budget and can wait.
   */
  fetchPage(list: ListName, page: number, since: number | null): Promise<PolarPage>;
  /**
   * The cheapest call that needs the token, requested once: whether Polar accepts the token, and of which organization
   * it is.
   */
  probe(): Promise<TokenProbe>;
  /** These are requested once, too. */
  fetchWebhookEndpoints(): Promise<PolarEndpoint[]>;
  enableWebhookEndpoint(id: string, events: readonly string[]): Promise<PolarEndpoint>;
  registerWebhookEndpoint(input: {
    url: string;
    secret: string;
    events: readonly string[];
  }): Promise<PolarEndpoint>;
}

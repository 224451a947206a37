/** What the simulator remembers: plain rows in tables, so that a snapshot is their JSON. */

import type { models } from '@polar-sh/sdk/2026-10';
import { Collection } from './collection.ts';
import type { Job } from './jobs.ts';

export type Metadata = models.MetadataOutputType;
export type CustomFieldData = Record<string, string | number | boolean | null>;

type CatalogPrice =
  | models.ProductPriceFixed
  | models.ProductPriceCustom
  | models.ProductPriceSeatBased
  | Omit<models.ProductPriceMeteredUnit, 'meter'>;
/** A price, immutable once made. `checkout_id` is set on the ad hoc prices of one checkout. */
export type PriceRow = CatalogPrice & { organization_id: string; checkout_id: string | null; order: number };

export interface OrganizationRow extends models.Organization {
  next_invoice: number;
  environment: 'production' | 'sandbox';
}

export interface AccessTokenRow {
  id: string;
  organization_id: string;
}

export interface ProductRow extends models.OrderProduct {
  benefit_ids: string[];
  price_ids: string[];
}

export type BenefitRow = models.Benefit;

export interface CustomerRow extends models.OrderCustomer {
  /** Eight letters that stand for the customer in invoice and receipt numbers. */
  short_code: string;
  invoices: number;
  receipts: number;
  /** Signed credit in minor units, by currency: negative means the customer owes. */
  balances: Record<string, number>;
  /** Which card is on file, and so whether a renewal is paid. */
  card: Card | null;
}

export interface Card {
  brand: string;
  last4: string;
  /** `declines`: every charge after the first one fails. */
  outcome: 'pays' | 'declines';
}

export interface MemberRow extends models.Member {
  organization_id: string;
  deleted_at: string | null;
}

export type CheckoutRow = Omit<
  models.Checkout,
  'products' | 'product' | 'product_price' | 'prices' | 'discount' | 'attached_custom_fields' | 'url'
> & {
  product_ids: string[];
  ad_hoc_price_ids: Record<string, string[]>;
  /** Given by the seller or made by this checkout, not merely matched by e-mail: only then a session is handed out. */
  customer_is_given: boolean;
  order_id: string | null;
  last_error: string | null;
};

export type OrderRow = Omit<
  models.Order,
  | 'customer'
  | 'product'
  | 'discount'
  | 'subscription'
  | 'paid'
  | 'due_amount'
  | 'refundable_amount'
  | 'refundable_tax_amount'
  | 'net_amount'
  | 'total_amount'
> & {
  organization_id: string;
  tax_inclusive: boolean;
  /** Taken from the customer once the order leaves `pending`. */
  dispute_open: boolean;
};

export type SubscriptionRow = Omit<
  models.Subscription,
  'customer' | 'product' | 'discount' | 'prices' | 'meters'
> & {
  organization_id: string;
  price_ids: string[];
  anchor_day: number;
  /** Custom (pay what you want) amount agreed at checkout. */
  custom_amount: number | null;
  discount_applied_at: string | null;
  /** Proration items that wait for the next renewal. */
  carried_items: models.OrderItemSchema[];
  /** Counts dunning attempts of the open renewal order. */
  dunning_attempts: number;
  dunning_order_id: string | null;
  /** A test's or person's wish: the next charge fails. */
  fail_next_payment: boolean;
  /** Which period end is scheduled: stale jobs see another number and do nothing. */
  cycle_serial: number;
};

export interface GrantRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  organization_id: string;
  customer_id: string;
  member_id: string | null;
  benefit_id: string;
  subscription_id: string | null;
  order_id: string | null;
  granted_at: string | null;
  is_granted: boolean;
  revoked_at: string | null;
  is_revoked: boolean;
  error: models.BenefitGrantError | null;
  properties: Record<string, unknown>;
  previous_properties: Record<string, unknown>;
}

export interface LicenseKeyRow extends Omit<models.LicenseKeyRead, 'customer' | 'member'> {
  activations: models.LicenseKeyActivationBase[];
  activation_conditions: Record<string, Metadata>;
}

export interface RefundRow extends models.Refund {
  comment: string | null;
}

export interface PaymentRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  status: 'pending' | 'succeeded' | 'failed';
  amount: number;
  currency: string;
  trigger: models.CardPayment['trigger'];
  decline_reason: string | null;
  decline_message: string | null;
  organization_id: string;
  customer_id: string | null;
  checkout_id: string | null;
  order_id: string | null;
  card: { brand: string; last4: string };
}

export interface DiscountRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  organization_id: string;
  name: string;
  code: string | null;
  type: 'fixed' | 'percentage';
  duration: models.DiscountDuration;
  duration_in_months: number | null;
  amounts: Record<string, number>;
  basis_points: number;
  starts_at: string | null;
  ends_at: string | null;
  max_redemptions: number | null;
  max_redemptions_per_customer: number | null;
  product_ids: string[];
  metadata: Metadata;
  deleted_at: string | null;
}

export interface RedemptionRow {
  id: string;
  discount_id: string;
  checkout_id: string;
  customer_id: string | null;
}

export interface CustomerSessionRow {
  id: string;
  created_at: string;
  token: string;
  expires_at: string;
  return_url: string | null;
  customer_id: string;
  member_id: string | null;
  organization_id: string;
}

/** `uses_standard_webhook_signature`: false signs with the whole secret's bytes, true with what its base64 says. */
export type EndpointRow = Omit<models.WebhookEndpoint, 'api_version'>;

export interface EventRow {
  id: string;
  created_at: string;
  endpoint_id: string;
  organization_id: string;
  type: models.WebhookEventType;
  body: string;
  attempts: number;
  last_http_code: number | null;
  /** null until the event is finished: delivered, or out of tries. */
  succeeded: boolean | null;
  skipped: boolean;
  is_archived: boolean;
}

export interface DeliveryRow {
  id: string;
  created_at: string;
  event_id: string;
  endpoint_id: string;
  succeeded: boolean;
  http_code: number | null;
  response: string | null;
}

export interface MeterRow extends models.Meter {}

const inOrganization = (row: { organization_id: string }): string => row.organization_id;
const lower = (organizationId: string, text: string | null | undefined): string | null =>
  text ? `${organizationId} ${text.toLowerCase()}` : null;

export function createTables() {
  return {
    organizations: new Collection<OrganizationRow, 'slug'>({ slug: (row) => row.slug }),
    accessTokens: new Collection<AccessTokenRow>({}),
    products: new Collection<ProductRow, 'organization'>({ organization: inOrganization }),
    prices: new Collection<PriceRow>({}),
    benefits: new Collection<BenefitRow, 'organization'>({ organization: inOrganization }),
    meters: new Collection<MeterRow, 'organization'>({ organization: inOrganization }),
    customers: new Collection<CustomerRow, 'organization' | 'email' | 'external'>({
      organization: inOrganization,
      email: (row) => (row.deleted_at ? null : lower(row.organization_id, row.email)),
      external: (row) =>
        row.deleted_at || !row.external_id ? null : `${row.organization_id} ${row.external_id}`,
    }),
    members: new Collection<MemberRow, 'customer'>({
      customer: (row) => (row.deleted_at ? null : row.customer_id),
    }),
    checkouts: new Collection<CheckoutRow, 'organization' | 'secret'>({
      organization: inOrganization,
      secret: (row) => row.client_secret,
    }),
    orders: new Collection<OrderRow, 'organization' | 'customer' | 'subscription' | 'product'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      subscription: (row) => row.subscription_id,
      product: (row) => row.product_id,
    }),
    subscriptions: new Collection<SubscriptionRow, 'organization' | 'customer' | 'product'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      product: (row) => row.product_id,
    }),
    grants: new Collection<GrantRow, 'organization' | 'customer' | 'purchase' | 'benefit'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      purchase: (row) => row.subscription_id ?? row.order_id,
      benefit: (row) => row.benefit_id,
    }),
    licenseKeys: new Collection<LicenseKeyRow, 'organization' | 'key'>({
      organization: inOrganization,
      key: (row) => `${row.organization_id} ${row.key}`,
    }),
    refunds: new Collection<RefundRow, 'organization' | 'order'>({
      organization: inOrganization,
      order: (row) => row.order_id,
    }),
    payments: new Collection<PaymentRow, 'organization' | 'order'>({
      organization: inOrganization,
      order: (row) => row.order_id,
    }),
    discounts: new Collection<DiscountRow, 'organization' | 'code'>({
      organization: inOrganization,
      code: (row) => (row.deleted_at ? null : lower(row.organization_id, row.code)),
    }),
    redemptions: new Collection<RedemptionRow, 'discount'>({ discount: (row) => row.discount_id }),
    customerSessions: new Collection<CustomerSessionRow, 'token'>({ token: (row) => row.token }),
    endpoints: new Collection<EndpointRow, 'organization'>({ organization: inOrganization }),
    events: new Collection<EventRow, 'organization' | 'endpoint'>({
      organization: inOrganization,
      endpoint: (row) => row.endpoint_id,
    }),
    deliveries: new Collection<DeliveryRow, 'endpoint' | 'event'>({
      endpoint: (row) => row.endpoint_id,
      event: (row) => row.event_id,
    }),
  };
}

export type Tables = ReturnType<typeof createTables>;

/** A whole run as JSON. */
export interface Snapshot {
  version: 1;
  clockOffsetMs: number;
  lastMicros: number;
  randomPosition: number;
  jobs: Job[];
  tables: Record<string, unknown[]>;
}

/** What the simulator remembers: plain rows in tables, so that a snapshot is their JSON. */

import { Collection } from './collection.ts';
import type { Job } from './jobs.ts';
import type * as catalogue from './rows/catalogue.ts';
import type * as customers from './rows/customers.ts';
import type * as files from './rows/files.ts';
import type * as held from './rows/grants.ts';
import type * as sales from './rows/sales.ts';
import type * as usage from './rows/usage.ts';
import type * as hooks from './rows/webhooks.ts';

export type * from './rows/catalogue.ts';
export type * from './rows/common.ts';
export type * from './rows/customers.ts';
export type * from './rows/files.ts';
export type * from './rows/grants.ts';
export type * from './rows/sales.ts';
export type * from './rows/usage.ts';
export type * from './rows/webhooks.ts';

const inOrganization = (row: { organization_id: string }): string => row.organization_id;
const lower = (organizationId: string, text: string | null | undefined): string | null =>
  text ? `${organizationId} ${text.toLowerCase()}` : null;

export function createTables() {
  return {
    organizations: new Collection<catalogue.OrganizationRow, 'slug'>({ slug: (row) => row.slug }),
    accessTokens: new Collection<catalogue.AccessTokenRow>({}),
    products: new Collection<catalogue.ProductRow, 'organization'>({ organization: inOrganization }),
    prices: new Collection<catalogue.PriceRow>({}),
    benefits: new Collection<catalogue.BenefitRow, 'organization'>({ organization: inOrganization }),
    meters: new Collection<usage.MeterRow, 'organization'>({ organization: inOrganization }),
    customers: new Collection<customers.CustomerRow, 'organization' | 'email' | 'external'>({
      organization: inOrganization,
      email: (row) => (row.deleted_at ? null : lower(row.organization_id, row.email)),
      external: (row) =>
        row.deleted_at || !row.external_id ? null : `${row.organization_id} ${row.external_id}`,
    }),
    members: new Collection<customers.MemberRow, 'customer'>({
      customer: (row) => (row.deleted_at ? null : row.customer_id),
    }),
    checkouts: new Collection<sales.CheckoutRow, 'organization' | 'secret'>({
      organization: inOrganization,
      secret: (row) => row.client_secret,
    }),
    orders: new Collection<sales.OrderRow, 'organization' | 'customer' | 'subscription' | 'product'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      subscription: (row) => row.subscription_id,
      product: (row) => row.product_id,
    }),
    subscriptions: new Collection<sales.SubscriptionRow, 'organization' | 'customer' | 'product'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      product: (row) => row.product_id,
    }),
    grants: new Collection<held.GrantRow, 'organization' | 'customer' | 'purchase' | 'benefit'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      purchase: (row) => row.subscription_id ?? row.order_id,
      benefit: (row) => row.benefit_id,
    }),
    licenseKeys: new Collection<held.LicenseKeyRow, 'organization' | 'customer' | 'key'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      key: (row) => `${row.organization_id} ${row.key}`,
    }),
    refunds: new Collection<sales.RefundRow, 'organization' | 'order'>({
      organization: inOrganization,
      order: (row) => row.order_id,
    }),
    payments: new Collection<sales.PaymentRow, 'organization' | 'order'>({
      organization: inOrganization,
      order: (row) => row.order_id,
    }),
    discounts: new Collection<catalogue.DiscountRow, 'organization' | 'code'>({
      organization: inOrganization,
      code: (row) => (row.deleted_at ? null : lower(row.organization_id, row.code)),
    }),
    redemptions: new Collection<catalogue.RedemptionRow, 'discount'>({ discount: (row) => row.discount_id }),
    customerSessions: new Collection<customers.CustomerSessionRow, 'token'>({ token: (row) => row.token }),
    seats: new Collection<customers.SeatRow, 'purchase' | 'token' | 'member'>({
      purchase: (row) => row.subscription_id ?? row.order_id,
      token: (row) => row.invitation_token,
      member: (row) => row.member_id,
    }),
    disputes: new Collection<sales.DisputeRow, 'organization' | 'order'>({
      organization: inOrganization,
      order: (row) => row.order_id,
    }),
    files: new Collection<files.FileRow, 'organization' | 'path'>({
      organization: inOrganization,
      path: (row) => row.path,
    }),
    downloads: new Collection<files.DownloadRow, 'file'>({ file: (row) => row.file_id }),
    usageEvents: new Collection<
      usage.UsageEventRow,
      'organization' | 'customer' | 'person' | 'external' | 'parent'
    >({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      person: (row) =>
        row.external_customer_id ? `${row.organization_id} ${row.external_customer_id}` : null,
      parent: (row) => row.parent_id,
      external: (row) => (row.external_id ? `${row.organization_id} ${row.external_id}` : null),
    }),
    eventTypes: new Collection<usage.EventTypeRow, 'name'>({
      name: (row) => `${row.organization_id} ${row.name}`,
    }),
    customerMeters: new Collection<usage.CustomerMeterRow, 'organization' | 'customer'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
    }),
    checkoutLinks: new Collection<catalogue.CheckoutLinkRow, 'organization' | 'secret'>({
      organization: inOrganization,
      secret: (row) => row.client_secret,
    }),
    customFields: new Collection<catalogue.CustomFieldRow, 'organization' | 'slug'>({
      organization: inOrganization,
      slug: (row) => `${row.organization_id} ${row.slug}`,
    }),
    endpoints: new Collection<hooks.EndpointRow, 'organization'>({ organization: inOrganization }),
    events: new Collection<hooks.EventRow, 'organization' | 'endpoint'>({
      organization: inOrganization,
      endpoint: (row) => row.endpoint_id,
    }),
    deliveries: new Collection<hooks.DeliveryRow, 'endpoint' | 'event'>({
      endpoint: (row) => row.endpoint_id,
      event: (row) => row.event_id,
    }),
  };
}

export type Tables = ReturnType<typeof createTables>;

/** A whole run as JSON. */
export interface Snapshot {
  version: 2;
  clockOffsetMs: number;
  lastMicros: number;
  randomPosition: number;
  jobs: Job[];
  tables: Record<string, unknown[]>;
}

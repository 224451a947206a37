/** What the simulator remembers: plain rows in tables, so that a snapshot is their JSON. */

import type { Job } from './jobs.ts';
import type * as catalogue from './rows/catalogue.ts';
import type * as customers from './rows/customers.ts';
import type * as files from './rows/files.ts';
import type * as held from './rows/grants.ts';
import type * as sales from './rows/sales.ts';
import type * as usage from './rows/usage.ts';
import type * as hooks from './rows/webhooks.ts';
import { Table } from './table.ts';

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
    organizations: new Table<catalogue.OrganizationRow, 'slug'>({ slug: (row) => row.slug }),
    accessTokens: new Table<catalogue.AccessTokenRow>({}),
    products: new Table<catalogue.ProductRow, 'organization'>({ organization: inOrganization }),
    prices: new Table<catalogue.PriceRow>({}),
    benefits: new Table<catalogue.BenefitRow, 'organization'>({ organization: inOrganization }),
    meters: new Table<usage.MeterRow, 'organization'>({ organization: inOrganization }),
    customers: new Table<customers.CustomerRow, 'organization' | 'email' | 'external'>({
      organization: inOrganization,
      email: (row) => (row.deleted_at ? null : lower(row.organization_id, row.email)),
      external: (row) =>
        row.deleted_at || !row.external_id ? null : `${row.organization_id} ${row.external_id}`,
    }),
    members: new Table<customers.MemberRow, 'customer'>({
      customer: (row) => (row.deleted_at ? null : row.customer_id),
    }),
    checkouts: new Table<sales.CheckoutRow, 'organization' | 'secret'>({
      organization: inOrganization,
      secret: (row) => row.client_secret,
    }),
    orders: new Table<sales.OrderRow, 'organization' | 'customer' | 'subscription' | 'product'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      subscription: (row) => row.subscription_id,
      product: (row) => row.product_id,
    }),
    subscriptions: new Table<sales.SubscriptionRow, 'organization' | 'customer' | 'product'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      product: (row) => row.product_id,
    }),
    grants: new Table<held.GrantRow, 'organization' | 'customer' | 'purchase' | 'benefit'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      purchase: (row) => row.subscription_id ?? row.order_id,
      benefit: (row) => row.benefit_id,
    }),
    licenseKeys: new Table<held.LicenseKeyRow, 'organization' | 'customer' | 'key'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      key: (row) => `${row.organization_id} ${row.key}`,
    }),
    refunds: new Table<sales.RefundRow, 'organization' | 'order'>({
      organization: inOrganization,
      order: (row) => row.order_id,
    }),
    payments: new Table<sales.PaymentRow, 'organization' | 'order'>({
      organization: inOrganization,
      order: (row) => row.order_id,
    }),
    discounts: new Table<catalogue.DiscountRow, 'organization' | 'code'>({
      organization: inOrganization,
      code: (row) => (row.deleted_at ? null : lower(row.organization_id, row.code)),
    }),
    redemptions: new Table<catalogue.RedemptionRow, 'discount'>({ discount: (row) => row.discount_id }),
    customerSessions: new Table<customers.CustomerSessionRow, 'token'>({ token: (row) => row.token }),
    seats: new Table<customers.SeatRow, 'organization' | 'customer' | 'purchase' | 'token' | 'member'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
      purchase: (row) => row.subscription_id ?? row.order_id,
      token: (row) => row.invitation_token,
      member: (row) => row.member_id,
    }),
    disputes: new Table<sales.DisputeRow, 'organization' | 'order'>({
      organization: inOrganization,
      order: (row) => row.order_id,
    }),
    files: new Table<files.FileRow, 'organization' | 'path'>({
      organization: inOrganization,
      path: (row) => row.path,
    }),
    downloadables: new Table<files.DownloadableRow, 'file' | 'holding'>({
      file: (row) => row.file_id,
      holding: (row) => `${row.customer_id} ${row.member_id} ${row.benefit_id} ${row.file_id}`,
    }),
    downloadLinks: new Table<files.DownloadLinkRow, 'downloadable'>({
      downloadable: (row) => row.downloadable_id,
    }),
    usageEvents: new Table<
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
    eventTypes: new Table<usage.EventTypeRow, 'organization' | 'name'>({
      organization: inOrganization,
      name: (row) => `${row.organization_id} ${row.name}`,
    }),
    customerMeters: new Table<usage.CustomerMeterRow, 'organization' | 'customer'>({
      organization: inOrganization,
      customer: (row) => row.customer_id,
    }),
    checkoutLinks: new Table<catalogue.CheckoutLinkRow, 'organization' | 'secret'>({
      organization: inOrganization,
      secret: (row) => row.client_secret,
    }),
    customFields: new Table<catalogue.CustomFieldRow, 'organization' | 'slug'>({
      organization: inOrganization,
      slug: (row) => `${row.organization_id} ${row.slug}`,
    }),
    endpoints: new Table<hooks.EndpointRow, 'organization'>({ organization: inOrganization }),
    events: new Table<hooks.EventRow, 'organization' | 'endpoint'>({
      organization: inOrganization,
      endpoint: (row) => row.endpoint_id,
    }),
    deliveries: new Table<hooks.DeliveryRow, 'endpoint' | 'event'>({
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

/** What a customer is shown of what it has bought (facts §6): less than the seller is, and with the seller's name. */

import type { models } from '@polar-sh/sdk/2026-10';
import type {
  BenefitRow,
  CustomerRow,
  GrantRow,
  OrderRow,
  OrganizationRow,
  SubscriptionRow,
} from '../state.ts';
import type { World } from '../world.ts';
import { orderToWire } from './order.ts';
import { checkoutProductToWire } from './product.ts';
import { subscriptionBaseToWire, subscriptionToWire } from './subscription.ts';

const existing = <Row>(row: Row | undefined, what: string): Row => {
  if (row === undefined) throw new Error(`${what} is gone.`);
  return row;
};

export function portalOrganizationToWire(row: OrganizationRow) {
  const { created_at, modified_at, id, name, slug, avatar_url, proration_behavior, allow_customer_updates } =
    row;
  return {
    created_at,
    modified_at,
    id,
    name,
    slug,
    avatar_url,
    proration_behavior,
    allow_customer_updates,
    customer_portal_settings: row.customer_portal_settings,
    organization_features: {
      member_model_enabled: row.feature_settings?.member_model_enabled ?? false,
      checkout_localization_enabled: false,
    },
  };
}

export function portalCustomerToWire(row: CustomerRow) {
  const { created_at, modified_at, id, email, email_verified, name, billing_address, tax_id, type, locale } =
    row;
  return {
    created_at,
    modified_at,
    id,
    email,
    email_verified,
    name,
    billing_name: row.billing_name ?? name,
    billing_address,
    tax_id,
    oauth_accounts: {},
    default_payment_method_id: row.default_payment_method_id,
    type,
    locale,
  };
}

function portalProduct(world: World, productId: string | null) {
  const product = world.tables.products.get(productId);
  if (!product) return null;
  const organization = existing(world.tables.organizations.get(product.organization_id), 'The organization');
  return { ...checkoutProductToWire(world, product), organization: portalOrganizationToWire(organization) };
}

export function portalOrderToWire(world: World, row: OrderRow) {
  const {
    customer: _1,
    discount: _2,
    metadata: _3,
    custom_field_data: _4,
    ...order
  } = orderToWire(world, row);
  const { platform_fee_amount: _5, platform_fee_currency: _6, ...shown } = order;
  const subscription = world.tables.subscriptions.get(row.subscription_id);
  return {
    ...shown,
    product: portalProduct(world, row.product_id),
    subscription: subscription ? withoutMetadata(subscription) : null,
  };
}

function withoutMetadata(row: SubscriptionRow) {
  const { metadata: _1, ...subscription } = subscriptionBaseToWire(row);
  return subscription;
}

export function portalSubscriptionToWire(world: World, row: SubscriptionRow) {
  const { prices, meters, pending_update } = subscriptionToWire(world, row);
  return {
    ...withoutMetadata(row),
    product: portalProduct(world, row.product_id),
    prices,
    meters,
    pending_update,
  };
}

export function portalGrantToWire(world: World, row: GrantRow): models.CustomerBenefitGrant {
  const { organization_id: _1, previous_properties: _2, ...grant } = row;
  const customer = existing(world.tables.customers.get(row.customer_id), 'The customer');
  const benefit = existing(world.tables.benefits.get(row.benefit_id), 'The benefit');
  const organization = existing(world.tables.organizations.get(row.organization_id), 'The organization');
  const { metadata: _3, visibility: _4, visibility_configurable: _5, ...shown } = benefit;
  return {
    ...grant,
    customer: portalCustomerToWire(customer),
    benefit: {
      ...shown,
      organization: portalOrganizationToWire(organization),
      properties: shownProperties(benefit),
    },
  } as models.CustomerBenefitGrant;
}

function shownProperties(benefit: BenefitRow): object {
  switch (benefit.type) {
    case 'downloadables': {
      const { files, archived } = benefit.properties;
      return { active_files: files.filter((id) => !archived[id]) };
    }
    case 'discord':
      return { guild_id: benefit.properties.guild_id };
    case 'github_repository': {
      const { repository_owner, repository_name } = benefit.properties;
      return { repository_owner, repository_name };
    }
    case 'custom':
    case 'license_keys':
    case 'meter_credit':
    case 'feature_flag':
      return benefit.properties;
    case 'slack_shared_channel':
      return {};
    default:
      return benefit satisfies never;
  }
}

/** The seller's side: organization, products, prices, benefits, discounts, custom fields, links. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { Metadata } from './common.ts';

type CatalogPrice =
  | models.ProductPriceFixed
  | models.ProductPriceCustom
  | models.ProductPriceSeatBased
  | models.ProductPriceUnitBased
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
  /** Left out: all. */
  scopes?: string[];
}

export interface ProductRow extends models.OrderProduct {
  benefit_ids: string[];
  price_ids: string[];
  media_ids: string[];
  attached_fields: AttachedField[];
}

export type BenefitRow = models.Benefit;

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

export interface CheckoutLinkRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  organization_id: string;
  client_secret: string;
  label: string | null;
  product_ids: string[];
  success_url: string | null;
  return_url: string | null;
  allow_discount_codes: boolean;
  require_billing_address: boolean;
  discount_id: string | null;
  seats: number | null;
  trial_interval: models.TrialInterval | null;
  trial_interval_count: number | null;
  metadata: Metadata;
  deleted_at: string | null;
}

export interface CustomFieldRow {
  id: string;
  created_at: string;
  modified_at: string | null;
  organization_id: string;
  type: models.CustomFieldType;
  slug: string;
  name: string;
  metadata: Metadata;
  properties: Record<string, unknown>;
}

/** A field that a product asks for at checkout. */
export interface AttachedField {
  custom_field_id: string;
  order: number;
  required: boolean;
}

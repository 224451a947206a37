/** What buyers hold: benefit grants and licence keys. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { Metadata } from './common.ts';

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

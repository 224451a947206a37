/** A seller begins: an organization as Polar makes it, and its access token. */

import { invalid } from '../http/errors.ts';
import { token } from '../random.ts';
import type { OrganizationRow } from '../state.ts';
import type { World } from '../world.ts';

export function createOrganization(
  world: World,
  input: { slug: string; name?: string; environment?: 'production' | 'sandbox' },
): { id: string; slug: string; accessToken: string } {
  if (world.tables.organizations.by('slug', input.slug).length > 0) {
    throw invalid(['body', 'slug'], 'An organization with this slug already exists.', input.slug);
  }
  const created_at = world.stamp();
  const organization: OrganizationRow = world.tables.organizations.insert({
    id: world.id(),
    created_at,
    modified_at: null,
    name: input.name ?? input.slug,
    slug: input.slug,
    avatar_url: null,
    proration_behavior: 'prorate',
    allow_customer_updates: true,
    email: `hello@${input.slug}.dev`,
    website: null,
    socials: [],
    status: 'active',
    details_submitted_at: created_at,
    onboarding_resubmission_requested_at: null,
    sso_enforced: false,
    default_presentment_currency: 'usd',
    default_tax_behavior: 'location',
    // New organizations have the member model on.
    feature_settings: { member_model_enabled: true },
    subscription_settings: {
      allow_multiple_subscriptions: false,
      proration_behavior: 'prorate',
      benefit_revocation_grace_period: 0,
      prevent_trial_abuse: false,
      allow_customer_updates: true,
    },
    customer_email_settings: {
      order_confirmation: true,
      payment_method_expiration_reminder: true,
      subscription_cancellation: true,
      subscription_confirmation: true,
      subscription_cycled: true,
      subscription_cycled_after_trial: true,
      subscription_past_due: true,
      subscription_paused: true,
      subscription_resumed: true,
      subscription_renewal_reminder: true,
      subscription_revoked: true,
      subscription_trial_conversion_reminder: true,
      subscription_uncanceled: true,
      subscription_updated: true,
    },
    customer_portal_settings: {
      usage: { show: true },
      subscription: { update_seats: true, update_plan: true, pause: true },
      customer: { allow_email_change: true },
    },
    dispute_settings: { auto_accept_below_amount: null },
    embed_hosts: [],
    country: null,
    account_id: null,
    payout_account_id: null,
    capabilities: {
      checkout_payments: true,
      subscription_renewals: true,
      payouts: true,
      refunds: true,
      api_access: true,
      dashboard_access: true,
    },
    next_invoice: 1,
    environment: input.environment ?? 'production',
  });
  const accessToken = token(world.random, 'polar_oat_');
  world.tables.accessTokens.insert({ id: accessToken, organization_id: organization.id });
  world.changed();
  return { id: organization.id, slug: organization.slug, accessToken };
}

/** A customer as Polar writes it, alone, embedded, and with its state. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { CustomerRow, MemberRow } from '../state.ts';
import { customerMeterBase, subscriptionMetersToWire } from './meter.ts';
import type { World } from '../world.ts';

export function customerToWire(row: CustomerRow): models.OrderCustomer & { email: string } {
  const { short_code: _1, invoices: _2, receipts: _3, balances: _4, card: _5, ...customer } = row;
  return {
    ...customer,
    // Individuals always have one; only a team may be without.
    email: customer.email ?? '',
    avatar_url: avatarUrl(customer.email),
    billing_name: customer.billing_name ?? customer.name,
  };
}

/** Polar derives a picture's address from the e-mail; older SDKs insist on it. Nobody fetches this one. */
function avatarUrl(email: string | null | undefined): string {
  const name = encodeURIComponent((email ?? 'nobody').toLowerCase());
  return `https://avatars.polar-simulated.invalid/${name}.png`;
}

export function memberToWire(row: MemberRow): models.Member {
  const { organization_id: _1, deleted_at: _2, ...member } = row;
  return member;
}

/** The legacy `user` that Polar still writes beside `customer` on orders and subscriptions. */
export function userToWire(customer: CustomerRow) {
  return {
    id: customer.id,
    email: customer.email,
    public_name: (customer.name ?? customer.email ?? '?').slice(0, 1).toUpperCase(),
    avatar_url: avatarUrl(customer.email),
    github_username: null,
  };
}

/** Full state (facts §5): active subscriptions, granted benefits and meters. */
export function customerStateToWire(world: World, customer: CustomerRow): models.CustomerState {
  const subscriptions = world.tables.subscriptions
    .by('customer', customer.id)
    .filter((row) => row.status === 'active' || row.status === 'trialing');
  const grants = world.tables.grants.by('customer', customer.id).filter((row) => row.is_granted);
  const state = {
    ...customerToWire(customer),
    active_subscriptions: subscriptions.map((row) => ({
      id: row.id,
      created_at: row.created_at,
      modified_at: row.modified_at,
      custom_field_data: row.custom_field_data ?? {},
      metadata: row.metadata,
      status: row.status,
      amount: row.amount,
      currency: row.currency,
      recurring_interval: row.recurring_interval,
      current_period_start: row.current_period_start,
      current_period_end: row.current_period_end,
      trial_start: row.trial_start,
      trial_end: row.trial_end,
      cancel_at_period_end: row.cancel_at_period_end,
      canceled_at: row.canceled_at,
      started_at: row.started_at,
      ends_at: row.ends_at,
      product_id: row.product_id,
      discount_id: row.discount_id,
      seats: row.seats ?? null,
      units: null,
      meters: subscriptionMetersToWire(world, row),
    })),
    granted_benefits: grants.map((row) => {
      const benefit = world.tables.benefits.get(row.benefit_id);
      return {
        id: row.id,
        created_at: row.created_at,
        modified_at: row.modified_at,
        granted_at: row.granted_at,
        benefit_id: row.benefit_id,
        benefit_type: benefit?.type,
        benefit_metadata: benefit?.metadata ?? {},
        properties: row.properties,
      };
    }),
    active_meters: world.tables.customerMeters.by('customer', customer.id).map(customerMeterBase),
  };
  // TypeScript cannot see that the rows' own unions (type, status) fit one branch of the model's.
  return state as unknown as models.CustomerState;
}

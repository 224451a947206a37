/** Benefit grants and licence keys as Polar writes them. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { GrantRow, LicenseKeyRow } from '../state.ts';
import type { World } from '../world.ts';
import { customerToWire, memberToWire } from './customer.ts';

export function grantToWire(world: World, row: GrantRow): models.BenefitGrant {
  const { organization_id: _1, previous_properties: _2, ...grant } = row;
  const customer = world.tables.customers.get(row.customer_id);
  const benefit = world.tables.benefits.get(row.benefit_id);
  if (!customer || !benefit) throw new Error(`The grant ${row.id} has no customer or benefit.`);
  const member = world.tables.members.get(row.member_id);
  return {
    ...grant,
    customer: customerToWire(customer),
    member: member ? memberToWire(member) : null,
    benefit,
    user_id: row.customer_id,
  } as models.BenefitGrant;
}

/** In webhooks a grant also says what its properties were before. */
export function grantToWebhook(world: World, row: GrantRow): models.BenefitGrantWebhook {
  return {
    ...grantToWire(world, row),
    previous_properties: row.previous_properties,
  } as models.BenefitGrantWebhook;
}

export function licenseKeyToWire(world: World, row: LicenseKeyRow) {
  const { activations: _1, activation_conditions: _2, ...key } = row;
  const customer = world.tables.customers.get(row.customer_id);
  if (!customer) throw new Error(`The licence key ${row.id} has no customer.`);
  return { ...key, customer: customerToWire(customer), user_id: customer.id, member: null };
}

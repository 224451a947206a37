/** Customers and their members come, change and go (facts §1.11). */

import type { models } from '@polar-sh/sdk/2026-10';
import { PRIORITY } from '../jobs.ts';
import { letters } from '../random.ts';
import type { CustomerRow, MemberRow, Metadata, TaxId } from '../state.ts';
import { customerStateToWire, customerToWire, memberToWire } from '../wire/customer.ts';
import type { World } from '../world.ts';

export interface NewCustomer {
  organizationId: string;
  email: string | null;
  name?: string | null;
  externalId?: string | null;
  billingAddress?: models.Address | null;
  billingName?: string | null;
  taxId?: TaxId | null;
  locale?: string | null;
  metadata?: Metadata;
  type?: models.CustomerType;
  owner?: { email: string; name: string | null; external_id: string | null } | null;
}

export function findByEmail(world: World, organizationId: string, email: string): CustomerRow | undefined {
  return world.tables.customers.by('email', `${organizationId} ${email.toLowerCase()}`)[0];
}

export function findByExternalId(
  world: World,
  organizationId: string,
  externalId: string,
): CustomerRow | undefined {
  return world.tables.customers.by('external', `${organizationId} ${externalId}`)[0];
}

/** Whom a request names by Polar's id or by the seller's own; undefined when there is no such customer any more. */
export function findCustomer(
  world: World,
  organizationId: string,
  named: { customer_id?: string | null | undefined; external_customer_id?: string | null | undefined },
): CustomerRow | undefined {
  if (!named.customer_id) return findByExternalId(world, organizationId, named.external_customer_id ?? '');
  const customer = world.tables.customers.getIn('organization', organizationId, named.customer_id);
  return customer?.deleted_at ? undefined : customer;
}

/** Emits `member.created` at once; `customer.created` is announced by a job of its own. */
export function createCustomer(world: World, input: NewCustomer): CustomerRow {
  const customer: CustomerRow = world.tables.customers.insert({
    id: world.id(),
    created_at: world.stamp(),
    modified_at: null,
    metadata: input.metadata ?? {},
    external_id: input.externalId ?? null,
    email: input.email,
    email_verified: false,
    type: input.type ?? 'individual',
    name: input.name ?? null,
    billing_name: input.billingName ?? null,
    billing_address: input.billingAddress ?? null,
    tax_id: input.taxId ?? null,
    locale: input.locale ?? null,
    organization_id: input.organizationId,
    default_payment_method_id: null,
    deleted_at: null,
    first_user_event_at: null,
    avatar_url: null,
    short_code: letters(world.random, 8),
    invoices: 0,
    receipts: 0,
    balances: {},
    card: null,
  });
  const ownerEmail = input.owner?.email ?? input.email;
  const organization = world.tables.organizations.get(input.organizationId);
  if (ownerEmail && organization?.feature_settings?.member_model_enabled) {
    const member = createMember(world, customer, {
      email: ownerEmail,
      name: input.owner?.name ?? input.name ?? null,
      external_id: input.owner?.external_id ?? null,
      role: 'owner',
    });
    world.emit(customer.organization_id, 'member.created', memberToWire(member));
  }
  return customer;
}

export function createMember(
  world: World,
  customer: CustomerRow,
  input: Pick<models.Member, 'email' | 'name' | 'external_id' | 'role'>,
): MemberRow {
  return world.tables.members.insert({
    id: world.id(),
    created_at: world.stamp(),
    modified_at: null,
    customer_id: customer.id,
    organization_id: customer.organization_id,
    deleted_at: null,
    ...input,
  });
}

export function ownerOf(world: World, customerId: string): MemberRow | undefined {
  return world.tables.members.by('customer', customerId).find((member) => member.role === 'owner');
}

/** Asks for `customer.created|updated|deleted`, which re-reads the customer when it runs. */
export function announceCustomer(
  world: World,
  customerId: string,
  type: 'customer.created' | 'customer.updated' | 'customer.deleted',
): void {
  const delayMs = world.delays.customer;
  world.schedule('customer.announce', { customer_id: customerId, type }, { delayMs });
}

export function runAnnounce(
  world: World,
  data: { customer_id: string; type: models.WebhookEventType },
): void {
  const customer = world.tables.customers.get(data.customer_id);
  if (!customer) return;
  world.emit(customer.organization_id, data.type, customerToWire(customer));
  world.emit(customer.organization_id, 'customer.state_changed', customerStateToWire(world, customer));
}

export function runStateChanged(world: World, data: { customer_id: string }): void {
  world.stateChangeRuns(data.customer_id);
  const customer = world.tables.customers.get(data.customer_id);
  if (!customer || customer.deleted_at) return;
  world.emit(customer.organization_id, 'customer.state_changed', customerStateToWire(world, customer));
}

/** Members go first, then the customer; what the customer had is revoked afterwards by a job. */
export function deleteCustomer(world: World, customer: CustomerRow, anonymize: boolean): void {
  for (const member of world.tables.members.by('customer', customer.id)) deleteMember(world, member);
  customer.deleted_at = world.stamp();
  if (anonymize) {
    // Polar hashes: what matters is that 64 digits stand in the place of what was known.
    const hash = customer.id.replaceAll('-', '').repeat(2);
    customer.email = `${hash}@anonymized.polar.sh`;
    customer.name = customer.name === null ? null : hash;
    customer.billing_name = customer.billing_name === null ? null : hash;
    customer.billing_address = null;
  }
  world.touch(customer);
  world.tables.customers.reindex(customer);
  announceCustomer(world, customer.id, 'customer.deleted');
  world.schedule(
    'customer.deleted',
    { customer_id: customer.id },
    { delayMs: world.delays.customer, priority: PRIORITY.work },
  );
}

export function deleteMember(world: World, member: MemberRow): void {
  member.deleted_at = world.stamp();
  world.touch(member);
  world.tables.members.reindex(member);
  world.emit(member.organization_id, 'member.deleted', memberToWire(member));
}

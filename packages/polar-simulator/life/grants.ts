/** Benefits are granted, cycled and revoked in the background, one job per benefit (facts §1.0, §1.13, §4.5). */

import type { GrantScope } from '../jobs.ts';
import type { BenefitRow, GrantRow, OrderRow, ProductRow, SubscriptionRow } from '../state.ts';
import { grantToWebhook } from '../wire/grant.ts';
import type { World } from '../world.ts';
import { ownerOf } from './customers.ts';
import { grantProperties, licenseKeyOf, updateLicenseKey } from './grant-properties.ts';
import { findCustomerMeter } from './metered-prices.ts';
import { creditMeter } from './meters.ts';

/** Types whose grant waits until the customer connects an account somewhere else, with what Polar says until then. */
const NEEDS_CUSTOMER: Partial<Record<BenefitRow['type'], string>> = {
  discord: 'The customer needs to connect their Discord account',
  github_repository: 'The customer needs to connect their GitHub account',
  slack_shared_channel:
    'Enter the email of an admin in your Slack workspace to receive the Slack Connect invite.',
};

/** Polar's class for all that it cannot do by itself: the customer or the seller has to act. */
const ACTION_REQUIRED = 'BenefitActionRequiredError';

export type Purchase = Pick<GrantScope, 'customer_id' | 'order_id' | 'subscription_id' | 'member_id'>;

export const purchaseOfOrder = (world: World, order: OrderRow): Purchase => ({
  customer_id: order.customer_id,
  order_id: order.subscription_id ? null : order.id,
  subscription_id: order.subscription_id,
  member_id: ownerOf(world, order.customer_id)?.id ?? null,
});

export const purchaseOfSubscription = (world: World, subscription: SubscriptionRow): Purchase => ({
  customer_id: subscription.customer_id,
  order_id: null,
  subscription_id: subscription.id,
  member_id: ownerOf(world, subscription.customer_id)?.id ?? null,
});

/** Who is granted: the buyer, or with seats everyone who has claimed one. */
function holdersOf(world: World, purchase: Purchase): (string | null)[] {
  const bought =
    world.tables.subscriptions.get(purchase.subscription_id) ?? world.tables.orders.get(purchase.order_id);
  if (bought?.seats == null) return [purchase.member_id];
  return world.tables.seats
    .by('purchase', bought.id)
    .filter((seat) => seat.status === 'claimed')
    .map((seat) => seat.member_id);
}

export function scheduleGrants(
  world: World,
  product: ProductRow,
  purchase: Purchase,
  benefitIds: readonly string[] = product.benefit_ids,
): void {
  const holders = holdersOf(world, purchase);
  for (const benefit_id of benefitIds) {
    for (const member_id of holders) {
      const scope = { benefit_id, ...purchase, member_id };
      world.schedule('benefit.grant', scope, { delayMs: world.delays.grant });
    }
  }
}

export const scopeOf = ({
  benefit_id,
  customer_id,
  order_id,
  subscription_id,
  member_id,
}: GrantRow): GrantScope => ({ benefit_id, customer_id, order_id, subscription_id, member_id });

/** Asks for the revocation of what one purchase gave, to everyone or to one member. */
export function scheduleRevocations(
  world: World,
  purchaseId: string,
  benefitIds: readonly string[] | 'all' = 'all',
  memberId?: string | null,
): void {
  for (const grant of world.tables.grants.by('purchase', purchaseId)) {
    if (memberId !== undefined && grant.member_id !== memberId) continue;
    if (grant.is_revoked || (benefitIds !== 'all' && !benefitIds.includes(grant.benefit_id))) continue;
    world.schedule('benefit.revoke', scopeOf(grant), { delayMs: world.delays.grant });
  }
}

function findGrant(world: World, scope: GrantScope): GrantRow | undefined {
  return world.tables.grants
    .by('purchase', scope.subscription_id ?? scope.order_id ?? '')
    .find((row) => row.benefit_id === scope.benefit_id && row.member_id === scope.member_id);
}

/** A purchase that has lost its right to benefits while the job was waiting gets none. */
function isStillDue(world: World, scope: GrantScope): boolean {
  if (world.tables.customers.get(scope.customer_id)?.deleted_at) return false;
  const subscription = world.tables.subscriptions.get(scope.subscription_id);
  return !subscription || subscription.status === 'active' || subscription.status === 'trialing';
}

export function runGrant(world: World, scope: GrantScope): void {
  const benefit = world.tables.benefits.get(scope.benefit_id);
  if (!benefit || benefit.is_deleted || !isStillDue(world, scope)) return;
  const existing = findGrant(world, scope);
  if (existing && existing.is_granted) return;
  const grant: GrantRow =
    existing ??
    world.tables.grants.insert({
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      organization_id: benefit.organization_id,
      ...scope,
      granted_at: null,
      is_granted: false,
      revoked_at: null,
      is_revoked: false,
      error: null,
      properties: {},
      previous_properties: {},
    });
  grant.previous_properties = grant.properties;
  grant.is_revoked = false;
  grant.revoked_at = null;
  const missing = NEEDS_CUSTOMER[benefit.type];
  if (missing === undefined || grant.properties['account_id'] || grant.properties['invited_email']) {
    grant.is_granted = true;
    grant.granted_at = world.stamp();
    grant.error = null;
    grant.properties = grantProperties(world, benefit, grant);
  } else {
    grant.error = { type: ACTION_REQUIRED, message: missing, timestamp: world.stamp() };
  }
  if (existing) world.touch(grant);
  world.emit(grant.organization_id, 'benefit_grant.created', grantToWebhook(world, grant));
  world.stateChanges(grant.customer_id);
}

export function runRevoke(world: World, scope: GrantScope): void {
  const grant = findGrant(world, scope);
  if (!grant || grant.is_revoked) return;
  revokeGrant(world, grant);
}

export function revokeGrant(world: World, grant: GrantRow): void {
  grant.previous_properties = grant.properties;
  grant.is_granted = false;
  grant.granted_at = null;
  grant.is_revoked = true;
  grant.revoked_at = world.stamp();
  const { last_credited_meter_id: meterId, last_credited_units: units } = grant.properties;
  if (typeof meterId === 'string' && typeof units === 'number') {
    creditMeter(world, grant.customer_id, meterId, -units);
  }
  const key = licenseKeyOf(world, grant);
  if (key) {
    key.status = 'revoked';
    world.touch(key);
  }
  world.touch(grant);
  world.emit(grant.organization_id, 'benefit_grant.revoked', grantToWebhook(world, grant));
  world.stateChanges(grant.customer_id);
}

/** A new period: the same grants, `granted_at` unchanged. */
export function scheduleCycles(world: World, subscription: SubscriptionRow): void {
  for (const grant of world.tables.grants.by('purchase', subscription.id)) {
    if (grant.is_granted)
      world.schedule('benefit.cycle', { grant_id: grant.id }, { delayMs: world.delays.grant });
  }
}

export function runCycle(world: World, data: { grant_id: string }): void {
  const grant = world.tables.grants.get(data.grant_id);
  if (!grant?.is_granted) return;
  const benefit = world.tables.benefits.get(grant.benefit_id);
  grant.previous_properties = grant.properties;
  if (benefit?.type === 'meter_credit') {
    const { meter_id, rollover } = benefit.properties;
    const leftOver = findCustomerMeter(world, grant.customer_id, meter_id)?.left_over_units ?? 0;
    if (rollover) creditMeter(world, grant.customer_id, meter_id, leftOver);
    grant.properties = grantProperties(world, benefit, grant);
  }
  world.touch(grant);
  world.emit(grant.organization_id, 'benefit_grant.cycled', grantToWebhook(world, grant));
  world.stateChanges(grant.customer_id);
}

/** The benefit itself changed in a way that matters to those who have it; Polar resets `granted_at` then. */
export function runUpdate(world: World, data: { grant_id: string }): void {
  const grant = world.tables.grants.get(data.grant_id);
  const benefit = world.tables.benefits.get(grant?.benefit_id);
  if (!grant?.is_granted || !benefit) return;
  grant.previous_properties = grant.properties;
  grant.properties = grantProperties(world, benefit, grant);
  updateLicenseKey(world, benefit, grant);
  grant.granted_at = world.stamp();
  world.touch(grant);
  world.emit(grant.organization_id, 'benefit_grant.updated', grantToWebhook(world, grant));
  world.stateChanges(grant.customer_id);
}

/** The customer connected the account that a pending grant waited for. */
export function connectGrant(world: World, grant: GrantRow, properties: Record<string, unknown>): void {
  const benefit = world.tables.benefits.get(grant.benefit_id);
  if (!benefit || grant.is_revoked) return;
  grant.previous_properties = grant.properties;
  grant.properties = { ...grant.properties, ...properties };
  grant.is_granted = true;
  grant.granted_at = world.stamp();
  grant.error = null;
  world.touch(grant);
  world.emit(grant.organization_id, 'benefit_grant.updated', grantToWebhook(world, grant));
  world.stateChanges(grant.customer_id);
}

/** Polar cannot give what the benefit promises, for example since its app was removed from a repository. */
export function failGrant(
  world: World,
  grant: GrantRow,
  error: { type?: string | undefined; message: string },
): void {
  if (grant.is_revoked) return;
  grant.previous_properties = grant.properties;
  grant.is_granted = false;
  grant.granted_at = null;
  grant.error = { type: error.type ?? ACTION_REQUIRED, message: error.message, timestamp: world.stamp() };
  world.touch(grant);
  world.emit(grant.organization_id, 'benefit_grant.updated', grantToWebhook(world, grant));
  world.stateChanges(grant.customer_id);
}

/** The set of a product's benefits changed: live subscriptions and all one-time orders follow, even refunded ones. */
export function resyncProduct(
  world: World,
  product: ProductRow,
  change: { added: string[]; removed: string[] },
): void {
  const purchases: Purchase[] = [];
  for (const subscription of world.tables.subscriptions.by('product', product.id)) {
    if (subscription.status === 'active' || subscription.status === 'trialing') {
      purchases.push(purchaseOfSubscription(world, subscription));
    }
  }
  for (const order of world.tables.orders.by('product', product.id)) {
    if (!order.subscription_id) purchases.push(purchaseOfOrder(world, order));
  }
  for (const purchase of purchases) {
    scheduleRevocations(world, purchase.subscription_id ?? purchase.order_id ?? '', change.removed);
    scheduleGrants(world, product, purchase, change.added);
  }
}

/** The buyer says "Pay": who are they, may they, and then the checkout is confirmed (facts §3 "Confirm"). */

import { postponeIfProcessing } from '../control/settling.ts';
import { type PolarProblem, invalidAll, problem } from '../http/errors.ts';
import { type CheckoutChange, changeCheckout } from '../resources/checkout-input.ts';
import { missingForConfirm } from '../resources/checkout-needs.ts';
import type { CheckoutRow, CustomerRow } from '../state.ts';
import type { World } from '../world.ts';
import { cardOf } from './cards.ts';
import { confirm } from './checkouts.ts';
import { createCustomer, findByEmail, findByExternalId } from './customers.ts';
import { DECLINE_MESSAGE } from './orders.ts';
import { openSession } from './sessions.ts';
import { isBillable } from './subscriptions.ts';

export const expiredCheckout = (): PolarProblem =>
  problem(410, 'ExpiredCheckoutError', 'This checkout session has expired.');

export const notOpen = (): PolarProblem =>
  problem(403, 'NotOpenCheckout', 'This checkout session is not open.');

/** Public calls stop at `expires_at`, before the expiry job runs and even for what has succeeded. */
export function isExpired(world: World, row: CheckoutRow): boolean {
  return world.now() >= Date.parse(row.expires_at);
}

export function confirmCheckout(
  world: World,
  row: CheckoutRow,
  change: CheckoutChange,
  confirmationTokenId: string | null | undefined,
): { customerSessionToken: string | null } {
  if (row.status !== 'open') throw notOpen();
  changeCheckout(world, row, change);
  const missing = missingForConfirm(world, row, confirmationTokenId);
  if (missing.length > 0) throw invalidAll(missing);
  const known = existingCustomer(world, row);
  if (known) refuseSecondSubscription(world, row, known);
  refuseOverusedDiscount(world, row, known);
  if (known) refuseSecondTrial(world, row, known);
  const { card, pays } = cardOf(confirmationTokenId);
  if (pays === 'rejected' && row.is_payment_form_required) {
    throw problem(400, 'PaymentError', DECLINE_MESSAGE);
  }

  if (!row.customer_id) row.customer_is_typed = true;
  const matchedByEmailOnly = known !== undefined && !row.customer_is_given;
  const customer = known ?? newCustomer(world, row);
  // Whoever this checkout created may try again after a declined card.
  if (!known) row.customer_is_given = true;
  updateFrom(world, customer, row);
  confirm(world, row, {
    customer,
    isNewCustomer: !known,
    card,
    charge: pays === 'never' ? 'declines' : 'pays',
  });
  postponeIfProcessing(world, row, confirmationTokenId);
  if (matchedByEmailOnly) return { customerSessionToken: null };
  return { customerSessionToken: openSession(world, customer) };
}

/**
 * The buyer of a failed try is somebody else now, or the address had a slip. Only the page can do this: Polar's API keeps
 * the address of a checkout that has a customer (facts §3).
 */
export function forgetTypedBuyer(row: CheckoutRow): void {
  row.customer_id = null;
  row.customer_is_given = false;
}

function existingCustomer(world: World, row: CheckoutRow): CustomerRow | undefined {
  if (row.customer_id && row.customer_is_given) {
    const given = world.tables.customers.get(row.customer_id);
    if (!given || given.deleted_at) {
      throw problem(409, 'CheckoutCustomerDeleted', 'The customer of this checkout has been deleted.');
    }
    return given;
  }
  const email = row.customer_email ?? '';
  const byEmail = findByEmail(world, row.organization_id, email);
  // The external id of a checkout is silently dropped when the e-mail is someone's.
  if (byEmail) return byEmail;
  if (row.external_customer_id) {
    const taken = findByExternalId(world, row.organization_id, row.external_customer_id);
    if (taken) {
      throw problem(
        422,
        'CheckoutCustomerExternalIdMismatch',
        'A customer with this external ID already exists with a different email address.',
      );
    }
  }
  return undefined;
}

/** Polar looks at every update, as soon as it can tell who the buyer is; nothing is changed then (facts §3). */
export function refuseUpdateOfSubscriber(
  world: World,
  row: CheckoutRow,
  change: Pick<CheckoutChange, 'customer_email' | 'product_id'>,
): void {
  const email = change.customer_email ?? row.customer_email;
  const known = row.customer_id
    ? world.tables.customers.get(row.customer_id)
    : findByEmail(world, row.organization_id, email ?? '');
  if (!known || known.deleted_at) return;
  refuseSecondSubscription(world, { ...row, product_id: change.product_id ?? row.product_id }, known);
}

function refuseSecondSubscription(world: World, row: CheckoutRow, customer: CustomerRow): void {
  const organization = world.tables.organizations.get(row.organization_id);
  const product = world.tables.products.get(row.product_id);
  if (!product?.is_recurring || organization?.subscription_settings.allow_multiple_subscriptions) return;
  const another = world.tables.subscriptions
    .by('customer', customer.id)
    .some((subscription) => isBillable(subscription) && subscription.id !== row.subscription_id);
  if (another) {
    throw problem(403, 'AlreadyActiveSubscriptionError', 'You already have an active subscription.');
  }
}

function refuseOverusedDiscount(world: World, row: CheckoutRow, customer: CustomerRow | undefined): void {
  const discount = world.tables.discounts.get(row.discount_id);
  if (!discount) return;
  const redemptions = world.tables.redemptions.by('discount', discount.id);
  const own = customer ? redemptions.filter((each) => each.customer_id === customer.id).length : 0;
  const isUsedUp = discount.max_redemptions !== null && redemptions.length >= discount.max_redemptions;
  const isOwnUsedUp =
    discount.max_redemptions_per_customer !== null && own >= discount.max_redemptions_per_customer;
  if (isUsedUp || isOwnUsedUp) {
    throw problem(403, 'DiscountRedemptionLimitReached', 'The discount has reached its redemption limit.');
  }
}

/** Only when the organization asked for it: one trial per customer. */
function refuseSecondTrial(world: World, row: CheckoutRow, customer: CustomerRow): void {
  const organization = world.tables.organizations.get(row.organization_id);
  if (!row.active_trial_interval || !organization?.subscription_settings.prevent_trial_abuse) return;
  const hadOne = world.tables.subscriptions.by('customer', customer.id).some((each) => each.trial_start);
  if (hadOne) throw problem(403, 'TrialAlreadyRedeemed', 'You have already used your trial.');
}

function newCustomer(world: World, row: CheckoutRow): CustomerRow {
  return createCustomer(world, {
    organizationId: row.organization_id,
    email: row.customer_email,
    name: row.customer_name,
    externalId: row.external_customer_id,
    billingAddress: row.customer_billing_address,
    billingName: row.customer_billing_name,
    taxId: row.customer_tax_id,
    locale: row.locale ?? null,
  });
}

/** A name is filled only when there is none; billing details are overwritten, metadata merged. */
function updateFrom(world: World, customer: CustomerRow, row: CheckoutRow): void {
  customer.name ??= row.customer_name;
  if (row.customer_billing_address) customer.billing_address = row.customer_billing_address;
  if (row.customer_billing_name) customer.billing_name = row.customer_billing_name;
  if (row.customer_tax_id) customer.tax_id = row.customer_tax_id;
  customer.metadata = { ...customer.metadata, ...row.customer_metadata };
  world.touch(customer);
}

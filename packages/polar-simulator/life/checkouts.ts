/** A checkout is confirmed, charged, and succeeds or goes back to open (facts §1.1–1.3, §3). */

import { PRIORITY } from '../jobs.ts';
import type { Card, CheckoutRow, CustomerRow, OrderRow, ProductRow, SubscriptionRow } from '../state.ts';
import { checkoutToWire } from '../wire/checkout.ts';
import { dueAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { announceCustomer } from './customers.ts';
import { purchaseOfOrder, purchaseOfSubscription, scheduleGrants, scheduleRevocations } from './grants.ts';
import { DECLINE_MESSAGE, announcePaid, createOrder, emitOrder, recordPayment } from './orders.ts';
import { pricesFor } from './pricing.ts';
import { claimOwnSeat, seatPurchaseOf } from './seats.ts';
import { createSubscription, emitSubscription, recomputeAmount } from './subscriptions.ts';

export function emitCheckout(
  world: World,
  row: CheckoutRow,
  type: 'checkout.created' | 'checkout.updated' | 'checkout.expired',
): void {
  world.emit(row.organization_id, type, checkoutToWire(world, row));
}

/**
 * The moment of "Pay": the checkout is confirmed, and what follows is left to jobs. A free one does not wait for a
 * charge, so its order may come before `customer.created` (facts §1.2).
 */
export function confirm(
  world: World,
  row: CheckoutRow,
  input: { customer: CustomerRow; isNewCustomer: boolean; card: Card; charge: 'pays' | 'declines' },
): void {
  row.status = 'confirmed';
  row.customer_id = input.customer.id;
  row.last_error = null;
  if (row.is_payment_form_required) {
    row.payment_method_type = 'card';
    row.payment_processor_metadata = { intent_status: 'processing', intent_client_secret: `sim_${row.id}` };
    input.customer.card = input.card;
    input.customer.default_payment_method_id ??= world.id();
  }
  if (row.discount_id) {
    world.tables.redemptions.insert({
      id: world.id(),
      discount_id: row.discount_id,
      checkout_id: row.id,
      customer_id: input.customer.id,
    });
  }
  world.touch(row);
  emitCheckout(world, row, 'checkout.updated');

  const charge = { checkout_id: row.id, outcome: input.charge };
  const announce = () =>
    announceCustomer(world, input.customer.id, input.isNewCustomer ? 'customer.created' : 'customer.updated');
  if (row.is_payment_form_required) {
    announce();
    world.schedule('checkout.charge', charge, { delayMs: world.delays.charge });
  } else {
    world.schedule('checkout.charge', charge);
    announce();
  }
}

export function runCharge(world: World, data: { checkout_id: string; outcome: 'pays' | 'declines' }): void {
  const row = world.tables.checkouts.get(data.checkout_id);
  const customer = world.tables.customers.get(row?.customer_id);
  const product = world.tables.products.get(row?.product_id);
  if (!row || !customer || !product || row.status !== 'confirmed') return;
  if (data.outcome === 'declines' && row.is_payment_form_required) {
    failCharge(world, row, customer);
    return;
  }
  succeed(world, row, customer, product);
}

function failCharge(world: World, row: CheckoutRow, customer: CustomerRow): void {
  recordPayment(world, {
    status: 'failed',
    amount: row.total_amount,
    currency: row.currency,
    trigger: 'purchase',
    organization_id: row.organization_id,
    customer_id: customer.id,
    checkoutId: row.id,
    card: customer.card,
  });
  for (const redemption of world.tables.redemptions.by('discount', row.discount_id ?? '')) {
    if (redemption.checkout_id === row.id) world.tables.redemptions.delete(redemption.id);
  }
  row.status = 'open';
  row.last_error = DECLINE_MESSAGE;
  row.payment_processor_metadata = {};
  world.touch(row);
  emitCheckout(world, row, 'checkout.updated');
}

function succeed(world: World, row: CheckoutRow, customer: CustomerRow, product: ProductRow): void {
  const subscription = product.is_recurring ? subscribe(world, row, customer, product) : null;
  const order = orderFor(world, row, customer, product, subscription);
  emitOrder(world, order, 'order.created');
  announcePaid(world, order);
  if (dueAmount(order) > 0) {
    recordPayment(world, {
      status: 'succeeded',
      amount: dueAmount(order),
      currency: order.currency,
      trigger: 'purchase',
      organization_id: order.organization_id,
      customer_id: customer.id,
      checkoutId: row.id,
      orderId: order.id,
      card: customer.card,
    });
  }
  row.status = 'succeeded';
  row.order_id = order.id;
  row.payment_processor_metadata = row.is_payment_form_required ? { intent_status: 'succeeded' } : {};
  world.touch(row);
  emitCheckout(world, row, 'checkout.updated');

  const purchase = subscription ? purchaseOfSubscription(world, subscription) : purchaseOfOrder(world, order);
  const seats = seatPurchaseOf(world, subscription ? { subscription } : { order });
  if (!seats) {
    scheduleGrants(world, product, purchase);
    return;
  }
  if (customer.type !== 'team') {
    customer.type = 'team';
    world.touch(customer);
    announceCustomer(world, customer.id, 'customer.updated');
  }
  if (row.success_url === '') claimOwnSeat(world, seats);
}

function subscribe(
  world: World,
  row: CheckoutRow,
  customer: CustomerRow,
  product: ProductRow,
): SubscriptionRow {
  const upgraded = world.tables.subscriptions.get(row.subscription_id);
  if (upgraded) return upgrade(world, row, upgraded, product);
  const { active_trial_interval: interval, active_trial_interval_count: count } = row;
  const subscription = createSubscription(world, {
    customer,
    product,
    prices: pricesFor(world, row),
    currency: row.currency,
    seats: row.seats ?? null,
    units: row.units ?? null,
    customAmount: row.amount,
    discountId: row.discount_id,
    checkoutId: row.id,
    trial: interval && count ? { interval, count } : null,
    metadata: row.metadata,
    customFieldData: row.custom_field_data ?? {},
  });
  emitSubscription(
    world,
    subscription,
    'subscription.created',
    'subscription.active',
    'subscription.updated',
  );
  return subscription;
}

/** A free subscription becomes the paid one: no `subscription.created`, metadata merged. */
function upgrade(
  world: World,
  row: CheckoutRow,
  subscription: SubscriptionRow,
  product: ProductRow,
): SubscriptionRow {
  const previous = world.tables.products.get(subscription.product_id);
  subscription.product_id = product.id;
  subscription.price_ids = pricesFor(world, row).map((price) => price.id);
  subscription.custom_amount = row.amount;
  subscription.discount_id = row.discount_id;
  subscription.discount_applied_at = row.discount_id ? world.stamp() : null;
  subscription.metadata = { ...subscription.metadata, ...row.metadata };
  recomputeAmount(world, subscription);
  world.tables.subscriptions.reindex(subscription);
  world.touch(subscription);
  emitSubscription(world, subscription, 'subscription.updated');
  const gone = previous?.benefit_ids.filter((id) => !product.benefit_ids.includes(id)) ?? [];
  scheduleRevocations(world, subscription.id, gone);
  return subscription;
}

function orderFor(
  world: World,
  row: CheckoutRow,
  customer: CustomerRow,
  product: ProductRow,
  subscription: SubscriptionRow | null,
): OrderRow {
  const onTrial = subscription?.status === 'trialing';
  const reason = row.subscription_id ? 'subscription_update' : 'subscription_create';
  return createOrder(world, {
    customer,
    product,
    status: 'paid',
    billingReason: subscription ? reason : 'purchase',
    currency: row.currency,
    items: onTrial
      ? [{ label: `Trial period for ${product.name}`, amount: 0, priceId: null }]
      : [{ label: product.name, amount: row.amount, priceId: row.product_price_id }],
    discountId: onTrial ? null : row.discount_id,
    discountAmount: onTrial ? 0 : row.discount_amount,
    taxAmount: onTrial ? 0 : (row.tax_amount ?? 0),
    taxInclusive: row.tax_behavior === 'inclusive',
    checkoutId: row.id,
    subscriptionId: subscription?.id ?? null,
    seats: row.seats ?? null,
    metadata: row.metadata,
    customFieldData: row.custom_field_data ?? {},
  });
}

/** Polar's expiry job runs at minutes 0, 15, 30 and 45. */
export function scheduleExpiry(world: World, row: CheckoutRow): void {
  const quarter = 15 * 60_000;
  const at = Math.ceil(Date.parse(row.expires_at) / quarter) * quarter;
  world.schedule('checkout.expire', { checkout_id: row.id }, { at, priority: PRIORITY.work });
}

export function runExpire(world: World, data: { checkout_id: string }): void {
  const row = world.tables.checkouts.get(data.checkout_id);
  if (!row || row.status !== 'open') return;
  row.status = 'expired';
  world.touch(row);
  emitCheckout(world, row, 'checkout.expired');
}

/** The order of one billing period, and its charge (facts §1.4). */

import type { models } from '@polar-sh/sdk/2026-10';
import type { OrderRow, SubscriptionRow } from '../state.ts';
import { dueAmount, totalAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { createOrder, emitOrder, payOrder } from './orders.ts';
import { discountFor, discountOn, taxOn } from './pricing.ts';
import { grossAmount, pricesOfSubscription } from './subscriptions.ts';

/** A total below this cannot be charged; it is carried on the customer's balance. */
const CHARGE_MINIMUM = 50;

/** Makes the period's order, pending, and has it charged. */
export function billPeriod(world: World, subscription: SubscriptionRow, usage: OrderItem[] = []): OrderRow {
  const order = orderForSubscription(world, subscription, 'subscription_cycle', [
    ...periodItems(world, subscription),
    ...usage,
    ...subscription.carried_items.map((item) => ({
      label: item.label,
      amount: item.amount,
      priceId: item.product_price_id,
      proration: true,
    })),
  ]);
  subscription.carried_items = [];
  chargeLater(world, subscription, order);
  return order;
}

/** What was used, without the price of a period. */
export function billUsage(
  world: World,
  subscription: SubscriptionRow,
  usage: OrderItem[],
  reason: 'subscription_cycle' | 'subscription_meter_cycle' = 'subscription_cycle',
): void {
  const order = orderForSubscription(world, subscription, reason, usage);
  chargeLater(world, subscription, order);
}

function chargeLater(world: World, subscription: SubscriptionRow, order: OrderRow): void {
  emitOrder(world, order, 'order.created');
  if (dueAmount(order) <= 0) {
    payOrder(world, order);
  } else if (dueAmount(order) < CHARGE_MINIMUM) {
    const customer = world.tables.customers.get(order.customer_id);
    if (customer) {
      customer.balances[order.currency] = (customer.balances[order.currency] ?? 0) - dueAmount(order);
      order.applied_balance_amount = -totalAmount(order);
    }
    payOrder(world, order);
  } else {
    const data = { subscription_id: subscription.id, order_id: order.id };
    world.schedule('subscription.charge', data, { delayMs: world.delays.charge });
  }
}

export interface OrderItem {
  label: string;
  amount: number;
  priceId: string | null;
  proration?: boolean;
}

function periodItems(world: World, subscription: SubscriptionRow): OrderItem[] {
  const product = world.tables.products.get(subscription.product_id);
  const price = pricesOfSubscription(world, subscription)[0];
  const label = product?.name ?? 'Subscription';
  return [{ label, amount: grossAmount(world, subscription), priceId: price?.id ?? null }];
}

export function orderForSubscription(
  world: World,
  subscription: SubscriptionRow,
  billingReason: models.OrderBillingReason,
  items: OrderItem[],
): OrderRow {
  const customer = world.tables.customers.get(subscription.customer_id);
  const product = world.tables.products.get(subscription.product_id);
  const organization = world.tables.organizations.get(subscription.organization_id);
  if (!customer || !product || !organization) throw new Error(`${subscription.id} has lost its customer.`);
  const discount = discountFor(world, subscription, subscription.product_id);
  const discountable = items.filter((item) => !item.proration).reduce((sum, item) => sum + item.amount, 0);
  const discountAmount = discountOn(discountable, subscription.currency, discount);
  const taxable = items.reduce((sum, item) => sum + item.amount, 0) - discountAmount;
  const behavior =
    pricesOfSubscription(world, subscription)[0]?.tax_behavior ?? organization.default_tax_behavior;
  const tax =
    customer.billing_address && taxable > 0
      ? taxOn(taxable, customer.billing_address, behavior)
      : { amount: 0, inclusive: false };
  return createOrder(world, {
    customer,
    product,
    status: 'pending',
    billingReason,
    currency: subscription.currency,
    items,
    discountId: subscription.discount_id,
    discountAmount,
    taxAmount: tax.amount,
    taxInclusive: tax.inclusive,
    subscriptionId: subscription.id,
    seats: subscription.seats ?? null,
    metadata: subscription.metadata,
    customFieldData: subscription.custom_field_data ?? {},
  });
}

/** Orders and refunds as Polar writes them. */

import type { models } from '@polar-sh/sdk/2026-10';
import type { OrderRow, RefundRow } from '../state.ts';
import type { World } from '../world.ts';
import { customerToWire, userToWire } from './customer.ts';
import { discountBaseToWire, productBaseToWire } from './product.ts';
import { subscriptionBaseToWire } from './subscription.ts';

/** What is charged before tax (facts §4.1). */
export const netAmount = (row: OrderRow): number =>
  row.subtotal_amount - row.discount_amount - (row.tax_inclusive ? row.tax_amount : 0);

export const totalAmount = (row: OrderRow): number => netAmount(row) + row.tax_amount;

export const dueAmount = (row: OrderRow): number =>
  Math.max(0, totalAmount(row) + row.applied_balance_amount);

export const refundableAmount = (row: OrderRow): number =>
  Math.max(0, netAmount(row) + row.applied_balance_amount - row.refunded_amount);

export function isPaid(row: OrderRow): boolean {
  return row.status === 'paid' || row.status === 'partially_refunded' || row.status === 'refunded';
}

export function orderToWire(world: World, row: OrderRow): models.Order {
  const {
    organization_id: _1,
    tax_inclusive: _2,
    dispute_open: _3,
    refunds_blocked: _4,
    is_receipt_rendered: _5,
    ...order
  } = row;
  const customer = world.tables.customers.get(row.customer_id);
  if (!customer) throw new Error(`The order ${row.id} has no customer.`);
  const product = world.tables.products.get(row.product_id);
  const discount = world.tables.discounts.get(row.discount_id);
  const subscription = world.tables.subscriptions.get(row.subscription_id);
  const wire = {
    ...order,
    paid: isPaid(row),
    net_amount: netAmount(row),
    total_amount: totalAmount(row),
    due_amount: dueAmount(row),
    refundable_amount: refundableAmount(row),
    refundable_tax_amount: row.tax_amount - row.refunded_tax_amount,
    customer: customerToWire(customer),
    product: product ? productBaseToWire(product) : null,
    discount: discount ? discountBaseToWire(world, discount) : null,
    subscription: subscription ? subscriptionBaseToWire(subscription) : null,
    // Written by Polar although its schema does not say so (facts §0).
    amount: netAmount(row),
    from_balance_amount: Math.max(0, -row.applied_balance_amount),
    product_price_id: row.items[0]?.product_price_id ?? null,
    user_id: customer.id,
    user: userToWire(customer),
  };
  return wire;
}

export function refundToWire(row: RefundRow): models.Refund {
  const { comment: _1, ...refund } = row;
  return refund;
}

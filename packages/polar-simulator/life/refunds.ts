/** Refunds: at once, settled later, or failed afterwards (facts §1.9, §4.3). */

import type { models } from '@polar-sh/sdk/2026-10';
import { PRIORITY } from '../jobs.ts';
import type { Metadata, OrderRow, RefundRow } from '../state.ts';
import { netAmount, refundToWire } from '../wire/order.ts';
import type { World } from '../world.ts';
import { scheduleRevocations } from './grants.ts';
import { emitOrder } from './orders.ts';

export interface NewRefund {
  amount: number;
  reason: models.RefundReason;
  comment: string | null;
  revokeBenefits: boolean;
  metadata: Metadata;
  /** `pending`: a slow payment method; it settles when a job or a person says so. */
  status: 'succeeded' | 'pending';
  /** Set when money went back because of an early warning of a dispute. */
  dispute?: models.RefundDispute;
}

export function createRefund(world: World, order: OrderRow, input: NewRefund): RefundRow {
  const refund = world.tables.refunds.insert({
    id: world.id(),
    created_at: world.stamp(),
    modified_at: null,
    metadata: input.metadata,
    status: input.status,
    reason: input.reason,
    amount: input.amount,
    tax_amount: taxPart(order, input.amount),
    currency: order.currency,
    organization_id: order.organization_id,
    order_id: order.id,
    // A refund that prevents a dispute does not name the subscription (facts §1.9).
    subscription_id: input.dispute ? null : order.subscription_id,
    customer_id: order.customer_id,
    revoke_benefits: input.revokeBenefits,
    dispute: input.dispute ?? null,
    comment: input.comment,
  });
  emitRefund(world, refund, 'refund.created');
  if (refund.status === 'succeeded') {
    applyToOrder(world, order, refund);
    const when = { delayMs: world.delays.fees, priority: PRIORITY.late };
    world.schedule('refund.callback', { refund_id: refund.id }, when);
  }
  return refund;
}

/** The tax to refund, in proportion to the amount; the refund of the last of an order takes all remaining tax. */
function taxPart(order: OrderRow, amount: number): number {
  const net = netAmount(order) + order.applied_balance_amount;
  if (order.refunded_amount + amount >= net) return order.tax_amount - order.refunded_tax_amount;
  return net === 0 ? 0 : Math.round((order.tax_amount * amount) / net);
}

function applyToOrder(world: World, order: OrderRow, refund: RefundRow): void {
  order.refunded_amount += refund.amount;
  order.refunded_tax_amount += refund.tax_amount;
  order.status = statusAfterRefunds(order);
  world.touch(order);
  emitOrder(world, order, 'order.updated');
  emitOrder(world, order, 'order.refunded');
  if (refund.revoke_benefits) scheduleRevocations(world, order.subscription_id ?? order.id);
}

function statusAfterRefunds(order: OrderRow): models.OrderStatus {
  if (order.refunded_amount <= 0) return 'paid';
  const net = netAmount(order) + order.applied_balance_amount;
  return order.refunded_amount >= net ? 'refunded' : 'partially_refunded';
}

function emitRefund(world: World, refund: RefundRow, type: 'refund.created' | 'refund.updated'): void {
  world.emit(refund.organization_id, type, refundToWire(refund));
}

/** A pending refund succeeds or fails, or a succeeded one fails after all: then the order gets its money back. */
export function runSettle(world: World, data: { refund_id: string; outcome: 'succeeded' | 'failed' }): void {
  const refund = world.tables.refunds.get(data.refund_id);
  const order = world.tables.orders.get(refund?.order_id);
  if (!refund || !order || refund.status === data.outcome || refund.status === 'failed') return;
  const hadSucceeded = refund.status === 'succeeded';
  refund.status = data.outcome;
  world.touch(refund);
  emitRefund(world, refund, 'refund.updated');
  if (data.outcome === 'succeeded') {
    applyToOrder(world, order, refund);
  } else if (hadSucceeded) {
    order.refunded_amount -= refund.amount;
    order.refunded_tax_amount -= refund.tax_amount;
    order.status = statusAfterRefunds(order);
    world.touch(order);
    emitOrder(world, order, 'order.updated');
  }
}

/** The payment processor's callback makes Polar send one more event in which nothing has changed. */
export function runCallback(world: World, data: { refund_id: string }): void {
  const refund = world.tables.refunds.get(data.refund_id);
  if (!refund) return;
  world.touch(refund);
  emitRefund(world, refund, 'refund.updated');
}

/** Disputes of a payment. No event of their own: what they do to orders and subscriptions is heard (facts §1.9). */

import type { models } from '@polar-sh/sdk/2026-10';
import { problem } from '../http/errors.ts';
import type { DisputeRow, OrderRow } from '../state.ts';
import { DAY_MS, isoFromMs } from '../time.ts';
import { netAmount, refundableAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { scheduleRevocations } from './grants.ts';
import { createRefund } from './refunds.ts';
import { revokeSubscription } from './subscriptions.ts';

/** How long the seller has to answer. */
const EVIDENCE_MS = 7 * DAY_MS;

/** The buyer's bank takes the money back for now. Only a charged order can be disputed, and once at a time. */
export function openDispute(world: World, order: OrderRow): DisputeRow {
  const dispute = insertDispute(world, order, 'needs_response');
  order.dispute_open = true;
  world.changed();
  return dispute;
}

/** The first decision, won or lost, ends the access; the order keeps its status. */
export function resolveDispute(world: World, dispute: DisputeRow, outcome: 'won' | 'lost'): void {
  const isFirst = !dispute.resolved;
  dispute.status = outcome;
  dispute.resolved = true;
  dispute.closed = true;
  world.touch(dispute);
  const order = world.tables.orders.get(dispute.order_id);
  if (!order) return;
  order.dispute_open = false;
  if (isFirst) takeAway(world, order);
}

/** Ends the whole subscription even when one period of it was disputed; for a one-time order it revokes the benefits. */
function takeAway(world: World, order: OrderRow): void {
  const subscription = world.tables.subscriptions.get(order.subscription_id);
  if (!subscription) scheduleRevocations(world, order.id);
  else if (subscription.status !== 'canceled') revokeSubscription(world, subscription);
}

/** An early warning: the order is refunded in full before it is disputed, and the access ends. */
export function preventDispute(world: World, order: OrderRow): DisputeRow {
  const dispute = insertDispute(world, order, 'prevented');
  dispute.resolved = true;
  dispute.closed = true;
  createRefund(world, order, {
    amount: refundableAmount(order),
    reason: 'dispute_prevention',
    comment: null,
    revokeBenefits: true,
    metadata: {},
    status: 'succeeded',
    dispute: disputeBase(dispute),
  });
  if (order.subscription_id) takeAway(world, order);
  return dispute;
}

function insertDispute(world: World, order: OrderRow, status: models.DisputeStatus): DisputeRow {
  const payment = world.tables.payments.by('order', order.id).find((each) => each.status === 'succeeded');
  if (!payment) throw problem(409, 'NothingToDispute', 'This order has no successful payment.');
  if (order.dispute_open) throw problem(409, 'DisputeOpen', 'This order is disputed already.');
  return world.tables.disputes.insert({
    id: world.id(),
    created_at: world.stamp(),
    modified_at: null,
    organization_id: order.organization_id,
    status,
    resolved: false,
    closed: false,
    amount: netAmount(order),
    tax_amount: order.tax_amount,
    currency: order.currency,
    reason: 'fraudulent',
    evidence_due_by: status === 'needs_response' ? isoFromMs(world.now() + EVIDENCE_MS) : null,
    past_due: false,
    order_id: order.id,
    payment_id: payment.id,
    case_id: null,
  });
}

/** The dispute as a refund embeds it. */
export function disputeBase(row: DisputeRow): models.RefundDispute {
  const { organization_id: _1, case_id: _2, ...dispute } = row;
  return dispute;
}

/** A change of plan or seats in the middle of a period: now with an invoice, on the next one, or later (facts §1.8). */

import { type PolarProblem, invalid, problem } from '../http/errors.ts';
import type { OrderRow, PriceRow, SubscriptionRow } from '../state.ts';
import { addInterval, isoFromMs, msFromIso } from '../time.ts';
import { dueAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { type OrderItem, orderForSubscription } from './billing.ts';
import { announcePaid, emitOrder, recordPayment } from './orders.ts';
import { discountFor, discountOn, staticAmount } from './pricing.ts';
import { emitSubscription, scheduleCycle } from './subscriptions.ts';

export type Proration = 'invoice' | 'prorate' | 'next_period' | 'reset' | null | undefined;

/** `subscription.updated` alone, for changes that have no event of their own. */
export function sayUpdated(world: World, row: SubscriptionRow): void {
  world.touch(row);
  emitSubscription(world, row, 'subscription.updated');
}

export const inactive = (): PolarProblem =>
  problem(403, 'InactiveSubscription', 'This subscription is not active.');

export const alreadyCanceled = (): PolarProblem =>
  problem(
    403,
    'AlreadyCanceledSubscription',
    'This subscription is already canceled or will be at the end of the period.',
  );

/** As asked for, else as the organization has set it. */
export function behaviorOf(world: World, row: SubscriptionRow, asked: Proration): NonNullable<Proration> {
  const organization = world.tables.organizations.get(row.organization_id);
  return asked ?? organization?.subscription_settings.proration_behavior ?? 'prorate';
}

interface Plan {
  pending: { seats: number | null; product_id: string | null };
  apply: () => void;
  /** Another interval begins a period at once, which is charged now whatever was asked for. */
  startsPeriod: boolean;
  /** By the share of a period that is left: of the one before, and of the one after. */
  items: (share: { before: number; after: number }) => OrderItem[];
}

/** Now with an invoice, now with a difference on the next one, or at the next period. Nothing is billed during a trial. */
export function applyNowOrLater(world: World, row: SubscriptionRow, asked: Proration, plan: Plan): void {
  const behavior = behaviorOf(world, row, asked);
  if (behavior === 'reset') {
    throw invalid(
      ['body', 'proration_behavior'],
      'The reset behavior is not enabled for this organization.',
      'reset',
    );
  }
  if (behavior === 'next_period') {
    row.pending_update = {
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      applies_at: row.current_period_end,
      units: null,
      ...plan.pending,
    };
    return sayUpdated(world, row);
  }
  const share = remainingShare(world, row);
  const items = plan
    .items({ before: share, after: plan.startsPeriod ? 1 : share })
    .filter(({ amount }) => amount !== 0);
  const isInvoiced = (behavior === 'invoice' || plan.startsPeriod) && row.status !== 'trialing';
  const due = items.reduce((sum, { amount }) => sum + amount, 0);
  if (isInvoiced && due > 0) refuseDeclined(world, row);
  plan.apply();
  dropPending(row, plan.pending);
  if (plan.startsPeriod) startPeriod(world, row);
  if (row.status === 'trialing' || items.length === 0) return sayUpdated(world, row);
  if (isInvoiced) invoiceNow(world, row, items);
  else carryOver(world, row, items);
}

function refuseDeclined(world: World, row: SubscriptionRow): void {
  const customer = world.tables.customers.get(row.customer_id);
  if (!row.fail_next_payment && customer?.card?.outcome !== 'declines') return;
  row.fail_next_payment = false;
  throw problem(402, 'PaymentFailed', 'The payment failed.');
}

/** What is changed now replaces what was to change later: another product all of it, seats only seats. */
export function dropPending(row: SubscriptionRow, changed: Plan['pending']): void {
  const { pending_update: pending } = row;
  if (!pending) return;
  if (changed.product_id !== null || pending.product_id === null) row.pending_update = null;
  else pending.seats = null;
}

function startPeriod(world: World, row: SubscriptionRow): void {
  const now = world.now();
  const { recurring_interval: interval, recurring_interval_count: count } = row;
  row.anchor_day = new Date(now).getUTCDate();
  row.current_period_start = isoFromMs(now);
  row.current_period_end = isoFromMs(addInterval(now, interval, count));
  scheduleCycle(world, row);
}

/** The difference waits for the next renewal. */
function carryOver(world: World, row: SubscriptionRow, items: OrderItem[]): void {
  row.carried_items.push(
    ...items.map((item) => ({
      id: world.id(),
      created_at: world.stamp(),
      modified_at: null,
      label: item.label,
      amount: item.amount,
      tax_amount: 0,
      proration: true,
      product_price_id: item.priceId,
      start_timestamp: null,
      end_timestamp: null,
    })),
  );
  sayUpdated(world, row);
}

/**
 * What a period costs of what is prorated: fixed prices and seats, less the discount of this period. What the buyer chose to pay
 * is not prorated.
 */
export function proratedAmount(
  world: World,
  row: SubscriptionRow,
  { productId, prices, seats }: { productId: string; prices: readonly PriceRow[]; seats: number | null },
): number {
  const gross = staticAmount(
    prices.filter((price) => price.amount_type !== 'custom'),
    { customAmount: null, seats },
  );
  return gross - discountOn(gross, row.currency, discountFor(world, row, productId));
}

/** Proration is by the second. */
function remainingShare(world: World, row: SubscriptionRow): number {
  const start = msFromIso(row.current_period_start);
  const end = msFromIso(row.current_period_end);
  const left = Math.floor(Math.max(0, end - world.now()) / 1000);
  return Math.min(1, left / Math.max(1, Math.round((end - start) / 1000)));
}

function invoiceNow(world: World, row: SubscriptionRow, items: OrderItem[]): OrderRow {
  const order = orderForSubscription(world, row, 'subscription_update', items);
  emitOrder(world, order, 'order.created');
  sayUpdated(world, row);
  order.status = 'paid';
  announcePaid(world, order);
  if (dueAmount(order) > 0) {
    const customer = world.tables.customers.get(row.customer_id);
    recordPayment(world, {
      status: 'succeeded',
      amount: dueAmount(order),
      currency: order.currency,
      trigger: 'subscription_cycle',
      organization_id: row.organization_id,
      customer_id: row.customer_id,
      orderId: order.id,
      card: customer?.card ?? null,
    });
  }
  return order;
}

/** A change of plan or seats in the middle of a period: now with an invoice, on the next one, or later (facts §1.8). */

import { type PolarProblem, invalid, problem } from '../http/errors.ts';
import type { OrderRow, SubscriptionRow } from '../state.ts';
import { msFromIso } from '../time.ts';
import { dueAmount } from '../wire/order.ts';
import type { World } from '../world.ts';
import { type OrderItem, orderForSubscription } from './billing.ts';
import { announcePaid, emitOrder, recordPayment } from './orders.ts';
import { emitSubscription, grossAmount } from './subscriptions.ts';

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

/** Now with an invoice, now with a difference on the next one, or at the next period. */
export function applyNowOrLater(
  world: World,
  row: SubscriptionRow,
  asked: Proration,
  plan: {
    pending: { seats: number | null; product_id: string | null };
    apply: () => void;
    before: number;
    label: string;
  },
): void {
  const organization = world.tables.organizations.get(row.organization_id);
  const behavior = asked ?? organization?.subscription_settings.proration_behavior ?? 'prorate';
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
  const customer = world.tables.customers.get(row.customer_id);
  if (behavior === 'invoice' && (row.fail_next_payment || customer?.card?.outcome === 'declines')) {
    row.fail_next_payment = false;
    throw problem(402, 'PaymentFailed', 'The payment failed.');
  }
  plan.apply();
  const product = world.tables.products.get(row.product_id);
  const items: OrderItem[] = [
    {
      label: `Remaining time on ${plan.label}`,
      amount: -Math.round(plan.before * share),
      priceId: null,
      proration: true,
    },
    {
      label: `Remaining time on ${product?.name}`,
      amount: Math.round(grossAmount(world, row) * share),
      priceId: row.price_ids[0] ?? null,
      proration: true,
    },
  ];
  if (behavior === 'invoice') {
    invoiceNow(world, row, items);
  } else {
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

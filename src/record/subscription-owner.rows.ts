import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { command } from '../base/db/sql.rows.ts';

type Owned = { mode: Mode; subscriptionId: string; appId: string; paymentId: string };

const own = (table: string, id: string) =>
  command<Owned>(`
  update ${table} set app_id = :appId, payment_id = :paymentId
  where mode = :mode and ${id} = :subscriptionId and (app_id is not :appId or payment_id is not :paymentId)`);

const LATER_ORDERS = `select o.id from orders as o where o.mode = :mode and o.subscription_id = :subscriptionId
  and o.checkout_id is null and o.billing_reason <> 'subscription_create'`;

const follow = (table: string, id: string) =>
  command<Omit<Owned, 'paymentId'>>(`
  update ${table} set app_id = :appId
  where mode = :mode and ${id} in (${LATER_ORDERS}) and app_id is not null and app_id <> :appId`);

const OWN = [own('subscriptions', 'id'), own('grants', 'subscription_id')];
const FOLLOW = [follow('payments', 'order_id'), follow('refunds', 'order_id'), follow('orders', 'id')];

/**
 * Gives a subscription and its grants to the app and payment that began it (ADR 20). The order that began it decides,
 * also when something else decided before it came. Later orders and their refunds follow, except orders with a checkout
 * of their own.
 */
export function ownSubscription(
  mode: Mode,
  { subscriptionId, appId, paymentId }: Omit<Owned, 'mode'>,
): Statement[] {
  return [
    ...OWN.map((statement) => statement({ mode, subscriptionId, appId, paymentId })),
    ...FOLLOW.map((statement) => statement({ mode, subscriptionId, appId })),
  ];
}

const NOTE_SELLER = command<{ mode: Mode; subscriptionId: string; appId: string }>(`
  update subscriptions set sold_by = :appId where mode = :mode and id = :subscriptionId and sold_by is null`);

/** Stores the app at whose checkout a subscription began; the first observation that says it counts (ADR 45). */
export function noteSeller(
  mode: Mode,
  { subscriptionId, appId }: Omit<Owned, 'mode' | 'paymentId'>,
): Statement {
  return NOTE_SELLER({ mode, subscriptionId, appId });
}

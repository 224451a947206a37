import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { type HistoryKind, keepBefore, ofCustomer } from '../base/db/row-history.rows.ts';
import { command } from '../base/db/sql.rows.ts';

type Owned = { mode: Mode; subscriptionId: string; appId: string; paymentId: string };
type Following = Omit<Owned, 'paymentId'>;

const own = (table: string, id: string, kind: HistoryKind) => {
  const isOther = `${table}.mode = :mode and ${table}.${id} = :subscriptionId
    and (${table}.app_id is not :appId or ${table}.payment_id is not :paymentId)`;
  return {
    keep: keepBefore<Owned>(kind, { from: table, where: isOther, formerOwner: whoseElse(table) }),
    write: command<Owned>(`update ${table} set app_id = :appId, payment_id = :paymentId where ${isOther}`),
  };
};

/** Whose a row was in an app that it leaves. */
const whoseElse = (table: string) => `iif(${table}.app_id is not :appId, ${ofCustomer(table)}, null)`;

const LATER_ORDERS = `select o.id from orders as o where o.mode = :mode and o.subscription_id = :subscriptionId
  and o.checkout_id is null and o.billing_reason <> 'subscription_create'`;

const ofOthers = (table: string, id: string) =>
  `${table}.mode = :mode and ${table}.${id} in (${LATER_ORDERS}) and ${table}.app_id is not null and ${table}.app_id <> :appId`;
const follow = (table: string, id: string) =>
  command<Following>(`update ${table} set app_id = :appId where ${ofOthers(table, id)}`);
const keepFollowing = (table: string, id: string, kind: HistoryKind) =>
  keepBefore<Following>(kind, { from: table, where: ofOthers(table, id), formerOwner: whoseElse(table) });

const OWN = [own('subscriptions', 'id', 'subscription'), own('grants', 'subscription_id', 'grant')];
const KEEP_FOLLOWING = [
  keepFollowing('payments', 'order_id', 'payment'),
  keepFollowing('orders', 'id', 'order'),
];
// No decision reads the app of a refund.
const FOLLOW = [follow('payments', 'order_id'), follow('refunds', 'order_id'), follow('orders', 'id')];

/**
 * Gives a subscription and its grants to the app and payment that began it (ADR 20). The order that began it decides,
 * also when something else decided before it came. Later orders and their refunds follow, except orders with a checkout
 * of their own.
 */
export function ownSubscription(
  { mode, now }: { mode: Mode; now: number },
  { subscriptionId, appId, paymentId }: Omit<Owned, 'mode'>,
): Statement[] {
  const following = { mode, subscriptionId, appId };
  return [
    ...OWN.flatMap(({ keep, write }) => [
      keep({ ...following, paymentId, now }),
      write({ ...following, paymentId }),
    ]),
    ...KEEP_FOLLOWING.map((statement) => statement({ ...following, now })),
    ...FOLLOW.map((statement) => statement(following)),
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

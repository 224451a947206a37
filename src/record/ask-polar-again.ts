import { type SQL, sql } from 'drizzle-orm';
import type {
  OrderSnapshot,
  OtherSnapshot,
  ProductSnapshot,
  RefundSnapshot,
  Snapshot,
} from '../polar/snapshots.rules.ts';
import type { RereadKind } from '../base/messages.ts';
import type { Statement } from '../base/db/database.rows.ts';
import {
  customers,
  grants,
  orders,
  products,
  refunds,
  rereads,
  snapshots,
  subscriptions,
} from '../base/db/schema.rows.ts';
import {
  askAgain,
  isOrderBehind,
  isProductStale,
  isRefundMissing,
  isTie,
  ORDER_BEHIND,
  REFUND_MISSING,
} from './snapshots.rows.ts';
import type { PlanInput } from './plan-input.ts';

/*
 * Something missing from a snapshot means reading again, never revoking (invariant 3). Each of these belongs in the
 * batch of an observation: its condition is looked at there, where no other writer is in between.
 */

/** How long a customer's state may run ahead of, or behind, the grants' own events before Polar is asked. */
const STATE_PATIENCE_MS = 60_000;

/** How long an order's own event may come after its refund's. */
const ORDER_PATIENCE_MS = 30_000;

/** Of what is noted of a difference: the first of many tell it from another well enough. */
const MAX_DIFFERENCE = 2_000;

/** Whoever keeps to a budget has read it by then, and deleted the row. */
const PACED_MS = 60 * 60_000;
/** Else they come due one by one: what a budget did not reach must not be asked for all at once. */
const PACED_APART_MS = 12_000;

/** Two contents of one version: Polar knows which is stale. Before the upsert: afterwards the row is the winner. */
export function askAboutTie(input: PlanInput): Statement[] {
  const { main } = input.observation;
  const tie = isTie(main, input.mode);
  const target = readAs(main);
  return tie && target ? [again(input, target.kind, target.id, 'two of one version', tie)] : [];
}

function readAs(main: Snapshot): { kind: RereadKind; id: string } | undefined {
  switch (main.kind) {
    case 'order':
    case 'subscription':
    case 'product':
    case 'customer':
      return { kind: main.kind, id: main.row.id };
    case 'grant':
      return { kind: 'grants', id: main.row.customerId };
    case 'refund':
      return { kind: 'refunds', id: main.row.orderId };
    case 'benefit':
    case 'other':
      return undefined;
  }
}

/** A product seen inside another object has no prices and no benefits. */
export function askForProduct(input: PlanInput, product: ProductSnapshot): Statement {
  const stale = isProductStale(input.mode, product.id, product.version);
  return again(input, 'product', product.id, 'seen only in part', stale);
}

/** What could not be read inside another object is read by itself, unless it is known. */
export function askForUnread(input: PlanInput): Statement[] {
  const tables = { customer: customers, product: products, subscription: subscriptions };
  return input.observation.unread.map(({ kind, id }) => {
    const unknown = sql`not exists (select 1 from ${tables[kind]} as t where t.mode = ${input.mode} and t.id = ${id})`;
    return again(input, kind, id, 'not readable inside another object', unknown);
  });
}

/** An order that was refunded by more than its refunds add up to: their events were lost, or are to come. */
export function askForRefunds(input: PlanInput, order: OrderSnapshot): Statement {
  const missing = isRefundMissing(input.mode, order.id, sql`${order.refundedAmount}`);
  return again(input, 'refunds', order.id, REFUND_MISSING, missing);
}

/**
 * The order of a refund that succeeded, if the order's own event does not come: its status is what ends the access. Looked at
 * once more before Polar is asked, so a refund whose events all come costs no request.
 */
export function askForRefundedOrder(input: PlanInput, refund: RefundSnapshot): Statement {
  const { database, mode, now, isPaced } = input;
  const request = { mode, kind: 'order', id: refund.orderId, reason: ORDER_BEHIND } as const;
  const at = isPaced ? laterThan(now) : now + ORDER_PATIENCE_MS;
  return askAgain(database, request, { now, at }, isOrderBehind(mode, refund.orderId));
}

/** A subscription that was taken for another app's until the order that began it was heard. */
export function askForMoved(input: PlanInput, subscriptionId: string): Statement {
  return again(input, 'subscription', subscriptionId, 'was taken for another app’s', sql`true`);
}

/** The purchase of a grant, refund or seat that came before it. */
export function askForPurchase(input: PlanInput): Statement[] {
  const { orderId, subscriptionId } = input.observation.links;
  const id = orderId ?? subscriptionId;
  if (id === null) return [];
  const [kind, table] =
    orderId === null ? (['subscription', subscriptions] as const) : (['order', orders] as const);
  const unknown = sql`not exists (select 1 from ${table} as t where t.mode = ${input.mode} and t.id = ${id})`;
  return [again(input, kind, id, 'unknown purchase', unknown)];
}

/**
 * Grants and refunds that were read from Polar before their purchase was known have no event to apply again: they are
 * read again, now that they can be routed and told.
 */
export function askForUnowned(
  input: PlanInput,
  purchase: { orderId: string | null; subscriptionId: string | null },
  customerId: string,
): Statement[] {
  const { mode } = input;
  const { orderId, subscriptionId } = purchase;
  const grant = sql`exists (select 1 from ${grants} as g where g.mode = ${mode} and g.order_id = ${orderId} and g.app_id is null)
    or exists (select 1 from ${grants} as g where g.mode = ${mode} and g.subscription_id = ${subscriptionId} and g.app_id is null)`;
  const asked = [again(input, 'grants', customerId, 'read before their purchase', grant)];
  if (orderId !== null) {
    const refund = sql`exists (select 1 from ${refunds} as r where r.mode = ${mode} and r.order_id = ${orderId} and r.app_id is null)`;
    asked.push(again(input, 'refunds', orderId, 'read before their purchase', refund));
  }
  return asked;
}

/**
 * A customer's newest state that names other live grants than are known: asked a minute later, see `STATE_PATIENCE_MS`.
 * What was asked about is noted with the state: a difference that Polar's answer did not remove is not asked about again,
 * until it is another one. States come with everything that a customer does.
 */
export function askAboutState(input: PlanInput, state: OtherSnapshot): Statement[] {
  const { database, mode, now } = input;
  const granted = JSON.stringify(readIds(input.observation.data['granted_benefits']));
  // A grant whose purchase nobody owns stays unowned: there is nothing to learn about it.
  const isOwned = (table: typeof orders | typeof subscriptions, id: SQL) =>
    sql`exists (select 1 from ${table} as p where p.mode = g.mode and p.id = ${id} and p.app_id is not null)`;
  const isSettled = sql`g.is_granted = 1 and (g.app_id is not null
    or not (${isOwned(orders, sql`g.order_id`)} or ${isOwned(subscriptions, sql`g.subscription_id`)}))`;
  const difference = sql`(select substr(coalesce(group_concat(difference, ' '), ''), 1, ${MAX_DIFFERENCE}) from (
    select '+' || w.value || '@' || coalesce(g.version, '') as difference from json_each(${granted}) as w
      left join ${grants} as g on g.mode = ${mode} and g.id = w.value
      where g.id is null or not (${isSettled})
    union all
    select '-' || g.id || '@' || g.version from ${grants} as g
      where g.mode = ${mode} and g.customer_id = ${state.id} and g.is_granted = 1
        and g.id not in (select value from json_each(${granted}))
    order by difference))`;
  const stored = sql`mode = ${mode} and kind = 'customer_state' and id = ${state.id}
    and version = ${state.version} and digest = ${state.digest}`;
  const isNew = sql`exists (select 1 from ${snapshots} where ${stored} and ${difference} not in ('', coalesce(asked, '')))`;
  const request = { mode, kind: 'grants', id: state.id, reason: 'the customer’s state differs' } as const;
  return [
    askAgain(database, request, { now, at: now + STATE_PATIENCE_MS }, isNew),
    database.run(sql`update ${snapshots} set asked = ${difference} where ${stored}`),
  ];
}

function readIds(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown) =>
    typeof item === 'object' && item !== null && 'id' in item && typeof item.id === 'string' ? [item.id] : [],
  );
}

/** When a request that somebody takes care of comes due by itself: an hour later, behind those that already wait. */
function laterThan(now: number): SQL {
  return sql`max(${now + PACED_MS}, coalesce((select max(next_attempt_at) from ${rereads}), 0) + ${PACED_APART_MS})`;
}

function again(
  { database, mode, now, isPaced }: PlanInput,
  kind: RereadKind,
  id: string,
  reason: string,
  onlyIf: SQL,
): Statement {
  return askAgain(database, { mode, kind, id, reason }, { now, at: isPaced ? laterThan(now) : now }, onlyIf);
}

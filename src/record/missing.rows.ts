import { type SQL, sql } from 'drizzle-orm';
import type { Mode } from '../base/mode.rules.ts';
import type { Database, Statement } from '../base/db/database.rows.ts';
import { grants, orders, products, refunds, snapshots, subscriptions } from '../base/db/schema.rows.ts';
import { KEPT_KINDS } from './kinds.rows.ts';
import {
  type GrantedState,
  ORDER_BEHIND,
  REFUND_MISSING,
  type RereadCondition,
  type TiedSnapshot,
} from './plan-rereads.rules.ts';
import type { RereadRow } from './rereads.rows.ts';

/* Conditions on the rows under which Polar is asked again, for `requestReread`. */

/** A condition in SQL. */
export function conditionSql(mode: Mode, condition: RereadCondition): SQL {
  switch (condition.is) {
    case 'tied':
      return isTie(mode, condition.snapshot);
    case 'product_stale':
      return isProductStale(mode, condition.id, condition.version);
    case 'unknown':
      return isUnknown(mode, condition.kind, condition.id);
    case 'refund_missing':
      return isRefundMissing(mode, condition.orderId, condition.amount);
    case 'order_behind':
      return isOrderBehind(mode, condition.orderId);
    case 'grant_unowned':
      return hasUnownedGrant(mode, condition);
    case 'refund_unowned':
      return hasUnownedRefund(mode, condition.orderId);
    case 'difference_new':
      return isNewDifference(mode, condition);
  }
}

/**
 * True when the stored row has the same version and other content: one of the two is out of date, and only Polar knows
 * which (ADR 7).
 */
function isTie(mode: Mode, { kind, row }: TiedSnapshot): SQL {
  const { id, version, seenVersion, digest } = row;
  return sql`exists (select 1 from ${KEPT_KINDS[kind].table} as t where t.mode = ${mode} and t.id = ${id} and t.version = ${version} and t.seen_version = ${seenVersion} and t.digest <> ${digest})`;
}

/** True when a product's row lacks its prices and benefits, or is older than the part just seen. */
function isProductStale(mode: Mode, id: string, version: number): SQL {
  return sql`exists (select 1 from ${products} as t where t.mode = ${mode} and t.id = ${id} and (t.data is null or t.version < ${version}))`;
}

/** True while an object has no row. */
function isUnknown(mode: Mode, kind: 'customer' | 'product' | 'subscription' | 'order', id: string): SQL {
  return sql`not exists (select 1 from ${KEPT_KINDS[kind].table} as t where t.mode = ${mode} and t.id = ${id})`;
}

/** True while the refunds known of an order add up to less than `amount`. */
function isRefundMissing(mode: Mode, orderId: string, amount: number | SQL): SQL {
  return sql`(select coalesce(sum(r.amount), 0) from ${refunds} as r
    where r.mode = ${mode} and r.order_id = ${orderId} and r.status = 'succeeded') < ${amount}`;
}

/** True while the known refunds of an order add up to more than the order says; then the order may be over. */
function isOrderBehind(mode: Mode, orderId: string): SQL {
  return sql`exists (select 1 from ${orders} as o where o.mode = ${mode} and o.id = ${orderId} and o.refunded_amount < (
    select coalesce(sum(r.amount), 0) from ${refunds} as r where r.mode = ${mode} and r.order_id = ${orderId} and r.status = 'succeeded'))`;
}

/** Whether an object that was asked for because something was missing is still needed; it may have come by itself. */
export async function isStillNeeded(
  database: Database,
  { mode, kind, id, reason }: RereadRow,
): Promise<boolean> {
  const conditions: Partial<Record<string, SQL>> = {
    [`refunds ${REFUND_MISSING}`]: isRefundMissing(mode, id, sql`o.refunded_amount`),
    [`order ${ORDER_BEHIND}`]: isOrderBehind(mode, id),
  };
  const condition = conditions[`${kind} ${reason}`];
  if (!condition) return true;
  const rows = await database.all(
    sql`select 1 from ${orders} as o where o.mode = ${mode} and o.id = ${id} and ${condition}`,
  );
  return rows.length > 0;
}

/** True while a grant of a purchase is owned by no app. */
function hasUnownedGrant(
  mode: Mode,
  { orderId, subscriptionId }: { orderId: string | null; subscriptionId: string | null },
): SQL {
  return sql`exists (select 1 from ${grants} as g where g.mode = ${mode} and g.order_id = ${orderId} and g.app_id is null)
    or exists (select 1 from ${grants} as g where g.mode = ${mode} and g.subscription_id = ${subscriptionId} and g.app_id is null)`;
}

/** True while a refund of an order is owned by no app. */
function hasUnownedRefund(mode: Mode, orderId: string): SQL {
  return sql`exists (select 1 from ${refunds} as r where r.mode = ${mode} and r.order_id = ${orderId} and r.app_id is null)`;
}

/** The greatest length that is stored of a difference; its beginning is enough to distinguish it from another. */
const MAX_DIFFERENCE = 2_000;

/** The grants in which a customer's state differs from the stored ones; empty when there are none. */
function differenceOf(mode: Mode, { state, granted: ids }: GrantedState): SQL {
  const granted = JSON.stringify(ids);
  // A grant of a purchase that belongs to no app does not count: asking Polar would not change that.
  const isOwned = (table: typeof orders | typeof subscriptions, id: SQL) =>
    sql`exists (select 1 from ${table} as p where p.mode = g.mode and p.id = ${id} and p.app_id is not null)`;
  const isSettled = sql`g.is_granted = 1 and (g.app_id is not null
    or not (${isOwned(orders, sql`g.order_id`)} or ${isOwned(subscriptions, sql`g.subscription_id`)}))`;
  return sql`(select substr(coalesce(group_concat(difference, ' '), ''), 1, ${MAX_DIFFERENCE}) from (
    select '+' || w.value || '@' || coalesce(g.version, '') as difference from json_each(${granted}) as w
      left join ${grants} as g on g.mode = ${mode} and g.id = w.value
      where g.id is null or not (${isSettled})
    union all
    select '-' || g.id || '@' || g.version from ${grants} as g
      where g.mode = ${mode} and g.customer_id = ${state.id} and g.is_granted = 1
        and g.id not in (select value from json_each(${granted}))
    order by difference))`;
}

/** The row of this state, if it is still the newest. */
function whereState(mode: Mode, { state }: GrantedState): SQL {
  return sql`mode = ${mode} and kind = 'customer_state' and id = ${state.id}
    and version = ${state.version} and digest = ${state.digest}`;
}

/**
 * True when a customer's newest state names other live grants than are stored, and Polar was not asked about that
 * difference.
 */
function isNewDifference(mode: Mode, seen: GrantedState): SQL {
  return sql`exists (select 1 from ${snapshots} where ${whereState(mode, seen)} and ${differenceOf(mode, seen)} not in ('', coalesce(asked, '')))`;
}

/** Stores with a state the difference that Polar is asked about: see `isNewDifference`. */
export function noteDifference(database: Database, mode: Mode, seen: GrantedState): Statement {
  return database.run(
    sql`update ${snapshots} set asked = ${differenceOf(mode, seen)} where ${whereState(mode, seen)}`,
  );
}

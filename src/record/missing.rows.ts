import type { Mode } from '../base/mode.rules.ts';
import type { Statement } from '../base/db/database.rows.ts';
import { command } from '../base/db/sql.rows.ts';
import { KEPT_KINDS } from './kinds.rows.ts';
import type { GrantedState, RereadCondition } from './plan-rereads.rules.ts';

/* Conditions on the rows under which Polar is asked again, for `requestRereads`. */

/** A condition as SQL that is the same for all with this `name`, and the `values` that it finds in `w.value`. */
interface ConditionSql {
  name: string;
  sql: string;
  values: Readonly<Record<string, unknown>>;
}

const given = (name: string) => `w.value ->> '$.values.${name}'`;
const ID = given('id');
const ORDER_ID = given('orderId');
const VERSION = given('version');
const DIGEST = given('digest');

/** A condition in SQL. */
export function conditionSql(condition: RereadCondition): ConditionSql {
  switch (condition.is) {
    case 'tied': {
      const { kind, row } = condition.snapshot;
      const { id, version, seenVersion, digest } = row;
      const values = { id, version, seenVersion, digest };
      return { name: `tied ${kind}`, sql: isTied(KEPT_KINDS[kind].table), values };
    }
    case 'unknown': {
      const { kind, id } = condition;
      return { name: `unknown ${kind}`, sql: isUnknown(KEPT_KINDS[kind].table), values: { id } };
    }
    case 'difference_new': {
      const { state, granted } = condition;
      const values = { id: state.id, version: state.version, digest: state.digest, granted };
      return { name: condition.is, sql: IS_NEW_DIFFERENCE, values };
    }
    case 'product_stale':
    case 'refund_missing':
    case 'order_behind':
    case 'grant_unowned':
    case 'refund_unowned':
    case 'retry_unknown': {
      const { is: name, ...values } = condition;
      return { name, sql: PLAIN[name], values };
    }
  }
}

/**
 * True when the stored row has the same version and other content: one of the two is out of date, and only Polar knows
 * which (ADR 7).
 */
const isTied = (table: string) => `exists (select 1 from ${table} as t where t.mode = :mode and t.id = ${ID}
  and t.version = ${VERSION} and t.seen_version = ${given('seenVersion')} and t.digest <> ${DIGEST})`;

/** True while an object has no row. */
const isUnknown = (table: string) =>
  `not exists (select 1 from ${table} as t where t.mode = :mode and t.id = ${ID})`;

/** What the refunds known of an order add up to. */
const refundedOf = (orderId: string) =>
  `(select coalesce(sum(r.amount), 0) from refunds as r where r.mode = :mode and r.order_id = ${orderId} and r.status = 'succeeded')`;

/** True while they add up to less than `amount`. */
export const isRefundMissing = (orderId: string, amount: string) => `${refundedOf(orderId)} < ${amount}`;

/** True while they add up to more than the order says; then the order may be over. */
export const isOrderBehind = (orderId: string) => `exists (
  select 1 from orders as o where o.mode = :mode and o.id = ${orderId} and o.refunded_amount < ${refundedOf(orderId)})`;

const PLAIN = {
  /** True when a product's row lacks its prices and benefits, or is older than the part just seen. */
  product_stale: `exists (select 1 from products as t where t.mode = :mode and t.id = ${ID}
    and (t.data is null or t.version < ${VERSION}))`,
  refund_missing: isRefundMissing(ORDER_ID, given('amount')),
  order_behind: isOrderBehind(ORDER_ID),
  /** True while a grant of a purchase is owned by no app. */
  grant_unowned: `(exists (select 1 from grants as g where g.mode = :mode and g.order_id = ${ORDER_ID} and g.app_id is null)
    or exists (select 1 from grants as g where g.mode = :mode and g.subscription_id = ${given('subscriptionId')} and g.app_id is null))`,
  /** True while it is not known when an order will be charged again. */
  retry_unknown: `exists (select 1 from orders as o where o.mode = :mode and o.id = ${ORDER_ID} and o.status = 'pending'
    and coalesce(o.next_payment_attempt_at, 0) <= ${given('now')})`,
  /** True while a refund of an order is owned by no app. */
  refund_unowned: `exists (select 1 from refunds as r where r.mode = :mode and r.order_id = ${ORDER_ID} and r.app_id is null)`,
} satisfies Partial<Record<RereadCondition['is'], string>>;

/** The greatest length that is stored of a difference; its beginning is enough to distinguish it from another. */
const MAX_DIFFERENCE = 2_000;

/** A grant of a purchase that belongs to no app does not count: asking Polar would not change that. */
const isOwnedBy = (table: 'orders' | 'subscriptions', id: string) =>
  `exists (select 1 from ${table} as p where p.mode = g.mode and p.id = ${id} and p.app_id is not null)`;

/** The grants in which a customer's state differs from the stored ones; empty when there are none. */
const differenceOf = (id: string, granted: string) => `(
  select substr(coalesce(group_concat(difference, ' '), ''), 1, ${MAX_DIFFERENCE}) from (
    select '+' || named.value || '@' || coalesce(g.version, '') as difference from json_each(${granted}) as named
      left join grants as g on g.mode = :mode and g.id = named.value
      where g.id is null or not (g.is_granted = 1 and (g.app_id is not null
        or not (${isOwnedBy('orders', 'g.order_id')} or ${isOwnedBy('subscriptions', 'g.subscription_id')})))
    union all
    select '-' || g.id || '@' || g.version from grants as g
      where g.mode = :mode and g.customer_id = ${id} and g.is_granted = 1
        and g.id not in (select value from json_each(${granted}))
    order by difference))`;

/**
 * True when a customer's newest state names other live grants than are stored, and Polar was not asked about that
 * difference.
 */
const IS_NEW_DIFFERENCE = `exists (
  select 1 from snapshots as s where s.mode = :mode and s.kind = 'customer_state' and s.id = ${ID}
    and s.version = ${VERSION} and s.digest = ${DIGEST}
    and ${differenceOf(ID, "w.value -> '$.values.granted'")} not in ('', coalesce(s.asked, '')))`;

const NOTE_DIFFERENCE = command<{
  mode: Mode;
  id: string;
  version: number;
  digest: number;
  granted: string;
}>(`
  update snapshots set asked = ${differenceOf(':id', ':granted')}
  where mode = :mode and kind = 'customer_state' and id = :id and version = :version and digest = :digest`);

/** Stores with a state the difference that Polar is asked about: see `difference_new`. */
export function noteDifference(mode: Mode, { state, granted }: GrantedState): Statement {
  const { id, version, digest } = state;
  return NOTE_DIFFERENCE({ mode, id, version, digest, granted: JSON.stringify(granted) });
}

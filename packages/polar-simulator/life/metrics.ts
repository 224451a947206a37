/** The numbers a seller plots: money in and out, subscriptions, checkouts, by period. */

import type { CheckoutRow, OrderRow, OrganizationRow, RefundRow, SubscriptionRow } from '../state.ts';
import { msFromIso } from '../time.ts';
import { isPaid, netAmount } from '../wire/order.ts';
import type { World } from '../world.ts';

export type MetricType = 'scalar' | 'currency' | 'percentage';

/** Every metric that is computed; Polar has more, and leaves out what is not asked for. */
export const METRICS = {
  orders: ['Orders', 'scalar'],
  revenue: ['Revenue', 'currency'],
  net_revenue: ['Net Revenue', 'currency'],
  cumulative_revenue: ['Cumulative Revenue', 'currency'],
  net_cumulative_revenue: ['Net Cumulative Revenue', 'currency'],
  average_order_value: ['Average Order Value', 'currency'],
  one_time_products: ['One-Time Products', 'scalar'],
  one_time_products_revenue: ['One-Time Products Revenue', 'currency'],
  new_subscriptions: ['New Subscriptions', 'scalar'],
  new_subscriptions_revenue: ['New Subscriptions Revenue', 'currency'],
  renewed_subscriptions: ['Renewed Subscriptions', 'scalar'],
  renewed_subscriptions_revenue: ['Renewed Subscriptions Revenue', 'currency'],
  active_subscriptions: ['Active Subscriptions', 'scalar'],
  canceled_subscriptions: ['Canceled Subscriptions', 'scalar'],
  churned_subscriptions: ['Churned Subscriptions', 'scalar'],
  monthly_recurring_revenue: ['Monthly Recurring Revenue', 'currency'],
  checkouts: ['Checkouts', 'scalar'],
  succeeded_checkouts: ['Succeeded Checkouts', 'scalar'],
  checkouts_conversion: ['Checkouts Conversion Rate', 'percentage'],
} as const satisfies Record<string, readonly [string, MetricType]>;

export type MetricName = keyof typeof METRICS;
export type MetricValues = Record<MetricName, number>;

const CUMULATIVE: readonly MetricName[] = ['cumulative_revenue', 'net_cumulative_revenue'];
/** Metrics whose total is the value of the last period, not a sum. */
const AT_THE_END = new Set<MetricName>(['active_subscriptions', 'monthly_recurring_revenue', ...CUMULATIVE]);

export interface MetricsWanted {
  organization: OrganizationRow;
  isWanted: (row: { product_id: string | null; customer_id: string | null }) => boolean;
}

interface Rows {
  orders: OrderRow[];
  refunds: RefundRow[];
  subscriptions: SubscriptionRow[];
  checkouts: CheckoutRow[];
}

export function metricsOf(
  world: World,
  wanted: MetricsWanted,
  buckets: readonly [number, number][],
): { periods: { at: number; values: MetricValues }[]; totals: MetricValues } {
  const { tables } = world;
  const { organization, isWanted } = wanted;
  const orders = tables.orders
    .by('organization', organization.id)
    .filter((row) => isPaid(row) && isWanted(row));
  const ordered = new Set(orders.map((row) => row.id));
  const rows: Rows = {
    orders,
    refunds: tables.refunds
      .by('organization', organization.id)
      .filter((row) => row.status === 'succeeded' && ordered.has(row.order_id)),
    subscriptions: tables.subscriptions.by('organization', organization.id).filter(isWanted),
    checkouts: tables.checkouts.by('organization', organization.id).filter(isWanted),
  };
  const periods = buckets.map(([from, to]) => ({ at: from, values: valuesOf(rows, from, to) }));
  const [first] = buckets;
  const last = buckets.at(-1);
  const totals = valuesOf(rows, first?.[0] ?? 0, last?.[1] ?? 0);
  let revenue = 0;
  let net = 0;
  for (const { values } of periods) {
    values.cumulative_revenue = revenue += values.revenue;
    values.net_cumulative_revenue = net += values.net_revenue;
  }
  const end = periods.at(-1)?.values;
  if (end) for (const name of AT_THE_END) totals[name] = end[name];
  return { periods, totals };
}

function valuesOf(rows: Rows, from: number, to: number): MetricValues {
  const within = (iso: string | null | undefined): boolean =>
    iso != null && msFromIso(iso) >= from && msFromIso(iso) < to;
  const orders = rows.orders.filter((row) => within(row.created_at));
  const sum = (list: OrderRow[]): number => list.reduce((total, row) => total + netAmount(row), 0);
  const revenue = sum(orders);
  const refunded = rows.refunds
    .filter((row) => within(row.created_at))
    .reduce((total, row) => total + row.amount, 0);
  const fees = orders.reduce((total, row) => total + row.platform_fee_amount, 0);
  const by = (reason: OrderRow['billing_reason']) => orders.filter((row) => row.billing_reason === reason);
  const active = rows.subscriptions.filter(
    (row) =>
      msFromIso(row.started_at ?? row.created_at) < to && (!row.ended_at || msFromIso(row.ended_at) >= to),
  );
  const checkouts = rows.checkouts.filter((row) => within(row.created_at));
  const succeeded = checkouts.filter((row) => row.status === 'succeeded').length;
  return {
    orders: orders.length,
    revenue,
    net_revenue: revenue - refunded - fees,
    cumulative_revenue: revenue,
    net_cumulative_revenue: revenue - refunded - fees,
    average_order_value: orders.length === 0 ? 0 : Math.round(revenue / orders.length),
    one_time_products: by('purchase').length,
    one_time_products_revenue: sum(by('purchase')),
    new_subscriptions: by('subscription_create').length,
    new_subscriptions_revenue: sum(by('subscription_create')),
    renewed_subscriptions: by('subscription_cycle').length,
    renewed_subscriptions_revenue: sum(by('subscription_cycle')),
    active_subscriptions: active.length,
    canceled_subscriptions: rows.subscriptions.filter((row) => within(row.canceled_at)).length,
    churned_subscriptions: rows.subscriptions.filter((row) => within(row.ended_at)).length,
    monthly_recurring_revenue: Math.round(active.reduce((total, row) => total + monthly(row), 0)),
    checkouts: checkouts.length,
    succeeded_checkouts: succeeded,
    checkouts_conversion: checkouts.length === 0 ? 0 : succeeded / checkouts.length,
  };
}

const MONTHS = { day: 12 / 365, week: 12 / 52, month: 1, year: 12 } as const;

const monthly = (row: SubscriptionRow): number =>
  row.amount / (MONTHS[row.recurring_interval] * row.recurring_interval_count);

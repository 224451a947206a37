/** Orders, subscriptions and customers as CSV. */

import { csvAnswer } from '../http/csv.ts';
import { type Query, fields, selects } from '../http/selection.ts';
import type { OrderRow, OrganizationRow, SubscriptionRow } from '../state.ts';
import { netAmount, totalAmount } from '../wire/order.ts';
import type { World } from '../world.ts';

export function exportOrders(world: World, organization: OrganizationRow, query: Query): Response {
  const { orders, customers, products } = world.tables;
  const isWanted = selects<OrderRow>(query, {
    filters: fields('product_id', 'status'),
    ranges: { created: (row) => row.created_at },
  });
  return csvAnswer(
    orders.by('organization', organization.id).filter(isWanted),
    {
      email: (row) => customers.get(row.customer_id)?.email,
      created_at: (row) => row.created_at,
      product: (row) => products.get(row.product_id)?.name,
      net_amount: netAmount,
      currency: (row) => row.currency,
      status: (row) => row.status,
      invoice_number: (row) => row.invoice_number,
      customer_name: (row) => customers.get(row.customer_id)?.name,
      billing_name: (row) => row.billing_name,
      billing_country: (row) => row.billing_address?.country,
      subtotal_amount: (row) => row.subtotal_amount,
      discount_amount: (row) => row.discount_amount,
      tax_amount: (row) => row.tax_amount,
      total_amount: totalAmount,
      refunded_amount: (row) => row.refunded_amount,
      billing_reason: (row) => row.billing_reason,
    },
    { query, name: 'orders' },
  );
}

export function exportSubscriptions(world: World, organization: OrganizationRow, query: Query): Response {
  const { subscriptions, customers, products, discounts } = world.tables;
  const isWanted = selects<SubscriptionRow>(query, {
    filters: fields('product_id', 'status', 'cancel_at_period_end'),
    ranges: { started: (row) => row.started_at },
  });
  return csvAnswer(
    subscriptions.by('organization', organization.id).filter(isWanted),
    {
      email: (row) => customers.get(row.customer_id)?.email,
      started_at: (row) => row.started_at,
      product: (row) => products.get(row.product_id)?.name,
      amount: (row) => row.amount,
      currency: (row) => row.currency,
      status: (row) => row.status,
      recurring_interval: (row) => row.recurring_interval,
      customer_name: (row) => customers.get(row.customer_id)?.name,
      billing_name: (row) => customers.get(row.customer_id)?.billing_name,
      billing_country: (row) => customers.get(row.customer_id)?.billing_address?.country,
      net_amount: (row) => row.amount,
      discount: (row) => discounts.get(row.discount_id)?.name,
      seats: (row) => row.seats,
      current_period_start: (row) => row.current_period_start,
      current_period_end: (row) => row.current_period_end,
      cancel_at_period_end: (row) => row.cancel_at_period_end,
      canceled_at: (row) => row.canceled_at,
      ends_at: (row) => row.ends_at,
      ended_at: (row) => row.ended_at,
      cancellation_reason: (row) => row.customer_cancellation_reason,
      trial_start: (row) => row.trial_start,
      trial_end: (row) => row.trial_end,
    },
    { query, name: 'subscriptions' },
  );
}

export function exportCustomers(world: World, organization: OrganizationRow, query: Query): Response {
  const rows = world.tables.customers.by('organization', organization.id).filter((row) => !row.deleted_at);
  return csvAnswer(
    rows,
    {
      id: (row) => row.id,
      external_id: (row) => row.external_id,
      created_at: (row) => row.created_at,
      email: (row) => row.email,
      name: (row) => row.name,
      tax_id: (row) => (row.tax_id ? String(row.tax_id[0]) : null),
      billing_address_country: (row) => row.billing_address?.country,
      billing_address_state: (row) => row.billing_address?.state,
    },
    { query, name: 'customers' },
  );
}

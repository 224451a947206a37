import type { PaymentRow } from '../../base/db/schema.rows.ts';
import type { RefundView } from '../refunds/refunds.answers.ts';
import type { SubscriptionView } from '../subscriptions/subscriptions.answers.ts';
import type { ExportedCustomer } from './customers-export.rows.ts';
import { type Columns, isoTime } from './export.rules.ts';

/* The columns of each export. docs/exports.md lists them, and a test compares. Amounts are minor units of the row's currency. */

export const PAYMENT_COLUMNS: Columns<PaymentRow> = {
  id: (row) => row.id,
  created_at: (row) => isoTime(row.createdAt),
  succeeded_at: (row) => isoTime(row.succeededAt),
  status: (row) => row.status,
  kind: (row) => row.kind,
  method: (row) => row.method,
  product_id: (row) => row.productId,
  product_name: (row) => row.productName,
  plan: (row) => row.productPlan,
  customer_id: (row) => row.customerId,
  external_id: (row) => row.externalCustomerId,
  email: (row) => row.customerEmail,
  country: (row) => row.country,
  currency: (row) => row.currency,
  amount: (row) => row.amount,
  net_amount: (row) => row.netAmount,
  tax_amount: (row) => row.taxAmount,
  discount_amount: (row) => row.discountAmount,
  discount_code: (row) => row.discountCode,
  refunded_amount: (row) => row.refundedAmount,
  refunded_tax_amount: (row) => row.refundedTaxAmount,
  refundable_amount: (row) => row.refundableAmount,
  disputed: (row) => row.disputed,
  billing_reason: (row) => row.billingReason,
  invoice_number: (row) => row.invoiceNumber,
  order_id: (row) => row.orderId,
  subscription_id: (row) => row.subscriptionId,
  checkout_id: (row) => row.checkoutId,
  failure_reason: (row) => row.failureReason,
};

export const REFUND_COLUMNS: Columns<RefundView> = {
  id: (refund) => refund.id,
  created_at: (refund) => refund.created_at,
  payment_id: (refund) => refund.payment_id,
  status: (refund) => refund.status,
  currency: (refund) => refund.currency,
  amount: (refund) => refund.amount,
  tax_amount: (refund) => refund.tax_amount,
  reason: (refund) => refund.reason,
  comment: (refund) => refund.comment,
  failure_reason: (refund) => refund.failure_reason,
};

export const SUBSCRIPTION_COLUMNS: Columns<SubscriptionView> = {
  id: (subscription) => subscription.id,
  created_at: (subscription) => subscription.created_at,
  status: (subscription) => subscription.status,
  product_id: ({ product }) => product.id,
  product_name: ({ product }) => product.name,
  plan: ({ product }) => product.plan,
  customer_id: ({ customer }) => customer.id,
  external_id: ({ customer }) => customer.external_id,
  email: ({ customer }) => customer.email,
  currency: (subscription) => subscription.currency,
  amount: (subscription) => subscription.amount,
  interval: (subscription) => subscription.interval,
  interval_count: (subscription) => subscription.interval_count,
  seats: (subscription) => subscription.seats,
  units: (subscription) => subscription.units,
  current_period_start: (subscription) => subscription.current_period_start,
  current_period_end: (subscription) => subscription.current_period_end,
  trial_end: (subscription) => subscription.trial_end,
  cancel_at_period_end: (subscription) => subscription.cancel_at_period_end,
  canceled_at: (subscription) => subscription.canceled_at,
  ended_at: (subscription) => subscription.ended_at,
  past_due_at: (subscription) => subscription.past_due_at,
  paused_at: (subscription) => subscription.paused_at,
  cancellation_reason: (subscription) => subscription.cancellation_reason,
  first_payment_id: (subscription) => subscription.first_payment_id,
  latest_payment_id: (subscription) => subscription.latest_payment_id,
};

export const CUSTOMER_COLUMNS: Columns<ExportedCustomer> = {
  id: (customer) => customer.id,
  created_at: (customer) => isoTime(customer.createdAt),
  external_ids: (customer) => customer.externalIds,
  email: (customer) => customer.email,
  name: (customer) => customer.name,
  payments: (customer) => customer.payments,
  last_paid_at: (customer) => isoTime(customer.lastPaidAt),
  active_subscriptions: (customer) => customer.activeSubscriptions,
  spent: (customer) => customer.spent,
};

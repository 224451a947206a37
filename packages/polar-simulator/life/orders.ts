/** Orders: made, paid, voided (facts §1.2, §1.4, §4.1). */

import type { models } from '@polar-sh/sdk/2026-10';
import { PRIORITY } from '../jobs.ts';
import type { CustomFieldData, CustomerRow, Metadata, OrderRow, PaymentRow, ProductRow } from '../state.ts';
import { dueAmount, orderToWire } from '../wire/order.ts';
import type { World } from '../world.ts';

/** What Polar keeps of a charge: 4 % + 40 minor units. */
const FEE_BASIS_POINTS = 400;
const FEE_FIXED = 40;

export interface NewOrder {
  customer: CustomerRow;
  product: ProductRow;
  status: 'draft' | 'pending' | 'paid';
  billingReason: models.OrderBillingReason;
  currency: string;
  items: { label: string; amount: number; priceId: string | null; proration?: boolean }[];
  discountId: string | null;
  discountAmount: number;
  taxAmount: number;
  taxInclusive: boolean;
  checkoutId?: string | null;
  subscriptionId?: string | null;
  seats?: number | null;
  metadata: Metadata;
  customFieldData: CustomFieldData;
}

export function createOrder(world: World, input: NewOrder): OrderRow {
  const { customer } = input;
  const created_at = world.stamp();
  const subtotal = input.items.reduce((sum, item) => sum + item.amount, 0);
  const order: OrderRow = {
    id: world.id(),
    created_at,
    modified_at: null,
    organization_id: customer.organization_id,
    status: input.status,
    subtotal_amount: subtotal,
    discount_amount: input.discountAmount,
    tax_amount: input.taxAmount,
    tax_inclusive: input.taxInclusive,
    applied_balance_amount: 0,
    refunded_amount: 0,
    refunded_tax_amount: 0,
    currency: input.currency,
    billing_reason: input.billingReason,
    billing_name: customer.billing_name ?? customer.name,
    billing_address: customer.billing_address,
    invoice_number: input.status === 'draft' ? null : nextInvoiceNumber(world, customer),
    is_invoice_generated: false,
    receipt_number: null,
    is_receipt_rendered: false,
    seats: input.seats ?? null,
    units: null,
    customer_id: customer.id,
    product_id: input.product.id,
    discount_id: input.discountId,
    subscription_id: input.subscriptionId ?? null,
    checkout_id: input.checkoutId ?? null,
    next_payment_attempt_at: null,
    metadata: { ...input.metadata },
    custom_field_data: { ...input.customFieldData },
    platform_fee_amount: 0,
    platform_fee_currency: null,
    items: input.items.map((item) => ({
      id: world.id(),
      created_at,
      modified_at: null,
      label: item.label,
      amount: item.amount,
      tax_amount: subtotal > 0 ? Math.round((input.taxAmount * item.amount) / subtotal) : 0,
      proration: item.proration ?? false,
      product_price_id: item.priceId,
      // Seen in newer SDKs only; null says "not a period".
      start_timestamp: null,
      end_timestamp: null,
    })),
    description: input.product.name,
    dispute_open: false,
  };
  applyBalance(order, customer);
  return world.tables.orders.insert(order);
}

/** Credit from a downgrade is used up first; what is owed from a tiny order is added. */
function applyBalance(order: OrderRow, customer: CustomerRow): void {
  const balance = customer.balances[order.currency] ?? 0;
  const total = order.subtotal_amount - order.discount_amount + (order.tax_inclusive ? 0 : order.tax_amount);
  if (total < 0) {
    customer.balances[order.currency] = balance - total;
  } else if (balance !== 0) {
    const used = Math.min(balance, total);
    order.applied_balance_amount = -used;
    customer.balances[order.currency] = balance - used;
  }
}

export function nextInvoiceNumber(world: World, customer: CustomerRow): string {
  const organization = world.tables.organizations.get(customer.organization_id);
  customer.invoices += 1;
  return `${organization?.slug.toUpperCase()}-${customer.short_code}-${String(customer.invoices).padStart(4, '0')}`;
}

export function emitOrder(world: World, order: OrderRow, type: models.WebhookEventType): void {
  world.emit(order.organization_id, type, orderToWire(world, order));
}

/** `order.updated` then `order.paid`; a real charge also gets a receipt number and, later, its fees. */
export function announcePaid(world: World, order: OrderRow): void {
  world.touch(order);
  emitOrder(world, order, 'order.updated');
  if (dueAmount(order) > 0) {
    const customer = world.tables.customers.get(order.customer_id);
    if (customer) {
      customer.receipts += 1;
      order.receipt_number = `RCPT-${customer.short_code}-${String(customer.receipts).padStart(4, '0')}`;
    }
    world.schedule(
      'order.fees',
      { order_id: order.id },
      { delayMs: world.delays.fees, priority: PRIORITY.late },
    );
  }
  emitOrder(world, order, 'order.paid');
}

export function payOrder(world: World, order: OrderRow): void {
  order.status = 'paid';
  order.next_payment_attempt_at = null;
  announcePaid(world, order);
}

/** Fees are balanced some time after the charge: one more `order.updated`. */
export function runFees(world: World, data: { order_id: string }): void {
  const order = world.tables.orders.get(data.order_id);
  if (!order) return;
  order.platform_fee_amount = Math.round((dueAmount(order) * FEE_BASIS_POINTS) / 10_000) + FEE_FIXED;
  order.platform_fee_currency = order.currency;
  world.touch(order);
  emitOrder(world, order, 'order.updated');
}

export function runInvoice(world: World, data: { order_id: string }): void {
  const order = world.tables.orders.get(data.order_id);
  if (!order) return;
  order.is_invoice_generated = true;
  world.touch(order);
  emitOrder(world, order, 'order.updated');
}

export function runReceipt(world: World, data: { order_id: string }): void {
  const order = world.tables.orders.get(data.order_id);
  if (order) order.is_receipt_rendered = true;
}

export function voidPendingOrders(world: World, subscriptionId: string): void {
  for (const order of world.tables.orders.by('subscription', subscriptionId)) {
    if (order.status !== 'pending') continue;
    order.status = 'void';
    order.next_payment_attempt_at = null;
    world.touch(order);
    emitOrder(world, order, 'order.updated');
  }
}

export function recordPayment(
  world: World,
  input: Pick<
    PaymentRow,
    'status' | 'amount' | 'currency' | 'trigger' | 'organization_id' | 'customer_id'
  > & {
    checkoutId?: string | null;
    orderId?: string | null;
    card?: { brand: string; last4: string } | null;
  },
): PaymentRow {
  const declined = input.status === 'failed';
  return world.tables.payments.insert({
    id: world.id(),
    created_at: world.stamp(),
    modified_at: null,
    status: input.status,
    amount: input.amount,
    currency: input.currency,
    trigger: input.trigger,
    decline_reason: declined ? 'card_declined' : null,
    decline_message: declined ? DECLINE_MESSAGE : null,
    organization_id: input.organization_id,
    customer_id: input.customer_id,
    checkout_id: input.checkoutId ?? null,
    order_id: input.orderId ?? null,
    card: { brand: input.card?.brand ?? 'visa', last4: input.card?.last4 ?? '4242' },
  });
}

export const DECLINE_MESSAGE = 'Your card was declined.';

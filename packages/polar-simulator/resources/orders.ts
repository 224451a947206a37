/** `/v1/orders` and `/v1/payments` (facts §1.13, §4.1). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid, notFound, problem } from '../http/errors.ts';
import { addressField, queryOf, readBody } from '../http/input.ts';
import { fields } from '../http/selection.ts';
import { PRIORITY } from '../jobs.ts';
import { emitOrder } from '../life/orders.ts';
import type { OrderRow, PaymentRow } from '../state.ts';
import { netAmount, orderToWire } from '../wire/order.ts';
import { exportOrders } from './exports.ts';
import { orderDraftRoutes } from './order-drafts.ts';
import type { World } from '../world.ts';

export const orderUpdateBody = z.object({
  billing_name: z.string().nullish(),
  billing_address: addressField.nullish(),
});

export function orderRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { orders, customers, products, discounts } = world.tables;

  const { list, get, find } = collection({
    ownedBy: theOrganization,
    table: orders,
    filters: {
      ...fields('product_id', 'discount_id', 'customer_id', 'checkout_id', 'subscription_id', 'status'),
      product_billing_type: (row) => (products.get(row.product_id)?.is_recurring ? 'recurring' : 'one_time'),
      external_customer_id: (row) => customers.get(row.customer_id)?.external_id,
    },
    ranges: { created: (row) => row.created_at },
    metadata: (row) => row.metadata,
    sorters: {
      ...fields('created_at', 'status', 'invoice_number'),
      amount: netAmount,
      net_amount: netAmount,
      customer: (row) => customers.get(row.customer_id)?.name,
      product: (row) => products.get(row.product_id)?.name,
      discount: (row) => discounts.get(row.discount_id)?.name,
      subscription: (row) => row.subscription_id,
    },
    toWire: (row) => orderToWire(world, row),
  });

  routes.get('/', list);
  routes.get('/export', (context) => exportOrders(world, context.var.organization, queryOf(context)));

  routes.route('/', orderDraftRoutes(world));

  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const order = find(context);
    updateOrder(world, order, await readBody(context, orderUpdateBody));
    return context.json(orderToWire(world, order));
  });

  routes.post('/:id/invoice', (context) => {
    requestInvoice(world, find(context));
    return context.json({}, 202);
  });

  routes.get('/:id/invoice', (context) => {
    const order = find(context);
    if (!order.is_invoice_generated) throw notFound();
    return context.json({ url: `${world.publicUrl}/documents/${order.id}/invoice` });
  });

  routes.get('/:id/receipt', (context) => {
    const order = find(context);
    if (!isReceiptReady(world, order)) return context.body(null, 202);
    return context.json({ url: `${world.publicUrl}/documents/${order.id}/receipt` });
  });

  return routes;
}

/** Country and state cannot change once they are set. */
export function updateOrder(world: World, order: OrderRow, body: z.output<typeof orderUpdateBody>): void {
  const before = order.billing_address;
  const after = body.billing_address;
  if (
    before &&
    after &&
    (before.country !== after.country || (before.state ?? null) !== (after.state ?? null))
  ) {
    throw invalid(['body', 'billing_address'], 'Country and state cannot be changed once set.', after);
  }
  if (body.billing_name !== undefined) order.billing_name = body.billing_name;
  if (after) order.billing_address = after;
  world.touch(order);
  emitOrder(world, order, 'order.updated');
}

/** A job makes the invoice a moment later and sends `order.updated`. */
export function requestInvoice(world: World, order: OrderRow): void {
  if (order.status === 'draft' || order.status === 'pending' || order.status === 'void') {
    throw problem(409, 'OrderNotEligibleForInvoice', 'Order is not eligible for an invoice.');
  }
  if (!order.billing_name || !order.billing_address) {
    throw problem(
      422,
      'MissingInvoiceBillingDetails',
      'Billing name and address are required to generate an invoice.',
    );
  }
  const data = { order_id: order.id };
  world.schedule('order.invoice', data, { delayMs: world.delays.document, priority: PRIORITY.late });
}

/** Whether its file is there; a job makes it a moment after it was asked for first. */
export function isReceiptReady(world: World, order: OrderRow): boolean {
  if (!order.receipt_number) throw notFound();
  if (!order.is_receipt_rendered) {
    const data = { order_id: order.id };
    world.schedule('order.receipt', data, { delayMs: world.delays.document, priority: PRIORITY.late });
  }
  return order.is_receipt_rendered;
}

export function paymentRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { payments, customers } = world.tables;

  const { list, get } = collection({
    ownedBy: theOrganization,
    table: payments,
    filters: {
      ...fields('checkout_id', 'order_id', 'customer_id', 'status'),
      method: () => 'card',
      customer_email: (row) => customers.get(row.customer_id)?.email,
    },
    sorters: { ...fields('created_at', 'status', 'amount'), method: () => 'card' },
    toWire: paymentToWire,
  });

  routes.get('/', list);
  routes.get('/:id', get);

  return routes;
}

function paymentToWire(row: PaymentRow) {
  const { customer_id: _1, card, ...payment } = row;
  return { ...payment, processor: 'stripe', method: 'card', method_metadata: card, processor_metadata: {} };
}

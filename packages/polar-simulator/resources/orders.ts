/** `/v1/orders` and `/v1/payments` (facts §1.13, §4.1). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { invalid, notFound, problem } from '../http/errors.ts';
import { addressField, pathId, queryOf, readBody } from '../http/input.ts';
import { listPage, matches, matchesMetadata, matchesRange } from '../http/lists.ts';
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
  const { orders, customers, products } = world.tables;

  const find = (id: string, organizationId: string): OrderRow => {
    const order = orders.get(id);
    if (order?.organization_id !== organizationId) throw notFound();
    return order;
  };

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = orders.by('organization', context.var.organization.id).filter((row) => {
      const billingType = products.get(row.product_id)?.is_recurring ? 'recurring' : 'one_time';
      return (
        matches(query, 'product_id', row.product_id) &&
        matches(query, 'product_billing_type', billingType) &&
        matches(query, 'discount_id', row.discount_id) &&
        matches(query, 'customer_id', row.customer_id) &&
        matches(query, 'external_customer_id', customers.get(row.customer_id)?.external_id) &&
        matches(query, 'checkout_id', row.checkout_id) &&
        matches(query, 'subscription_id', row.subscription_id) &&
        matches(query, 'status', row.status) &&
        matchesRange(query, 'created', row.created_at) &&
        matchesMetadata(query, row.metadata)
      );
    });
    return context.json(
      listPage({
        rows,
        query,
        sorters: {
          created_at: (row) => row.created_at,
          status: (row) => row.status,
          invoice_number: (row) => row.invoice_number,
          amount: netAmount,
          net_amount: netAmount,
          customer: (row) => customers.get(row.customer_id)?.name,
          product: (row) => products.get(row.product_id)?.name,
          discount: (row) => world.tables.discounts.get(row.discount_id)?.name,
          subscription: (row) => row.subscription_id,
        },
        defaultSort: '-created_at',
        toWire: (row) => orderToWire(world, row),
      }),
    );
  });

  routes.get('/export', (context) => exportOrders(world, context.var.organization, queryOf(context)));

  routes.route('/', orderDraftRoutes(world));

  routes.get('/:id', (context) =>
    context.json(orderToWire(world, find(pathId(context), context.var.organization.id))),
  );

  routes.patch('/:id', async (context) => {
    const order = find(pathId(context), context.var.organization.id);
    updateOrder(world, order, await readBody(context, orderUpdateBody));
    return context.json(orderToWire(world, order));
  });

  routes.post('/:id/invoice', (context) => {
    requestInvoice(world, find(pathId(context), context.var.organization.id));
    return context.json({}, 202);
  });

  routes.get('/:id/invoice', (context) => {
    const order = find(pathId(context), context.var.organization.id);
    if (!order.is_invoice_generated) throw notFound();
    return context.json({ url: `${world.publicUrl}/documents/${order.id}/invoice` });
  });

  routes.get('/:id/receipt', (context) => {
    const order = find(pathId(context), context.var.organization.id);
    if (!order.receipt_number) throw notFound();
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

/** The invoice is there a moment later; `order.updated` says so. */
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

export function paymentRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { payments, customers } = world.tables;

  routes.get('/', (context) => {
    const query = queryOf(context);
    const rows = payments
      .by('organization', context.var.organization.id)
      .filter(
        (row) =>
          matches(query, 'checkout_id', row.checkout_id) &&
          matches(query, 'order_id', row.order_id) &&
          matches(query, 'customer_id', row.customer_id) &&
          matches(query, 'status', row.status) &&
          matches(query, 'method', 'card') &&
          matches(query, 'customer_email', customers.get(row.customer_id)?.email),
      );
    return context.json(
      listPage({
        rows,
        query,
        sorters: {
          created_at: (row) => row.created_at,
          status: (row) => row.status,
          amount: (row) => row.amount,
          method: () => 'card',
        },
        defaultSort: '-created_at',
        toWire: paymentToWire,
      }),
    );
  });

  routes.get('/:id', (context) => {
    const payment = payments.get(pathId(context));
    if (payment?.organization_id !== context.var.organization.id) throw notFound();
    return context.json(paymentToWire(payment));
  });

  return routes;
}

function paymentToWire(row: PaymentRow) {
  const { customer_id: _1, card, ...payment } = row;
  return { ...payment, processor: 'stripe', method: 'card', method_metadata: card, processor_metadata: {} };
}

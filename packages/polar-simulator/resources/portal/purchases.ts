/** Orders and subscriptions as their buyer sees and changes them (facts §6). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { collection } from '../../http/collection.ts';
import { invalid, notFound, problem } from '../../http/errors.ts';
import { readBody, timeField, uuidField } from '../../http/input.ts';
import { fields } from '../../http/selection.ts';
import { runSubscriptionCharge } from '../../life/dunning.ts';
import { netAmount } from '../../wire/order.ts';
import { portalOrderToWire, portalSubscriptionToWire } from '../../wire/portal.ts';
import type { World } from '../../world.ts';
import { orderUpdateBody, requestInvoice, updateOrder, isReceiptReady } from '../orders.ts';
import { changeSubscription } from '../subscription-changes.ts';
import { reason } from '../subscription-shapes.ts';
import { type PortalEnv, createPortalRouter, thePayer } from './access.ts';

export function portalOrderRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  const { orders, products } = world.tables;

  const { list, get, find } = collection({
    ownedBy: thePayer,
    table: orders,
    filters: {
      ...fields('product_id', 'subscription_id'),
      product_billing_type: (row) => (products.get(row.product_id)?.is_recurring ? 'recurring' : 'one_time'),
    },
    search: (row) => [products.get(row.product_id)?.name, row.description],
    sorters: {
      ...fields('created_at'),
      amount: netAmount,
      net_amount: netAmount,
      product: (row) => products.get(row.product_id)?.name,
      subscription: (row) => row.subscription_id,
    },
    toWire: (row) => portalOrderToWire(world, row),
  });

  routes.get('/', list);
  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const order = find(context);
    updateOrder(world, order, await readBody(context, orderUpdateBody));
    return context.json(portalOrderToWire(world, order));
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

  routes.get('/:id/payment-status', (context) => {
    const order = find(context);
    const last = world.tables.payments.by('order', order.id).at(-1);
    return context.json({ status: last?.status ?? 'pending', error: last?.decline_message ?? null });
  });

  /** Pays an open renewal now, with the card on file. */
  routes.post('/:id/confirm-payment', (context) => {
    const order = find(context);
    if (order.status !== 'pending' || !order.subscription_id) {
      throw problem(422, 'OrderNotEligibleForRetry', 'This order is not eligible for a retry.');
    }
    const data = { subscription_id: order.subscription_id, order_id: order.id };
    runSubscriptionCharge(world, data, 'retry_dunning');
    const last = world.tables.payments.by('order', order.id).at(-1);
    return context.json({
      status: last?.status ?? 'pending',
      client_secret: null,
      error: last?.decline_message ?? null,
    });
  });

  return routes;
}

const shapes = {
  product_id: z.object({ product_id: uuidField }),
  seats: z.object({ seats: z.number().int().min(1) }),
  pause_at_period_end: z.object({ pause_at_period_end: z.boolean(), resumes_at: timeField.nullish() }),
  resume: z.object({ resume: z.literal(true) }),
  pending_update: z.object({ pending_update: z.null() }),
};

const cancelShape = z.object({
  cancel_at_period_end: z.boolean().nullish(),
  cancellation_reason: reason,
  cancellation_comment: z.string().nullish(),
});

export function portalSubscriptionRoutes(world: World): Hono<PortalEnv> {
  const routes = createPortalRouter();
  const { subscriptions, products } = world.tables;

  const { list, get, find } = collection({
    ownedBy: thePayer,
    table: subscriptions,
    filters: {
      ...fields('product_id'),
      active: (row) => row.status === 'active' || row.status === 'trialing',
    },
    search: (row) => [products.get(row.product_id)?.name],
    sorters: {
      ...fields('started_at', 'amount', 'status', 'ends_at'),
      product: (row) => products.get(row.product_id)?.name,
    },
    defaultSort: '-started_at',
    toWire: (row) => portalSubscriptionToWire(world, row),
  });

  routes.get('/', list);
  routes.get('/:id', get);

  routes.patch('/:id', async (context) => {
    const row = find(context);
    const settings = context.var.organization.customer_portal_settings.subscription;
    const input: unknown = await context.req.raw
      .clone()
      .json()
      .catch(() => null);
    const has = (key: string): boolean => typeof input === 'object' && input !== null && key in input;
    if ((has('pause_at_period_end') || has('resume')) && settings.pause === false) {
      throw problem(403, 'PauseResumeNotAllowed', 'Customers cannot pause this subscription.');
    }
    if ((has('product_id') && !settings.update_plan) || (has('seats') && !settings.update_seats)) {
      throw invalid(['body'], 'The seller does not allow this change.');
    }
    const shape = Object.entries(shapes).find(([key]) => has(key))?.[1];
    if (shape) {
      changeSubscription(world, row, await readBody(context, shape));
    } else {
      const body = await readBody(context, cancelShape);
      changeSubscription(world, row, {
        cancel_at_period_end: body.cancel_at_period_end ?? true,
        customer_cancellation_reason: body.cancellation_reason,
        customer_cancellation_comment: body.cancellation_comment,
      });
    }
    return context.json(portalSubscriptionToWire(world, row));
  });

  routes.delete('/:id', (context) => {
    const row = find(context);
    changeSubscription(world, row, { cancel_at_period_end: true });
    return context.json(portalSubscriptionToWire(world, row));
  });

  return routes;
}

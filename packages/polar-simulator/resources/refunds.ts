/** `/v1/refunds` (facts §1.9, §4.3). */

import type { Hono } from 'hono';
import * as z from 'zod';
import { type SimulatorEnv, createRouter } from '../http/app.ts';
import { collection, theOrganization } from '../http/collection.ts';
import { invalid, problem } from '../http/errors.ts';
import { metadataField, readBody, uuidField } from '../http/input.ts';
import { fields } from '../http/selection.ts';
import { createRefund } from '../life/refunds.ts';
import { dueAmount, isPaid, refundToWire, refundableAmount } from '../wire/order.ts';
import type { World } from '../world.ts';

const createBody = z.object({
  order_id: uuidField,
  reason: z.enum([
    'duplicate',
    'fraudulent',
    'customer_request',
    'service_disruption',
    'satisfaction_guarantee',
    'other',
  ]),
  amount: z.number().int().positive(),
  comment: z.string().nullish(),
  revoke_benefits: z.boolean().default(false),
  metadata: metadataField.default({}),
});

export function refundRoutes(world: World): Hono<SimulatorEnv> {
  const routes = createRouter();
  const { refunds, orders, customers } = world.tables;

  const { list } = collection({
    ownedBy: theOrganization,
    table: refunds,
    filters: {
      ...fields('id', 'order_id', 'subscription_id', 'customer_id'),
      external_customer_id: (row) => customers.get(row.customer_id)?.external_id,
      succeeded: (row) => row.status === 'succeeded',
    },
    sorters: fields('created_at', 'amount'),
    toWire: refundToWire,
  });

  routes.get('/', list);

  /**
   * Succeeds at once. A slow payment method is asked for with the simulator's own metadata
   * `simulate: 'pending'`; the refund then waits for `/_sim/refunds/:id/settle`.
   */
  routes.post('/', async (context) => {
    const body = await readBody(context, createBody);
    const order = orders.getIn('organization', context.var.organization.id, body.order_id);
    if (!order) throw invalid(['body', 'order_id'], 'Order not found', body.order_id);
    if (!isPaid(order)) throw invalid(['body', 'order_id'], 'Order is not paid', body.order_id);
    if (order.dispute_open) {
      throw problem(403, 'RefundDisputedPayment', 'The payment is disputed and cannot be refunded.');
    }
    if (order.refunds_blocked === true) {
      throw problem(403, 'RefundsBlocked', 'Refunds are blocked for this order.');
    }
    if (order.status === 'refunded') {
      throw problem(403, 'RefundedAlready', 'Order is already fully refunded.');
    }
    if (dueAmount(order) === 0)
      throw problem(404, 'RefundUnknownPayment', 'No payment found for this order.');
    if (body.revoke_benefits && order.subscription_id) {
      throw problem(
        400,
        'RevokeSubscriptionBenefitsProhibited',
        'Benefits of a subscription cannot be revoked by a refund. Cancel the subscription instead.',
      );
    }
    const pending = refunds
      .by('order', order.id)
      .reduce((sum, each) => sum + (each.status === 'pending' ? each.amount : 0), 0);
    const refundable = refundableAmount(order) - pending;
    if (body.amount > refundable) {
      throw invalid(
        ['body', 'amount'],
        `Refund amount ${body.amount} is higher than the refundable amount ${refundable}.`,
        body.amount,
      );
    }
    const refund = createRefund(world, order, {
      amount: body.amount,
      reason: body.reason,
      comment: body.comment ?? null,
      revokeBenefits: body.revoke_benefits,
      metadata: body.metadata,
      status: body.metadata['simulate'] === 'pending' ? 'pending' : 'succeeded',
    });
    return context.json(refundToWire(refund), 201);
  });

  return routes;
}

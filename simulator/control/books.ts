/** The truth, for checks to compare with: what was paid, refunded, bought and granted. */

import { isPaid } from '../wire/order.ts';
import type { World } from '../world.ts';

export function books(world: World) {
  const { organizations, payments, refunds, orders, subscriptions, grants } = world.tables;
  return {
    organizations: [...organizations.all()].map(({ id, slug }) => {
      const live = {
        orders: orders
          .by('organization', id)
          .filter((order) => !order.subscription_id && isPaid(order) && order.status !== 'refunded'),
        subscriptions: subscriptions
          .by('organization', id)
          .filter((row) => row.status === 'active' || row.status === 'trialing' || row.status === 'past_due'),
      };
      const granted = grants.by('organization', id).filter((grant) => grant.is_granted);
      return {
        id,
        slug,
        payments: payments
          .by('organization', id)
          .filter((payment) => payment.status === 'succeeded')
          .map(({ id: paymentId, order_id, amount, currency }) => ({
            id: paymentId,
            order_id,
            amount,
            currency,
          })),
        orders: orders.by('organization', id).map((order) => ({
          id: order.id,
          status: order.status,
          customer_id: order.customer_id,
          product_id: order.product_id,
          subscription_id: order.subscription_id,
        })),
        refunds: refunds
          .by('organization', id)
          .map(({ id: refundId, order_id, amount, tax_amount, status }) => ({
            id: refundId,
            order_id,
            amount,
            tax_amount,
            status,
          })),
        live_purchases: [
          ...live.orders.map((order) => ({
            kind: 'order',
            id: order.id,
            customer_id: order.customer_id,
            product_id: order.product_id,
          })),
          ...live.subscriptions.map((row) => ({
            kind: 'subscription',
            id: row.id,
            customer_id: row.customer_id,
            product_id: row.product_id,
          })),
        ],
        live_grants: Object.fromEntries(
          [...Map.groupBy(granted, (grant) => grant.customer_id)].map(([customerId, list]) => [
            customerId,
            list.map(({ id: grantId, benefit_id, order_id, subscription_id, member_id }) => ({
              id: grantId,
              benefit_id,
              order_id,
              subscription_id,
              member_id,
            })),
          ]),
        ),
      };
    }),
  };
}

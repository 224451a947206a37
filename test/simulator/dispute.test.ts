import { expect, test } from 'vitest';
import { buy, sellable, setUp } from './world.ts';

async function bought(interval?: 'month') {
  const setting = await setUp();
  const { product } = await sellable(setting, interval ? { interval } : {});
  await buy(setting, product.id);
  const orderId = String(setting.eventsOf('order.paid')[0]?.id);
  setting.heard();
  return { setting, orderId };
}

test('a dispute says nothing, is listed, and blocks refunds', async () => {
  const { setting, orderId } = await bought();
  const dispute = setting.simulator.openDispute(orderId);
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([]);
  const list = await setting.polar.disputes.list({ order_id: orderId, status: 'needs_response' });
  expect(list.items).toMatchObject([{ id: dispute, amount: 1000, resolved: false, closed: false }]);
  const refund = { order_id: orderId, amount: 100, reason: 'other' };
  expect(await setting.api('POST', '/v1/refunds/', refund)).toMatchObject({
    status: 403,
    json: { error: 'RefundDisputedPayment' },
  });
  expect(await setting.polar.disputes.get(dispute)).toMatchObject({ past_due: false });
  await setting.simulator.advance(8 * 24 * 3600_000);
  expect(await setting.polar.disputes.get(dispute)).toMatchObject({ past_due: true });
});

test.each(['won', 'lost'] as const)('a dispute that is %s takes one-time benefits away', async (outcome) => {
  const { setting, orderId } = await bought();
  const dispute = setting.simulator.openDispute(orderId);
  setting.simulator.resolveDispute(dispute, outcome);
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['benefit_grant.revoked', 'customer.state_changed']);
  expect(await setting.polar.disputes.get(dispute)).toMatchObject({ status: outcome, resolved: true });
  expect(await setting.polar.orders.get(orderId)).toMatchObject({ status: 'paid' });
});

test('a decided dispute revokes the subscription, and a second decision does nothing', async () => {
  const { setting, orderId } = await bought('month');
  const dispute = setting.simulator.openDispute(orderId);
  await setting.polar.disputes.accept(dispute);
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'subscription.updated',
    'subscription.canceled',
    'subscription.revoked',
    'benefit_grant.revoked',
    'customer.state_changed',
  ]);
  expect((await setting.api('POST', `/v1/disputes/${dispute}/accept`)).status).toBe(409);
  setting.simulator.resolveDispute(dispute, 'won');
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([]);
});

test('a prevented dispute refunds everything and takes the benefits away', async () => {
  const { setting, orderId } = await bought();
  setting.simulator.preventDispute(orderId);
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'refund.created',
    'order.updated',
    'order.refunded',
    'benefit_grant.revoked',
    'customer.state_changed',
    'refund.updated',
  ]);
  expect(setting.eventsOf('refund.created')[0]).toMatchObject({
    reason: 'dispute_prevention',
    revoke_benefits: true,
    dispute: { status: 'prevented' },
    subscription_id: null,
  });
});

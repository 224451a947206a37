import { expect, test } from 'vitest';
import { buy, sellable, setUp } from './world.ts';

async function bought() {
  const setting = await setUp();
  const { product } = await sellable(setting);
  await buy(setting, product.id);
  const orderId = String(setting.eventsOf('order.paid')[0]?.id);
  setting.heard();
  return { setting, orderId, product };
}

test('a full refund with revoke_benefits refunds the order and revokes its grant', async () => {
  const { setting, orderId } = await bought();
  const refund = await setting.polar.refunds.create({
    order_id: orderId,
    amount: 1000,
    reason: 'customer_request',
    revoke_benefits: true,
  });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual([
    'refund.created',
    'order.updated',
    'order.refunded',
    'benefit_grant.revoked',
    'customer.state_changed',
    'refund.updated',
  ]);
  expect(refund.status).toBe('succeeded');
  expect(await setting.polar.orders.get(orderId)).toMatchObject({
    status: 'refunded',
    refunded_amount: 1000,
  });
  await expect(
    setting.polar.refunds.create({ order_id: orderId, amount: 1, reason: 'other' }),
  ).rejects.toMatchObject({ statusCode: 403, error: { error: 'RefundedAlready' } });
});

test('a partial refund without the flag leaves the benefits', async () => {
  const { setting, orderId } = await bought();
  await setting.polar.refunds.create({ order_id: orderId, amount: 400, reason: 'other' });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['refund.created', 'order.updated', 'order.refunded', 'refund.updated']);
  expect(await setting.polar.orders.get(orderId)).toMatchObject({
    status: 'partially_refunded',
    paid: true,
    refundable_amount: 600,
  });
});

test('a pending refund touches the order only when it settles, and gives back when it fails afterwards', async () => {
  const { setting, orderId } = await bought();
  const refund = await setting.polar.refunds.create({
    order_id: orderId,
    amount: 1000,
    reason: 'other',
    metadata: { simulate: 'pending' },
  });
  await setting.simulator.settle();
  expect(setting.heard()).toEqual(['refund.created']);
  await setting.api('POST', `/_sim/refunds/${refund.id}/settle`);
  expect(setting.heard()).toEqual(['refund.updated', 'order.updated', 'order.refunded']);
  await setting.api('POST', `/_sim/refunds/${refund.id}/settle`, { outcome: 'failed' });
  expect(setting.heard()).toEqual(['refund.updated', 'order.updated']);
  expect(await setting.polar.orders.get(orderId)).toMatchObject({ status: 'paid', refunded_amount: 0 });
});

test('revoking benefits by refund is refused for an order of a subscription', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting, { interval: 'month' });
  await buy(setting, product.id);
  const orderId = String(setting.eventsOf('order.paid')[0]?.id);
  const answer = await setting.api('POST', '/v1/refunds/', {
    order_id: orderId,
    amount: 100,
    reason: 'other',
    revoke_benefits: true,
  });
  expect(answer).toMatchObject({ status: 400, json: { error: 'RevokeSubscriptionBenefitsProhibited' } });
});

test('more than what is left is refused at the amount', async () => {
  const { setting, orderId } = await bought();
  const answer = await setting.api('POST', '/v1/refunds/', {
    order_id: orderId,
    amount: 1001,
    reason: 'other',
  });
  expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc: ['body', 'amount'] }] } });
});

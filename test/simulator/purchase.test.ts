import { expect, test } from 'vitest';
import { buy, sellable, setUp } from './world.ts';

test('a one-time purchase tells order, checkout, grant and state in the order that Polar does', async () => {
  const setting = await setUp();
  const { product } = await sellable(setting);
  setting.heard();
  await buy(setting, product.id, { metadata: { campaign: 'spring' } });
  expect(setting.heard()).toEqual([
    'checkout.created',
    'member.created',
    'checkout.updated',
    'customer.created',
    'customer.state_changed',
    'order.created',
    'order.updated',
    'order.paid',
    'checkout.updated',
    'benefit_grant.created',
    'customer.state_changed',
    'order.updated',
  ]);
});

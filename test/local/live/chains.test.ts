import { expect, test } from 'vitest';
import { createChains } from '../../../cli/local/live/chains.ts';

const ADA = {
  customer_id: 'cus-ada',
  customer: { id: 'cus-ada', email: 'ada@floe-mail.dev', external_id: 'user-1' },
};

test('an order, its renewals, refunds and grants are one purchase, and another purchase is another', () => {
  const chains = createChains();
  const first = chains.ofObject('payment', { id: 'pay_1', checkout_id: 'chk-1' });
  expect(first).toBe('pay_1');
  const same: [string, Record<string, unknown>][] = [
    ['checkout.updated', { id: 'chk-1', metadata: { gateway_payment_id: 'pay_1' } }],
    ['order.created', { id: 'ord-1', checkout_id: 'chk-1', subscription_id: 'sub-1', ...ADA }],
    ['subscription.active', { id: 'sub-1', ...ADA }],
    ['benefit_grant.created', { id: 'grt-1', subscription_id: 'sub-1', ...ADA }],
    ['order.paid', { id: 'ord-2', subscription_id: 'sub-1', ...ADA }],
    ['refund.created', { id: 'ref-1', order_id: 'ord-2' }],
    ['payment', { id: 'pay_2', order_id: 'ord-2' }],
  ];
  for (const [type, object] of same) expect(chains.ofObject(type, object), type).toBe(first);
  expect(chains.find('pay_1')).toMatchObject({
    email: 'ada@floe-mail.dev',
    customerId: 'cus-ada',
    orderId: 'ord-2',
    subscriptionId: 'sub-1',
  });
  expect(chains.ofObject('order.created', { id: 'ord-9', ...ADA })).toBe('ord-9');
});

test('what is about a customer alone goes to their newest purchase', () => {
  const chains = createChains();
  expect(chains.ofObject('customer.created', { id: 'cus-ada' })).toBeNull();
  chains.ofObject('order.paid', { id: 'ord-1', ...ADA });
  chains.ofObject('order.paid', { id: 'ord-2', ...ADA });
  expect(chains.ofObject('customer.state_changed', { id: 'cus-ada' })).toBe('ord-2');
  expect(chains.ofCustomer('cus-ada')).toBe('ord-2');
  expect(chains.ofCustomer('external:user-1')).toBe('ord-2');
  expect(chains.ofCustomer('cus-ben')).toBeNull();
});

test('the catalogue is no purchase', () => {
  const chains = createChains();
  for (const type of ['product.created', 'benefit.updated', 'organization.updated', 'polar.product.updated'])
    expect(chains.ofObject(type, { id: 'x' })).toBe('catalogue');
  expect(chains.ofObject('benefit_grant.created', { id: 'g', order_id: 'ord-1' })).toBe('ord-1');
});

test('a checkout’s secret joins what belongs together and is no name', () => {
  const chains = createChains();
  const opened = chains.ofObject('payment', { checkout_url: 'http://127.0.0.1:1/checkout/polar_c_secret' });
  expect(opened).toBe('purchase-1');
  expect(chains.ofObject('checkout.created', { id: 'chk', client_secret: 'polar_c_secret' })).toBe(opened);
});

test('old purchases are forgotten', () => {
  const chains = createChains();
  for (let i = 0; i < 7_000; i++) chains.ofObject('order.paid', { id: `ord-${i}`, ...ADA });
  expect(chains.find('ord-1')).toBeUndefined();
  expect(chains.find('ord-6999')).toBeDefined();
});

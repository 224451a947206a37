import { expect, test } from 'vitest';
import { BUYER, PUBLIC_URL, buy, sellable, setUp } from './world.ts';

test('what was sold can be listed and read from every side', async () => {
  const setting = await setUp();
  const { polar } = setting;
  const { product } = await sellable(setting, { interval: 'month' });
  await buy(setting, product.id);
  const [order] = (await polar.orders.list()).items;
  await polar.refunds.create({ order_id: order?.id ?? '', amount: 100, reason: 'other' });
  const customer_id = order?.customer_id ?? '';
  expect((await polar.subscriptions.list({ active: true })).items).toMatchObject([{ customer_id }]);
  expect((await polar.refunds.list({ order_id: order?.id ?? '' })).items).toHaveLength(1);
  expect((await polar.checkouts.list({ status: 'succeeded' })).items).toHaveLength(1);
  const payments = await polar.payments.list({ customer_id });
  expect(await polar.payments.get(payments.items[0]?.id ?? '')).toMatchObject({ status: 'succeeded' });
  expect(await polar.customers.get(customer_id)).toMatchObject({ email: BUYER });
  expect(await polar.customers.getState(customer_id)).toMatchObject({ active_subscriptions: [{}] });
  expect((await polar.customers.listPaymentMethods(customer_id)).items).toHaveLength(1);
  const { client_secret } = await polar.checkouts.create({ products: [product.id] });
  expect(await polar.checkouts.clientGet(client_secret)).toMatchObject({ status: 'open' });
});

test('customers are reached by their external id too', async () => {
  const { polar } = await setUp();
  await polar.customers.create({ email: BUYER, external_id: 'u1' });
  await polar.customers.updateExternal('u1', { name: 'Ada' });
  expect(await polar.customers.getExternal('u1')).toMatchObject({ name: 'Ada' });
  expect((await polar.customers.listPaymentMethodsExternal('u1')).items).toEqual([]);
  await polar.customers.deleteExternal('u1');
  await expect(polar.customers.getExternal('u1')).rejects.toMatchObject({ statusCode: 404 });
});

test('a body without a length or above 10 MiB is refused before it is read', async () => {
  const { simulator, organization } = await setUp();
  const post = (headers: Record<string, string>) =>
    simulator.fetch(
      new Request(`${PUBLIC_URL}/v1/products/`, {
        method: 'POST',
        headers: { authorization: `Bearer ${organization.accessToken}`, ...headers },
        body: '{}',
      }),
    );
  const chunked = await post({ 'transfer-encoding': 'chunked' });
  expect([chunked.status, await chunked.json()]).toMatchObject([411, { error: 'LengthRequired' }]);
  const big = await post({ 'content-length': String(11 * 1024 * 1024) });
  expect([big.status, await big.json()]).toMatchObject([413, { error: 'RequestBodyTooLarge' }]);
});

import { expect, test } from 'vitest';
import { BUYER, type Setting, sellable, setUp } from './world.ts';

async function confirm(setting: Setting, token: string) {
  const { product } = await sellable(setting);
  const { polar } = setting;
  const checkout = await polar.checkouts.create({ products: [product.id] });
  await polar.checkouts.clientConfirm(checkout.client_secret, {
    customer_email: BUYER,
    confirmation_token_id: token,
    customer_billing_address: { country: 'CH' },
  });
  await setting.simulator.settle();
  return { id: checkout.id, status: async () => (await polar.checkouts.get(checkout.id)).status };
}

test('a payment that is processing settles after twenty seconds of simulated time', async () => {
  const setting = await setUp();
  const checkout = await confirm(setting, 'tok_processing');
  expect(await checkout.status()).toBe('confirmed');
  await setting.simulator.advance(19_000);
  expect(await checkout.status()).toBe('confirmed');
  expect(setting.eventsOf('order.paid')).toEqual([]);
  await setting.simulator.advance(1000);
  expect(await checkout.status()).toBe('succeeded');
  expect(setting.eventsOf('order.paid')).toHaveLength(1);
});

test('the token says how long it takes, and that it fails in the end', async () => {
  const setting = await setUp();
  const checkout = await confirm(setting, 'tok_processing_3600_declined');
  await setting.simulator.advance(3_599_000);
  expect(await checkout.status()).toBe('confirmed');
  await setting.simulator.advance(1000);
  expect(await checkout.status()).toBe('open');
  expect(setting.eventsOf('order.created')).toEqual([]);
});

test.each([
  ['succeeded', 'succeeded', 1],
  ['failed', 'open', 0],
] as const)('a processing payment can be settled by hand: %s', async (outcome, status, orders) => {
  const setting = await setUp();
  const checkout = await confirm(setting, 'tok_processing');
  const settled = await setting.api('POST', `/_sim/checkouts/${checkout.id}/settle`, { outcome });
  expect(settled.json).toMatchObject({ id: checkout.id, status });
  await setting.simulator.advance(60_000);
  expect(await checkout.status()).toBe(status);
  expect(setting.eventsOf('order.paid')).toHaveLength(orders);
  expect((await setting.api('POST', `/_sim/checkouts/${checkout.id}/settle`)).status).toBe(409);
});

test('a card that 3D Secure refuses fails after the confirmation', async () => {
  const setting = await setUp();
  setting.heard();
  const checkout = await confirm(setting, 'tok_3ds_failed');
  expect(await checkout.status()).toBe('open');
  expect(setting.eventsOf('checkout.updated').map(({ status }) => status)).toEqual(['confirmed', 'open']);
});

test('a page of another origin may not change anything; a program may', async () => {
  const setting = await setUp();
  const move = (headers: Record<string, string>) =>
    setting.simulator.fetch(
      new Request('http://polar.sim/_sim/clock', { method: 'POST', headers, body: '{"advance_ms":1000}' }),
    );
  expect((await move({ origin: 'https://elsewhere.dev' })).status).toBe(403);
  expect((await move({ origin: 'null' })).status).toBe(403);
  expect((await move({ origin: 'http://polar.sim' })).status).toBe(200);
  expect((await move({})).status).toBe(200);
});

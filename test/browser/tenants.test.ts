import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { takePictures } from './pictures.ts';
import { openShop, type Shop } from './shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
afterEach(() => shop.endTest());

test('what is bought at Atlas opens nothing at Quay, and only Atlas is told', async () => {
  const { page, ...reader } = await shop.newReader();
  await reader.buy('/atlas', 'Buy: Atlas Pro', 'ada@floe-mail.dev');
  await page.getByText('Begin at the ferry stairs').waitFor();
  await takePictures(page, 'tenants', 'atlas');

  await reader.open('/articles/premium');
  await reader.paywall().waitFor();
  expect(
    await page.getByRole('button', { name: 'Atlas Pro' }).count(),
    'Quay sells its own products only',
  ).toBe(0);

  await reader.open('/events');
  const told = (tenant: string) => page.locator(`section[data-tenant=${tenant}]`);
  await told('atlas').getByText('payment.succeeded', { exact: true }).waitFor();
  const aboutBuyers = /pay_|payment\.|customer\.|grant\.|order\.|checkout\./;
  expect(await told('quay').locator('li').filter({ hasText: aboutBuyers }).count()).toBe(0);
  expect(await shop.gateway('quay', '/v1/payments')).toMatchObject({ data: [] });
});

test('one reader may have both, each opened by its own purchase', async () => {
  const { page, ...reader } = await shop.newReader();
  await reader.buy('/articles/premium', 'Buy: Just this one', 'ben@floe-mail.dev');
  await reader.open('/atlas');
  await reader.paywall().waitFor();
  await reader.buy('/atlas', 'Buy: Atlas Pro', 'ben@floe-mail.dev');
  await reader.open('/articles/premium');
  await page.getByText('You have bought this').waitFor();
});

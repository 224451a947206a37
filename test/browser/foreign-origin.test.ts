import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { registerPages } from '../../cli/local/own-pages.ts';
import { readOwnPages } from '../../cli/local/own-pages.rules.ts';
import { openShop, type Shop } from './shop.ts';

/* A developer's own page beside `npm start`, before and after its origin is registered. */

let shop: Shop;
let origin: string;
const site = createServer((_request, response) => {
  const [quay] = shop.dev.apps;
  response.setHeader('content-type', 'text/html; charset=utf-8').end(`<!doctype html>
    <html lang="en"><meta charset="utf-8"><title>Mine</title><link rel="icon" href="data:,">
    <script type="module" src="${shop.dev.gateway_url}/kit/floe.js" data-app="quay-sandbox" data-key="${quay?.publishable_key}"></script>
    <floe-buy product="${shop.dev.products.find(({ name }) => name === 'quay:lifetime')?.id}">Buy</floe-buy>`);
});
beforeAll(async () => {
  shop = await openShop();
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  const address = site.address();
  origin = `http://localhost:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(async () => {
  site.closeAllConnections();
  site.close();
  await shop.close();
});
afterEach(() => shop.endTest());

test('its console says how it is registered, in the browser that refuses it, and then it sells', async () => {
  const { page } = await shop.newReader();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  await page.goto(origin);
  await page.getByRole('button', { name: 'Buy' }).click();
  const command = `Register it, in Floe’s folder: npm start -- --origin ${origin} --app quay-sandbox`;
  await expect.poll(() => said.join('\n')).toContain(command);
  // The browser's own words for the refused answer, and the kit's; nothing about CORS.
  shop.complaints.expect(/status of 403/);
  shop.complaints.expect(/floe: http:\/\/localhost:\d+ is not registered for quay-sandbox/);

  const pages = readOwnPages({ origin: [origin] });
  if (!pages.ok || !pages.value) throw new Error('It reads no page.');
  await registerPages({ url: shop.dev.gateway_url, adminToken: shop.dev.admin_token }, pages.value);
  await page.reload();
  await page.getByRole('button', { name: 'Buy' }).click();
  await page.waitForURL((url) => url.href.startsWith(shop.dev.polar_url));
});

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { findFaults } from './axe.ts';
import { takePictures } from './pictures.ts';
import { openShop, type Shop } from './shop.ts';

/* What a stranger meets in the demo shop beside buying: its first screen, receipts, signing in, mail, events, a frame. */

const ARTICLE = '/articles/premium';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
afterEach(() => shop.endTest());

test('the first screen has two products side by side, with prices in order', async () => {
  const { page, open } = await shop.newReader();
  await open('/');
  const [quay, atlas] = await Promise.all(
    ['The night shift on pier nine', /^Field guide/].map((name) =>
      page.getByRole('region', { name }).boundingBox(),
    ),
  );
  expect(quay?.y).toBe(atlas?.y);
  expect(quay?.x).toBeLessThan(atlas?.x ?? 0);
  const end = (quay?.y ?? Infinity) + (quay?.height ?? 0);
  expect(end, 'both can be bought without scrolling').toBeLessThan(900);
  const prices = await page.getByRole('region').first().locator('.price').allInnerTexts();
  expect(prices).toEqual(['$5.00 a month', '$9.00', '$48.00 a year']);
  await page.getByRole('heading', { name: 'What happens next' }).waitFor();
  expect(await findFaults(page)).toEqual([]);
});

test('a receipt has price, tax, total and number, and leads to Polar’s documents; for its buyer only', async () => {
  shop.complaints.expect(/status of (404|409)/);
  const { page, ...reader } = await shop.newReader();
  await reader.goToCheckout('/', 'Buy: Just this one');
  await reader.pay('ada@floe-mail.dev');
  await page.getByRole('heading', { name: 'Thank you' }).waitFor();
  await page.getByRole('link', { name: 'Receipt' }).waitFor();
  const receipt = await page.getByRole('region', { name: 'Your receipt' }).innerText();
  expect(receipt.replaceAll(/\s+/g, ' ')).toMatch(
    /Quay, just this one .* ada@floe-mail\.dev Number FLOE-DEMO-\S+ Price \$7\.56 Tax \$1\.44 Total \$9\.00/,
  );
  await takePictures(page, 'demo-shop', 'thanks');
  const address = page.url();

  await page.getByRole('link', { name: 'Invoice' }).click();
  await page.getByText('name').waitFor();
  await page.goto(address);
  await page.getByRole('link', { name: 'Receipt' }).click();
  await page.getByRole('heading', { name: /^Receipt RCPT-/ }).waitFor();

  const stranger = await shop.newReader();
  expect((await stranger.page.goto(address))?.status()).toBe(404);
  await stranger.buy('/atlas', 'Buy: Atlas Pro', 'eve@floe-mail.dev');
  await stranger.buy(ARTICLE, 'Buy: Just this one', 'eve@floe-mail.dev');
  expect((await stranger.page.goto(address))?.status(), 'with a session of another purchase').toBe(404);
});

test('who has bought already signs in elsewhere, with a code copied from the mail', async () => {
  shop.complaints.expect(/status of 422/);
  const buyer = await shop.newReader();
  await buyer.buy(ARTICLE, 'Subscribe: Every month', 'ben@floe-mail.dev');
  const { page, open } = await shop.newReader();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await open(ARTICLE);
  await page.getByRole('link', { name: 'Sign in with your address' }).click();
  const quay = page.getByRole('region', { name: 'Quay' });
  await quay.getByLabel('Your e-mail address').fill('ben@floe-mail.dev');
  await quay.getByRole('button', { name: 'Send a code' }).click();
  await page.getByRole('heading', { name: 'Type the code' }).waitFor();
  await page.getByLabel('Code from the mail').fill('nonsense');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').waitFor();

  const mail = await page.context().newPage();
  await mail.goto(`${shop.dev.site_url}/`);
  await mail.getByRole('link', { name: 'Mail', exact: true }).first().click();
  const letter = mail.getByRole('article').filter({ hasText: 'ben@floe-mail.dev' });
  await letter.getByText('Your code for Quay is').first().waitFor();
  await letter.getByRole('button', { name: 'Copy' }).click();
  await letter.getByText('Copied').waitFor();
  const code: string = await mail.evaluate('navigator.clipboard.readText()');
  expect(code).toMatch(/^\d{6}$/);

  await page.getByLabel('Code from the mail').fill(code);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Signed in as').waitFor();
  await quay.getByText('Every month').waitFor();
  await quay.getByText('$5.00').waitFor();
  await takePictures(page, 'demo-shop', 'account');
  await open(ARTICLE);
  await page.getByText('You have bought this').waitFor();
  await open('/account');
  await quay.getByRole('button', { name: 'Sign out of Quay' }).click();
  await quay.getByLabel('Your e-mail address').waitFor();
  await open(ARTICLE);
  await page.getByRole('heading', { name: 'Read on' }).waitFor();
});

/** Somebody who looks at the page of events, and a buyer elsewhere. */
async function watchEvents() {
  const buyer = await shop.newReader();
  const { page, open } = await shop.newReader();
  await open('/events');
  const quay = page.locator('[data-tenant=quay]');
  const catalogue = quay.locator('details.catalogue');
  await catalogue.locator('summary').first().waitFor();
  return { buyer, page, quay, catalogue };
}

test('events open to their payload and stay open; the catalogue is folded away', async () => {
  const { buyer, page, quay, catalogue } = await watchEvents();
  expect(await catalogue.getByText('polar.product.created').first().isVisible()).toBe(false);

  await buyer.buy(ARTICLE, 'Buy: Just this one', 'cleo@floe-mail.dev');
  // The page shows it by itself.
  const paid = quay.locator('[data-type="payment.succeeded"]').first();
  await paid.locator('summary').click();
  await paid.getByText('"billing_reason": "purchase"').first().waitFor();
  expect(await paid.innerText()).toContain('cleo@floe-mail.dev');
  await buyer.buy('/atlas', 'Buy: Atlas Pro', 'cleo@floe-mail.dev');
  const told = page.locator('[data-tenant=atlas]').getByText('cleo@floe-mail.dev');
  await expect.poll(() => told.count()).toBeGreaterThan(0);
  expect(await paid.getByText('"billing_reason": "purchase"').first().isVisible()).toBe(true);
});

test('an event that comes while the mouse is pressed takes no click away', async () => {
  const { buyer, page, quay, catalogue } = await watchEvents();
  await catalogue.locator('summary').first().hover();
  await page.mouse.down();
  await buyer.buy(ARTICLE, 'Buy: Just this one', 'fay@floe-mail.dev');
  await page.mouse.up();
  await expect.poll(() => catalogue.getAttribute('open')).not.toBeNull();
  const told = quay.locator('.events > li').filter({ hasText: 'fay@floe-mail.dev' });
  await expect.poll(() => told.count()).toBeGreaterThan(0);
  expect(await catalogue.getAttribute('open')).not.toBeNull();
});

test('an event that comes while the page loads is shown by the page itself', async () => {
  const buyer = await shop.newReader();
  const { page, open } = await shop.newReader();
  const script = Promise.withResolvers<void>();
  await page.route('**/assets/live.js', async (route) => {
    await script.promise;
    await route.continue();
  });
  const opening = open('/events');
  await page.locator('[data-tenant=quay]').waitFor();
  await buyer.buy(ARTICLE, 'Buy: Just this one', 'finn@floe-mail.dev');
  const told = async () => (await fetch(`${shop.dev.site_url}/events/lists`)).text();
  await expect.poll(told).toContain('finn@floe-mail.dev');
  expect(await page.content()).not.toContain('finn@floe-mail.dev');

  script.resolve();
  await opening;
  await expect.poll(() => page.content()).toContain('finn@floe-mail.dev');
});

test('a page of the gateway may have the shop in a frame of 500 px, which sells; other pages may not', async () => {
  // What browsers say of the frame that they refuse, and of an address without an icon.
  shop.complaints.expect(/frame-ancestors|favicon\.ico/);
  const { page } = await shop.newReader();
  // Chromium lets only pages that really come from this machine have frames of it; these two have no policy of their own.
  const frameOn = async (address: string) => {
    await page.goto(address);
    await page.evaluate((src) => {
      const frame = Object.assign(document.createElement('iframe'), { src, width: 500, height: 800 });
      document.body.replaceChildren(frame);
    }, `${shop.dev.site_url}/`);
    return page.frameLocator('iframe');
  };
  const other = await frameOn(`${shop.dev.polar_url}/_sim/clock`);
  await expect.poll(() => page.frames().at(1)?.url()).toBe('chrome-error://chromewebdata/');
  expect(await other.getByRole('button').count()).toBe(0);

  const frame = await frameOn(`${shop.dev.gateway_url}/openapi.json`);
  await frame.getByRole('button', { name: 'Buy: Atlas Pro' }).click();
  await frame.getByLabel('E-mail').fill('dora@floe-mail.dev');
  await frame.getByRole('button', { name: '4242 4242 4242 4242' }).click();
  await frame.getByRole('button', { name: /^Pay/ }).click();
  await frame.getByRole('heading', { name: 'Thank you' }).waitFor();
  await frame.getByRole('link', { name: 'Read it now' }).click();
  await frame.getByText('You have bought this').waitFor();
  const width = await page.frames().at(1)?.evaluate('document.documentElement.scrollWidth');
  expect(width).toBeLessThanOrEqual(500);
});

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { expectGood } from './expect-good.ts';
import { takePictures } from './pictures.ts';
import { DECLINED_CARD, GOOD_CARD, openShop, type Shop } from './shop.ts';

const ARTICLE = '/articles/premium';
const SECRET_PART = 'A reefer box has lost its power';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
afterEach(() => shop.endTest());

const shownDiscount = z.looseObject({ id: z.string(), status: z.string() });

test('a reader buys the article, reads it, and the shop hears of it', async () => {
  const { page, ...reader } = await shop.newReader();
  await reader.open('/');
  await takePictures(page, 'buying', 'shop');
  await page.getByRole('link', { name: 'The night shift on pier nine' }).click();
  await reader.paywall().waitFor();
  expect(await page.content(), 'the rest is not sent before payment').not.toContain(SECRET_PART);
  expect(await page.getByRole('listitem').filter({ hasText: 'Just this one' }).innerText()).toContain(
    '$9.00',
  );

  await takePictures(page, 'buying', 'closed');
  await page.getByRole('button', { name: 'Buy: Just this one' }).click();
  await reader.pay('ada@floe-mail.dev');
  await reader.read(shop.dev.site_url + ARTICLE);
  await page.getByText(SECRET_PART).waitFor();
  await takePictures(page, 'buying', 'open');

  await reader.open('/events');
  const row = page.locator('section[data-tenant=quay] li').filter({ hasText: 'payment.succeeded' });
  await row.getByText('verified').waitFor();
  expect(await row.innerText()).toMatch(/pay_[a-z0-9]+/);
});

test('a declined card costs nothing, and a good one afterwards opens the article', async () => {
  const { page, ...reader } = await shop.newReader();
  await reader.goToCheckout(ARTICLE, 'Buy: Just this one');
  await reader.pay('ben@floe-mail.dev', DECLINED_CARD);
  await page.getByRole('alert').filter({ hasText: 'declined' }).waitFor();

  const elsewhere = await page.context().newPage();
  await elsewhere.goto(shop.dev.site_url + ARTICLE);
  await elsewhere.getByRole('heading', { name: 'Read on' }).waitFor();
  await elsewhere.close();

  await page.getByLabel('Card number').fill(GOOD_CARD);
  await page.getByRole('button', { name: /^Pay/ }).click();
  await reader.read(shop.dev.site_url + ARTICLE);
  await page.getByText(SECRET_PART).waitFor();
});

test('a link of a mail whose code is used up leads on without the code', async () => {
  const { page, ...reader } = await shop.newReader();
  shop.complaints.expect(/status of 422/);
  const product = shop.dev.products.find(({ name }) => name === 'quay:lifetime');
  const once = { name: 'Once', code: 'ONCEONLY', basis_points: 5000, max_redemptions: 1 };
  const { id } = shownDiscount.parse(await shop.gateway('quay', '/v1/discounts', { body: once }));
  const link = `${shop.dev.gateway_url}/checkout/quay-sandbox?product=${product?.id}&discount_code=ONCEONLY`;
  await page.goto(link);
  await reader.pay('una@floe-mail.dev');
  const status = async () => shownDiscount.parse(await shop.gateway('quay', `/v1/discounts/${id}`)).status;
  await expect.poll(status).toBe('exhausted');
  await page.goto(link);
  await page.getByRole('heading', { name: 'This code cannot be used' }).waitFor();
  await expectGood(page);
  await takePictures(page, 'buying', 'code-that-is-used');
  await page.getByRole('link', { name: 'Go on without the code' }).click();
  await page.getByLabel('Card number').waitFor();
});

test('the back button leads from the checkout to a page that sells again', async () => {
  const { page, ...reader } = await shop.newReader();
  await reader.goToCheckout(ARTICLE, 'Subscribe: Every month');
  await page.goBack();
  await reader.paywall().waitFor();
  const button = page.getByRole('button', { name: 'Subscribe: Every month' });
  await button.waitFor();
  expect(await button.isEnabled()).toBe(true);

  await button.click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  await page.getByRole('link', { name: /^Back to/ }).click();
  await page.waitForURL(`${shop.dev.site_url}${ARTICLE}*`);
  await reader.paywall().waitFor();
  expect(await page.content()).not.toContain(SECRET_PART);
});

test('the return link opens the article once, for the browser that paid', async () => {
  // What a used link is answered with; the browser mentions it.
  shop.complaints.expect(/\/welcome\?.*status of 410/);
  const { page, ...reader } = await shop.newReader();
  const visited: string[] = [];
  page.on('request', (request) => visited.push(request.url()));
  await reader.buy(ARTICLE, 'Buy: Just this one', 'cleo@floe-mail.dev');
  const links = visited.filter((url) => /\/(return|welcome)\?/.test(url));
  expect(links.map((link) => new URL(link).pathname)).toEqual(['/return', '/welcome']);

  for (const link of links) {
    await page.goto(link);
    await page.waitForURL(shop.dev.site_url + ARTICLE);
    await page.getByText(SECRET_PART).waitFor();
  }
  const stranger = await shop.newReader();
  for (const link of links) {
    await stranger.page.goto(link);
    await stranger.page.getByRole('heading', { name: 'This link has done its work' }).waitFor();
    await stranger.open(ARTICLE);
    await stranger.paywall().waitFor();
    expect(await stranger.page.content()).not.toContain(SECRET_PART);
  }
});

import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { expectGood } from './expect-good.ts';
import { ARTICLE, type GatedSite, openGatedSite, SECRET } from './gated-site.ts';
import { takePictures } from './pictures.ts';

/*
 * The page at which a gift is accepted, as its recipient meets it: bought in the simulated shop, mailed, opened from the
 * mail, accepted; and what it says when there is nothing to accept any more.
 */

const DAY_MS = 86_400_000;
const MESSAGE = 'Happy birthday!\nYou said that you wanted to read it by the sea.';

let site: GatedSite;
beforeAll(async () => {
  site = await openGatedSite();
});
afterAll(() => site.close());
beforeEach(() => {
  // What a page that is not open is called in the browser's console.
  site.shop.complaints.expect(/status of (401|402|404|409|410|422|429)/);
});
afterEach(async () => {
  await site.shop.endTest();
  expect(site.told.splice(0)).toEqual([]);
});

const shownGift = z.looseObject({ id: z.string(), status: z.string(), payment_id: z.string() });
const newGift = shownGift.extend({ claim_url: z.nullable(z.string()), checkout_url: z.string() });

/** The giver asks the shop for a gift. */
async function order(more: object = {}) {
  const product = site.shop.dev.products.find(({ name }) => name === 'quay:lifetime');
  const body = { product_id: product?.id, from_name: 'Ada', redirect_url: site.url + ARTICLE, ...more };
  return newGift.parse(await site.shop.gateway('quay', '/v1/gifts', { body }));
}

/** The giver orders and pays it, in a browser. */
async function buy(more: object = {}) {
  const ordered = await order(more);
  const giver = await site.shop.newReader();
  await giver.page.goto(ordered.checkout_url);
  await giver.pay('giver@floe-mail.dev');
  await giver.page.waitForURL(`${site.url}/**`);
  await expect.poll(() => statusOf(ordered.id)).toBe('open');
  return { ...ordered, giver };
}

const statusOf = async (id: string) =>
  shownGift.parse(await site.shop.gateway('quay', `/v1/gifts/${id}`)).status;

/** The link in the mail that came to an address. */
async function mailedLink(to: string): Promise<string> {
  const mail = await site.shop.lastMail(to);
  return /http\S+\/gift\/\S+/.exec(mail)?.[0] ?? '';
}

const acceptButton = (page: Page) => page.getByRole('button', { name: 'Accept the gift' });

/** What the page says, from top to bottom. */
const textOf = (page: Page) => page.locator('main').innerText();

/** Opens a link at which there is nothing to accept, and reads why. */
async function expectOver(page: Page, link: string, says: RegExp): Promise<void> {
  await page.goto(link);
  // One visitor opens some twenty a minute; the page that says so tries again by itself.
  await expect.poll(() => textOf(page), { timeout: 90_000 }).toMatch(says);
  expect(await acceptButton(page).count()).toBe(0);
  await expectGood(page);
}

test('is bought, mailed and accepted; whoever opens its link afterwards is told so', async () => {
  const to = 'bea@floe-mail.dev';
  const { giver } = await buy({ to_email: to, message: MESSAGE });
  await giver.page.goto(site.url + ARTICLE);
  expect(await giver.page.content(), 'what is given away is not the giver’s').not.toContain(SECRET);

  const link = await mailedLink(to);
  const { page } = await site.shop.newReader();
  await page.goto(link);
  expect(await page.title()).toBe('Ada has a gift for you');
  expect(await page.locator('main').ariaSnapshot()).toMatchInlineSnapshot(`
    "- main:
      - paragraph: Quay
      - heading "Ada has a gift for you" [level=1]
      - paragraph:
        - strong: quay:lifetime
      - blockquote: Happy birthday! You said that you wanted to read it by the sea.
      - button "Accept the gift"
      - paragraph: "It stays with the address that it was sent to: with that you can sign in on any device.""
  `);
  await expectGood(page);
  await takePictures(page, 'gift', 'mailed');
  await acceptButton(page).click();
  await page.getByText(SECRET).waitFor();
  expect(page.url(), 'at the site, without the code').toBe(site.url + ARTICLE);

  // The same browser, another one, and the one that had the page open meanwhile.
  await expectOver(page, link, /This gift was accepted before[^]*sign in with your e-mail address/);
  const other = await site.shop.newReader();
  await expectOver(other.page, link, /This gift was accepted before/);
  await takePictures(other.page, 'gift', 'claimed');
  await other.page.getByRole('link', { name: 'Go to Quay' }).click();
  await other.page.waitForURL(site.url + ARTICLE);
  expect(await other.page.content()).not.toContain(SECRET);
});

test('two who have its page open: one gets it, the other is told; a second click of the first goes on', async () => {
  const to = 'cleo@floe-mail.dev';
  await buy({ to_email: to });
  const link = await mailedLink(to);
  const [first, second] = [await site.shop.newReader(), await site.shop.newReader()];
  const sameBrowser = await first.page.context().newPage();
  for (const page of [first.page, second.page, sameBrowser]) await page.goto(link);
  await acceptButton(first.page).click();
  await first.page.getByText(SECRET).waitFor();
  await acceptButton(second.page).click();
  await second.page.getByRole('heading', { name: 'This gift was accepted before' }).waitFor();
  await expectGood(second.page);
  await acceptButton(sameBrowser).click();
  await sameBrowser.getByText(SECRET).waitFor();
});

test('a link that was handed over asks for an address; with the keyboard alone, and without scripts', async () => {
  const { claim_url: link } = await buy({ message: MESSAGE });
  const { page } = await site.shop.newReader({ javaScriptEnabled: false });
  await page.goto(link ?? '');
  await takePictures(page, 'gift', 'handed-over');
  await page.keyboard.press('Tab');
  const field = page.getByLabel('Your e-mail address');
  expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.keyboard.type('dora@localhost');
  await page.keyboard.press('Enter');
  // A browser takes this for an address.
  await page.getByRole('alert').waitFor();
  expect(await textOf(page)).toContain('Ada has a gift for you');
  expect(await field.inputValue()).toBe('dora@localhost');
  await takePictures(page, 'gift', 'wrong-address');
  await field.fill('dora@floe-mail.dev');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Accept the gift');
  expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  await page.keyboard.press('Enter');
  await page.getByText(SECRET).waitFor();
});

test('is good to look at with all that a giver may write', async () => {
  const word = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(3);
  const { claim_url: link } = await buy({
    from_name: word.slice(0, 80),
    message: `${word}\n\n<b>not bold</b>`,
  });
  const { page } = await site.shop.newReader();
  await page.goto(link ?? '');
  expect(await textOf(page)).toContain('<b>not bold</b>');
  await expectGood(page);
  await takePictures(page, 'gift', 'long');
});

test('says why it cannot be accepted: not paid, refunded, taken back, expired, no such link', async () => {
  const { page } = await site.shop.newReader();
  const old = await buy({ expires_in_days: 1 });
  const unpaid = await order();
  await expectOver(page, unpaid.claim_url ?? '', /has not been paid yet/);
  await takePictures(page, 'gift', 'unpaid');

  const refunded = await buy();
  const open = await site.shop.newReader();
  await open.page.goto(refunded.claim_url ?? '');
  const orders = z.looseObject({
    items: z.array(z.looseObject({ id: z.string(), refundable_amount: z.int() })),
  });
  const { items } = orders.parse(await site.shop.polar('GET', '/v1/orders/?sorting=-created_at&limit=1'));
  await site.shop.polar('POST', '/v1/refunds/', {
    order_id: items[0]?.id,
    reason: 'customer_request',
    amount: items[0]?.refundable_amount,
    revoke_benefits: true,
  });
  await expect.poll(() => statusOf(refunded.id)).toBe('refunded');
  await expectOver(page, refunded.claim_url ?? '', /This gift was refunded/);
  await takePictures(page, 'gift', 'refunded');
  // Whoever had the page open clicks its button in vain.
  await open.page.getByLabel('Your e-mail address').fill('eve@floe-mail.dev');
  await acceptButton(open.page).click();
  await open.page.getByText('This gift was refunded').waitFor();

  const back = await buy();
  await site.shop.gateway('quay', `/v1/gifts/${back.id}/cancel`, { body: { refund: false } });
  await expectOver(page, back.claim_url ?? '', /This gift was taken back/);

  const then = Date.now() - 2 * DAY_MS;
  await expect
    .poll(async () => {
      // As long as Polar has something to tell of the order, the payment gets its own times again.
      await site.shop.database
        .prepare('update payments set succeeded_at = ?1 where id = ?2')
        .bind(then, old.payment_id)
        .run();
      await site.shop.database
        .prepare('update gifts set link_at = ?1 where id = ?2')
        .bind(then, old.id)
        .run();
      return statusOf(old.id);
    })
    .toBe('expired');
  await expectOver(page, old.claim_url ?? '', /has expired[^]*have a new one sent/);
  await takePictures(page, 'gift', 'expired');

  await expectOver(
    page,
    `${(old.claim_url ?? '').slice(0, -43)}${'x'.repeat(43)}`,
    /This link does not work/,
  );
  await takePictures(page, 'gift', 'unknown');
});

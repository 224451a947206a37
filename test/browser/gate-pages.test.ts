import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { expectGood } from './expect-good.ts';
import { ARTICLE, type GatedSite, openGatedSite, SECRET } from './gated-site.ts';
import { takePictures } from './pictures.ts';
import type { Reader } from './shop.ts';

/* The gate's own pages, with a real gateway and a simulated Polar behind them: from a closed page to an open one, and back. */

let site: GatedSite;
beforeAll(async () => {
  site = await openGatedSite();
});
afterAll(() => site.close());
beforeEach(() => {
  // What a page that is not open is called in the browser's console.
  site.shop.complaints.expect(/status of (400|401|402|403|503)/);
});
afterEach(async () => {
  await site.shop.endTest();
  expect(site.told.splice(0)).toEqual([]);
});

const DAY_MS = 86_400_000;
const withoutScripts: BrowserContextOptions = { javaScriptEnabled: false };
const open = (page: Page, path = ARTICLE) => page.goto(site.url + path);
const buyButton = (page: Page, name = 'Buy Lifetime') => page.getByRole('button', { name, exact: true });

/** From the closed page to the open one. */
async function buy({ page, pay }: Reader, email: string, name?: string): Promise<void> {
  await open(page);
  await buyButton(page, name).click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  await pay(email);
  await page.getByText(SECRET).waitFor();
}

/** The mail, which is another than one that has `before` in it. */
async function askForCode(page: Page, email: string, before?: string): Promise<string> {
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByLabel('E-mail address').fill(email);
  await page.getByRole('button', { name: 'Send code' }).click();
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
  let mail = '';
  await expect
    .poll(async () => (mail = await site.shop.lastMail(email)))
    .not.toContain(before ?? 'floe_sign_in=none');
  return mail;
}

const codeIn = (mail: string) => /\d{3} \d{3}/.exec(mail)?.[0] ?? '';
const linkIn = (mail: string) => /http\S+#floe_sign_in=\S+/.exec(mail)?.[0] ?? '';

/** The newest object of one of Polar's lists. */
async function newest<Shape extends z.ZodRawShape>(list: string, shape: Shape) {
  const items = z.array(z.looseObject({ id: z.string(), ...shape }));
  const answer = z.looseObject({ items }).parse(await site.shop.polar('GET', list));
  const [item] = answer.items;
  if (!item) throw new Error(`${list} is empty.`);
  return item;
}

async function refundLastOrder(): Promise<void> {
  const order = await newest('/v1/orders/?sorting=-created_at', { refundable_amount: z.int() });
  await site.shop.polar('POST', '/v1/refunds/', {
    order_id: order.id,
    reason: 'customer_request',
    amount: order.refundable_amount,
    revoke_benefits: true,
  });
}

/** Opens the article until it says so: what changes at Polar takes its time. */
async function untilSaid(page: Page, sentence: string): Promise<void> {
  await expect
    .poll(async () => {
      await open(page);
      return page.getByText(sentence).isVisible();
    })
    .toBe(true);
  expect(await page.content()).not.toContain(SECRET);
}

test.each([
  ['with scripts', {}],
  ['without', withoutScripts],
])('a reader buys, reads, signs out, and signs in again by the code: %s', async (how, options) => {
  const email = `ada-${how === 'without' ? 1 : 2}@floe-mail.dev`;
  const reader = await site.shop.newReader(options);
  const { page } = reader;
  await open(page);
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Premium article');
  expect(await page.getByRole('listitem').allInnerTexts()).toEqual([
    expect.stringMatching(/^Lifetime\s+This article, once and for good\.\s+\$9\s+Buy$/),
    expect.stringMatching(/^Monthly\s+[^]*\$5 \/ month\s+Subscribe$/),
    expect.stringMatching(/^Yearly\s+[^]*\$48 \/ year\s+Subscribe$/),
  ]);
  expect(await page.content()).not.toContain(SECRET);

  await buy(reader, email);
  expect(page.url(), 'exactly where the reader was, without the code').toBe(site.url + ARTICLE);

  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByText('Bought on').waitFor();
  await page.getByText('This browser knows what was bought in it.').waitFor();
  expect(await page.content()).not.toContain(email);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await buyButton(page).waitFor();
  expect(page.url()).toBe(site.url + ARTICLE);

  const mail = await askForCode(page, email);
  await page.getByLabel('Code').fill('000 000');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').filter({ hasText: 'This code is not right' }).waitFor();
  await page.getByLabel('Code').fill(codeIn(mail));
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText(SECRET).waitFor();
  expect(page.url()).toBe(site.url + ARTICLE);

  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByText('You are signed in as a…@floe-mail.dev.').waitFor();
  await page.getByText('Lifetime').waitFor();
  await page.getByText(/Bought on .* · Paid/).waitFor();
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByText(SECRET).waitFor();
});

test('the link in the mail signs in, in the browser that asked and in no other', async () => {
  const email = 'ben@floe-mail.dev';
  const reader = await site.shop.newReader();
  const { page } = reader;
  await buy(reader, email);
  await page.context().clearCookies();
  await open(page);
  const link = linkIn(await askForCode(page, email));

  const elsewhere = await site.shop.newReader();
  await elsewhere.page.goto(link);
  await elsewhere.page
    .getByText('works once, for 15 minutes, and only in the browser in which it was asked for')
    .waitFor();
  expect(await elsewhere.page.getByLabel('E-mail address').isVisible()).toBe(true);

  // In the tab that waits for the code, and in a new one.
  await page.goto(link);
  await page.getByText(SECRET).waitFor();
  expect(page.url()).toBe(site.url + ARTICLE);
  // Once more: it says so, and leads back to what is open.
  await page.goto(link);
  await page.getByRole('alert').filter({ hasText: 'works once, for 15 minutes' }).waitFor();
  await expectGood(page);
  await takePictures(page, 'gate', 'used-link');
  await page.getByRole('link', { name: 'Back' }).click();
  await page.getByText(SECRET).waitFor();
  await page.context().clearCookies();
  await open(page);
  const next = linkIn(await askForCode(page, email, link));
  const tab = await page.context().newPage();
  await tab.goto(next);
  await tab.getByText(SECRET).waitFor();
});

test('without scripts the link leads to the page that takes the code', async () => {
  const email = 'bea@floe-mail.dev';
  const reader = await site.shop.newReader(withoutScripts);
  const { page } = reader;
  await buy(reader, email);
  await page.context().clearCookies();
  await open(page);
  const mail = await askForCode(page, email);
  await page.goto(linkIn(mail));
  await page.getByLabel('Code').fill(codeIn(mail));
  await page.keyboard.press('Enter');
  await page.getByText(SECRET).waitFor();
});

test('a refund closes the page and says so; the account shows it; it can be bought again', async () => {
  const email = 'cleo@floe-mail.dev';
  const reader = await site.shop.newReader();
  const { page } = reader;
  await buy(reader, email);
  await refundLastOrder();
  await untilSaid(page, 'because the purchase was refunded');
  await expectGood(page);
  await takePictures(page, 'gate', 'refunded');
  await page.getByRole('link', { name: 'Your account' }).click();
  await page.getByText(/· Refunded/).waitFor();
  await expectGood(page);
  await buy(reader, email);
});

test('with the keyboard alone, from the closed page to the checkout, and to a sent code', async () => {
  const { page } = await site.shop.newReader();
  await open(page);
  const focused = async () =>
    (await page.evaluate(
      'document.activeElement.getAttribute("aria-labelledby") ? document.activeElement.id : document.activeElement.textContent',
    )) as string;
  const seen = [];
  for (let i = 0; i < 4; i++) {
    await page.keyboard.press('Tab');
    seen.push(await focused());
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
  }
  expect(seen).toEqual(['floe-buy-0', 'floe-buy-1', 'floe-buy-2', 'Sign in']);
  await page.keyboard.press('Enter');
  await page.getByLabel('E-mail address').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.type('eve@floe-mail.dev');
  await page.keyboard.press('Enter');
  await page.getByLabel('Code').waitFor();
  await open(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/checkout\/polar_c_/);
});

test('every page is good to look at, and to hear', async () => {
  const { page } = await site.shop.newReader();
  await open(page);
  await expectGood(page);
  expect(await page.locator('main').ariaSnapshot()).toMatchInlineSnapshot(`
    "- main:
      - heading "Premium article" [level=1]
      - status: Buy it to go on. If you have bought it before, sign in.
      - list "Ways to buy it":
        - listitem:
          - heading "Lifetime" [level=2]
          - paragraph: This article, once and for good.
          - paragraph: $9
          - button "Buy Lifetime": Buy
        - listitem:
          - heading "Monthly" [level=2]
          - paragraph: Everything on Quay, month by month.
          - paragraph: $5 / month
          - button "Subscribe Monthly": Subscribe
        - listitem:
          - heading "Yearly" [level=2]
          - paragraph: Everything on Quay, for a year at a time.
          - paragraph: $48 / year
          - button "Subscribe Yearly": Subscribe
      - paragraph:
        - text: Already bought?
        - link "Sign in":
          - /url: /floe/sign-in?to=%2Farticles%2Fnight%3Fpart%3D1"
  `);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await expectGood(page);
  await takePictures(page, 'gate', 'sign-in');
  await page.getByLabel('E-mail address').fill('fay@floe-mail.dev');
  await page.keyboard.press('Enter');
  await page.getByLabel('Code').waitFor();
  await expectGood(page);
  await page.getByLabel('Code').fill('1');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await expectGood(page);
  await takePictures(page, 'gate', 'code');
  await open(page, '/floe/account');
  await expectGood(page);
  await page.context().clearCookies();
  await open(page);
  const tokens = page.locator('input[name=token]');
  for (const token of await tokens.all()) await token.evaluate((field) => field.setAttribute('value', 'x'));
  await buyButton(page).click();
  await page.getByRole('alert').filter({ hasText: 'open for too long' }).waitFor();
  await expectGood(page);
  await takePictures(page, 'gate', 'problem');
});

test.each([
  ['en', 'ltr', 'Buy Lifetime', 'month'],
  ['de', 'ltr', 'Kaufen Lifetime', 'Monat'],
  ['fr', 'ltr', 'Acheter Lifetime', 'mois'],
  ['es', 'ltr', 'Comprar Lifetime', 'mes'],
  ['ja', 'ltr', '購入する Lifetime', '月'],
  ['ar', 'rtl', 'شراء Lifetime', 'شهر'],
])('the offer in %s runs %s, in words and prices of the language', async (locale, dir, button, month) => {
  const { page } = await site.shop.newReader({ locale });
  await open(page);
  expect(await page.locator('html').getAttribute('lang')).toBe(locale);
  expect(await page.evaluate('getComputedStyle(document.body).direction')).toBe(dir);
  expect(await buyButton(page, button).isVisible()).toBe(true);
  expect(await page.locator('.floe-price').nth(1).innerText()).toContain(month);
  await expectGood(page);
  await takePictures(page, 'gate', `offer-${locale}`);
});

test('a subscription is in the account, with its next date; one that is past due asks for what is due', async () => {
  const email = 'dan@floe-mail.dev';
  const reader = await site.shop.newReader();
  const { page } = reader;
  await buy(reader, email, 'Subscribe Monthly');
  await page.context().clearCookies();
  await open(page);
  const mail = await askForCode(page, email);
  await page.getByLabel('Code').fill(codeIn(mail));
  await page.keyboard.press('Enter');
  await page.getByText(SECRET).waitFor();
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByText(/Active\. Renews on \w+ \d+, \d{4}\./).waitFor();
  await page.getByText('$5 / month').waitFor();
  await page.getByRole('link', { name: /^Invoice: Monthly/ }).waitFor();
  await expectGood(page);
  await takePictures(page, 'gate', 'account');

  const { customer_id: customer } = await newest('/v1/subscriptions/?sorting=-started_at', {
    customer_id: z.string(),
  });
  await site.shop.polar('POST', `/_sim/customers/${customer}/card`, { outcome: 'declines' });
  await site.shop.polar('POST', '/_sim/clock', { advance_ms: 32 * DAY_MS });
  await untilSaid(page, 'The last payment for your subscription failed.');
  expect(await page.getByRole('button').allInnerTexts(), 'nothing is sold').toEqual(['Sign out']);
  await expectGood(page);
  await takePictures(page, 'gate', 'past-due');
  await page.getByRole('link', { name: 'Update payment method' }).click();
  await page.waitForURL(/\/sign-in\?/);
  await open(page, '/floe/account');
  await page.getByText('The last payment failed.').waitFor();
  await expectGood(page);
});

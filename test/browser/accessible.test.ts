import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { expectGood } from './expect-good.ts';
import { DECLINED_CARD, openShop, type Shop } from './shop.ts';

/*
 * Every page of the gateway, the demo shop and the simulated Polar: axe-core finds nothing, and nothing is cut off, on a desktop
 * and on a phone, light and dark. And a purchase and a sign-in with the keyboard alone.
 */

const MAX_TABS = 80;

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());
afterEach(() => shop.endTest());

test('the demo shop, from its first screen to a receipt, an account and the events', async () => {
  shop.complaints.expect(/status of (404|410|422)/);
  const { page, ...reader } = await shop.newReader();
  for (const path of [
    '/',
    '/articles/free',
    '/articles/premium',
    '/atlas',
    '/account',
    '/mail',
    '/events',
    '/no',
  ]) {
    await reader.open(path);
    await expectGood(page);
  }
  await reader.open('/welcome');
  await expectGood(page);
  await reader.goToCheckout('/', 'Subscribe: Every month');
  await reader.pay('ada@floe-mail.dev');
  await page.getByRole('link', { name: 'Receipt' }).waitFor();
  await expectGood(page);
  await reader.read(`${shop.dev.site_url}/articles/premium`);
  await expectGood(page);
  for (const path of ['/', '/account']) {
    await reader.open(path);
    await expectGood(page);
  }
  const quay = page.getByRole('region', { name: 'Quay' });
  await quay.getByLabel(/your e-mail address/).fill('ada@floe-mail.dev');
  await quay.getByRole('button', { name: 'Send a code' }).click();
  await page.getByRole('heading', { name: 'Type the code' }).waitFor();
  await expectGood(page);
  await page.getByLabel('Code from the mail').fill('nonsense');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await expectGood(page);
  await reader.open('/mail');
  await page.getByRole('button', { name: 'Copy' }).waitFor();
  await expectGood(page);
  await reader.open('/events');
  for (const summary of await page.locator('summary').all()) await summary.click();
  await expectGood(page);
});

test('the gateway: what is here, signing in, the way to the portal, and what goes wrong', async () => {
  shop.complaints.expect(/status of (400|401|404|422)/);
  const buyer = await shop.newReader();
  await buyer.buy('/atlas', 'Buy: Atlas Pro', 'ben@floe-mail.dev');
  const { page } = await shop.newReader();
  const open = (path: string) => page.goto(shop.dev.gateway_url + path);
  const problems = [
    '/nothing',
    '/v1/payments',
    '/return',
    '/checkout/quay-sandbox?product=x',
    '/sign-in?app=no',
  ];
  for (const path of ['/', '/console', ...problems]) {
    await open(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expectGood(page);
  }
  await open('/sign-in?app=atlas-sandbox');
  await expectGood(page);
  await page.getByLabel('E-mail address').fill('ben@floe-mail.dev');
  await page.keyboard.press('Enter');
  await page.getByLabel('Code').waitFor();
  await expectGood(page);
  await page.getByLabel('Code').fill('000000');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').waitFor();
  await expectGood(page);
  const [, ...code] = /(\d{3}) (\d{3})/.exec(await shop.lastMail('ben@floe-mail.dev')) ?? [];
  await page.getByLabel('Code').fill(code.join(''));
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'You are signed in' }).waitFor();
  await expectGood(page);
  await page.getByRole('link', { name: /at Polar$/ }).click();
  await page.waitForURL(/\/portal\?/);
  await expectGood(page);
});

test('the simulated Polar: checkout, documents, and every page of its controls', async () => {
  const { page, ...reader } = await shop.newReader();
  await reader.goToCheckout('/', 'Subscribe: Every month');
  await expectGood(page);
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.getByRole('alert').waitFor();
  await expectGood(page);
  await reader.pay('cleo@floe-mail.dev', DECLINED_CARD);
  await page.getByRole('alert').filter({ hasText: 'declined' }).waitFor();
  await expectGood(page);
  await reader.pay('cleo@floe-mail.dev');
  await page.getByRole('link', { name: 'Receipt' }).click();
  await page.getByRole('heading', { name: /^Receipt RCPT-/ }).waitFor();
  await expectGood(page);

  const polar = shop.dev.polar_url;
  await page.goto(`${polar}/checkout/polar_c_none`);
  await expectGood(page);
  const tabs = [
    'orders',
    'subscriptions',
    'customers',
    'products',
    'checkouts',
    'webhooks',
    'deliveries',
    'none',
  ];
  for (const path of ['/', '/_sim', '/_sim/trouble', ...tabs.map((tab) => `/_sim/o/floe-demo/${tab}`)]) {
    await page.goto(polar + path);
    for (const summary of await page.locator('summary').all()) await summary.click();
    await expectGood(page);
  }
  await page.goto(`${polar}/_sim/o/floe-demo/products`);
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByRole('alert').waitFor();
  await expectGood(page);
  // Straight from a product, with no shop to go back to: Polar says thank you itself.
  await page.goto(`${polar}/_sim/o/floe-demo/products`);
  await page
    .getByRole('row')
    .filter({ hasText: 'quay:lifetime' })
    .getByRole('button', { name: 'Buy it' })
    .click();
  await page.getByLabel('E-mail').fill('dora@floe-mail.dev');
  await page.getByRole('button', { name: '4000 0000 0000 0077' }).click();
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.getByRole('heading', { name: 'Your payment is being processed' }).waitFor();
  const { items } = await shop.polar('GET', '/v1/checkouts/?limit=1');
  const [{ id }] = items as [{ id: string }];
  await shop.polar('POST', `/_sim/checkouts/${id}/settle`, {});
  await page.getByRole('heading', { name: 'Thank you' }).waitFor();
  await expectGood(page);
});

test('a purchase and a sign-in elsewhere need the keyboard alone', async () => {
  const { page, ...reader } = await shop.newReader();
  await reader.open('/');
  await tabTo(page, 'Buy: Just this one');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/checkout\/polar_c_/);
  await tabTo(page, 'E-mail');
  await page.keyboard.type('eve@floe-mail.dev');
  await tabTo(page, '4242 4242 4242 4242 is paid');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Thank you' }).waitFor();
  await page.getByRole('link', { name: 'Receipt' }).waitFor();
  await tabTo(page, 'Read it now');
  await page.keyboard.press('Enter');
  await page.getByText('You have bought this').waitFor();

  const elsewhere = await shop.newReader();
  await elsewhere.open('/articles/premium');
  await tabTo(elsewhere.page, 'Sign in with your address');
  await elsewhere.page.keyboard.press('Enter');
  await elsewhere.page.waitForURL(/\/account$/);
  await tabTo(elsewhere.page, 'Your e-mail address');
  await elsewhere.page.keyboard.type('eve@floe-mail.dev');
  await elsewhere.page.keyboard.press('Enter');
  await elsewhere.page.getByRole('heading', { name: 'Type the code' }).waitFor();
  const [, ...code] = /(\d{3}) (\d{3})/.exec(await shop.lastMail('eve@floe-mail.dev')) ?? [];
  // The field has the focus already.
  await elsewhere.page.keyboard.type(code.join(''));
  await elsewhere.page.keyboard.press('Enter');
  await elsewhere.page.getByText('Signed in as').waitFor();
  await elsewhere.open('/articles/premium');
  await elsewhere.page.getByText('You have bought this').waitFor();
});

/** Presses Tab until what has the focus is called `name`. What has the focus must be seen to have it. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < MAX_TABS; presses++) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    if ((await focused.count()) === 0) continue;
    const named: string = await focused.evaluate((element) => {
      const label = 'labels' in element ? (element.labels as NodeListOf<HTMLElement> | null)?.[0] : undefined;
      const text = element.getAttribute('aria-label') ?? label?.textContent ?? element.textContent;
      return text.replaceAll(/\s+/g, ' ').trim();
    });
    if (!named.startsWith(name)) continue;
    const outline = await focused.evaluate((element) => getComputedStyle(element).outlineStyle);
    expect(outline, `${name} shows that it has the focus`).not.toBe('none');
    return;
  }
  throw new Error(`Tab never reached ${name}.`);
}

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import * as z from 'zod';
import {
  buyButton,
  type KitShop,
  openKitShop,
  reloadWithoutTokens,
  sessionsOf,
  stateOf,
} from './kit-shop.ts';
import { PREVIEW, SECRET } from './kit-site.ts';
import { takePictures } from './pictures.ts';

/* How access ends, what opens nothing, and what goes wrong on the way back from the checkout: on the static page. */

let shop: KitShop;
beforeAll(async () => {
  shop = await openKitShop();
});
afterAll(() => shop.close());
afterEach(() => shop.endTest());

const list = z.looseObject({
  items: z.tuple([z.looseObject({ id: z.string(), refundable_amount: z.int() })], z.unknown()),
});

/** Gives back all of the newest order, as the seller would at Polar. */
async function refundNewest(): Promise<void> {
  const [order] = list.parse(await shop.polar('GET', '/v1/orders/?sorting=-created_at')).items;
  await shop.polar('POST', '/v1/refunds/', {
    order_id: order.id,
    reason: 'customer_request',
    amount: order.refundable_amount,
    revoke_benefits: true,
  });
}

/** Collects the states of the paywall, from each load on. */
async function watchStates(page: Page): Promise<() => Promise<string[]>> {
  await page.addInitScript(`
    globalThis.seen = [];
    new MutationObserver((changes) => {
      for (const { target } of changes)
        if (target.localName === 'floe-paywall') seen.push(target.getAttribute('state'));
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ['state'] });`);
  return () => page.evaluate<string[]>('seen');
}

/** Counts what the page asks about access. */
function countQuestions(page: Page): () => number {
  let asked = 0;
  page.on('request', (request) => {
    if (request.method() === 'GET' && request.url().includes('/v1/access?')) asked++;
  });
  return () => asked;
}

test('a refund takes the text from the open page within the bound, and it stays gone', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  const address = `${shop.siteUrl}/article/1`;
  await shop.buy(reader, 'ann@floe-mail.dev', address);
  await refundNewest();
  const refundedAt = Date.now();
  // Nobody touches anything. `data-max-age` is a second, but an open page asks at most once in that; then Polar's webhook.
  await buyButton(page).waitFor({ timeout: 30_000 });
  const took = Date.now() - refundedAt;
  expect(took, 'milliseconds').toBeLessThan(10_000);
  expect(await page.content()).not.toContain(SECRET);
  await page.getByText(PREVIEW).waitFor();
  for (const where of [address, shop.article]) {
    await page.goto(where);
    await buyButton(page).waitFor();
    expect(await stateOf(page)).toBe('closed');
    expect(await page.content()).not.toContain(SECRET);
  }
});

test('data-max-age: how old a yes may be without asking', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await shop.buy(reader, 'ben@floe-mail.dev');
  const asked = countQuestions(page);
  await page.reload();
  await page.getByText(SECRET).waitFor();
  expect(asked(), 'five minutes, when nothing is said').toBe(0);
  await page.goto(`${shop.siteUrl}/article/0`);
  await page.getByText(SECRET).waitFor();
  expect(asked(), 'never, with 0').toBeGreaterThan(0);

  await refundNewest();
  await expect
    .poll(
      async () => {
        await page.reload();
        await page.locator('floe-paywall:is([state=open], [state=closed])').waitFor();
        return stateOf(page);
      },
      { timeout: 30_000, interval: 200 },
    )
    .toBe('closed');
});

test('attack: a victim’s address, typed at the checkout, opens nothing of the victim’s', async () => {
  const victim = await shop.newReader();
  await shop.buy(victim, 'vic@floe-mail.dev');
  const price = { amount_type: 'fixed', price_amount: 100, price_currency: 'usd' };
  const { id } = await shop.polar('POST', '/v1/products/', { name: 'quay:sticker', prices: [price] });

  const thief = await shop.newReader();
  const { page } = thief;
  const address = `${shop.siteUrl}/article?product=${String(id)}`;
  await shop.goToCheckout(page, address);
  await thief.pay('vic@floe-mail.dev');
  await page.waitForURL(address);
  // Signed in for the sticker, and for nothing else of whoever has that address.
  const account = page.locator('floe-account');
  await account.getByRole('heading', { name: 'Your account' }).waitFor();
  expect(await account.locator('[part=list] [part=item]').allInnerTexts()).toEqual(['sticker']);
  expect(await account.locator('[part=sessions]').count(), 'nor where the victim is signed in').toBe(0);
  expect(await account.innerText()).not.toContain('floe-mail.dev');
  await buyButton(page).waitFor();
  expect(await stateOf(page)).toBe('closed');
  await page.reload();
  await buyButton(page).waitFor();
  expect(await page.content()).not.toContain(SECRET);

  const { sessions } = JSON.parse((await sessionsOf(page)) ?? '') as { sessions: [{ session: string }] };
  for (const path of ['/v1/sessions', '/v1/session']) {
    const response = await fetch(shop.dev.gateway_url + path, {
      headers: { authorization: `Bearer ${sessions[0].session}` },
    });
    expect(await response.text()).not.toContain('vic@');
  }
  await victim.page.reload();
  await victim.page.getByText(SECRET).waitFor();
});

test('signed out everywhere, elsewhere: this device is told so, and can buy and sign in', async () => {
  // The browser's own words for a session that has ended.
  shop.complaints.expect(/\/v1\/\S+: .*status of 401/);
  const first = await shop.newReader();
  await shop.buy(first, 'cleo@floe-mail.dev');
  const second = await shop.newReader();
  await shop.askForCode(second.page, 'cleo@floe-mail.dev');
  await second.page.getByLabel('Code').fill(await shop.lastCode('cleo@floe-mail.dev'));
  await second.page.keyboard.press('Enter');
  await second.page.getByText('Signed in as').waitFor();
  await second.page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await second.page.getByText('You are signed out').waitFor();

  const { page } = first;
  // As after five minutes. Until then the token is believed.
  await reloadWithoutTokens(page);
  await buyButton(page).waitFor();
  await page.getByRole('textbox', { name: 'E-mail address' }).waitFor();
  expect([await stateOf(page), await stateOf(page, 'floe-account')]).toEqual(['closed', 'signed-out']);
  expect(await page.content()).not.toContain(SECRET);
  expect(await sessionsOf(page), 'what has ended is not kept').toBeNull();
});

test('a code that has been guessed at, or is too old, is no code any more: another one signs in', async () => {
  shop.complaints.expect(/\/v1\/sign-in\/verify: .*status of 4/);
  const email = 'dan@floe-mail.dev';
  await shop.buy(await shop.newReader(), email);
  const { page } = await shop.newReader();
  const enter = async (code: string) => {
    await page.getByLabel('Code').fill(code);
    await page.keyboard.press('Enter');
    await page.locator('floe-account [part~=button][aria-busy=true]').waitFor({ state: 'detached' });
  };
  const isWrong = () => page.getByRole('alert').filter({ hasText: 'not right, or no longer' }).waitFor();
  await shop.askForCode(page, email);
  const first = await shop.lastCode(email);
  for (let guess = 0; guess < 5; guess++) {
    await enter(
      `${guess}${guess}${guess} ${guess}${guess}${guess}` === first ? '999 999' : `${guess}`.repeat(6),
    );
    await isWrong();
  }
  await enter(first);
  await isWrong();
  expect(await page.getByLabel('Code').getAttribute('aria-invalid')).toBe('true');

  // A quarter of an hour later.
  await page.evaluate('{ const now = Date.now; Date.now = () => now() + 16 * 60_000; }');
  await enter(first);
  await isWrong();
  await page.reload();
  await page.evaluate('{ const now = Date.now; Date.now = () => now() + 16 * 60_000; }');
  await page.getByRole('button', { name: 'Another address' }).click();
  await page.getByLabel('E-mail address').fill(email);
  await page.keyboard.press('Enter');
  await page.getByLabel('Code').waitFor();
  await expect.poll(() => shop.lastCode(email), { timeout: 30_000 }).not.toBe(first);
  await enter(await shop.lastCode(email));
  await page.getByRole('heading', { name: 'Your account' }).waitFor();
});

test('a reload while a payment is exchanged, its answer lost: it opens, and no paywall is seen', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  const states = await watchStates(page);
  let exchanges = 0;
  const answered = new Promise<void>((resolve) => {
    void page.route('**/v1/sessions/exchange', async (route) => {
      if (route.request().method() !== 'POST' || exchanges++ > 0) return route.continue();
      // The gateway has used the code up, and nobody hears it.
      await route.fetch();
      resolve();
    });
  });
  await shop.goToCheckout(page);
  await reader.pay('eli@floe-mail.dev');
  await answered;
  await expect.poll(() => stateOf(page)).toBe('pending');
  expect(await buyButton(page).count(), 'nothing is sold to who has paid').toBe(0);
  expect(await states()).not.toContain('closed');

  await page.reload();
  await page.getByText(SECRET).waitFor();
  expect(exchanges).toBe(2);
  expect(await states()).not.toContain('closed');
  expect(page.url()).toBe(shop.article);
});

test('back from checkout while the gateway is away: nothing is sold again, and it opens afterwards', async () => {
  shop.complaints.expect(/sessions\/exchange: .*ERR_FAILED/);
  const reader = await shop.newReader();
  const { page } = reader;
  const states = await watchStates(page);
  await page.route('**/v1/sessions/exchange', (route) => route.abort());
  await shop.goToCheckout(page);
  await reader.pay('fay@floe-mail.dev');
  const retry = page.locator('floe-paywall [part=retry]');
  await retry.waitFor();
  expect(await buyButton(page).count()).toBe(0);
  expect(await states()).not.toContain('closed');
  expect(await page.content()).not.toContain(SECRET);
  await takePictures(page, 'kit', 'away');
  await page.reload();
  await retry.waitFor();
  expect(await buyButton(page).count(), 'after a reload neither').toBe(0);

  await page.unroute('**/v1/sessions/exchange');
  await retry.click();
  await page.getByText(SECRET).waitFor();
  expect(await states()).not.toContain('closed');
});

test('a browser that keeps nothing: its owner is told before paying, and signs in afterwards', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await page.addInitScript(`
    for (const kind of ['localStorage', 'sessionStorage'])
      Object.defineProperty(window, kind, { get() { throw new DOMException('refused', 'SecurityError'); } });`);
  await page.goto(shop.article);
  await buyButton(page).click();
  const warning = page.locator('floe-buy [part=error]').filter({ has: page.locator('[part=link]') });
  expect(await warning.getAttribute('role')).toBe('alert');
  expect(page.url(), 'not yet').toBe(shop.article);
  await warning.locator('[part=link]').click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  await reader.pay('gus@floe-mail.dev');
  await page.waitForURL(shop.article);

  const told = page.locator('floe-paywall [part=paid]');
  await told.filter({ hasText: /./ }).waitFor();
  expect(await told.getAttribute('role')).toBe('status');
  expect(await page.content()).not.toContain(SECRET);
  await takePictures(page, 'kit', 'keeps-nothing');
  await page.locator('floe-paywall [part=sign-in]').click();
  expect(await page.evaluate('document.activeElement.shadowRoot.activeElement.id')).toBe('email');
  await page.keyboard.type('gus@floe-mail.dev');
  await page.keyboard.press('Enter');
  await page.getByLabel('Code').waitFor();
  await page.keyboard.type(await shop.lastCode('gus@floe-mail.dev'));
  await page.keyboard.press('Enter');
  await page.getByText(SECRET).waitFor();
  expect(await told.innerText(), 'it is said no more').toBe('');
});

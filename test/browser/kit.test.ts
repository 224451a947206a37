import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import {
  APP,
  buyButton,
  forgetTokens,
  type KitShop,
  openKitShop,
  reloadWithoutTokens,
  sessionsOf,
  stateOf,
} from './kit-shop.ts';
import { PREVIEW, RESOURCE, SECRET } from './kit-site.ts';
import { DECLINED_CARD, GOOD_CARD } from './shop.ts';

/*
 * The elements on a plain static page: nothing but HTML, a strict policy and the gateway's script. All readers share one
 * address: fewer than twenty of them may start a checkout in a minute.
 */

let shop: KitShop;
beforeAll(async () => {
  shop = await openKitShop();
});
afterAll(() => shop.close());
afterEach(() => shop.endTest());

/** What the gateway would say, for what cannot be made to happen at will. */
const no = (reason: string) => ({
  resource: RESOURCE,
  allow: false,
  reason,
  expires_at: null,
  customer: null,
  token: null,
});
const cors = () => ({
  'access-control-allow-origin': shop.siteUrl,
  'access-control-expose-headers': 'Retry-After',
});

test('a reader buys and reads at once, on a clean address, and again after a reload', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await page.goto(shop.article);
  await buyButton(page).waitFor();
  expect(await page.content(), 'it is not in the page').not.toContain(SECRET);

  let loads = 0;
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.url().startsWith(shop.siteUrl)) loads++;
  });
  await shop.buy(reader, 'ada@floe-mail.dev');
  expect(page.url()).toBe(shop.article);
  expect(loads, 'the page itself, and the return').toBe(2);
  expect(await buyButton(page).count()).toBe(0);
  await page.getByText(PREVIEW).waitFor();

  await page.reload();
  await page.getByText(SECRET).waitFor();
});

test('whoever has paid sees no paywall on return or reload, not for a moment', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await page.addInitScript(`
    globalThis.seen = [];
    new MutationObserver((changes) => {
      for (const { target } of changes)
        if (target.localName === 'floe-paywall') seen.push(target.getAttribute('state'));
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ['state'] });`);
  await shop.buy(reader, 'bea@floe-mail.dev');
  expect(await page.evaluate('seen')).toEqual(['checking', 'open']);
  await page.reload();
  await page.getByText(SECRET).waitFor();
  expect(await page.evaluate('seen')).toEqual(['checking', 'open']);
});

test('a declined card opens nothing, and a good one afterwards does', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await page.goto(shop.article);
  await buyButton(page).click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  await reader.pay('cy@floe-mail.dev', DECLINED_CARD);
  await page.getByRole('alert').filter({ hasText: 'declined' }).waitFor();
  const elsewhere = await page.context().newPage();
  await elsewhere.goto(shop.article);
  await buyButton(elsewhere).waitFor();
  expect(await stateOf(elsewhere)).toBe('closed');
  await page.getByLabel('Card number').fill(GOOD_CARD);
  await page.getByRole('button', { name: /^Pay/ }).click();
  await page.getByText(SECRET).waitFor();
});

test('the back button leads from the checkout to a page that sells again', async () => {
  const { page } = await shop.newReader();
  await page.goto(shop.article);
  await buyButton(page).click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  await page.goBack();
  await buyButton(page).waitFor();
  expect(await buyButton(page).getAttribute('aria-busy')).toBe('false');
});

test('with the keyboard alone', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await page.goto(shop.article);
  await buyButton(page).waitFor();
  await page.keyboard.press('Tab');
  const focused = 'document.activeElement?.shadowRoot?.activeElement?.part.value';
  expect(await page.evaluate(focused)).toBe('button');
  const outline = await page.evaluate(
    'getComputedStyle(document.activeElement.shadowRoot.activeElement).outlineStyle',
  );
  expect(outline, 'the focus is seen').toBe('solid');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/checkout\/polar_c_/);
});

test('what is said to a screen reader: names, states, and what changes', async () => {
  shop.complaints.expect(/v1\/checkout: .*ERR_FAILED/);
  const { page } = await shop.newReader();
  await page.route('**/v1/checkout', (route) => route.abort());
  await page.goto(shop.article);
  const before = await buyButton(page).boundingBox();
  await buyButton(page).click();
  await page.getByRole('alert').filter({ hasText: 'Nothing was charged' }).waitFor();
  const link = page.getByRole('link', { name: 'Try it this way' });
  expect(await page.evaluate('document.activeElement.localName'), 'focus stays').toBe('floe-buy');
  expect(await buyButton(page).boundingBox(), 'nothing moves').toEqual(before);
  expect(await page.locator('floe-account').ariaSnapshot()).toMatchInlineSnapshot(`
    "- heading "Sign in" [level=2]
    - paragraph: You get a code by mail, at the address with which you bought.
    - text: E-mail address
    - textbox "E-mail address"
    - button "Send the code"
    - status
    - alert"
  `);
  await link.click();
  await page.waitForURL(/\/checkout\/polar_c_/);
});

test('the link that stays when all else fails is tied to the browser too', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await page.goto(shop.article);
  await page.getByRole('link', { name: 'or follow a link' }).click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  await reader.pay('dee@floe-mail.dev');
  await page.getByText(SECRET).waitFor();
});

test('a code that was stolen on its way opens nothing in another browser, and is not used up', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await page.goto(shop.article);
  await buyButton(page).click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  // Somebody reads the address before the page's script does.
  shop.complaints.expect(/kit\/floe\.js: .*ERR_FAILED|sessions\/exchange: .*status of 40[04]/);
  await page.route('**/kit/floe.js', (route) => route.abort());
  await reader.pay('eli@floe-mail.dev');
  await page.waitForURL(/[?&]code=/);
  const stolen = page.url();

  for (const hasBegunOne of [false, true]) {
    const thief = await shop.newReader();
    if (hasBegunOne) {
      await thief.page.goto(shop.article);
      await buyButton(thief.page).click();
      await thief.page.waitForURL(/\/checkout\/polar_c_/);
    }
    const exchanges: string[] = [];
    thief.page.on('request', (request) => {
      if (request.url().endsWith('/v1/sessions/exchange') && request.method() === 'POST')
        exchanges.push(request.url());
    });
    await thief.page.goto(stolen);
    await buyButton(thief.page).waitFor();
    expect(thief.page.url(), 'the address is clean').toBe(shop.article);
    expect(await stateOf(thief.page)).toBe('closed');
    expect(await sessionsOf(thief.page)).toBeNull();
    expect(exchanges.length).toBe(hasBegunOne ? 1 : 0);
  }
  await page.unroute('**/kit/floe.js');
  await page.goto(stolen);
  await page.getByText(SECRET).waitFor();
});

test('a payment that is still being confirmed waits, is not sold again, and opens by itself', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  let isSettled = false;
  await page.route('**/v1/access?*', (route) =>
    isSettled || route.request().method() !== 'GET'
      ? route.continue()
      : route.fulfill({
          status: 200,
          headers: { ...cors(), 'retry-after': '1' },
          json: no('pending_payment'),
        }),
  );
  await page.goto(shop.article);
  await buyButton(page).click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  await reader.pay('fay@floe-mail.dev');
  await page.getByRole('status').filter({ hasText: 'being confirmed' }).waitFor();
  expect(await buyButton(page).count()).toBe(0);
  isSettled = true;
  await page.getByText(SECRET).waitFor();
});

test('a gateway that cannot be asked: nothing opens, nothing is sold, and it goes on by itself', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await shop.buy(reader, 'gus@floe-mail.dev');
  shop.complaints.expect(/v1\/access\?\S+: .*ERR_FAILED/);
  await page.route('**/v1/access?*', (route) => route.abort());
  await reloadWithoutTokens(page);
  await page.getByText('cannot be checked right now').waitFor();
  expect(await page.content()).not.toContain(SECRET);
  expect(await buyButton(page).count()).toBe(0);
  await page.unroute('**/v1/access?*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText(SECRET).waitFor();
});

test('what is open: it stays in an outage, goes when it is refunded, and another article starts from nothing', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await shop.buy(reader, 'gil@floe-mail.dev');
  const change = (resource: string) =>
    page.evaluate(`document.querySelector('floe-paywall').setAttribute('resource', '${resource}')`);
  await change('content:blog/another');
  expect(await page.content(), 'at once').not.toContain(SECRET);
  await buyButton(page).waitFor();
  await change(RESOURCE);
  await page.getByText(SECRET).waitFor();
  expect(await page.getByText(SECRET).count()).toBe(1);

  // An outage takes nothing from the screen; a refund does.
  shop.complaints.expect(/v1\/access\?\S+: .*status of 503/);
  const check = () => page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
  const asked = () =>
    page.waitForEvent('requestfinished', (request) => request.url().includes('/v1/access?'));
  await page.route('**/v1/access?*', (route) => route.fulfill({ status: 503, headers: cors() }));
  await forgetTokens(page);
  const failing = asked();
  await check();
  await failing;
  await page.getByText(SECRET).waitFor();

  await page.unroute('**/v1/access?*');
  await page.route('**/v1/access?*', (route) =>
    route.request().method() === 'GET'
      ? route.fulfill({ status: 200, headers: cors(), json: no('revoked') })
      : route.continue(),
  );
  await check();
  await buyButton(page).waitFor();
  expect(await page.content()).not.toContain(SECRET);
});

test('two tabs: what is bought in one opens in the other, and signing out closes both', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  const other = await page.context().newPage();
  await other.goto(shop.article);
  await buyButton(other).waitFor();
  await shop.buy(reader, 'hal@floe-mail.dev');
  await other.getByText(SECRET).waitFor();

  await other.getByRole('heading', { name: 'Your account' }).waitFor();
  await other.getByRole('listitem').filter({ hasText: 'lifetime' }).waitFor();
  const held = await sessionsOf(page);
  await other.getByRole('button', { name: 'Sign out' }).click();
  await other.getByText('You are signed out').waitFor();
  for (const each of [page, other]) {
    await buyButton(each).waitFor();
    expect(await each.content(), 'it is taken away').not.toContain(SECRET);
  }
  expect(await sessionsOf(page)).toBeNull();
  const [{ session }] = (JSON.parse(held ?? '') as { sessions: [{ session: string }] }).sessions;
  // The page says so before the gateway has heard of it.
  const ask = () =>
    fetch(`${shop.dev.gateway_url}/v1/session`, { headers: { authorization: `Bearer ${session}` } });
  await expect.poll(async () => (await ask()).status, { message: 'the gateway has ended it' }).toBe(401);
});

/** What the gateway says to the newest session of a page's browser. */
async function askAs(page: Page): Promise<Response> {
  const { sessions } = JSON.parse((await sessionsOf(page)) ?? '') as { sessions: [{ session: string }] };
  return fetch(`${shop.dev.gateway_url}/v1/session`, {
    headers: { authorization: `Bearer ${sessions[0].session}` },
  });
}

test('signing in by mail on a second device: what was bought is there, and both are signed out from it', async () => {
  // The browser's own words for a wrong code.
  shop.complaints.expect(/sign-in\/verify: .*status of 400/);
  const first = await shop.newReader();
  await shop.buy(first, 'ida@floe-mail.dev');
  const { page } = await shop.newReader();
  await shop.askForCode(page, 'ida@floe-mail.dev');
  await expect
    .poll(() => page.evaluate('document.activeElement.shadowRoot?.activeElement?.id'), {
      message: 'the focus went along',
    })
    .toBe('code');
  const code = await shop.lastCode('ida@floe-mail.dev');
  await page.keyboard.type(code === '000 000' ? '111 111' : '000 000');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'not right' }).waitFor();
  expect(await page.getByLabel('Code').getAttribute('aria-invalid')).toBe('true');
  await page.getByLabel('Code').fill(code);
  await page.keyboard.press('Enter');
  await page.getByText('Signed in as i…@floe-mail.dev').waitFor();
  await page.getByRole('listitem').filter({ hasText: 'lifetime' }).waitFor();
  expect(await page.getByRole('link', { name: 'Invoices' }).getAttribute('href')).toBe(
    `${shop.dev.gateway_url}/portal?app=${APP}`,
  );
  await page.getByText('Where you are signed in').click();
  await page.getByRole('listitem').filter({ hasText: 'this browser' }).waitFor();
  await page.goto(shop.article);
  await page.getByText(SECRET).waitFor();

  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await buyButton(page).waitFor();
  // The page closes at once; the gateway hears of it a moment later.
  await expect
    .poll(async () => (await askAs(first.page)).status, { message: 'the other device too' })
    .toBe(401);
  expect(await page.content()).not.toContain(SECRET);
});

test('a sign-in link works in the browser that asked, and says why not in another', async () => {
  const buyer = await shop.newReader();
  await shop.buy(buyer, 'jo@floe-mail.dev');
  const { page } = await shop.newReader();
  await shop.askForCode(page, 'jo@floe-mail.dev');
  const link = /https?:\S+#floe_sign_in=\S+/.exec(await shop.lastMail('jo@floe-mail.dev'))?.[0] ?? '';

  const thief = await shop.newReader();
  await thief.page.goto(link);
  await thief.page.getByRole('alert').filter({ hasText: 'in the browser that asked for it' }).waitFor();
  expect(thief.page.url()).toBe(`${shop.siteUrl}/account`);
  expect(await sessionsOf(thief.page)).toBeNull();

  const tab = await page.context().newPage();
  await tab.goto(link);
  await tab.getByText('Signed in as').waitFor();
  expect(tab.url(), 'nothing of it stays in the address').toBe(`${shop.siteUrl}/account`);
  await page.getByText('Signed in as').waitFor();
});

test('React: the same with hooks', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await page.goto(`${shop.siteUrl}/react`);
  await buyButton(page).click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  await reader.pay('kim@floe-mail.dev');
  await page.getByText(SECRET).waitFor();
  expect(page.url()).toBe(`${shop.siteUrl}/react`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await buyButton(page).waitFor();
  expect(await page.content()).not.toContain(SECRET);
});

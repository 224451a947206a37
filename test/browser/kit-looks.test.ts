import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { buyButton, type KitShop, openKitShop, reloadWithoutTokens, stateOf } from './kit-shop.ts';
import { PART_MARK, PARTS, SECRET } from './kit-site.ts';
import { takePictures } from './pictures.ts';

/* How the elements look and feel: motion, forced colours, a page's own style, the keyboard; and React while it is written. */

let shop: KitShop;
beforeAll(async () => {
  shop = await openKitShop();
});
afterAll(() => shop.close());
afterEach(() => shop.endTest());

/** Animations that run now, those inside of elements too. */
const running = (page: Page) =>
  page.evaluate<number>(
    `[document, ...[...document.querySelectorAll('*')].flatMap((each) => each.shadowRoot ?? [])]
      .flatMap((root) => root.getAnimations()).filter(({ playState }) => playState === 'running').length`,
  );

test('a button that is busy turns, and does not for who asked for reduced motion', async () => {
  const { page } = await shop.newReader();
  // Never answered.
  await page.route('**/v1/checkout', () => undefined);
  await page.route('**/v1/sign-in', () => undefined);
  for (const reducedMotion of ['no-preference', 'reduce'] as const) {
    await page.emulateMedia({ reducedMotion });
    await page.goto(shop.article);
    await buyButton(page).click();
    await page.getByLabel('E-mail address').fill('ann@floe-mail.dev');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('[aria-busy=true][part=button]').count()).toBe(2);
    const isMoving = (await running(page)) > 0;
    expect([reducedMotion, isMoving]).toEqual([reducedMotion, reducedMotion === 'no-preference']);
  }
  // It is still told that something is under way.
  await page.getByRole('status').filter({ hasText: 'Opening the checkout' }).waitFor({ state: 'attached' });
});

interface Look {
  background: string;
  color: string;
  border: string;
  borderColor: string;
  outline: string;
}

/** What one sees of a part. */
const lookOf = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((element): Look => {
      const style = getComputedStyle(element);
      const { backgroundColor: background, color, borderColor, outlineStyle: outline } = style;
      const border = `${style.borderTopWidth} ${style.borderTopStyle}`;
      return { background, color, border, borderColor, outline };
    });

test('in forced colours every border, text and the focus is seen', async () => {
  const { page } = await shop.newReader();
  await page.emulateMedia({ forcedColors: 'active' });
  await page.route('**/v1/checkout', (route) => route.abort());
  shop.complaints.expect(/v1\/checkout: .*ERR_FAILED/);
  await page.goto(shop.article);
  await buyButton(page).click();
  await page.locator('floe-buy [part=error] [part=link]').waitFor();
  const canvas = await page.evaluate<string>(`{
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.backgroundColor = 'Canvas';
    getComputedStyle(probe).backgroundColor;
  }`);
  // From here on it is somebody with a keyboard.
  await page.keyboard.press('Tab');
  for (const part of ['floe-buy [part=button]', 'floe-account [part=input]', 'floe-account [part=button]']) {
    const look = await lookOf(page, part);
    expect([part, look.border]).toEqual([part, '1px solid']);
    expect([part, look.borderColor]).not.toEqual([part, canvas]);
    expect([part, look.color]).not.toEqual([part, look.background]);
    await page.locator(part).first().focus();
    expect([part, (await lookOf(page, part)).outline]).toEqual([part, 'solid']);
  }
  for (const part of ['floe-buy [part=error]', 'floe-buy [part=link]', 'floe-account [part=heading]'])
    expect([part, (await lookOf(page, part)).color]).not.toEqual([part, canvas]);
  const mark = await page
    .locator('floe-buy [part=error]')
    .first()
    .evaluate((element) => getComputedStyle(element).borderInlineStartColor);
  expect(mark).not.toBe(canvas);
});

/** The parts of an element that are there now, and whether the page's style reaches them. */
const markedParts = (page: Page, element: string) =>
  page.evaluate<[string, string][]>(
    `[...document.querySelectorAll('${element}')].flatMap((host) =>
      [...host.shadowRoot.querySelectorAll('[part]')].flatMap((each) =>
        [...each.part].map((part) => [part, getComputedStyle(each).scrollMarginTop])))`,
  );

test('a page styles every part that is documented, and no part is without a name', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  const found: Record<string, Set<string>> = {};
  const look = async () => {
    for (const element of Object.keys(PARTS)) {
      const parts = (found[element] ??= new Set());
      for (const [part, mark] of await markedParts(page, element)) {
        expect([element, part, mark]).toEqual([element, part, PART_MARK]);
        parts.add(part);
      }
    }
  };
  await page.goto(shop.article);
  await buyButton(page).waitFor();
  await look();
  expect((await lookOf(page, 'floe-buy [part=button]')).background, '#14532d').toBe('rgb(20, 83, 45)');
  shop.complaints.expect(/v1\/(checkout|session)\S*: .*ERR_FAILED/);
  await page.route('**/v1/checkout', (route) => route.abort());
  await buyButton(page).click();
  await page.locator('floe-buy [part=error] [part=link]').waitFor();
  await takePictures(page, 'kit', 'closed');
  await look();
  await page.unroute('**/v1/checkout');

  await shop.buy(reader, 'ben@floe-mail.dev');
  await page.getByRole('heading', { name: 'Your account' }).waitFor();
  await takePictures(page, 'kit', 'open');
  await page.route('**/v1/session*', (route) => route.abort());
  await page.reload();
  await page.locator('floe-account[state=unavailable]').waitFor();
  await look();
  await page.unroute('**/v1/session*');
  await shop.askForCode(page, 'ben@floe-mail.dev');
  await look();
  await page.getByLabel('Code').fill(await shop.lastCode('ben@floe-mail.dev'));
  await page.keyboard.press('Enter');
  await page.getByText('Signed in as').waitFor();
  await page.getByText('Where you are signed in').click();
  await takePictures(page, 'kit', 'account');
  await look();
  const docs = await readFile(new URL('../../docs/browser.md', import.meta.url), 'utf8');
  for (const [element, parts] of Object.entries(PARTS)) {
    const row = docs
      .split('\n')
      .find((line) => line.startsWith(`| \`${element}\` |`) && !line.includes('text-'));
    const named = [...(row ?? '').matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name).slice(1);
    expect([element, named.toSorted()]).toEqual([element, [...parts].toSorted()]);
    expect([element, [...(found[element] ?? [])].toSorted()]).toEqual([element, [...parts].toSorted()]);
  }
});

/** Moves on with the Tab key until something of that name has the focus. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<string>(`{
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      [element?.labels?.[0]?.textContent, element?.textContent].join(' ').trim();
    }`);
    if (name.test(focused)) return;
  }
  throw new Error(`The keyboard does not reach ${name}.`);
}

/** Where the focus is: the element, and inside it. Never lost to the page. */
const focus = (page: Page) =>
  page.evaluate<string>(
    `document.activeElement.localName + ' ' + (document.activeElement.shadowRoot?.activeElement?.localName ?? '-')`,
  );

test('the keyboard alone tries again, reads, signs out, signs in with a code and out everywhere', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await shop.buy(reader, 'cleo@floe-mail.dev');
  shop.complaints.expect(/v1\/access\S*: .*ERR_FAILED/);
  await page.route('**/v1/access?*', (route) => route.abort());
  await reloadWithoutTokens(page);
  await page.locator('floe-paywall[state=unavailable]').waitFor();
  await takePictures(page, 'kit', 'unavailable');
  await tabTo(page, /^Try again$/);
  await page.unroute('**/v1/access?*');
  await page.keyboard.press('Enter');
  await page.getByText(SECRET).waitFor();
  await expect.poll(() => focus(page)).toMatch(/^floe-paywall/);

  await tabTo(page, /^Sign out$/);
  await page.keyboard.press('Enter');
  await page.getByText('You are signed out').waitFor();
  await expect.poll(() => focus(page)).toBe('floe-account input');
  expect(await stateOf(page)).toBe('closed');
  await page.keyboard.type('cleo@floe-mail.dev');
  await page.keyboard.press('Enter');
  await page.getByLabel('Code').waitFor();
  await expect.poll(() => focus(page)).toBe('floe-account input');
  await page.keyboard.type(await shop.lastCode('cleo@floe-mail.dev'));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.getByText('Signed in as').waitFor();
  await page.getByText(SECRET).waitFor();
  await expect.poll(() => focus(page)).toBe('floe-account h2');

  await tabTo(page, /^Where you are signed in$/);
  await page.keyboard.press('Enter');
  await page.getByText('this browser').waitFor();
  await tabTo(page, /^Sign out everywhere$/);
  await page.keyboard.press('Enter');
  await page.getByText('You are signed out').waitFor();
  await expect.poll(() => focus(page)).toBe('floe-account input');
  await buyButton(page).waitFor();
  await takePictures(page, 'kit', 'signed-out');
});

test('React, strict: mounted twice, taken out and put back, it opens, and shows nothing of before a sign-out', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await page.addInitScript('globalThis.seen = []');
  await shop.goToCheckout(page, `${shop.siteUrl}/react-strict`);
  await reader.pay('dan@floe-mail.dev');
  await page.getByText(SECRET).waitFor();
  expect(await page.evaluate('seen'), 'no paywall on return').not.toContain('closed');

  const turn = page.getByRole('button', { name: 'Turn the page' });
  await turn.click();
  await page.getByText(SECRET).waitFor({ state: 'detached' });
  await page.evaluate('seen.length = 0');
  await turn.click();
  await page.getByText(SECRET).waitFor();
  expect(await page.evaluate('seen')).not.toContain('closed');

  await page.getByRole('button', { name: 'Sign out' }).click();
  await buyButton(page).waitFor();
  await turn.click();
  await page.evaluate('seen.length = 0');
  await turn.click();
  await buyButton(page).waitFor();
  expect(await page.evaluate('seen')).not.toContain('open');

  // Gone while the checkout is being opened: whoever has moved on is not taken away.
  await page.route('**/v1/checkout', async (route) => {
    if (route.request().method() === 'POST') await turn.click();
    await route.continue();
  });
  const answered = page.waitForResponse(
    (response) => response.url().endsWith('/v1/checkout') && response.request().method() === 'POST',
  );
  await buyButton(page).click();
  await (await answered).finished();
  await turn.click();
  await buyButton(page).waitFor();
  expect(page.url()).toBe(`${shop.siteUrl}/react-strict`);
});

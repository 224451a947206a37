import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readBlocks } from '../documents/blocks.ts';
import { findFaults } from './axe.ts';
import { takePictures } from './pictures.ts';
import { openShop, type Shop } from './shop.ts';

/* The live page: the shop in its frame, and beside it what happens. */

const PHONE = { width: 390, height: 844 };

let shop: Shop;
beforeAll(async () => {
  shop = await openShop({ live: true });
});
afterAll(() => shop.close());
afterEach(() => shop.endTest());

async function openLive() {
  const { page } = await shop.newReader();
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${shop.dev.gateway_url}/live`);
  const frame = page.frameLocator('#shop');
  const timeline = page.getByRole('region', { name: 'What happens' });
  const button = (name: string) => timeline.getByRole('button', { name: new RegExp(`^${name}\\b`) });
  return {
    page,
    frame,
    timeline,
    button,
    /** The purchase that was made last. */
    newest: timeline.locator('.purchase').first(),
    episode: (kind: string) => timeline.locator(`.purchase.chosen .episode[data-kind=${kind}]`).first(),
    buy: async (what: string, email: string) => {
      await frame.getByRole('button', { name: what }).click();
      await frame.getByLabel('E-mail').fill(email);
      await frame.getByRole('button', { name: '4242 4242 4242 4242' }).click();
      await frame.getByLabel('Country').selectOption('DE');
      await frame.getByRole('button', { name: /^(Pay|Subscribe)/ }).click();
      await frame.getByRole('heading', { name: 'Thank you' }).waitFor();
    },
    /** Whether the last step of the chosen purchase can be seen without scrolling. */
    seesNewest: () =>
      timeline.locator('.purchase.chosen .steps > li:last-child summary').evaluate((step) => {
        const { top, left, bottom } = step.getBoundingClientRect();
        const there = document.elementFromPoint(left + 4, (top + bottom) / 2);
        return there !== null && step.contains(there);
      }),
    /** Waits until a button can be pressed, and presses it. */
    press: async (name: string) => {
      await expect.poll(() => button(name).getAttribute('aria-disabled')).toBe('false');
      await button(name).click();
    },
  };
}

async function expectNoFaults(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect(await findFaults(page), colorScheme).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
}

test('bought in the frame, a purchase goes from checkout to open access; a refund closes the text', async () => {
  const { page, frame, button, newest, episode, buy, press } = await openLive();
  await page.getByText('Buy something in the shop.').waitFor();
  await expect.poll(() => button('Refund').innerText()).toContain('Buy something first');
  await takePictures(page, 'live', 'empty');

  await buy('Buy: Just this one', 'ada@floe-mail.dev');
  const way = episode('purchase');
  await way.getByRole('button', { name: 'access open' }).waitFor();
  await expect
    .poll(() => way.innerText())
    .toMatch(/^checkout\s+order\.paid\s+event told\s+access open\s+\d+ ms$/);
  await expect
    .poll(() => page.getByRole('status').first().innerText())
    .toMatch(/^checkout → order\.paid → event told → access open, \d+ ms$/);
  await newest.getByText('ada@floe-mail.dev').first().waitFor();
  await newest.getByText('quay:lifetime').first().waitFor();

  // A step opens its payload.
  await way.getByRole('button', { name: 'order.paid' }).click();
  const payload = newest.locator('.step[open] pre');
  await payload.waitFor();
  expect(await payload.innerText()).toContain('"billing_reason": "purchase"');
  expect(await page.evaluate('document.activeElement.textContent')).toContain('order.paid');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await newest.getByRole('button', { name: 'Copy' }).click();
  const copied: string = await page.evaluate('navigator.clipboard.readText()');
  expect(JSON.parse(copied)).toMatchObject({ type: 'order.paid' });
  await takePictures(page, 'live', 'bought');
  await expectNoFaults(page);

  expect(await button('Renew').innerText()).toContain('bought once');
  await frame.getByRole('link', { name: 'Read it now' }).click();
  await frame.getByText('You have bought this').waitFor();
  await press('Refund');
  await episode('refund').getByRole('button', { name: 'access closed' }).waitFor();
  // A delivery is known when it was answered, and is then put where it began.
  await expect
    .poll(() => episode('refund').innerText())
    .toMatch(/^refund\.created\s+event told\s+access closed\s+\d+ ms$/);
  // The shop is shown anew.
  await frame.getByText('so this text is closed again').waitFor();
  await expect.poll(() => button('Refund').innerText()).toContain('refunded already');
  await takePictures(page, 'live', 'refunded');
});

test('a subscription renews; the card fails a month later; only Polar’s clock has moved', async () => {
  const { page, frame, buy, press, episode, button, timeline, seesNewest } = await openLive();
  await buy('Subscribe: Every month', 'ben@floe-mail.dev');
  await episode('purchase').getByRole('button', { name: 'access open' }).waitFor();
  await press('Renew');
  const renewal = episode('renewal');
  await renewal.getByRole('button', { name: 'access open' }).waitFor();
  await expect.poll(() => renewal.innerText()).toMatch(/^order\.paid\s+event told\s+access open\s+\d+ ms$/);

  await press('Fail');
  await timeline.getByText('The card will be refused at the next renewal').first().waitFor();
  expect(await page.locator('#ahead').innerText()).toBe('');
  await press('A month later');
  await episode('failure').getByRole('button', { name: 'event told' }).waitFor();
  await episode('failure').getByRole('button', { name: 'access closed' }).waitFor();
  await frame.getByRole('heading', { name: 'Read on' }).waitFor();
  await frame.getByText('Your last payment failed.').waitFor();
  await expect.poll(seesNewest).toBe(true);
  await expect.poll(() => button('Renew').innerText()).toContain('past due');
  expect(await page.locator('#ahead').innerText()).toMatch(/^(28|29|30|31) days ahead$/);
  expect(await page.locator('#clock').innerText()).toContain('Floe’s clock is real');
  await takePictures(page, 'live', 'failed');
  await expectNoFaults(page);
});

test('on a phone, shop and timeline are two parts', async () => {
  const { page, frame, timeline, newest, buy } = await openLive();
  await page.setViewportSize(PHONE);
  expect(await timeline.isVisible()).toBe(false);
  await buy('Buy: Atlas Pro', 'cleo@floe-mail.dev');
  const toTimeline = page.getByRole('button', { name: /^Timeline/ });
  await expect.poll(() => toTimeline.innerText()).toMatch(/\d+/);
  await toTimeline.click();
  await newest.getByRole('button', { name: 'access open' }).waitFor();
  expect(await frame.getByRole('heading', { name: 'Thank you' }).isVisible()).toBe(false);
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(PHONE.width);
  await takePictures(page, 'live', 'phone');
  await expectNoFaults(page);
  await page.getByRole('button', { name: 'Shop' }).click();
  await frame.getByRole('heading', { name: 'Thank you' }).waitFor();
  await takePictures(page, 'live', 'phone-shop');
});

test('a page of another address reads the same, by the lines of README.md', async () => {
  const [program] = (await readBlocks('README.md')).filter(({ language }) => language === 'js');
  expect(program?.text).toContain('http://127.0.0.1:8787/live/events');
  const { page } = await shop.newReader();
  const said: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  // It has no policy of its own.
  await page.goto(`${shop.dev.polar_url}/_sim/clock`);
  await page.evaluate(program?.text.replace('http://127.0.0.1:8787', shop.dev.gateway_url) ?? '');
  await fetch(`${shop.dev.gateway_url}/health`);
  await expect.poll(() => said.join('\n')).toMatch(/^request GET \/health null 200 \d+$/m);
});

test('the keyboard is enough, and a link of the terminal opens its step', async () => {
  const { page, newest, buy } = await openLive();
  await buy('Buy: Atlas Pro', 'dora@floe-mail.dev');
  await newest.getByRole('button', { name: 'access open' }).waitFor();
  await newest.getByRole('button', { name: 'event told' }).focus();
  // Somebody else refunds it: the line is drawn anew, and the focus stays at its word.
  const other = await openLive();
  await other.press('Refund');
  await newest.getByRole('button', { name: 'access closed' }).waitFor();
  expect(await page.evaluate('document.activeElement.textContent')).toBe('event told');
  await page.keyboard.press('Enter');
  await newest.locator('.step[open] pre').waitFor();
  const id: string = await newest
    .locator('.step[open]')
    .first()
    .evaluate((step) => step.id);
  await page.keyboard.press('Enter');
  expect(await newest.locator('.step[open]').count()).toBe(0);

  const again = await page.context().newPage();
  await again.goto(`${shop.dev.gateway_url}/live#${id}`);
  await again.locator('.step[open] pre').filter({ hasText: 'payment.succeeded' }).waitFor();
});

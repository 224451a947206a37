import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { findFaults } from './axe.ts';
import { takePictures } from './pictures.ts';
import { openShop, type Shop } from './shop.ts';

/* /docs as people read it: on a phone and a desktop, light and dark, with a keyboard alone, and without a script. */

const ASSETS = path.join(import.meta.dirname, '..', '..', '.floe', 'assets');
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };
const MAX_TABS = 120;

let shop: Shop;
let urls: string[];
beforeAll(async () => {
  shop = await openShop();
  const files = await readdir(path.join(ASSETS, 'docs'), { recursive: true });
  urls = files
    .filter((name) => name.endsWith('.html'))
    .map((name) => `/docs/${name.replace(/(^|\/)index\.html$/, '').replace(/\.html$/, '')}`);
});
afterAll(() => shop.close());
afterEach(() => shop.endTest());

async function open(where: string) {
  const { page } = await shop.newReader();
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto(shop.dev.gateway_url + where);
  return page;
}

const copied = (page: Page) => page.evaluate(() => navigator.clipboard.readText());

/** A page of each kind that there is. */
const ONE_OF_A_KIND = [
  '/docs/',
  '/docs/api/payments',
  '/docs/events/payment',
  '/docs/errors',
  '/docs/forwarding',
];

test('axe-core finds nothing, and nothing is cut off, on every page, on a phone and a desktop, light and dark', async () => {
  expect(urls.length).toBeGreaterThan(40);
  const page = await open('/docs/');
  const seen = new Set<string>();
  for (const url of urls) {
    await page.goto(shop.dev.gateway_url + url);
    // What is folded has to be in order too.
    await page.evaluate(() => {
      for (const each of document.querySelectorAll('details')) each.open = true;
    });
    for (const size of [PHONE, DESKTOP]) {
      await page.setViewportSize(size);
      expect([url, await cutOff(page)]).toEqual([url, []]);
    }
    // Head, menu and foot are the same on every page. Colours hang on what an element is and what it is in, so those of a page are looked at when it
    // has an element that no page before it had: to measure them takes most of the time.
    const isOfItsKind = ONE_OF_A_KIND.includes(url);
    const news = (await kindsOfElements(page)).filter((kind) => !seen.has(kind));
    for (const kind of news) seen.add(kind);
    const hasColours = isOfItsKind || news.length > 0;
    await page.emulateMedia({ colorScheme: 'light' });
    const within = isOfItsKind ? undefined : 'main';
    expect([url, await findFaults(page, { within, without: hasColours ? [] : ['color-contrast'] })]).toEqual([
      url,
      [],
    ]);
    if (!hasColours) continue;
    await page.emulateMedia({ colorScheme: 'dark' });
    expect([url, 'dark', await findFaults(page, { rules: ['color-contrast'], within })]).toEqual([
      url,
      'dark',
      [],
    ]);
  }
  expect(urls).toEqual(expect.arrayContaining(ONE_OF_A_KIND));
}, 600_000);

/** Each kind of element with text in it: its tag and classes, and those of what it is in. */
function kindsOfElements(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const kind = (element: Element) => `${element.tagName}.${[...element.classList].toSorted().join('.')}`;
    const kinds = [...document.querySelectorAll('main *')]
      .filter((element) =>
        [...element.childNodes].some(
          ({ nodeType, textContent }) => nodeType === Node.TEXT_NODE && textContent?.trim() !== '',
        ),
      )
      .map(
        (element) => `${element.parentElement === null ? '' : kind(element.parentElement)} ${kind(element)}`,
      );
    return [...new Set(kinds)];
  });
}

/** What is wider than the window, or has more text than it shows. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth } = document.documentElement;
    return [...document.querySelectorAll<HTMLElement>('main *, header *')]
      .filter((element) => element.checkVisibility() && !element.closest('.scripted[hidden], thead'))
      .filter((element) => element.getBoundingClientRect().right > clientWidth + 1)
      .map(
        (element) => `${element.tagName}.${element.className}: ${element.textContent?.slice(0, 60) ?? ''}`,
      );
  });
}

test('looks as it should', async () => {
  const page = await open('/docs/');
  for (const [url, name] of [
    ['/docs/', 'start'],
    ['/docs/api/payments', 'reference'],
    ['/docs/events/payment', 'events'],
    ['/docs/errors', 'errors'],
    ['/docs/forwarding', 'document'],
  ] as const) {
    await page.goto(shop.dev.gateway_url + url);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await takePictures(page, 'docs', name);
  }
});

test('the search finds operations, events, errors and documents, with the keyboard alone', async () => {
  const page = await open('/docs/');
  const dialog = page.getByRole('dialog');
  const input = page.getByRole('combobox');
  for (const [words, title, url] of [
    ['create a payment', 'Create a payment', /\/docs\/api\/payments#/],
    ['payment.succeeded', 'payment.succeeded', /\/docs\/events\/payment#payment\.succeeded$/],
    ['unknown_product', 'unknown_product', /\/docs\/errors#unknown_product$/],
    [
      'while a subscription is past due',
      'While a subscription is past due',
      /\/docs\/access#while-a-subscription-is-past-due$/,
    ],
  ] as const) {
    await page.keyboard.press('/');
    await input.waitFor();
    await page.keyboard.type(words);
    const first = page.getByRole('option').first();
    await expect.poll(() => first.textContent()).toContain(title);
    expect(await findFaults(page)).toEqual([]);
    await page.keyboard.press('Enter');
    await page.waitForURL(url);
    await dialog.waitFor({ state: 'hidden' });
  }
  await page.keyboard.press('Control+k');
  await page.keyboard.type('refund');
  await expect.poll(() => page.getByRole('option').count()).toBeGreaterThan(3);
  const chosen = () => page.getByRole('option', { selected: true }).getAttribute('id');
  expect(await chosen()).toBe('found-0');
  await page.keyboard.press('ArrowDown');
  expect(await chosen()).toBe('found-1');
  expect(await input.getAttribute('aria-activedescendant')).toBe('found-1');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  expect(await chosen()).not.toBe('found-0');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await page.keyboard.press('/');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('xyzzyplugh');
  await page.getByText('Nothing has “xyzzyplugh”.').waitFor();
});

test('a language is chosen once for all samples and pages, with arrow keys too, and copied as it is shown', async () => {
  const page = await open('/docs/api/products');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const tabs = page.getByRole('tablist').first().getByRole('tab');
  expect(await tabs.allTextContents()).toEqual(['curl', 'TypeScript', 'Python', 'Go']);
  await tabs
    .getByText('Python')
    .click()
    .catch(() => page.getByRole('tab', { name: 'Python' }).first().click());
  await page.getByText('urlopen(request)').first().waitFor();
  await page.keyboard.press('ArrowRight');
  expect(await page.locator(':focus').textContent()).toBe('Go');
  await page.getByRole('button', { name: 'Copy this code' }).first().click();
  await page.getByText('Copied').first().waitFor();
  expect(await copied(page)).toMatch(
    /^package main\n[^]*http\.NewRequest\("GET", "http:\/\/127\.0\.0\.1:\d+"\+"\/v1\/products[^"]*", nil\)/,
  );
  await page.goto(`${shop.dev.gateway_url}/docs/api/payments`);
  expect(await page.getByRole('tab', { name: 'Go', selected: true }).count()).toBeGreaterThan(3);
  expect(await page.getByText('createClient({').first().isVisible()).toBe(false);
});

test('samples have the keys of this machine, and what is copied runs', async () => {
  const page = await open('/docs/api/payments');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const operation = page.locator('section.operation').first();
  await operation.getByText('With the keys of quay-sandbox on this machine.').waitFor();
  const secret = shop.dev.apps.find(({ slug }) => slug === 'quay-sandbox')?.secret_key ?? '';
  await operation.getByRole('button', { name: 'Copy this code' }).first().click();
  await page.getByText('Copied').first().waitFor();
  const command = await copied(page);
  expect(command).toContain(`"Authorization: Bearer ${secret}"`);
  expect(command).not.toContain('$');
  expect(await page.content()).not.toContain(shop.dev.admin_token);
  const python = (await operation.locator('.sample[data-lang=python] code').textContent()) ?? '';
  expect(python).toContain(`"${shop.dev.gateway_url}/v1/payments`);
  expect(python).toContain(`"Bearer ${secret}"`);
  expect(python).not.toMatch(/import os|environ/);
  await page.goto(`${shop.dev.gateway_url}/docs/api/apps`);
  await page.getByText('How to set FLOE_ADMIN_TOKEN').first().waitFor();
});

test('guides print the addresses of the stack that shows them, in commands, sentences and links', async () => {
  const page = await open('/docs/guides/astro');
  const { gateway_url, polar_url, site_url } = shop.dev;
  await page.locator(`a[href="${polar_url}/_sim/o/floe-demo/orders"]`).waitFor();
  await page.getByRole('link', { name: `${site_url}/mail`, exact: true }).waitFor();
  const text = (await page.locator('main').textContent()) ?? '';
  expect(text).toContain(`${gateway_url}/kit/`);
  expect(text).not.toMatch(/127\.0\.0\.1:878[789]/);
});

test('colours follow the system until they are chosen, and stay chosen without a flash', async () => {
  const page = await open('/docs/');
  const back = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await back();
  await page.emulateMedia({ colorScheme: 'dark' });
  const dark = await back();
  expect(dark).not.toBe(light);
  await page.getByRole('button', { name: 'Use light colours' }).click();
  expect(await back()).toBe(light);
  // Before any script of the page's end has run.
  await page.route('**/docs/docs.js', (route) => route.abort());
  shop.complaints.expect(/docs\.js|ERR_FAILED/);
  await page.reload();
  expect(await back()).toBe(light);
  await page.unroute('**/docs/docs.js');
  await page.reload();
  await page.getByRole('button', { name: 'Use dark colours' }).click();
  expect(await back()).toBe(dark);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await back()).toBe(light);
});

test('on a phone the menu opens, leads on and closes, with the keyboard', async () => {
  const page = await open('/docs/api/payments');
  await page.setViewportSize(PHONE);
  const menu = page.getByRole('navigation', { name: 'Documentation' });
  expect(await menu.isVisible()).toBe(false);
  await tabTo(page, 'Menu');
  await page.keyboard.press('Enter');
  await menu.waitFor();
  expect(await findFaults(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'hidden' });
  await page.getByRole('link', { name: 'Menu', exact: true }).click();
  await menu.getByRole('link', { name: 'Errors' }).click();
  await page.getByRole('heading', { level: 1, name: 'Errors' }).waitFor();
  expect(await menu.isVisible()).toBe(false);
});

test('from the first key press to a copied command with the keyboard alone', async () => {
  const page = await open('/docs/');
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.keyboard.press('Tab');
  expect(await page.locator(':focus').textContent()).toBe('Skip to the text');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Sell from your backend');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/docs\/api\/payments$/);
  await page.getByRole('tab', { name: 'curl', selected: true }).first().waitFor();
  await tabTo(page, 'Skip to the text');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Copy this code');
  await page.keyboard.press('Enter');
  await page.getByText('Copied').first().waitFor();
  expect(await copied(page)).toMatch(/^curl/);
});

test('without a script every sample is shown and every link leads on', async () => {
  const { page: with_ } = await shop.newReader();
  const context = await with_.context().browser()?.newContext({ javaScriptEnabled: false, viewport: PHONE });
  if (!context) throw new Error('no browser');
  try {
    const page = await context.newPage();
    await page.goto(`${shop.dev.gateway_url}/docs/api/payments`);
    for (const words of ['curl -X POST', 'createClient({', 'urlopen(request)', 'http.NewRequest('])
      expect(await page.getByText(words).first().isVisible(), words).toBe(true);
    expect(await page.getByRole('button').count()).toBe(0);
    await page.getByRole('link', { name: 'Menu', exact: true }).click();
    await page.getByRole('link', { name: 'Errors', exact: true }).click();
    await page.getByRole('heading', { level: 1, name: 'Errors' }).waitFor();
    await page.locator('summary').first().click();
    await page.locator('details a').first().click();
    await page.waitForURL(/\/docs\/api\/.+#/);
  } finally {
    await context.close();
  }
});

/** Presses Tab until what has the focus is called `name`, and looks whether it shows that it has it. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < MAX_TABS; presses++) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    if ((await focused.count()) === 0) continue;
    const named = await focused.evaluate(
      (element) => element.getAttribute('aria-label') ?? element.textContent?.trim() ?? '',
    );
    if (named !== name) continue;
    expect(await focused.evaluate((element) => getComputedStyle(element).outlineStyle), name).not.toBe(
      'none',
    );
    return;
  }
  throw new Error(`Tab never reached ${name}.`);
}

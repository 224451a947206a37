import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Download, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createGate, handleDownload } from '../../packages/kit/index.ts';
import { gateHono } from '../../packages/kit/hono.ts';
import { readGuide, readProgram } from '../frameworks/guide.ts';
import { eventually, refundNewest } from '../frameworks/reader.ts';
import { tellDownload } from '../frameworks/sell-a-download.ts';
import { buildSite, makeSite, planSite, runSite } from '../frameworks/site.ts';
import { expectGood } from './expect-good.ts';
import { takePictures } from './pictures.ts';
import { openShop, type Reader, type Shop } from './shop.ts';

/* A file is bought, downloaded and refunded, after which the link is dead: in the demo shop, by the element, on a site's own domain. */

const APP = 'atlas-sandbox';
const FILE = 'nine-lamps.txt';
const FIRST_LINE = 'Nine lamps of the quay';
const PARTS = ['body', 'list', 'item', 'name', 'details', 'button', 'spinner', 'status', 'error', 'retry'];
const PART_MARK = '7px';

let shop: Shop;
let site: { url: string; close: () => Promise<void> };
beforeAll(async () => {
  shop = await openShop();
  site = await serveSite(0);
  await register(shop, site.url);
});
afterAll(async () => {
  await site.close();
  await shop.close();
});
afterEach(() => shop.endTest());

const appOf = () => shop.dev.apps.find(({ slug }) => slug === APP);
const productOf = () => shop.dev.products.find(({ name }) => name === 'atlas:pro')?.id ?? '';

/** Has the app know a site, beside the demo shop that it knows. */
async function register({ dev }: Shop, ...origins: string[]): Promise<void> {
  const response = await fetch(`${dev.gateway_url}/admin/apps/${APP}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${dev.admin_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      origins: [dev.site_url, ...origins],
      callback_urls: [
        `${dev.site_url}/atlas/welcome`,
        `${dev.site_url}/`,
        ...origins.map((each) => `${each}/`),
      ],
    }),
  });
  expect(response.status).toBe(200);
}

/**
 * A page with the elements, without a server of its own, and at `/own` the same with `src`: this site answers then, with the
 * sessions of the gate's cookie.
 */
async function serveSite(port: number): Promise<{ url: string; close: () => Promise<void> }> {
  const gateway = shop.dev.gateway_url;
  const gate = createGate({
    gateway,
    app: APP,
    secretKey: appOf()?.secret_key ?? '',
    resource: (request) => (new URL(request.url).pathname === '/guide' ? 'content:guides/atlas' : null),
  });
  const page = (body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Files</title><link rel="icon" href="data:,">
<style>body{font:1rem/1.5 system-ui,sans-serif;margin:0}main{max-width:38rem;margin:0 auto;padding:2rem 1.25rem}
${PARTS.map((part) => `floe-downloads::part(${part})`).join(',')}{scroll-margin-top:${PART_MARK}}</style>
<script type="module" src="${gateway}/kit/floe.js" data-app="${APP}" data-key="${appOf()?.publishable_key}"></script></head>
<body><main><h1>Files</h1>${body}</main></body></html>`;
  const app = new Hono();
  // Not for the page with the elements: a buyer comes back to one of the two.
  for (const where of ['/guide', '/floe/*']) app.use(where, gateHono(gate));
  app.get('/guide', (c) => c.html('<link rel="icon" href="data:,"><h1>The guide</h1>'));
  app.get('/downloads/*', async (c) => (await handleDownload(gate, c.req.raw)) ?? c.notFound());
  app.get('/', (c) =>
    c.html(
      page(`<floe-buy product="${productOf()}">Buy for $29</floe-buy><h2>Yours</h2>
        <floe-downloads></floe-downloads><floe-account></floe-account>`),
    ),
  );
  app.get('/own', (c) => c.html(page('<h2>Yours</h2><floe-downloads src="/downloads/"></floe-downloads>')));
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port });
  const actual = await new Promise<number>((resolve) => {
    server.once('listening', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
  return {
    url: `http://127.0.0.1:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

/** Refunds what somebody has bought last, and waits until the gateway has heard of it. */
async function refund(email: string): Promise<void> {
  await refundNewest(shop.dev, email);
  await eventually(async () => {
    const { data } = await shop.gateway('atlas', '/v1/payments?limit=1');
    expect(data).toMatchObject([{ status: 'refunded' }]);
  });
}
const button = (page: Page) => page.getByRole('button', { name: `Download ${FILE}` });

async function expectFile(file: Download): Promise<void> {
  expect(file.suggestedFilename()).toBe(FILE);
  expect(await readFile(await file.path(), 'utf8')).toMatch(FIRST_LINE);
}

/** Buys at the page with the elements, and waits until the file is listed. */
async function buy({ page, pay }: Reader, email: string): Promise<void> {
  await page.goto(site.url);
  await page.getByRole('button', { name: 'Buy for $29' }).click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  await pay(email);
  await button(page).waitFor();
}

/** Polar grants a moment after the payment, and these pages do not ask again by themselves. */
async function shown(page: Page, link: Locator): Promise<void> {
  await eventually(async () => {
    const isThere = await link.waitFor({ timeout: 3_000 }).then(
      () => true,
      () => false,
    );
    if (!isThere) await page.reload();
    expect(isThere).toBe(true);
  });
}

test('the demo shop: a file is bought and downloaded; after the refund the saved link is dead', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await reader.buy('/atlas', 'Buy: Atlas Pro', 'ada@floe-mail.dev');
  const link = page.getByRole('link', { name: FILE });
  await shown(page, link);
  await takePictures(page, 'downloads', 'demo-shop');
  const saved = `${shop.dev.site_url}${await link.getAttribute('href')}`;
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  await expectFile(file);

  // Copied by somebody else, it is nothing. Browsers tell the console of each no.
  shop.complaints.expect(/40[134]/);
  const stranger = await shop.newReader();
  expect((await stranger.page.goto(saved))?.status()).toBe(401);

  await refund('ada@floe-mail.dev');
  expect((await page.goto(saved))?.status()).toBe(403);
  await page.getByText('taken back').waitFor();
  const { data } = await shop.gateway('atlas', '/v1/files');
  expect(data).toMatchObject([{ name: FILE, version: '1', downloads: 1 }]);
});

describe('<floe-downloads>', () => {
  test('lists, downloads with the keyboard, looks good, and says when a file is gone', async () => {
    const reader = await shop.newReader();
    const { page } = reader;
    await page.goto(site.url);
    await page.getByText('Sign in to see the files').waitFor();
    await expectGood(page);
    await buy(reader, 'ben@floe-mail.dev');
    await page.getByText('Version 1 · ').waitFor();
    await takePictures(page, 'downloads', 'list');
    await expectGood(page);

    await page.getByRole('button', { name: /^Buy/ }).focus();
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<string>(
      `document.activeElement.shadowRoot?.activeElement?.textContent ?? ''`,
    );
    expect(focused).toContain(`Download ${FILE}`);
    const [file] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
    await expectFile(file);
    await page
      .getByRole('status')
      .filter({ hasText: `The download begins: ${FILE}` })
      .waitFor({ state: 'attached' });
    expect(new URL(page.url()).origin).toBe(site.url);

    await refund('ben@floe-mail.dev');
    shop.complaints.expect(/v1\/downloads\/\S*: .*403|403/);
    await eventually(async () => {
      if ((await button(page).count()) > 0) await button(page).click({ timeout: 3_000 });
      await page.getByRole('alert').filter({ hasText: 'no longer among' }).waitFor({ timeout: 3_000 });
    });
    await page.getByText('There are no files to download.').waitFor();
    await expectGood(page);
  });

  test('says that it is offline and looks again by itself, tries again when asked, and styles every part', async () => {
    const { page } = await shop.newReader();
    // Somebody with a session, and a gateway that answers as is wanted here.
    const session = `floe_st_sandbox_${'a'.repeat(43)}`;
    const held = { session, expiresAt: Date.now() + 3_600_000, proof: 'email', token: null };
    await page.addInitScript(
      `localStorage.setItem('floe:${APP}', '${JSON.stringify({ version: 1, sessions: [held] })}')`,
    );
    const headers = { 'access-control-allow-origin': site.url, 'access-control-allow-headers': '*' };
    const file = {
      id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f607',
      name: 'A file with a name that is far too long for a telephone, and is broken.tar.gz',
      size: 4_200_000,
      mime_type: 'application/gzip',
      sha256: null,
      version: '2.1',
      benefit_id: '3fa1c2d4-5b6e-4f70-8a91-b2c3d4e5f608',
      is_archived: true,
    };
    let isAway = false;
    await page.route(`${shop.dev.gateway_url}/v1/**`, (route) => {
      if (route.request().method() === 'OPTIONS') return route.fulfill({ status: 204, headers });
      if (isAway || !route.request().url().includes('/v1/downloads?')) return route.abort();
      return route.fulfill({ headers, json: { data: [file], next_cursor: null } });
    });
    shop.complaints.expect(/ERR_/);
    const element = page.locator('floe-downloads');
    const found = new Set<string>();
    const look = async () => {
      const parts = await page.evaluate<[string, string][]>(
        `[...document.querySelector('floe-downloads').shadowRoot.querySelectorAll('[part]')].flatMap((each) =>
          [...each.part].map((part) => [part, getComputedStyle(each).scrollMarginTop]))`,
      );
      for (const [part, mark] of parts) {
        expect([part, mark]).toEqual([part, PART_MARK]);
        found.add(part);
      }
    };
    await page.goto(site.url);
    await element.getByText('Version 2.1 · 4.2 MB · an older file').waitFor();
    await look();
    await expectGood(page);

    // A click that fails says so, and the list stays.
    await element.getByRole('button').click();
    await element.getByRole('alert').filter({ hasText: 'cannot be done right now' }).waitFor();
    await page.context().setOffline(true);
    await element.getByRole('button').click();
    await element.getByRole('alert').filter({ hasText: 'You are offline. Try again' }).waitFor();
    isAway = true;
    await page.evaluate(`{
      const element = document.querySelector('floe-downloads');
      element.replaceWith(element.cloneNode());
    }`);
    await page.locator('floe-downloads[state=offline]').waitFor();
    await expectGood(page);
    isAway = false;
    await page.context().setOffline(false);
    await element.getByText('Version 2.1').waitFor();

    isAway = true;
    await page.reload();
    await page.locator('floe-downloads[state=unavailable]').waitFor();
    await look();
    await takePictures(page, 'downloads', 'unavailable');
    await expectGood(page);
    isAway = false;
    await element.getByRole('button', { name: 'Try again' }).click();
    await element.getByText('Version 2.1').waitFor();
    expect([...found].toSorted()).toEqual(PARTS.toSorted());
    const docs = await readFile(new URL('../../docs/browser.md', import.meta.url), 'utf8');
    const row = docs.split('\n').find((line) => line.startsWith('| `floe-downloads` | `body`')) ?? '';
    expect([...row.matchAll(/`([a-z-]+)`/g)].slice(1).map(([, name]) => name)).toEqual(PARTS);
  });
});

test('a site’s own domain: the gate’s cookie lists and hands out, and a saved link says no after the refund', async () => {
  const reader = await shop.newReader();
  const { page } = reader;
  await page.goto(`${site.url}/guide`);
  await page.getByRole('button', { name: /^Buy/ }).first().click();
  await page.waitForURL(/\/checkout\/polar_c_/);
  await reader.pay('dora@floe-mail.dev');
  await page.getByRole('heading', { name: 'The guide' }).waitFor();

  const link = page.getByRole('link', { name: `Download ${FILE}` });
  await page.goto(`${site.url}/own`);
  await shown(page, link);
  await expectGood(page);
  const saved = `${site.url}${await link.getAttribute('href')}`;
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()]);
  await expectFile(file);
  const head = await page.request.fetch(saved, { method: 'HEAD' });
  expect(head.status()).toBe(204);

  shop.complaints.expect(/40[134]/);
  await refund('dora@floe-mail.dev');
  expect((await page.goto(saved))?.status()).toBe(403);
  await page.getByRole('heading', { name: 'No longer yours' }).waitFor();
  await expectGood(page);
  const stranger = await fetch(saved, { headers: { accept: 'application/json' } });
  expect([stranger.status, await stranger.json()]).toMatchObject([401, { code: 'no_session' }]);
});

describe('the guide “Sell a download”', () => {
  // With a share of Polar's limit of its own: its buyer looks at the list again and again.
  let other: Shop;
  beforeAll(async () => {
    other = await openShop();
  });
  afterAll(() => other.close());

  test('followed from an empty folder, sells a file and hands it out', { timeout: 180_000 }, async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'floe-guide-'));
    await writeFile(path.join(home, 'package.json'), '{"dependencies":{}}');
    try {
      const guide = await readGuide('sell-a-download');
      const place = { home, stateDir: other.stateDir, gateway: other.dev.gateway_url };
      const own = await planSite('sell-a-download', guide, place);
      await register(other, own.origin);
      await makeSite(own);
      await buildSite(own);
      const running = await runSite(own);
      try {
        const steps = tellDownload({ browser: other.browser, dev: other.dev, site: own });
        for (const [, step] of steps) await step();
      } finally {
        await running.close();
      }
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });

  test('its server for an own domain is the one that the kit’s documentation has', async () => {
    const program = await readProgram('sell-a-download', 'download-server.js');
    const kit = await readFile(new URL('../../packages/kit/README.md', import.meta.url), 'utf8');
    const route =
      "app.get('/downloads/*', async (c) => (await handleDownload(gate, c.req.raw)) ?? c.notFound());";
    expect([program, kit].map((text) => text.includes(route))).toEqual([true, true]);
  });
});

import { expect } from 'vitest';
import type { Page } from 'playwright-core';
import { SECRET, serveStaticSite } from './kit-site.ts';
import { openShop, type Reader, type Shop } from './shop.ts';

export const APP = 'quay-sandbox';

/** A shop, and a static page that sells with its elements. */
export interface KitShop extends Shop {
  /** The static page's origin. */
  siteUrl: string;
  article: string;
  /** From the article to the hosted checkout. */
  goToCheckout(page: Page, address?: string): Promise<void>;
  /** The whole way, and back on the open article. */
  buy(reader: Reader, email: string, address?: string): Promise<void>;
  /** Asks for a code in the account element. Resolves when it awaits one. */
  askForCode(page: Page, email: string): Promise<void>;
  /** Six digits in two groups, from the last mail. */
  lastCode(email: string): Promise<string>;
}

/** Starts everything. Takes a few seconds. */
export async function openKitShop(): Promise<KitShop> {
  const shop = await openShop();
  const app = shop.dev.apps.find(({ slug }) => slug === APP);
  const product = shop.dev.products.find(({ name }) => name === 'quay:lifetime');
  const settings = {
    gateway: shop.dev.gateway_url,
    app: APP,
    key: app?.publishable_key ?? '',
    product: product?.id ?? '',
  };
  const site = await serveStaticSite(() => settings);
  const response = await fetch(`${shop.dev.gateway_url}/admin/apps/${APP}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${shop.dev.admin_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ origins: [site.url], callback_urls: [`${site.url}/`] }),
  });
  expect(response.status).toBe(200);
  const article = `${site.url}/article`;
  const kit: KitShop = {
    ...shop,
    siteUrl: site.url,
    article,
    async goToCheckout(page, address = article) {
      await page.goto(address);
      await buyButton(page).click();
      await page.waitForURL(/\/checkout\/polar_c_/);
    },
    async buy({ page, pay }, email, address = article) {
      await kit.goToCheckout(page, address);
      await pay(email);
      await page.getByText(SECRET).waitFor();
    },
    async askForCode(page, email) {
      await page.goto(`${site.url}/account`);
      await page.getByLabel('E-mail address').fill(email);
      await page.keyboard.press('Enter');
      await page.getByLabel('Code').waitFor();
    },
    async lastCode(email) {
      return /\d{3} \d{3}/.exec(await shop.lastMail(email))?.[0] ?? '';
    },
    async close() {
      await site.close();
      await shop.close();
    },
  };
  return kit;
}

export const buyButton = (page: Page) => page.getByRole('button', { name: 'Buy for $9' });
export const stateOf = (page: Page, element = 'floe-paywall') => page.locator(element).getAttribute('state');
export const sessionsOf = (page: Page) => page.evaluate<string | null>(`localStorage.getItem('floe:${APP}')`);

/** Makes an article ask the gateway, as after five minutes: its tokens are gone, its sessions stay. */
export async function forgetTokens(page: Page): Promise<void> {
  await page.evaluate(`{
    const kept = JSON.parse(localStorage.getItem('floe:${APP}'));
    for (const each of kept.sessions) each.token = null;
    localStorage.setItem('floe:${APP}', JSON.stringify(kept));
  }`);
}

/** Loads the page again, without its tokens. */
export async function reloadWithoutTokens(page: Page): Promise<void> {
  const address = page.url();
  // Somewhere else first: an answer that the open page still awaits would bring a token back.
  await page.goto(new URL('/quiet', address).href);
  await forgetTokens(page);
  await page.goto(address);
}

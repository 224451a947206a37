import path from 'node:path';
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { reservePort } from '../../cli/local/ports.ts';
import { pushCatalog } from '../../cli/local/push-catalog.ts';
import { buildSite } from '../../examples/astro/local/build.ts';
import { registerSite } from '../../examples/astro/local/register-site.ts';
import { serveSite } from '../../examples/astro/local/serve.ts';
import { openShop, type Reader, type Shop } from './shop.ts';

const SITE = path.join(import.meta.dirname, '..', '..', 'examples', 'astro');
/** How late the site may notice a refund. */
const MAX_AGE_SECONDS = 1;

const mails = z.object({ data: z.array(z.object({ to: z.string(), text: z.string() })) });

/** The Astro example as it is deployed: built, on Node, with the gateway and Polar behind it. */
export interface Margin {
  shop: Shop;
  url: string;
  /** Has Polar sell what the site's files say, and gives what the command says. */
  push(): Promise<string>;
  newReader(): Promise<MarginReader>;
  close(): Promise<void>;
}

export interface MarginReader {
  page: Page;
  open(path: string): Promise<void>;
  /** From a page with offers to the hosted checkout. `offer`: its title. */
  goToCheckout(path: string, offer: string): Promise<void>;
  pay: Reader['pay'];
  /** The whole way, and back on the page. */
  buy(path: string, offer: string, email: string): Promise<void>;
  /** Asks for a mail on the sign-in page and waits for the page that takes the code. */
  askForCode(email: string): Promise<{ code: string; link: string }>;
  /** Signs in by the code in the mail. */
  signIn(email: string): Promise<void>;
}

export async function openMargin(): Promise<Margin> {
  const [shop, entry, port] = await Promise.all([
    openShop(),
    buildSite(),
    reservePort(0, 'the Astro site', 'FLOE_ASTRO_PORT'),
  ]);
  try {
    const { dev } = shop;
    const push = () => pushCatalog({ url: dev.polar_url, accessToken: dev.polar.access_token }, SITE);
    await push();
    const app = await registerSite(
      { url: dev.gateway_url, adminToken: dev.admin_token },
      `http://127.0.0.1:${port}`,
    );
    const site = await serveSite({
      ...app,
      entry,
      port,
      gatewayUrl: dev.gateway_url,
      maxAge: MAX_AGE_SECONDS,
    });
    return {
      shop,
      url: site.url,
      push,
      newReader: () => newReader(shop, site.url),
      async close() {
        await site.close();
        await shop.close();
      },
    };
  } catch (error) {
    await shop.close();
    throw error;
  }
}

async function newReader(shop: Shop, url: string): Promise<MarginReader> {
  const { page, pay } = await shop.newReader();
  const reader: MarginReader = {
    page,
    pay,
    async open(path) {
      await page.goto(url + path);
    },
    async goToCheckout(path, offer) {
      await reader.open(path);
      await page.getByRole('button', { name: offer }).click();
      await page.waitForURL(/\/checkout\/polar_c_/);
    },
    async buy(path, offer, email) {
      await reader.goToCheckout(path, offer);
      await pay(email);
      await page.waitForURL(url + path);
    },
    async askForCode(email) {
      const before = (await readMails(shop, email)).length;
      await reader.open('/sign-in');
      await page.getByLabel('E-mail address').fill(email);
      await page.getByRole('button', { name: 'Send me a code' }).click();
      await page.waitForURL(`${url}/sign-in/code`);
      const text = await nextMail(shop, email, before);
      const [, first = '', last = ''] = /(\d{3}) (\d{3})/.exec(text) ?? [];
      return { code: first + last, link: /https?:\S+/.exec(text)?.[0] ?? '' };
    },
    async signIn(email) {
      const { code } = await reader.askForCode(email);
      await page.getByLabel('Code').fill(code);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${url}/account`);
    },
  };
  return reader;
}

/** Mail to somebody, the newest first. */
async function readMails(shop: Shop, to: string): Promise<string[]> {
  const response = await fetch(`${shop.dev.site_url}/mail.json`);
  const { data } = mails.parse(await response.json());
  return data.filter((mail) => mail.to === to).map(({ text }) => text);
}

async function nextMail(shop: Shop, to: string, before: number): Promise<string> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline;) {
    const [newest, ...others] = await readMails(shop, to);
    if (newest !== undefined && others.length >= before) return newest;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`No mail has come to ${to}.`);
}

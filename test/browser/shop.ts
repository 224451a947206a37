import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { inject } from 'vitest';
import * as z from 'zod';
import { startStack } from '../../cli/local/stack.ts';
import { collectComplaints, type Complaints } from './complaints.ts';

/*
 * What a newcomer has after `npm start`, on free ports and in a directory of its own, and readers who visit it.
 * Nothing is faked beside Polar: the Worker runs in workerd, the site on Node, the readers in Chromium.
 */

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
  '--disable-background-networking',
  '--disable-component-update',
];
/** Long enough for a payment, its webhooks and a refresh of the page. */
const PATIENCE_MS = 45_000;

export const GOOD_CARD = '4242 4242 4242 4242';
export const DECLINED_CARD = '4000 0000 0000 0002';

const devFile = z.object({
  gateway_url: z.string(),
  admin_token: z.string(),
  polar_url: z.string(),
  site_url: z.string(),
  polar: z.object({ access_token: z.string() }),
  apps: z.array(z.object({ slug: z.string(), secret_key: z.string(), publishable_key: z.string() })),
  products: z.array(z.object({ id: z.string(), name: z.string() })),
});

export interface Shop {
  dev: z.infer<typeof devFile>;
  /** Where its state is kept, with `dev.json`. */
  stateDir: string;
  browser: Browser;
  /** Somebody with a browser of their own; `options`: another language, or no scripts. */
  newReader: (options?: BrowserContextOptions) => Promise<Reader>;
  /** Calls Polar, as its dashboard or the seller would; paths that begin with `/_sim` move its world. */
  polar: (method: string, path: string, body?: unknown) => Promise<Record<string, unknown>>;
  /** Calls the gateway with an app's secret key. */
  gateway: (
    app: 'quay' | 'atlas',
    path: string,
    sent?: { body: unknown },
  ) => Promise<Record<string, unknown>>;
  /** The gateway's, for what only the time would bring. */
  database: Awaited<ReturnType<typeof startStack>>['database'];
  /** The last mail to an address, as soon as there is one. */
  lastMail: (to: string) => Promise<string>;
  /** What browsers complained about, on pages of the gateway and the site. */
  complaints: Complaints;
  /** Belongs after each test: its readers leave, and none of their pages may have complained. */
  endTest: () => Promise<void>;
  close: () => Promise<void>;
}

export interface Reader {
  page: Page;
  open: (path: string) => Promise<void>;
  /** Presses a buy button and waits for the hosted checkout. `plan` begins its label: `Buy: Just this one`. */
  goToCheckout: (path: string, plan: string) => Promise<void>;
  /** Fills in the hosted checkout and pays. */
  pay: (email: string, card?: string) => Promise<void>;
  /** Goes on from the receipt to what was bought, at this address. */
  read: (url: string) => Promise<void>;
  /** The whole way: article, checkout, payment, receipt, and back on the open article. */
  buy: (path: string, plan: string, email: string) => Promise<void>;
  paywall: () => Locator;
}

/** Starts everything, with the live page when it is asked for. Takes a few seconds. */
export async function openShop({ live = false } = {}): Promise<Shop> {
  const stateDir = await mkdtemp(path.join(tmpdir(), 'floe-browser-'));
  const stack = await startStack({ gatewayPort: 0, polarPort: 0, sitePort: 0, stateDir, live });
  const browser = await chromium.launch({ executablePath: inject('chromium'), args: FLAGS });
  const dev = devFile.parse(JSON.parse(await readFile(stack.devFile, 'utf8')));
  const complaints = collectComplaints((url) => !url.startsWith(dev.polar_url));
  const readers = new Set<BrowserContext>();
  return {
    dev,
    stateDir,
    browser,
    complaints,
    async newReader(options) {
      const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, ...options });
      readers.add(context);
      complaints.listen(context);
      return newReader(context, dev);
    },
    async endTest() {
      await Promise.all([...readers].map((each) => each.close()));
      readers.clear();
      complaints.check();
    },
    polar: (method, where, body) => call(method, dev.polar_url + where, dev.polar.access_token, body),
    gateway: (app, where, sent) => {
      const key = dev.apps.find((each) => each.slug === `${app}-sandbox`)?.secret_key ?? '';
      return call(sent ? 'POST' : 'GET', dev.gateway_url + where, key, sent?.body);
    },
    database: stack.database,
    lastMail: (to) => lastMail(stateDir, to),
    async close() {
      await browser.close();
      await stack.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

async function newReader(context: BrowserContext, dev: Shop['dev']): Promise<Reader> {
  const siteUrl = dev.site_url;
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const reader: Reader = {
    page,
    async open(where) {
      await page.goto(siteUrl + where);
    },
    async goToCheckout(where, plan) {
      await reader.open(where);
      await page.getByRole('button', { name: plan }).click();
      await page.waitForURL(/\/checkout\/polar_c_/);
    },
    async pay(email, card = GOOD_CARD) {
      await page.getByLabel('E-mail').fill(email);
      await page.getByLabel('Card number').fill(card);
      await page.getByLabel('Country').selectOption('DE');
      await page.getByRole('button', { name: /^(Pay|Subscribe)/ }).click();
    },
    async read(url) {
      await page.getByRole('link', { name: 'Read it now' }).click();
      await page.waitForURL(url);
    },
    async buy(where, plan, email) {
      await reader.goToCheckout(where, plan);
      await reader.pay(email);
      await reader.read(siteUrl + where);
      await page.getByText('You have bought this').waitFor();
    },
    paywall: () => page.getByRole('heading', { name: 'Read on' }),
  };
  return reader;
}

async function lastMail(stateDir: string, to: string): Promise<string> {
  const mail = z.object({ to: z.string(), text: z.string() });
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
    const files = await readdir(stateDir, { recursive: true });
    const file = files.find((each) => path.basename(each) === 'mail.jsonl');
    const lines = file ? (await readFile(path.join(stateDir, file), 'utf8')).trim().split('\n') : [];
    const found = lines.map((line) => mail.parse(JSON.parse(line))).findLast((each) => each.to === to);
    if (found) return found.text;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`There is no mail to ${to}.`);
}

async function call(
  method: string,
  url: string,
  token: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text === '' ? '{}' : text));
}

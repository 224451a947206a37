import { readFile } from 'node:fs/promises';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import * as z from 'zod';
import { findProgram, installPackage } from '../debian.ts';

/* Somebody with a browser of their own, and the seller at Polar. */

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-sync',
];
/** Long enough for a payment, its webhooks and a busy machine. */
const PATIENCE_MS = 30_000;

const devFile = z.object({
  gateway_url: z.string(),
  admin_token: z.string(),
  polar_url: z.string(),
  site_url: z.string(),
  polar: z.object({ access_token: z.string() }),
  apps: z.array(z.object({ slug: z.string(), secret_key: z.string(), publishable_key: z.string() })),
});
export type Dev = z.infer<typeof devFile>;

export const readDev = async (file: string): Promise<Dev> =>
  devFile.parse(JSON.parse(await readFile(file, 'utf8')));

/** Chromium, or Debian's where it can be installed. */
export function openBrowser(): Promise<Browser> {
  const found = findProgram(NAMES) ?? (installPackage('chromium') ? findProgram(NAMES) : undefined);
  if (!found) throw new Error(`Chromium is missing: none of ${NAMES.join(', ')} is on the PATH.`);
  return chromium.launch({ executablePath: found, args: FLAGS });
}

export async function newReader(browser: Browser): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({ viewport: { width: 1100, height: 900 }, locale: 'en' });
  context.setDefaultTimeout(PATIENCE_MS);
  return { context, page: await context.newPage() };
}

/** Fills in the hosted checkout and pays. */
export async function pay(page: Page, email: string): Promise<void> {
  await page.waitForURL(/\/checkout\/polar_c_/).catch(async (cause: unknown) => {
    throw new Error(`There is no checkout at ${page.url()}:\n${await page.innerText('body')}`, { cause });
  });
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Card number').fill('4242 4242 4242 4242');
  await page.getByLabel('Country').selectOption('DE');
  await page.getByRole('button', { name: /^(Pay|Subscribe)/ }).click();
}

const orders = z.object({
  items: z.array(
    z.looseObject({
      id: z.string(),
      refundable_amount: z.int(),
      customer: z.looseObject({ email: z.string() }),
    }),
  ),
});

/** Refunds what somebody has bought last, at Polar, with all that it gave. */
export async function refundNewest({ polar_url, polar }: Dev, email: string): Promise<void> {
  const call = async (method: string, where: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(polar_url + where, {
      method,
      headers: { authorization: `Bearer ${polar.access_token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  const { items } = orders.parse(await call('GET', '/v1/orders/?sorting=-created_at&limit=100'));
  const order = items.find(({ customer }) => customer.email === email);
  await call('POST', '/v1/refunds/', {
    order_id: order?.id,
    reason: 'customer_request',
    amount: order?.refundable_amount,
    revoke_benefits: true,
  });
}

const mails = z.object({ data: z.array(z.object({ to: z.string(), text: z.string() })) });

/** The code in the newest mail to somebody, as soon as there is one. */
export async function readCode({ site_url }: Dev, to: string): Promise<string> {
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline;) {
    const { data } = mails.parse(await (await fetch(`${site_url}/mail.json`)).json());
    const text = data.find((mail) => mail.to === to)?.text ?? '';
    const [, first = '', last = ''] = /(\d{3}) (\d{3})/.exec(text) ?? [];
    if (first !== '') return first + last;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`There is no mail to ${to}.`);
}

/** Tries until it succeeds, for what happens behind an answer. @throws what the last try threw */
export async function eventually(act: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }
}

import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { type Dev, eventually, newReader, pay, readCode, refundNewest } from './reader.ts';
import type { Site } from './site.ts';

/* The story of a page that sells a file, as its buyers live it. */

const FILE = 'nine-lamps.txt';
const FIRST_LINE = 'Nine lamps of the quay';

/** The steps by name, in order. `email`: who buys. */
export function tellDownload(
  { browser, dev, site }: { browser: Browser; dev: Dev; site: Pick<Site, 'origin'> },
  email = 'sell-a-download@floe-mail.dev',
): [name: string, run: () => Promise<void>][] {
  let reader: Awaited<ReturnType<typeof newReader>>;
  return [
    [
      'nobody is shown a file, and it is offered',
      async () => {
        reader = await newReader(browser);
        await reader.page.goto(site.origin);
        await reader.page.getByRole('button', { name: 'Buy for $29' }).waitFor();
        await reader.page.getByText('Buy it, or sign in below').waitFor();
        assert.equal(await reader.page.getByRole('button', { name: FILE }).count(), 0);
      },
    ],
    ['bought, it is downloaded', () => buyAndDownload(reader.page, site.origin, email)],
    [
      'refunded, the button that is still there says that it is gone',
      async () => {
        const { page } = reader;
        await refundNewest(dev, email);
        await eventually(async () => {
          const button = page.getByRole('button', { name: FILE });
          if ((await button.count()) > 0) await button.click({ timeout: 3_000 });
          await page.getByRole('alert').filter({ hasText: 'no longer among' }).waitFor({ timeout: 3_000 });
        });
        await page.getByText('There are no files to download.').waitFor();
      },
    ],
    [
      'bought again, it is downloaded in another browser after signing in by mail',
      async () => {
        await buyAndDownload(reader.page, site.origin, email);
        await reader.context.close();
        const { context, page } = await newReader(browser);
        await page.goto(site.origin);
        await page.getByLabel('E-mail address').fill(email);
        await page.getByRole('button', { name: 'Send' }).click();
        await page.getByLabel('Code').fill(await readCode(dev, email));
        await page.getByRole('button', { name: 'Sign in' }).click();
        await download(page);
        await context.close();
      },
    ],
  ];
}

async function buyAndDownload(page: Page, origin: string, email: string): Promise<void> {
  await page.goto(origin);
  await page.getByRole('button', { name: 'Buy for $29' }).click();
  await pay(page, email);
  await page.waitForURL((url) => url.origin === origin);
  await download(page);
}

/** Presses the button, and reads the file that comes. The page stays where it is. */
async function download(page: Page): Promise<void> {
  const before = page.url();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: `Download ${FILE}` }).click(),
  ]);
  assert.equal(file.suggestedFilename(), FILE);
  assert.ok((await readFile(await file.path(), 'utf8')).startsWith(FIRST_LINE));
  assert.equal(page.url(), before);
}

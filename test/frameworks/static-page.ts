import { strict as assert } from 'node:assert';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { type Dev, eventually, newReader, pay, readCode, refundNewest } from './reader.ts';
import type { Site } from './site.ts';

/* The story of a static page, as its readers live it: with the kit's elements. */

const PREVIEW = 'The cranes go quiet at two.';
const SECRET = 'At four the reefers begin to hum.';
const EMAIL = 'static-page@floe-mail.dev';

/** The steps by name, in order. */
export function tellStaticPage({
  browser,
  dev,
  site,
}: {
  browser: Browser;
  dev: Dev;
  site: Site;
}): [name: string, run: () => Promise<void>][] {
  let reader: Awaited<ReturnType<typeof newReader>>;
  return [
    [
      'the rest is closed, and offered',
      async () => {
        // As somebody sets it who does not want to wait five minutes for a refund.
        const page = path.join(site.folder, 'index.html');
        await writeFile(
          page,
          (await readFile(page, 'utf8')).replace('data-app', 'data-max-age="1" data-app'),
        );
        reader = await newReader(browser);
        await reader.page.goto(site.origin);
        await reader.page.getByText(PREVIEW).waitFor();
        await reader.page.getByRole('button', { name: 'Buy for $9' }).waitFor();
        assert.ok(!(await reader.page.content()).includes(SECRET), 'what is gated is in the page');
        const guessed = await fetch(`${site.origin}/rest.html`);
        assert.deepEqual([guessed.status, await guessed.text()], [403, '']);
      },
    ],
    ['bought, it is read', () => buy(reader.page, site)],
    [
      'refunded, it is closed',
      async () => {
        await refundNewest(dev, EMAIL);
        await eventually(async () => {
          await reader.page.goto(site.origin);
          await reader.page.getByRole('button', { name: 'Buy for $9' }).waitFor({ timeout: 3_000 });
        });
        assert.ok(!(await reader.page.content()).includes(SECRET), 'what is gated is in the page');
      },
    ],
    [
      'bought again, it is read in another browser after signing in by mail',
      async () => {
        await buy(reader.page, site);
        await reader.context.close();
        const { context, page } = await newReader(browser);
        await page.goto(site.origin);
        await page.getByLabel('E-mail address').fill(EMAIL);
        await page.getByRole('button', { name: 'Send' }).click();
        await page.getByLabel('Code').fill(await readCode(dev, EMAIL));
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByText(SECRET).waitFor();
        await context.close();
      },
    ],
  ];
}

async function buy(page: Page, { origin }: Site): Promise<void> {
  await page.goto(origin);
  await page.getByRole('button', { name: 'Buy for $9' }).click();
  await pay(page, EMAIL);
  await page.getByText(SECRET).waitFor();
}

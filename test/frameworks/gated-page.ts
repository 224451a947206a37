import { strict as assert } from 'node:assert';
import type { Browser, Page } from 'playwright-core';
import { type Dev, eventually, newReader, pay, readCode, refundNewest } from './reader.ts';
import type { Site } from './site.ts';
import { assertNoWayAround } from './ways-around.ts';

/* The story of a gated page, as its readers live it: with the gate's own pages, whatever the framework. */

const ARTICLE = '/blog/premium-article';
const SECRET = 'At four the reefers begin to hum.';

interface World {
  browser: Browser;
  dev: Dev;
  site: Site;
}

/** The steps by name, in order. A gated page is closed, sold, read, refunded, closed again, sold again, and read elsewhere. */
export function tellGatedPage({ browser, dev, site }: World): [name: string, run: () => Promise<void>][] {
  const { origin } = site;
  const email = `${site.folder.split('/').at(-1)}@floe-mail.dev`;
  let reader: Awaited<ReturnType<typeof newReader>>;
  return [
    [
      'the page is closed, and offers what opens it',
      async () => {
        reader = await newReader(browser);
        await reader.page.goto(origin + ARTICLE);
        await assertClosed(reader.page, 401);
        await reader.page.getByRole('button', { name: 'Buy' }).first().waitFor();
      },
    ],
    ['attack: no other way to ask for it opens it', () => assertNoWayAround(site)],
    [
      'bought, it is read, and nobody may keep a copy',
      async () => {
        await buy(reader.page, email, origin);
        const open = await reader.page.reload();
        assert.equal(await open?.headerValue('cache-control'), 'private, no-store');
        await reader.page.getByText(SECRET).waitFor();
      },
    ],
    [
      'refunded, it is closed',
      async () => {
        await refundNewest(dev, email);
        await eventually(async () => {
          // As after five minutes, when the token is too old to be believed.
          await reader.context.clearCookies({ name: /_token$/ });
          await assertClosed(reader.page, 402);
        });
      },
    ],
    [
      'bought again, it is read in another browser after signing in by mail',
      async () => {
        await buy(reader.page, email, origin);
        await reader.context.close();
        const { context, page } = await newReader(browser);
        await page.goto(origin + ARTICLE);
        await page.getByRole('link', { name: 'Sign in' }).click();
        await page.getByLabel('E-mail address').fill(email);
        await page.getByRole('button', { name: 'Send code' }).click();
        await page.getByLabel('Code').fill(await readCode(dev, email));
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByText(SECRET).waitFor();
        await context.close();
      },
    ],
  ];
}

/** From the closed page to the open one. The offer is the one that is bought once. */
async function buy(page: Page, email: string, origin: string): Promise<void> {
  await page.goto(origin + ARTICLE);
  await page.getByRole('button', { name: /^Buy/ }).first().click();
  await pay(page, email);
  await page.waitForURL(origin + ARTICLE);
  await page.getByText(SECRET).waitFor();
}

/** Nothing of what is behind the gate is sent. */
async function assertClosed(page: Page, status: number): Promise<void> {
  const response = await page.reload();
  assert.equal(response?.status(), status);
  assert.ok(!(await response.text()).includes(SECRET), 'what is gated is in the page');
  assert.equal(await response.headerValue('cache-control'), 'private, no-store');
}

import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { callJson, listField, textField } from '../../cli/local/http.ts';
import { type Dev, eventually, newReader, pay, refundNewest } from './reader.ts';
import { type Site, typeInto } from './site.ts';
import { assertNoWayAround } from './ways-around.ts';

/* The story of a page that is sold by a line of its frontmatter, from the push to the download, and of its author afterwards. */

const PAGE = '/blog/tides';
const SECRET = 'The water comes twice a day';
const FOLDER = 'src/content/blog';
const FILE = 'tide-table.csv';
const EMAIL = 'sell-a-page@floe-mail.dev';

interface World {
  browser: Browser;
  dev: Dev;
  site: Site;
}

/** The steps by name, in order: the buyer's, and then the author's, whose builds take the place of the one that runs. */
export const tellPage = (world: World): [name: string, run: () => Promise<void>][] => [
  ...tellBuyer(world),
  ...tellAuthor(world.site),
];

function tellBuyer({ browser, dev, site }: World): [name: string, run: () => Promise<void>][] {
  const { origin } = site;
  let reader: Awaited<ReturnType<typeof newReader>>;
  return [
    [
      'the page is closed, and offered for its price alone',
      async () => {
        reader = await newReader(browser);
        const { page } = reader;
        await page.goto(origin);
        await page.getByRole('link', { name: 'High and low water' }).click();
        await page.waitForURL(origin + PAGE);
        const closed = await page.reload();
        assert.equal(closed?.status(), 401);
        assert.ok(!(await closed.text()).includes(SECRET), 'what is gated is in the page');
        const offers = page.getByRole('button', { name: /^Buy/ });
        assert.deepEqual([await offers.count(), await page.getByText('$7').count()], [1, 1]);
        await page.getByRole('heading', { name: 'High and low water', level: 1 }).waitFor();
        await page.goto(`${origin}/blog/hello`);
        await page.getByText('For everybody.').waitFor();
      },
    ],
    [
      'attack: no other way to ask for page or file opens them',
      async () => {
        await assertNoWayAround(site, { name: 'tides', secret: SECRET });
        await assertNoWayAround(site, { name: FILE, secret: 'time,metres' });
        const link = await fetch(`${origin}/floe/download/${FILE}`, { redirect: 'manual' });
        assert.equal(link.status, 401);
      },
    ],
    [
      'bought, it opens',
      async () => {
        const { page } = reader;
        await page.goto(origin + PAGE);
        await page.getByRole('button', { name: /^Buy/ }).click();
        await pay(page, EMAIL);
        await page.waitForURL(origin + PAGE);
        await page.getByText(SECRET).waitFor();
      },
    ],
    [
      'its link downloads the file, byte for byte, with the checksum that Polar has of it',
      async () => {
        const own = await readFile(path.join(site.folder, FOLDER, FILE));
        const got = await download(reader.page);
        assert.deepEqual(got, own);
        const sums = await sumsAtPolar(dev);
        assert.deepEqual(sums, [createHash('sha256').update(got).digest('hex')]);
        assert.equal(reader.page.url(), origin + PAGE);
      },
    ],
    [
      'refunded, page and file are closed',
      async () => {
        const { context, page } = reader;
        await refundNewest(dev, EMAIL);
        await eventually(async () => {
          // As after five minutes, when the token is too old to be believed.
          await context.clearCookies({ name: /_token$/ });
          assert.equal((await page.goto(origin + PAGE))?.status(), 402);
          assert.equal((await context.request.get(`${origin}/floe/download/${FILE}`)).status(), 404);
        });
        await context.close();
      },
    ],
  ];
}

/** Follows the page's link as soon as Polar has given the file, a moment after the payment. */
async function download(page: Page): Promise<Buffer> {
  const address = new URL(`/floe/download/${FILE}`, page.url()).href;
  await eventually(async () => {
    const given = await page.context().request.get(address, { maxRedirects: 0 });
    assert.equal(given.status(), 303);
  });
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'The tide table' }).click(),
  ]);
  assert.equal(file.suggestedFilename(), FILE);
  return readFile(await file.path());
}

async function sumsAtPolar({ polar_url: url, polar }: Dev): Promise<string[]> {
  const listed = await callJson('GET', `${url}/v1/files/?limit=100`, polar.access_token);
  return listField(listed, 'items')
    .filter((file) => file['name'] === FILE)
    .map((file) => textField(file, 'checksum_sha256_hex'));
}

function tellAuthor(site: Site): [name: string, run: () => Promise<void>][] {
  const tides = path.join(site.folder, FOLDER, 'tides.md');
  const config = path.join(site.folder, 'astro.config.mjs');
  return [
    [
      'a push of what is there changes nothing',
      async () => {
        await typeInto(site, [
          'npx floe catalog plan > plan.txt',
          'npx floe catalog push --json > push.json',
          'node -e \'if (JSON.parse(require("fs").readFileSync("push.json", "utf8")).pushed !== 0) process.exit(1)\'',
        ]);
        assert.match(
          await readFile(path.join(site.folder, 'plan.txt'), 'utf8'),
          /^0 to create, 0 to change, 0 to archive, 4 unchanged\./,
        );
      },
    ],
    [
      'another price is one change',
      async () => {
        await rewrite(tides, 'price: 700', 'price: 900');
        await typeInto(site, ['npx floe catalog push > push.txt']);
        assert.match(
          await readFile(path.join(site.folder, 'push.txt'), 'utf8'),
          /^Pushed 1 change to sandbox/,
        );
      },
    ],
    [
      'a price that is none stops the build, with file, line and field',
      async () => {
        await rewrite(tides, 'price: 900', 'price: cheap');
        const said = await saidByFailing(site);
        assert.match(said, /src\/content\/blog\/tides\.md:4\b.*\bprice\b/);
        await rewrite(tides, 'price: cheap', 'price: 900');
      },
    ],
    [
      'with check: lock, a page that was not pushed stops the build',
      async () => {
        await rewrite(config, 'floe()', "floe({ check: 'lock' })");
        await typeInto(site, ['npm run build']);
        const text = '---\ntitle: Wind\nprice: 300\n---\n\nFrom the west.\n';
        await writeFile(path.join(site.folder, FOLDER, 'wind.md'), text);
        assert.match(await saidByFailing(site), /wind/);
      },
    ],
  ];
}

async function rewrite(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  assert.ok(text.includes(from), `${file} has no ${from}`);
  await writeFile(file, text.replace(from, to));
}

/** What a build prints that does not succeed. */
async function saidByFailing(site: Site): Promise<string> {
  const failed = await typeInto(site, ['npm run build']).then(
    () => undefined,
    (error: { stdout?: string; stderr?: string }) => `${error.stdout}${error.stderr}`,
  );
  assert.ok(failed !== undefined, 'The build succeeds.');
  return failed;
}

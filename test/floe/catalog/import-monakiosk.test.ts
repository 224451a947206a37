import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  configOf,
  monaKioskId,
  monaKioskModel,
  remarksOn,
} from '../../../packages/floe/catalog/monakiosk/monakiosk.rules.ts';
import { compareFiles } from '../../../packages/floe/catalog/monakiosk/compare.rules.ts';
import { openShop } from './shop.ts';

/* `floe catalog import-monakiosk`: a site that sells by MonaKiosk, and what that has made at Polar. */

const ASTRO = `import node from '@astrojs/node';
import { defineConfig } from 'astro/config';
import { monaKiosk } from 'mona-kiosk';
const collections = [
  { include: 'src/content/blog/**/*.md' },
  { include: 'src/content/courses/**/*.md', group: { index: 'toc', childCollection: 'chapters' }, paywallTemplate: '<p>' },
];
export default defineConfig({
  output: 'server',
  integrations: [
    [monaKiosk({
      polar: { accessToken: 'polar_oat_secret', organizationSlug: 'harbour', organizationId: 'x', server: 'sandbox' },
      siteUrl: 'https://mona.example/',
      accessCookieSecret: 'a secret of cookies',
      collections,
    })],
  ],
  adapter: node({ mode: 'standalone' }),
});
`;
/** As much of the site's packages as its configuration runs. */
const INSTALLED = {
  'node_modules/astro/package.json':
    '{ "name": "astro", "type": "module", "exports": { "./config": "./config.js" } }',
  'node_modules/astro/config.js': 'export const defineConfig = (config) => config;',
  'node_modules/@astrojs/node/package.json':
    '{ "name": "@astrojs/node", "type": "module", "exports": "./index.js" }',
  'node_modules/@astrojs/node/index.js': "export default () => ({ name: '@astrojs/node' });",
};
const page = (fields: string) => `---\n${fields}\n---\n\nText.\n`;
const PAGES = {
  'src/content/blog/First Post.md': page(
    'title: First post\ndescription: All of it\nprice: 500\ndownloads:\n  - { title: Table, file: ./files/high water.txt }',
  ),
  'src/content/blog/2026/club.md': page('title: The club\nprice: 900\ncurrency: USD\ninterval: month'),
  'src/content/blog/free.md': page('title: Free'),
  'src/content/blog/files/high water.txt': 'At six.',
  'src/content/courses/git/toc.md': page('title: Git essentials\ndescription: Trees and more\nprice: 2000'),
  'src/content/courses/git/01-basics.md': page('title: Basics'),
};
const STATE = {
  files: {
    'src/content/blog/files/high water.txt': {
      polarFileId: '35a02dfa-f6a5-4cba-bc01-34b77b764596',
      checksum: createHash('sha256').update('At six.').digest('hex'),
      localPath: './files/high water.txt',
    },
  },
};
const SITE = {
  'astro.config.mjs': ASTRO,
  'mona-kiosk/state.json': JSON.stringify(STATE),
  ...INSTALLED,
  ...PAGES,
};
type Shop = Awaited<ReturnType<typeof openShop>>;

/** What MonaKiosk 0.4.0 makes of a page: a product, a benefit, and another one for its files. */
async function sellByMonaKiosk(
  shop: Shop,
  sold: {
    id: string;
    title: string;
    description?: string;
    price: number;
    interval?: string;
    files?: string[];
  },
): Promise<void> {
  const call = async (address: string, body: object) => {
    const answer = await shop.call('sandbox', 'POST', `/v1/${address}`, body);
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json<{ id: string }>()).id;
  };
  const { id, title, price, interval, files = [] } = sold;
  const { description = `Premium content: ${title}` } = sold;
  const of = { content_id: id, collection: id.split('/')[0] };
  const product = await call('products/', {
    name: title,
    description,
    prices: [{ amount_type: 'fixed', price_amount: price, price_currency: 'usd' }],
    ...(interval === undefined ? {} : { recurring_interval: interval }),
    metadata: {
      ...of,
      updatedAt: 1_764_000_000_000,
      pricing_model: interval === undefined ? 'one_time' : 'subscription',
      ...(interval === undefined ? {} : { interval }),
    },
  });
  const note = `${description}\n\nAccess your content here: https://mona.example/${id.replace(/\/toc$/, '')}`;
  const metadata = { ...of, title };
  const benefits = [
    await call('benefits/', {
      type: 'custom',
      description: title.slice(0, 42),
      metadata,
      properties: { note },
    }),
  ];
  if (files.length > 0)
    benefits.push(
      await call('benefits/', {
        type: 'downloadables',
        description: `Files for ${title}`,
        metadata,
        properties: { files },
      }),
    );
  await call(`products/${product}/benefits`, { benefits });
}

async function openSite(files: Record<string, string> = {}): Promise<Shop> {
  const shop = await openShop({ ...SITE, ...files });
  // It calls a file as an address spells it.
  await shop.write({ 'uploaded/high%20water.txt': 'At six.', 'uploaded/floe.config.yaml': 'product: other' });
  await shop.run('upload uploaded/high%20water.txt --config uploaded/floe.config.yaml');
  const [file] = await shop.list('files');
  await sellByMonaKiosk(shop, {
    id: 'blog/first-post',
    title: 'First post',
    description: 'All of it',
    price: 500,
    files: [String(file?.['id'])],
  });
  await sellByMonaKiosk(shop, {
    id: 'blog/2026/club',
    title: 'The club',
    price: 900,
    interval: 'month',
  });
  await sellByMonaKiosk(shop, {
    id: 'courses/git/toc',
    title: 'Git essentials',
    description: 'Trees and more',
    price: 2000,
  });
  return shop;
}

test('after the import a plan takes over what MonaKiosk made, and a push makes nothing new', async () => {
  const site = await openSite();
  const { code, stdout } = await site.run('import-monakiosk --product quay');
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining('Wrote floe.config.yaml from astro.config.mjs: 3 pages with a price.'),
  ]);
  expect(await readFile(path.join(site.cwd, 'floe.config.yaml'), 'utf8')).toBe(
    'product: quay\nsiteUrl: https://mona.example\ncontent:\n  - src/content/blog/**/*.md\n  - include: src/content/courses/**/*.md\n    group:\n      index: toc\n',
  );
  const before = (await site.list('products')).map(({ id }) => id).toSorted();
  const plan = await site.run('plan');
  expect([plan.code, plan.stdout]).toEqual([
    2,
    expect.stringContaining('0 to create, 6 to change, 0 to archive, 2 unchanged.'),
  ]);
  expect(plan.stdout).toContain('name: First post → quay:blog-first-post');
  expect((await site.run('push')).code).toBe(0);
  const after = await site.list('products');
  expect(after.map(({ id }) => id).toSorted()).toEqual(before);
  expect(after.map(({ name }) => name).toSorted()).toEqual([
    'quay:blog-2026-club',
    'quay:blog-first-post',
    'quay:courses-git',
  ]);
  expect(after.find(({ name }) => name === 'quay:courses-git')).toMatchObject({
    metadata: { content_id: 'courses/git/*', gateway_product: 'quay' },
    benefits: [{ metadata: { content_id: 'courses/git/*' } }],
  });
  expect([await site.list('benefits'), await site.list('files')].map((each) => each.length)).toEqual([4, 1]);
  expect((await site.run('plan')).code).toBe(0);
});

test('says what is not the same, and nothing secret', async () => {
  const site = await openShop(SITE);
  const { code, stdout } = await site.run('import-monakiosk --product quay --json');
  expect([code, JSON.parse(stdout)]).toMatchObject([
    0,
    {
      from: 'astro.config.mjs',
      file: 'floe.config.yaml',
      written: true,
      pages: 3,
      faults: [],
      remarks: [
        { what: 'names' },
        { what: 'accessCookieSecret' },
        { what: 'collections.1.paywallTemplate' },
        { what: 'collections.1.group' },
      ],
    },
  ]);
  expect(stdout).not.toMatch(/polar_oat_secret|a secret of cookies/);
});

test('mistakes that stop a push are said, and the configuration is written all the same', async () => {
  const site = await openShop({
    ...SITE,
    'src/content/blog/lost.md': page(
      'title: Lost\nprice: 500\ndownloads: [{ title: Map, file: /home/ada/map.pdf }]',
    ),
    'src/content/courses/git/02-trees.md': page('title: Trees\nprice: 300'),
  });
  const { stdout } = await site.run('import-monakiosk --product quay');
  const [, mend = ''] = /To mend before a push:\n([^]*?)\n\n/.exec(stdout) ?? [];
  expect(mend.split('\n').toSorted()).toEqual([
    '  - src/content/blog/lost.md:4: downloads.0.file: there is no file /home/ada/map.pdf',
    expect.stringContaining('02-trees.md:3: price: is a chapter'),
  ]);
  expect((await site.run('plan')).code).toBe(1);
});

test('a page that MonaKiosk calls otherwise is said, with what keeps it the same product', async () => {
  const site = await openShop({
    ...SITE,
    'src/content/blog/tides/tides.md': page('title: Tides\nprice: 500'),
  });
  expect((await site.run('import-monakiosk --product quay')).stdout).toContain(
    'src/content/blog/tides/tides.md: MonaKiosk sells it as blog/tides/tides-1, and here it is blog/tides/tides: another product. A slug in its frontmatter mends it: slug: tides/tides-1',
  );
  await site.write({
    'src/content/blog/tides/tides.md': page('title: Tides\nprice: 500\nslug: tides/tides-1'),
  });
  await sellByMonaKiosk(site, { id: 'blog/tides/tides-1', title: 'Tides', price: 500 });
  expect((await site.run('plan')).stdout).toContain('name: Tides → quay:blog-tides-tides-1');
});

describe('what it does not do', () => {
  test('overwrite, write with --dry-run, or guess where nobody can be asked', async () => {
    const site = await openShop(SITE);
    expect((await site.run('import-monakiosk')).code).toBe(6);
    expect((await site.run('import-monakiosk --product quay --dry-run')).stdout).toContain('Would write');
    expect((await site.run('plan')).code).toBe(4);
    // The organization's name is what it proposes.
    expect((await site.run('import-monakiosk --yes --json')).stdout).toContain('"product": "harbour"');
    expect((await site.run('import-monakiosk --product quay')).stderr).toContain(
      'floe.config.yaml is there already',
    );
  });

  test.each([
    ['a folder without Astro', { 'astro.config.mjs': '' }, 4, 'has no monaKiosk() among its integrations'],
    [
      'another integration',
      { 'astro.config.mjs': 'export default { integrations: [{ name: "mdx" }] }' },
      4,
      'has no monaKiosk()',
    ],
    [
      'packages that are not installed',
      { 'astro.config.mjs': "import 'nowhere';" },
      1,
      'install the site’s packages first',
    ],
    [
      'collections without a pattern',
      { 'astro.config.mjs': ASTRO.replace("include: 'src/content/blog/**/*.md'", '') },
      1,
      'astro.config.mjs: monaKiosk(): collections.0.include',
    ],
    ['a broken state', { 'mona-kiosk/state.json': '{ "files": {\n' }, 1, 'mona-kiosk/state.json:2'],
  ])('%s is said', async (_what, files, end, said) => {
    const site = await openShop({ ...SITE, ...files });
    const { code, stderr } = await site.run('import-monakiosk --product quay');
    expect([code, stderr]).toEqual([end, expect.stringContaining(said)]);
  });
});

test.each([
  ['src/content/blog/First Post.md', 'src/content/blog/**/*.md', undefined, 'blog/first-post'],
  ['src/content/blog/2026/index.md', 'src/content/blog/**/*.md', undefined, 'blog/2026'],
  ['src/content/blog/a/a.mdx', 'src/content/blog/**/*.mdx', undefined, 'blog/a/a-1'],
  ['src/content/blog/blog/a.md', 'src/content/blog/**/*.md', undefined, 'blog/a'],
  ['src/content/blog/a.md', 'src/content/blog/*.md', '/b/c/', 'blog/b/c'],
  ['app/content/notes/a.md', 'app/content/notes/*.md', undefined, 'notes/a'],
  ['docs/a.md', 'docs/*.md', undefined, undefined],
])('MonaKiosk calls %s of %s (%s) %s', (file, include, slug, id) => {
  expect(monaKioskId(file, include, slug)).toBe(id);
});

test('languages stay products of their own, and lose a link that would be wrong', () => {
  const mona = monaKioskModel.parse({
    siteUrl: 'https://m.example',
    productNameTemplate: 'M: [title]',
    collections: [{ include: 'src/content/blog/**/*.md' }],
  });
  const astro = { i18n: { locales: ['en', { path: 'zh' }] } };
  expect(configOf(mona, astro, 'quay')).toEqual({
    product: 'quay',
    productName: 'M: [title]',
    content: ['src/content/blog/**/*.md'],
  });
  expect(remarksOn(mona, astro).map(({ what }) => what)).toEqual(['names', 'i18n', 'siteUrl']);
});

test('files that a push uploads once more are told apart', () => {
  const entry = (polarFileId: string, checksum: string) => ({ polarFileId, checksum });
  const files = {
    'a.pdf': entry('1', 'aa'),
    'copy.pdf': entry('1', 'aa'),
    'b.pdf': entry('2', 'bb'),
    'x/a.pdf': entry('1', 'aa'),
  };
  const locals = ['a.pdf', 'copy.pdf', 'b.pdf', 'new.pdf', 'x/a.pdf'].map((file) => ({
    file,
    checksum: file === 'b.pdf' ? 'cc' : 'aa',
  }));
  expect(compareFiles({ files }, locals)).toMatchObject([
    { what: 'copy.pdf', message: expect.stringContaining('gives a.pdf for it') },
    { what: 'b.pdf', message: expect.stringContaining('changed') },
    { what: 'new.pdf', message: expect.stringContaining('has not uploaded') },
  ]);
});

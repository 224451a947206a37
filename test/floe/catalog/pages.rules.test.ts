import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { configModel } from '../../../packages/floe/catalog/source/config.rules.ts';
import { downloadsOf } from '../../../packages/floe/catalog/source/page-downloads.rules.ts';
import { readFrontmatter } from '../../../packages/floe/catalog/source/frontmatter.rules.ts';
import { catalogOfPages } from '../../../packages/floe/catalog/source/pages-catalog.rules.ts';
import type { PageFile } from '../../../packages/floe/catalog/source/sold-pages.rules.ts';
import { describeFault } from '../../../packages/floe/catalog/source/yaml-text.rules.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const read = (
  files: readonly (readonly [file: string, front: string, groupIndex?: string])[],
  more: object = {},
) => {
  const config = configModel.parse({ product: 'quay', siteUrl: 'https://quay.example', ...more });
  const pages = files.map(([file, front, groupIndex]): PageFile => ({
    file,
    text: `---\n${front}\n---\nText\n`,
    groupIndex,
  }));
  const { products, benefits, faults } = catalogOfPages(config, pages, hash);
  return { products, benefits, faults: faults.map(describeFault) };
};

test('a page without a price, or without frontmatter, is sold by nobody', () => {
  expect(read([['content/blog/a.md', 'title: A']]).products).toEqual([]);
  expect(readFrontmatter('# A\n\n---\nprice: 1\n---\n', 'a.md')).toBeUndefined();
});

test('frontmatter of other programs, Windows line ends and a byte order mark are read', () => {
  const found = readFrontmatter('\uFEFF---\r\nprice: "700"\r\ntags: [a, b]\r\n---\r\nText', 'a.md');
  expect(found).toMatchObject({ fields: { price: 700 } });
});

test('a price is read wherever Astro reads one', () => {
  for (const text of [
    '\n---\nprice: 700\n---\n',
    '\uFEFF \n\r\n---\r\nprice: 700\r\n---\r\n',
    '---\n.sold: &sold { price: 700 }\n<<: *sold\n---\n',
  ])
    expect(readFrontmatter(text, 'a.md'), text).toMatchObject({ fields: { price: 700 } });
  const faults = (text: string) => {
    const found = readFrontmatter(text, 'a.md');
    return found !== undefined && 'faults' in found ? found.faults.map(describeFault) : found;
  };
  expect(faults('\n---\nprice: cheap\n---\n')).toEqual([
    'a.md:3: price: must be a whole number of minor units: 700 is $7.00',
  ]);
  expect(faults('+++\ntitle = "A"\nprice = 700\n+++\n')).toEqual([
    'a.md:3: price: is read from frontmatter in YAML (between lines ---), and this is TOML',
  ]);
  expect(faults('+++\ntitle = "price = 7"\n+++\n\nprice = 7\n')).toBeUndefined();
});

test('a page that is not sold may say what it wants, and what is left empty is not said', () => {
  expect(read([['content/blog/a.md', 'title: [A]\ninterval: weekly\nslug: null\nfree: yes']]).faults).toEqual(
    [],
  );
  const { products, faults } = read([['content/blog/a.md', 'price: 700\ntitle: 1984\ndescription:\nslug:']]);
  expect(faults).toEqual([]);
  expect(products).toMatchObject([{ key: 'page:blog/a', description: '1984' }]);
});

test('files are called as people call them, and are never outside of the folder', () => {
  const downloads = ['100%.pdf', 'a?b#c.pdf', '../../../../etc/passwd', 'https://elsewhere.example/a.pdf'];
  const front = `price: 700\ndownloads:\n${downloads.map((file) => `  - { title: A, file: '${file}' }`).join('\n')}`;
  const text = `---\n${front}\n---\n`;
  expect(downloadsOf([{ file: 'content/blog/a.md', text }]).map(decodeURIComponent)).toEqual([
    'content/blog/100%.pdf',
    'content/blog/a?b#c.pdf',
    'etc/passwd',
    'content/blog/https://elsewhere.example/a.pdf',
  ]);
  expect(read([['content/blog/a.md', front]]).faults[0]).toBe(
    'content/blog/a.md:4: downloads.0.file: there is no file 100%.pdf',
  );
});

test('an interval makes a subscription, with its model in the metadata', () => {
  const [product] = read([['content/blog/a.md', 'price: 700\ninterval: month\ncurrency: EUR']]).products;
  expect(product).toMatchObject({
    recurring_interval: 'month',
    recurring_interval_count: 1,
    prices: [{ price_amount: 700, price_currency: 'eur' }],
    metadata: { pricing_model: 'subscription' },
  });
});

test('a course is sold by its index and opens all beneath it; a chapter with a price is a mistake', () => {
  const { products, faults } = read([
    ['content/courses/git/toc.md', 'price: 4900\ntitle: Git, slowly', 'toc'],
    ['content/courses/git/trees.md', 'title: Trees', 'toc'],
    ['content/courses/git/merges.md', 'title: Merges\nprice: 100', 'toc'],
  ]);
  expect(products).toMatchObject([
    { key: 'page:courses/git', name: 'quay:courses-git', metadata: { content_id: 'courses/git/*' } },
  ]);
  expect(faults).toEqual([
    'content/courses/git/merges.md:3: price: is a chapter: its course is sold by toc, and it has no price of its own',
  ]);
});

test('languages are one page, which the first language sells; two prices of it are a mistake', () => {
  const { products, faults } = read(
    [
      ['content/blog/de/tides.md', 'price: 900\ntitle: Gezeiten'],
      ['content/blog/en/tides.md', 'price: 700\ntitle: Tides'],
    ],
    { locales: ['en', 'de'] },
  );
  expect(products).toMatchObject([{ description: 'Tides', metadata: { content_id: 'blog/tides' } }]);
  expect(faults).toEqual([
    'content/blog/de/tides.md:2: price: differs from the price of the same page in content/blog/en/tides.md',
  ]);
});

test('two files with one content id are a mistake', () => {
  const { faults } = read([
    ['content/blog/tides.md', 'price: 700'],
    ['content/blog/tides.mdx', 'price: 700'],
  ]);
  expect(faults).toEqual([
    'content/blog/tides.mdx:2: price: is the page "blog/tides", as content/blog/tides.md is',
  ]);
});

test.each([
  ['price: 7.5', ':2: price: must be a whole number of minor units'],
  ['price:', ':2: price: must be a whole number of minor units'],
  ['price: [700]', ':2: price: must be a whole number of minor units'],
  ['price: 20', ':2: price: costs less than 50'],
  ['price: free', ':2: price: '],
  ['title: A\nprice: 700\ninterval: fortnight', ':4: interval: '],
  ['title: [', ':2: '],
  ['price: 700\nfree: true', ':3: free: '],
])('%j is said with its line', (front, said) => {
  const { faults } = read([['content/blog/a.md', front]]);
  expect(faults[0]).toContain(`content/blog/a.md${said}`);
});

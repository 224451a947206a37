import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CONFIG, openShop, TIDES } from './shop.ts';

/* Files that are odd, by mistake or on purpose. */

const bomb = (name: string) =>
  [
    'a: &a [1, 1]',
    ...['b', 'c', 'd', 'e', 'f'].map((to, i) => `${to}: &${to} [${`*${'abcde'[i]}, `.repeat(9)}1]`),
    name,
  ].join('\n');

test.each([
  ['a title in stars', TIDES.replace('High and low water', '*wow*'), '2: *wow* stands for nothing'],
  [
    'a list within itself',
    TIDES.replace('price', 'tags: &t [*t]\nprice'),
    '3: *t stands within what it stands for',
  ],
  ['a bomb', TIDES.replace('price: 700', bomb('price: 700')), '2: has more aliases'],
  ['dollars and cents', TIDES.replace('700', '70.00'), '3: price: must be a whole number of minor units'],
  ['no space', '---\nprice:700\n---\n', '1: its frontmatter has no fields'],
  ['TOML', '+++\nprice = 700\n+++\n', '2: price: is read from frontmatter in YAML'],
])('%s in frontmatter is said with its line', async (_what, page, said) => {
  const quay = await openShop({ 'floe.config.yaml': CONFIG, 'content/blog/tides.md': page });
  const { code, stderr } = await quay.run('plan');
  expect([code, stderr]).toEqual([1, expect.stringContaining(`content/blog/tides.md:${said}`)]);
});

test.each([
  ['price: 70.00, every: month'],
  ['price: { usd: 70.00 }, every: month'],
  ['price: { amount_type: fixed, price_amount: 70.00 }, every: month'],
])('dollars and cents of a plan are refused: %s', async (plan) => {
  const quay = await openShop({ 'floe.config.yaml': `product: quay\nplans:\n  monthly: { ${plan} }\n` });
  expect(await quay.run('plan')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('floe.config.yaml:3: plans.monthly.price'),
  });
});

test('empty lines above frontmatter, a byte order mark and line ends of Windows sell the page', async () => {
  const quay = await openShop({
    'floe.config.yaml': `\uFEFF${CONFIG.replaceAll('\n', '\r\n')}`,
    'content/blog/tides.md': `\uFEFF\n\n${TIDES}`.replaceAll('\n', '\r\n'),
  });
  expect((await quay.run('plan')).stdout).toContain('+ product quay:blog-tides');
});

test('a name whose letters are taken apart is the same name', async () => {
  const quay = await openShop({
    'floe.config.yaml': `${CONFIG}audit: { off: [product_name] }\n`,
    'content/blog/u\u0308ber.md': TIDES,
  });
  await quay.run('push');
  expect(await quay.list('products')).toMatchObject([{ metadata: { content_id: 'blog/\u00fcber' } }]);
});

test('nothing outside the folder is sold, neither by a path nor by a link', async () => {
  const outside = await openShop({ 'secret.txt': 'A key.' });
  const secret = path.join(outside.cwd, 'secret.txt');
  const page = TIDES.replace('price', 'downloads: [{ title: Table, file: table.txt }]\nprice');
  const config = (file: string) =>
    `${CONFIG}benefits:\n  files: { type: downloadables, description: The files, files: [book] }\nplans:\n  book: { price: 500, benefits: [files] }\nfiles:\n  book: ${file}\n`;
  const quay = await openShop({ 'floe.config.yaml': config('book.txt'), 'content/blog/tides.md': page });
  await symlink(secret, path.join(quay.cwd, 'book.txt'));
  await symlink(secret, path.join(quay.cwd, 'content/blog/table.txt'));
  const linked = await quay.run('push');
  expect(linked.code).toBe(1);
  expect(linked.stderr).toContain('content/blog/tides.md:3: downloads.0.file: there is no file table.txt');
  expect(linked.stderr).toContain('there is no file book.txt');
  for (const file of [secret, `../${path.basename(outside.cwd)}/secret.txt`]) {
    await quay.write({ 'floe.config.yaml': config(file) });
    expect((await quay.run('push')).stderr).toContain(
      'floe.config.yaml:9: files.book: is not beneath the folder of the configuration',
    );
  }
  expect(await quay.list('files')).toEqual([]);
});

test('a link that leads round in a circle is no end of pages', async () => {
  const quay = await openShop({
    'floe.config.yaml': CONFIG.replace('blog/*', 'blog/**/*'),
    'content/blog/tides.md': TIDES,
  });
  await symlink(path.join(quay.cwd, 'content/blog'), path.join(quay.cwd, 'content/blog/again'));
  expect((await quay.run('plan')).code).toBeLessThan(3);
});

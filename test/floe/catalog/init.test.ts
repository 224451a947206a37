import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  exampleFor,
  patternsFrom,
  productFrom,
  textOfConfig,
} from '../../../packages/floe/catalog/start/start.rules.ts';
import { emptyFolder, runFloe, type RunOptions } from '../harness.ts';
import { openShop } from './shop.ts';

/* `floe catalog init`: from an empty folder to what can be pushed. */

const init = (typed: string, cwd: string, more: RunOptions = {}) =>
  runFloe(['catalog', 'init', ...typed.split(' ').filter((word) => word !== '')], { cwd, ...more });
const read = (cwd: string, name: string) => readFile(path.join(cwd, name), 'utf8');

describe('floe catalog init', () => {
  test('takes flags, writes three lines and an example, and both can be pushed', async () => {
    const quay = await openShop({});
    const { code, stdout } = await quay.run('init --product quay --site-url https://quay.example');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/Next:\n {2}1\. floe apps create quay .*\n {2}2\. floe catalog plan/),
    ]);
    expect(await read(quay.cwd, 'floe.config.yaml')).toBe(
      'product: quay\nsiteUrl: https://quay.example\ncontent: [content/blog/*.md]\n',
    );
    expect((await quay.run('push')).code).toBe(0);
    expect(await quay.list('products')).toMatchObject([
      { name: 'quay:blog-example', description: expect.stringMatching(/^An example/) },
    ]);
  });

  test('asks in a terminal, and proposes what the folder tells', async () => {
    const cwd = await emptyFolder();
    await writeFile(path.join(cwd, 'package.json'), '{ "name": "@harbour/Quay_Site" }');
    await mkdir(path.join(cwd, 'src/content/blog/2026'), { recursive: true });
    await writeFile(path.join(cwd, 'src/content/blog/2026/tides.mdx'), '# Tides');
    const { code, asked, stdout } = await init('', cwd, {
      answers: ['quay', '', 'src/content/blog/**/*.{md,mdx}'],
    });
    expect([code, asked.length]).toEqual([0, 3]);
    expect(await read(cwd, 'floe.config.yaml')).toBe(
      'product: quay\ncontent: ["src/content/blog/**/*.{md,mdx}"]\n',
    );
    // The site has pages: one of them gets a price.
    expect(stdout).toContain('price: 700 in src/content/blog/2026/tides.mdx');
    expect((await readdir(path.join(cwd, 'src/content/blog'))).toSorted()).toEqual(['2026']);
  });

  test('asks again, and says why, until an answer can be written', async () => {
    const cwd = await emptyFolder();
    const { code, asked } = await init('', cwd, {
      answers: ['Quay Site', 'quay', 'quay.example', 'https://quay.example', ' ', 'content/blog/*.md'],
    });
    expect([code, asked.map((each) => each.split(/(?<=[.?]) /)[0])]).toEqual([
      0,
      [
        'What is the product’s slug, as its app at the gateway has it?',
        '"Quay Site" must be lower case and divided by dashes.',
        'What is the site’s address, for the note that buyers get?',
        '"quay.example" must be an address, such as https://quay.example.',
        'Which pages may have a price?',
        'It must be a pattern, such as content/blog/*.md.',
      ],
    ]);
    expect(await read(cwd, 'floe.config.yaml')).toContain('siteUrl: https://quay.example\n');
  });

  test('a flag that is wrong is said before anything is asked', async () => {
    const { code, asked } = await init('--product Quay', await emptyFolder(), { answers: ['x', 'y'] });
    expect([code, asked]).toEqual([2, []]);
  });

  test('--yes takes what is proposed', async () => {
    const cwd = await emptyFolder();
    await writeFile(path.join(cwd, 'package.json'), '{ "name": "@harbour/Quay_Site" }');
    const { code, stdout } = await init('--yes --json', cwd);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { files: ['content/blog/example.md', 'floe.config.yaml'], written: true, next: expect.any(Array) },
    ]);
    expect(await read(cwd, 'floe.config.yaml')).toContain('product: quay_site'.replace('_', '-'));
  });

  test('says what it would write, and writes nothing, with --dry-run', async () => {
    const cwd = await emptyFolder();
    expect((await init('--product quay --dry-run', cwd)).stdout).toContain('Would write floe.config.yaml');
    expect(await readdir(cwd)).toEqual([]);
  });

  test.each(['floe.config.yaml', 'floe.config.ts'])('never overwrites %s', async (name) => {
    const cwd = await emptyFolder();
    await writeFile(path.join(cwd, name), 'mine');
    const { code, stderr } = await init('--product quay', cwd);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${name} is there already`)]);
    expect([await readdir(cwd), await read(cwd, name)]).toEqual([[name], 'mine']);
  });

  test('names the field that is wrong, and asks nobody where nobody is', async () => {
    const cwd = await emptyFolder();
    const wrong = await init('--product Quay --site-url quay', cwd);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/product: must be lower case[^]*siteUrl: /);
    expect((await init('', cwd)).code).toBe(6);
    expect(await readdir(cwd)).toEqual([]);
  });
});

test.each([
  ['@harbour/Quay_Site', 'quay-site'],
  ['Tides & Co.', 'tides-co'],
  ['海', ''],
])('the package %s is proposed as %s', (name, slug) => {
  expect(productFrom(name)).toBe(slug);
});

test('patterns follow the collections that are there', () => {
  const pages = [
    'src/content/blog/a.md',
    'src/content/blog/b/c.mdx',
    'src/content/courses/git/toc.md',
    'content/x.md',
  ];
  expect(patternsFrom(pages)).toEqual(['src/content/blog/**/*.{md,mdx}', 'src/content/courses/**/*.md']);
  expect(patternsFrom(['README.md'])).toEqual([]);
});

test.each([
  ['content/blog/*.md', 'content/blog/example.md'],
  ['src/content/blog/**/*.{md,mdx}', 'src/content/blog/example.md'],
  ['content/*/index.md', 'content/example/index.md'],
  ['content/[a-z]*.md', undefined],
  ['../blog/*.md', undefined],
  ['/blog/*.md', undefined],
])('the example of %s is %s', (pattern, file) => {
  expect(exampleFor(pattern)).toBe(file);
});

test('a configuration is written as people write it', () => {
  const content = ['content/blog/*.md', { include: 'content/courses/**/*.md', group: { index: 'toc' } }];
  expect(textOfConfig({ product: 'quay', content })).toBe(
    'product: quay\ncontent:\n  - content/blog/*.md\n  - include: content/courses/**/*.md\n    group:\n      index: toc\n',
  );
});

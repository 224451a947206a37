import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { transform } from 'esbuild';
import { parseFragment } from 'parse5';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { parse as parseYaml } from 'yaml';
import { createApp } from '../../src/app.ts';
import { routesOf } from '../../src/http/route.ts';
import { type Block, listDocuments, nameOf, readBlocks } from './blocks.ts';
import { wayOf } from './ways.ts';

/* Settings, styles and pages in documents: read by what reads them in earnest. A picture is compared with what it draws. */

let folder: string;
let blocks: Block[];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-settings-'));
  const all = (await Promise.all((await listDocuments()).map(readBlocks))).flat();
  blocks = all.filter((block) => wayOf(block)?.by === 'test/documents/settings.test.ts');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inLanguage = (language: string) => {
  const found = blocks.filter((block) => block.language === language);
  expect(found.length, language).toBeGreaterThan(0);
  return found;
};

test('YAML is YAML, with no key twice', () => {
  for (const block of inLanguage('yaml'))
    expect(parseYaml(block.text, { strict: true, uniqueKeys: true }), nameOf(block)).toEqual(
      expect.any(Object),
    );
});

test('a setting of Wrangler’s is one that Wrangler knows', async () => {
  for (const block of inLanguage('toml')) {
    const file = path.join(folder, 'wrangler.toml');
    await writeFile(
      file,
      `name = "site"\nmain = "site.js"\ncompatibility_date = "2026-01-01"\n${block.text}\n`,
    );
    const config = unstable_readConfig({ config: file });
    expect(config.services, nameOf(block)).toEqual([
      expect.objectContaining({ service: 'floe', entrypoint: 'FloeAccess', props: { app: 'quay-live' } }),
    ]);
  }
});

test('styles are CSS', async () => {
  for (const block of inLanguage('css')) {
    const { warnings } = await transform(block.text, { loader: 'css' });
    expect(warnings, nameOf(block)).toEqual([]);
  }
});

test('pages are HTML, without an error that a browser would mend', () => {
  for (const block of inLanguage('html')) {
    const errors: string[] = [];
    parseFragment(block.text, { onParseError: ({ code }) => errors.push(code) });
    expect(errors, nameOf(block)).toEqual([]);
  }
});

test('the README’s picture names routes that there are', () => {
  const routes = new Set(routesOf(createApp()).map(({ method, path }) => `${method.toUpperCase()} ${path}`));
  for (const block of inLanguage('mermaid')) {
    const named = [...block.text.matchAll(/\b(?:GET|POST) \/[\w/-]+/g)].map(([route]) => route);
    expect(named.length, nameOf(block)).toBeGreaterThan(1);
    expect(named.filter((route) => !routes.has(route))).toEqual([]);
  }
});

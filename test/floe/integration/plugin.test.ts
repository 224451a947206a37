import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FloeOptions } from '../../../packages/floe/integration/options.ts';
import type { Place } from '../../../packages/floe/integration/pages-data.rules.ts';
import { createPlugin } from '../../../packages/floe/integration/plugin.ts';
import { FILES, openSite, page } from './vite-site.ts';

/* What the plugin does of a build that asks it, without one. */

const MODULE = '\0virtual:floe/catalog';
const POSTS = {
  ...FILES,
  'floe.config.yaml': 'product: quay\nsiteUrl: https://quay.example\ncontent: [src/content/blog/*.md]\n',
};

let site: Awaited<ReturnType<typeof openSite>>;
beforeEach(async () => {
  site = await openSite(POSTS);
});
afterEach(() => site.close());

function open(options: FloeOptions = {}, place: Partial<Place> = {}, root = site.root) {
  const warned: string[] = [];
  const logger = {
    info: () => undefined,
    error: () => undefined,
    warn: (line: string) => void warned.push(line),
  };
  const { plugin, describeUnasked } = createPlugin(options, () => place);
  return {
    warned,
    describeUnasked,
    load: () => plugin.load(MODULE),
    resolve: (command: 'build' | 'serve') => {
      plugin.configResolved({ root, base: '/', command, logger });
    },
    start: () => plugin.buildStart.call({ meta: { watchMode: false }, addWatchFile: () => undefined }),
  };
}

test('a build is told when nothing asks for what is sold', async () => {
  const { resolve, start, load, describeUnasked } = open();
  // Astro's server for types is no build.
  resolve('serve');
  await load();
  resolve('build');
  await start();
  expect(await describeUnasked()).toContain('nothing imports virtual:floe/catalog');
  await load();
  expect(await describeUnasked()).toBeUndefined();
  await site.write({ 'src/content/blog/tides.md': page('title: A') });
  const unsold = open();
  unsold.resolve('build');
  expect(await unsold.describeUnasked()).toBeUndefined();
});

test('attack: drift is looked for once, also when the site was read before the build began', async () => {
  const { resolve, start, load } = open({ check: 'lock' });
  resolve('serve');
  await load();
  resolve('build');
  await expect(start()).rejects.toThrow(/quay:blog-tides: has no id of sandbox/);
  await expect(start()).rejects.toThrow(/has no id of sandbox/);
});

test('a build is told which pages are sold where no route is, each once', async () => {
  const route = {
    path: '/p/[id]',
    pattern: /^\/p\/([^/]+?)\/?$/,
    isFixed: false,
    isPrerendered: false,
    file: 'p.astro',
  };
  const { resolve, start, warned } = open({}, { routes: [route] });
  resolve('build');
  await start();
  await start();
  expect(warned).toEqual([
    expect.stringMatching(/^floe: src\/content\/blog\/tides\.md is sold, .*\/blog\/tides\./),
  ]);
});

test('a build is told which files have one name: a link by the name leads who has both to neither', async () => {
  const gives = (name: string, file: string) =>
    page(`price: 700\ndownloads: [{ title: ${name}, file: ${file} }]`);
  await site.write({
    'src/content/blog/tides.md': gives('A', './a/slides.pdf'),
    'src/content/blog/springs.md': gives('B', './b/slides.pdf'),
    'src/content/blog/neaps.md': gives('C', './a/slides.pdf'),
    'src/content/blog/a/slides.pdf': 'A',
    'src/content/blog/b/slides.pdf': 'B',
  });
  const { resolve, start, warned } = open();
  resolve('build');
  await start();
  expect(warned).toEqual([expect.stringContaining('are called slides.pdf')]);
});

test('a configuration above the site has pages that the site knows by its own names', async () => {
  const root = path.join(site.root, 'apps', 'site');
  await site.write({
    'floe.config.yaml':
      'product: quay\nsiteUrl: https://quay.example\ncontent: [apps/site/src/content/blog/*.md]\n',
    'apps/site/src/content/blog/tides.md': page('price: 700'),
  });
  const { resolve, load } = open({ config: '../../floe.config.yaml' }, {}, root);
  resolve('build');
  expect(await load()).toContain('"file":"src/content/blog/tides.md"');
});

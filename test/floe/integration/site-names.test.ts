import { describe, expect, test } from 'vitest';
import { configModel } from '../../../packages/floe/catalog/source/config.rules.ts';
import { catalogOfPages } from '../../../packages/floe/catalog/source/pages-catalog.rules.ts';
import { opensOf, sitePages } from '../../../packages/floe/catalog/source/site-pages.rules.ts';
import {
  pagesData,
  type Place,
  type SiteRoute,
  unroutedPages,
} from '../../../packages/floe/integration/pages-data.rules.ts';
import { soldPages } from '../../../packages/kit/catalog.ts';

/* What a site knows of its routes and its languages, and what its gate makes of that. */

const route = (path: string, more: Partial<SiteRoute> = {}): SiteRoute => ({
  path,
  pattern: new RegExp(
    `^${path.replaceAll(/\/\[\.\.\.\w+\]/g, '(?:\\/(.*?))?').replaceAll(/\[\w+\]/g, '([^/]+?)')}\\/?$`,
  ),
  isFixed: !path.slice(path.lastIndexOf('/')).includes('['),
  isPrerendered: false,
  file: `${path.slice(1)}.astro`,
  ...more,
});

function open(files: Readonly<Record<string, string>>, place: Partial<Place> = {}, more: object = {}) {
  const config = configModel.parse({ product: 'quay', siteUrl: 'https://quay.example', ...more });
  const all = Object.entries(files).map(([file, front]) => ({ file, text: `---\n${front}\n---\n` }));
  const catalog = {
    ...catalogOfPages(config, all, () => 'abcdef'),
    meters: [],
    files: [],
    fields: [],
    discounts: [],
  };
  const { pages } = sitePages(config, all, opensOf(catalog));
  const where = { base: '/', locales: [], routes: [], ...place };
  const { resourceOf } = soldPages(pagesData({ config, catalog, pages }, where));
  return {
    ask: (path: string) => resourceOf({ url: `https://quay.example${path}` }),
    unrouted: unroutedPages({ config, catalog, pages }, where).map(({ file }) => file),
  };
}

describe('attack: a language that the site has and the configuration has not', () => {
  const files = {
    'src/content/blog/de/tides.md': 'price: 700',
    'src/content/blog/en/tides.md': 'price: 700',
    'src/content/blog/springs.de.md': 'price: 700',
    'src/content/blog/about.md': 'title: A',
  };
  const { ask } = open(files, { locales: ['en', 'de', 'pt_BR'] });

  test.each([
    ['/de/blog/tides', 'content:blog/de/tides'],
    ['/de/blog/tides/', 'content:blog/de/tides'],
    ['/blog/de/tides', 'content:blog/de/tides'],
    ['/en/blog/tides', 'content:blog/en/tides'],
    // The first language has the address without one, and what falls back to it.
    ['/blog/tides', 'content:blog/en/tides'],
    ['/pt-br/blog/tides', 'content:blog/en/tides'],
    ['/de/blog/springs', 'content:blog/springsde'],
    ['/blog/springs', 'content:blog/springsde'],
    ['/de/blog/about', null],
  ])('%s asks for %s', (path, resource) => {
    expect(ask(path)).toBe(resource);
  });
});

describe('attack: a route that leaves out where a page is', () => {
  const files = {
    'src/content/docs/guides/git.md': 'price: 700',
    'src/content/docs/contact.md': 'price: 700',
    'src/content/docs/hello.md': 'price: 700',
    'src/content/pages/hello.md': 'title: A',
  };
  const routes = [route('/[...slug]'), route('/[...locale]/contact')];

  test('has the page that it may show, in every language', () => {
    const { ask, unrouted } = open(files, { routes, locales: ['de'] });
    for (const path of [
      '/guides/git',
      '/Guides/Git/',
      '/de/guides/git',
      '/docs/guides/git',
      '/guides/git.pdf',
    ])
      expect(ask(path), path).toBe('content:docs/guides/git');
    expect(unrouted).toEqual([]);
  });

  test('has no page that another one is', () => {
    const { ask } = open(files, { routes });
    expect(ask('/contact')).toBeNull();
    expect(ask('/pages/hello')).toBeNull();
  });

  test('is told from a route that names the folder', () => {
    const named = [route('/[...slug]'), route('/[...locale]/docs/[...slug]')];
    const { ask, unrouted } = open(files, { routes: named });
    expect(ask('/guides/git')).toBeNull();
    expect(ask('/docs/guides/git')).toBe('content:docs/guides/git');
    expect(unrouted).toEqual([]);
  });

  test('in another folder is found', () => {
    const data = { 'src/data/blog/tides.md': 'price: 700' };
    expect(open(data, { routes: [route('/blog/[id]')] }).ask('/blog/tides')).toBe('content:data/blog/tides');
  });
});

test('attack: a page that is a route by itself is known wherever its folder is', () => {
  const file = 'site/pages/blog/High Water.md';
  const { ask, unrouted } = open({ [file]: 'price: 700' }, { routes: [route('/blog/High Water', { file })] });
  expect(ask('/blog/High%20Water')).toBe('content:pages/blog/high-water');
  expect(unrouted).toEqual([]);
});

test('attack: a page that is sold, and whose route is made by the build without it, is told', () => {
  const files = { 'src/content/blog/tides.md': 'price: 700' };
  const { ask, unrouted } = open(files, { routes: [route('/blog/[id]', { isPrerendered: true })] });
  expect(unrouted).toEqual(['src/content/blog/tides.md']);
  expect(ask('/blog/tides')).toBe('content:blog/tides');
});

test('attack: a page that is sold at an address that no route has is told, and gated where a route may show it', () => {
  const files = { 'src/content/posts/2026/tides.md': 'price: 700', 'src/content/posts/about.md': 'title: A' };
  const routes = [route('/[lang]/blog/[id]'), route('/p/[...path]'), route('/posts')];
  const { ask, unrouted } = open(files, { routes, locales: ['de'] });
  expect(unrouted).toEqual(['src/content/posts/2026/tides.md']);
  for (const path of ['/blog/tides', '/de/blog/tides', '/p/2026/tides', '/posts/2026/tides'])
    expect(ask(path), path).toBe('content:posts/2026/tides');
  for (const path of ['/blog/about', '/p/about', '/tides', '/posts']) expect(ask(path), path).toBeNull();
  // Nobody knows the routes of a site with Vite alone.
  expect(open(files).unrouted).toEqual([]);
});

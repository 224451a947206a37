import path from 'node:path';
import { readdir } from 'node:fs/promises';
import MiniSearch from 'minisearch';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildDocs } from '../../cli/docs/build-docs.ts';
import { findIn, SEARCH } from '../../cli/docs/search-options.ts';
import { buildOpenApi } from '../../cli/openapi.ts';
import { createApp } from '../../src/app.ts';
import { PROBLEMS } from '../../src/base/problem.ts';
import { EVENT_TYPES } from '../../src/base/event-types.rules.ts';
import { routesOf } from '../../src/http/route.ts';

/* The pages of /docs, as files: they are whole, lead to each other, and need nothing of another origin. */

const ROOT = path.join(import.meta.dirname, '..', '..');

interface Page {
  ids: string[];
  links: string[];
  text: string;
  elements: { name: string; attributes: Record<string, string>; content: string }[];
}

let pages: Map<string, Page>;
let files: Record<string, string | Uint8Array>;
beforeAll(async () => {
  const document = JSON.parse(JSON.stringify(buildOpenApi(routesOf(createApp()), '0'))) as object;
  files = await buildDocs(document);
  pages = new Map(
    Object.entries(files)
      .filter(([name]) => name.endsWith('.html'))
      .map(([name, html]) => [`/${name.replace(/(index)?\.html$/, '')}`, readPage(String(html))]),
  );
}, 300_000);

test('every link leads to a page, a heading, or an address of the gateway', () => {
  const dead = [...pages].flatMap(([url, page]) =>
    page.links.filter((link) => !leadsSomewhere(link, url)).map((link) => `${url}: ${link}`),
  );
  expect(dead).toEqual([]);
  expect([...pages.values()].flatMap(({ links }) => links).length).toBeGreaterThan(1_000);
});

test('no name is given twice on a page', () => {
  for (const [url, { ids }] of pages)
    expect([url, ids.filter((id, index) => ids.indexOf(id) !== index)]).toEqual([url, []]);
});

test('each page begins with one heading, and skips no level', () => {
  for (const [url, { elements }] of pages) {
    const levels = elements.filter(({ name }) => /^h[1-6]$/.test(name)).map(({ name }) => Number(name[1]));
    expect([url, levels.filter((level) => level === 1).length]).toEqual([url, 1]);
    const text = levels.slice(levels.indexOf(1));
    const skips = text.filter((level, index) => level > (text[index - 1] ?? level) + 1);
    expect([url, skips]).toEqual([url, []]);
  }
});

test('no page has a script or a style in itself, or loads anything of another origin', () => {
  for (const [url, { elements }] of pages) {
    for (const { name, attributes, content } of elements) {
      const where = `${url}: ${name} ${JSON.stringify(attributes)}`;
      if (name === 'script')
        expect([attributes['src']?.startsWith('/docs/'), content], where).toEqual([true, '']);
      expect(name, where).not.toBe('style');
      expect(
        Object.keys(attributes).filter((each) => each === 'style' || each.startsWith('on')),
        where,
      ).toEqual([]);
      if (name === 'link' || name === 'img')
        expect(attributes['href'] ?? attributes['src'], where).toMatch(/^\/docs\//);
    }
  }
});

test('every document, operation, event and problem has its place', async () => {
  const documents = (await readdir(path.join(ROOT, 'docs'), { recursive: true })).filter(
    (name) => name.endsWith('.md') && !name.startsWith('adr'),
  );
  for (const name of documents)
    expect([...pages.keys()]).toContain(`/docs/${name.replace(/(\/README)?\.md$/, '')}`);
  for (const code of Object.keys(PROBLEMS)) expect(pages.get('/docs/errors')?.ids).toContain(code);
  for (const type of Object.keys(EVENT_TYPES))
    expect(pages.get(`/docs/events/${type.split('.', 1)[0] ?? ''}`)?.ids).toContain(type);
  const routes = routesOf(createApp()).map(
    ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
  );
  const reference = [...pages]
    .filter(([url]) => url.startsWith('/docs/api/'))
    .map(([, { text }]) => text)
    .join('\n');
  for (const route of routes) expect(reference).toContain(route);
});

test('an operator’s route stands on no page of the routes of apps', () => {
  const begin = pages.get('/docs/');
  const ofApps = begin?.links.filter((link) => link.startsWith('/docs/api/')) ?? [];
  expect(ofApps.length).toBeGreaterThan(5);
  const index = begin?.text.indexOf('API for operators') ?? -1;
  expect(index).toBeGreaterThan(begin?.text.indexOf('API for apps') ?? 0);
  expect(pages.get('/docs/api/payments')?.text).not.toContain('/admin/');
});

test('an operation says which scope a key needs that is limited', () => {
  expect(pages.get('/docs/api/payments')?.text).toContain('A key with scopes needs payments:write.');
});

test('the index of the search leads to places that exist', () => {
  const { storedFields } = JSON.parse(String(files['docs/search.json'])) as {
    storedFields: Record<string, { url: string }>;
  };
  const urls = Object.values(storedFields).map(({ url }) => url);
  expect(urls.length).toBeGreaterThan(250);
  expect(urls.filter((url) => !leadsSomewhere(url, ''))).toEqual([]);
});

describe('the search finds', () => {
  /** Addresses without `/docs/`, the best first. */
  const find = (words: string): string[] =>
    findIn(MiniSearch.loadJSON(String(files['docs/search.json']), SEARCH), words).map(({ url }) =>
      String(url).replace('/docs/', ''),
    );

  test.each(['verify signature in Go', 'verifies signatures go', 'verified a signature with Go'])(
    'the guide, by its words in other forms: %s',
    (words) => {
      expect(find(words)[0]).toMatch(/^guides\/go(#|$)/);
    },
  );

  test('the call and its page before what changed once: refund partially', () => {
    const found = find('refund partially');
    const changed = found.findIndex((url) => url.startsWith('changelog'));
    expect(changed).toBeGreaterThan(2);
    expect(found.slice(0, 3)).toContain('api/refunds#create-refund');
    expect(found.slice(0, changed)).toContain('refunds');
  });

  test('a name by one of its parts: retry_scheduled', () => {
    expect(find('retry_scheduled')[0]).toBe('events/payment#payment.retry_scheduled');
    expect(find('payment.retry_scheduled')[0]).toBe('events/payment#payment.retry_scheduled');
  });

  test('the error and the limits: rate limit', () => {
    expect(find('rate limit').slice(0, 2).sort()).toEqual([
      'errors#rate_limited',
      'limits#rate-limits-in-wranglertoml',
    ]);
  });

  test('what is typed with a slip or not to its end', () => {
    expect(find('refundd a paymnt').slice(0, 3)).toContain('api/refunds#create-refund');
    expect(find('cancel subscript').slice(0, 3)).toContain('api/subscriptions#cancel-subscription');
  });

  test('nothing, where there is nothing', () => {
    expect(find('xyzzyplugh')).toEqual([]);
  });

  test('a line of each result, short and of its text', () => {
    const { storedFields } = JSON.parse(String(files['docs/search.json'])) as {
      storedFields: Record<string, { url: string; said: string }>;
    };
    const lines = Object.values(storedFields);
    expect(lines.find(({ url }) => url.endsWith('#create-refund'))?.said).toMatch(/^Gives money back .* …$/);
    expect(Math.max(...lines.map(({ said }) => said.length))).toBeLessThan(125);
  });
});

describe('without a script', () => {
  test('each sample is there in four languages, and no button that would do nothing', () => {
    const text = pages.get('/docs/api/payments')?.text ?? '';
    for (const words of [
      'curl -X POST "$FLOE_URL/v1/payments"',
      'createClient({',
      'urlopen(request)',
      'http.NewRequest("POST"',
    ])
      expect(text).toContain(words);
    const css = String(files['docs/docs.css']);
    expect(css).toMatch(/html:not\(\.js\) \.scripted,\s*html:not\(\.js\) \.copy \{\s*display: none/);
  });
});

function leadsSomewhere(link: string, from: string): boolean {
  // A reader's own machine, or a site that documents a standard.
  if (/^https?:\/\//.test(link)) return true;
  const [target = '', anchor] = link.split('#', 2);
  const page = pages.get(target === '' ? from : target);
  if (!page) return ['/openapi.json'].includes(target);
  return anchor === undefined || anchor === '' || page.ids.includes(decodeURIComponent(anchor));
}

function readPage(html: string): Page {
  const page: Page = { ids: [], links: [], text: '', elements: [] };
  walk(parse(html), page);
  return page;
}

function walk(node: DefaultTreeAdapterTypes.Node, page: Page): void {
  if (node.nodeName === '#text' && 'value' in node) page.text += node.value;
  if ('attrs' in node) {
    const attributes = Object.fromEntries(node.attrs.map(({ name, value }) => [name, value]));
    const content = node.childNodes.map((child) => ('value' in child ? child.value : '')).join('');
    page.elements.push({ name: node.tagName, attributes, content });
    if (attributes['id'] !== undefined) page.ids.push(attributes['id']);
    if (node.tagName === 'a') page.links.push(attributes['href'] ?? '');
  }
  if ('childNodes' in node) for (const child of node.childNodes) walk(child, page);
}

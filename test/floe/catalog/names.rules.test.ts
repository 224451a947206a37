import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentIdOf, contentRoot } from '../../../packages/floe/catalog/naming/content-ids.rules.ts';
import { nameProducts } from '../../../packages/floe/catalog/naming/product-names.rules.ts';
import { shorten } from '../../../packages/floe/catalog/naming/short-texts.rules.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const locales = ['en', 'de'];
const idOf = (file: string, slug?: string) => {
  const found = contentIdOf(file, slug, { locales });
  return 'id' in found ? found.id : found.fault;
};

test.each([
  ['content/blog/tides.md', 'blog/tides'],
  ['src/content/blog/tides.mdx', 'blog/tides'],
  ['pages/blog/tides.md', 'blog/tides'],
  ['src/content/blog/de/tides.md', 'blog/tides'],
  ['content/de/blog/tides.md', 'blog/tides'],
  ['content/blog/tides.de.md', 'blog/tides'],
  ['content/courses/git/index.md', 'courses/git'],
  ['content/blog/2026/High Water!.md', 'blog/2026/high-water'],
  // A page that is called like a language is a page.
  ['content/blog/de.md', 'blog/de'],
])('%s is %s', (file, id) => {
  expect(idOf(file)).toBe(id);
});

test('a slug of the frontmatter is the whole name within the collection', () => {
  expect(idOf('content/blog/2026/high-water.md', 'tides')).toBe('blog/tides');
});

test.each(['../x', 'a b', 'a,b', '*', 'a//b', 'a/..', 'a%2fb'])(
  'a slug %s is refused, and not mended',
  (slug) => {
    expect(idOf('content/blog/tides.md', slug)).toContain('can be no part of a content id');
  },
);

test('ids begin beneath content, else beneath the first folder', () => {
  expect(contentRoot('src/content/blog/a.md')).toBe('src/content');
  expect(contentRoot('articles/blog/a.md')).toBe('articles');
});

const page = (id: string) => ({ id, collection: 'blog', title: 'High water' });
const names = (ids: readonly string[], template = '[path]') =>
  nameProducts('quay', ids.map(page), template, hash);

test('a name is the slug and the path, and only a collision or a cut adds a hash', () => {
  const given = names(['blog/tides', 'blog/a-b', 'blog-a/b']);
  expect(given.get('blog/tides')).toBe('quay:blog-tides');
  expect(given.get('blog-a/b')).toBe('quay:blog-a-b');
  expect(given.get('blog/a-b')).toMatch(/^quay:blog-a-b-[0-9a-f]{6}$/);
});

test('a title that all pages have makes names that differ', () => {
  expect(new Set(names(['a/b', 'a/c', 'a/d'], '[title]').values()).size).toBe(3);
});

test('names fit Polar, say whose they are, and differ, whatever pages are called', () => {
  const id = fc.array(fc.stringMatching(/^[a-z0-9äßы][a-z0-9äßы-]{0,40}$/), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.uniqueArray(
        id.map((parts) => parts.join('/')),
        { maxLength: 12 },
      ),
      (ids) => {
        const given = [...names(ids).values()];
        expect(new Set(given).size).toBe(ids.length);
        for (const name of given) {
          expect(name.length).toBeLessThanOrEqual(64);
          expect(name).toMatch(/^quay:[\p{Letter}\p{Number}]+(?:-[\p{Letter}\p{Number}]+)*$/u);
        }
        // In whatever order the file system lists them.
        expect(names(ids.toReversed())).toEqual(names(ids));
      },
    ),
    { numRuns: 50 },
  );
});

test.each([
  ['High and low water', 'High and low water'],
  ['What Git keeps, and why it is better to know than to guess', 'What Git keeps, and why it is better to…'],
  ['Donaudampfschifffahrtselektrizitätenhauptbetriebswerk', 'Donaudampfschifffahrtselektrizitätenhaupt…'],
  ['Hi', 'Hi.'],
  ['Two\n  lines', 'Two lines'],
])('%s is shortened to %s', (text, short) => {
  expect(shorten(text, 42, 3)).toBe(short);
});

test('a text is never longer than Polar takes, nor cut within a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      const short = shorten(text, 42, 3);
      expect(short.length).toBeLessThanOrEqual(42);
      expect(short.length).toBeGreaterThanOrEqual(3);
      expect(short.isWellFormed()).toBe(true);
    }),
    { numRuns: 100 },
  );
});

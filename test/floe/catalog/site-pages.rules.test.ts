import { describe, expect, test } from 'vitest';
import { type SitePage, sitePages } from '../../../packages/floe/catalog/source/site-pages.rules.ts';
import type { PageFile } from '../../../packages/floe/catalog/source/sold-pages.rules.ts';

/* What pages of a site are called, and which of them everybody may read. */

const page = (file: string, fields = '', groupIndex?: string): PageFile => ({
  file,
  text: fields === '' ? 'Text.' : `---\n${fields}\n---\nText.`,
  groupIndex,
});
const CONFIG = { locales: ['en', 'de'], contentRoot: undefined };
const read = (files: PageFile[], opens: string[] = []) => sitePages(CONFIG, files, opens);
const only = (files: PageFile[], opens: string[] = []): SitePage | undefined => read(files, opens).pages[0];

describe('a page', () => {
  test('that nobody sells has a name, too', () => {
    expect(only([page('src/content/blog/de/Tides.md')])).toMatchObject({
      id: 'blog/tides',
      locale: 'de',
      isFree: false,
    });
    expect(only([page('content/about.md', 'title: 1984')])).toMatchObject({ id: 'about', locale: undefined });
  });

  test('is called by its slug, and also by its path', () => {
    const found = only([page('src/content/blog/2026/High Water.de.md', 'slug: springs\nprice: 700')]);
    expect(found?.id).toBe('blog/springs');
    expect(found?.aliases.toSorted()).toEqual([
      'blog/2026/High Water.de',
      'blog/2026/high-water',
      'blog/2026/high-waterde',
      'content/blog/2026/High Water.de',
      'content/blog/2026/high-water',
    ]);
  });

  test('of Astro’s own pages has the address that Astro gives it', () => {
    expect(only([page('src/pages/blog/tides.md')])?.aliases).toContain('blog/tides');
  });

  test('attack: beneath another folder than content is called with it, too', () => {
    expect(only([page('docs/git/First Steps.md', 'price: 700')])).toMatchObject({
      id: 'git/first-steps',
      aliases: ['docs/git/first-steps', 'git/First Steps', 'docs/git/First Steps'],
    });
  });

  test('that sells a course is called as its folder, and as its file', () => {
    expect(only([page('content/courses/git/toc.md', 'price: 1', 'toc')])).toMatchObject({
      id: 'courses/git',
      aliases: expect.arrayContaining(['courses/git/toc']),
    });
  });

  test('attack: a chapter whose slug leads out of its course is the course’s all the same', () => {
    const chapter = [page('content/courses/git/01-trees.md', 'slug: trees', 'index')];
    expect(only(chapter, ['courses/git/*'])).toMatchObject({
      id: 'courses/git/01-trees',
      aliases: expect.arrayContaining(['courses/trees']),
    });
    expect(only(chapter, ['courses/trees'])?.id).toBe('courses/trees');
    expect(only(chapter)?.id).toBe('courses/trees');
  });

  test('whose frontmatter cannot be read, or that can have no name, is left to who says so', () => {
    expect(read([page('content/blog/a.md', 'title: ['), page('content/blog/???.md')])).toEqual({
      pages: [],
      faults: [],
    });
  });
});

describe('free', () => {
  const trees = (locale: string, fields: string) => page(`content/courses/${locale}/git/trees.md`, fields);
  const free = (files: PageFile[]) => read(files, ['courses/git/*']).pages.map(({ isFree }) => isFree);

  test('is what the first language says, in all of them', () => {
    expect(free([trees('de', 'title: B'), trees('en', 'free: true')])).toEqual([true, true]);
    expect(free([trees('de', 'free: true'), trees('en', 'title: T')])).toEqual([false, false]);
    expect(free([trees('de', 'free: true')])).toEqual([true]);
  });

  test('attack: of two files that are one page both have to say it', () => {
    const folder = 'content/courses/git/trees';
    expect(free([page(`${folder}.md`, 'free: true'), page(`${folder}/index.md`, 'title: T')])).toEqual([
      false,
      false,
    ]);
  });

  test('attack: is no page that is sold, in whatever language', () => {
    const files = [trees('en', 'free: true'), trees('de', 'price: 700')];
    expect(free(files)).toEqual([false, false]);
    expect(read(files).faults).toEqual([
      {
        file: 'content/courses/en/git/trees.md',
        line: 2,
        field: 'free',
        message: 'is said of a page that content/courses/de/git/trees.md sells',
      },
    ]);
  });

  test.each(['free: "true"', 'free: yes', 'free: 1'])('%s is a mistake where it would matter', (fields) => {
    const { pages, faults } = read([trees('en', fields)], ['courses/git/*']);
    expect(pages[0]?.isFree).toBe(false);
    expect(faults.map(({ field, message }) => `${field} ${message}`)).toEqual(['free must be true or false']);
    expect(read([trees('en', fields)]).faults).toEqual([]);
  });

  test.each(['free:', 'free: false', 'title: T'])('%s is none', (fields) => {
    expect(read([trees('en', fields)], ['courses/git/*'])).toMatchObject({
      pages: [{ isFree: false }],
      faults: [],
    });
  });
});

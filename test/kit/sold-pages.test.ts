import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SoldPagesData, soldPages } from '../../packages/kit/catalog.ts';

/* Which addresses of a site are sold, and as what. */

const page = (contentId: string, more: Partial<SoldPagesData['pages'][number]> = {}) => ({
  contentId,
  file: `src/content/${contentId}.md`,
  locale: null,
  isFree: false,
  price: null,
  currency: null,
  interval: null,
  product: null,
  ...more,
});
const SOLD = { price: 700, currency: 'usd', product: 'quay:x' };
const SITE: SoldPagesData = {
  pages: [
    page('blog/tides', SOLD),
    page('blog/tides', { ...SOLD, file: 'src/content/blog/de/tides.md', locale: 'de' }),
    page('blog/about'),
    page('blog/renamed', { ...SOLD, file: 'src/content/blog/2026/High Water.md' }),
    page('courses/git', { ...SOLD, file: 'src/content/courses/git/toc.md' }),
    page('courses/git/trees'),
    page('courses/git/intro', { isFree: true }),
    page('notes/hello', { isFree: true }),
    page('notes/desk'),
  ],
  opens: ['blog/tides', 'blog/renamed', 'courses/git/*', 'notes/* Papers/*, /letters/*'],
  aliases: [
    ['blog/2026/high-water', 'blog/renamed'],
    ['blog/2026/High Water', 'blog/renamed'],
    ['courses/git/toc', 'courses/git'],
  ],
  locales: ['en', 'de', 'pt_BR'],
  base: '/',
};
const ask = (path: string, more: Partial<SoldPagesData> = {}) =>
  soldPages({ ...SITE, ...more }).resourceOf({ url: `https://quay.example${path}` });

describe('resourceOf', () => {
  test.each([
    ['/blog/tides', 'content:blog/tides'],
    ['/de/blog/tides/', 'content:blog/tides'],
    ['/blog/renamed', 'content:blog/renamed'],
    ['/courses/git', 'content:courses/git'],
    ['/courses/git/trees', 'content:courses/git/trees'],
    ['/notes/desk', 'content:notes/desk'],
  ])('%s asks for %s', (path, resource) => {
    expect(ask(path)).toBe(resource);
  });

  test.each([
    '/',
    '/de',
    '/de/',
    '/blog',
    '/blog/about',
    '/about',
    '/_astro/a.css',
    '/courses',
    '/blogs/tides',
  ])('%s is public, for nothing opens it', (path) => {
    expect(ask(path)).toBeNull();
  });

  test.each(['/courses/git/intro', '/de/courses/git/intro.html', '/notes/hello/'])(
    '%s is public, for its page is free',
    (path) => {
      expect(ask(path)).toBeNull();
    },
  );

  test('a text that is not there is not free', () => {
    expect(ask('/notes/next-year')).toBe('content:notes/next-year');
    expect(ask('/notes')).toBe('content:notes');
    expect(ask('/courses/git/later/part')).toBe('content:courses/git/later/part');
    expect(ask('/blog/next-year')).toBeNull();
  });

  test.each(['/blog/../blog//tides', '/blog/%2e%2e%2ftides', '/blog;x/tides', '/blog/tides.', '/a*', '/%zz'])(
    'attack: %s, which readers differ about, is refused',
    (path) => {
      expect(ask(path)).toBe('');
    },
  );

  test('attack: an address of thousands of parts takes no time', () => {
    expect(ask(`/notes${'/de'.repeat(900)}/index.html`)).toBe('');
    expect(ask(`/notes${'/de'.repeat(60)}/index.html`)).toMatch(/^content:notes/);
  });

  test.each([
    '/Blog/Tides',
    '/BLOG/TIDES/',
    '/blog/tides.html',
    '/blog/tides/index.html',
    '/blog/tides/index',
    '/blog/tides.md',
    '/blog/tides.json',
    '/blog/tides.pdf',
    '/blog/tides.mp3',
    '/blog/tides.xml',
    '/blog/%74ides',
    '/blog/de/tides',
    '/de/blog/de/tides',
    '/blog/tides.de',
    '/blog/tides.de.html',
    '/pt-br/blog/tides',
    '/PT-BR/blog/tides',
    '/en/blog/tides',
  ])('attack: %s is the page that is sold', (path) => {
    expect(ask(path)).toBe('content:blog/tides');
  });

  test.each(['/blog/2026/high-water', '/blog/2026/High%20Water', '/blog/2026/high%20water'])(
    'attack: %s is a page whose slug differs from its path',
    (path) => {
      expect(ask(path)).toBe('content:blog/renamed');
    },
  );

  test('what a star opens is named as the gateway knows it', () => {
    expect(ask('/papers/One')).toBe('content:Papers/One');
    // The gateway opens nothing by it. It is no reason to show it to everybody.
    expect(ask('/letters/one')).toBe('content:letters/one');
  });

  test.each([
    '/blog/tides.pdf',
    '/blog/tides.min.xml',
    '/blog/tides/print',
    '/de/blog/tides/export.epub/2',
    '/Blog/Tides/AMP/',
    '/blog/tides/de',
    '/blog/2026/de/high-water',
    '/shop/blog/tides/print',
  ])('attack: %s is a form of a page that is sold', (path) => {
    expect(ask(path, { base: '/shop' })).toMatch(/^content:blog\/(?:tides|renamed)$/);
  });

  test('what is beneath a page asks for the nearest page, and what a page shows is for everybody', () => {
    const pages = [...SITE.pages, page('blog/tides/errata')];
    for (const path of ['/blog/tides/errata', '/blog/tides/errata/print', '/blog/tides/og.png'])
      expect(ask(path, { pages }), path).toBeNull();
    for (const path of ['/blog/about/print', '/blog/next-year.pdf', '/rss.xml', '/print/blog'])
      expect(ask(path, { pages }), path).toBeNull();
    expect(ask('/tools/sum/api', { opens: ['Tools/Sum'] })).toBe('content:Tools/Sum');
  });

  test('an image beside a sold page is for everybody, and what is beneath a star is not', () => {
    for (const name of ['/blog/tides.png', '/blog/tides.svg', '/blog/tides.de.css', '/blog/tides.2'])
      expect(ask(name)).toBeNull();
    expect(ask('/notes/desk.png')).toBe('content:notes/desk.png');
  });

  test('of two pages with one name the sold one counts', () => {
    const pages = [...SITE.pages, page('blog/Tides', { isFree: true })];
    expect(ask('/blog/tides', { pages })).toBe('content:blog/tides');
    expect(
      ask('/blog/free', {
        pages,
        aliases: [
          ['blog/free', 'blog/tides'],
          ['blog/free', 'blog/Tides'],
        ],
      }),
    ).toBe('content:blog/tides');
  });

  test('a page that is not free is gated by what opens its address, be its own name open or not', () => {
    expect(ask('/notes/old', { aliases: [['notes/old', 'blog/about']] })).toBe('content:notes/old');
  });

  test('the first page of a site may be sold', () => {
    const home = { pages: [page('index', SOLD)], opens: ['index'] };
    for (const path of ['/', '/de/', '/index.html']) expect(ask(path, home)).toBe('content:index');
  });

  test.each(['/shop/', '/shop'])('the place of the site (%s) is no part of a name', (base) => {
    for (const path of ['/shop/blog/tides', '/Shop/de/blog/tides/', '/blog/tides'])
      expect(ask(path, { base })).toBe('content:blog/tides');
    for (const path of ['/shop/', '/shop', '/shop/blog/about', '/shop/courses/git/intro'])
      expect(ask(path, { base })).toBeNull();
  });
});

test('attack: a page is not read by who has bought another one, whose name the place of the site makes of its address', () => {
  const pages = [page('tides', SOLD), page('blog/tides', SOLD)];
  const site = { pages, opens: ['tides', 'blog/tides'], base: '/blog/' };
  expect(ask('/blog/tides', site)).toBe('content:tides');
  expect(ask('/blog/blog/tides', site)).toBe('content:blog/tides');
});

describe('pages', () => {
  const { pages, pageOf } = soldPages(SITE);

  test('are gated when something opens them, and they are not free', () => {
    expect(Object.fromEntries(pages.map(({ contentId, isGated }) => [contentId, isGated]))).toEqual({
      'blog/tides': true,
      'blog/about': false,
      'blog/renamed': true,
      'courses/git': true,
      'courses/git/trees': true,
      'courses/git/intro': false,
      'notes/hello': false,
      'notes/desk': true,
    });
  });

  test('are found by their file, or an entry of a collection', () => {
    const file = 'src/content/blog/de/tides.md';
    const found = { contentId: 'blog/tides', resource: 'content:blog/tides', locale: 'de', price: 700 };
    for (const of of [file, `/${file}`, `./${file}`, file.replaceAll('/', '\\'), { filePath: file }])
      expect(pageOf(of)).toMatchObject(found);
    for (const of of ['src/content/blog/none.md', '', {}, { filePath: undefined }])
      expect(pageOf(of)).toBeUndefined();
  });
});

/* Whatever a site is called and however an address of it is written: what a router may take for a sold page is never public. */

const RUNS = Number(process.env['FLOE_RUNS'] ?? '20') * 50;
const segment = fc.stringMatching(/^[a-zäß][a-zäß0-9-]{0,6}$/).filter((each) => each !== 'index');
const LOCALES = ['en', 'de', 'pt_BR'];
const locale = fc.constantFrom(...LOCALES);
const inAddress = (each: string) => each.replaceAll('_', '-').toLowerCase();

/** A way in which routers, and people, write the path of a page. */
type Spelling = (path: readonly string[]) => readonly string[];
const spelling: fc.Arbitrary<Spelling> = fc.oneof(
  locale.map((each): Spelling => (path) => [inAddress(each), ...path]),
  locale.map((each): Spelling => ([first = '', ...rest]) => [first, each, ...rest]),
  locale.map((each): Spelling => (path) => [...path.slice(0, -1), `${path.at(-1)}.${each}`]),
);
const ending = fc.constantFrom('', '/', '.html', '/index.html', '/index', '/index/', '.md', '.HTML');
const form = fc.constantFrom('', '.pdf', '/print', '/de', '/pages/2.xml');
const escaped = fc.array(fc.boolean(), { maxLength: 40 });

/** Escapes letters here and there, as nobody has to. */
const escape = (path: string, where: readonly boolean[]) =>
  Array.from(path)
    .map((each, i) =>
      where[i] && /[a-z]/.test(each) ? `%${each.charCodeAt(0).toString(16)}` : encodeURI(each),
    )
    .join('');

test('attack: no spelling of a sold address is public', () => {
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 2, maxLength: 4 }),
      fc.constantFrom('page', 'star', 'above'),
      fc.option(spelling, { nil: undefined }),
      ending,
      escaped,
      fc.constantFrom('as is', 'upper'),
      fc.constantFrom('/', '/shop/', '/a/b/'),
      form,
      (path, how, spell, end, where, letters, base, other) => {
        fc.pre(!path.some((each) => LOCALES.includes(each)));
        const id = path.join('/');
        const opens = { page: id, star: `${id}/*`, above: `${path.slice(0, -1).join('/')}/*` }[how];
        const { resourceOf } = soldPages({
          pages: [page(id, how === 'page' ? SOLD : {})],
          opens: [opens],
          aliases: [],
          locales: LOCALES,
          base,
        });
        const written = (spell?.(path) ?? path).join('/');
        const cased = letters === 'upper' ? written.toUpperCase() : written;
        const ask = (more: string) =>
          resourceOf({ url: `https://quay.example${base}${escape(cased, where)}${more}` });
        expect(ask(end)).toBe(`content:${id}`);
        // What a star opens is asked for by its own name.
        expect(ask(other)).toMatch(how === 'page' ? new RegExp(`^content:${id}$`, 'u') : /^content:/);
      },
    ),
    { numRuns: RUNS },
  );
});

test('what is not sold stays public, however it is written', () => {
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 4 }), ending, (path, end) => {
      fc.pre(path.length > 0 && !path.includes('sold'));
      const { resourceOf } = soldPages({
        ...SITE,
        pages: [page('sold/a', SOLD)],
        opens: ['sold/a', 'sold/b/*'],
      });
      expect(
        resourceOf({ url: `https://quay.example/${path.map(encodeURIComponent).join('/')}${end}` }),
      ).toBeNull();
    }),
    { numRuns: RUNS },
  );
});

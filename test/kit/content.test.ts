import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contentId, contentResource, courseContent, opensContent, splitPreview } from '../../kit/content.ts';

const html = (text: string, paragraphs?: number) =>
  splitPreview(text, paragraphs === undefined ? {} : { paragraphs }).preview;
const markdown = (text: string, paragraphs?: number) =>
  splitPreview(text, { format: 'markdown', ...(paragraphs === undefined ? {} : { paragraphs }) }).preview;

describe('a preview of HTML', () => {
  test('ends at the marker, wherever the author put it', () => {
    expect(html('<p>one</p><p>two</p><p>three</p><!-- more --><p>secret</p>')).toBe(
      '<p>one</p><p>two</p><p>three</p>',
    );
    expect(html('<p>one</p><!--MORE--><p>secret</p>')).toBe('<p>one</p>');
    expect(html('<!-- more --><p>secret</p>')).toBe('');
    expect(html('<p>one</p><!-- more --><p>secret</p><!-- more --><p>secret</p>')).toBe('<p>one</p>');
  });

  test('closes what is open at the marker', () => {
    expect(html('<div class="a"><ul><li>one</li><!-- more --><li>secret</li></ul></div>')).toBe(
      '<div class="a"><ul><li>one</li></ul></div>',
    );
    expect(html('<p>one <em>two <!-- more --> secret</em></p>')).toBe('<p>one <em>two</em></p>');
  });

  test('takes no text for a marker that shows one: in code, an attribute, a script', () => {
    const shown = '<p>one</p><p title="<!-- more -->">two &lt;!-- more --&gt;</p><p>secret</p>';
    expect(html(shown)).toBe('<p>one</p><p title="<!-- more -->">two &lt;!-- more --&gt;</p>');
    expect(html('<style>/* <!-- more --> */</style><p>one</p><p>two</p><p>secret</p>')).toBe(
      '<style>/* <!-- more --> */</style><p>one</p><p>two</p>',
    );
  });

  test('without a marker is the first paragraphs, with headings and images between them', () => {
    const text = '<h2>A</h2><p>one</p><figure><img src="a.png"></figure><p>two</p><h2>B</h2><p>secret</p>';
    expect(html(text)).toBe('<h2>A</h2><p>one</p><figure><img src="a.png"></figure><p>two</p>');
    expect(html(text, 1)).toBe('<h2>A</h2><p>one</p>');
    expect(html(text, 0)).toBe('');
  });

  test('never has the last paragraph: that would be all of it', () => {
    expect(html('<p>secret</p>')).toBe('');
    expect(html('<p>one</p>\n<p>secret</p>\n')).toBe('<p>one</p>');
    expect(html('<p>one</p><p>secret</p><hr><!-- end -->')).toBe('<p>one</p>');
    expect(html('<p>one</p><p>two</p><img src="the-thing.png">')).toBe('<p>one</p><p>two</p>');
  });

  test.each([
    ['a list', '<p>one</p><ul><li>secret</li></ul><p>two</p>'],
    ['a table', '<p>one</p><table><tr><td>secret</td></tr></table><p>two</p>'],
    ['code', '<p>one</p><pre><code>secret</code></pre><p>two</p>'],
    ['bare text', '<p>one</p>secret<p>two</p>'],
    ['a script with the data of the page', '<p>one</p><script>secret()</script><p>two</p><p>three</p>'],
    ['a template', '<p>one</p><template><p>secret</p></template><p>two</p><p>three</p>'],
  ])('stops before %s', (_name, text) => {
    expect(html(text)).toBe('<p>one</p>');
  });

  test('looks into wrappers and counts only paragraphs with text', () => {
    expect(html('<article><div><p>one</p><p> </p><p>two</p></div><p>secret</p></article>')).toBe(
      '<article><div><p>one</p><p> </p><p>two</p></div></article>',
    );
    expect(html('<blockquote><p>one</p><p>of it</p></blockquote><p>two</p><p>secret</p>')).toBe(
      '<blockquote><p>one</p><p>of it</p></blockquote><p>two</p>',
    );
  });

  test('is cut as a browser would read it: paragraphs without an end, quotes, entities, void elements', () => {
    expect(html('<p>one<p>two<p>secret<p>more')).toBe('<p>one<p>two');
    expect(html('<p>one<ul><li>secret</ul><p>two')).toBe('<p>one');
    expect(html(`<p data-a=">" data-b='</p>'>1 < 2<br>b</p><p>two &amp; more</p><p>secret</p>`)).toBe(
      `<p data-a=">" data-b='</p>'>1 < 2<br>b</p><p>two &amp; more</p>`,
    );
    expect(html('<div/><p>one</p></div><p>two</p><p>secret</p>')).toBe('<div/><p>one</p></div><p>two</p>');
    expect(html('<p><svg><path d="M0"/></svg>one</p><p>two</p><p>secret</p>')).toBe(
      '<p><svg><path d="M0"/></svg>one</p><p>two</p>',
    );
  });

  test.each([
    '<p>secret',
    '<p>one</p><p title="secret',
    '<p>one</p><!-- secret',
    '<p>one</p><textarea>secret',
    'secret',
  ])('gives nothing away of what is broken: %s', (text) => {
    expect(html(text)).not.toContain('secret');
  });

  test.each([
    '<p>one</p><p><!--<!-- more -->secret<ul>',
    '<p>one</p><!-- draft <!-- more --><p>secret</p><p>two</p>',
    '<p>one</p><p><textarea><!-- more -->secret</textarea></p><p>two</p>',
    '<p>one</p><p title="<!-- more -->">secret</p><p>two</p>',
  ])('nothing behind a marker that is hidden by a mistake: %s', (text) => {
    expect(html(text, 5)).toBe('<p>one</p>');
  });

  test('says whether there is more', () => {
    expect(splitPreview('<p>one</p><!-- more -->').hasMore).toBe(true);
    expect(splitPreview('').hasMore).toBe(false);
    expect(splitPreview('<p>secret</p>')).toEqual({ preview: '', hasMore: true });
    expect(() => splitPreview('', { paragraphs: 1.5 })).toThrow(TypeError);
    expect(() => splitPreview('', { paragraphs: Number.NaN })).toThrow(TypeError);
  });

  const piece = fc.constantFrom(
    '<p>', '</p>', '<div>', '</div>', '<ul>', '<li>', '</ul>', '<em>', '</em>', '<br>', '<img src="x">', '<!-- c -->',
    '<', '>', '"', "'", '=', '&amp;', 'word ', '<p title="a>b">', '<h2>', '</h2>', '<svg/>', '<script>', '</script>', '<!--',
  ); // prettier-ignore
  test('whatever is put together, what is before the marker stays, and nothing behind it', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(piece, { maxLength: 12 }), (before, after) => {
        const text = `${before.join('')}<!-- more -->SECRET${after.join('')}`;
        expect(html(text)).not.toContain('SECRET');
      }),
    );
  });
  test('whatever is put together, the last word is never given away', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        expect(html(`${pieces.join('')}<p>SECRET</p>`, 3)).not.toContain('SECRET');
      }),
    );
  });
});

describe('a preview of Markdown', () => {
  test('ends at the marker on a line of its own, not at one that code shows', () => {
    expect(markdown('one\n\n- two\n\n<!-- more -->\n\nsecret')).toBe('one\n\n- two');
    expect(markdown('```html\n<!-- more -->\n```\n\nthree\n\n<!--more-->\n\nsecret')).toBe(
      '```html\n<!-- more -->\n```\n\nthree',
    );
  });

  test('without a marker is the first paragraphs', () => {
    expect(markdown('# A\n\none\nstill one\n\n![x](a.png)\n\ntwo\n\nsecret')).toBe(
      '# A\n\none\nstill one\n\n![x](a.png)\n\ntwo',
    );
    expect(markdown('one\r\n\r\ntwo\r\n\r\nsecret\r\n')).toBe('one\r\n\r\ntwo');
    expect(markdown('# A\none\n\ntwo\n\nsecret', 1)).toBe('# A\none');
  });

  test('never has the last paragraph, and stops before what is none', () => {
    expect(markdown('secret')).toBe('');
    expect(markdown('one\n\nsecret')).toBe('one');
    for (const other of [
      '- secret',
      '1. secret',
      '| secret |',
      '```\nsecret\n```',
      '    secret',
      '<div>secret</div>',
    ])
      expect(markdown(`one\n\n${other}\n\ntwo\n\nthree`)).toBe('one');
    expect(markdown('one\n```\nsecret\n\nsecret\n```\n\ntwo')).toBe('');
    expect(markdown('one\n\n~~~\nsecret\n\n```\n\ntwo\n\nthree')).toBe('one');
  });
});

describe('content ids', () => {
  const locales = ['en', 'de'];
  test.each([
    ['/blog/diff', 'blog/diff'],
    ['/blog/diff/', 'blog/diff'],
    ['/de/blog/diff', 'blog/diff'],
    ['/en/blog/diff', 'blog/diff'],
    ['blog/diff', 'blog/diff'],
    ['/deutsch/diff', 'deutsch/diff'],
    ['/blog/%C3%BCber', 'blog/über'],
    ['/blog/u%CC%88ber', 'blog/über'],
  ])('%s is %s in every language', (pathname, id) => {
    expect(contentId(pathname, { locales })).toBe(id);
  });

  test.each([
    '/',
    '/de',
    '/de/',
    '//blog',
    '/blog//diff',
    '/blog/../diff',
    '/blog/%2e%2e/diff',
    '/blog/a%2fb',
    '/blog/a%5Cb',
    '/blog/%252e',
    '/blog/%zz',
    '/blog/*',
    '/blog/a b',
    '/blog/a,b',
    '/blog/%00',
  ])('%s is no content', (pathname) => {
    expect(contentId(pathname, { locales })).toBeUndefined();
  });

  test('a course opens its page and its chapters, and no other course', () => {
    const sold = courseContent('courses/git');
    expect(sold).toBe('courses/git/*');
    expect(contentResource('courses/git/trees')).toBe('content:courses/git/trees');
    const opened = [
      'courses/git',
      'courses/git/trees',
      'courses/git/trees/2',
      'courses/github',
      'courses',
      'courses/git/../pay',
    ];
    expect(opened.map((id) => opensContent(sold, id))).toEqual([true, true, true, false, false, false]);
    expect(opensContent('blog/a, notes/*', 'notes/x')).toBe(true);
    expect(opensContent('blog/a notes/*', 'blog/b')).toBe(false);
    expect(opensContent('', '')).toBe(false);
  });
});

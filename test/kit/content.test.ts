import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contentId,
  contentResource,
  courseContent,
  opensContent,
  splitPreview,
} from '../../packages/kit/content/index.ts';

const html = (text: string, paragraphs?: number) =>
  splitPreview(text, paragraphs === undefined ? {} : { paragraphs }).preview;
const markdown = (text: string, paragraphs?: number) =>
  splitPreview(text, { format: 'markdown', ...(paragraphs === undefined ? {} : { paragraphs }) }).preview;

/** A text costs next to nothing to cut: twenty for one sequence of the gateway's generated tests. */
const RUNS = Number(process.env['FLOE_RUNS'] ?? '20') * 20;

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

  test('takes an escaped marker for text, and one with a remark for a marker', () => {
    const escaped = '<p>one</p><p>two &lt;!-- more --&gt;</p><p>secret</p>';
    expect(html(escaped)).toBe('<p>one</p><p>two &lt;!-- more --&gt;</p>');
    for (const marker of ['<!-- more: the rest is for members -->', '<!--more…-->', '<!--- more --->'])
      expect(html(`<p>one</p>${marker}<p>secret</p><p>two</p><p>three</p>`)).toBe('<p>one</p>');
    for (const ghosts of ['<!--members-only-->', '<!-- members-only -->'])
      expect(html(`<p>one</p>${ghosts}<p>secret</p><p>two</p><p>three</p>`)).toBe('<p>one</p>');
    for (const comment of [
      '<!-- members-onlyish -->',
      '<!-- moreover -->',
      '<!-- more_of_it -->',
      '<!-- read more -->',
    ])
      expect(html(`<p>one</p>${comment}<p>two</p><p>three</p>`)).toBe(`<p>one</p>${comment}<p>two</p>`);
  });

  test.each([
    ['<p>one</p><p title="<!-- more -->">secret</p><p>two</p><!-- more -->', '<p>one</p>'],
    ['<style>/* <!-- more --> */</style><p>secret</p><p>two</p><p>three</p>', ''],
    ['<p>one</p><script>"<!-- more -->"</script><p>secret</p><!-- more -->', '<p>one</p>'],
    [
      '<p>one</p><p>two</p><p>three</p><ul><li title="<!-- more -->">secret</li></ul>',
      '<p>one</p><p>two</p>',
    ],
    ['<p>one</p><!-- draft <!-- more --><p>secret</p><p>two</p><!-- more -->', '<p>one</p>'],
    ['<p>one</p><template><!-- more --></template><p>secret</p><p>two</p>', '<p>one</p>'],
    ['<p>one</p><p>two</p><!-- more', '<p>one</p>'],
  ])(
    'attack: a marker that is no comment of its own still gives nothing behind it away: %s',
    (text, given) => {
      expect(html(text)).toBe(given);
    },
  );

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
    for (const nothing of [
      '<p></p>',
      '<p>&nbsp;</p>',
      '<p><br></p>',
      '<figure></figure>',
      '<script>a()</script>',
      '<div></div>',
      '<template><p>a</p></template>',
      '<p>&ensp;&#x00AD;&ZeroWidthSpace;</p>',
      '<template><template></template><p>a</p></template>',
      '<script><!--<script></script><p>a</p>--></script>',
      '\0',
      '<',
    ])
      expect(html(`<p>one</p><p>secret</p>${nothing}`)).toBe('<p>one</p>');
  });

  test.each([
    ['a list', '<p>one</p><ul><li>secret</li></ul><p>two</p>'],
    ['a table', '<p>one</p><table><tr><td>secret</td></tr></table><p>two</p>'],
    ['code', '<p>one</p><pre><code>secret</code></pre><p>two</p>'],
    ['bare text', '<p>one</p>secret<p>two</p>'],
    ['a script with the data of the page', '<p>one</p><script>secret()</script><p>two</p><p>three</p>'],
    ['a template', '<p>one</p><template><p>secret</p></template><p>two</p><p>three</p>'],
    [
      'code in a figure',
      '<p>one</p><figure data-rehype-pretty-code-figure><pre><code>secret</code></pre></figure><p>two</p>',
    ],
    ['a table in a figure', '<p>one</p><figure><table><tr><td>secret</td></tr></table></figure><p>two</p>'],
    ['a film in a figure', '<p>one</p><figure><video src="secret.mp4"></video></figure><p>two</p>'],
    ['a list in a quote', '<p>one</p><blockquote><p>a</p><ul><li>secret</li></ul></blockquote><p>two</p>'],
    ['code in a quote', '<p>one</p><blockquote><pre>secret</pre></blockquote><p>two</p>'],
    ['a quote in a quote', '<p>one</p><blockquote><blockquote>secret</blockquote></blockquote><p>two</p>'],
    ['a script in a picture', '<p>one</p><picture><script>secret()</script></picture><p>two</p>'],
    ['a film in a paragraph', '<p>one</p><p><video src="secret.mp4"></video></p><p>two</p>'],
    ['sound in a paragraph', '<p>one</p><p>hear: <audio src="secret.mp3"></audio></p><p>two</p>'],
    ['a page in a paragraph', '<p>one</p><p><iframe src="/secret"></iframe></p><p>two</p>'],
    ['an object in a heading', '<p>one</p><h2>A <object data="secret"></object></h2><p>two</p>'],
    ['an element of the site’s own', '<p>one</p><p>see <paid-film src="secret"></paid-film></p><p>two</p>'],
    ['paragraphs in a figure', '<p>one</p><figure><p>secret</p><p>secret</p></figure><p>two</p>'],
    ['paragraphs in a heading', '<p>one</p><h2><p>secret</p><p>secret</p></h2><p>two</p>'],
    [
      'text in an image’s drawing',
      '<p>one</p><p><svg><foreignObject>secret</foreignObject></svg></p><p>two</p>',
    ],
    ['paragraphs in a drawing', '<p>one</p><p><svg><p/>secret<p/>secret</svg></p><p>two</p>'],
    ['paragraphs in what marks words', '<p>one</p><p>a<em><p>secret</p><p>secret</p></em></p><p>two</p>'],
    ['a heading that another ends', '<p>one</p><h2>a</h3>secret<p>two</p>'],
    ['elements closed in another order', '<p>one</p><p><b><i>secret</b></i></p><p>two</p>'],
  ])('stops before %s', (_name, text) => {
    expect(html(text)).toBe('<p>one</p>');
    expect(html(`${text}<p>three</p><p>four</p>`)).toBe('<p>one</p>');
  });

  test('looks into wrappers and counts only paragraphs with text', () => {
    expect(html('<article><div><p>one</p><p> </p><p>two</p></div><p>secret</p></article>')).toBe(
      '<article><div><p>one</p><p> </p><p>two</p></div></article>',
    );
    expect(html('<blockquote><p>one</p><p>of it</p></blockquote><p>two</p><p>secret</p>')).toBe(
      '<blockquote><p>one</p><p>of it</p></blockquote><p>two</p>',
    );
  });

  test('lets one image stand before a paragraph, and counts further ones as paragraphs', () => {
    expect(html('<p><img src="a"></p><p>one</p><p><img src="b"></p><p>two</p><p>secret</p>')).toBe(
      '<p><img src="a"></p><p>one</p><p><img src="b"></p><p>two</p>',
    );
    expect(html('<p>one</p><img src="a"><p><img src="b"></p><img src="secret"><p>two</p>')).toBe(
      '<p>one</p><img src="a"><p><img src="b"></p>',
    );
    expect(html('<p>one</p><p><img src="a"><img src="b"></p><img src="secret"><p>two</p>')).toBe(
      '<p>one</p><p><img src="a"><img src="b"></p>',
    );
    expect(
      html(
        '<p>one</p><figure><picture><source srcset="a"><img src="b"></picture><figcaption>c</figcaption></figure><p>two</p><p>secret</p>',
      ),
    ).toBe(
      '<p>one</p><figure><picture><source srcset="a"><img src="b"></picture><figcaption>c</figcaption></figure><p>two</p>',
    );
    expect(html('<p>one</p><figure>two</figure><figure>secret</figure><p>three</p>')).toBe(
      '<p>one</p><figure>two</figure>',
    );
  });

  test('keeps words that are marked, formulas, drawings, headings with a link to themselves', () => {
    const rich =
      '<h2>A <a href="#a"><svg><title>link</title><path d="M0"/></svg></a></h2>' +
      '<p>a <code>b</code> <strong><em>c</em></strong><br><math><mrow><mi>x</mi></mrow></math></p>';
    expect(html(`${rich}<p>two</p><p>secret</p>`)).toBe(`${rich}<p>two</p>`);
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

  test('reads attributes as a browser does: quotes only where they begin a value', () => {
    for (const tag of ['<p a=b"c>', '<p =">', "<p a'>", '<p a=b="x>', '<p a=/>', '<p a =\n"x>y" b>'])
      expect(html(`${tag}one</p><p>two</p><p title='">'>secret</p>`)).toBe(`${tag}one</p><p>two</p>`);
  });

  test.each([
    '<p>secret',
    '<p>one</p><p title="secret',
    '<p>one</p><!-- secret',
    '<p>one</p><textarea>secret',
    '<p>one</p><p><svg><text><![CDATA[secret]]></text></svg></p><p>two</p>',
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
    expect(splitPreview('<div><div><div>a<!-- more -->b')).toEqual({
      preview: '<div><div><div>a</div></div></div>',
      hasMore: true,
    });
    expect(splitPreview('---\na: b\n---\n', { format: 'markdown' })).toEqual({ preview: '', hasMore: false });
    expect(() => splitPreview('', { paragraphs: 1.5 })).toThrow(TypeError);
    expect(() => splitPreview('', { paragraphs: Number.NaN })).toThrow(TypeError);
  });

  test('attack: a text of any depth and length is cut in time in proportion to it', () => {
    const many = 30_000;
    const deep = '<div>'.repeat(many);
    const closed = '</div>'.repeat(many);
    expect(html(`${deep}<p>one</p><p>two</p><p>secret</p>`)).toBe(`${deep}<p>one</p><p>two</p>${closed}`);
    expect(html(`${deep}<!-- more -->secret`)).toBe(`${deep}${closed}`);
    expect(html(`<p>one</p><p>${'<b>'.repeat(many)}two${'</i>'.repeat(many)}</p>`)).toBe('<p>one</p>');
    expect(html(`${deep}${'</p>'.repeat(many)}<p>one</p><p>two`)).toBe('');
    const numbered = (part: string) => Array.from({ length: many }, (_, i) => part + i).join('');
    expect(html(`<p>one</p><p${numbered(' a')}>two</p><p>secret</p>`, 1)).toBe('<p>one</p>');
    // A browser opens each of these again in every paragraph that follows: four hundred million elements.
    const marked = Array.from({ length: many }, (_, i) => `<p><b a${i}>one`).join('');
    expect(html(`<p>one</p>${marked}secret`)).toBe('<p>one</p>');
    const paragraphs = '<div><p>one</p>'.repeat(many);
    expect(html(`${paragraphs}<p>secret</p>`, many)).toBe(`${paragraphs}${closed}`);
    for (const part of [
      '<!--',
      '<!-- ',
      '<p a="',
      '<p a= ',
      "<p a='b' ",
      '<script>',
      '</',
      '<',
      '&nbsp;',
      '<!---',
    ])
      expect(html(`<p>one</p><p>two</p>${part.repeat(many)}secret`)).not.toContain('secret');
  });

  const piece = fc.constantFrom(
    '<p>', '</p>', '<div>', '</div>', '<ul>', '<li>', '</ul>', '<em>', '</em>', '<br>', '<img src="x">', '<!-- c -->',
    '<', '>', '"', "'", '=', '&amp;', 'word ', '<p title="a>b">', '<h2>', '</h2>', '<svg/>', '<script>', '</script>', '<!--',
    '<pre>', '</pre>', '<video>', '</video>', '<figure>', '<figcaption>', '</figure>', '<blockquote>', '</blockquote>',
    '<iframe>', '</iframe>', '<table><td>', '</table>', '-->', '--!>', '<!-->', '<svg>', '</svg>', '<title>', '</title>',
    '<textarea>', '</textarea>', '<style>', '</style>', '<template>', '</template>', '<a href=', '<![CDATA[', ']]>', '</',
    '<p>word</p>', '<!--more', 'more', '&nbsp;', '/',
  ); // prettier-ignore
  test('whatever is put together, nothing behind the marker is given away', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.array(piece, { maxLength: 12 }), (before, after) => {
        const text = `${before.join('')}<!-- more -->SECRET${after.join('')}`;
        expect(html(text, 5)).not.toContain('SECRET');
      }),
      { numRuns: RUNS },
    );
  });
  test('whatever is put together, the last word is never given away', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        expect(html(`${pieces.join('')}<p>SECRET</p>`, 3)).not.toContain('SECRET');
      }),
      { numRuns: RUNS },
    );
  });

  const block = fc.constantFrom(
    '<p>', '</p>', '<div>', '</div>', '<em>', '</em>', '<img src="x">', '<h2>', '</h2>', '<figure>', '</figure>', '<picture>',
    '</picture>', '<figcaption>', '</figcaption>', '<blockquote>', '</blockquote>', '<svg>', '</svg>', '<br>', '<!-- c -->',
    'word ', '<p>word</p>', '<p><em>word</em></p>', '<blockquote><p>word</p></blockquote>',
  ); // prettier-ignore
  const paid = fc.constantFrom(
    '<pre>', '<ul>', '<ol><li>', '<table><td>', '<video>', '<audio>', '<iframe></iframe>', '<script></script>', '<object>',
    '<embed>', '<template></template>', '<details>', '<form>', '<textarea></textarea>', '<x-film>', '<canvas>', '<select>',
  ); // prettier-ignore
  test('whatever stands around it, nothing that is no paragraph, heading or image is given away', () => {
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 16 }),
        paid,
        fc.array(block, { maxLength: 16 }),
        (a, it, b) => {
          const preview = html(`${a.join('')}${it}${b.join('')}<p>last</p>`, 5);
          expect(preview).not.toContain(it);
          expect(preview.length).toBeLessThanOrEqual(a.join('').length + closings(preview).length);
        },
      ),
      { numRuns: RUNS },
    );
  });
  test('whatever is put together, no more paragraphs are given away than were asked for', () => {
    const counted = block.filter((each) => !each.includes('blockquote'));
    fc.assert(
      fc.property(fc.array(counted, { maxLength: 24 }), fc.nat(4), (pieces, wanted) => {
        const preview = html(`${pieces.join('')}<p>last</p>`, wanted);
        const own = preview.replaceAll(/<h2>[^]*?<\/h2>|<figcaption>[^]*?<\/figcaption>/g, '');
        const withWords = own.split('<p>').filter((each) => each.includes('word'));
        expect(withWords.length).toBeLessThanOrEqual(wanted);
      }),
      { numRuns: RUNS },
    );
  });
});

/** The tags at the end of a preview, which close what was open. */
function closings(preview: string): string {
  return /(?:<\/[a-z0-9]+>)*$/.exec(preview)?.[0] ?? '';
}

describe('a preview of Markdown', () => {
  test('ends at the marker, on a line of its own or not', () => {
    expect(markdown('one\n\n- two\n\n<!-- more -->\n\nsecret')).toBe('one\n\n- two');
    expect(markdown('Intro. <!-- more --> secret\n\nsecret two\n\nthree')).toBe('Intro.');
    expect(markdown('Intro.\n<!--more: for members-->\nsecret\n\nsecret\n\nthree')).toBe('Intro.');
    expect(markdown('Intro.\r\r<!--\rmore\r-->\rsecret')).toBe('Intro.');
    expect(markdown('- one\n- two <!-- more --> secret\n\n<!-- more -->')).toBe('- one\n- two');
    expect(markdown('one\n\n<!-- moreover -->\n\ntwo')).toBe('one');
  });

  test('takes no marker for one that code shows', () => {
    expect(markdown('```html\n<!-- more -->\n```\n\nthree\n\n<!--more-->\n\nsecret')).toBe(
      '```html\n<!-- more -->\n```\n\nthree',
    );
    const shown = 'Use `` ` `` and `<!-- more -->`, or\nagain `<!-- more -->`.';
    expect(markdown(`${shown} <!-- more --> secret`)).toBe(shown);
    expect(markdown(`${shown}\n\ntwo\n\nsecret`)).toBe(`${shown}\n\ntwo`);
  });

  test.each([
    ['a backtick alone before', 'free ` a\nb ` c <!-- more --> secret ` d\n\n<!-- more -->'],
    ['an escaped backtick', 'free \\` <!-- more --> secret `\n\n<!-- more -->'],
    ['backticks in an attribute', 'free <a title="`"> <!-- more --> secret `\n\n<!-- more -->'],
    ['backticks in cells', 'free\n\n| ` | <!-- more --> secret | ` |\n\n<!-- more -->'],
    ['a formula', 'free $ ` $ <!-- more --> secret `\n\n<!-- more -->'],
    ['other numbers of backticks', 'free `` a ` <!-- more --> secret `\n\n<!-- more -->'],
    [
      'a fence that a list ends',
      'free\n\n- a\n  ```\n  b\n\n<!-- more -->\n\nsecret\n\n```\n\n<!-- more -->',
    ],
    [
      'a fence on an item’s line',
      'free\n\n- ```\n  b\n  ```\n\n<!-- more -->\n\nsecret\n```\n\n<!-- more -->',
    ],
    ['a fence that a quote ends', 'free\n\n> ```\n> b\n\n<!-- more -->\nsecret\n\n```\n\n<!-- more -->'],
    ['a fence in HTML', 'free\n\n<pre>\n```\n</pre>\n<!-- more -->\nsecret\n```\n\n<!-- more -->'],
    ['a fence that has backticks behind it', 'free\n\n```a`\n<!-- more -->\nsecret\n```\n<!-- more -->\n```'],
    [
      'a fence that a no-break space does not end',
      'free\n\n```\n```\u00a0\n```\n<!-- more -->\nsecret\n```\n<!-- more -->\n',
    ],
  ])('attack: %s does not hide a marker', (_name, text) => {
    expect(markdown(text)).toMatch(/^free/);
    expect(markdown(text)).not.toContain('secret');
  });

  test('is none of what is written about the text', () => {
    expect(markdown('---\ntitle: secret\n---\n\none\n\ntwo\n\nthree')).toBe('one\n\ntwo');
    expect(markdown('\uFEFF\n+++\r\ntitle = "secret"\r\n\r\na = "secret"\r\n+++\r\none\r\n\r\ntwo')).toBe(
      'one',
    );
    expect(
      markdown('---yaml\na: |\n  ---\n  <!-- more -->\n  secret\n...\nsecret: 1\n---\none\n\ntwo\n\nthree'),
    ).toBe('one\n\ntwo');
    expect(markdown('---\ntitle: secret\n---\none <!-- more --> secret')).toBe('one');
    expect(splitPreview('---\ntitle: secret\n\none\n\ntwo\n\nthree', { format: 'markdown' })).toEqual({
      preview: '',
      hasMore: true,
    });
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
      '> a\n>\n> - secret',
      '> ```\n> secret\n> ```',
      '> | secret |\n> | --- |',
      '> > secret',
      '> # A\n> secret',
      ':::note\n\nsecret\n\n:::',
      '!!! note\n    secret',
      '{{< video secret >}}',
      '$$\nsecret\n$$',
      'secret | a\n--- | ---\nsecret | b',
      'a <video src="secret"></video>',
      'a <paid-film src="secret" />',
      '# A <iframe src="secret"></iframe>',
      '![[secret]]',
      '[^1]: secret',
    ])
      expect(markdown(`one\n\n${other}\n\ntwo\n\nthree`)).toBe('one');
    expect(markdown('one\n```\nsecret\n\nsecret\n```\n\ntwo')).toBe('');
    expect(markdown('one\n\n~~~\nsecret\n\n```\n\ntwo\n\nthree')).toBe('one');
    for (const nothing of [
      '---',
      '[a]: https://a.example',
      '<!-- a\n\nb -->',
      '&nbsp;',
      '[^1]: a note',
      '{: .last }',
    ])
      expect(markdown(`one\n\nsecret\n\n${nothing}\n`)).toBe('one');
  });

  test('counts what needs no blank line between, a quote as one, and images as in HTML', () => {
    expect(markdown('one\n# A\ntwo\n# B\nsecret\n\nthree')).toBe('one\n# A\ntwo');
    expect(markdown('A\n===\nB\n===\nsecret\n\nthree')).toBe('A\n===\nB');
    expect(markdown('one\n> two\ngoes on\n\nsecret\n\nthree')).toBe('one\n> two\ngoes on');
    expect(markdown('> one\n>\n> of it\n\ntwo\n\nsecret')).toBe('> one\n>\n> of it\n\ntwo');
    expect(markdown('![](a)\n\none\n\n![](b)\n\ntwo\n\nsecret')).toBe('![](a)\n\none\n\n![](b)\n\ntwo');
    expect(markdown('one\n\n![](a)\n![](b)\n![](secret)\n\ntwo')).toBe('one\n\n![](a)\n![](b)');
    expect(markdown('a `<video>` <https://a.example> <b>b</b> x\n\ntwo\n\nsecret')).toBe(
      'a `<video>` <https://a.example> <b>b</b> x\n\ntwo',
    );
  });

  test('attack: a text of any length is cut in time in proportion to it', () => {
    for (const part of [
      '`',
      '` ',
      '`` ` ',
      '`<!-- more -->`',
      '<!--',
      '<!---',
      '> ',
      '---',
      '- ',
      '[',
      '![',
      '![](',
      '<a',
      ' ',
      '| - ',
      '\n```\n`',
    ])
      expect(markdown(`one\n\n${part.repeat(30_000)}\nsecret\n\nthree`, 1)).not.toContain('secret');
    expect(markdown(`---${' '.repeat(100_000)}!\none\n\nsecret`)).not.toContain('secret');
    expect(markdown(`${'`'.repeat(50_000)}${' x'.repeat(50_000)}\`y\n\nsecret`)).not.toContain('secret');
  });

  const plain = [
    'word ', 'word\n\n', '\n', '\n\n', '# ', '\n> ', '\n- ', '\n1. ', '    ', '![a](b)', '[a]: b', '| a |', '\n---\n', '===', '<div>',
    '</div>', '<!--', '-->', '<em>', '<video>', ':::', '{', '}', '$', '$$\n', '\\', '\t', '\r', '<a b="', '"', 'more', '---\n', '+++\n',
  ]; // prettier-ignore
  const code = [
    '`',
    '``',
    '```\n',
    '\n```\n',
    '~~~\n',
    '\n~~~\n',
    '> ```\n',
    '- ```\n',
    '  ```\n',
    '`a`',
    '``` `\n',
  ];
  const line = fc.array(fc.constantFrom(...plain, ...code), { maxLength: 16 }).map((each) => each.join(''));
  const codeless = fc.array(fc.constantFrom(...plain), { maxLength: 16 }).map((each) => each.join(''));
  test('whatever is put together, nothing behind a marker that no code shows is given away', () => {
    fc.assert(
      fc.property(codeless, line, (before, after) => {
        expect(markdown(`${before}<!-- more -->SECRET${after}`, 5)).not.toContain('SECRET');
      }),
      { numRuns: RUNS },
    );
  });
  test('whatever is put together, the last word is never given away', () => {
    fc.assert(
      fc.property(line, (before) => {
        expect(markdown(`${before}\n\nSECRET`, 5)).not.toContain('SECRET');
      }),
      { numRuns: RUNS },
    );
  });
  test('whatever stands around it, nothing that is no paragraph, heading or image is given away', () => {
    const paid = fc.constantFrom(
      '- SECRET',
      '1) SECRET',
      '| SECRET',
      '    SECRET',
      '```\nSECRET\n```',
      '<div>SECRET',
      '> - SECRET',
      ':::SECRET',
    );
    fc.assert(
      fc.property(line, paid, line, (before, it, rest) => {
        const after = rest.replaceAll('more', '');
        expect(markdown(`${before}\n\n${it}\n\n${after}\n\nlast`, 5)).not.toContain('SECRET');
      }),
      { numRuns: RUNS },
    );
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
    // Sold by its own name it is `blog/a%20b`: Polar's metadata lists ids with white space and commas.
    ['/blog/a%20b', 'blog/a b'],
    ['/blog/a,b', 'blog/a,b'],
    ['/blog/100%25-sure', 'blog/100%25-sure'],
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
    '/blog/%00',
    '/blog/..;/pay',
    '/blog/a;b',
    '/blog/v1.',
    '/blog/.%E2%80%8B./pay',
    '/blog/．．/pay',
    `/blog/${'x'.repeat(3_000)}`,
    `/blog/a${'%CC%81'.repeat(31)}`,
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

  test('an accent is the same however Polar’s form was given it', () => {
    const id = contentId('/blog/%C3%BCber') ?? '';
    expect(opensContent('blog/u\u0308ber', id)).toBe(true);
    expect(opensContent('notes/a, blog/u\u0308ber/*', `${id}/two`)).toBe(true);
    expect(opensContent('blog/uber', id)).toBe(false);
  });
});

import { parseFragment } from 'parse5';
import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderNote } from '../../src/use/grants/render-note.ts';

/* A note is typed by a seller and shown on pages of apps: what comes out has nothing but the elements of plain Markdown. */

const ELEMENTS = new Set(
  'p em strong a h1 h2 h3 h4 h5 h6 ul ol li code pre blockquote hr br #text #document-fragment'.split(' '),
);
const ATTRIBUTES = new Set(['href', 'title', 'start', 'class']);
const SCHEMES = /^(https?:\/\/|mailto:|$)/i;

interface Node {
  nodeName: string;
  attrs?: { name: string; value: string }[];
  childNodes?: Node[];
}

/** What a browser would find in it that is not on the list. */
function findForeign(html: string): string[] {
  const visit = (node: Node): string[] => [
    ...(ELEMENTS.has(node.nodeName) ? [] : [node.nodeName]),
    ...(node.attrs ?? []).flatMap(({ name, value }) => {
      if (!ATTRIBUTES.has(name)) return [`${node.nodeName} ${name}`];
      return name === 'href' && !SCHEMES.test(value) ? [`href ${value}`] : [];
    }),
    ...(node.childNodes ?? []).flatMap(visit),
  ];
  return visit(parseFragment(html));
}

describe('a note', () => {
  it('is Markdown', () =>
    expect(
      renderNote('Pick a **time** at [our calendar](https://calendar.example.com).\n\n- one\n- two'),
    ).toBe(
      '<p>Pick a <strong>time</strong> at <a href="https://calendar.example.com">our calendar</a>.</p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>',
    ));

  it.each([
    '<script>alert(1)</script>',
    'a <img src=x onerror=alert(1)> b',
    '![who reads this](https://tracker.example.com/pixel.png)',
    '[click](javascript:alert(1))',
    '[click](JaVaScRiPt:alert(1))',
    '[click](&#106;avascript:alert(1))',
    '[click](data:text/html,<script>alert(1)</script>)',
    '<javascript:alert(1)>',
    '[x]: javascript:alert(1)\n\n[x]',
    '<svg><style><img src=x onerror=alert(1)></style></svg>',
    '<a href="vbscript:x">x</a>',
    '```html\n<script>\n```',
    '<!-- --><iframe src="https://example.com">',
    '[a](https://example.com "t\\" onmouseover=\\"alert(1)")',
    '[log out](/logout) [here](?delete=1) [there](//evil.example/x) [top](#top) [up](../admin)',
    '[chat](irc://irc.example.com/x) <xmpp:a@example.com> [s](ircs://irc.example.com/x)',
    '[odd](https:evil.example) [odder](http:/evil.example)',
  ])('has nothing that runs or calls home: %s', (note) => expect(findForeign(renderNote(note))).toEqual([]));

  it('has nothing of that whatever is written', () => {
    const pieces = constantFrom(
      '<',
      '>',
      '"',
      "'",
      '[',
      ']',
      '(',
      ')',
      '!',
      '`',
      '\n',
      ' ',
      '&',
      ';',
      ':',
      'javascript:',
      'script',
      'img src=x',
      ' onerror=',
      '](',
      '&#x3c;',
      'data:',
      '//',
      '*',
      '_',
      '#',
      '\\',
      'https://e.dev',
    );
    assert(
      property(array(pieces, { maxLength: 40 }), (parts) => {
        expect(findForeign(renderNote(parts.join('')))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

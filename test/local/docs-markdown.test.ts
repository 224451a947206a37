import { expect, test } from 'vitest';
import { renderMarkdown } from '../../cli/docs/markdown.ts';

/* Documents of the repository as pages: links, headings, tables, and that nothing of them is taken for markup. */

const PAGES: Readonly<Record<string, string>> = {
  'docs/access.md': '/docs/access',
  'README.md': '/docs/readme',
};
const render = async (text: string, file = 'docs/one.md') => {
  const { body, ...rest } = await renderMarkdown(`# One\n\n${text}`, file, (target) => PAGES[target]);
  return { html: (await body).toString(), ...rest };
};

test.each([
  ['[a](access.md)', 'href="/docs/access"'],
  ['[a](access.md#what-it-costs)', 'href="/docs/access#what-it-costs"'],
  ['[a](../README.md#sign-in)', 'href="/docs/readme#sign-in"'],
  ['[a](#two)', 'href="#two"'],
  ['[a](https://standardwebhooks.com/x?a=1&b=2)', 'href="https://standardwebhooks.com/x?a=1&amp;b=2"'],
])('%s leads on', async (text, expected) => {
  expect((await render(text)).html).toContain(expected);
});

test('a document of a deeper folder leads to its neighbours by its own path', async () => {
  expect((await render('[a](../access.md)', 'docs/guides/one.md')).html).toContain('href="/docs/access"');
});

test('a link to what only the repository has is text', async () => {
  const { html } = await render('See [ADR 16](adr/0016-resources.md).');
  expect(html).not.toContain('<a');
  expect(html).toContain('ADR 16');
});

test('headings have the names that GitHub gives them, each once', async () => {
  const { html, headings } = await render(
    '## What `it` costs\n\n## What it costs\n\n### [A](access.md), deeper',
  );
  expect(headings.map(({ id }) => id)).toEqual(['what-it-costs', 'what-it-costs-1', 'a-deeper']);
  for (const { id } of headings) expect(html).toContain(`id="${id}"`);
});

test('HTML in a document is shown, not obeyed, in text, code and tables', async () => {
  const evil = '<script>alert(1)</script>';
  const { html } = await render(
    `${evil}\n\nText ${evil} and \`${evil}\`.\n\n| a${evil} | b | c |\n| - | - | - |\n| ${evil} | 2 | 3 |\n\n\`\`\`ts\n${evil}\n\`\`\`\n`,
  );
  expect(html).not.toContain('<script');
  expect(html.match(/&lt;/g)?.length).toBeGreaterThan(8);
});

test('a wide table names its columns in each cell, for narrow screens', async () => {
  const { html } = await render('| field | `type` | means |\n| - | - | - |\n| a | b | c |\n');
  expect(html).toContain('<td role="cell" data-label="type"><span>b</span></td>');
});

test('code is highlighted by classes, and what is copied is what is printed', async () => {
  const code = `const a = "x" < 'y'; // <b>`;
  const { html } = await render(`\`\`\`ts\n${code}\n\`\`\``);
  expect(html).toContain('class="t-kwd"');
  const [, shown = ''] = /<pre><code>([\s\S]*?)<\/code><\/pre>/.exec(html) ?? [];
  const text = shown.replaceAll(/<[^>]+>/g, '');
  expect(
    text
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replaceAll('&#39;', "'")
      .replaceAll('&amp;', '&'),
  ).toBe(code);
});

import path from 'node:path';
import { Marked, type Token, type Tokens } from 'marked';
import { nameHeadings } from './anchors.ts';
import { codeBlock } from './highlight.ts';
import { type Html, html, raw } from './html.ts';
import type { Heading } from './site.ts';

export interface Rendered {
  title: string;
  /** The first paragraph as plain text. */
  description: string;
  body: Html;
  headings: Heading[];
  /** The plain text beneath each heading, for the search; the first is the page's own. */
  parts: { id: string; title: string; text: string }[];
}

/** Where a document of the repository is in `/docs`; undefined: nowhere. */
export type FindPage = (file: string) => string | undefined;

/**
 * A document of the repository as HTML. `file`: its path there, from which its links lead. Links to what `/docs` does not have become text:
 * they lead somewhere on GitHub only.
 */
export async function renderMarkdown(text: string, file: string, findPage: FindPage): Promise<Rendered> {
  const nameHeading = nameHeadings();
  const headings: Heading[] = [];
  const parts: Rendered['parts'] = [];
  const blocks = new Map<Token, string>();
  const names = new Map<Token, string>();
  let title = '';
  const marked = new Marked({
    renderer: {
      heading(token) {
        const { tokens, depth } = token;
        const id = names.get(token) ?? '';
        const inner = this.parser.parseInline(tokens);
        if (depth === 1) return `<h1 id="${id}">${inner}</h1>\n`;
        return `<h${depth} id="${id}">${inner} <a class="hash" href="#${id}" aria-label="Link to this heading">#</a></h${depth}>\n`;
      },
      code(token) {
        return `${blocks.get(token) ?? ''}\n`;
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const target = targetOf(href, file, findPage);
        if (target === undefined) return `<span class="elsewhere">${inner}</span>`;
        return `<a href="${escape(target)}">${inner}</a>`;
      },
      // No document has any, and pages of ours show nothing that is not in the repository.
      html: ({ text }) => escape(text),
      table({ header, rows }) {
        const wide = header.length > 2 ? ' class="wide"' : '';
        const labels = header.map((cell) => escape(plainText(cell.tokens)));
        const head = header.map((cell) =>
          cell.text === ''
            ? '<td role="cell"></td>'
            : `<th role="columnheader" scope="col">${this.parser.parseInline(cell.tokens)}</th>`,
        );
        const body = rows.map(
          (cells) =>
            `<tr role="row">${cells.map((cell, index) => `<td role="cell" data-label="${labels[index] ?? ''}"><span>${this.parser.parseInline(cell.tokens)}</span></td>`).join('')}</tr>\n`,
        );
        return `<table role="table"${wide}><thead role="rowgroup"><tr role="row">${head.join('')}</tr></thead><tbody role="rowgroup">${body.join('')}</tbody></table>\n`;
      },
    },
  });
  const tokens = marked.lexer(text);
  let description = '';
  for (const token of tokens) {
    if (token.type === 'heading') {
      const heading = token as Tokens.Heading;
      const id = nameHeading(heading.text);
      names.set(token, id);
      const said = plainText(heading.tokens);
      if (heading.depth === 1) title = said;
      else if (heading.depth <= 3) headings.push({ id, title: said, depth: heading.depth });
      parts.push({ id: heading.depth === 1 ? '' : id, title: said, text: '' });
    } else {
      const said = plainText([token]);
      if (description === '' && token.type === 'paragraph') description = said;
      const part = parts.at(-1);
      if (part) part.text = `${part.text} ${said}`.trim();
    }
  }
  const codes: Tokens.Code[] = [];
  void marked.walkTokens(tokens, (token) => {
    if (token.type === 'code') codes.push(token as Tokens.Code);
  });
  for (const code of codes) {
    const block = await codeBlock(code.text, code.lang?.split(' ', 1)[0] ?? '');
    blocks.set(code, block.toString());
  }
  const body = html`${raw(marked.parser(tokens))}`;
  return { title, description, body, headings, parts };
}

/** Undefined: a file that is in the repository only. */
function targetOf(href: string, file: string, findPage: FindPage): string | undefined {
  if (/^(https?:|mailto:|\/|#)/i.test(href)) return href;
  const [name = '', anchor] = href.split('#', 2);
  const page = findPage(path.posix.join(path.posix.dirname(file), decodeURIComponent(name)));
  return page === undefined || anchor === undefined ? page : `${page}#${anchor}`;
}

/** The words of tokens, without what marks them up. */
function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token): string => {
      if (token.type === 'code') return '';
      if (token.type === 'table') {
        const { header, rows } = token as Tokens.Table;
        return [header, ...rows]
          .flat()
          .map((cell) => plainText(cell.tokens))
          .join(' ');
      }
      if (token.type === 'list')
        return (token as Tokens.List).items.map((item) => plainText(item.tokens)).join(' ');
      if ('tokens' in token && Array.isArray(token.tokens)) return plainText(token.tokens);
      return 'text' in token ? String(token.text) : '';
    })
    .join('')
    .replaceAll(/\s+/g, ' ');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

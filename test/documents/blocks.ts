import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { marked, type Token } from 'marked';

/* What the documents print as code. */

export const ROOT = path.join(import.meta.dirname, '..', '..');

export interface Block {
  /** The file, from the root of the repository. */
  document: string;
  /** The first word behind the fence, `sh`; empty when there is none. */
  language: string;
  text: string;
  /** The last heading of the second level before it; empty before the first. */
  part: string;
}

/** What is no document: the list of changes is of the past, and the example site’s courses are what it sells. */
const NO_DOCUMENT = /^(?:CHANGELOG\.md$|examples\/\w+\/src\/|test\/)/;

/** The documents that people read: the Markdown of the repository. */
export async function listDocuments(): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    'git',
    ['ls-files', '-z', '-co', '--exclude-standard', '--', '*.md'],
    { cwd: ROOT },
  );
  return stdout
    .split('\0')
    .filter((name) => name !== '' && !NO_DOCUMENT.test(name))
    .toSorted();
}

/** The blocks of code of a document, in order, also those in lists and quotes. */
export async function readBlocks(document: string): Promise<Block[]> {
  return blocksOf(document, await readFile(path.join(ROOT, document), 'utf8'));
}

/** The same of a text. */
export function blocksOf(document: string, text: string): Block[] {
  const blocks: Block[] = [];
  let part = '';
  void marked.walkTokens(marked.lexer(text), (token: Token) => {
    if (token.type === 'heading' && token['depth'] === 2) part = String(token['text']);
    if (token.type !== 'code') return;
    const [language = ''] = String(token['lang'] ?? '').split(/\s/);
    blocks.push({ document, language, text: String(token['text']), part });
  });
  return blocks;
}

/** What a document prints between backticks in its sentences and tables. */
export function inlineCodeOf(text: string): string[] {
  const found: string[] = [];
  void marked.walkTokens(marked.lexer(text), (token: Token) => {
    if (token.type === 'codespan') found.push(String(token['text']));
  });
  return found;
}

/** The file that a program names in its first line: `// src/server.ts`, `# receiver.py`, `<!-- page.html -->`. */
export function fileOf({ text }: Block): string | undefined {
  return /^(?:<\?php\n)?(?:\/\/|#|<!--|\/\*) *([\w./[\]-]+\.\w+)\b/.exec(text)?.[1];
}

/** How a failed check names a block. */
export function nameOf({ document, language, text }: Block): string {
  return `${document}, ${language === '' ? 'a block without a language' : language}: ${text.split('\n', 1)[0]}`;
}

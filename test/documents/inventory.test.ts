import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Block, blocksOf, inlineCodeOf, listDocuments, nameOf, readBlocks, ROOT } from './blocks.ts';
import { placeholdersOf, wordsOfCommand } from './commands.rules.ts';
import { WAYS, wayOf } from './ways.ts';

/* Whatever the documents print as code is compiled, parsed or run by something. */

let documents: Map<string, string>;
let blocks: Block[];
beforeAll(async () => {
  const names = await listDocuments();
  documents = new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(path.join(ROOT, name), 'utf8')] as const),
    ),
  );
  blocks = (await Promise.all(names.map(readBlocks))).flat();
});

test('each block of code has a way in which it is checked', () => {
  expect(blocks.length).toBeGreaterThan(60);
  expect(blocks.filter((block) => wayOf(block) === undefined).map(nameOf)).toEqual([]);
});

test('each way is that of a block, and names a check that reads the document', async () => {
  const used = new Set(blocks.map(wayOf));
  expect(WAYS.filter((way) => !used.has(way))).toEqual([]);
  for (const { by, documents: read = [] } of WAYS) {
    const check = await readFile(path.join(ROOT, by), 'utf8');
    const imported = [...check.matchAll(/from '(\.[^']+)'/g)].map(([, from = '']) =>
      readFile(path.join(ROOT, path.dirname(by), from), 'utf8').catch(() => ''),
    );
    const text = [check, ...(await Promise.all(imported))].join('\n');
    const missing = read.filter((name) => !text.includes(path.basename(name, '.md')));
    expect(missing, `${by} does not read them`).toEqual([]);
  }
});

test('the Python guide prints the site that the frameworks’ check runs', async () => {
  const site = await readFile(path.join(ROOT, 'test', 'frameworks', 'python', 'app.py'), 'utf8');
  const printed = blocks.filter((block) => block.text.startsWith('# app.py'));
  expect(printed.map(({ document, text }) => [document, `${text}\n`])).toEqual([
    ['docs/guides/python.md', site],
  ]);
});

test('a block without a language, or in one that nothing reads, has no way', () => {
  const found = blocksOf(
    'README.md',
    '# A\n\n```\nls\n```\n\n- in a list\n\n  ```cobol\n  STOP RUN.\n  ```\n',
  );
  expect(found.map(({ language }) => language)).toEqual(['', 'cobol']);
  expect(found.map(wayOf)).toEqual([undefined, undefined]);
});

test('no command has a placeholder in it, in a block or in a sentence', () => {
  const inBlocks = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap((block) => placeholdersOf(block.text).map((found) => `${nameOf(block)}: ${found}`));
  const inSentences = [...documents].flatMap(([name, text]) =>
    inlineCodeOf(text)
      .filter((code) => wordsOfCommand(code) !== undefined)
      .flatMap((code) => placeholdersOf(code).map((found) => `${name}: ${code}: ${found}`)),
  );
  expect([...inBlocks, ...inSentences]).toEqual([]);
});

test('nothing to type has a comment behind it: zsh, at its prompt, takes it for arguments', () => {
  const lines = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ document, text }) => text.split('\n').map((line) => `${document}: ${line}`));
  expect(lines.length).toBeGreaterThan(80);
  expect(lines.filter((line) => /(^|\s)#(\s|$)/.test(line))).toEqual([]);
  // At a prompt `!` is for the history, also inside double quotes.
  expect(lines.filter((line) => /(?<!\$)!/.test(line))).toEqual([]);
  // A word in angle brackets is a redirection, and zsh's `echo` rewrites JSON.
  expect(lines.filter((line) => /<\w[\w-]*>|\becho "\$/.test(line))).toEqual([]);
});

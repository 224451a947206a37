import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { LIVES, nameOfTest, SURFACES, tableOf, TYPES } from '../use/benefit-lives.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const USE = path.join(ROOT, 'test/use');

test('docs/benefits.md has the table of each type as its tests have it, and no other', async () => {
  const page = await readFile(path.join(ROOT, 'docs/benefits.md'), 'utf8');
  const [, tables = ''] = page.split('## What becomes of a benefit\n');
  const sections = tables.split(/^### /m).slice(1);
  expect(sections.map((section) => section.trim())).toEqual(
    TYPES.map((type) => `\`${type}\`\n\n${tableOf(type)}`),
  );
});

/** The file makes a test of each cell, and fails when one of them did not run (`test/use/lives-of.ts`). */
test('the lives of each type are tested, in one file', async () => {
  const files = (await readdir(USE)).filter((name) => name.endsWith('.test.ts'));
  const texts = await Promise.all(files.map((name) => readFile(path.join(USE, name), 'utf8')));
  const tested = texts.flatMap((text) =>
    [...text.matchAll(/^testLives\('(\w+)'\);$/gm)].map(([, type]) => type),
  );
  expect(tested.toSorted()).toEqual(TYPES.toSorted());
});

test('each of the cells has a name of its own', () => {
  const names = TYPES.flatMap((type) =>
    LIVES.flatMap((life) => SURFACES.map((surface) => nameOfTest(type, life, surface))),
  );
  expect(new Set(names).size).toBe(TYPES.length * LIVES.length * SURFACES.length);
});

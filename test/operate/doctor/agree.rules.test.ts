import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { createProgram } from '../../../packages/floe/program.ts';
import { OUTSIDE_CODES } from '../../../packages/floe/commands/doctor/finding.rules.ts';
import { CHECKS } from '../../../src/operate/doctor/checks.ts';

/* Whoever adds a check adds a row of the document and a test that plants the fault: these compare all three. */

const ROOT = path.join(import.meta.dirname, '..', '..', '..');

const OUTSIDE = 'from-outside';

/** The rows of docs/doctor.md, with the anchor of the heading above each. */
async function readRows() {
  const text = await readFile(path.join(ROOT, 'docs/doctor.md'), 'utf8');
  let area = '';
  return text.split('\n').flatMap((line) => {
    const heading = /^## (.*)$/.exec(line)?.[1];
    if (heading !== undefined) area = heading.toLowerCase().replaceAll('’', '').replaceAll(' ', '-');
    const [, code, severity, what = '', mend = ''] =
      /^\| `(\w+)` +\| (\w+) +\| (.*?) +\| (.*?) +\|$/.exec(line) ?? [];
    return code === undefined ? [] : [{ area, code, severity, what, mend }];
  });
}

test('docs/doctor.md has a row for each check, in the order of the answer', async () => {
  const rows = (await readRows()).filter(({ area }) => area !== OUTSIDE);
  expect(rows.map(({ area, code, severity }) => ({ area, code, severity }))).toEqual(
    CHECKS.map(({ area, code, severity }) => ({ area, code, severity })),
  );
  for (const { code, what } of rows) expect(what, code).toMatch(/\w.*\.$/);
});

test('the document says of each whether --fix mends it', async () => {
  const rows = await readRows();
  expect(rows.filter(({ mend }) => mend === '`npx floe doctor --fix`').map(({ code }) => code)).toEqual(
    CHECKS.filter(({ fix }) => fix !== undefined).map(({ code }) => code),
  );
});

test('every code has a test that plants the fault, and no test plants another', async () => {
  const files = (await readdir(import.meta.dirname)).filter((file) => /(?<!\.rules)\.test\.ts$/.test(file));
  const texts = await Promise.all(
    files.map((file) => readFile(path.join(import.meta.dirname, file), 'utf8')),
  );
  const codes = texts.flatMap((text) => [...text.matchAll(/\bplanted\(\s*'(\w+)'/g)].map(([, code]) => code));
  expect(codes.toSorted()).toEqual(CHECKS.map(({ code }) => code).toSorted());
  expect(codes.length).toBeGreaterThan(25);
});

test('every check is a file of its own, named after its code', async () => {
  const files = await readdir(path.join(ROOT, 'src/operate/doctor/checks'));
  expect(files.toSorted()).toEqual(CHECKS.map(({ code }) => `${code.replaceAll('_', '-')}.ts`).toSorted());
});

test('what the command line looks for itself has rows and tests too', async () => {
  const rows = (await readRows()).filter(({ area }) => area === OUTSIDE);
  expect(rows.map(({ code }) => code)).toEqual(OUTSIDE_CODES);
  const text = await readFile(path.join(ROOT, 'test/floe/doctor.test.ts'), 'utf8');
  const faults = [...text.matchAll(/\bfault\(\s*'(\w+)'/g)].map(([, code]) => code);
  expect(faults.toSorted()).toEqual(OUTSIDE_CODES.toSorted());
});

/** Every `npx floe …` that a finding or the document names. */
async function namedCommands(): Promise<string[]> {
  const inside = path.join(ROOT, 'src/operate/doctor');
  const outside = path.join(ROOT, 'packages/floe/commands/doctor');
  const files = [
    ...(await readdir(inside, { recursive: true })).map((name) => path.join(inside, name)),
    ...(await readdir(outside)).map((name) => path.join(outside, name)),
    path.join(ROOT, 'docs/doctor.md'),
  ].filter((name) => /\.(ts|md)$/.test(name));
  const texts = await Promise.all(files.map((name) => readFile(name, 'utf8')));
  return texts.flatMap((text) =>
    [...text.matchAll(/npx floe ([a-z][^'`\n]*)/g)].map(([, words = '']) => words),
  );
}

test('every command that a finding names is one', async () => {
  const commands = createProgram(() => () => Promise.resolve(), { terminal: {} as never, env: {} }).commands;
  const named = await namedCommands();
  expect(named.length).toBeGreaterThan(50);
  const unknown = named.filter((typed) => {
    const [first = '', second = ''] = typed.split(/[\s,;]+/);
    const found = commands.find((command) => command.name() === first);
    const isGroup = found !== undefined && found.commands.length > 0;
    return (
      !found || (isGroup && !second.startsWith('$') && !found.commands.some((each) => each.name() === second))
    );
  });
  expect(unknown).toEqual([]);
});

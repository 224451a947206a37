import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  anchorsOf,
  deadReferences,
  misnamedDecisions,
  type Places,
  readRules,
  readSections,
  relativeLinks,
} from './references.ts';

/* Whatever a text of the repository refers to is in the repository. */

const ROOT = path.join(import.meta.dirname, '..', '..');
const INDEX = 'docs/adr/README.md';

let texts: Map<string, string>;
let files: Set<string>;
let folders: Set<string>;
let places: Places;
beforeAll(async () => {
  const { stdout } = await promisify(execFile)('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: ROOT,
    maxBuffer: 10_000_000,
  });
  const names = stdout.split('\0').filter((name) => name !== '');
  const read = await Promise.all(names.map(async (name) => [name, await readText(name)] as const));
  const there = read.flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
  files = new Set(there.map(([name]) => name));
  folders = new Set(['.', ...[...files].flatMap(parents)]);
  texts = new Map(there.filter(([name, text]) => name !== 'package-lock.json' && !text.includes('\0')));
  places = {
    sections: readSections(page('packages/polar-simulator/FACTS.md')),
    decisions: new Set(
      decisions()
        .filter((each) => indexed().has(each.link))
        .map((each) => each.number),
    ),
    rules: readRules(page('docs/rules.md')),
  };
});

test('a section of FACTS.md, a decision and a rule that are cited exist', () => {
  const dead = [...texts].flatMap(([name, text]) =>
    deadReferences(text, places).map((written) => `${name}: ${written}`),
  );
  expect(dead).toEqual([]);
});

test('a page links to files, and to headings that they have', () => {
  const pages = [...texts].filter(([name]) => name.endsWith('.md'));
  expect(pages.flatMap(([name, text]) => deadLinks(name, text))).toEqual([]);
  expect(pages.flatMap(([, text]) => misnamedDecisions(text))).toEqual([]);
});

test('each decision stands once in the index, by its own title', () => {
  for (const { link, title } of decisions()) expect([link, indexed().get(link)]).toEqual([link, [title]]);
});

test('each rule names the tests that hold it', () => {
  const [, ...rules] = page('docs/rules.md').split(/^### /m);
  expect(rules.length).toBe(22);
  for (const rule of rules) {
    const named = [...rule.matchAll(/`(test\/[^`]+)`/g)].map(([, name = '']) => name);
    expect(named.length, rule).toBeGreaterThan(0);
    for (const name of named) expect(texts.has(name), `${name} in: ${rule}`).toBe(true);
  }
});

describe('what leads nowhere is found', () => {
  const mark = '§';
  test.each([
    [`as ${mark}1.99 says`, `${mark}1.99`],
    [`(events ${mark}1.6–1.99)`, `${mark}1.6–1.99`],
    [`(events ${mark}3 "Nonsense")`, `${mark}3 "Nonsense"`],
    [`see ${mark}\n * 99`, `${mark} 99`],
    ['ADR', '999'],
    ['ADRs 1 and', '999'],
    ['an invariant', '11'],
    ['invariants 3 and', '99'],
    ['// Trust\n// rule', '13'],
  ])('%j %s', (text, number) => {
    const planted = /^\d/.test(number) ? `${text} ${number}` : text;
    expect(deadReferences(planted, places)).toEqual([expect.stringContaining(number)]);
  });

  test('but what an RFC says is in the RFC, and what exists is found', () => {
    const fine = `RFC 1035 ${mark}2.3.1, invariants 6 and 7, trust rule 12, ADR 1, events ${mark}1.6–1.8, ${mark}3 "Needs"`;
    expect(deadReferences(fine, places)).toEqual([]);
  });

  test.each([
    '[a](nowhere.md)',
    '[a](README.md#nowhere)',
    '[a](#nowhere)',
    '[a]: nowhere.md',
    '![a](nowhere.png)',
  ])('%s', (link) => {
    expect(deadLinks('README.md', `# A heading\n\n${link}\n`)).toHaveLength(1);
  });

  test('a decision is linked by its own number', () => {
    expect(misnamedDecisions('[ADR 5](adr/0006-a.md), [6](0006-a.md), [7](0006-a.md)')).toHaveLength(2);
  });

  test('but a link in code is none', () => {
    expect(deadLinks('README.md', '`[a](nowhere.md)` [b](#b)\n\n```sh\n[a](nowhere.md)\n```\n\n# B')).toEqual(
      [],
    );
  });
});

function deadLinks(name: string, text: string): string[] {
  return relativeLinks(text)
    .filter((link) => {
      const [target = '', anchor] = link.split('#');
      const file =
        target === '' ? name : path.posix.join(path.posix.dirname(name), decodeURIComponent(target));
      if (!files.has(file)) return !folders.has(file.replace(/\/$/, ''));
      return (
        anchor !== undefined &&
        file.endsWith('.md') &&
        !anchorsOf(target === '' ? text : page(file)).has(anchor)
      );
    })
    .map((link) => `${name}: ${link}`);
}

/** The decisions: number, file name and title of each. */
function decisions(): { number: string; link: string; title: string }[] {
  return [...files].flatMap((name) => {
    const [, link, number] = /^docs\/adr\/(0*(\d+)-.+\.md)$/.exec(name) ?? [];
    if (link === undefined || number === undefined) return [];
    const title = new RegExp(String.raw`^# ${number}\. (.+)$`, 'm').exec(page(name))?.[1];
    return [{ number, link, title: title ?? 'no title' }];
  });
}

/** What the index says each decision's title is, by file name. */
function indexed(): Map<string, string[]> {
  const lines = page(INDEX).matchAll(/^\| \[(\d+)\]\((\d+-[^)]+)\) \| (.+) \|$/gm);
  const titles = new Map<string, string[]>();
  for (const [, number = '', link = '', title = ''] of lines)
    if (Number(number) === Number.parseInt(link, 10)) titles.set(link, [...(titles.get(link) ?? []), title]);
  return titles;
}

function page(name: string): string {
  const text = texts.get(name);
  if (text === undefined) throw new Error(`${name} is not in the repository`);
  return text;
}

/** Undefined: git knows it, and it was deleted. */
async function readText(name: string): Promise<string | undefined> {
  return readFile(path.join(ROOT, name), 'utf8').catch(() => undefined);
}

function parents(name: string): string[] {
  const folder = path.posix.dirname(name);
  return folder === '.' ? [] : [folder, ...parents(folder)];
}

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { placeOf, refuse, refusePackage, ROOMS } from '../../cli/lint/rooms.ts';

/* docs/architecture.md says which rooms there are and who imports whom. It is compared with the code. */

const ROOT = path.join(import.meta.dirname, '..', '..');
const PAGE = await readFile(path.join(ROOT, 'docs/architecture.md'), 'utf8');

async function sources(): Promise<string[]> {
  const names = await readdir(path.join(ROOT, 'src'), { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => name.replaceAll('\\', '/'));
}

/** Every import of one of our files by another, from room to room. */
async function readArrows(): Promise<Map<string, Set<string>>> {
  const arrows = new Map<string, Set<string>>();
  for (const name of await sources()) {
    const from = name.split('/')[0] ?? '';
    if (!name.includes('/')) continue;
    const text = await readFile(path.join(ROOT, 'src', name), 'utf8');
    const known = arrows.get(from) ?? new Set<string>();
    for (const [, spec = ''] of text.matchAll(/\bfrom '(\.[^']+)'/g)) {
      const target = path.posix.join(path.posix.dirname(name), spec);
      const to = target.split('/')[0] ?? '';
      if (target.includes('/') && to !== from && !target.startsWith('..')) known.add(to);
    }
    arrows.set(from, known);
  }
  return arrows;
}

const byOrder = (rooms: Iterable<string>) =>
  [...rooms].toSorted((a, b) => ROOMS.indexOf(a) - ROOMS.indexOf(b));

test('the picture shows the rooms that there are, in their order', async () => {
  const drawn = [...PAGE.matchAll(/^ {2}(\w+)\[/gm)].map(([, room]) => room);
  const there = [...(await readArrows()).keys()];
  expect(drawn).toEqual(byOrder(there));
});

test('the table of who imports whom is what the imports say', async () => {
  const arrows = await readArrows();
  const rows = byOrder(arrows.keys()).map(
    (room) =>
      `| \`${room}\` | ${
        byOrder(arrows.get(room) ?? [])
          .map((to) => `\`${to}\``)
          .join(', ') || 'nothing'
      } |`,
  );
  expect(PAGE).toContain(['| room | imports |', '| --- | --- |', ...rows].join('\n'));
});

test('every file that the page names is there', async () => {
  const there = new Set(await sources());
  const named = [...PAGE.matchAll(/`((?:\w[\w-]*\/)+[\w.-]+\.ts)`/g)]
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('cli/'));
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((name) => !there.has(name))).toEqual([]);
});

test.each([
  ['src/base/x.ts', 'src/http/y.ts'],
  ['src/polar/x.ts', 'src/record/y.rules.ts'],
  ['src/hear/x.ts', 'src/compare/y.ts'],
  ['src/record/x.ts', 'src/wiring.ts'],
  ['src/tell/events/x.rules.ts', 'src/base/y.ts'],
  ['src/sell/x.routes.ts', 'src/sell/y.rows.ts'],
  ['src/sell/x.ts', 'src/sell/y.routes.ts'],
  ['src/sell/x.rows.ts', 'src/sell/y.ts'],
  ['src/sell/x.ts', 'src/sell/y.answers.ts'],
  ['src/sell/x.routes.ts', 'src/sell/y.answers.ts'],
  ['src/cellar/x.ts', 'src/base/y.ts'],
])('%s may not import %s', (from, to) => {
  const [file, target] = [placeOf(from), placeOf(to)];
  expect(file && target && refuse(file, target)).toEqual(expect.any(String));
});

test.each([
  ['src/sell/x.ts', 'src/sell/y.rows.ts'],
  ['src/sell/x.rows.ts', 'src/base/y.ts'],
  ['src/operate/x.routes.ts', 'src/sell/y.ts'],
  ['src/app.ts', 'src/sell/y.routes.ts'],
  ['src/operate/x.docs.ts', 'src/sell/y.answers.ts'],
])('%s may import %s', (from, to) => {
  const [file, target] = [placeOf(from), placeOf(to)];
  expect(file && target && refuse(file, target)).toBeUndefined();
});

test.each([
  ['src/sell/x.ts', 'drizzle-orm'],
  ['src/sell/x.ts', '@polar-sh/sdk/2026-10'],
  ['src/sell/x.ts', 'hono'],
  ['src/sell/x.rules.ts', 'jose'],
])('%s may not import %s', (from, name) => {
  const file = placeOf(from);
  expect(file && refusePackage(file, name)).toEqual(expect.any(String));
});

test('the linter refuses what is planted', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-rooms-'));
  try {
    await mkdir(path.join(folder, 'cli/lint'), { recursive: true });
    await cp(path.join(ROOT, 'cli/lint/rooms.ts'), path.join(folder, 'cli/lint/rooms.ts'));
    await writeFile(
      path.join(folder, '.oxlintrc.json'),
      JSON.stringify({
        jsPlugins: ['./cli/lint/rooms.ts'],
        overrides: [{ files: ['src/**'], rules: { 'floe/rooms': 'error' } }],
      }),
    );
    const plant = async (name: string, text: string) => {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    };
    await plant('src/base/upward.ts', "import { x } from '../sell/x.ts';\nexport const y = x;\n");
    await plant('src/sell/x.ts', "import { sql } from 'drizzle-orm';\nexport const x = sql;\n");
    await plant(
      'src/sell/tables.ts',
      "import { apps } from '../base/db/schema.rows.ts';\nexport const y = apps;\n",
    );
    await plant('src/sell/fine.rows.ts', "import { sql } from 'drizzle-orm';\nexport const x = sql;\n");
    const lint = path.join(ROOT, 'node_modules/oxlint/bin/oxlint');
    const { stdout } = await promisify(execFile)(process.execPath, [lint, '--format=unix'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);
    expect(stdout).toMatch(/upward\.ts.*rooms import downward only/);
    expect(stdout).toMatch(/sell\/x\.ts.*SQL is written in \*\.rows\.ts only/);
    expect(stdout).toMatch(/tables\.ts.*SQL is written in \*\.rows\.ts only/);
    expect(stdout).not.toMatch(/fine\.rows/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

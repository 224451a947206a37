import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFloe } from '../../cli/build-packages.ts';

/* The package as it is published: built, alone in a folder. `npm run check:packages` packs it, and tries it under several Nodes. */

const PACKAGE = path.join(import.meta.dirname, '..', '..', 'packages', 'floe');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-package-'));
  await buildFloe(path.join(folder, 'dist'));
  for (const name of ['package.json', 'bin.mjs']) await cp(path.join(PACKAGE, name), path.join(folder, name));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [path.join(folder, 'bin.mjs'), ...args], { cwd: folder });

test('it runs beside nothing, and says the same as in a clone', async () => {
  expect((await run('--version')).stdout).toBe('0.1.0\n');
  const golden = await readFile(path.join(import.meta.dirname, 'golden', 'help', 'keys.txt'), 'utf8');
  expect(golden).toContain((await run('keys', 'create', '--help')).stdout);
});

test('the licences of what is built into it are in it', async () => {
  const built = await readFile(path.join(folder, 'dist', 'main.js'), 'utf8');
  for (const name of ['commander', '@clack/prompts', '@bomb.sh/tab', 'yocto-spinner', 'fast-wrap-ansi'])
    expect(built).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+\n\n.*(?:MIT|ISC|Copyright)`, 'mi'));
  expect(built).not.toContain('undefined, undefined');
});

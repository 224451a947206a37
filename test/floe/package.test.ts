import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFloe } from '../../cli/build-packages.ts';

/* The package as it is published: built, alone in a folder. `npm run check:packages` packs it, and tries it under several Nodes. */

const PACKAGE = path.join(import.meta.dirname, '..', '..', 'packages', 'floe');
const CONFIG = `
import { defineConfig } from 'floe/config';
const product: string = 'quay';
export default defineConfig({ product, plans: { monthly: { price: 500, every: 'month' } } });
`;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'floe-package-'));
  await buildFloe(path.join(folder, 'dist'));
  await writeFile(path.join(folder, 'floe.config.ts'), CONFIG);
  for (const name of ['package.json', 'bin.mjs']) await cp(path.join(PACKAGE, name), path.join(folder, name));
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, [path.join(folder, 'bin.mjs'), ...args], {
    cwd: folder,
    env: { ...process.env, FLOE_CONFIG_DIR: folder, POLAR_SANDBOX_ACCESS_TOKEN: '' },
  });

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

test('a configuration in TypeScript is read where nothing is installed, and what compiles it by nobody else', async () => {
  // The token is asked for when the configuration has been read.
  await expect(run('catalog', 'plan')).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringContaining('There is no access token of Polar’s for sandbox.'),
  });
  const isCompiler = (text: string) => text.includes('@babel/parser') || text.includes('babelTransform');
  expect(isCompiler(await readAll('main.js'))).toBe(false);
  const parts = await readdir(path.join(folder, 'dist', 'parts'));
  const texts = await Promise.all(parts.map((name) => readAll(path.join('parts', name))));
  expect(texts.some(isCompiler)).toBe(true);
});

/** A file of the program with all that it imports when it is loaded. */
async function readAll(name: string, read = new Set<string>()): Promise<string> {
  if (read.has(name)) return '';
  read.add(name);
  const text = await readFile(path.join(folder, 'dist', name), 'utf8');
  const imported = [...text.matchAll(/^(?:import|export)\b[^;]*?["'](\.[^"']+)["'];$/gm)];
  const others = imported.map(([, from = '']) => readAll(path.join(path.dirname(name), from), read));
  return [text, ...(await Promise.all(others))].join('\n');
}

test('an editor knows what a configuration may say', { timeout: 120_000 }, async () => {
  const site = path.join(folder, 'site');
  await mkdir(path.join(site, 'node_modules'), { recursive: true });
  await symlink(folder, path.join(site, 'node_modules', 'floe'));
  await writeFile(path.join(site, 'package.json'), '{"type":"module"}');
  await writeFile(path.join(site, 'floe.config.ts'), CONFIG);
  await writeFile(path.join(site, 'wrong.ts'), CONFIG.replace('price', 'prize'));
  const tsc = path.join(PACKAGE, '..', '..', 'node_modules', 'typescript', 'bin', 'tsc');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--exactOptionalPropertyTypes'];
  const compile = (file: string) =>
    promisify(execFile)(process.execPath, [tsc, ...options, path.join(site, file)], { cwd: site });
  await expect(compile('floe.config.ts')).resolves.toMatchObject({ stdout: '' });
  await expect(compile('wrong.ts')).rejects.toMatchObject({ stdout: expect.stringContaining("'prize'") });
});

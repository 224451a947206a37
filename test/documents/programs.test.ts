import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseTarGzip } from 'nanotar';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildFloe, buildSimulator } from '../../cli/build-packages.ts';
import { packKit } from '../../cli/pack-kit.ts';
import { type Block, fileOf, listDocuments, nameOf, readBlocks, ROOT } from './blocks.ts';
import { wayOf } from './ways.ts';

/* Programs in documents that have no test of their own, compiled strictly against the packages as they are installed. */

let site: string;
const written = new Map<string, Block>();
beforeAll(async () => {
  site = await mkdtemp(path.join(tmpdir(), 'floe-programs-'));
  const modules = path.join(site, 'node_modules');
  await installPacked(path.join(modules, '@floe', 'kit'));
  const simulator = path.join(modules, '@floe', 'polar-simulator');
  await mkdir(simulator, { recursive: true });
  await buildSimulator(path.join(simulator, 'dist'));
  await symlink(
    path.join(ROOT, 'packages', 'polar-simulator', 'package.json'),
    path.join(simulator, 'package.json'),
  );
  const floe = path.join(modules, 'floe');
  await mkdir(floe);
  await buildFloe(path.join(floe, 'dist'));
  await symlink(path.join(ROOT, 'packages', 'floe', 'package.json'), path.join(floe, 'package.json'));
  for (const name of ['@polar-sh', '@types', 'undici-types'])
    await symlink(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  await writeFile(path.join(site, 'package.json'), '{"type":"module"}');
  const blocks = (await Promise.all((await listDocuments()).map(readBlocks))).flat();
  for (const [index, block] of blocks.entries()) {
    if (wayOf(block)?.by !== 'test/documents/programs.test.ts') continue;
    // Two documents may each have a `src/server.ts`.
    const folder = path.join('programs', block.document.replaceAll(/\W/g, '-'));
    const name = path.join(folder, fileOf(block) ?? `${index}.ts`);
    written.set(name, block);
    await mkdir(path.dirname(path.join(site, name)), { recursive: true });
    await writeFile(path.join(site, name), `${block.text}\nexport {};\n`);
  }
  // What Astro has of its own in a site, as far as programs use it, and what its integration writes.
  await writeFile(
    path.join(site, 'programs', 'astro.d.ts'),
    `/// <reference types="floe/catalog-module" />
declare module 'astro/config' { export function defineConfig(config: { output: string; integrations: object[] }): object; }
declare module 'astro:env/server' { export function getSecret(name: string): string | undefined; }`,
  );
  // As a push of its configuration would write it.
  const ids = { product: 'quay', products: { 'quay:monthly': {} }, benefits: {}, discounts: {}, meters: {} };
  await writeFile(path.join(site, 'programs', 'docs-catalog-md', 'floe.lock.json'), JSON.stringify(ids));
}, 300_000);
afterAll(() => rm(site, { recursive: true, force: true }));

test('programs compile against what is installed', { timeout: 120_000 }, async () => {
  expect(written.size).toBeGreaterThan(3);
  expect(await compile()).toBe('');
});

test('one that does not compile is named', { timeout: 120_000 }, async () => {
  const [name = '', block] = [...written].find(([, { text }]) => /@floe\/kit[^]*resource:/.test(text)) ?? [];
  await writeFile(path.join(site, name), block?.text.replace('resource:', 'resourse:') ?? '');
  expect(await compile(), block && nameOf(block)).toContain(name);
});

/** @returns what the compiler has to say */
async function compile(): Promise<string> {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    module: 'NodeNext',
    resolveJsonModule: true,
    target: 'ES2022',
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    types: ['node'],
    noEmit: true,
    skipLibCheck: true,
  };
  await writeFile(
    path.join(site, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['programs'] }),
  );
  const tsc = path.join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  return promisify(execFile)(process.execPath, [tsc, '-p', site]).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string }) => error.stdout ?? 'tsc failed',
  );
}

/** As a package manager does it. */
async function installPacked(folder: string): Promise<void> {
  for (const { name, data } of await parseTarGzip(await packKit())) {
    const file = path.join(folder, name.replace(/^package\//, ''));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, data ?? '');
  }
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import * as z from 'zod';

/* What `npm ci` installs, and what it leaves for tests and checks (ADR 80). */

const ROOT = path.join(import.meta.dirname, '..', '..');
const readJson = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(path.join(ROOT, name), 'utf8'));

/** Everything that an evaluator types: npm start, npm run polar, and the deployment's commands. */
const ENTRIES = [
  'cli/start.ts',
  'cli/build.ts',
  'packages/polar-simulator/main.ts',
  'packages/kit/elements/script.ts',
  'packages/kit/content/index.ts',
  'src/index.ts',
];

test('what npm start and a deployment import is among the dependencies, and not among those that npm ci leaves out', async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ENTRIES,
    outdir: '.',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    external: ['cloudflare:*'],
    logLevel: 'error',
  });
  const imported = Object.values(metafile.inputs)
    .flatMap(({ imports }) => imports)
    .filter((each) => each.external && !/^(?:node|cloudflare):/.test(each.path))
    .map((each) => /^(?:@[^/]+\/)?[^/]+/.exec(each.path)?.[0] ?? '');
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(await readJson('package.json'));
  expect([...new Set(imported)].filter((name) => !Object.hasOwn(dependencies, name))).toEqual([]);
  expect(imported.length).toBeGreaterThan(10);
});

const lockFile = z.object({
  packages: z.record(
    z.string(),
    z.object({
      dev: z.optional(z.boolean()),
      engines: z.optional(z.unknown()),
      optionalDependencies: z.optional(z.record(z.string(), z.string())),
    }),
  ),
});

test('npm ci does not warn of packages that only the installed Node runs (else: npm run lock)', async () => {
  const { packages } = lockFile.parse(await readJson('package-lock.json'));
  const warned = Object.entries(packages)
    .filter(([name, one]) => name.startsWith('node_modules/') && !one.dev && one.engines !== undefined)
    .map(([name]) => name);
  expect(warned).toEqual([]);
});

test('the lock has the files of every system, not only of the one that wrote it (else: npm run lock)', async () => {
  const { packages } = lockFile.parse(await readJson('package-lock.json'));
  const there = new Set(Object.keys(packages).map((name) => name.split('node_modules/').at(-1)));
  const missing = Object.values(packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => !there.has(name));
  expect(missing).toEqual([]);
});

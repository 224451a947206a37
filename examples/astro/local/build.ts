import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, glob, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const ROOT = path.join(import.meta.dirname, '..', '..', '..');
const BUILDS = path.join(ROOT, 'node_modules', '.cache', 'floe-example-astro');
const DAY_MS = 24 * 60 * 60_000;
/** All that a build is made of. */
const SOURCES = [
  'examples/astro/{src,public}/**',
  'examples/astro/{astro.config.ts,floe.config.yaml}',
  'packages/kit/{,content/}*.ts',
  'packages/floe/{integration,catalog}/**/*.ts',
  'package-lock.json',
];

/**
 * Builds the site with Astro, unless it has been built from the very same sources before. Resolves to the file that runs
 * it. Takes a few seconds; asks no network.
 */
export async function buildSite(): Promise<string> {
  const directory = path.join(BUILDS, await fingerprint());
  const entry = path.join(directory, 'server', 'entry.mjs');
  if (await exists(entry)) return entry;
  await mkdir(BUILDS, { recursive: true });
  const others = await readdir(BUILDS);
  const unfinished = `${directory}.${process.pid}`;
  try {
    const astro = path.join(ROOT, 'node_modules', 'astro', 'bin', 'astro.mjs');
    const options = ['--root', path.join('examples', 'astro'), '--outDir', unfinished, '--silent'];
    await promisify(execFile)(process.execPath, [astro, 'build', ...options], {
      cwd: ROOT,
      env: { ...process.env, ASTRO_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
    });
    await rename(unfinished, directory);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process has built the same meanwhile.
    if (!(await exists(entry))) throw error;
  }
  for (const other of others.map((name) => path.join(BUILDS, name))) {
    // A younger one may be running.
    const { mtimeMs } = await stat(other).catch(() => ({ mtimeMs: Infinity }));
    if (Date.now() - mtimeMs > DAY_MS) await rm(other, { recursive: true, force: true });
  }
  return entry;
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  const found = await Array.fromAsync(glob(SOURCES, { cwd: ROOT, withFileTypes: true }));
  const files = found.filter((each) => each.isFile()).map((each) => path.join(each.parentPath, each.name));
  for (const file of files.toSorted()) {
    hash.update(`${path.relative(ROOT, file)}\0`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { experimental_readRawConfig as readRawConfig } from 'wrangler';
import { POLAR_SCOPES } from '../src/base/polar-scopes.rules.ts';
import { POLAR_EVENT_TYPES } from '../src/polar/kinds.rules.ts';

/*
 * Makes the release: what `floe setup` and `floe upgrade` deploy, without a build where they run. It is the Worker as wrangler bundles it, its static
 * files, the migrations, the settings for wrangler without what belongs to one deployment, and a manifest. It is in the published package `floe`;
 * in a clone the commands make it when they need it. The same sources make the same bytes.
 */
const ROOT = path.join(import.meta.dirname, '..');

/** What a release says of itself, `manifest.json`. */
interface Manifest {
  /** Of Floe. */
  version: string;
  /** SHA-256 of all files of the release but this one, hexadecimal. */
  hash: string;
  /** File names, in the order in which they are applied. */
  migrations: string[];
  /** The types that its webhook endpoint at Polar has to be registered for. */
  polar_event_types: readonly string[];
  /** What it does at Polar, and the scopes that an access token needs for that. */
  polar_scopes: Record<string, readonly string[]>;
}

/** Writes a release to `outDir`, in place of what was there. @throws with what wrangler says when it does not bundle */
export async function buildRelease(outDir: string): Promise<void> {
  await mkdir(path.dirname(outDir), { recursive: true });
  const draft = await mkdtemp(`${outDir}-`);
  try {
    await bundleWorker(path.join(draft, 'worker'));
    await cp(path.join(ROOT, '.floe', 'assets'), path.join(draft, 'assets'), { recursive: true });
    const migrations = (await readdir(path.join(ROOT, 'migrations'))).filter((name) => name.endsWith('.sql'));
    await mkdir(path.join(draft, 'migrations'));
    for (const name of migrations)
      await cp(path.join(ROOT, 'migrations', name), path.join(draft, 'migrations', name));
    await writeFile(path.join(draft, 'wrangler.json'), `${JSON.stringify(readSettings(), null, 2)}\n`);
    const manifest: Manifest = {
      version: await readVersion(),
      hash: await hashOf(draft),
      migrations: migrations.toSorted(),
      polar_event_types: POLAR_EVENT_TYPES,
      polar_scopes: POLAR_SCOPES,
    };
    await writeFile(path.join(draft, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(outDir, { recursive: true, force: true });
    await rename(draft, outDir);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** The one module that wrangler would upload. It also makes the static files (`[build]` in wrangler.toml). */
async function bundleWorker(outDir: string): Promise<void> {
  const wrangler = createRequire(import.meta.url).resolve('wrangler/package.json');
  const bin = path.join(path.dirname(wrangler), 'bin', 'wrangler.js');
  const args = ['deploy', '--dry-run', '--outdir', outDir, '--config', path.join(ROOT, 'wrangler.toml')];
  await promisify(execFile)(process.execPath, [bin, ...args], {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: '1' },
  }).catch((error: { stdout?: string; stderr?: string }) => {
    throw new Error(`The Worker does not bundle:\n${error.stdout}${error.stderr}`, { cause: error });
  });
  // Its map is six times as large, and nobody looks at the README.
  for (const name of await readdir(outDir)) if (!name.endsWith('.js')) await rm(path.join(outDir, name));
}

/** wrangler.toml, for what is bundled already. */
function readSettings(): object {
  const { rawConfig } = readRawConfig({ config: path.join(ROOT, 'wrangler.toml') });
  const { build: _, minify: __, keep_names: ___, assets, ...settings } = rawConfig;
  return {
    ...settings,
    main: 'worker/index.js',
    no_bundle: true,
    assets: { ...assets, directory: 'assets' },
  };
}

async function readVersion(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version);
  throw new Error('package.json has no version.');
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'));
  for (const name of files.toSorted())
    hash
      .update(`${name}\0`)
      .update(await readFile(path.join(folder, name)))
      .update('\0');
  return hash.digest('hex');
}

if (import.meta.main)
  await buildRelease(path.resolve(process.argv[2] ?? path.join(ROOT, '.floe', 'release')));

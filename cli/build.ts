import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import { createApp } from '../src/app.ts';
import { routesOf } from '../src/http/route.ts';
import { buildDocs } from './docs/build-docs.ts';
import { buildOpenApi } from './openapi.ts';
import { nameOfKit, packKit } from './pack-kit.ts';

/*
 * Makes the Worker's static files: the OpenAPI document, the documentation, and the script for sites' pages. Wrangler runs this before every
 * bundle (`[build]` in wrangler.toml), so the documents are always those of the code beside them, and cost the Worker nothing.
 */
const ROOT = path.join(import.meta.dirname, '..');
const OUT = path.join(ROOT, '.floe', 'assets');

/** Writes `.floe/assets`: `openapi.json`, the pages of `docs/`, `kit/floe.js` and the packed kit. */
export async function buildAssets(): Promise<void> {
  const manifest: unknown = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? String(manifest.version)
      : '0.0.0';
  const openapi = JSON.stringify(buildOpenApi(routesOf(createApp()), version));
  await replace({
    'openapi.json': openapi,
    // As others read it: without what JSON does not have.
    ...(await buildDocs(JSON.parse(openapi))),
    'kit/floe.js': await buildScript(),
    [`kit/${await nameOfKit()}`]: await packKit(),
  });
}

/** Each file at once: a gateway that runs already may be reading what it serves. What is no longer made goes. */
async function replace(files: Record<string, string | Uint8Array>): Promise<void> {
  await mkdir(OUT, { recursive: true });
  const drafts = await mkdtemp(path.join(ROOT, '.floe', 'assets-'));
  for (const [name, content] of Object.entries(files)) {
    const draft = path.join(drafts, 'draft');
    const file = path.join(OUT, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(draft, content);
    await rename(draft, file);
  }
  await rm(drafts, { recursive: true });
  const made = new Set(Object.keys(files).map((name) => path.join(OUT, name)));
  for (const entry of await readdir(OUT, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !made.has(file)) await rm(file, { force: true });
  }
}

/** `kit/floe.js`: the elements as one file, for pages that have no build. */
async function buildScript(): Promise<Uint8Array> {
  const {
    outputFiles: [script],
  } = await build({
    entryPoints: [path.join(ROOT, 'packages', 'kit', 'elements', 'script.ts')],
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
  });
  if (!script) throw new Error('esbuild made no script.');
  return script.contents;
}

if (import.meta.main) await buildAssets();

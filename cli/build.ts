import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { createApp } from '../src/app.ts';
import { routesOf } from '../src/http/route.ts';
import { buildOpenApi } from './openapi.ts';
import { nameOfKit, packKit } from './pack-kit.ts';

/*
 * Makes the Worker's static files: the OpenAPI document, the page that shows it, and the script for sites' pages. Wrangler runs this before every
 * bundle (`[build]` in wrangler.toml), so the document is always that of the code beside it, and costs the Worker nothing.
 */
const ROOT = path.join(import.meta.dirname, '..');
const OUT = path.join(ROOT, '.floe', 'assets');

/** Writes `.floe/assets`: `openapi.json`, `docs/index.html`, the viewer's files, `kit/floe.js` and the packed kit. */
export async function buildAssets(): Promise<void> {
  const manifest: unknown = JSON.parse(await readFile(path.join(ROOT, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? String(manifest.version)
      : '0.0.0';
  const viewer = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  await replace({
    'openapi.json': JSON.stringify(buildOpenApi(routesOf(createApp()), version)),
    'docs/swagger-ui.css': await readFile(path.join(viewer, 'swagger-ui.css')),
    'docs/swagger-ui-bundle.js': await readFile(path.join(viewer, 'swagger-ui-bundle.js')),
    'docs/start.js': START,
    'docs/index.html': PAGE,
    'kit/floe.js': await buildScript(),
    [`kit/${await nameOfKit()}`]: await packKit(),
  });
}

/** Each file at once: a gateway that runs already may be reading what it serves. */
async function replace(files: Record<string, string | Uint8Array>): Promise<void> {
  await mkdir(path.join(OUT, 'docs'), { recursive: true });
  await mkdir(path.join(OUT, 'kit'), { recursive: true });
  const drafts = await mkdtemp(path.join(ROOT, '.floe', 'assets-'));
  for (const [name, content] of Object.entries(files)) {
    const draft = path.join(drafts, path.basename(name));
    await writeFile(draft, content);
    await rename(draft, path.join(OUT, name));
  }
  await rm(drafts, { recursive: true });
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

// A file of its own: the page's policy allows no inline script.
const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#reference', deepLinking: true, docExpansion: 'list', defaultModelsExpandDepth: 0 });\n`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Floe API reference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="reference"><noscript>The same reference as data: <a href="/openapi.json">/openapi.json</a></noscript></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`;

if (import.meta.main) await buildAssets();

import path from 'node:path';
import { build } from 'esbuild';
import { buildAssets } from '../build.ts';
import { EXTERNALS } from '../bundle-externals.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** What the Worker is made of: its static files and its bundle. Takes no settings, so it can run before they are known. */
export async function buildGateway(): Promise<string> {
  const [, bundle] = await Promise.all([
    buildAssets(),
    build({
      entryPoints: [path.join(ROOT, 'src', 'index.ts')],
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2024',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      conditions: ['workerd', 'worker', 'browser', 'import'],
      external: EXTERNALS,
      sourcemap: 'inline',
      sourcesContent: false,
      logLevel: 'error',
    }),
  ]);
  const script = bundle.outputFiles[0]?.text;
  if (script === undefined) throw new Error('The Worker did not bundle.');
  return script;
}

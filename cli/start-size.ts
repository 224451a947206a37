import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { EXTERNALS } from './bundle-externals.ts';

const ROOT = path.join(import.meta.dirname, '..');

/**
 * The most that may be evaluated when an isolate starts, KB of gzip. Customers wait for it whenever an isolate is new. A
 * commit may raise it that says why, in a line of its message that begins with `Ceiling:` (ADR 72).
 */
export const MAX_START_GZIP_KB = 77;

export interface AtStart {
  gzipBytes: number;
  /** Bytes by package or folder of ours, largest first. */
  parts: { name: string; bytes: number }[];
}

/**
 * What an isolate evaluates before its first request: the Worker without the modules that are loaded by `import()`, as the
 * bundler makes it.
 */
export async function bundleStart(entry = 'src/index.ts'): Promise<AtStart> {
  const { outputFiles, metafile } = await build({
    entryPoints: [path.join(ROOT, entry)],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    external: EXTERNALS,
    conditions: ['workerd', 'worker', 'browser'],
    format: 'esm',
    target: 'es2024',
    plugins: [
      {
        name: 'without what is loaded later',
        setup: (bundler) =>
          bundler.onResolve({ filter: /^\./ }, ({ kind, path: imported }) =>
            kind === 'dynamic-import' ? { path: imported, external: true } : undefined,
          ),
      },
    ],
  });
  const gzipBytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).byteLength;
  return { gzipBytes, parts: sumParts(metafile) };
}

function sumParts(meta: Metafile): AtStart['parts'] {
  const sums = new Map<string, number>();
  for (const { inputs } of Object.values(meta.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const name =
        /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? /(src\/[^/]+)/.exec(file)?.[1] ?? file;
      sums.set(name, (sums.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...sums].map(([name, bytes]) => ({ name, bytes })).sort((a, b) => b.bytes - a.bytes);
}

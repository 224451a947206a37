import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

export const ROOT = path.join(import.meta.dirname, '..');

export interface Bundle {
  script: string;
  bytes: number;
  gzipBytes: number;
  /** Bytes in the bundle by package or folder of ours, largest first. */
  parts: { name: string; bytes: number }[];
}

/** The Worker exactly as `wrangler deploy` would upload it: its bundler, its settings, nothing sent. */
export async function bundleGateway(): Promise<Bundle> {
  const out = await mkdtemp(path.join(tmpdir(), 'floe-bench-'));
  try {
    const wrangler = path.join(ROOT, 'node_modules', '.bin', 'wrangler');
    await promisify(execFile)(wrangler, ['deploy', '--dry-run', '--metafile', '--outdir', out], {
      cwd: ROOT,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' },
    });
    const script = await readFile(path.join(out, 'index.js'), 'utf8');
    const meta: unknown = JSON.parse(await readFile(path.join(out, 'bundle-meta.json'), 'utf8'));
    return {
      script,
      bytes: Buffer.byteLength(script),
      gzipBytes: gzipSync(script, { level: 9 }).byteLength,
      parts: sumParts(meta as Metafile),
    };
  } finally {
    await rm(out, { recursive: true });
  }
}

/** A floor Worker, bundled as small as the gateway is. */
export async function bundleFloor(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'floors', `${name}.ts`)],
    bundle: true,
    write: false,
    minify: true,
    external: ['cloudflare:*'],
    format: 'esm',
    target: 'es2024',
  });
  return outputFiles[0]?.text ?? '';
}

interface Metafile {
  outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
}

function sumParts(meta: Metafile): Bundle['parts'] {
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

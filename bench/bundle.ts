import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { type AtStart, bundleStart } from '../cli/start-size.ts';

export const ROOT = path.join(import.meta.dirname, '..');

export interface Bundle {
  script: string;
  bytes: number;
  gzipBytes: number;
  /** What is evaluated when an isolate starts; the rest is evaluated when it is first asked for. */
  start: AtStart;
}

/** The Worker exactly as `wrangler deploy` would upload it: its bundler, its settings, nothing sent. */
export async function bundleGateway(): Promise<Bundle> {
  const out = await mkdtemp(path.join(tmpdir(), 'floe-bench-'));
  try {
    const wrangler = path.join(ROOT, 'node_modules', '.bin', 'wrangler');
    await promisify(execFile)(wrangler, ['deploy', '--dry-run', '--outdir', out], {
      cwd: ROOT,
      env: { ...process.env, WRANGLER_SEND_METRICS: 'false', WRANGLER_WRITE_LOGS: 'false' },
    });
    const script = await readFile(path.join(out, 'index.js'), 'utf8');
    return {
      script,
      bytes: Buffer.byteLength(script),
      gzipBytes: gzipSync(script, { level: 9 }).byteLength,
      start: await bundleStart(),
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

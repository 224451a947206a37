import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { makeKit } from './build-packages.ts';

/* The kit as package managers install it, as `npm pack` would make it: `npm install https://pay.example.com/kit/floe-kit-0.1.0.tgz`. */
const KIT = path.join(import.meta.dirname, '..', 'packages', 'kit');
/** What npm sets as well: the same files make the same bytes, so that lock files of sites stay right. */
const MTIME_MS = Date.UTC(1985, 9, 26, 8, 15);

/** The name of the packed kit's file, which has the kit's version. */
export async function nameOfKit(): Promise<string> {
  return `floe-kit-${(await readManifest()).version}.tgz`;
}

/** The packed kit. */
export async function packKit(): Promise<Uint8Array> {
  const manifest = await readManifest();
  // They are of this repository.
  delete manifest.scripts;
  const built = [...(await makeKit())].map(([name, text]) => [`dist/${name}`, text] as const);
  const files = [
    ['package.json', `${JSON.stringify(manifest, null, 2)}\n`],
    ['LICENSE', await readFile(path.join(KIT, 'LICENSE'), 'utf8')],
    ['README.md', await readFile(path.join(KIT, 'README.md'), 'utf8')],
    ...built,
  ] as const;
  const tar = createTar(
    files.map(([name, data]) => ({ name: `package/${name}`, data })),
    { attrs: { mtime: MTIME_MS, mode: '644', uid: 0, gid: 0 } },
  );
  return gzipSync(tar, { level: 9 });
}

async function readManifest(): Promise<{ version?: string; scripts?: unknown }> {
  return JSON.parse(await readFile(path.join(KIT, 'package.json'), 'utf8'));
}

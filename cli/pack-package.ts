import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';

/* Packages as package managers install them, as `npm pack` would make them. */
const PACKAGES = path.join(import.meta.dirname, '..', 'packages');
/** What npm sets as well: the same files make the same bytes, so that lock files of sites stay right. */
const MTIME_MS = Date.UTC(1985, 9, 26, 8, 15);

/** The version of a package, by its folder's name. */
export const versionOf = async (folder: string): Promise<string | undefined> =>
  (await readManifest(folder)).version;

/** A package packed. `built`: the files of its `dist`, in order; `own`: the files beside its manifest, README and licence. */
export async function packPackage(
  folder: string,
  built: Iterable<readonly [name: string, data: string]>,
  own: readonly string[] = [],
): Promise<Uint8Array> {
  const manifest = await readManifest(folder);
  // They are of this repository.
  delete manifest.scripts;
  const read = async (name: string) =>
    [name, await readFile(path.join(PACKAGES, folder, name), 'utf8')] as const;
  const files = [
    ['package.json', `${JSON.stringify(manifest, null, 2)}\n`] as const,
    ...(await Promise.all(['LICENSE', 'README.md', ...own].map(read))),
    ...[...built].map(([name, data]) => [`dist/${name}`, data] as const),
  ];
  const tar = createTar(
    files.map(([name, data]) => ({ name: `package/${name}`, data })),
    { attrs: { mtime: MTIME_MS, mode: '644', uid: 0, gid: 0 } },
  );
  return gzipSync(tar, { level: 9 });
}

async function readManifest(folder: string): Promise<{ version?: string; scripts?: unknown }> {
  return JSON.parse(await readFile(path.join(PACKAGES, folder, 'package.json'), 'utf8'));
}

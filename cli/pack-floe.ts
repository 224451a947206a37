import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildFloe } from './build-packages.ts';
import { packPackage, versionOf } from './pack-package.ts';

/** The name of the packed command line's file, which has its version. */
export const nameOfFloe = async (): Promise<string> => `floe-${await versionOf('floe')}.tgz`;

/** The packed command line, without the release that `floe setup` deploys: who has `npm start` has its sources. */
export async function packFloe(): Promise<Uint8Array> {
  const folder = await mkdtemp(path.join(tmpdir(), 'floe-packed-'));
  try {
    await buildFloe(folder);
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .toSorted();
    const built = await Promise.all(
      files.map(
        async (name) =>
          [name.replaceAll(path.sep, '/'), await readFile(path.join(folder, name), 'utf8')] as const,
      ),
    );
    return await packPackage('floe', built, ['bin.mjs']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

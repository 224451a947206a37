import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { CatalogFile } from '../model/catalog.rules.ts';
import { mimeTypeOf } from '../naming/mime-types.rules.ts';
import { fileKey } from '../there/object-keys.rules.ts';

/** A file to be sold, or undefined when it is not there. It is read once through: what identifies it is what is in it. */
export async function readSoldFile(
  whole: string,
  service: CatalogFile['service'],
  version: string | null = null,
): Promise<CatalogFile | undefined> {
  const found = await stat(whole).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(whole), hash);
  const name = path.basename(whole);
  const checksum_sha256_base64 = hash.digest('base64');
  const file = { name, service, checksum_sha256_base64 };
  return { ...file, key: fileKey(file), mime_type: mimeTypeOf(name), size: found.size, version };
}

/**
 * A file of the repository to be sold, or undefined when it is not there, or not beneath its folder, also by a link: whatever else lies on a machine is
 * no part of what was reviewed, and buyers would get it.
 */
export async function readOwnFile(
  folder: string,
  whole: string,
  service: CatalogFile['service'],
  version: string | null = null,
): Promise<CatalogFile | undefined> {
  const [real, root] = await Promise.all([realpath(whole), realpath(folder)]).catch(() => []);
  if (real === undefined || root === undefined) return undefined;
  return isBeneath(root, real) ? readSoldFile(whole, service, version) : undefined;
}

/** Whether a path is beneath a folder, and not the folder itself. */
export function isBeneath(folder: string, whole: string): boolean {
  const beneath = path.relative(folder, whole);
  return beneath !== '' && !path.isAbsolute(beneath) && beneath.split(path.sep)[0] !== '..';
}

/** A file that is not on this machine, and that Polar may have: it is known by its bytes' SHA-256. Undefined when that is not said. */
export function knownFile(
  { path: said, version, sha256 }: { path: string; version: string | null; sha256?: string | undefined },
  service: CatalogFile['service'],
): CatalogFile | undefined {
  if (sha256 === undefined) return undefined;
  const name = path.basename(said);
  const checksum_sha256_base64 = Buffer.from(sha256, 'hex').toString('base64');
  const file = { name, service, checksum_sha256_base64 };
  return { ...file, key: fileKey(file), mime_type: mimeTypeOf(name), size: 0, version };
}

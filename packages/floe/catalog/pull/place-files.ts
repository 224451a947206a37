import path from 'node:path';
import { escapePath, glob } from 'tinyglobby';
import type { Context } from '../../context.ts';
import type { CatalogFile } from '../model/catalog.rules.ts';
import type { CatalogPolar } from '../open-catalog.ts';
import { readOwnFile, readSoldFile } from '../source/read-files.ts';
import { fileKey } from '../there/object-keys.rules.ts';
import type { Wire } from '../there/polar-objects.rules.ts';
import { fetchFile } from './fetch-file.ts';

interface PlacedFile {
  /** Beneath the folder of the configuration, with slashes. */
  path: string;
  isHere: boolean;
}

interface Placing {
  folder: string;
  wire: Wire;
  /** Whether what is not here is brought here. */
  isFetched: boolean;
}

/** Finds each file beneath the folder by what is in it, or brings it there. By key. */
export async function placeFiles(
  context: Context,
  polar: CatalogPolar,
  files: readonly CatalogFile[],
  { folder, wire, isFetched }: Placing,
): Promise<Map<string, PlacedFile>> {
  const placed = new Map<string, PlacedFile>();
  const taken = new Set<string>();
  for (const file of files) {
    const here = await findFile(folder, file);
    const name = here ?? (await freePath(folder, file, taken));
    taken.add(name);
    const there = wire.files.find((each) => fileKey(each) === file.key);
    const isHere =
      here !== undefined ||
      (isFetched &&
        there !== undefined &&
        // A name that leads elsewhere is no file of this folder.
        path.basename(file.name) === file.name &&
        file.name !== '..' &&
        (await fetchFile(context, polar, { file: there, benefits: wire.benefits }, path.join(folder, name))));
    placed.set(file.key, { path: name, isHere });
  }
  return placed;
}

async function findFile(folder: string, file: CatalogFile): Promise<string | undefined> {
  const found = await glob(`**/${escapePath(file.name)}`, {
    cwd: folder,
    ignore: ['**/node_modules/**'],
    onlyFiles: true,
    expandDirectories: false,
  });
  for (const name of found.toSorted()) {
    const { key } = (await readOwnFile(folder, path.join(folder, name), file.service)) ?? {};
    if (key === file.key) return name;
  }
  return undefined;
}

const FOLDER = 'files';
const CHARS = 6;

async function freePath(folder: string, file: CatalogFile, taken: ReadonlySet<string>): Promise<string> {
  const plain = `${FOLDER}/${file.name}`;
  const isFree =
    !taken.has(plain) && (await readSoldFile(path.join(folder, plain), file.service)) === undefined;
  if (isFree) return plain;
  const hex = Buffer.from(file.checksum_sha256_base64, 'base64').toString('hex');
  return `${FOLDER}/${hex.slice(0, CHARS)}/${file.name}`;
}

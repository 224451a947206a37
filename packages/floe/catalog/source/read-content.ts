import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import type { CatalogFile } from '../model/catalog.rules.ts';
import type { Config } from './config.rules.ts';
import { downloadsOf } from './page-downloads.rules.ts';
import { catalogOfPages } from './pages-catalog.rules.ts';
import { readOwnFile } from './read-files.ts';
import type { PageFile } from './sold-pages.rules.ts';

/** Reads the pages of a configuration, and the files that they give: by what pages call them, and where they are, by their keys. */
export async function readContent(config: Config, folder: string, onUnmatched?: (pattern: string) => void) {
  const files = await readPages(config, folder, onUnmatched);
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const sold = new Map<string, CatalogFile>();
  const paths = new Map<string, string>();
  for (const name of new Set(downloadsOf(files))) {
    const whole = path.join(folder, decodeURIComponent(name));
    const found = await readOwnFile(folder, whole, 'downloadable');
    if (!found) continue;
    sold.set(name, found);
    paths.set(found.key, whole);
  }
  return { files, pages: catalogOfPages(config, files, hash, sold), sold, paths };
}

/** The pages of a configuration, in its order. `onUnmatched`: told of each pattern that names none. */
export async function readPages(
  config: Pick<Config, 'content'>,
  folder: string,
  onUnmatched?: (pattern: string) => void,
): Promise<PageFile[]> {
  const files = new Map<string, PageFile>();
  for (const entry of config.content) {
    const { include, exclude, group } =
      typeof entry === 'string' ? { include: entry, exclude: [], group: undefined } : entry;
    const found = await glob(include, {
      cwd: folder,
      ignore: exclude,
      onlyFiles: true,
      expandDirectories: false,
    });
    if (found.length === 0) onUnmatched?.(include);
    for (const file of found.toSorted()) {
      // The first pattern that names a page says how it is sold.
      if (files.has(file)) continue;
      files.set(file, {
        file,
        text: await readFile(path.join(folder, file), 'utf8'),
        groupIndex: group?.index,
      });
    }
  }
  return [...files.values()];
}

import type { CatalogFile } from '../model/catalog.rules.ts';
import { readFrontmatter } from './frontmatter.rules.ts';
import type { PageFile, SoldPage } from './sold-pages.rules.ts';
import type { Fault } from './yaml-text.rules.ts';

/* Files that pages give with what they sell. */

/** A path as an address has it: `100%.pdf` and `a?.pdf` are names of files. */
const spell = (path: string) => path.split('/').map(encodeURIComponent).join('/');

/** A file that a page gives, beneath the folder of the configuration, as an address has it: `content/blog/files/a.pdf`. Nothing leads out of the folder. */
const downloadPath = (page: string, file: string): string =>
  new URL(spell(file), `file:///${spell(page)}`).pathname.slice(1);

/** The files that pages give with what they sell. What is wrong with a page is said by `catalogOfPages`. */
export function downloadsOf(files: readonly PageFile[]): string[] {
  return files.flatMap(({ file, text }) => {
    const read = readFrontmatter(text, file);
    if (read === undefined || 'faults' in read) return [];
    return read.fields.downloads.map((each) => downloadPath(file, each.file));
  });
}

/** Keys of what a page gives, each once. */
export function filesOf(
  { file, fields, lineOf }: SoldPage,
  sold: ReadonlyMap<string, CatalogFile>,
  faults: Fault[],
): string[] {
  const keys = fields.downloads.flatMap((each, i) => {
    const found = sold.get(downloadPath(file, each.file));
    if (found) return [found.key];
    const path = ['downloads', i, 'file'] as const;
    faults.push({
      file,
      line: lineOf(path),
      field: path.join('.'),
      message: `there is no file ${each.file}`,
    });
    return [];
  });
  return [...new Set(keys)];
}

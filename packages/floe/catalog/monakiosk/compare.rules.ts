import path from 'node:path';
import type { Config } from '../source/config.rules.ts';
import { readFrontmatter } from '../source/frontmatter.rules.ts';
import { type PageFile, readPage } from '../source/sold-pages.rules.ts';
import { type MonaKiosk, monaKioskId, type Remark, type State } from './monakiosk.rules.ts';

/* Pages and files that MonaKiosk has sold under another name than we would: they would become further products, and further files. */

/** `pages`: of one collection of MonaKiosk's. */
export function comparePages(
  config: Config,
  { include, group }: MonaKiosk['collections'][number],
  pages: readonly PageFile[],
): Remark[] {
  return pages.flatMap((page) => {
    const [sold] = readPage(config, page, []);
    const read = readFrontmatter(page.text, page.file);
    if (!sold || read === undefined || 'faults' in read) return [];
    const theirs = monaKioskId(page.file, include, read.fields.slug);
    const same = group === undefined ? sold.id : (sold.alsoKnownAs ?? sold.id);
    if (theirs === undefined || theirs === same) return [];
    const message = `MonaKiosk sells it as ${theirs}, and here it is ${sold.id}: another product. A slug in its frontmatter mends it: slug: ${theirs.slice(theirs.indexOf('/') + 1)}`;
    return [{ what: page.file, message }];
  });
}

export interface LocalFile {
  /** Beneath the site's folder, with slashes. */
  file: string;
  /** SHA-256, in hexadecimal. */
  checksum: string;
}

/** What of the files that pages give has to be uploaded once more, and why. */
export function compareFiles({ files }: State, locals: readonly LocalFile[]): Remark[] {
  return locals.flatMap(({ file, checksum }) => {
    const { [file]: known } = files;
    if (!known) return [{ what: file, message: 'MonaKiosk has not uploaded it; a push does' }];
    if (known.checksum !== checksum)
      return [{ what: file, message: 'it has changed since MonaKiosk uploaded it; a push uploads it' }];
    const [first = file] =
      Object.entries(files).find(([, { polarFileId }]) => polarFileId === known.polarFileId) ?? [];
    return path.basename(first) === path.basename(file)
      ? []
      : [
          {
            what: file,
            message: `MonaKiosk gives ${first} for it, which has the same bytes; a push uploads it under its own name`,
          },
        ];
  });
}

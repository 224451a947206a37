import { slug as spell } from 'github-slugger';
import { contentIdOf } from '../naming/content-ids.rules.ts';
import type { Config } from './config.rules.ts';
import { type PageFields, readFrontmatter } from './frontmatter.rules.ts';
import type { Fault, LineOf } from './yaml-text.rules.ts';

/* Which pages are sold, and as what. */

/** A file of a collection. */
export interface PageFile {
  /** Beneath the folder of the configuration, with slashes. */
  file: string;
  text: string;
  /** The name of the page that sells its folder; undefined where each page is sold alone. */
  groupIndex?: string | undefined;
}

export interface SoldPage {
  file: string;
  id: string;
  collection: string;
  locale: string | undefined;
  isGroup: boolean;
  /** What MonaKiosk calls the page of a course: it has the name of the index, where ours has the folder. */
  alsoKnownAs: string | undefined;
  fields: PageFields;
  lineOf: LineOf;
}

export const titleOf = ({ fields, id }: SoldPage): string => fields.title ?? id.split('/').at(-1) ?? id;

/** A page with a price; nothing for one that is sold by nobody. What is wrong is added to `faults`. */
export function readPage(config: Config, { file, text, groupIndex }: PageFile, faults: Fault[]): SoldPage[] {
  const read = readFrontmatter(text, file);
  if (read === undefined) return [];
  if ('faults' in read) {
    faults.push(...read.faults);
    return [];
  }
  const { fields, lineOf } = read;
  if (fields.free) {
    faults.push({ file, line: lineOf(['free']), field: 'free', message: 'is true beside a price' });
    return [];
  }
  const { locales, contentRoot: root } = config;
  const found = contentIdOf(withoutIndex(file, groupIndex), fields.slug, {
    locales,
    ...(root === undefined ? {} : { root }),
  });
  if ('fault' in found) {
    faults.push({ file, line: undefined, field: '', message: found.fault });
    return [];
  }
  const isGroup = groupIndex !== undefined && stemOf(file) === groupIndex;
  if (groupIndex !== undefined && !isGroup) {
    const message = `is a chapter: its course is sold by ${groupIndex}, and it has no price of its own`;
    faults.push({ file, line: lineOf(['price']), field: 'price', message });
    return [];
  }
  const alsoKnownAs =
    isGroup && fields.slug === undefined && groupIndex !== 'index'
      ? `${found.id}/${spell(groupIndex)}`
      : undefined;
  return [{ file, ...found, isGroup, alsoKnownAs, fields, lineOf }];
}

const stemOf = (file: string) => (file.split('/').at(-1) ?? '').replace(/(?:\.[a-z-]+)?\.\w+$/i, '');

/** `courses/git/toc.md`, whose group's index is `toc`, is the page of `courses/git`. */
export const withoutIndex = (file: string, index: string | undefined) =>
  index !== undefined && stemOf(file) === index
    ? file.replace(/[^/.]+(?=(?:\.[a-z-]+)?\.\w+$)/i, 'index')
    : file;

/** Of several languages the first one counts; a page that names none comes before all. */
export const rankOf =
  ({ locales }: Pick<Config, 'locales'>) =>
  ({ locale }: Pick<SoldPage, 'locale'>): number =>
    locale === undefined ? -1 : locales.indexOf(locale);

/** One page a content id: of several languages the first that the configuration names. Two prices of one page are a mistake. */
export function chooseLocale(config: Config, pages: readonly SoldPage[], faults: Fault[]): SoldPage[] {
  const byId = new Map<string, SoldPage[]>();
  for (const page of pages) byId.set(page.id, [...(byId.get(page.id) ?? []), page]);
  return [...byId.values()].flatMap((same) => {
    const rank = rankOf(config);
    const [first, ...others] = same.toSorted((a, b) => rank(a) - rank(b));
    if (!first) return [];
    for (const other of others)
      if (other.locale === first.locale || other.fields.price !== first.fields.price) {
        const message =
          other.locale === first.locale
            ? `is the page "${first.id}", as ${first.file} is`
            : `differs from the price of the same page in ${first.file}`;
        faults.push({ file: other.file, line: other.lineOf(['price']), field: 'price', message });
      }
    return [first];
  });
}

import { findOffers, offersOf } from '../../../kit/offers.ts';
import type { Catalog } from '../model/catalog.rules.ts';
import { CONTENT_ID } from '../model/metadata.rules.ts';
import { contentIdOf, contentRoot } from '../naming/content-ids.rules.ts';
import type { Config } from './config.rules.ts';
import { readFields } from './frontmatter.rules.ts';
import { type PageFile, rankOf, withoutIndex } from './sold-pages.rules.ts';
import type { Fault } from './yaml-text.rules.ts';

/* Every page of a site, also those that nobody sells by themselves: what they are called, and which of them everybody may read. */

export interface SitePage {
  file: string;
  id: string;
  locale: string | undefined;
  /** As its first language says; never when it has a price. */
  isFree: boolean;
  /** What else a router may call it. */
  aliases: readonly string[];
}

interface Read extends Omit<SitePage, 'isFree'> {
  isSold: boolean;
  free: unknown;
  line: number | undefined;
}

/** What products and benefits of a catalogue open: each value of `content_id`. */
export const opensOf = ({ products, benefits }: Pick<Catalog, 'products' | 'benefits'>): string[] => [
  ...new Set(
    [...products, ...benefits].flatMap(({ metadata: { [CONTENT_ID]: id } }) =>
      id === undefined ? [] : [String(id)],
    ),
  ),
];

/** All pages of a configuration. `opens`: as `opensOf` gives it. What is wrong with frontmatter that cannot be read is said by `catalogOfPages`. */
export function sitePages(
  config: Pick<Config, 'locales' | 'contentRoot'>,
  files: readonly PageFile[],
  opens: readonly string[],
): { pages: SitePage[]; faults: Fault[] } {
  const findOffer = findOffers(offersOf(opens));
  const isOpened = (id: string) => findOffer(id) !== undefined;
  const byId = new Map<string, Read[]>();
  for (const file of files)
    for (const page of readSitePage(config, file, isOpened))
      byId.set(page.id, [...(byId.get(page.id) ?? []), page]);
  const faults: Fault[] = [];
  const pages = [...byId.values()].flatMap((same) => {
    faults.push(...faultsOfFree(same, isOpened));
    const rank = rankOf(config);
    const first = Math.min(...same.map(rank));
    const isFree =
      !same.some(({ isSold }) => isSold) && same.every((page) => rank(page) !== first || page.free === true);
    return same.map(({ file, id, locale, aliases }): SitePage => ({ file, id, locale, isFree, aliases }));
  });
  return { pages, faults };
}

function readSitePage(
  { locales, contentRoot: said }: Pick<Config, 'locales' | 'contentRoot'>,
  { file, text, groupIndex }: PageFile,
  isOpened: (id: string) => boolean,
): Read[] {
  const read = readFields(text, file);
  if (read && 'faults' in read) return [];
  const { price, slug, free } = read?.fields ?? {};
  const root = said ?? contentRoot(file);
  const find = (name: string, named?: string, languages: readonly string[] = locales, beneath = root) => {
    const found = contentIdOf(name, named, { locales: languages, root: beneath });
    return 'fault' in found ? [] : [found];
  };
  const page = withoutIndex(file, groupIndex);
  const byPath = find(page);
  const named = typeof slug === 'string' || typeof slug === 'number' ? String(slug).trim() : '';
  const byName = named === '' ? [] : find(page, named);
  const isSold = price !== undefined;
  const all = [...byName, ...byPath];
  // A chapter whose slug leads out of its course is the course's all the same.
  const own = (isSold ? undefined : all.find(({ id }) => isOpened(id))) ?? all[0];
  if (!own) return [];
  // `docs/git` of `docs/git.md`, whose content id is `git`.
  const above = root.split('/').slice(0, -1).join('/');
  const others = [
    ...all,
    ...find(file),
    ...find(file, undefined, []),
    ...find(page, undefined, locales, above),
  ].map(({ id }) => id);
  const aliases = new Set([...others, ...pathsOf(file, [root, above, 'src/pages'])]);
  aliases.delete(own.id);
  return [
    {
      file,
      id: own.id,
      locale: own.locale,
      isSold,
      free,
      line: read?.lineOf(['free']),
      aliases: [...aliases],
    },
  ];
}

/** Its path as it is written, beneath each of the folders that has it. */
function pathsOf(file: string, folders: readonly string[]): string[] {
  const bare = file.replace(/\.\w+$/, '').replace(/\/index$/i, '');
  return folders.flatMap((folder) =>
    folder === '' ? [bare] : bare.startsWith(`${folder}/`) ? [bare.slice(folder.length + 1)] : [],
  );
}

/** A page is free or sold, in all of its languages, and `free: yes` is neither. */
function faultsOfFree(same: readonly Read[], isOpened: (id: string) => boolean): Fault[] {
  const sold = same.find(({ isSold }) => isSold);
  return same.flatMap(({ file, id, line, isSold, free }) => {
    if (isSold || free === undefined || free === null || free === false) return [];
    const fault = (message: string) => [{ file, line, field: 'free', message }];
    if (sold) return fault(`is said of a page that ${sold.file} sells`);
    return free === true || !isOpened(id) ? [] : fault('must be true or false');
  });
}

import { contentId, contentResource } from './content-ids.ts';
import { findOffers, foldName, offersOf } from './offers.ts';
import { formsOf, readingsOf } from './page-readings.ts';

/*
 * The pages of a site, and which of them are sold. `virtual:floe/catalog` of `floe/astro` and `floe/vite` hands over what the catalogue says; here an
 * address becomes the resource that a gate asks for (ADR 117).
 */

/** A page of the catalogue's collections, sold or not. What it costs is the same in all of its languages. */
export interface CatalogPage {
  /** `blog/tides`, the same in every language. */
  contentId: string;
  /** What access to it is asked for with: `content:blog/tides`. */
  resource: string;
  /** Beneath the site's folder: `src/content/blog/de/tides.md`. */
  file: string;
  /** Of the configuration's `locales`; null where the file names none. */
  locale: string | null;
  /** Everybody may read it, as its first language says. */
  isFree: boolean;
  /** Something of the catalogue opens it, and it is not free. */
  isGated: boolean;
  /** In minor units; null when it is not sold by itself. */
  price: number | null;
  /** `usd`. */
  currency: string | null;
  interval: 'day' | 'week' | 'month' | 'year' | null;
  /** The name of the product that sells it: `quay:blog-tides`. */
  product: string | null;
}

export interface SoldPagesData {
  pages: readonly Omit<CatalogPage, 'resource' | 'isGated'>[];
  /** What products and benefits open, each as its `content_id` says: `blog/tides`, `courses/git/* notes/*`. */
  opens: readonly string[];
  /** What else a router may call a page: its path, where a slug gives it another name. */
  aliases: readonly (readonly [name: string, contentId: string])[];
  /** Segments and suffixes that name a language only. */
  locales: readonly string[];
  /** The path beneath which the site is served: `/` or `/shop/`. */
  base: string;
}

export interface SoldPages {
  pages: readonly CatalogPage[];
  /** The page of an entry of an Astro collection, or of a file as `pages` names it; undefined when there is none. */
  pageOf: (of: string | { readonly filePath?: string | undefined }) => CatalogPage | undefined;
  /**
   * For a gate: what a request asks for. Null where nothing that is sold opens the address, and for a page with `free: true`; '', which a gate refuses,
   * for an address that readers differ about. What a star opens is gated also where no page is known.
   */
  resourceOf: (request: { readonly url: string }) => string | null;
}

/** No site has a page beneath as many, and each of them takes time to read. */
const MOST_SEGMENTS = 64;

/**
 * What a site's pages are and which of its addresses are sold.
 * @example
 * const { resourceOf } = soldPages({ pages: [], opens: ['blog/*'], aliases: [], locales: ['de'], base: '/' });
 * resourceOf(new Request('https://quay.example/de/blog/tides/')); // 'content:blog/tides'
 */
export function soldPages({ pages: all, opens, aliases, locales, base }: SoldPagesData): SoldPages {
  const offers = offersOf(opens);
  const findOffer = findOffers(offers);
  const pages = all.map((page): CatalogPage => {
    const { contentId: id, isFree } = page;
    return {
      ...page,
      resource: contentResource(id),
      isGated: !isFree && findOffer(id) !== undefined,
    };
  });
  const byId = new Map<string, CatalogPage[]>();
  for (const page of pages) byId.set(page.contentId, [...(byId.get(page.contentId) ?? []), page]);
  const byFile = new Map(pages.map((page) => [page.file, page]));
  const byName = new Map<string, CatalogPage[]>();
  const add = (name: string, page: CatalogPage) => {
    const folded = foldName(name);
    if (folded !== undefined) byName.set(folded, [...(byName.get(folded) ?? []), page]);
  };
  for (const page of pages) add(page.contentId, page);
  // Behind all pages' own names: of two with one name, the one that is called so comes first.
  for (const [name, id] of aliases) for (const page of byId.get(id) ?? []) add(name, page);

  /** Of an address that no page has: the nearest page that it may be another form of says what it asks for. */
  const resourceOfForm = (names: readonly string[]): string | null => {
    for (const form of formsOf(names, { locales })) {
      const known = byName.get(form) ?? [];
      const sold = known.find(({ isGated }) => isGated);
      if (sold) return sold.resource;
      if (known.length > 0) return null;
      const opened = offers.get(form);
      if (opened !== undefined) return contentResource(opened);
    }
    return null;
  };

  return {
    pages,
    pageOf: (of) => byFile.get(plainFile(typeof of === 'string' ? of : (of.filePath ?? ''))),
    resourceOf({ url }) {
      const { pathname } = new URL(url);
      const id = pathname === '/' ? '' : contentId(pathname);
      if (id === undefined || id.split('/').length > MOST_SEGMENTS) return '';
      const names = readingsOf(id, { locales, base });
      const known = names.flatMap((name) => byName.get(foldName(name) ?? '') ?? []);
      const sold = known.find(({ isGated }) => isGated);
      if (sold) return sold.resource;
      if (known.length > 0 && known.every(({ isFree }) => isFree)) return null;
      for (const name of names) {
        const opened = findOffer(name);
        if (opened !== undefined) return contentResource(opened);
      }
      return known.length > 0 ? null : resourceOfForm(names);
    },
  };
}

/** `./src/a.md`, `/src/a.md` and `src\\a.md` are the same file. */
const plainFile = (file: string) => file.replaceAll('\\', '/').replace(/^(?:\.?\/)+/, '');

import { findOffers, offersOf } from '../../kit/offers.ts';
import type { SoldPagesData } from '../../kit/sold-pages.ts';
import { opensOf } from '../catalog/source/site-pages.rules.ts';
import type { Source } from '../catalog/source/read-source.ts';
import { findRoute, nameByRoute, namesInLanguages, namesInRoutes, namesOfFile } from './site-names.rules.ts';

export interface SiteRoute {
  /** `/blog/[id]`, beneath the site's base. */
  path: string;
  pattern: RegExp;
  /** Its last part is no parameter, so that it shows one page: `/[...locale]/account`. */
  isFixed: boolean;
  /** Its pages are made by the build, which makes none that is gated. */
  isPrerendered: boolean;
  /** What makes its pages, beneath the site's folder: a page in Markdown does by itself. */
  file: string;
}

/** Where a site is served. */
export interface Place {
  /** `/` or `/shop/`. */
  base: string;
  /** What its addresses call languages, besides the configuration's. The default one is the first. */
  locales: readonly string[];
  /** None where nobody knows them. */
  routes: readonly SiteRoute[];
}

type Catalogue = Pick<Source, 'config' | 'catalog' | 'pages'>;

/** What a site's gate knows of its catalogue: names, prices and addresses. No text of a page, and nothing of a token. */
export function pagesData({ config, catalog, pages }: Catalogue, place: Place): SoldPagesData {
  const { base, locales } = place;
  const products = new Map(catalog.products.map((product) => [product.key, product]));
  const opens = opensOf(catalog);
  return {
    pages: pages.map(({ file, id, locale, isFree }) => {
      const product = products.get(`page:${id}`);
      const [price] = product?.prices ?? [];
      const isFixed = price?.amount_type === 'fixed';
      return {
        contentId: id,
        file,
        locale: locale ?? null,
        isFree,
        price: isFixed ? price.price_amount : null,
        currency: isFixed ? price.price_currency : null,
        interval: product?.recurring_interval ?? null,
        product: product?.name ?? null,
      };
    }),
    opens,
    aliases: aliasesOf(namePages({ config, catalog, pages }, place), place),
    locales: [...new Set([...config.locales, ...locales])],
    base,
  };
}

type Alias = readonly [name: string, contentId: string];
type Page = Source['pages'][number];

interface NamedPage {
  page: Page;
  /** What a site may call it, its content id first. */
  names: readonly string[];
  isGated: boolean;
  /** No route that is rendered on demand has one of its names. */
  isElsewhere: boolean;
}

function namePages({ config, catalog, pages }: Catalogue, place: Place): NamedPage[] {
  const findOffer = findOffers(offersOf(opensOf(catalog)));
  const own = new Set(pages.flatMap(({ id, aliases }) => [id, ...aliases]));
  const unknown = place.locales.filter((each) => !config.locales.includes(each));
  return pages.map((page): NamedPage => {
    const isGated = !page.isFree && findOffer(page.id) !== undefined;
    const said = [page.id, ...page.aliases, ...namesOfFile(page.file, place)];
    const all = [...said, ...said.flatMap((name) => namesInLanguages(name, unknown))];
    const shorter = isGated ? all.flatMap((name) => nameByRoute(name, place)) : [];
    const names = [...all, ...shorter.filter((name) => !own.has(name))];
    const onDemand = { ...place, routes: place.routes.filter(({ isPrerendered }) => !isPrerendered) };
    const isElsewhere = names.every((name) => findRoute(name, onDemand) === undefined);
    return { page, names, isGated, isElsewhere };
  });
}

function aliasesOf(pages: readonly NamedPage[], place: Place): Alias[] {
  const languageOf = ({ names }: NamedPage) =>
    place.locales.findIndex((each) => names.some((name) => namesInLanguages(name, [each]).length > 0));
  // Of several languages the site's first one has the address that names none.
  const all = pages
    .toSorted((a, b) => languageOf(a) - languageOf(b))
    .flatMap(({ page: { id }, names, isGated, isElsewhere }) => {
      const elsewhere = isGated && isElsewhere ? names.flatMap((name) => namesInRoutes(name, place)) : [];
      return [...names.slice(1), ...elsewhere].map((name): Alias => [name, id]);
    });
  return [...new Map(all.map((alias) => [alias.join('\n'), alias])).values()];
}

/** Pages that are sold and whose address no route of the site has. They are shown elsewhere, or nowhere. */
export const unroutedPages = (source: Catalogue, place: Place): Page[] =>
  place.routes.length === 0
    ? []
    : namePages(source, place).flatMap(({ page, isGated, isElsewhere }) =>
        isGated && isElsewhere ? [page] : [],
      );

import type { SoldPagesData } from '../../kit/sold-pages.ts';
import { opensOf } from '../catalog/source/site-pages.rules.ts';
import type { Source } from '../catalog/source/read-source.ts';

/** Where a site is served. */
export interface Place {
  /** `/` or `/shop/`. */
  base: string;
  /** What its addresses call languages, besides the configuration's. */
  locales: readonly string[];
}

/** What a site's gate knows of its catalogue: names, prices and addresses. No text of a page, and nothing of a token. */
export function pagesData(
  { config, catalog, pages }: Pick<Source, 'config' | 'catalog' | 'pages'>,
  { base, locales }: Place,
): SoldPagesData {
  const products = new Map(catalog.products.map((product) => [product.key, product]));
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
    opens: opensOf(catalog),
    aliases: [
      ...new Map(
        pages.flatMap(({ id, aliases }) =>
          aliases.map((alias) => [`${alias}\n${id}`, [alias, id] as const] as const),
        ),
      ).values(),
    ],
    locales: [...new Set([...config.locales, ...locales])],
    base,
  };
}

import type { Benefit } from '../model/benefits.rules.ts';
import { DESCRIPTION } from '../model/benefits.rules.ts';
import { type CatalogFile, placeOf, type Product } from '../model/catalog.rules.ts';
import { COLLECTION, CONTENT_ID, PRICING_MODEL, TITLE } from '../model/metadata.rules.ts';
import { faultsOfPrices } from '../model/prices.rules.ts';
import { nameProducts } from '../naming/product-names.rules.ts';
import { shorten } from '../naming/short-texts.rules.ts';
import { fixed, ownerMetadata } from './config-catalog.rules.ts';
import type { Config } from './config.rules.ts';
import { filesOf } from './page-downloads.rules.ts';
import { chooseLocale, type PageFile, readPage, type SoldPage, titleOf } from './sold-pages.rules.ts';
import type { Place } from './places.rules.ts';
import type { Fault } from './yaml-text.rules.ts';

/* Pages with a price become products: one a page, with a benefit that opens it and says where it is. */

export interface PagesCatalog {
  products: Product[];
  benefits: Benefit[];
  faults: Fault[];
  /** Where each of them stands, by `placeOf`. */
  places: [entry: string, at: Place][];
  /** Content ids under which another tool may have sold a page, and ours. */
  alsoKnown: ReadonlyMap<string, string>;
}

/** `hash`: of a text, in hexadecimal. `sold`: the files that were found, by what `downloadsOf` calls them. */
export function catalogOfPages(
  config: Config,
  files: readonly PageFile[],
  hash: (text: string) => string,
  sold: ReadonlyMap<string, CatalogFile> = new Map(),
): PagesCatalog {
  const faults: Fault[] = [];
  const pages = chooseLocale(
    config,
    files.flatMap((file) => readPage(config, file, faults)),
    faults,
  );
  const names = nameProducts(config.product, pages.map(named), config.productName, hash);
  const products: Product[] = [];
  const benefits: Benefit[] = [];
  for (const page of pages) {
    const product = productOf(config, page, names.get(page.id) ?? '');
    for (const message of faultsOfPrices(product.prices, product.recurring_interval !== null))
      faults.push({ file: page.file, line: page.lineOf(['price']), field: 'price', message });
    const given = filesOf(page, sold, faults);
    products.push({
      ...product,
      benefits: [...product.benefits, ...(given.length === 0 ? [] : [filesKey(page)])],
    });
    benefits.push(benefitOf(config, page));
    if (given.length > 0) benefits.push(filesBenefitOf(config, page, given));
  }
  const places = pages.flatMap((page): [string, Place][] => {
    const at = { file: page.file, line: page.lineOf(['price']) };
    return [
      [placeOf('products', keyOf(page)), at],
      [placeOf('benefits', keyOf(page)), at],
      [placeOf('benefits', filesKey(page)), at],
    ];
  });
  const alsoKnown = new Map(
    pages.flatMap(({ id, alsoKnownAs }) => (alsoKnownAs === undefined ? [] : [[alsoKnownAs, id] as const])),
  );
  return { products, benefits, faults, places, alsoKnown };
}

const named = (page: SoldPage) => ({ id: page.id, collection: page.collection, title: titleOf(page) });
const keyOf = ({ id }: Pick<SoldPage, 'id'>) => `page:${id}`;

function productOf(config: Config, page: SoldPage, name: string): Product {
  const { fields, id, collection } = page;
  const title = titleOf(page);
  return {
    key: keyOf(page),
    name,
    description: [title, fields.description].filter((each) => each !== undefined).join('\n\n'),
    visibility: 'public',
    recurring_interval: fields.interval ?? null,
    recurring_interval_count: fields.interval === undefined ? null : 1,
    meter_interval: null,
    meter_interval_count: null,
    trial_interval: null,
    trial_interval_count: null,
    prices: [fixed(fields.price, fields.currency ?? config.currency)],
    benefits: [keyOf(page)],
    medias: [],
    fields: [],
    metadata: {
      [CONTENT_ID]: opens(page),
      [COLLECTION]: collection,
      [PRICING_MODEL]: fields.interval === undefined ? 'one_time' : 'subscription',
      ...ownerMetadata(config, keyOf({ id })),
    },
  };
}

const filesKey = ({ id }: SoldPage) => `files:${id}`;

/** A course opens with all that is beneath it. */
const opens = ({ id, isGroup }: SoldPage) => (isGroup ? `${id}/*` : id);

/** What every benefit of a page says of it. */
function pageMetadata(config: Config, page: SoldPage, key: string) {
  return {
    [CONTENT_ID]: opens(page),
    [COLLECTION]: page.collection,
    [TITLE]: titleOf(page).slice(0, 500),
    ...ownerMetadata(config, key),
  };
}

function filesBenefitOf(config: Config, page: SoldPage, files: string[]): Benefit {
  const key = filesKey(page);
  return {
    key,
    type: 'downloadables',
    description: shorten(`Files for ${titleOf(page)}`, DESCRIPTION.most, DESCRIPTION.least),
    visibility: 'public',
    properties: { files },
    metadata: pageMetadata(config, page, key),
  };
}

function benefitOf(config: Config, page: SoldPage): Benefit {
  const title = titleOf(page);
  const address =
    config.siteUrl === undefined
      ? undefined
      : new URL(`${config.siteUrl.replace(/\/+$/, '')}/${page.id}/`).href;
  return {
    key: keyOf(page),
    type: 'custom',
    description: shorten(title, DESCRIPTION.most, DESCRIPTION.least),
    visibility: 'public',
    properties: { note: address === undefined ? null : `${title}\n\n${address}` },
    metadata: pageMetadata(config, page, keyOf(page)),
  };
}

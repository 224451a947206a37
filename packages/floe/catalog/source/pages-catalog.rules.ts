import type { Benefit } from '../model/benefits.rules.ts';
import { DESCRIPTION } from '../model/benefits.rules.ts';
import type { CatalogFile, Product } from '../model/catalog.rules.ts';
import { COLLECTION, CONTENT_ID, PRICING_MODEL, TITLE } from '../model/metadata.rules.ts';
import { faultsOfPrices } from '../model/prices.rules.ts';
import { contentIdOf } from '../naming/content-ids.rules.ts';
import { nameProducts } from '../naming/product-names.rules.ts';
import { shorten } from '../naming/short-texts.rules.ts';
import { fixed, ownerMetadata } from './config-catalog.rules.ts';
import type { Config } from './config.rules.ts';
import { type PageFields, readFrontmatter } from './frontmatter.rules.ts';
import type { Fault, LineOf } from './yaml-text.rules.ts';

/* Pages with a price become products: one a page, with a benefit that opens it and says where it is. */

/** A file of a collection. */
export interface PageFile {
  /** Beneath the folder of the configuration, with slashes. */
  file: string;
  text: string;
  /** The name of the page that sells its folder; undefined where each page is sold alone. */
  groupIndex?: string | undefined;
}

interface SoldPage {
  file: string;
  id: string;
  collection: string;
  locale: string | undefined;
  isGroup: boolean;
  fields: PageFields & { price: number };
  lineOf: LineOf;
}

export interface PagesCatalog {
  products: Product[];
  benefits: Benefit[];
  faults: Fault[];
}

/** A file that a page gives, beneath the folder of the configuration: `content/blog/files/a.pdf`. */
const downloadPath = (page: string, file: string): string =>
  new URL(file, `file:///${page.split('/').map(encodeURIComponent).join('/')}`).pathname.slice(1);

/** The files that pages give with what they sell. What is wrong with a page is said by `catalogOfPages`. */
export function downloadsOf(files: readonly PageFile[]): string[] {
  return files.flatMap(({ file, text }) => {
    const read = readFrontmatter(text, file);
    if (read === undefined || 'faults' in read || read.fields.price === undefined) return [];
    return read.fields.downloads.map((each) => downloadPath(file, each.file));
  });
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
  return { products, benefits, faults };
}

const titleOf = ({ fields, id }: SoldPage): string => fields.title ?? id.split('/').at(-1) ?? id;
const named = (page: SoldPage) => ({ id: page.id, collection: page.collection, title: titleOf(page) });

function readPage(config: Config, { file, text, groupIndex }: PageFile, faults: Fault[]): SoldPage[] {
  const read = readFrontmatter(text, file);
  if (read === undefined) return [];
  if ('faults' in read) {
    faults.push(...read.faults);
    return [];
  }
  const { fields, lineOf } = read;
  const { price } = fields;
  if (price === undefined) return [];
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
  return [{ file, ...found, isGroup, fields: { ...fields, price }, lineOf }];
}

const stemOf = (file: string) => (file.split('/').at(-1) ?? '').replace(/(?:\.[a-z-]+)?\.\w+$/i, '');

/** `courses/git/toc.md`, whose group's index is `toc`, is the page of `courses/git`. */
const withoutIndex = (file: string, index: string | undefined) =>
  index !== undefined && stemOf(file) === index
    ? file.replace(/[^/.]+(?=(?:\.[a-z-]+)?\.\w+$)/i, 'index')
    : file;

/** One page a content id: of several languages the first that the configuration names. Two prices of one page are a mistake. */
function chooseLocale(config: Config, pages: readonly SoldPage[], faults: Fault[]): SoldPage[] {
  const byId = new Map<string, SoldPage[]>();
  for (const page of pages) byId.set(page.id, [...(byId.get(page.id) ?? []), page]);
  return [...byId.values()].flatMap((same) => {
    const rank = ({ locale }: SoldPage) => (locale === undefined ? -1 : config.locales.indexOf(locale));
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

/** Keys of what a page gives, each once. */
function filesOf(
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

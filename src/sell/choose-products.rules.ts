import type { ProductView } from './product.rules.ts';

/*
 * Which of an app's products are listed, and in which order. A catalogue is read whole, since what opens a resource is decided from
 * all of it; a page is cut from that.
 */

export const PRODUCT_SORTS = ['name', '-name', 'created_at', '-created_at'] as const;
export type ProductSort = (typeof PRODUCT_SORTS)[number];

export interface ProductFilter {
  /** What metadata says, as text, by key. */
  metadata?: Readonly<Record<string, string>> | undefined;
  recurring?: boolean | undefined;
  archived?: boolean | undefined;
  /** The id of a benefit that its buyers get. */
  benefit?: string | undefined;
  collection?: string | undefined;
  contentId?: string | undefined;
}

/** A product as it is shown, and what is not shown to everybody. */
export interface ListedProduct {
  view: ProductView;
  metadata: Readonly<Record<string, unknown>>;
}

/** Whether a product is asked for. Of its benefits those count that are shown to who asks. */
export function isChosen({ view, metadata }: ListedProduct, filter: ProductFilter): boolean {
  const { recurring, archived, benefit, collection, contentId } = filter;
  return (
    (archived === undefined || view.is_archived === archived) &&
    (recurring === undefined || view.is_recurring === recurring) &&
    (benefit === undefined || view.benefits.some(({ id }) => id === benefit)) &&
    (collection === undefined || view.collection === collection) &&
    (contentId === undefined || view.content_ids.includes(contentId)) &&
    Object.entries(filter.metadata ?? {}).every(([key, value]) => isText(metadata[key], value))
  );
}

const isText = (value: unknown, text: string) =>
  (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') &&
  String(value) === text;

/** Where a page goes on: behind the product with this key and id. */
export interface ProductPlace {
  key: string;
  id: string;
}

interface Page {
  products: ProductView[];
  /** Null: nothing follows. */
  next: ProductPlace | null;
}

/** A page of products in an order that a product added or renamed meanwhile does not shift. Without a limit all of them. */
export function cutProducts(
  products: readonly ProductView[],
  { sort, after, limit }: { sort: ProductSort; after: ProductPlace | undefined; limit: number | undefined },
): Page {
  const sign = sort.startsWith('-') ? -1 : 1;
  const keyOf = (view: ProductView) => (sort.endsWith('name') ? view.name : (view.created_at ?? ''));
  const compare = (a: ProductPlace, b: ProductPlace) =>
    sign * (compareText(a.key, b.key) || compareText(a.id, b.id));
  const rest = products
    .map((view) => ({ view, place: { key: keyOf(view), id: view.id } }))
    .toSorted((a, b) => compare(a.place, b.place))
    .filter(({ place }) => after === undefined || compare(place, after) > 0);
  const shown = limit === undefined ? rest : rest.slice(0, limit);
  return {
    products: shown.map(({ view }) => view),
    next: shown.length < rest.length ? (shown.at(-1)?.place ?? null) : null,
  };
}

/** The same on every machine, whatever its language. */
const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

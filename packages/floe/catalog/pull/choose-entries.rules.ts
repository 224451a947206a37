import { type Catalog, type Kind, KINDS, placeOf, type Product } from '../model/catalog.rules.ts';
import { referencesOf } from '../model/references.rules.ts';
import type { There } from '../there/there.rules.ts';

/* Which objects of a product are meant. */

/** Whether a name fits one of these patterns, in which `*` stands for anything. */
export const fitsOne = (patterns: readonly string[]): ((name: string) => boolean) => {
  const all = patterns.map((pattern) => pattern.split('*'));
  return (name) => all.some((parts) => fits(parts, name));
};

function fits([first = '', ...rest]: readonly string[], name: string): boolean {
  if (rest.length === 0) return name === first;
  if (!name.startsWith(first)) return false;
  const last = rest.at(-1) ?? '';
  let at = first.length;
  for (const part of rest.slice(0, -1)) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

interface Choice {
  /** Of a product; without it all that the product has is meant, else what the chosen ones need, and the discounts of these alone. */
  isChosen?: ((product: Product) => boolean) | undefined;
  /** Keys of what stands elsewhere. */
  pages?: ReadonlySet<string>;
}

/** What is sold of a product, without what is archived. */
export function chooseEntries({ catalog, held }: There, { isChosen, pages = new Set() }: Choice): Catalog {
  const isMeant = (kind: Kind, key: string) =>
    held.get(placeOf(kind, key))?.isArchived === false && !pages.has(key);
  const products = catalog.products.filter(
    (each) => isMeant('products', each.key) && (isChosen?.(each) ?? true),
  );
  const byPlace = new Map(
    KINDS.flatMap((kind) => catalog[kind].map((each) => [placeOf(kind, each.key), each] as const)),
  );
  const chosen = new Set<string>();
  const choose = (kind: Kind, key: string): void => {
    const place = placeOf(kind, key);
    const entry = byPlace.get(place);
    if (!entry || chosen.has(place) || pages.has(key)) return;
    chosen.add(place);
    for (const each of referencesOf(kind, entry)) if (each.kind !== 'products') choose(each.kind, each.key);
  };
  for (const { key } of products) choose('products', key);
  for (const { key, products: of } of catalog.discounts)
    if (!isChosen || of?.every((each) => chosen.has(placeOf('products', each)))) choose('discounts', key);
  if (!isChosen)
    for (const kind of ['benefits', 'meters', 'fields'] as const)
      for (const { key } of catalog[kind]) if (isMeant(kind, key)) choose(kind, key);
  return Object.fromEntries(
    KINDS.map((kind) => [kind, catalog[kind].filter(({ key }) => chosen.has(placeOf(kind, key)))]),
  ) as unknown as Catalog;
}

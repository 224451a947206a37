import { placeOf, type Product } from '../../model/catalog.rules.ts';
import type { Remark, Subject } from '../rule.rules.ts';

/** What is wanted, and what of ours is on sale at Polar besides. What a push is about to change is looked at as it will be. */
export function productsOf({ wanted, there }: Subject): Product[] {
  const keys = new Set(wanted.products.map(({ key }) => key));
  const others = (there?.catalog.products ?? []).filter(
    ({ key }) => !keys.has(key) && there?.held.get(placeOf('products', key))?.isArchived !== true,
  );
  return [...wanted.products, ...others];
}

/** A remark on each product of which `find` says something. */
export const onProducts = (subject: Subject, find: (product: Product) => string | undefined): Remark[] =>
  productsOf(subject).flatMap((product) => {
    const message = find(product);
    return message === undefined
      ? []
      : [{ about: product.name, entry: placeOf('products', product.key), message }];
  });
